// Shows the OpenAPI document of this server, and sends requests to it. Text only becomes text, never markup.

const METHODS = ["get", "post", "put", "patch", "delete"];
const LONGEST = 200_000;
const byId = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return made;
}

class Cards {
  constructor(description) {
    this.description = description;
  }

  resolved(schema) {
    const name = schema?.$ref?.split("/").pop();
    return name ? (this.description.components?.schemas?.[name] ?? {}) : (schema ?? {});
  }

  // A schema in the notation of a type: `{ name: string, tools?: integer[] }`.
  notation(schema, depth = 0, seen = []) {
    if (schema?.$ref && (seen.includes(schema.$ref) || depth > 6)) return schema.$ref.split("/").pop();
    const path = schema?.$ref ? [...seen, schema.$ref] : seen;
    const found = this.resolved(schema);
    const inner = (one) => this.notation(one, depth + 1, path);
    const alternatives = found.anyOf ?? found.oneOf;
    if (alternatives) return alternatives.map(inner).join(" | ");
    if (found.enum) return found.enum.map((one) => JSON.stringify(one)).join(" | ");
    if ("const" in found) return JSON.stringify(found.const);
    if (found.type === "array") return `${inner(found.items)}[]`;
    if (found.properties) return this.fields(found, depth, inner);
    if (typeof found.additionalProperties === "object") return `{ [name]: ${inner(found.additionalProperties)} }`;
    return [found.type ?? "any"].flat().join(" | ");
  }

  fields(schema, depth, inner) {
    const space = "  ".repeat(depth + 1);
    const lines = Object.entries(schema.properties).map(([name, one]) => {
      const about = this.resolved(one).description ?? one.description;
      const optional = schema.required?.includes(name) ? "" : "?";
      return `${space}${name}${optional}: ${inner(one)}${about ? `  // ${about}` : ""}`;
    });
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }

  example(schema, depth = 0) {
    const found = this.resolved(schema);
    const given = found.examples?.[0] ?? found.example ?? found.default ?? found.const ?? found.enum?.[0];
    if (given !== undefined) return given;
    if (depth > 6) return null;
    if (found.anyOf ?? found.oneOf) return this.example((found.anyOf ?? found.oneOf)[0], depth + 1);
    if (found.type === "array") return [this.example(found.items, depth + 1)];
    if (found.properties) {
      // Where nothing must be given, the first that says something shows what can be.
      const all = Object.keys(found.properties);
      const required = all.filter((name) => found.required?.includes(name));
      const names = required.length ? required : all.slice(0, 1);
      return Object.fromEntries(names.map((name) => [name, this.example(found.properties[name], depth + 1)]));
    }
    return { string: "", integer: 0, number: 0, boolean: false, object: {}, null: null }[[found.type].flat()[0]] ?? null;
  }

  sections() {
    const bodies = Object.fromEntries((this.description.tags ?? []).map((tag) => [tag.name, []]));
    for (const [path, item] of Object.entries(this.description.paths)) {
      for (const method of METHODS.filter((one) => one in item)) {
        (bodies[item[method].tags?.[0] ?? "other"] ??= []).push(this.route(method, path, item[method]));
      }
    }
    return Object.entries(bodies).filter(([, routes]) => routes.length).map(([name, routes]) => {
      const id = `of-${name.replace(/\W/g, "-")}`;
      return element("section", { "aria-labelledby": id }, element("h2", { id }, name), ...routes);
    });
  }

  route(method, path, operation) {
    const scope = operation.security?.[0]?.bearer?.[0] ?? "public";
    const open = operation.security?.some((one) => !Object.keys(one).length);
    const summary = element("summary", {},
      element("span", { class: "method" }, method.toUpperCase()), element("span", { class: "path" }, path),
      element("span", { class: "soft" }, operation.summary ?? ""),
      element("span", { class: "scope" }, open ? "anyone on this machine" : scope === "public" ? "anyone" : `scope ${scope}`));
    const card = element("details", { class: "route", id: `${method}-${path}` }, summary);
    card.dataset.text = `${method} ${path} ${operation.summary} ${operation.tags} ${scope}`.toLowerCase();
    // What is inside is made when it is first looked at.
    card.addEventListener("toggle", () => card.open && !card.querySelector("form") && card.append(this.inside(method, path, operation)));
    return card;
  }

