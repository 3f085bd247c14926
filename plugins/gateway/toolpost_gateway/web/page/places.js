// Where else one can go from here, and which models answer; without either the page is as good.

import { make } from "./make.js";
import * as server from "./server.js";

const places = document.getElementById("places"), model = document.getElementById("model");
const ability = document.getElementById("ability");
const SHOWN = ["Gallery", "Routes", "Health"];

export function fill() {
  server.front().then(tell, () => {});
  server.models().then(choose, () => {});
}

export function tell({ links, notes }) {
  link(links);
  if (notes?.length) ability.textContent = notes.join(" ");
}

function link(found) {
  const here = Object.entries(found).filter(([name]) => SHOWN.includes(name));
  places.replaceChildren(...here.map(([name, path]) => {
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
