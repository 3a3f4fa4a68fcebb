// The break-even, moved by its reader: the arithmetic of kit/analyse/break_even.py in the page, offline.
//
// What the page has to hold
// -------------------------
// <script type="application/json" id="break-even-data">, as `BreakEvenView.page` gives it:
//   { "schema": 1,
//     "models": [ { "id", "label", "training_kwh", "fine_tuning_kwh" | null, "downloads" | null,
//         "inference": { BOUNDARY: { "kwh", "kwh_low" | null, "kwh_high" | null,
//                                    "parity_low" | null, "parity_high" | null }   // the last two: factors of the parity
//                                | { "unavailable": REASON } } } ],
//     "cluster": { "idle_kwh_per_kwh", "embodied_g_per_kwh" },
//     "boundaries": [BOUNDARY, ...], "bases": ["energy", "carbon"],
//     "ranges": { SETTING: [low, high] },              // what is accepted of each number
//     "published": { SETTING: value },                 // where everything starts, and what "reset" goes back to
//     "text": { "days", "years", "never", "unavailable", "to", "training", "energy_axis",
//               "carbon_axis", "days_axis" } }         // words in the language of the page
//   SETTING: users_per_day, queries_per_user, growth_per_year, training_grid_g_per_kwh, serving_grid_g_per_kwh,
//   training_pue, serving_pue (numbers); fine_tuning, idle, embodied (true/false); boundary, basis, model (words).
//
// Elements, each of them optional:
//   #break-even                        holds the controls: any <input> or <select> with data-setting="SETTING".
//                                      A range whose data-scale is "log10" holds the logarithm of its setting (so that
//                                      0 is out of its reach); options of a select are the template's, values are words.
//   [data-shows="SETTING"]             shows a number as it stands (an <output> beside a slider).
//   #break-even-rows                   <tbody>, filled with a row a model: <th> label, then <td> inferences to parity
//                                      by energy, days by energy, inferences to parity by carbon, days by carbon,
//                                      inferences per download (by energy). Each <td> has data-cell:
//                                      parity-energy, days-energy, parity-carbon, days-carbon, per-download.
//   #break-even-chart                  <svg>, filled: cumulative energy or carbon (`basis`) of one `model` against days,
//                                      training as a horizontal line. Classes: axis, training, inference, band, crossing.
//   #break-even-link                   <a>, its href is kept at the address that holds the setting.
//   #break-even-reset                  <button>, back to the published setting.
//
// The setting stands in the address after #break-even? and nothing of it is ever taken as HTML.
"use strict";

