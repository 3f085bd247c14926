// Words of an answer, which may grow: what is finished stays, and only the last block is made again.

import { blocks } from "./markdown.js";
import { make } from "./make.js";

export class Words {
  // `known` are pictures that stand on the page already, and are not shown again.
  constructor(text = "", known = new Set()) {
    this.known = known;
    this.node = make("div", "words");
    this.node.dir = "auto";
    this.text = text;
    this.tail = [];
    this.due = 0;
    if (text) this.draw();
  }

  add(text) {
    this.text += text;
    this.due ||= requestAnimationFrame(() => this.draw());
  }

  clear(node) {
    for (const picture of node.querySelectorAll(".picture")) if (this.known.has(picture.dataset.source)) picture.remove();
    if (node.matches("p") && !node.textContent.trim() && !node.querySelector(".picture")) node.replaceChildren();
  }

  draw() {
    cancelAnimationFrame(this.due);
    this.due = 0;
    const lines = this.text.split("\n"), made = [...blocks(lines)];
    for (const node of this.tail) node.remove();
    this.tail = made.slice(-1).map(([node]) => node);
    for (const [node] of made) this.clear(node);
    this.node.append(...made.map(([node]) => node));
    if (made.length > 1) this.text = lines.slice(made.at(-2)[1]).join("\n");
  }
}
