"""Forms of our pages, as a browser would send them."""

import html
import re


def carried(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form that sends to `action`."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in found}
