// The page: one conversation at a time, what goes wrong in it, and who is asked for a token.

import { Answer, forget as forgetNotes } from "./answer.js";
import { asked } from "./asked.js";
import * as composer from "./composer.js";
import * as door from "./door.js";
import { follow, scroll } from "./following.js";
import { make } from "./make.js";
import * as naming from "./naming.js";
import * as places from "./places.js";
import { forget as forgetAllowed } from "./question.js";
import * as server from "./server.js";
import * as side from "./side.js";

const element = (id) => document.getElementById(id);
const thread = element("thread"), status = element("status"), trouble = element("trouble");
const title = element("title"), model = element("model"), message = element("message");
const isTouched = () => matchMedia("(pointer: coarse)").matches;
let session = "", running = null, opening = 0;

async function begin() {
  settle();
  try {
    await side.fill();
    element("leave").hidden = !server.token.get();
    places.fill();
    await openNamed();
  } catch (error) { fail(error, begin); }
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
  forgetNotes();
  forgetAllowed();
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
    for (const turn of found.turns) thread.append(...shown(turn));
    only();
    follow();
  } catch (error) {
    if (error.status !== 404) return fail(error, () => open(id));
    fresh();
    status.textContent = "That conversation is not there any more, or not yours.";
  }
}

function shown(turn) {
  const repeat = () => again({ text: turn.message, pictures: [] });
  return [asked(turn.message, turn.pictures), Answer.of(turn, repeat).node];
}

// Only the last answer can be made anew.
function only() {
  const offers = [...thread.querySelectorAll(".again")];
  offers.forEach((offer, index) => { offer.hidden = index < offers.length - 1; });
}

// `old` is the answer that stays where there is none that is better.
async function say(what, anew = false, old = []) {
  if (running) return;
  settle();
  element("welcome").hidden = true;
  if (!anew) thread.append(asked(what.text, what.pictures));
  const answer = new Answer(scroll, (words) => { status.textContent = words || "Answering…"; });
  const mine = running = new AbortController();
  thread.append(answer.node);
  only();
  busy(true);
  follow();
  const body = { session_id: session || null, model: model.value, ...(anew ? { regenerate: true } : { message: composer.message(what) }) };
  const [state, error] = await heard(answer, body, mine.signal);
  if (state !== "done") answer.node.before(...old);
  const here = running === mine;
  if (here) running = null;
  if (!answer.node.isConnected) { if (here) busy(false); return; }
  if (error?.needsToken) { answer.node.remove(); thread.lastElementChild?.remove(); composer.put(what); door.ask(); }
  else answer.end(state, error?.message, () => again(what));
  only();
  busy(false);
  status.textContent = { done: "", stopped: "Stopped.", failed: "That did not work." }[state];
  side.fill().then(relabel, () => {});
}

async function heard(answer, body, signal) {
  try {
    for await (const event of server.say(body, signal)) {
      if (event.name === "session" && !session) named(event.session_id, "");
      if (event.name === "error") return ["failed", new server.Failure(event.message)];
      answer.hear(event);
    }
    return ["done"];
  } catch (error) {
    return error.name === "AbortError" ? ["stopped"] : ["failed", error];
  }
}

function relabel(all) {
  const found = all.find((one) => one.session_id === session);
  if (found && found.title !== title.textContent) named(session, found.title);
}

async function rename(words) {
  try {
    await server.rename(session, words);
    relabel(await side.fill());
  } catch (error) { fail(error, () => rename(words)); }
}

// What did not reach the server is said again; what is kept there is answered again.
async function again(what) {
  if (running) return;
  try {
    const turn = session ? (await server.transcript(session)).turns.at(-1) : null;
    if (running) return;
    const old = answersOfTheLast();
    for (const node of old) node.remove();
    if (turn && turn.message === what.text) return await say(what, true, turn.state === "done" ? old.slice(0, 1) : []);
    thread.querySelector(".asked:last-child")?.remove();
    await say(what);
  } catch (error) { fail(error, () => again(what)); }
}

// More than one if the first is whole and those after it failed.
function answersOfTheLast() {
  const nodes = [...thread.children];
  return nodes.slice(nodes.findLastIndex((node) => node.matches(".asked")) + 1);
}

function busy(is) {
  const lost = [element("stop"), element("send"), document.body].includes(document.activeElement);
  element("stop").hidden = !is;
  element("send").hidden = is;
  if (is) status.textContent = "Answering…";
  if (lost && !isTouched()) message.focus();
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
element("rename").addEventListener("click", () => naming.ask(title.textContent));
window.addEventListener("popstate", () => openNamed().catch((error) => fail(error, openNamed)));
door.onEntered(() => { message.focus(); begin(); });
naming.onNamed(rename);
composer.onTrouble((words) => { status.textContent = words; });
side.onChosen((id) => { open(id).then(() => (isTouched() ? title : message).focus()); });
side.onRemoved((id) => { status.textContent = "The conversation was deleted."; if (id === session) fresh(); });
side.onFailed((error) => fail(error, begin));

if (!isTouched()) message.focus();
begin();
