// What a person is about to say: words, and pictures that are chosen, pasted or dropped.

import { button, make } from "./make.js";

const element = (id) => document.getElementById(id);
const words = element("message"), form = element("composer"), list = element("pictures"), file = element("file");
// A request may have four megabytes, and models look at no more pixels than these.
const LONGEST = 1568, HEAVY = 700_000, MOST = 4;
let pictures = [], said = () => {};

export const onTrouble = (tell) => { said = tell; };
export const isEmpty = () => !words.value.trim() && !pictures.length;

export function taken() {
  const text = words.value.trim(), urls = pictures.map((one) => one.url);
  words.value = "";
  pictures = [];
  show();
  grow();
  return { text, pictures: urls };
}

export function put({ text, pictures: urls }) {
  words.value = text;
  pictures = urls.map((url) => ({ url, name: "Picture" }));
  show();
  grow();
}

export const message = ({ text, pictures: urls }) => urls.length
  ? [...(text ? [{ type: "text", text }] : []), ...urls.map((url) => ({ type: "image_url", image_url: { url } }))]
  : text;

async function add(files) {
  for (const one of [...files].filter(({ type }) => /^image\/(png|jpeg|webp|gif)$/.test(type))) {
    if (pictures.length >= MOST) { said(`${MOST} pictures are the most that one message takes.`); break; }
    try { pictures.push({ url: await read(await smaller(one)), name: one.name || "Picture" }); }
    catch { said(`${one.name || "This"} cannot be read as a picture.`); }
  }
  show();
}

async function smaller(blob) {
  const bitmap = await createImageBitmap(blob), scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  if (blob.size <= HEAVY && scale === 1) return blob;
  const canvas = make("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

const read = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.onerror = failed;
  reader.readAsDataURL(blob);
});

function show() {
  list.replaceChildren(...pictures.map((one, index) => {
    const item = make("li"), img = make("img");
    img.alt = one.name;
    fetched(one.url).then((source) => { img.src = source; });
    item.append(img, button("✕", "drop", () => {
      pictures.splice(index, 1);
      show();
      words.focus();
    }, `Remove ${one.name}`));
    return item;
  }));
}

// The page's rules allow pictures as blobs alone.
export async function fetched(url) {
  const [head, body] = url.split(",");
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: /^data:([^;]+)/.exec(head)[1] }));
}

function grow() {
  words.rows = 1;
  const line = parseFloat(getComputedStyle(words).lineHeight) || 24;
  words.rows = Math.max(1, Math.min(8, Math.round((words.scrollHeight - 20) / line)));
}

words.addEventListener("input", grow);
words.addEventListener("keydown", (event) => {
  // On a touch keyboard Enter is a new line; there is a button to send.
  const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches;
  if (sends || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) { event.preventDefault(); form.requestSubmit(); }
});
words.addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) { event.preventDefault(); add(event.clipboardData.files); }
});
element("attach").addEventListener("click", () => file.click());
file.addEventListener("change", () => { add(file.files).then(() => words.focus()); file.value = ""; });
document.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  form.classList.remove("over");
  add(event.dataTransfer.files);
});
