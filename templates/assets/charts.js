// Draws the charts with the library that stands before this script (Vega, Vega-Lite, Vega-Embed). No expression is
// compiled: the interpreter runs under a policy that allows no eval. Colours are CSS variables and follow the theme.
"use strict";

(() => {
  const locale = JSON.parse(document.getElementById("report-locale").textContent);

  async function draw(holder) {
    const place = holder.parentElement.querySelector(".chart");
    const note = place.innerHTML;
    try {
      await globalThis.kitEmbed(place, JSON.parse(holder.textContent), {
        actions: false, ast: true, renderer: "svg", formatLocale: locale, defaultStyle: false,
        tooltip: { disableDefaultStyle: true }, logLevel: 1,
      });
      place.querySelector("svg").setAttribute("aria-hidden", "true"); // the place itself has the words
      place.dataset.drawn = "true";
    } catch (error) {
      place.innerHTML = note;
      console.error(error);
    }
  }

  (async () => {
    for (const holder of document.querySelectorAll("script[data-spec]")) await draw(holder);
    document.documentElement.dataset.charts = "drawn";
  })();
})();
