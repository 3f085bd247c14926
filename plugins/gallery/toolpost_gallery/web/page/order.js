// The form by which a person has a picture drawn.

import * as server from "./server.js";
import { dollars } from "./view.js";

const element = (id) => document.getElementById(id);
const form = element("order"), said = element("order-said"), opener = element("new");
let takes = [], cost = null, key = "", running = null, drawn = () => {}, denied = () => {};

export const onDrawn = (done) => { drawn = done; };
export const onDenied = (done) => { denied = done; };

export async function prepare() {
  const about = await server.drawing();
  opener.hidden = !about.tool;
  if (!about.tool) show(false);
  takes = about.accepts;
  cost = about.cost_usd;
  for (const choice of form.querySelectorAll("[data-takes]")) choice.hidden = !takes.includes(choice.dataset.takes);
  hint();
  return Boolean(about.tool);
}

export function show(open) {
  form.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  if (open) element("prompt").focus();
}

function hint() {
  const count = Number(element("n").value) || 1;
  element("cost").textContent = cost === null ? "" : `About ${dollars(cost * count)}, as the last ones cost.`;
}

function order() {
  const given = { prompt: element("prompt").value };
  for (const name of takes) {
    const value = element(name)?.value.trim();
    if (value) given[name] = name === "n" ? Number(value) : value;
  }
  return given;
}

async function draw() {
  // The same order that is sent again, because its answer was lost, is drawn and paid for once.
  key ||= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  running = new AbortController();
  const stop = progress();
  said.replaceChildren();
  try {
    const answer = await server.draw(order(), key, running.signal);
    key = "";
    tell(answer);
    drawn(answer.images);
  } catch (error) {
    if (error.name === "AbortError") said.textContent = "Stopped. What the model had begun may still cost something.";
    else if (error.needsToken) denied(error);
    else {
      if (!error.isOffline) key = "";
      said.textContent = error.isOffline ? "The connection broke. Draw again: the same order is paid for once." : error.message;
      rescue(error.body?.unkept ?? []);
    }
  } finally { stop(); }
}

function tell(answer) {
  const lines = [...answer.notes];
  if (answer.replayed) lines.push("The same was asked a moment ago, so this is the same answer, and cost nothing. Change the words for another picture.");
  else if (answer.cost_usd !== null) lines.push(`This cost ${dollars(answer.cost_usd)}.`);
  said.textContent = lines.join(" ");
  rescue(answer.unkept);
}

// What could not be kept is in this answer alone.
function rescue(pictures) {
  pictures.forEach((picture, index) => {
    const link = document.createElement("a");
    link.href = server.saved(picture);
    link.download = `picture-${index + 1}.${picture.mime_type.split("/")[1]}`;
    link.textContent = `Save picture ${index + 1} now`;
    said.append(" ", link);
  });
}

function progress() {
  const began = Date.now();
  const tick = () => { element("elapsed").textContent = `${Math.round((Date.now() - began) / 1000)} s; this may take a minute`; };
  const shown = (busy) => {
    form.setAttribute("aria-busy", String(busy));
    // What is focused must not vanish under the keyboard.
    const lost = !busy && [element("stop"), document.body].includes(document.activeElement);
    element("working").hidden = element("stop").hidden = !busy;
    if (busy) element("stop").focus();
    element("draw").disabled = busy;
    if (lost) element("draw").focus();
  };
  shown(true);
  tick();
  const timer = setInterval(tick, 1000);
  return () => { clearInterval(timer); shown(false); running = null; };
}

opener.addEventListener("click", () => show(form.hidden));
element("stop").addEventListener("click", () => running?.abort());
form.addEventListener("input", () => { key = ""; hint(); });
form.addEventListener("submit", (event) => { event.preventDefault(); if (!running) draw(); });
element("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) form.requestSubmit();
});
