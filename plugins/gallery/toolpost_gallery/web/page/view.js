// One picture, large, with all that is known of it and all that can be done with it.

import * as cards from "./cards.js";
import * as server from "./server.js";

const element = (id) => document.getElementById(id);
const dialog = element("view"), whole = element("whole"), said = element("view-said");
let shown = null, source = "", loading = null, removed = () => {};

export const onRemoved = (done) => { removed = done; };

export function open(image) {
  shown = image;
  said.textContent = "";
  ask(false);
  element("view-prompt").textContent = image.prompt || "No prompt is known.";
  element("facts").replaceChildren(...facts(image));
  step();
  if (!dialog.open) dialog.showModal();
  if (location.hash !== `#${image.id}`) history.replaceState(null, "", `#${image.id}`);
  load(image);
}

async function load(image) {
  loading?.abort();
  const mine = loading = new AbortController();
  release();
  const small = cards.of(image.id)?.source;
  whole.hidden = !small;
  whole.alt = cards.title(image).slice(0, 1000);
  whole.width = image.width;
  whole.height = image.height;
  if (small) whole.src = small;
  element("whole-said").textContent = small ? "" : "Loading…";
  try {
    const found = await server.picture(image.id, { signal: mine.signal });
    if (mine.signal.aborted) return URL.revokeObjectURL(found);
    whole.src = source = found;
    whole.hidden = false;
    element("whole-said").textContent = "";
  } catch (error) {
    if (error.name === "AbortError") return;
    element("whole-said").textContent = error.status === 404 ? "This picture is not there any more." : error.message;
  }
}

function release() {
  if (source) URL.revokeObjectURL(source);
  source = "";
}

function facts(image) {
  const kind = image.mime_type.replace("image/", "").toUpperCase();
  const bytes = image.bytes >= 1e6 ? `${(image.bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(image.bytes / 1e3))} kB`;
  const rows = [
    ["Made", cards.day(image.made, { dateStyle: "medium", timeStyle: "short" })],
    ["Model", image.model],
    ["Size", `${image.width} × ${image.height}`],
    ["Quality", image.quality],
    ["File", `${kind}, ${bytes}`],
    ["Tool", image.tool],
    ["Cost", image.cost_usd === null ? "" : dollars(image.cost_usd)],
  ];
  return rows.filter(([, value]) => value).flatMap(([name, value]) => [cards.make("dt", "", name), cards.make("dd", "", value)]);
}

export const dollars = (amount) => `$${amount < 0.1 ? amount.toFixed(3) : amount.toFixed(2)}`;

function neighbours() {
  const all = cards.all(), at = all.findIndex((image) => image.id === shown?.id);
  return at < 0 ? [] : [all[at - 1], all[at + 1]];
}

function step() {
  const [newer, older] = neighbours();
  element("newer").disabled = !newer;
  element("older").disabled = !older;
}

function go(which) {
  const to = neighbours()[which];
  if (to) open(to);
}

function ask(sure) {
  element("sure").hidden = !sure;
  element("delete").hidden = sure;
  if (sure) element("keep").focus();
}

async function destroy() {
  const image = shown;
  element("really").disabled = true;
  try {
    await server.remove(image.id);
  } catch (error) {
    if (error.status !== 404) { said.textContent = `It was not deleted: ${error.message}`; return; }
  } finally {
    element("really").disabled = false;
  }
  dialog.close();
  removed(image);
}

async function download() {
  try {
    const address = source || (source = await server.picture(shown.id));
    const link = cards.make("a");
    link.href = address;
    link.download = shown.filename;
    link.click();
    said.textContent = `Saved as ${shown.filename}.`;
  } catch (error) { said.textContent = `It was not saved: ${error.message}`; }
}

async function copy() {
  // The page and not the picture: whoever opens it may have to show a token first.
  const link = new URL(`#${shown.id}`, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    said.textContent = "The link is copied. It works for whoever has your token.";
  } catch { said.textContent = link; }
}

element("close").addEventListener("click", () => dialog.close());
element("download").addEventListener("click", download);
element("copy").addEventListener("click", copy);
element("delete").addEventListener("click", () => ask(true));
element("keep").addEventListener("click", () => { ask(false); element("delete").focus(); });
element("really").addEventListener("click", destroy);
element("newer").addEventListener("click", () => go(0));
element("older").addEventListener("click", () => go(1));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") go(0);
  if (event.key === "ArrowRight") go(1);
});
dialog.addEventListener("close", () => {
  loading?.abort();
  whole.removeAttribute("src");
  release();
  history.replaceState(null, "", location.pathname + location.search);
  cards.of(shown?.id)?.button.focus();
});
