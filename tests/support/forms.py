"""Forms of our pages, as a browser would send them."""

import html
import re
from html.parser import HTMLParser


def carried(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form that sends to `action`."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in found}


def filled(page: str, action: str) -> dict[str, str] | None:
    """Return what a browser would send from the form that sends to `action`; None where there is none."""
    forms = all_filled(page, action)
    return {name: value for form in forms for name, value in form.items()} if forms else None


def all_filled(page: str, action: str) -> list[dict[str, str]]:
    """Return what a browser would send from each of the forms that send to `action`."""
    reader = _Filled(action)
    reader.feed(page)
    return reader.forms


class _Filled(HTMLParser):
    """Collects the fields of the forms of one address as they stand."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.fields: dict[str, str] = {}
        self._action = action
        self._is_inside = False
        self._choice = ""
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "form":
            sends_to = has.get("action", "")
            self._is_inside = self._action in (sends_to, sends_to.partition("?")[0])
            if self._is_inside:
                self.fields = {}
                self.forms.append(self.fields)
        if not self._is_inside:
            return
        name, value = has.get("name", ""), has.get("value", "")
        if tag == "input" and name and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            self.fields[name] = value
        elif tag == "textarea":
            self._text, self.fields[name] = name, ""
        elif tag == "select":
            self._choice = name
        elif tag == "option" and "selected" in has:
            self.fields[self._choice] = value

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:  # else of another form
            self.fields[self._text] = self.fields[self._text].removeprefix("\n")
            self._text = ""
        self._is_inside &= tag != "form"
