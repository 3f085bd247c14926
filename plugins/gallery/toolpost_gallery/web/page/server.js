// What this page asks of the server, with the token that this tab holds, if one is needed.

const PLACE = "toolpost.token";
const TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

export class Failure extends Error {
  constructor(message, status = 0, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
  get needsToken() { return this.status === 401; }
  get isOffline() { return this.status === 0; }
}

// Storage may be forbidden; then the token lives as long as the page.
let held = "";
export const token = {
  get() { try { return sessionStorage.getItem(PLACE) ?? held; } catch { return held; } },
  set(value) { held = value; try { sessionStorage.setItem(PLACE, value); } catch { /* held is enough */ } },
  forget() { held = ""; try { sessionStorage.removeItem(PLACE); } catch { /* so is this */ } },
};

async function asked(path, { method = "GET", body, headers = {}, signal } = {}) {
  const given = { ...headers };
  if (token.get()) given.Authorization = `Bearer ${token.get()}`;
  if (body !== undefined) given["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers: given, signal, credentials: "omit", body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("The server cannot be reached.");
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response) {
  let body = null;
  try { body = await response.json(); } catch { /* it need not be ours */ }
  const said = body?.error?.message;
  return new Failure(typeof said === "string" && said ? said : `The server answered ${response.status}.`, response.status, body);
}

export const list = async (search, cursor, signal) => {
  const query = new URLSearchParams({ limit: "24" });
  if (search) query.set("search", search);
  if (cursor) query.set("cursor", cursor);
  return (await asked(`images?${query}`, { signal })).json();
};

export const facts = async (id) => (await asked(`images/${id}/about`)).json();

export const drawing = async () => (await asked("images/drawing")).json();

export const draw = async (order, key, signal) =>
  (await asked("images", { method: "POST", body: order, headers: { "Idempotency-Key": key }, signal })).json();

export const remove = (id) => asked(`images/${id}`, { method: "DELETE" });

// A picture comes as a blob, since an <img> cannot bring a token.
export async function picture(id, { small = false, signal } = {}) {
  const response = await asked(`images/${id}${small ? "?preview" : ""}`, { signal });
  const blob = await response.blob();
  if (!TYPES.has(blob.type)) throw new Failure("The server sent something that is no picture.", 502);
  return URL.createObjectURL(blob);
}

export const saved = ({ mime_type: type, data }) =>
  TYPES.has(type) ? URL.createObjectURL(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type })) : "";
