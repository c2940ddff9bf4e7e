"use strict";
// The page is complete without this: it adds filters, keys, and a switch between light and dark.
(() => {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const fields = ["q", "decision", "reason", "tier", "component"];
  const rules = Array.from(document.querySelectorAll(".rule"), (element) => ({
    element,
    text: ["summary", ".facts", ".expr"]
      .map((part) => element.querySelector(part)?.textContent ?? "").join(" ").toLowerCase(),
    component: element.dataset.component.split("\n"),
  }));

  const wanted = () => Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));

  function apply() {
    const want = wanted();
    const words = want.q.toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const rule of rules) {
      const data = rule.element.dataset;
      const fits =
        (!want.decision || data.decision === want.decision) &&
        (!want.reason || data.reason === want.reason) &&
        (!want.tier || data.tier === want.tier) &&
        (!want.component || rule.component.includes(want.component)) &&
        words.every((word) => rule.text.includes(word));
      rule.element.hidden = !fits;
      seen += fits;
    }
    count.value = seen === rules.length ? `${seen} rules` : `${seen} of ${rules.length} rules`;
    none.hidden = seen > 0;
    remember(want);
  }

  // The filters stand in the address: a reload keeps them, and a link shares them.
  function remember(want) {
    const set = new URLSearchParams(Object.entries(want).filter(([, value]) => value));
    const hash = set.size || [...set].length ? `#?${set}` : "";
    if (hash !== location.hash && (hash || location.hash.startsWith("#?"))) {
      history.replaceState(null, "", hash || location.pathname + location.search);
    }
  }

  function recall() {
    if (location.hash.startsWith("#?")) {
      const set = new URLSearchParams(location.hash.slice(2));
      for (const name of fields) form.elements[name].value = set.get(name) ?? "";
    }
    apply();
    const rule = /^#rule-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (rule) {
      rule.open = true;
      rule.scrollIntoView();
    }
  }

  function move(step) {
    const open = rules.filter((rule) => !rule.element.hidden).map((rule) => rule.element.querySelector("summary"));
    const here = open.indexOf(document.activeElement);
    const next = open[here < 0 ? 0 : Math.min(Math.max(here + step, 0), open.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      apply();
      search.blur();
    } else if (!/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      if (event.key === "/") {
        event.preventDefault();
        search.focus();
      } else if (event.key === "j" || event.key === "k") {
        move(event.key === "j" ? 1 : -1);
      }
    }
  });
  for (const kind of ["input", "change"]) form.addEventListener(kind, apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("all").addEventListener("click", () => form.reset());
  window.addEventListener("hashchange", recall);

  const theme = document.getElementById("theme");
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    name();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);

  form.hidden = theme.hidden = false;
  name();
  recall();
})();
