// The page: one conversation at a time, what goes wrong in it, and who is asked for a token.

import { Answer, copied } from "./answer.js";
import * as composer from "./composer.js";
import * as door from "./door.js";
import { follow, scroll } from "./following.js";
import { image } from "./inline.js";
import { make } from "./make.js";
import * as server from "./server.js";
import * as side from "./side.js";

const element = (id) => document.getElementById(id);
const thread = element("thread"), status = element("status"), trouble = element("trouble");
const title = element("title"), model = element("model"), message = element("message");
let session = "", running = null, opening = 0;

async function begin() {
  settle();
  try {
    await side.fill();
    element("leave").hidden = !server.token.get();
    server.places().then(link, () => {});
    server.models().then(choose, () => {});
    await openNamed();
  } catch (error) { fail(error, begin); }
}

function link(places) {
  const here = Object.entries(places).filter(([name]) => ["Gallery", "Routes", "Health"].includes(name));
  element("places").replaceChildren(...here.map(([name, path]) => {
    const node = make("a", "", name);
    node.href = path.replace(/^\//, "");
    return node;
  }));
}

function choose(names) {
  const kept = model.value;
  model.replaceChildren(new Option("Automatic", ""), ...names.map((name) => new Option(name, name)));
  model.value = names.includes(kept) ? kept : "";
  model.hidden = !names.length;
}

async function openNamed() {
  const id = location.hash.slice(1);
  if (!/^[\w-]{32}$/.test(id)) return fresh();
  if (id !== session) await open(id);
}

function named(id, words) {
  session = id;
  title.textContent = words || "New conversation";
  document.title = words ? `${words} · Chat` : "Chat";
  element("rename").hidden = !id;
  if (location.hash.slice(1) !== id) history.pushState(null, "", id ? `#${id}` : location.pathname);
  side.mark(id);
}

function fresh() {
  leave();
  named("", "");
  element("welcome").hidden = false;
}

// Going elsewhere ends the answer that is under way here.
function leave() {
  running?.abort();
  settle();
  thread.replaceChildren();
  status.textContent = "";
}

async function open(id) {
  leave();
  const mine = ++opening;
  try {
    const found = await server.transcript(id);
    if (mine !== opening) return;
    named(id, found.title);
    element("welcome").hidden = found.turns.length > 0;
    if (found.trimmed) thread.append(make("p", "trimmed faint", "The model knows the beginning of this only as a summary."));
    for (const turn of found.turns) thread.append(asked(turn.message, turn.pictures), Answer.of(turn, () => again(turn)).node);
    only();
    follow();
  } catch (error) {
    if (error.status !== 404) return fail(error, () => open(id));
    fresh();
    status.textContent = "That conversation is not there any more, or not yours.";
  }
}

// Only the last answer can be made anew.
function only() {
  const offers = [...thread.querySelectorAll(".again")];
  offers.forEach((offer, index) => { offer.hidden = index < offers.length - 1; });
}

function asked(text, urls) {
  const node = make("article", "asked"), words = make("p", "", text);
  node.setAttribute("aria-label", "You");
  words.dir = "auto";
  if (text) node.append(words);
  for (const url of urls) node.append(url.startsWith("data:") ? own(url) : image("A picture of yours", url));
  return node;
}

function own(url) {
  const frame = make("span", "picture"), img = make("img");
  img.alt = "A picture of yours";
  composer.fetched(url).then((source) => { img.src = source; });
  frame.append(img);
  return frame;
}

async function say(what, anew = false) {
  if (running) return;
  settle();
  element("welcome").hidden = true;
  if (!anew) thread.append(asked(what.text, what.pictures));
  const answer = new Answer(scroll), mine = running = new AbortController();
  answer.asks = (words) => { status.textContent = words || "Answering…"; };
  thread.append(answer.node);
  only();
  busy(true);
  follow();
  const body = { session_id: session || null, model: model.value, ...(anew ? { regenerate: true } : { message: composer.message(what) }) };
  const [state, error] = await heard(answer, body, mine.signal);
  const here = running === mine;
  if (here) running = null;
  if (!answer.node.isConnected) { if (here) busy(false); return; }
  if (error?.needsToken) { answer.node.remove(); thread.lastElementChild?.remove(); composer.put(what); door.ask(); }
  else answer.end(state, error?.message, () => again(what));
  only();
  busy(false);
  status.textContent = { done: "", stopped: "Stopped.", failed: "That did not work." }[state];
  side.fill().then((all) => relabel(all), () => {});
}

async function heard(answer, body, signal) {
  try {
    for await (const event of server.say(body, signal)) {
      if (event.name === "session" && !session) named(event.session_id, title.textContent === "New conversation" ? "" : title.textContent);
      if (event.name === "error") return ["failed", new server.Failure(event.message)];
      answer.hear(event);
      if (event.name === "done") noted(answer, event.notes);
    }
    return ["done"];
  } catch (error) {
    return error.name === "AbortError" ? ["stopped"] : ["failed", error];
  }
}

function noted(answer, notes) {
  for (const note of notes ?? []) answer.node.append(make("p", "note faint", note));
}

function relabel(all) {
  const found = all.find((one) => one.session_id === session);
  if (found && found.title !== title.textContent) named(session, found.title);
}

// What did not reach the server is said again; what is kept there is answered again.
async function again(what) {
  if (running) return;
  const text = what.text ?? what.message;
  try {
    const turn = session ? (await server.transcript(session)).turns.at(-1) : null;
    thread.querySelector(".answer:last-child")?.remove();
    if (turn && turn.message === text) return await say({ text, pictures: [] }, true);
    thread.querySelector(".asked:last-child")?.remove();
    await say({ text, pictures: what.pictures ?? [] });
  } catch (error) { fail(error, () => again(what)); }
}

function busy(is) {
  const lost = [element("stop"), element("send"), document.body].includes(document.activeElement);
  element("stop").hidden = !is;
  element("send").hidden = is;
  if (is) status.textContent = "Answering…";
  if (lost && !matchMedia("(pointer: coarse)").matches) message.focus();
}

function fail(error, retry) {
  if (error.name === "AbortError") return;
  if (error.needsToken) return door.ask();
  trouble.querySelector("p").textContent = error.message;
  trouble.querySelector("button").onclick = () => { settle(); retry(); };
  trouble.hidden = false;
}

function settle() { trouble.hidden = true; }

element("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running && !composer.isEmpty()) say(composer.taken());
});
element("stop").addEventListener("click", () => running?.abort());
element("new").addEventListener("click", () => { side.shut(); fresh(); message.focus(); });
element("rename").addEventListener("click", () => {
  element("name").value = title.textContent;
  element("naming").showModal();
});
element("unnamed").addEventListener("click", () => element("naming").close("no"));
element("naming").addEventListener("close", async () => {
  const words = element("name").value.trim();
  if (element("naming").returnValue !== "yes" || !words) return;
  try { await server.rename(session, words); relabel(await side.fill()); } catch (error) { fail(error, () => {}); }
});
thread.addEventListener("click", (event) => {
  const copy = event.target.closest(".copy");
  if (copy) copied(copy, copy.closest(".code").querySelector("code").textContent);
});
window.addEventListener("popstate", () => openNamed().catch((error) => fail(error, openNamed)));
door.onEntered(() => { message.focus(); begin(); });
composer.onTrouble((words) => { status.textContent = words; });
side.onChosen((id) => { open(id).then(() => (matchMedia("(pointer: coarse)").matches ? title : message).focus()); });
side.onRemoved((id) => { status.textContent = "The conversation was deleted."; if (id === session) fresh(); });
side.onFailed((error) => fail(error, begin));

if (!matchMedia("(pointer: coarse)").matches) message.focus();
begin();
