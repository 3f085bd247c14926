// An answer on the page: words as they come, what tools do meanwhile, and what a person is asked.

import { image } from "./inline.js";
import { blocks, rendered } from "./markdown.js";
import { button, make } from "./make.js";
import * as server from "./server.js";

// Words that grow: what is finished stays, and only the last block is made again.
class Words {
  constructor() { this.node = make("div", "words"); this.node.dir = "auto"; this.text = ""; this.tail = []; this.due = 0; }
  add(text) {
    this.text += text;
    this.due ||= requestAnimationFrame(() => this.draw());
  }
  draw() {
    cancelAnimationFrame(this.due);
    this.due = 0;
    const lines = this.text.split("\n"), made = [...blocks(lines)];
    for (const node of this.tail) node.remove();
    this.tail = made.slice(-1).map(([node]) => node);
    this.node.append(...made.map(([node]) => node));
    if (made.length > 1) this.text = lines.slice(made.at(-2)[1]).join("\n");
  }
}

export class Answer {
  constructor(changed = () => {}) {
    this.node = make("article", "answer");
    this.node.setAttribute("aria-label", "Answer");
    this.node.setAttribute("aria-busy", "true");
    this.wait = make("p", "waiting", "Thinking");
    this.node.append(this.wait);
    this.calls = new Map();
    this.questions = new Map();
    this.said = "";
    this.changed = changed;
  }

  hear(event) {
    if (event.name !== "tool_advanced") this.wait.remove();
    switch (event.name) {
      case "session": this.node.append(this.wait); break;
      case "text": case "refusal": this.speak(event.text); break;
      case "thought": this.node.append(this.wait); break;
      case "tool_began": this.began(event); break;
      case "tool_advanced": this.advanced(event); break;
      case "tool_ended": this.ended(event); this.node.append(this.wait); break;
      case "approval": this.question(event); break;
      case "approval_ended": this.answered(event.id, event.approve); break;
    }
    this.changed();
  }

  speak(text) {
    this.said += text;
    if (!this.words) {
      this.words = new Words();
      this.node.append(this.words.node);
    }
    this.words.add(text);
  }

  began({ id, tool, title, label, arguments: given }) {
    this.words?.draw();
    this.words = null;
    if (this.said && !this.said.endsWith("\n\n")) this.said += "\n\n";
    const node = make("details", "tool"), line = make("summary"), state = make("span", "state");
    state.setAttribute("aria-hidden", "true");
    const progress = make("progress");
    progress.setAttribute("aria-label", `Progress of ${title || tool}`);
    const told = make("span", "told faint", "running");
    line.append(state, make("span", "tool-name", title || tool), make("span", "faint", label && label !== tool ? label : ""), told);
    node.append(line, make("pre", "given", pretty(given)), make("pre", "got"));
    this.node.append(node, progress);
    this.calls.set(id, { node, told, progress, since: performance.now() });
  }

  advanced({ id, done, total, message }) {
    const call = this.calls.get(id);
    if (!call) return;
    if (total) { call.progress.max = total; call.progress.value = Math.min(done, total); }
    if (message) call.told.textContent = message;
  }

  ended(event) {
    if (!this.calls.has(event.id)) this.began({ ...event, arguments: "" });
    const { node, told, progress, since } = this.calls.get(event.id);
    progress.remove();
    node.classList.add(event.is_error ? "failed" : "good");
    const seconds = event.seconds ?? (performance.now() - since) / 1000;
    told.textContent = `${event.is_error ? "failed" : "done"}, ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
    node.querySelector(".got").textContent = event.text || "(no words)";
    if (!node.querySelector(".given").textContent) node.querySelector(".given").remove();
    const shown = make("div", "shown");
    shown.append(...(event.pictures ?? []).map(({ title, url }) => image(title, url)));
    if (shown.childNodes.length) node.after(shown);
  }

  question({ id, tool, title, why, arguments: given }) {
    const node = make("section", "question"), name = `question-${id}`;
    const head = make("h3", "", `May ${title || tool} be called?`);
    head.id = name;
    node.setAttribute("role", "group");
    node.setAttribute("aria-labelledby", name);
    const decide = async (approve, event) => {
      for (const one of node.querySelectorAll("button")) one.disabled = true;
      try { await server.decide(id, approve); this.answered(id, approve); }
      catch (error) { node.append(make("p", "bad", error.status === 404 ? "It is too late to answer." : error.message)); }
    };
    const acts = make("div", "acts");
    acts.append(button("Allow", "strong", () => decide(true)), button("Do not allow", "", () => decide(false)));
    node.append(head, make("p", "", sentence(why)), make("pre", "given", pretty(given)), acts);
    this.node.append(node);
    this.questions.set(id, node);
    this.asks?.(head.textContent);
  }

  answered(id, approve) {
    const node = this.questions.get(id);
    this.questions.delete(id);
    if (!node) return;
    const held = node.contains(document.activeElement);
    node.querySelector(".acts").replaceWith(make("p", "faint", approve ? "You allowed it." : "It was not allowed."));
    if (held) document.getElementById("message").focus();
    this.asks?.("");
  }

  // How it ended; `again` asks for another answer.
  end(state, error, again) {
    this.wait.remove();
    this.words?.draw();
    for (const { node, progress, told } of this.calls.values()) {
      if (!progress.parentNode) continue;
      progress.remove();
      node.classList.add("halted");
      told.textContent = "stopped";
    }
    for (const id of [...this.questions.keys()]) this.answered(id, false);
    if (state === "stopped") this.node.append(make("p", "ended faint", "Stopped."));
    if (state === "open") this.node.append(make("p", "ended faint", "This answer was broken off."));
    if (state === "failed") {
      const node = make("div", "notice");
      node.setAttribute("role", "alert");
      node.append(make("p", "", error || "There is no answer."));
      this.node.append(node);
    }
    this.acts(again, state);
    this.node.setAttribute("aria-busy", "false");
    this.changed();
  }

  acts(again, state) {
    const acts = make("div", "after");
    if (this.said.trim()) acts.append(button("Copy", "quiet", (event) => copied(event.target, this.said.trim()), "Copy the answer"));
    acts.append(button(state === "done" ? "Answer again" : "Try again", "quiet again", again));
    this.node.append(acts);
  }

  // What is known of an answer of the past.
  static of(turn, again) {
    const made = new Answer();
    made.wait.remove();
    const tools = new Map(turn.tools.map((tool) => [tool.id, tool]));
    for (const { text, tool: id } of turn.parts) {
      const tool = tools.get(id);
      if (text) made.node.append(words(text));
      if (tool) { made.began({ ...tool, arguments: "" }); if (tool.seconds !== null) made.ended(tool); }
    }
    made.said = turn.response;
    made.end(turn.state, turn.error, again);
    return made;
  }
}

function words(text) {
  const node = make("div", "words");
  node.dir = "auto";
  node.append(...rendered(text));
  return node;
}

export async function copied(button, text) {
  try { await navigator.clipboard.writeText(text); } catch { return; }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}

function sentence(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "";
}

function pretty(text) {
  try { return text && text !== "{}" ? JSON.stringify(JSON.parse(text), null, 2) : ""; } catch { return text; }
}
