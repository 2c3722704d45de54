"use strict";
// Theme, sorting, filtering. Without this script every page still says everything.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];

document.querySelector("[data-theme-switch]").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private window: the choice lasts for this page */ }
});

// A second press on a column turns the order round; numbers start with the largest, p-values and names with the smallest.
for (const table of all("table[data-sortable]")) {
  for (const head of all("th[aria-sort]", table)) {
    head.querySelector("button").addEventListener("click", () => {
      const body = table.tBodies[0];
      const column = head.cellIndex;
      const value = (row) => row.cells[column].dataset.v;
      const numeric = [...body.rows].every((row) => Number.isFinite(Number.parseFloat(value(row))));
      const small = !numeric || ["c-tier", "c-p", "c-pf", "c-ranks", "c-time"].some((name) => head.classList.contains(name));
      const first = small ? "ascending" : "descending";
      const second = small ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? second : first;
      for (const other of all("th[aria-sort]", table)) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const compare = numeric ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b));
      body.append(...[...body.rows].sort((a, b) => sign * compare(a, b)));
    });
  }
}

for (const form of all("form[data-filters]")) {
  const target = document.getElementById(form.dataset.filters);
  const fields = all("[data-filter]", form);
  const fits = (row) => fields.every((field) => {
    const wanted = field.value.trim().toLowerCase();
    const has = (row.dataset[field.dataset.filter] ?? "").toLowerCase();
    if (!wanted) return true;
    if (field.dataset.filter === "modalities") return has.split(" ").includes(wanted);
    return field.dataset.filter === "model" ? has.includes(wanted) : has === wanted;
  });
  const apply = () => {
    const rows = all("tbody tr", target);
    let shown = 0;
    for (const row of rows) { row.hidden = !fits(row); shown += row.hidden ? 0 : 1; }
    const filtering = fields.some((field) => field.value);
    for (const group of all("details[data-group]", target)) {
      const some = all("tbody tr", group).some((row) => !row.hidden);
      group.hidden = !some;
      group.open = filtering && some;
    }
    const nothing = document.querySelector(`[data-nothing="${form.dataset.filters}"]`);
    nothing.hidden = shown > 0;
    const said = shown ? `${shown} of ${rows.length} rows shown` : `No entry matches. Clear the filters to see all ${rows.length}.`;
    document.querySelector(`[data-count="${form.dataset.filters}"]`).textContent = said;
  };
  form.addEventListener("input", apply);
  document.querySelector(`[data-clear="${form.dataset.filters}"]`).addEventListener("click", () => {
    for (const field of fields) field.value = "";
    apply();
    fields[0].focus();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}

for (const button of all("[data-more]")) {
  button.addEventListener("click", () => {
    const on = document.getElementById(button.dataset.more).classList.toggle("show-more");
    button.setAttribute("aria-pressed", String(on));
  });
}

// Figures with a choice of models: one panel at a time.
for (const chooser of all("select[data-panels]")) {
  const show = () => { for (const panel of all(`[data-panel-of="${chooser.dataset.panels}"]`)) panel.hidden = panel.dataset.panel !== chooser.value; };
  chooser.addEventListener("input", show);
  show();
}
