// Theme and contents. Without scripts the page has all of its text; this adds comfort.
"use strict";

(() => {
  const root = document.documentElement;
  const words = JSON.parse(document.getElementById("report-words").textContent);

  function remembered() {
    try {
      return localStorage.getItem("kit-theme");
    } catch {
      return null; // a page from file:// may not be allowed to remember
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem("kit-theme", theme);
    } catch {
      // then it holds until the page is closed
    }
  }

  function addThemeButton() {
    const before = remembered();
    if (before === "light" || before === "dark") root.dataset.theme = before;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "theme";
    button.textContent = words.theme;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      remember(root.dataset.theme);
    });
    document.querySelector(".head").append(button);
  }

  function followReading() {
    const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
    const seen = new Set();
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) seen.add(entry.target.id);
        else seen.delete(entry.target.id);
      }
      const first = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-5% 0px -60% 0px" });
    for (const id of links.keys()) watcher.observe(document.getElementById(id));
    if (matchMedia("(max-width: 66rem)").matches) document.querySelector(".contents details").open = false;
  }

  addThemeButton();
  followReading();
})();
