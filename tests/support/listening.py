"""What axe hears of a page, in as few runs as tell all.

Three quarters of axe's time go into colours: it asks below each text what lies there. That a text can be read
follows from its ink, size, weight and ground, so of each kind of text a few are measured, and none again on
this page at another width or on another page. What lies over a text is no matter of its kind: for that a
whole page is measured afresh at times. The other rules follow from the page and from what of it is shown and
scrolls, so they are asked once for each.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
_COLOURS = ("color-contrast", "link-in-text-block")
_EVERYTHING: Mapping[str, Any] = {"rules": {rule: {"enabled": True} for rule in _COLOURS}}
_ALL_BUT_COLOURS: Mapping[str, Any] = {"rules": {rule: {"enabled": False} for rule in _COLOURS}}
_COLOURS_ALONE: Mapping[str, Any] = {"runOnly": {"type": "rule", "values": list(_COLOURS)}}
_HEAR = """async (runs) => {
  const options = { resultTypes: ["violations"], selectors: false, preload: false }, found = [];
  if (!window.written) throw new Error("context was destroyed: the page was loaded anew");
  for (const [rules, kinds] of runs) {
    const parts = kinds.map((kind) => window.written.get(kind).filter((part) => part.isConnected));
    const is_whole = !kinds.length || parts.some((some) => !some.length);
    const heard = await axe.run(is_whole ? document : { include: parts.flat() }, { ...options, ...rules });
    for (const fault of heard.violations)
      found.push(`${fault.id} ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))}`);
  }
  return found;
}"""
"""A third quicker without the addresses of faults and the style sheets that only rules which are off read."""
_SEEN = """() => {
  const plain = "rgba(0, 0, 0, 0),none,1,none,static", grounds = new Map(), kinds = new Map();
  const ground = (node) => {
    if (!node) return "";
    if (!grounds.has(node)) {
      const { backgroundColor, backgroundImage, opacity, filter, position } = getComputedStyle(node);
      const own = [backgroundColor, backgroundImage, opacity, filter, position];
      grounds.set(node, ground(node.parentElement) + (own.join() === plain ? "" : own.join()));
    }
    return grounds.get(node);
  };
  const page = [document.title, document.body.outerHTML];
  for (const part of document.body.querySelectorAll("*")) {
    const shown = part.checkVisibility();
    page.push(shown, part.scrollWidth > part.clientWidth, part.scrollHeight > part.clientHeight);
    const written = part.matches("input:not([type=hidden]), select, textarea")
      || [...part.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (!written || !shown) continue;
    const { color, fontSize, fontWeight, textShadow, textDecorationLine } = getComputedStyle(part);
    const around = part.tagName === "A" ? getComputedStyle(part.parentElement).color : "";
    const kind = [part.tagName, part.className, color, around, fontSize, fontWeight, textShadow,
      textDecorationLine, part.disabled, ground(part)].join("|");
    const parts = kinds.get(kind) ?? [];
    if (parts.length < 3) kinds.set(kind, [...parts, part]);
  }
  window.written = kinds;
  const text = page.join();
  let [one, other] = [text.length, 0];
  for (let place = 0; place < text.length; place++) {
    const letter = text.charCodeAt(place);
    one = Math.imul(one ^ letter, 2654435761);
    other = Math.imul(other ^ letter, 1597334677) + one | 0;
  }
  return [[...kinds.keys()], `${text.length} ${one} ${other}`];
}"""
"""Each kind of written text that is shown, its first parts kept at the window; a fingerprint of the page and
of what of it is shown and scrolls.
"""


class Listener:
    """Hears one page after another and remembers what axe was asked."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._pages: set[str] = set()

    async def hear(self, page: Page, *, afresh: bool = False) -> Sequence[str]:
        """Return what axe finds in a page as it stands, a line for each rule: its name and three places.

        Colours are measured where a kind of text is new, or of the whole page `afresh`; all else is asked
        where it was not asked before.
        """
        kinds, seen = await page.evaluate(_SEEN)
        new, asks = sorted(set(kinds) - self._kinds), seen not in self._pages
        runs: list[tuple[Mapping[str, Any], Sequence[str]]] = []
        if asks:
            runs.append((_EVERYTHING if afresh else _ALL_BUT_COLOURS, ()))
        elif afresh:
            runs.append((_COLOURS_ALONE, ()))
        if new and not afresh:
            runs.append((_COLOURS_ALONE, new))
        if not runs:
            return ()
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(_AXE)
        found: Sequence[str] = await page.evaluate(_HEAR, runs)
        self._kinds.update(kinds)  # now that they were: a page can go away under the question
        self._pages.add(seen)
        return found
