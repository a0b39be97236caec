"""The tokens of the style sheet keep text readable in light and dark. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

import re

import pytest

from shared.http.pages.rendering import SHARED_STATIC

TEXT, EDGE = 4.5, 3.0
PAIRS = [
    ("ink", "ground", TEXT),
    ("ink", "soft", TEXT),
    ("muted", "ground", TEXT),
    ("muted", "soft", TEXT),
    ("accent", "ground", TEXT),
    ("accent", "soft", TEXT),
    ("accent-ink", "accent", TEXT),
    ("ink", "accent-soft", TEXT),
    ("good", "ground", TEXT),
    ("warn", "ground", TEXT),
    ("bad", "ground", TEXT),
    ("good", "good-soft", TEXT),
    ("warn", "warn-soft", TEXT),
    ("bad", "bad-soft", TEXT),
    ("accent", "bad-soft", TEXT),
    ("ground", "bad", TEXT),
    ("ink", "light-up", TEXT),
    ("edge", "ground", EDGE),
    ("good", "line", EDGE),
    ("warn", "line", EDGE),
]


def tokens() -> list[dict[str, str]]:
    """Return the colours of the light and of the dark theme."""
    style = (SHARED_STATIC / "style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return [found[0], found[0] | found[1]]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", tokens(), ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_colours_that_meet_are_far_enough_apart(
    theme: dict[str, str], front: str, back: str, least: float
) -> None:
    light, dark = sorted((luminance(theme[front]), luminance(theme[back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least