(() => {
  const DAYS_A_YEAR = 365;
  const PREFIX = "#break-even?";
  const NUMBERS = [
    "users_per_day", "queries_per_user", "growth_per_year", "training_grid_g_per_kwh", "serving_grid_g_per_kwh",
    "training_pue", "serving_pue",
  ];
  const SWITCHES = ["fine_tuning", "idle", "embodied"];
  const BASES = ["energy", "carbon"];
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 640, HEIGHT = 300, LEFT = 70, RIGHT = 16, TOP = 14, BOTTOM = 44;
  const POINTS = 60;

  // ---- arithmetic: answers are {value, low, high}, {never: true} or {unavailable: reason} ----

  function check(data, setting) {
    for (const name of NUMBERS) {
      const [low, high] = data.ranges[name];
      if (!(setting[name] >= low && setting[name] <= high)) throw new RangeError(`${name}: ${setting[name]}`);
    }
  }

  function trainingSide(model, cluster, setting, basis) {
    const dynamic = model.training_kwh + (setting.fine_tuning && model.fine_tuning_kwh !== null ? model.fine_tuning_kwh : 0);
    const energy = dynamic * (1 + (setting.idle ? cluster.idle_kwh_per_kwh : 0)) * setting.training_pue;
    if (basis === "energy") return energy;
    return energy * setting.training_grid_g_per_kwh + (setting.embodied ? cluster.embodied_g_per_kwh * dynamic : 0);
  }

  function inferenceSide(kwh, setting, basis) {
    const energy = kwh * setting.serving_pue;
    return basis === "energy" ? energy : energy * setting.serving_grid_g_per_kwh;
  }

  const scaled = (value, factor) => (factor === null ? null : value * factor);

  function parity(model, cluster, setting, basis) {
    const inference = model.inference[setting.boundary];
    if ("unavailable" in inference) return { unavailable: inference.unavailable };
    const serving = inferenceSide(inference.kwh, setting, basis);
    if (serving === 0) return { never: true };
    const value = trainingSide(model, cluster, setting, basis) / serving;
    return { value, low: scaled(value, inference.parity_low), high: scaled(value, inference.parity_high) };
  }

  const dailyRate = (setting) => Math.log1p(setting.growth_per_year) / DAYS_A_YEAR;

  // Days until a number of inferences has been made; null for never.
  function daysUntil(inferences, setting) {
    const perDay = setting.users_per_day * setting.queries_per_user;
    if (perDay === 0) return null;
    const plain = inferences / perDay;
    const grown = dailyRate(setting) * plain;
    if (grown === 0) return plain;
    return grown <= -1 ? null : plain * (Math.log1p(grown) / grown);
  }

  function inferencesAfter(days, setting) {
    const grown = dailyRate(setting) * days;
    return setting.users_per_day * setting.queries_per_user * days * (grown === 0 ? 1 : Math.expm1(grown) / grown);
  }

  function timeToParity(answer, setting) {
    if (!("value" in answer)) return answer;
    const [value, low, high] = [answer.value, answer.low, answer.high].map(
      (end) => (end === null ? null : daysUntil(end, setting)));
    return value === null ? { never: true } : { value, low, high };
  }

  function perDownload(answer, downloads) {
    if (downloads === null || !("value" in answer)) return downloads === null ? null : answer;
    if (downloads === 0) return { never: true };
    return {
      value: answer.value / downloads, low: scaled(answer.low, 1 / downloads), high: scaled(answer.high, 1 / downloads),
    };
  }

  // Every model's answers under a setting, by energy and by carbon.
  function compute(data, setting) {
    check(data, setting);
    return data.models.map((model) => {
      const answers = { id: model.id, label: model.label };
      for (const basis of BASES) {
        const inferences = parity(model, data.cluster, setting, basis);
        answers[basis] = {
          parity: inferences, days: timeToParity(inferences, setting),
          per_download: perDownload(inferences, model.downloads),
        };
      }
      return answers;
    });
  }

  // ---- the setting in the address ----

  function toHash(data, setting) {
    const words = new URLSearchParams();
    for (const name of NUMBERS) words.set(name, String(setting[name]));
    for (const name of SWITCHES) words.set(name, setting[name] ? "1" : "0");
    for (const name of Object.keys(choices(data))) words.set(name, setting[name]);
    return PREFIX + words.toString();
  }

  function fromHash(data, hash) {
    const setting = { ...data.published };
    if (!hash.startsWith(PREFIX)) return setting;
    for (const [name, word] of new URLSearchParams(hash.slice(PREFIX.length))) accept(data, setting, name, word);
    return setting;
  }

  const choices = (data) => ({
    boundary: data.boundaries, basis: data.bases, model: data.models.map((model) => model.id),
  });

  // Takes a word for a setting if it is one that it can have; says whether it did.
  function accept(data, setting, name, word) {
    if (NUMBERS.includes(name)) {
      const [low, high] = data.ranges[name];
      const value = word.trim() === "" ? NaN : Number(word);
      if (!(value >= low && value <= high)) return false;
      setting[name] = value;
    } else if (SWITCHES.includes(name)) {
      if (word !== "1" && word !== "0") return false;
      setting[name] = word === "1";
    } else {
      const allowed = choices(data);
      if (!Object.hasOwn(allowed, name) || !allowed[name].includes(word)) return false;
      setting[name] = word;
    }
    return true;
  }

  // ---- the page ----

  const byId = (id) => document.getElementById(id);
  const controls = () => document.querySelectorAll("#break-even [data-setting]");
  const logarithmic = (control) => control.dataset.scale === "log10";

  function readControl(control) {
    if (control.type === "checkbox") return control.checked ? "1" : "0";
    return logarithmic(control) ? String(Number((10 ** Number(control.value)).toPrecision(3))) : control.value;
  }

  function showSetting(setting) {
    for (const control of controls()) {
      const value = setting[control.dataset.setting];
      if (control.type === "checkbox") control.checked = value;
      else control.value = logarithmic(control) ? String(Math.log10(value)) : String(value);
    }
    for (const place of document.querySelectorAll("[data-shows]")) {
      place.textContent = number(setting[place.dataset.shows]);
    }
  }

  const number = (value, significant = 4) => new Intl.NumberFormat(
    document.documentElement.lang || "en", { maximumSignificantDigits: significant }).format(value);

  function said(answer, text, format) {
    if (answer === null) return "-";
    if ("unavailable" in answer) return text.unavailable;
    if ("never" in answer) return text.never;
    const band = answer.low === null || answer.high === null ? "" : ` (${format(answer.low)} ${text.to} ${format(answer.high)})`;
    return format(answer.value) + band;
  }

  function showRows(data, answers) {
    const body = byId("break-even-rows");
    if (!body) return;
    const count = (value) => number(value, 3);
    const time = (days) => (days < 2 * DAYS_A_YEAR
      ? `${number(days, 3)} ${data.text.days}` : `${number(days / DAYS_A_YEAR, 3)} ${data.text.years}`);
    body.replaceChildren(...answers.map((answer) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = answer.label;
      row.append(head);
      for (const [name, part, format] of [
        ["parity-energy", answer.energy.parity, count], ["days-energy", answer.energy.days, time],
        ["parity-carbon", answer.carbon.parity, count], ["days-carbon", answer.carbon.days, time],
        ["per-download", answer.energy.per_download, count],
      ]) {
        const cell = document.createElement("td");
        cell.dataset.cell = name;
        cell.textContent = said(part, data.text, format);
        if (part && "unavailable" in part) cell.title = part.unavailable;
        row.append(cell);
      }
      return row;
    }));
  }

  function element(name, attributes, words) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words !== undefined) made.textContent = words;
    return made;
  }

  function showChart(data, setting, answers) {
    const chart = byId("break-even-chart");
    if (!chart) return;
    chart.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    const model = data.models.find((candidate) => candidate.id === setting.model);
    const inference = model.inference[setting.boundary];
    const days = answers.find((answer) => answer.id === model.id)[setting.basis].days;
    if ("unavailable" in inference || !("value" in days)) {
      chart.replaceChildren(element("text", { x: LEFT, y: HEIGHT / 2 }, said(days, data.text, number)));
      return;
    }
    const training = trainingSide(model, data.cluster, setting, setting.basis);
    const lastDay = 1.6 * (days.high === null ? days.value : days.high);
    const most = 1.6 * training;
    const x = (day) => LEFT + (WIDTH - LEFT - RIGHT) * day / lastDay;
    const y = (amount) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.min(amount / most, 1);
    const line = (kwh) => Array.from({ length: POINTS + 1 }, (_, place) => place * lastDay / POINTS).map(
      (day) => `${x(day).toFixed(2)},${y(inferencesAfter(day, setting) * inferenceSide(kwh, setting, setting.basis)).toFixed(2)}`);
    const parts = [];
    if (inference.kwh_low !== null) {
      const outline = [...line(inference.kwh_high), ...line(inference.kwh_low).reverse()];
      parts.push(element("polygon", { class: "band", points: outline.join(" "), "fill-opacity": 0.2 }));
    }
    parts.push(
      element("polyline", { class: "inference", points: line(inference.kwh).join(" "), fill: "none", stroke: "currentColor" }),
      element("line", { class: "training", x1: LEFT, x2: WIDTH - RIGHT, y1: y(training), y2: y(training),
        stroke: "currentColor", "stroke-dasharray": "6 4" }),
      element("circle", { class: "crossing", cx: x(days.value), cy: y(training), r: 4 }));
    const axes = element("path", { class: "axis", fill: "none", stroke: "currentColor",
      d: `M${LEFT},${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` });
    const unit = setting.basis === "energy" ? 1 : 1000;
    for (const part of [0.25, 0.5, 0.75, 1]) {
      parts.push(
        element("text", { class: "tick", x: x(part * lastDay), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" },
          number(part * lastDay, 2)),
        element("text", { class: "tick", x: LEFT - 6, y: y(part * most) + 4, "text-anchor": "end" },
          number(part * most / unit, 2)));
    }
    parts.push(axes,
      element("text", { class: "label", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle" },
        data.text.days_axis),
      element("text", { class: "label", x: LEFT + 8, y: TOP + 10 },
        setting.basis === "energy" ? data.text.energy_axis : data.text.carbon_axis),
      element("text", { class: "label", x: WIDTH - RIGHT, y: y(training) - 6, "text-anchor": "end" },
        `${data.text.training}: ${model.label}`));
    chart.replaceChildren(...parts);
  }

  function start(data) {
    let setting = fromHash(data, location.hash);
    const show = () => {
      const answers = compute(data, setting);
      showSetting(setting);
      showRows(data, answers);
      showChart(data, setting, answers);
      const link = byId("break-even-link");
      if (link) link.href = toHash(data, setting);
    };
    const moved = () => {
      history.replaceState(null, "", toHash(data, setting));
      show();
    };
    for (const control of controls()) {
      control.addEventListener("input", () => {
        if (accept(data, setting, control.dataset.setting, readControl(control))) moved();
      });
    }
    const reset = byId("break-even-reset");
    if (reset) {
      reset.addEventListener("click", () => {
        setting = { ...data.published };
        moved();
      });
    }
    addEventListener("hashchange", () => {
      if (!location.hash.startsWith(PREFIX)) return;
      setting = fromHash(data, location.hash);
      show();
    });
    show();
  }

  globalThis.KitBreakEven = { compute, trainingSide, inferenceSide, parity, daysUntil, inferencesAfter, toHash, fromHash };

  const begin = () => {
    const holder = byId("break-even-data");
    if (holder) start(JSON.parse(holder.textContent));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
