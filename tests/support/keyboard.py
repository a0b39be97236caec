"""A page used by the keyboard alone: Tab to what is meant, with the focus seen all the way, and Enter."""

import re

from playwright.async_api import Locator, Page, expect

MOST_STOPS = 150
"""The longest of our pages has half of them."""
SHOWN = """(part) => {
  const rings = (one) => {
    if (!one) return false;
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  const room = part.getBoundingClientRect();
  return part.type === "date" || part.matches("main, body")
    || (rings(part) && room.width > 0 && room.height > 0) || rings(part.nextElementSibling);
}"""
"""Whether the focus is seen, on a part or on what is painted in its place; a date's is the browser's."""
_STOP = f"""() => {{
  const part = document.activeElement;
  return [({SHOWN})(part), part.outerHTML.slice(0, 120)];
}}"""
_IS_FOCUSED = "(part) => part === document.activeElement"


class Keyboard:
    """Presses keys on a page; nothing here clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def reach(self, target: Locator) -> None:
        """Press Tab until the focus is on it; fails where it never comes, or cannot be seen on its way."""
        for _ in range(MOST_STOPS):
            await self.page.keyboard.press("Tab")
            is_shown, part = await self.page.evaluate(_STOP)
            assert is_shown, f"the focus is not seen at {part}"
            if await target.evaluate(_IS_FOCUSED):
                return
        raise AssertionError(f"Tab never comes to {target}")

    async def press(self, name: str, key: str = "Enter") -> None:
        """Press a key on the button or summary of this name."""
        await self.reach(self._named(name))
        await self.page.keyboard.press(key)

    async def follow(self, name: str) -> None:
        """Press Enter on what leads to another page, and wait for it."""
        await self.reach(self._named(name))
        await self.enter()

    async def enter(self) -> None:
        """Press Enter where the focus is, and wait for the page that follows."""
        async with self.page.expect_navigation(wait_until="load"):
            await self.page.keyboard.press("Enter")

    async def fill(self, label: str, text: str) -> None:
        """Type into a field in the place of what is there; in a list, the beginning of a choice."""
        field = self.page.get_by_label(label).first
        await self.reach(field)
        if await field.evaluate("(part) => part.tagName !== 'SELECT'"):
            await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)

    async def is_refused(self, field: str) -> None:
        """See that the page says it was refused, has the focus there, and leads to the field at fault."""
        await expect(self.page).to_have_title(re.compile("^Galat: "))
        await expect(self.page.locator("#kesalahan")).to_be_focused()
        await self.page.keyboard.press("Tab")
        await expect(self.page.locator("#kesalahan a").first).to_be_focused()
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator(field)).to_be_focused()

    def _named(self, name: str) -> Locator:
        button, link = self.page.get_by_role("button", name=name), self.page.get_by_role("link", name=name)
        return button.or_(link).or_(self.page.locator("summary", has_text=name)).first
