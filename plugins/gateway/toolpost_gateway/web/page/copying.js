// What is copied, and that the button says so for a moment.

const thread = document.getElementById("thread");

export async function copied(button, text) {
  try { await navigator.clipboard.writeText(text); } catch { return; }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}

// Blocks of code are made anew while they grow, so their buttons have no listeners of their own.
thread.addEventListener("click", (event) => {
  const copy = event.target.closest(".copy");
  if (copy) copied(copy, copy.closest(".code").querySelector("code").textContent);
});
