"""`/gaya`: every part of the pages in light and dark, for who builds a page. In development only."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from fastapi import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.http.fields import Body
from shared.http.pages.charts import Curve, LineChart, curve, line_chart, share
from shared.http.pages.forms import Form
from shared.http.pages.rendering import SHARED_STATIC, Pages

_OWN = """
.themes { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.themes > div { padding: 24px 16px; border: 1px solid var(--line); border-radius: 8px; color: var(--ink);
  background: var(--ground); min-width: 0; }
.themes > div > :last-child { margin-bottom: 0; }
@media (min-width: 1200px) { .themes { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
"""
_MONTHS = ("Jan", "Mar", "Mei", "Jul", "Sep", "Nov")
_TOTALS = (
    ("Januari", "43.85"),
    ("Februari", "47.10"),
    ("Maret", "54.30"),
    ("April", "58.05"),
    ("Mei", "60.40"),
    ("Juni", "62.95"),
    ("Juli", "69.10"),
    ("27 Agustus", "73.90"),
)
_FLOOR = Fraction(75)
_MOMENT = datetime(2026, 8, 27, 17, 0, tzinfo=UTC)


def showcase(pages: Pages) -> Iterator[Route]:
    """Yield the page and the sheet that sets a part of a page in one theme."""
    shown = Pages(title=pages.title, folder=SHARED_STATIC.parent)

    async def show(request: Request) -> Response:
        return shown.page(request, "gaya.html", **_sample())

    async def theme(_request: Request) -> Response:
        return Response(theme_sheet(), media_type="text/css")

    yield Route("/gaya", show)
    yield Route("/gaya/tema.css", theme)


def theme_sheet() -> str:
    """Return the tokens of the style sheet for parts of a page that name their theme."""
    style = (SHARED_STATIC / "style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    return (
        f'[data-theme="light"] {{{light} color-scheme: light; }}\n'
        f'[data-theme="dark"] {{{dark} color-scheme: dark; }}\n{_OWN}'
    )


def _sample() -> dict[str, Any]:
    fields = ("isi.terang", "isi.gelap")
    return {
        "form": Form[Body](
            dict.fromkeys(fields, "Pendek"), errors=dict.fromkeys(fields, "Minimal 20 karakter.")
        ),
        "share": lambda value, full: share(Fraction(value), Fraction(full)),
        "chart": _chart(),
        "areas": list(_areas()),
        "moment": _MOMENT,
    }


def _chart() -> LineChart:
    months = len(_TOTALS)
    return line_chart(
        title="Nilai total Januari sampai Agustus naik dari 43,85 menjadi 73,90; minimum WBK 75",
        measure="Nilai total",
        points=[
            (Fraction(number, 12), Fraction(value), text) for number, (text, value) in enumerate(_TOTALS, 1)
        ],
        scale=(30, 50, 70, 90),
        times=[(text, Fraction(2 * number, 12)) for number, text in enumerate(_MONTHS)],
        floor=_FLOOR,
        floor_text="minimum WBK 75",
        events=[
            (Fraction(3, 12), "2 Maret: rencana kerja disetujui."),
            (Fraction(months - 1, 12), "1 Juli: hasil survei mandiri triwulan II masuk."),
        ],
    )


def _areas() -> Iterator[dict[str, object]]:
    rows = (
        ("Manajemen perubahan", "5,62", 8, "good", "+0,82", (33, 37, 45, 52, 56, 70)),
        ("Penguatan pengawasan", "8,62", 15, "bad", "kurang 0,38", (30, 33, 40, 44, 52, 57)),
        ("Kualitas pelayanan publik", "7,01", 10, "good", "+1,01", (36, 41, 50, 58, 66, 70)),
    )
    for name, value, full, kind, gap, heights in rows:
        yield {
            "name": name,
            "href": "#",
            "value": value,
            "full": full,
            "kind": kind,
            "gap": gap,
            "curve": _small(heights),
        }


def _small(heights: tuple[int, ...]) -> Curve:
    last = len(heights) - 1
    points = [(Fraction(place, last), Fraction(height)) for place, height in enumerate(heights)]
    return curve(points, lowest=Fraction(20), highest=Fraction(100), floor=Fraction(60))
