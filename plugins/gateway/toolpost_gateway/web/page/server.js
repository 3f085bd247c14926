// What this page asks of the server, with the token that this tab holds, if one is needed.

const PLACE = "toolpost.token";
const TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

export class Failure extends Error {
  constructor(message, status = 0, after = null) {
    super(message);
    this.status = status;
    this.after = after;
  }
  get needsToken() { return this.status === 401; }
}

// Storage may be forbidden; then the token lives as long as the page.
let held = "";
export const token = {
  get() { try { return sessionStorage.getItem(PLACE) ?? held; } catch { return held; } },
  set(value) { held = value; try { sessionStorage.setItem(PLACE, value); } catch { /* held is enough */ } },
  forget() { held = ""; try { sessionStorage.removeItem(PLACE); } catch { /* so is this */ } },
};

async function asked(path, { method = "GET", body, accept, signal } = {}) {
  const headers = { Accept: accept ?? "application/json" };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, signal, credentials: "omit", body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("The server cannot be reached.");
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response) {
  let said = "";
  try { said = (await response.json())?.error?.message; } catch { /* it need not be ours */ }
  const text = typeof said === "string" && said ? said : `The server answered ${response.status}.`;
  return new Failure(text, response.status, Number(response.headers.get("retry-after")) || null);
}

const one = (id) => `chat/sessions/${encodeURIComponent(id)}`;
export const sessions = async () => (await (await asked("chat/sessions")).json()).sessions;
export const transcript = async (id) => (await asked(one(id))).json();
export const rename = (id, title) => asked(one(id), { method: "PATCH", body: { title } });
export const remove = (id) => asked(one(id), { method: "DELETE" });
export const decide = (id, approve) => asked(`chat/approvals/${encodeURIComponent(id)}`, { method: "POST", body: { approve } });
export const front = async () => (await asked(".")).json();
export const models = async () => (await (await asked("v1/models")).json()).data.map((model) => model.id);

// The events of an answer, one after the other; a stream that ends without its last one was broken off.
export async function* say(body, signal) {
  const response = await asked("chat", { method: "POST", body: { ...body, stream: true }, accept: "text/event-stream", signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", isWhole = false;
  for (;;) {
    let piece;
    try { piece = await reader.read(); }
    catch (error) { if (error.name === "AbortError") throw error; break; }
    if (piece.done) break;
    const parts = (rest + piece.value).split("\n\n");
    rest = parts.pop();
    for (const event of parts.map(read).filter(Boolean)) {
      isWhole ||= event.name === "done" || event.name === "error";
      yield event;
    }
  }
  if (!isWhole) throw new Failure("The connection broke before the answer was whole.");
}

function read(part) {
  const name = /^event: (.+)$/m.exec(part), data = /^data: (.+)$/m.exec(part);
  return name && data ? { name: name[1], ...JSON.parse(data[1]) } : null;
}

// A picture comes as a blob, since an <img> cannot bring a token; and only from this server.
export async function picture(url) {
  const blob = await (await asked(url, { accept: "image/*" })).blob();
  if (!TYPES.has(blob.type)) throw new Failure("That is no picture.", 502);
  return URL.createObjectURL(blob);
}

export function ours(url) {
  try {
    const found = new URL(url, location.href);
    return found.origin === location.origin && /\/(images|chat\/sessions)\//.test(found.pathname) ? found.href : null;
  } catch { return null; }
}
