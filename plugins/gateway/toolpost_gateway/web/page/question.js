// A question about a call that waits for a person's yes.

import { button, given, make } from "./make.js";
import * as server from "./server.js";

// What was always allowed in this conversation: calls of a tool, for the same reason to ask.
const always = new Set();

export const forget = () => always.clear();

export class Question {
  constructor({ id, tool, label, title, why, arguments: text }, settled) {
    this.id = id;
    this.settled = settled;
    this.key = JSON.stringify([tool, why]);
    this.words = `May ${title || tool}${label && label !== tool ? `, of ${label},` : ""} be called?`;
    const head = make("h3", "", this.words);
    head.id = `question-${id}`;
    this.acts = make("div", "acts");
    this.acts.append(
      button("Allow", "strong", () => this.decide(true)),
      button("Always allow", "", () => { always.add(this.key); this.decide(true); }, "Always allow this in this conversation"),
      button("Do not allow", "", () => this.decide(false)),
    );
    this.node = make("section", "question");
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-labelledby", head.id);
    this.node.append(head, make("p", "", sentence(why)), given(text), this.acts);
  }

  get isAllowed() { return always.has(this.key); }

  async decide(approve) {
    for (const one of this.acts.querySelectorAll("button")) one.disabled = true;
    try {
      await server.decide(this.id, approve);
      this.settle(approve);
    } catch (error) {
      this.node.append(make("p", "bad", error.status === 404 ? "It is too late to answer." : error.message));
    }
  }

  // It was answered, here or elsewhere; once is enough.
  settle(approve) {
    if (!this.acts.parentNode) return;
    const held = this.node.contains(document.activeElement);
    this.acts.replaceWith(make("p", "faint", approve ? "You allowed it." : "It was not allowed."));
    if (held) document.getElementById("message").focus();
    this.settled();
  }
}

function sentence(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "";
}
