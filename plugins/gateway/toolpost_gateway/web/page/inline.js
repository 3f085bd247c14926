// What stands within a line: emphasis, code, links, and pictures of this server.

import { make } from "./make.js";
import { ours, picture } from "./server.js";

const TARGET = String.raw`\(\s*<?([^\s()<>]{1,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,2000})?)>?(?:\s+"[^"\n]{0,300}")?\s*\)`;
// How far a mark may be from its end is bounded, so that no text takes long.
const MARKS = new RegExp([
  String.raw`\\([!-\/:-@\[-\`{-~])`,
  "(`{1,3})(?!`)([^]{1,2000}?)(?<!`)\\2(?!`)",
  String.raw`!\[([^\]\n]{0,500})\]${TARGET}`,
  String.raw`\[([^\]\n]{1,500})\]${TARGET}`,
  String.raw`(https?:\/\/[^\s<>"'\`)\]]{1,2000})`,
  String.raw`\*\*(?=\S)([^]{1,1000}?\S?)\*\*(?!\*)`,
  String.raw`(?<!\w)__(?=\S)([^]{1,1000}?)__(?!\w)`,
  String.raw`\*(?=[^\s*])([^*]{1,1000}?)(?<!\s)\*`,
  String.raw`(?<!\w)_(?=[^\s_])([^_]{1,1000}?)(?<!\s)_(?!\w)`,
  String.raw`~~(?=\S)([^~]{1,1000}?)~~`,
].join("|"), "g");
const DEEPEST = 6;

export function inline(text, depth = 0) {
  const nodes = [];
  let at = 0;
  for (const found of depth < DEEPEST ? text.matchAll(MARKS) : []) {
    nodes.push(...plain(text.slice(at, found.index)), ...marked(found, depth));
    at = found.index + found[0].length;
  }
  return [...nodes, ...plain(text.slice(at))];
}

function plain(text) {
  return text.split("\n").flatMap((line, index) => [...(index ? [make("br")] : []), ...(line ? [new Text(line)] : [])]);
}

function marked(found, depth) {
  const [whole, escaped, , code, alt, source, words, target, bare, strong, strong2, em, em2, struck] = found;
  if (escaped) return [new Text(escaped)];
  if (code) return [make("code", "", code.trim())];
  if (alt !== undefined) return [image(alt, source)];
  if (words) return [link(target, inline(words, depth + 1), whole)];
  if (bare) return tidy(bare);
  const kind = strong || strong2 ? "strong" : em || em2 ? "em" : "s";
  const node = make(kind);
  node.append(...inline(strong || strong2 || em || em2 || struck, depth + 1));
  return [node];
}

// A full stop behind an address is not part of it.
function tidy(address) {
  const [, url, rest] = /^(.*?)([.,;:!?*_~]*)$/.exec(address);
  return [link(url, [new Text(url)], url), ...plain(rest)];
}

function link(target, nodes, whole) {
  const href = address(target);
  if (!href) return new Text(whole);
  const node = make("a");
  node.href = href;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  node.append(...nodes);
  return node;
}

function address(target) {
  try {
    const url = new URL(target, location.href);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch { return null; }
}

// A picture of elsewhere is not fetched, since that alone would tell something; it is a link.
export function image(alt, source) {
  const url = ours(source);
  if (!url) return link(source, [new Text(alt || source)], `[${alt}](${source})`);
  const frame = make("span", "picture"), img = make("img");
  frame.dataset.source = url;
  img.alt = alt || "A picture";
  shown(url).then((blob) => { img.src = blob; frame.replaceChildren(img); }, () => { frame.textContent = `${img.alt} (it is not there any more)`; });
  frame.textContent = img.alt;
  return frame;
}

const known = new Map();
function shown(url) {
  if (!known.has(url)) known.set(url, picture(url).catch((error) => { known.delete(url); throw error; }));
  return known.get(url);
}
