// The list: cards that fetch their previews when they come near.

import * as server from "./server.js";

const list = document.getElementById("pictures");
const known = new Map();

export const all = () => [...known.values()].map((card) => card.image);
export const of = (id) => known.get(id);

export function make(tag, kind = "", words = "") {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (words) made.textContent = words;
  return made;
}

export const day = (made, style = { dateStyle: "medium" }) => {
  const when = new Date(made);
  return Number.isNaN(when.getTime()) ? "" : when.toLocaleString([], style);
};

export const title = (image) => image.prompt || `Picture by ${image.tool}`;

const near = new IntersectionObserver((seen) => {
  for (const one of seen) if (one.isIntersecting) { near.unobserve(one.target); fill(known.get(one.target.dataset.id)); }
}, { rootMargin: "400px" });

async function fill(card) {
  if (!card) return;
  try {
    const source = await server.picture(card.image.id, { small: true });
    if (known.get(card.image.id) !== card) return URL.revokeObjectURL(source);
    const img = make("img");
    img.alt = title(card.image).slice(0, 300);
    img.src = card.source = source;
    card.frame.replaceChildren(img);
  } catch (error) {
    card.frame.textContent = error.status === 404 ? "It is not there any more" : "No preview";
  }
}

export function add(images, open, { first = false } = {}) {
  const fresh = images.filter((image) => !known.has(image.id)).map((image) => card(image, open));
  const before = [...known];
  if (first) known.clear();
  for (const one of fresh) known.set(one.image.id, one);
  if (first) for (const [id, one] of before) known.set(id, one);
  list[first ? "prepend" : "append"](...fresh.map((one) => one.item));
  for (const one of fresh) near.observe(one.item);
}

function card(image, open) {
  const item = make("li");
  item.dataset.id = image.id;
  const button = make("button", "card");
  button.type = "button";
  const frame = make("span", "frame");
  const line = make("span", "line", image.prompt.slice(0, 300) || title(image));
  line.dir = "auto";
  button.append(frame, line, make("span", "when faint", day(image.made)));
  // The words stand beside the picture, which says the same.
  button.setAttribute("aria-label", `${title(image).slice(0, 300)}, ${day(image.made)}`);
  button.addEventListener("click", () => open(image));
  item.append(button);
  return { image, item, button, frame, source: "" };
}

export function mark(ids) {
  for (const one of known.values()) one.button.classList.toggle("fresh", ids.includes(one.image.id));
  const first = known.get(ids[0]);
  first?.item.scrollIntoView({ block: "nearest" });
}

export function drop(id) {
  const one = known.get(id);
  if (!one) return;
  const beside = one.item.nextElementSibling ?? one.item.previousElementSibling;
  known.delete(id);
  near.unobserve(one.item);
  if (one.source) URL.revokeObjectURL(one.source);
  one.item.remove();
  (beside?.querySelector("button") ?? list).focus();
}

export function clear() {
  near.disconnect();
  for (const one of known.values()) if (one.source) URL.revokeObjectURL(one.source);
  known.clear();
  list.replaceChildren();
}
