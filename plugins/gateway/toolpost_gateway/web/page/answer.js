// An answer on the page: words as they come, what tools do meanwhile, and what a person is asked.

import { Call } from "./call.js";
import { copied } from "./copying.js";
import { button, make } from "./make.js";
import { Question } from "./question.js";
import { ours } from "./server.js";
import { Words } from "./words.js";

// What was said beside the answers of this conversation; once is enough.
const noted = new Set();

export const forget = () => noted.clear();

export class Answer {
  // `changed` hears that it has grown, and `asks` a question that is open, or nothing once it is answered.
  constructor(changed = () => {}, asks = () => {}) {
    this.changed = changed;
    this.asks = asks;
    this.node = make("article", "answer");
    this.node.setAttribute("aria-label", "Answer");
    this.node.setAttribute("aria-busy", "true");
    this.wait = make("p", "waiting", "Thinking");
    this.node.append(this.wait);
    this.calls = new Map();
    this.questions = new Map();
    this.pictures = new Set();
    this.said = "";
  }

  hear(event) {
    if (event.name !== "tool_advanced") this.wait.remove();
    switch (event.name) {
      case "session": case "thought": this.node.append(this.wait); break;
      case "text": case "refusal": this.speak(event.text); break;
      case "tool_began": this.began(event); break;
      case "tool_advanced": this.calls.get(event.id)?.advance(event); break;
      case "tool_ended": this.ended(event); this.node.append(this.wait); break;
      case "approval": this.question(event); break;
      case "approval_ended": this.questions.get(event.id)?.settle(event.approve); break;
      case "done": this.note(event.notes); break;
    }
    this.changed();
  }

  speak(text) {
    this.said += text;
    if (!this.words) {
      this.words = new Words("", this.pictures);
      this.node.append(this.words.node);
    }
    this.words.add(text);
  }

  began(event) {
    this.words?.draw();
    this.words = null;
    if (this.said && !this.said.endsWith("\n\n")) this.said += "\n\n";
    const call = new Call(event);
    this.node.append(call.node, call.progress);
    this.calls.set(event.id, call);
  }

  ended(event) {
    if (!this.calls.has(event.id)) this.began({ ...event, arguments: "" });
    for (const { url } of event.pictures ?? []) this.pictures.add(ours(url));
    this.calls.get(event.id).end(event);
  }

  question(event) {
    const question = new Question(event, () => this.asks(""));
    this.node.append(question.node);
    this.questions.set(event.id, question);
    if (question.isAllowed) question.decide(true);
    else this.asks(question.words);
  }

  note(notes) {
    for (const note of notes.filter((one) => !noted.has(one))) {
      noted.add(note);
      this.node.append(make("p", "note faint", note));
    }
  }

  // How it ended; `again` asks for another answer.
  end(state, error, again) {
    this.wait.remove();
    this.words?.draw();
    for (const call of this.calls.values()) call.halt();
    for (const question of this.questions.values()) question.settle(false);
    if (state === "stopped") this.node.append(make("p", "ended faint", "Stopped."));
    if (state === "open") this.node.append(make("p", "ended faint", "This answer was broken off."));
    if (state === "failed") this.fail(error || "There is no answer.");
    this.offer(again, state);
    this.node.setAttribute("aria-busy", "false");
    this.changed();
  }

  fail(words) {
    const node = make("div", "notice");
    node.setAttribute("role", "alert");
    node.append(make("p", "", words));
    this.node.append(node);
  }

  offer(again, state) {
    const acts = make("div", "after");
    if (this.said.trim()) acts.append(button("Copy", "quiet", (event) => copied(event.target, this.said.trim()), "Copy the answer"));
    acts.append(button(state === "done" ? "Answer again" : "Try again", "quiet again", again));
    this.node.append(acts);
  }

  // What is known of an answer of the past.
  static of(turn, again) {
    const made = new Answer(), tools = new Map(turn.tools.map((tool) => [tool.id, tool]));
    made.wait.remove();
    for (const { text, tool: id } of turn.parts) {
      const tool = tools.get(id);
      if (text) made.node.append(new Words(text, made.pictures).node);
      if (tool) made.began({ ...tool, arguments: "" });
      if (tool && tool.seconds !== null) made.ended(tool);
    }
    made.said = turn.response;
    made.note(turn.notes);
    made.end(turn.state, turn.error, again);
    return made;
  }
}
