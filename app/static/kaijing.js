// What makes the pages quicker. Everything works without it; nothing here decides anything.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// ---- menus close when one leaves them
document.addEventListener("click", (event) => {
  all("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("details.menu[open], details.ask[open]").forEach((menu) => {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
});

// ---- on a phone the filters of a list fold away, unless they are in use
if (matchMedia("(max-width: 960px)").matches) all("details[data-fold]").forEach((fold) => (fold.open = Boolean(fold.querySelector(":checked"))));

// ---- keys: / searches; on the review desk j and k walk the queue, a goes to the decision
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const box = document.querySelector("main input[type=search]");
    event.preventDefault();
    if (box) box.select();
    else document.querySelector("[data-find]").click();
  }
  const rows = all(".queue li");
  if (rows.length && (event.key === "j" || event.key === "k")) {
    const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const link = rows[here + (event.key === "j" ? 1 : -1)]?.querySelector("a");
    if (link) link.click();
  }
  if (event.key === "a") document.querySelector("[data-key=a]")?.focus();
});

// ---- a form is sent once; a form with unsaved text does not vanish unnoticed
const dirty = new Set();
const sends = (form) => form.getAttribute("method")?.toLowerCase() === "post";
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && sends(form)) dirty.add(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !sends(form)) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  dirty.delete(form);
  if (form.matches("[data-sign-out]")) forgetDrafts();
  // only after the browser has gathered the form, of which the pressed button is a part
  setTimeout(() => all("button[type=submit]", form).forEach((button) => (button.disabled = true)));
});
addEventListener("pageshow", () => {
  all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("button[type=submit]", form).forEach((button) => (button.disabled = false));
  });
});
addEventListener("beforeunload", (event) => {
  if (all("form[data-autosave], form[data-dirty]").some((form) => dirty.has(form))) event.preventDefault();
});

// ---- a countdown goes on by the server's clock
const opened = performance.now();
function tick(clock) {
  const now = Date.parse(clock.dataset.now) + performance.now() - opened;
  const minutes = Math.floor((Date.parse(clock.dataset.until) - now) / 60000);
  if (minutes < 0) return location.reload();
  const parts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  all("b", clock).forEach((part, i) => (part.textContent = i ? String(parts[i]).padStart(2, "0") : parts[i]));
}
const clocks = all("[data-until]");
if (clocks.length) setInterval(() => clocks.forEach(tick), 10000);

// ---- rows of an editable table
function enableRows(table) {
  const template = table.querySelector("template");
  const body = table.querySelector("tbody");
  const add = table.querySelector("[data-add-row]");
  // rows that came back empty have left gaps in the numbers
  let next = 1 + Math.max(-1, ...all("[name]", body).map((field) => Number(field.name.slice(table.id.length + 1).split("-")[0])));
  if (add) add.type = "button";
  const show = () => {
    all("[data-remove-row]", table).forEach((button) => (button.hidden = false));
    if (add) add.hidden = Boolean(table.dataset.max) && body.rows.length >= Number(table.dataset.max);
  };
  const changed = () => table.dispatchEvent(new Event("input", { bubbles: true }));
  table.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove-row]");
    if (remove) {
      const row = remove.closest("tr");
      const neighbour = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      (neighbour?.querySelector("input, select") || add)?.focus();
    } else if (event.target === add) {
      const index = next++;
      const fresh = document.createElement("tbody");
      fresh.innerHTML = template.innerHTML.replaceAll("{index}", index).replaceAll("{row}", body.rows.length + 1);
      const row = fresh.rows[0];
      row.dataset.added = "";
      body.append(row);
      row.querySelector("input:not([type=hidden]), select").focus();
    } else return;
    show();
    changed();
  });
  show();
}
all("[data-rows]").forEach(enableRows);

