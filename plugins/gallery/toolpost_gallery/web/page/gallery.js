// The page: what is listed, what went wrong, and who is asked for a token.

import * as cards from "./cards.js";
import * as order from "./order.js";
import * as server from "./server.js";
import * as view from "./view.js";

const element = (id) => document.getElementById(id);
const words = element("words"), more = element("more"), said = element("said"), trouble = element("trouble");
const door = element("door"), empty = element("empty");
let next = null, loading = null, canDraw = false, pause = 0;

async function begin() {
  settle();
  try {
    canDraw = await order.prepare();
    door.addEventListener("close", () => { if (!server.token.get()) ask(); });
element("leave").hidden = !server.token.get();
    await restart();
    await openNamed();
  } catch (error) { fail(error, begin); }
}

async function restart() {
  loading?.abort();
  const mine = loading = new AbortController();
  settle();
  said.textContent = "Loading…";
  try {
    const page = await pageOf(null, mine.signal);
    cards.clear();
    place(page);
  } catch (error) { if (error.name !== "AbortError") throw error; }
}

// A page of a search may be short although there is more.
async function pageOf(cursor, signal) {
  const images = [];
  do {
    const page = await server.list(words.value.trim(), cursor, signal);
    images.push(...page.images);
    cursor = page.next;
  } while (cursor && images.length < 12);
  return { images, next: cursor };
}

function place(page) {
  cards.add(page.images, view.open);
  next = page.next;
  more.hidden = !next;
  count();
}

function count() {
  const shown = cards.all().length, search = words.value.trim();
  empty.hidden = shown > 0;
  said.textContent = shown ? `${shown}${next ? " or more" : ""} picture${shown === 1 && !next ? "" : "s"}${search ? ` for “${search}”` : ""}` : "";
  if (shown) return;
  const [title, text] = search
    ? ["Nothing found", "No picture has all these words in its prompt, model or tool."]
    : ["No pictures yet", canDraw
      ? "Press “New picture” and say what to draw, or ask an assistant that is connected to this server for a picture: it will be kept here."
      : "Every picture that a tool of this server returns is kept here. No tool that draws is enabled; whoever runs the server enables one with [plugins.dalle]."];
  empty.querySelector("h2").textContent = title;
  empty.querySelector("p").textContent = text;
}

async function onward() {
  more.disabled = true;
  const last = cards.all().length;
  try {
    place(await pageOf(next));
    const first = cards.all()[last];
    if (first) cards.of(first.id).button.focus();
  } catch (error) { fail(error, onward); }
  more.disabled = false;
}

// A link to one picture opens it, also if it is far down the list.
async function openNamed() {
  const id = location.hash.slice(1);
  if (!/^[a-p]{24}$/.test(id)) return;
  const known = cards.of(id)?.image;
  if (known) return view.open(known);
  try { view.open(await server.facts(id)); }
  catch (error) { if (error.status === 404) said.textContent = "The picture of this link is not there, or not yours."; else throw error; }
}

function fail(error, again) {
  if (error.name === "AbortError") return;
  said.textContent = "";
  if (error.needsToken) return ask(error);
  const [title, text] = error.isOffline
    ? ["The server cannot be reached", "It may be restarting, or this machine may be offline. What is shown stays as it is."]
    : ["That did not work", error.message];
  trouble.querySelector("h2").textContent = title;
  trouble.querySelector("p").textContent = text;
  trouble.querySelector("button").onclick = () => { settle(); again(); };
  trouble.hidden = false;
}

function settle() { trouble.hidden = true; }

function ask() {
  element("door-said").textContent = server.token.get() ? "This token is not known here." : "";
  server.token.forget();
  if (!door.open) door.showModal();
  element("token").focus();
}

element("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  server.token.set(element("token").value.trim());
  element("token").value = "";
  door.close();
  begin();
});
// Without a token there is nothing behind this door.
door.addEventListener("cancel", (event) => event.preventDefault());
door.addEventListener("close", () => { if (!server.token.get()) ask(); });
element("leave").addEventListener("click", () => { server.token.forget(); cards.clear(); location.reload(); });
element("search").addEventListener("submit", (event) => event.preventDefault());
words.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => restart().catch((error) => fail(error, restart)), 250);
});
more.addEventListener("click", onward);
window.addEventListener("online", () => { if (!trouble.hidden) begin(); });
window.addEventListener("hashchange", () => openNamed().catch((error) => fail(error, openNamed)));
view.onRemoved((image) => { cards.drop(image.id); count(); said.textContent = "The picture was deleted."; });
order.onDenied(ask);
order.onDrawn((images) => {
  cards.add(images, view.open, { first: true });
  count();
  cards.mark(images.map((image) => image.id));
});

begin();
