// The list of conversations beside the page; on a phone it comes over it.

import { button, make } from "./make.js";
import * as server from "./server.js";

const element = (id) => document.getElementById(id);
const list = element("sessions"), side = element("side"), veil = element("veil"), menu = element("menu"), sure = element("sure");
let chosen = () => {}, removed = () => {}, failed = () => {}, current = "";

export const onChosen = (act) => { chosen = act; };
export const onRemoved = (act) => { removed = act; };
export const onFailed = (act) => { failed = act; };

export async function fill() {
  const sessions = (await server.sessions()).filter((one) => one.title);
  const held = list.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  list.replaceChildren(...sessions.map(entry));
  mark(current);
  if (held) [...list.querySelectorAll("button")].find((one) => one.dataset.key === held)?.focus();
  return sessions;
}

function entry(session) {
  const item = make("li"), open = button(session.title, "open", () => { shut(); chosen(session.session_id); });
  open.dir = "auto";
  item.dataset.id = open.dataset.key = session.session_id;
  const drop = button("✕", "quiet drop", () => ask(session, item), `Delete ${session.title}`);
  drop.dataset.key = `drop ${session.session_id}`;
  item.append(open, drop);
  return item;
}

export function mark(id) {
  current = id;
  for (const item of list.children) {
    if (item.dataset.id === id) item.firstChild.setAttribute("aria-current", "page");
    else item.firstChild.removeAttribute("aria-current");
  }
}

function ask(session, item) {
  element("sure-text").textContent = `“${session.title}” and the pictures you put into it will be gone.`;
  sure.returnValue = "no";
  sure.onclose = async () => {
    if (sure.returnValue !== "yes") return;
    const beside = item.nextElementSibling ?? item.previousElementSibling;
    try {
      await server.remove(session.session_id);
      item.remove();
      (beside?.firstChild ?? element("new")).focus();
      removed(session.session_id);
    } catch (error) { failed(error); }
  };
  sure.showModal();
}

export function show() {
  side.classList.add("open");
  veil.hidden = false;
  menu.setAttribute("aria-expanded", "true");
  element("shut").focus();
}

export function shut() {
  if (!side.classList.contains("open")) return;
  side.classList.remove("open");
  veil.hidden = true;
  menu.setAttribute("aria-expanded", "false");
  menu.focus();
}

menu.addEventListener("click", show);
element("shut").addEventListener("click", shut);
veil.addEventListener("click", shut);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });
