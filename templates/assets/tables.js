// Tables: sorting by a click on a head, filtering by words, claims by verdict, and their data as CSV.
"use strict";

(() => {
  const words = JSON.parse(document.getElementById("report-words").textContent);
  const csv = JSON.parse(document.getElementById("report-csv").textContent);
  const language = document.documentElement.lang;
  const collator = new Intl.Collator(language, { numeric: true });

  function made(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  function key(row, column) {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
  }

  // Numbers before texts (an absent value is a dash, a text), each in its order; rows that are alike stay as they are.
  function compare(one, other) {
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return typeof one === "number" ? one - other : collator.compare(one, other);
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([one], [other]) => {
      const order = compare(one, other);
      return descending && typeof one === typeof other ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
  }

  function makeSortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = made("button", { type: "button", title: head.title || words.sort });
      head.removeAttribute("title");
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }

  function makeFilter(table, tools) {
    const field = made("input", { type: "search", placeholder: words.filter });
    field.setAttribute("aria-label", `${words.filter}: ${table.caption.textContent}`);
    const count = made("span", {});
    count.setAttribute("role", "status");
    field.addEventListener("input", () => {
      const wanted = field.value.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
      const rows = [...table.tBodies[0].rows];
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLocaleLowerCase(language);
        row.hidden = !wanted.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      count.textContent = words.filtered.replace("{shown}", shown).replace("{all}", rows.length);
    });
    tools.append(field, count);
  }

  function makeDownload(name, tools) {
    const button = made("button", { type: "button", className: "download", textContent: words.download });
    button.setAttribute("aria-label", `${words.download}: ${name}.csv`);
    button.addEventListener("click", () => {
      const address = URL.createObjectURL(new Blob([csv[name]], { type: "text/csv;charset=utf-8" }));
      const link = made("a", { href: address, download: `${name}.csv` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    });
    tools.append(button);
  }

  function makeClaimFilter() {
    const section = document.getElementById("claims");
    const tables = section ? [...section.querySelectorAll("table.claims")] : [];
    if (!tables.length) return;
    const label = made("label", { className: "tools" });
    const select = made("select", {});
    select.append(made("option", { value: "", textContent: words.all }));
    const known = new Map();
    for (const row of section.querySelectorAll("tr[data-verdict]")) {
      known.set(row.dataset.verdict, row.querySelector(`td.v-${row.dataset.verdict}`).textContent);
    }
    for (const [value, textContent] of known) select.append(made("option", { value, textContent }));
    const show = () => {
      for (const table of tables) {
        let shown = 0;
        for (const row of table.tBodies[0].rows) {
          row.hidden = select.value !== "" && row.dataset.verdict !== select.value;
          if (!row.hidden) shown += 1;
        }
        const holder = table.closest(".wide");
        holder.hidden = shown === 0;
        holder.previousElementSibling.hidden = shown === 0;
      }
    };
    select.addEventListener("change", show);
    addEventListener("hashchange", () => {
      const row = location.hash.startsWith("#claim-") ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
      if (row && row.hidden) {
        select.value = "";
        show();
        row.scrollIntoView();
      }
    });
    label.append(`${words.filter_claims} `, select);
    section.querySelector("h3").before(label);
  }

  for (const block of document.querySelectorAll(".table-block")) {
    const table = block.querySelector("table[data-sortable]");
    const tools = made("div", { className: "tools" });
    if (table.hasAttribute("data-filterable")) makeFilter(table, tools);
    if (block.dataset.csv && Object.hasOwn(csv, block.dataset.csv)) makeDownload(block.dataset.csv, tools);
    if (tools.childNodes.length) block.prepend(tools);
    makeSortable(table);
  }
  makeClaimFilter();
})();
