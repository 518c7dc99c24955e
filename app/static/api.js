// Tries the operations of the API from its page. The token is kept in its field alone; an ETag, until the page is closed.
"use strict";

const token = document.getElementById("token");
const tags = new Map();

const inputs = (form, place) => [...form.querySelectorAll(`[data-in="${place}"]`)];

function addressOf(form) {
  let path = form.dataset.path;
  for (const input of inputs(form, "path")) path = path.replace(`{${input.name}}`, encodeURIComponent(input.value.trim()));
  const query = inputs(form, "query").filter((input) => input.value).map((input) => [input.name, input.value]);
  return query.length ? `${path}?${new URLSearchParams(query)}` : path;
}

function requestOf(form, address) {
  const headers = new Headers({ "Accept-Language": document.documentElement.lang });
  if (token.value.trim()) headers.set("Authorization", `Bearer ${token.value.trim()}`);
  for (const input of inputs(form, "header")) {
    const value = input.value.trim() || (input.name === "If-Match" && tags.get(address)) || "";
    if (value) headers.set(input.name, value);
  }
  const options = { method: form.dataset.method, headers, credentials: "omit", cache: "no-store" };
  const parts = inputs(form, "form"), [body] = inputs(form, "body");
  if (parts.length) {
    options.body = new FormData();
    for (const part of parts) if (part.value) options.body.append(part.name, part.files ? part.files[0] : part.value);
  } else if (body && body.value.trim()) {
    headers.set("Content-Type", "application/json");
    options.body = body.value;
  }
  return options;
}

function shown(response, text, milliseconds) {
  const line = document.createElement("p"), code = document.createElement("pre");
  line.textContent = `${response.status} ${response.statusText} · ${milliseconds} ms`;
  const names = ["etag", "location", "retry-after", "content-type"];
  const headers = names.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
  let body = text;
  try { body = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it came */ }
  code.textContent = `${headers.join("\n")}\n\n${body}`;
  code.tabIndex = 0;
  code.setAttribute("aria-label", line.textContent);
  return [line, code];
}

async function send(form) {
  const address = addressOf(form), output = form.querySelector("[role=status]"), begun = performance.now();
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, requestOf(form, address));
    const text = await response.text();
    output.replaceChildren(...shown(response, text, Math.round(performance.now() - begun)));
    if (response.headers.has("etag")) tags.set(address, response.headers.get("etag"));
    if (response.status === 201 && form.dataset.path.endsWith("/auth/token")) token.value = JSON.parse(text).token;
  } catch (error) {
    output.textContent = String(error.message || error);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

for (const form of document.querySelectorAll("form[data-path]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
const own = document.getElementById("token-form");
own.hidden = false;
own.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", reveal);
reveal();
