// Bootstrap's own light and dark follow the system. In <head>, before the first paint; kaijing.css does not depend on it.
(function () {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
})();