// ---- autosave: after a pause the form goes to its data-autosave address, which answers {version}
const PREFIX = "kaijing:draft:";
function forgetDrafts() {
  Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => localStorage.removeItem(key));
}
function textOf(form) {
  return all("input, textarea, select", form)
    .filter((field) => field.name && !["hidden", "file", "password", "submit"].includes(field.type))
    .map((field) => [field.name, ["checkbox", "radio"].includes(field.type) ? `${field.value}=${field.checked}` : field.value]);
}
function restore(form, rows) {
  const names = new Set(rows.map(([name]) => name));
  const gone = (row) => !all("[name]", row).some((field) => names.has(field.name));
  all("[data-rows] tbody tr", form).forEach((row) => gone(row) && row.remove());
  for (const [name, value] of rows) {
    let fields = all("input, textarea, select", form).filter((field) => field.name === name);
    if (!fields.length) {
      all("[data-add-row]", form).forEach((add) => name.startsWith(`${add.closest("[data-rows]").id}-`) && add.click());
      fields = all("input, textarea, select", form).filter((field) => field.name === name);
    }
    for (const field of fields) {
      if (!["checkbox", "radio"].includes(field.type)) field.value = value;
      else if (value.startsWith(`${field.value}=`)) field.checked = value.endsWith("=true");
    }
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}
function autosave(form) {
  const status = form.querySelector("[data-autosave-status]") || document.createElement("p");
  const key = PREFIX + form.dataset.autosave;
  const say = (text, bad = false) => {
    status.textContent = text || "";
    status.classList.toggle("bad", bad);
  };
  let timer, busy = false, again = false, stopped = false;
  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, seconds * 1000);
  };
  async function save() {
    if (busy) return void (again = true);
    if (stopped || form.dataset.sent) return;
    busy = true;
    say(status.dataset.saving);
    const data = new FormData(form);
    all("input[type=file]", form).forEach((field) => data.delete(field.name));
    const sent = JSON.stringify(textOf(form));
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (answer.status === 412 || answer.status === 409) {
        stopped = true;
        say(status.dataset.stale, true);
      } else if (answer.status === 422) say(status.dataset.invalid, true);
      else if (!answer.ok || answer.redirected) throw new Error(answer.status);
      else {
        const { version } = await answer.json();
        if (version && form.elements.version) form.elements.version.value = version;
        localStorage.removeItem(key);
        if (sent === JSON.stringify(textOf(form))) dirty.delete(form);
        say(status.dataset.saved?.replace("{time}", new Date().toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" })));
      }
    } catch {
      say(status.dataset.failed, true);
      later(15);
    } finally {
      busy = false;
      if (again) later(1);
      again = false;
    }
  }
  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(textOf(form)));
    later(1.5);
  });
  // the form was sent: what the server answers is the truth from now on
  form.addEventListener("submit", () => localStorage.removeItem(key));
  const kept = localStorage.getItem(key);
  if (kept && kept !== JSON.stringify(textOf(form)) && !form.querySelector("[data-focus]")) {
    say(`${status.dataset.restore} `, true);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn s", textContent: status.dataset.restoreLabel });
    button.addEventListener("click", () => restore(form, JSON.parse(kept)));
    status.append(button);
  }
}
all("form[data-autosave]").forEach(autosave);

// ---- a part of a page that is fetched: an answer that has no such part is a page of its own; after a refusal the page shows why
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, selectOverride, requestConfig, serverResponse } = event.detail;
  const part = selectOverride || requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select");
  if (!part?.startsWith("#") || serverResponse.includes(`id="${part.slice(1)}"`)) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});
document.addEventListener("htmx:responseError", () => location.reload());

// ---- a file that is too large is not sent in vain
document.addEventListener("change", ({ target }) => {
  if (!target.dataset?.most) return;
  const fits = [...target.files].every((file) => file.size <= Number(target.dataset.most));
  target.setCustomValidity(fits ? "" : target.dataset.tooLarge);
  target.reportValidity();
});

// ---- after a form came back, its list of errors is read first
document.querySelector("[data-focus]")?.focus();
