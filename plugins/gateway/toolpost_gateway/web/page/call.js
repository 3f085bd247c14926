// A call of a tool: how far it is, then what it was given and what came back, folded up.

import { image } from "./inline.js";
import { given, make } from "./make.js";

export class Call {
  constructor({ tool, title, label, arguments: text }) {
    const name = title || tool, line = make("summary"), state = make("span", "state");
    state.setAttribute("aria-hidden", "true");
    this.since = performance.now();
    this.told = make("span", "told faint", "running");
    line.append(state, make("span", "tool-name", name), make("span", "faint", label && label !== tool ? label : ""), this.told);
    this.given = given(text);
    this.got = make("pre", "got");
    this.node = make("details", "tool");
    this.node.append(line, this.given, this.got);
    this.progress = make("progress");
    this.progress.setAttribute("aria-label", `Progress of ${name}`);
  }

  advance({ done, total, message }) {
    if (total) { this.progress.max = total; this.progress.value = Math.min(done, total); }
    if (message) this.told.textContent = message;
  }

  end({ is_error: failed, seconds, text, pictures }) {
    const took = seconds ?? (performance.now() - this.since) / 1000;
    this.close(failed ? "failed" : "good", `${failed ? "failed" : "done"}, ${took < 10 ? took.toFixed(1) : Math.round(took)} s`);
    this.got.textContent = text || "(no words)";
    if (!this.given.textContent) this.given.remove();
    const shown = make("div", "shown");
    shown.append(...(pictures ?? []).map(({ title, url }) => image(title, url)));
    if (shown.childNodes.length) this.node.after(shown);
  }

  // The answer has ended; a call that is still under way has not.
  halt() {
    if (this.progress.parentNode) this.close("halted", "stopped");
  }

  close(kind, words) {
    this.progress.remove();
    this.node.classList.add(kind);
    this.told.textContent = words;
  }
}
