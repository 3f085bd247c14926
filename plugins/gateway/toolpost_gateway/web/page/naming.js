// The dialog in which a conversation gets another title.

const element = (id) => document.getElementById(id);
const naming = element("naming"), name = element("name");
let named = () => {};

export const onNamed = (act) => { named = act; };

export function ask(title) {
  name.value = title;
  // Left with Escape a dialog says what it said the last time.
  naming.returnValue = "no";
  naming.showModal();
}

element("unnamed").addEventListener("click", () => naming.close("no"));
naming.addEventListener("close", () => {
  const words = name.value.trim();
  if (naming.returnValue === "yes" && words) named(words);
});
