// Live numbers as an improvement only: every page also works by reload.
//
// A page names its stream: <main data-live="/langsung">. The stream sends events "patch" whose data is JSON:
// { "id of an element": "new text", "id@attribute": "new value", ... }. Elements keep their place; what changed
// lights up for a moment, except a <time>, which only grows older.
// <p data-live-state aria-live="polite"></p> says since when the page is live and what to do when it stops.
"use strict";

(() => {
  const root = document.querySelector("[data-live]");
  if (!root || !window.EventSource) return;
  const state = document.querySelector("[data-live-state]");
  const clock = () => new Date().toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit" });
  const say = (text) => { if (state && state.textContent !== text) state.textContent = text; };
  let source;

  // A browser gives up for good on a refusal (503 in a crowd), so we ask again, each page at a time of its own.
  const connect = () => {
    source = new EventSource(root.dataset.live);
    source.addEventListener("open", () => say(`Langsung sejak pukul ${clock()}.`));
    source.addEventListener("error", () => {
      say("Sambungan langsung terputus; mencoba lagi. Muat ulang halaman bila angka tidak berubah.");
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000 + 10000 * Math.random());
    });
    source.addEventListener("patch", patch);
    source.addEventListener("reload", () => window.location.reload());
  };

  const patch = (event) => {
    for (const [key, text] of Object.entries(JSON.parse(event.data))) {
      const [id, attribute] = key.split("@");
      const element = document.getElementById(id);
      if (!element) continue;
      if (attribute) {
        element.setAttribute(attribute, text);
        continue;
      }
      if (element.textContent === text) continue;
      element.textContent = text;
      if (element.tagName === "TIME") continue;
      element.classList.remove("changed");
      void element.offsetWidth; // restarts the highlight
      element.classList.add("changed");
    }
  };

  connect();
  window.addEventListener("pagehide", () => source.close());
})();
