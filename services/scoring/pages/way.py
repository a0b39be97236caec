"""The way to a predicate in words: which answers to raise, under limits that a person sets."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from services.scoring.api.advice import MOST_AREAS, Without
from services.scoring.domain.gains import Gain
from services.scoring.domain.supposing import read_limits
from services.scoring.domain.way import Way, items_of
from services.scoring.pages.board import PageYear
from services.scoring.pages.frame import PAGES
from services.scoring.pages.next_texts import gate_names, move
from services.scoring.pages.places import SUPPOSE, WAY, parts_of, place
from services.scoring.pages.texts import status_of
from services.scoring.usecases.advice import Advice, advice_on
from services.scoring.usecases.reading import known_year, visible_years
from shared.http.authorization import PageCaller
from shared.http.fields import read_digits
from shared.http.pages.charts import share
from shared.http.state import state_of
from shared.indonesian import number, signed
from shared.instruments.lke import PREDICATES, Predicate, lke_instrument, measure, short_name
from shared.kernel import places_apart

router = APIRouter()

PageMostAreas = Annotated[
    int | None,
    Query(ge=0, le=MOST_AREAS, description="Empty as the form sends it: no limit"),
    BeforeValidator(read_digits),
    BeforeValidator(lambda sent: sent or None),
]


@router.get("/nilai/{unit_id}/jalan", operation_id="page_way")
async def way_page(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    without: Without,
    year: PageYear = None,
    predicate: Predicate | Literal[""] | None = None,
    most_areas: PageMostAreas = None,
) -> HTMLResponse:
    """Show the fewest better answers that meet every missed gate, and those for each gate by itself."""
    limits = read_limits(without, None if most_areas == MOST_AREAS else most_areas)
    async with state_of(request.app).db.reading() as session:
        year = year or (await visible_years(session, caller, unit_id))[1]
        found = await known_year(session, caller, unit_id, year)
    told = advice_on(found, predicate or found.target or "WBK", limits)
    return PAGES.page(
        request,
        "way.html",
        unit=found.unit,
        year=year,
        parts=parts_of(unit_id, year, WAY),
        told=told,
        sentence=sentence(told),
        steps=steps(told.whole),
        gates=[gate_part(told, code, found_way) for code, found_way in told.by_gate.items()],
        spared=[(code, lke_instrument().questions[code].text) for code in items_of(told.limits.without)],
        predicates=[(one, one) for one in PREDICATES],
        areas=[
            ("", "semua area"),
            ("0", "tidak ada area"),
            *((str(n), f"paling banyak {n} area") for n in range(1, MOST_AREAS)),
        ],
        suppose=_suppose(told),
    )


def sentence(told: Advice) -> str:
    """Say how many answers are enough, or why there is no way within the limits."""
    if not told.by_gate:
        return f"Semua {len(told.gates)} syarat nilai {told.predicate} sudah terpenuhi."
    if told.whole.is_open:
        return (
            f"Paling sedikit {len(told.whole.raised)} jawaban perlu naik untuk memenuhi semua syarat nilai "
            f"{told.predicate}."
        )
    names = ", ".join(
        f"{gate_names()[code]} kurang {_points(points)}" for code, points in told.whole.left.items()
    )
    return f"Dengan batas ini {told.predicate} tidak tercapai: {names}."


def steps(found: Way) -> Sequence[tuple[Gain, str, str, str]]:
    """Return of each raised answer its gain, the question, what becomes of the answer, and its points."""
    questions = lke_instrument().questions
    return [
        (one.gain, questions[one.gain.code].text, move(*one), _signed(one.step.points))
        for one in found.raised
    ]


def gate_part(told: Advice, code: str, found: Way) -> dict[str, object]:
    """Return what is shown of a missed gate: value, floor and the fewest answers for it alone."""
    gate = next(one for one in told.gates if one.gate.code == code)
    shown = measure(gate)
    kind, _, word = status_of(is_met=False, is_reachable=gate.is_reachable)
    return {
        "name": gate.gate.name,
        "short": short_name(gate.gate),
        "value": number(shown.value, shown.places),
        "floor": number(shown.floor, shown.places),
        "width": share(shown.value, shown.full),
        "place": share(shown.floor, shown.full),
        "kind": kind,
        "missing": f"{word} {number(shown.floor - shown.value, shown.places)}",
        "steps": steps(found),
        "left": "" if found.is_open else _points(found.left[code]),
    }


def _suppose(told: Advice) -> str:
    """Return the address that counts the way as a supposition; ratios are left for a person to fill."""
    query = {
        f"j.{one.gain.code}": one.step.answer.letter or one.step.answer.index_text
        for one in told.whole.raised
        if one.step.answer is not None
    }
    open_ratios = [one.gain.code for one in told.whole.raised if one.step.answer is None]
    href = place(told.found.unit["unit_id"], SUPPOSE, told.found.year, predicate=told.predicate, **query)
    return href + "".join(f"&butir={code}" for code in open_ratios)


def _points(points: Fraction) -> str:
    return f"{number(points, places_apart(points, Fraction(0)))} poin"


def _signed(points: Fraction) -> str:
    return signed(points, places_apart(points, Fraction(0)))
