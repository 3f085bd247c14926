// Markdown as nodes: every text becomes a text node, so nothing that a model says is ever markup.

import { inline } from "./inline.js";
import { make } from "./make.js";

// Each of these reads a line once, however long it is: two parts that take the same letters never meet.
const FENCE = /^( {0,3})(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(\S.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(?:\s+(\S.*)?)?$/;
const DIVISION = /^:?-+:?$/;
const DEEPEST = 8;

// The blocks of a text: what each becomes, and the line behind it.
export function* blocks(lines, depth = 0) {
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) { at += 1; continue; }
    const [node, end] = block(lines, at, depth);
    at = end;
    yield [node, end];
  }
}

export const rendered = (text, depth = 0) => [...blocks(text.split("\n"), depth)].map(([node]) => node);

function block(lines, at, depth) {
  const line = lines[at];
  let found;
  if ((found = FENCE.exec(line))) return fence(lines, at, found);
  if ((found = HEADING.exec(line))) return [filled(make(`h${Math.min(6, found[1].length + 2)}`), found[2].trimEnd().replace(/\s#+$/, "")), at + 1];
  if (RULE.test(line)) return [make("hr"), at + 1];
  if (depth < DEEPEST && /^ {0,3}>/.test(line)) return quote(lines, at, depth);
  if (depth < DEEPEST && ITEM.test(line)) return list(lines, at, depth);
  if (line.includes("|") && cells(lines[at + 1] ?? "").every((cell) => DIVISION.test(cell))) return table(lines, at);
  return paragraph(lines, at);
}

function filled(node, text) {
  node.append(...inline(text));
  return node;
}

function fence(lines, at, [, , mark, words]) {
  const ends = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !ends.test(lines[end])) end += 1;
  const code = make("code", "", lines.slice(at + 1, end).join("\n"));
  const head = make("div", "code-head");
  const copy = make("button", "quiet copy", "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", "Copy the code");
  head.append(make("span", "", words.trim().split(/\s/)[0]), copy);
  const pre = make("pre");
  pre.tabIndex = 0;
  pre.append(code);
  const block = make("div", "code");
  block.append(head, pre);
  return [block, Math.min(end + 1, lines.length)];
}

function quote(lines, at, depth) {
  const inner = [];
  let end = at;
  for (; end < lines.length && /^ {0,3}>/.test(lines[end]); end += 1) inner.push(lines[end].replace(/^ {0,3}> ?/, ""));
  const node = make("blockquote");
  node.append(...rendered(inner.join("\n"), depth + 1));
  return [node, end];
}

function list(lines, at, depth) {
  const [, indent, mark] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(mark), node = make(ordered ? "ol" : "ul");
  if (ordered && parseInt(mark, 10) !== 1) node.start = parseInt(mark, 10);
  let end = at, items = [];
  for (; end < lines.length; end += 1) {
    const found = ITEM.exec(lines[end]);
    const deeper = /^\s*/.exec(lines[end])[0].length > indent.length;
    if (found && !deeper && !RULE.test(lines[end])) {
      if (/\d/.test(found[2]) !== ordered || found[1].length < indent.length) break;
      items.push({ lines: [found[3] ?? ""], width: found[1].length + found[2].length + 1 });
    } else if (!lines[end].trim()) {
      const next = lines[end + 1] ?? "";
      if (!/^\s/.test(next) && !ITEM.test(next)) break;
      items.at(-1).lines.push("");
    } else if (deeper || !starts(lines[end]) && lines[end - 1].trim()) {
      items.at(-1).lines.push(lines[end].replace(new RegExp(`^\\s{0,${items.at(-1).width}}`), ""));
    } else break;
  }
  node.append(...items.map((item) => listed(item, depth)));
  return [node, end];
}

function listed(item, depth) {
  const node = make("li"), parts = rendered(item.lines.join("\n"), depth + 1);
  // A single paragraph in an item is just its words.
  for (const part of parts) node.append(...(part.tagName === "P" && part === parts[0] ? part.childNodes : [part]));
  return node;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

function table(lines, at) {
  const row = (line, kind) => {
    const node = make("tr");
    node.append(...cells(line).map((cell) => filled(make(kind), cell.replaceAll("\\|", "|"))));
    return node;
  };
  const node = make("table"), head = make("thead"), body = make("tbody"), frame = make("div", "table");
  head.append(row(lines[at], "th"));
  let end = at + 2;
  for (; end < lines.length && lines[end].includes("|"); end += 1) body.append(row(lines[end], "td"));
  node.append(head, body);
  frame.tabIndex = 0;
  frame.append(node);
  return [frame, end];
}

const starts = (line) => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || /^ {0,3}>/.test(line) || ITEM.test(line);

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !starts(lines[end])) end += 1;
  return [filled(make("p"), lines.slice(at, end).join("\n")), end];
}
