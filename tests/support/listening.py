"""What axe hears of a page, in as few runs as tell all.

Three quarters of axe's time go into colours: it asks below each text what lies there. That a text can be read
follows from its ink, size, weight and ground, so where every kind of text was measured before, on this page
at another width or on another page, colours are not measured again. Its other rules follow from the page and
from what of it is shown and scrolls, so they are asked once for each.
"""

from collections.abc import Sequence
from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
_COLOURS = ("color-contrast", "link-in-text-block")
_HEAR = """async (rules) => {
  const options = { resultTypes: ["violations"], selectors: false, preload: false };
  const heard = await axe.run(document, { ...options, ...rules });
  return heard.violations.map(
    (fault) => `${fault.id} ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))}`);
}"""
"""A third quicker without the addresses of faults and the style sheets that only rules which are off read."""
_SEEN = """() => {
  const plain = "rgba(0, 0, 0, 0),none,1,none,static", grounds = new Map(), kinds = new Set();
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
    kinds.add([part.tagName, part.className, color, fontSize, fontWeight, textShadow, textDecorationLine,
      part.disabled, ground(part)].join("|"));
  }
  const text = page.join();
  let [one, other] = [text.length, 0];
  for (let place = 0; place < text.length; place++) {
    const letter = text.charCodeAt(place);
    one = Math.imul(one ^ letter, 2654435761);
    other = Math.imul(other ^ letter, 1597334677) + one | 0;
  }
  return [[...kinds], `${text.length} ${one} ${other}`];
}"""
"""Each kind of written text that is shown; a fingerprint of the page and of what is shown and scrolls."""


class Listener:
    """Hears one page after another and remembers what axe was asked."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._pages: set[str] = set()

    async def hear(self, page: Page, *, afresh: bool = False) -> Sequence[str]:
        """Return what axe finds in a page as it stands, a line for each rule: its name and three places.

        Colours are measured `afresh` or where a kind of text is new, all else where it was not asked before.
        """
        kinds, seen = await page.evaluate(_SEEN)
        measures, asks = afresh or not self._kinds.issuperset(kinds), seen not in self._pages
        if not measures and not asks:
            return ()
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(_AXE)
        every = {"rules": {rule: {"enabled": measures} for rule in _COLOURS}}
        colours = {"runOnly": {"type": "rule", "values": list(_COLOURS)}}
        found: Sequence[str] = await page.evaluate(_HEAR, every if asks else colours)
        self._kinds.update(kinds)  # now that they were: a page can go away under the question
        self._pages.add(seen)
        return found
