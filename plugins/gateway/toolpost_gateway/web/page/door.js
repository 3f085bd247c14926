// Who is asked for a token: whoever the server does not know.

import { token } from "./server.js";

const element = (id) => document.getElementById(id);
const door = element("door");
let entered = () => {};

export const onEntered = (act) => { entered = act; };

const said = (words) => { element("door-said").textContent = words; };

export function ask() {
  // Asked twice, as where one more request fails, it says the same.
  if (token.get()) said("This token is not known here.");
  else if (!door.open) said("");
  token.forget();
  if (!door.open) door.showModal();
  element("token").focus();
}

element("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  token.set(element("token").value.trim());
  element("token").value = "";
  door.close();
  entered();
});
// Without a token there is nothing behind this door.
door.addEventListener("cancel", (event) => event.preventDefault());
door.addEventListener("close", () => { if (!token.get()) ask(); });
element("leave").addEventListener("click", () => { token.forget(); location.replace(location.pathname); location.reload(); });