  inside(method, path, operation) {
    const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => this.answer(status, answer));
    const about = operation.description ? element("p", {}, operation.description) : "";
    return element("div", {}, about, this.form(method, path, operation), element("h3", {}, "Answers"), ...answers);
  }

  answer(status, answer) {
    const kinds = Object.entries(answer.content ?? {}).map(([kind, content]) => {
      const shape = content.schema && Object.keys(content.schema).length ? element("pre", { tabindex: 0, "aria-label": `Schema of ${status}` }, this.notation(content.schema)) : "";
      return element("div", {}, element("p", { class: "soft" }, kind), shape);
    });
    const title = element("summary", {}, element("strong", {}, status), ` ${answer.description ?? ""}`);
    return element("details", { open: status.startsWith("2") }, title, ...kinds);
  }

  form(method, path, operation) {
    const fields = (operation.parameters ?? []).map((parameter) => this.field(parameter));
    const [kind, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    const body = kind && element("textarea", { spellcheck: "false", rows: "8" });
    if (body) body.value = JSON.stringify(content.example ?? this.example(content.schema), null, 2);
    const shape = body && element("details", {}, element("summary", {}, "Schema of the body"), element("pre", { tabindex: 0 }, this.notation(content.schema)));
    const send = element("button", { type: "submit" }, method === "delete" ? "Delete" : "Send");
    const output = element("div", { role: "status", "aria-live": "polite" });
    const form = element("form", { class: "fields", autocomplete: "off" }, element("h3", {}, "Try it"),
      ...fields.map(({ label }) => label), body && element("label", {}, `Body, ${kind}`, body), shape, element("div", {}, send), output);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      send.disabled = true;
      try {
        await sent(request(method, path, fields, kind, body?.value), output);
      } finally {
        send.disabled = false;
      }
    });
    return form;
  }

  field(parameter) {
    const schema = this.resolved(parameter.schema);
    const required = parameter.required === true;
    const input = schema.enum
      ? element("select", {}, ...(required ? [] : [element("option", { value: "" }, "")]), ...schema.enum.map((one) => element("option", {}, String(one))))
      : element("input", { required, placeholder: schema.default ?? schema.examples?.[0] ?? "" });
    const about = [parameter.in, this.notation(schema), parameter.description ?? schema.description].filter(Boolean).join(", ");
    return { parameter, input, label: element("label", {}, `${parameter.name} `, element("small", {}, about), input) };
  }
}

function request(method, path, fields, kind, body) {
  const headers = {}, query = new URLSearchParams();
  for (const { parameter, input } of fields) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value && parameter.in === "query") query.append(parameter.name, input.value);
    else if (input.value && parameter.in === "header") headers[parameter.name] = input.value;
  }
  if (byId("token").value) headers.authorization = `Bearer ${byId("token").value.trim()}`;
  if (kind) headers["content-type"] = kind;
  if (kind && path === byId("routes").dataset.mcp) Object.assign(headers, spoken(body));
  const target = query.size ? `${path}?${query}` : path;
  return { target, options: { method: method.toUpperCase(), headers, body: kind ? body : undefined, cache: "no-store" } };
}

// What an MCP client repeats in headers, so that the example works as it stands.
function spoken(body) {
  const headers = { accept: "application/json, text/event-stream" };
  try {
    const message = JSON.parse(body);
    const version = message.params?._meta?.["io.modelcontextprotocol/protocolVersion"];
    if (version) Object.assign(headers, { "mcp-protocol-version": version, "mcp-method": message.method });
    if (version && message.params.name) headers["mcp-name"] = message.params.name;
  } catch {
    // The server says better what is wrong with it.
  }
  return headers;
}

async function sent({ target, options }, output) {
  output.replaceChildren("…");
  try {
    const began = performance.now();
    const response = await fetch(target, options);
    const shown = await content(response);
    const took = Math.round(performance.now() - began);
    const id = response.headers.get("x-request-id") ?? "";
    output.replaceChildren(
      element("p", {}, element("span", { class: response.ok ? "good" : "bad" }, `${response.status} ${response.statusText}`),
        element("span", { class: "soft" }, ` ${took} ms ${id && `request ${id}`}`)), shown);
  } catch (error) {
    output.replaceChildren(element("p", { class: "failed" }, `Nothing came back: ${error.message}`));
  }
}

async function content(response) {
  const kind = response.headers.get("content-type") ?? "";
  if (kind.startsWith("image/")) {
    return element("img", { class: "shown", alt: "The picture that was answered", src: URL.createObjectURL(await response.blob()) });
  }
  const raw = await response.text();
  let text = raw;
  if (kind.includes("json")) {
    try { text = JSON.stringify(JSON.parse(raw), null, 2); } catch { /* as it came */ }
  }
  return text ? element("pre", { tabindex: 0, "aria-label": "Answer" }, text.slice(0, LONGEST)) : element("p", { class: "soft" }, "Nothing more.");
}

function filtered() {
  const wanted = byId("filter").value.trim().toLowerCase();
  for (const card of document.querySelectorAll("details.route")) card.hidden = !card.dataset.text.includes(wanted);
  for (const section of document.querySelectorAll("section")) section.hidden = !section.querySelector("details.route:not([hidden])");
}

// Opens the route that the address names: `/docs#get-/health`.
function opened() {
  const card = byId(decodeURIComponent(location.hash.slice(1)));
  if (card?.matches("details.route")) {
    card.open = true;
    card.scrollIntoView();
  }
}

async function start() {
  const main = byId("routes");
  byId("settings").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("input", filtered);
  try {
    const description = await (await fetch("/openapi.json")).json();
    byId("version").textContent = description.info.version;
    byId("about").textContent = description.info.description;
    const [mcp] = Object.entries(description.paths).find(([, item]) => item.post?.operationId === "mcp_message") ?? [];
    main.dataset.mcp = mcp ?? "";
    main.replaceChildren(...new Cards(description).sections());
    opened();
    addEventListener("hashchange", opened);
  } catch (error) {
    main.replaceChildren(element("p", { class: "failed", role: "alert" }, `The routes cannot be read: ${error.message}`));
  }
  main.setAttribute("aria-busy", "false");
}

start();
