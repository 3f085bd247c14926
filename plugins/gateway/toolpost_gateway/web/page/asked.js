// What a person has said, as it stands on the page.

import { fetched } from "./composer.js";
import { image } from "./inline.js";
import { make } from "./make.js";

export function asked(text, urls) {
  const node = make("article", "asked"), words = make("p", "", text);
  node.setAttribute("aria-label", "You");
  words.dir = "auto";
  if (text) node.append(words);
  for (const url of urls) node.append(url.startsWith("data:") ? own(url) : image("A picture of yours", url));
  return node;
}

function own(url) {
  const frame = make("span", "picture"), img = make("img");
  img.alt = "A picture of yours";
  fetched(url).then((source) => { img.src = source; });
  frame.append(img);
  return frame;
}
