// Live numbers as an improvement only: every page also works by reload.
// <main data-live="/langsung"> names a stream. It begins with all that the page shows, so that a page that comes back
// has missed nothing: "patch" { "id": "new text", "id@attribute": "new value" }; "beat" says that a still stream lives.
// <p data-live-state aria-live="polite"></p> says since when the page is live, or since when it is not.
"use strict";

// What worksheets keep in the browser until it is saved never stays behind on a shared computer.
document.querySelector(".account form")?.addEventListener("submit", (event) => {
  try {
    const left = Object.keys(localStorage).filter((key) => key.startsWith("zi-lembar/"));
    const ask = `${left.length} jawaban lembar kerja belum terkirim. Keluar menghapusnya dari perangkat ini. Keluar?`;
    if (left.length && !window.confirm(ask)) event.preventDefault();
    else left.forEach((key) => localStorage.removeItem(key));
  } catch { /* a browser that keeps nothing leaves nothing behind */ }
});

(() => {
  const root = document.querySelector("[data-live]");
  if (!root || !window.EventSource) return;
  const FIRST_WAIT = 1000, LONGEST_WAIT = 60000, SILENCE = 45000; // ms; each failed try doubles the wait
  const LEAVING = 15000; // ms that somebody who goes elsewhere is given: loading anew would take their click back
  // Of the six connections to a host over HTTP/1.1 streams may hold four.
  const STREAMS = 4;
  const isNarrow = !/^h[23]/.test(performance.getEntriesByType("navigation")[0]?.nextHopProtocol);
  const state = document.querySelector("[data-live-state]");
  const clock = () => new Date().toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit" });
  const say = (text) => {
    if (!state) return;
    state.dataset.liveState = isLive ? "on" : "off";
    if (state.textContent !== text) state.textContent = text;
  };
  let source, free, timer, turn = 0, tries = 0, lost = "", isLive = false, left = -Infinity;

  const close = () => {
    turn += 1; // whatever is on its way to a stream gives up
    clearTimeout(timer);
    if (source) source.close();
    if (free) free();
    source = free = undefined;
    isLive = false;
  };

  const wait = (ms) => { timer = setTimeout(connect, ms * (0.5 + Math.random() / 2)); };

  const lose = () => {
    close();
    lost ||= clock();
    say(`Sambungan langsung terputus sejak pukul ${lost}; angka di bawah mungkin sudah berubah. `
      + "Halaman ini mencoba lagi dengan sendirinya.");
    wait(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries++));
  };

  const pause = () => {
    close();
    lost ||= clock();
    say(`Dijeda sejak pukul ${lost} karena halaman lain sedang langsung. Klik halaman ini untuk melanjutkan.`);
  };

  const giveWay = () => {
    pause();
    wait(LONGEST_WAIT);
  };

  // What somebody is typing is worth more than fresh numbers.
  const isTyped = () => [...document.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);

  const reload = () => {
    if (performance.now() - left < LEAVING) {
      close();
      timer = setTimeout(connect, LEAVING); // still here by then: the stream says again what is to be done
      return;
    }
    if (!isTyped()) {
      window.location.reload();
      return;
    }
    close();
    say("Halaman ini tidak lagi langsung. Isian Anda masih ada: kirim dahulu, atau muat ulang halaman bila tidak diperlukan.");
  };

  const hear = () => {
    clearTimeout(timer);
    timer = setTimeout(lose, SILENCE);
  };

  // Gives the function that frees the place, nothing when it is taken.
  const take = (place, options) => new Promise((taken) => {
    let mine;
    navigator.locks.request(`zi-live-${place}`, options, (lock) => {
      if (!lock) return taken();
      return new Promise((resolve) => taken(mine = resolve));
    }).catch(() => { if (mine && mine === free) giveWay(); else taken(); });
  });

  const place = async (mayTake) => {
    for (let n = 0; n < STREAMS; n += 1) {
      const found = await take(n, { ifAvailable: true });
      if (found) return found;
    }
    return mayTake ? take(Math.floor(Math.random() * STREAMS), { steal: true }) : undefined;
  };

  // Only a page that somebody looks at takes the place of another.
  const connect = async (mayTake = false) => {
    close();
    if (document.hidden) return;
    if (isNarrow && navigator.locks) { // absent over http from another host: each page that is seen has its own
      const mine = turn;
      const found = await place(mayTake);
      if (mine !== turn) {
        if (found) found();
        return;
      }
      if (!found) {
        giveWay();
        return;
      }
      free = found;
    }
    source = new EventSource(root.dataset.live);
    source.addEventListener("error", lose); // after a refusal the browser gives up
    source.addEventListener("open", hear);
    source.addEventListener("beat", hear);
    source.addEventListener("patch", patch);
    source.addEventListener("crowded", pause); // to come back by itself would push out another page
    source.addEventListener("reload", reload);
    hear();
  };

  const patch = (event) => {
    hear();
    const wasLive = isLive;
    isLive = true;
    if (!wasLive) say(`Langsung sejak pukul ${clock()}.`);
    lost = "";
    tries = 0;
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

  const wake = () => { if (!source) connect(true); };
  const sleep = () => {
    close();
    lost ||= clock();
    say("Dijeda selagi halaman ini tidak terlihat.");
  };

  connect(true);
  document.addEventListener("visibilitychange", () => (document.hidden ? sleep() : wake()));
  window.addEventListener("beforeunload", () => { left = performance.now(); });
  window.addEventListener("pagehide", sleep);
  window.addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  for (const name of ["focus", "pointerdown", "online"]) window.addEventListener(name, wake);
})();
