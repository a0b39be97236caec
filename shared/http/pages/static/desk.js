// On the complaint desk: J and K choose a case, Enter opens it as any link, A goes to the next act. A field that
// has the focus keeps its keys. A checkbox on the page switches the keys off (WCAG 2.1.4), and is remembered.
"use strict";

const switched = document.getElementById("tombol");
const isOff = () => localStorage.getItem("zi-desk-keys") === "off";
if (switched) {
  document.getElementById("papan").hidden = false;
  switched.checked = !isOff();
  switched.addEventListener("change", () => localStorage.setItem("zi-desk-keys", switched.checked ? "on" : "off"));
}

document.addEventListener("keydown", (event) => {
  if (isOff() || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase();
  if (key === "a") {
    const act = [...document.querySelectorAll("[data-act]")].find((link) => link.getClientRects().length);
    if (act) act.click();
  } else if (key === "j" || key === "k") {
    const links = [...document.querySelectorAll(".cases a")].filter((link) => link.getClientRects().length);
    const at = links.indexOf(document.activeElement.closest(".cases a"));
    const from = at < 0 ? links.findIndex((link) => link.hasAttribute("aria-current")) : at;
    const to = links[key === "j" ? Math.min(from + 1, links.length - 1) : Math.max(from - 1, 0)];
    if (to) { event.preventDefault(); to.focus(); }
  }
});
