// Nodes with their class and their words.

export function make(tag, kind = "", words = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (words) made.textContent = words;
  return made;
}

export function button(words, kind, act, label = "") {
  const made = make("button", kind, words);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

// The arguments of a call, as a person reads JSON.
export function given(text) {
  return make("pre", "given", pretty(text));
}

function pretty(text) {
  try { return text && text !== "{}" ? JSON.stringify(JSON.parse(text), null, 2) : ""; } catch { return text; }
}
