// Suggestions while one types (a combobox), and addresses without empty arguments. The lists work without this.
"use strict";

const PAUSE = 120;

function combobox(box) {
  const list = Object.assign(document.createElement("ul"), { id: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.label);
  box.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) box.setAttribute(name, value);
  let timer, asked = 0, active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => location.assign(option.dataset.url);
  const mark = (index) => {
    const options = [...list.children];
    active = (index + options.length + 1) % (options.length + 1);
    if (active === options.length) active = -1;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    if (active < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", options[active].id);
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ text, url }, i) => {
      const option = Object.assign(document.createElement("li"), { id: `suggestion-${i}`, textContent: text });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = url;
      return option;
    }));
    close();
    if (!suggestions.length) return;
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
  };
  async function ask() {
    const number = ++asked, typed = box.value.trim();
    if (!typed) return close();
    const address = new URL(box.dataset.suggestions, location.href);
    address.searchParams.set("q", typed);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      // an answer to what was typed before the last key is late
      if (answer.ok && number === asked) show(await answer.json());
    } catch {
      close();
    }
  }
  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    // while an input method composes there is nothing to complete yet
    if (!event.isComposing) timer = setTimeout(ask, PAUSE);
  });
  box.addEventListener("compositionend", () => (timer = setTimeout(ask, PAUSE)));
  box.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(active < 0 && event.key === "ArrowUp" ? list.children.length - 1 : active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.children[active]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("li");
    if (option) choose(option);
  });
  box.addEventListener("blur", close);
  box.form.addEventListener("submit", () => {
    clearTimeout(timer);
    asked++;
    close();
  });
}
document.querySelectorAll("[data-suggestions]").forEach(combobox);

document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("[data-search-form]")) return;
  const parameters = event.detail.parameters;
  for (const name of [...new Set(parameters.keys?.() ?? Object.keys(parameters))]) if (parameters[name] === "") delete parameters[name];
});
