"""Two years, two layers or two units beside each other, down to the items that differ."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from services.scoring.domain.comparison import Comparison, ItemPair, Pair
from services.scoring.domain.sheets import LAYERS, Layer
from services.scoring.pages.board import PageYear
from services.scoring.pages.frame import PAGES
from services.scoring.pages.history import signed_points
from services.scoring.pages.places import COMPARE, parts_of, place
from services.scoring.pages.texts import LAYER_NAMES
from services.scoring.store import finding, reading
from services.scoring.usecases.history import Side, compared
from services.scoring.usecases.reading import visible_years
from shared.http.authorization import PageCaller
from shared.http.fields import YearText
from shared.http.state import state_of
from shared.indonesian import MISSING, number
from shared.instruments.lke import TOTAL, lke_instrument
from shared.kernel import places_apart

router = APIRouter()
MOST_SHOWN = 20
"""Items that differ most and stand open; the others unfold."""

OtherYear = Annotated[YearText | None, BeforeValidator(lambda sent: None if sent == "" else sent), Query()]
Words = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$", description="Id or part of a name")]


@router.get("/nilai/{unit_id}/banding", operation_id="page_compare")
async def compare_page(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    year: PageYear = None,
    layer: Layer = "effective",
    with_unit: Words = "",
    with_year: OtherYear = None,
    with_layer: Layer | Literal[""] = "",
    cari: Words = "",
) -> HTMLResponse:
    """Show what two scores differ by: total, components, areas, and every item that differs."""
    async with state_of(request.app).db.reading() as session:
        years, default = await visible_years(session, caller, unit_id)
        year = year or default
        other = with_unit or unit_id, with_year or year, with_layer or layer
        one, beside, told = await compared(session, caller, (unit_id, year, layer), other)
        found = await finding.units(session, caller.scope, cari.strip()) if cari.strip() else ()
        other_years = await reading.years(session, other[0])
    kept = {
        "layer": layer,
        "with_unit": with_unit or None,
        "with_year": None if with_year is None else str(with_year),
        "with_layer": with_layer or None,
    }
    return PAGES.page(
        request,
        "compare.html",
        unit=one.found.unit,
        year=year,
        parts=parts_of(unit_id, year, COMPARE),
        one=one,
        beside=beside,
        is_shown=(one.found.unit["unit_id"], one.found.year, one.layer) != other
        and one.is_scored
        and beside.is_scored,
        names=(side_name(one, beside), side_name(beside, one)),
        sentence=sentence(one, beside, told),
        nodes=nodes(told),
        items=[item(pair) for pair in told.items[:MOST_SHOWN]],
        folded=[item(pair) for pair in told.items[MOST_SHOWN:]],
        total=signed_points(told.total.delta),
        layers=[(name, LAYER_NAMES[name]) for name in LAYERS],
        years=sorted({*years, *other_years, year, other[1]}, reverse=True),
        found=[
            (
                row["name"],
                row["unit_id"],
                place(unit_id, COMPARE, year, **kept | {"with_unit": row["unit_id"]}),
            )
            for row in found
            if row["unit_id"] != unit_id
        ],
        words=cari,
        without_unit=place(unit_id, COMPARE, year, **kept | {"with_unit": None}),
    )


def side_name(side: Side, other: Side) -> str:
    """Name a side by what tells it apart from the other."""
    parts = []
    if side.found.unit["unit_id"] != other.found.unit["unit_id"]:
        parts.append(side.found.unit["name"])
    if side.found.year != other.found.year:
        parts.append(str(side.found.year))
    if side.layer != other.layer:
        parts.append(LAYER_NAMES[side.layer])
    return ", ".join(parts) or f"{side.found.year}, {LAYER_NAMES[side.layer].lower()}"


def sentence(one: Side, other: Side, told: Comparison) -> str:
    """Say which side has more."""
    names = side_name(one, other), side_name(other, one)
    if names[0] == names[1]:
        return "Pilih tahun, lapisan, atau unit lain untuk dibandingkan."
    for side, name in zip((one, other), names, strict=True):
        if not side.is_scored:
            return f"{name} belum ada nilainya; tidak ada yang dapat dibandingkan."
    places = places_apart(told.total.before, told.total.after)
    before, after = (number(points, places) for points in (told.total.before, told.total.after))
    if not told.total.delta:
        return f"{names[1]} dan {names[0]} sama: {after}."
    verb = "lebih tinggi" if told.total.delta > 0 else "lebih rendah"
    points = number(abs(told.total.delta), places)
    return f"{names[1]} {points} poin {verb} daripada {names[0]}: {after} terhadap {before}."


def nodes(told: Comparison) -> Sequence[tuple[str, str, str, str, str]]:
    """Return total, components and areas: code, name, both sides, difference."""
    instrument = lke_instrument()
    shown = [node for node in told.nodes if instrument.nodes[node.code].level in ("component", "area")]
    return [
        _row("Nilai total", TOTAL, told.total),
        *(_row(instrument.nodes[node.code].name, node.code, node) for node in shown),
    ]


def _row(name: str, code: str, pair: Pair) -> tuple[str, str, str, str, str]:
    delta = signed_points(pair.delta) if pair.delta else "sama"
    return code, name, number(pair.before), number(pair.after), delta


def item(pair: ItemPair) -> tuple[str, str, str, str, str]:
    """Return an item that differs: code, question, both answers, points."""
    before, after = (MISSING if one is None else str(one) for one in (pair.answer_before, pair.answer_after))
    delta = signed_points(pair.delta) if pair.delta else "sama"
    return pair.code, lke_instrument().questions[pair.code].text, before, after, delta
