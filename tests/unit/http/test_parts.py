"""The parts that pages are made of: all of them are shown, and their lengths are exact."""

from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from jinja2 import Environment, nodes

from shared.http.pages.charts import curve, line_chart, share
from shared.http.pages.rendering import SHARED_STATIC, SHARED_TEMPLATES
from shared.http.pages.showcase import theme_sheet
from shared.http.problem import TITLES
from tests.support.http import PAGES, client_of, toy_app
from tests.support.tokens import TestIssuer

MOST_STYLE_BYTES = 22_528
"""22 kB."""
PRODUCTION: dict[str, Any] = {
    "ZI_ENVIRONMENT": "production",
    "plaintext_accepted": "kafka",
    "issuer": "https://sso.zi.go.id",
    "public_url": "https://layanan.zi.go.id",
    "secret_key": "W3qz7L0vT5mXb9Rk2cJ8hN4yPd6sFg1A",
}


class Texts(HTMLParser):
    """Collects what a page says, and the classes and inline styles of its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p":
            self.paragraphs.append("")
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]

    def handle_data(self, data: str) -> None:
        if self.paragraphs:
            self.paragraphs[-1] += data


def macros() -> set[str]:
    tree = Environment(autoescape=True).parse((SHARED_TEMPLATES / "parts.html").read_text())
    return {macro.name for macro in tree.find_all(nodes.Macro) if not macro.name.startswith("_")}


def used(template: str) -> set[str]:
    tree = Environment(autoescape=True).parse((SHARED_TEMPLATES / template).read_text())
    return {
        found.attr
        for found in tree.find_all(nodes.Getattr)
        if isinstance(found.node, nodes.Name) and found.node.name == "part"
    }


def test_every_part_is_shown() -> None:
    assert macros() - used("gaya.html") == set()


async def test_the_parts_are_shown_in_development_alone(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    assert (await client.get("/gaya")).status_code == 200
    app = toy_app(issuer.verifier(), **PRODUCTION)
    async with client_of(app) as outside:
        for path in ("/gaya", "/gaya/tema.css"):
            assert (await outside.get(path)).status_code == 404


def test_both_themes_come_from_the_style_sheet() -> None:
    light, dark, _ = theme_sheet().split("color-scheme: ", 3)[1:]
    assert light.startswith("light")
    style = (SHARED_STATIC / "style.css").read_text()
    assert dark.count("--accent: #") == 1
    assert style.count("--accent: #") == 3  # and black on white on paper


def test_the_style_sheet_stays_small() -> None:
    assert len((SHARED_STATIC / "style.css").read_bytes()) <= MOST_STYLE_BYTES


@pytest.mark.parametrize("status", sorted(TITLES))
def test_each_refusal_says_what_happened_and_what_to_do_next(issuer: TestIssuer, status: int) -> None:
    page = PAGES.error(_request(toy_app(issuer.verifier())), status=status, title="Judul", detail="Rincian.")
    texts = Texts(bytes(page.body).decode())
    said = [text.strip() for text in texts.paragraphs]
    place = said.index("Rincian.")
    assert said[place + 1] not in ("", f"Kode {status}")
    assert "/" in texts.links[texts.links.index("/") + 1 :]  # the brand leads there, and so does a button


def _request(app: FastAPI) -> Request:
    scope = {"type": "http", "method": "GET", "app": app, "path": "/x", "headers": [], "state": {}}
    return Request(scope | {"query_string": b"", "server": ("toy.test", 443), "scheme": "https"})


def test_a_share_never_exceeds_the_whole_and_is_exact_to_two_places() -> None:
    assert share(Fraction("8.62"), Fraction(15)) == "57.47%"
    assert share(Fraction(16), Fraction(15)) == "100.00%"
    assert share(Fraction(0), Fraction(15)) == "0.00%"


def test_a_curve_holds_each_value_until_the_next() -> None:
    points = [(Fraction(0), Fraction(20)), (Fraction(1, 2), Fraction(60)), (Fraction(1), Fraction(40))]
    drawn = curve(points, lowest=Fraction(0), highest=Fraction(100), floor=Fraction(50))
    assert drawn.path == "M0.00 80.00H50.00V40.00H100.00V60.00"
    assert (drawn.end_x, drawn.end_y, drawn.floor) == ("100.00", "60.00", "50.00")


def test_a_chart_has_its_events_on_the_line_and_its_numbers_in_a_table() -> None:
    chart = line_chart(
        title="",
        measure="Nilai",
        points=[(Fraction(0), Fraction(30), "Januari"), (Fraction(1, 2), Fraction(60), "Juli")],
        scale=(30, 60, 90),
        times=[("Jan", Fraction(0))],
        floor=Fraction(75),
        events=[(Fraction(1, 4), "sebelum"), (Fraction(3, 4), "sesudah")],
    )
    assert [(mark.x, mark.y) for mark in chart.marks] == [("25.00", 240), ("75.00", 120)]
    assert chart.rows == [("Januari", "30,00", "-45,00"), ("Juli", "60,00", "-15,00")]
    assert (chart.floor_y, chart.left, chart.scale[0]) == (60, "50.00", ("30", 240))
