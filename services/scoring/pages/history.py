"""A layer's year as a line with its events, and what changed between two days."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError

from services.scoring.domain.history import Turn
from services.scoring.domain.sheets import Layer
from services.scoring.pages.board import PageYear
from services.scoring.pages.frame import PAGES, UNPROCESSABLE
from services.scoring.pages.next_texts import gate_names
from services.scoring.pages.places import HISTORY, parts_of, place
from services.scoring.pages.texts import LAYER_NAMES
from services.scoring.usecases.history import DaysTurnedError, History, history_of
from services.scoring.usecases.reading import visible_years
from shared.http.addresses import item_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day
from shared.http.pages.charts import LineChart, curve, line_chart
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.indonesian import MONTHS, day, number, signed
from shared.instruments.lke import TOTAL, Gate, Predicate, lke_instrument
from shared.kernel import Zone, places_apart

router = APIRouter()
PageText = Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")]
MOST_MARKS = 8
"""Events that the line is marked with, the newest."""
MOST_LINES = 200
MOST_MOVED = 12
"""Items that moved most and stand open; the others unfold."""
MOST_NAMES = 3
TURNED = {True: "terpenuhi", False: "tidak lagi terpenuhi"}
SCALE = (0, 25, 50, 75, 100)


@router.get("/nilai/{unit_id}/riwayat", operation_id="page_history")
async def history_page(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    year: PageYear = None,
    layer: Layer = "effective",
    first: PageText = "",
    last: PageText = "",
) -> HTMLResponse:
    """Show a layer's year, and what changed between two days."""
    form = Form[Any]({"first": first, "last": last}, fields=frozenset({"first", "last"}))
    asked = {name: _day_of(form, name) for name in ("first", "last")}
    async with state_of(request.app).db.reading() as session:
        year = year or (await visible_years(session, caller, unit_id))[1]
        try:
            days = asked if not form.errors else {}
            told = await history_of(session, caller, unit_id, year, layer, **days)
        except DaysTurnedError as error:
            form.refuse(error)
            told = await history_of(session, caller, unit_id, year, layer)
    if not form.errors:
        form.values = {"first": told.first.isoformat(), "last": told.last.isoformat()}
    target: Predicate = told.found.target or "WBK"
    gates = {gate.code: gate for gate in told.found.rules.of(target)}
    rows = moved(told, unit_id)
    return PAGES.page(
        request,
        "history.html",
        status=UNPROCESSABLE if form.errors else 200,
        unit=told.found.unit,
        year=year,
        parts=parts_of(unit_id, year, HISTORY),
        told=told,
        form=form,
        target=target,
        layers=[
            (LAYER_NAMES[one], place(unit_id, HISTORY, year, layer=one), None, one == layer)
            for one in told.layers
        ],
        sentence=sentence(told),
        chart=chart(told, gates[TOTAL].minimum, target) if told.days else None,
        areas=areas(told, gates),
        moved=rows[:MOST_MOVED],
        folded=rows[MOST_MOVED:],
        lines=told.between.lines[:MOST_LINES],
        unseen=max(0, len(told.between.lines) - MOST_LINES),
        subject_href=lambda code: item_page(unit_id, code, year),
        signed_points=signed_points,
    )


def _day_of(form: Form[Any], name: str) -> date | None:
    """Return the day typed into a field, None for an empty one; what is no day is said at it."""
    text = form.values[name].strip()
    try:
        return TypeAdapter(Day).validate_python(text) if text else None
    except ValidationError:
        form.errors[name] = "Isi dengan tanggal yang ada, misalnya 2026-03-31."
        return None


def sentence(told: History) -> str:
    """Say what the score did between the two days."""
    if not told.days:
        return f"Belum ada riwayat nilai tahun {told.found.year} pada lapisan ini."
    between = told.between
    span = f"dari {day(told.first)} sampai {day(told.last)}"
    if told.first == told.last:
        span = f"pada {day(told.first)}"
    if not between.delta:
        return f"Nilai {_named(told.layer)} tetap {number(between.after)} {span}."
    verb = "naik" if between.delta > 0 else "turun"
    places = places_apart(between.before, between.after)
    return (
        f"Nilai {_named(told.layer)} {verb} {number(abs(between.delta), places)} poin {span}: "
        f"{number(between.before, places)} menjadi {number(between.after, places)}."
    )


def _named(layer: Layer) -> str:
    return LAYER_NAMES[layer] if layer in ("tpi", "tpn") else LAYER_NAMES[layer].lower()


def chart(told: History, floor: Fraction, target: Predicate) -> LineChart:
    """Return the year as a step line, with the newest turns of gates as its events."""
    year = told.found.year
    share = _shares(told)
    points = [(share(one.day), one.total, day(one.day)) for one in told.days]
    until = _until(told)
    if until > told.days[-1].day:  # a score holds until the next answer
        points.append((share(until), told.days[-1].total, day(until)))
    return line_chart(
        title=f"Nilai {_named(told.layer)} tahun {year}",
        measure="Nilai",
        points=points,
        scale=SCALE,
        times=[(MONTHS[month - 1][:3], share(date(year, month, 1))) for month in (1, 4, 7, 10)],
        floor=floor,
        floor_text=f"minimum {target} {number(floor, 0)}",
        events=[(share(when), words) for when, words in events(told.turns)[-MOST_MARKS:]],
    )


def _until(told: History) -> date:
    """Return the day that the line ends on: today, or the last one of a year that is over."""
    zone = Zone(told.found.unit["zone"]).tz
    return min(told.found.as_of.astimezone(zone).date(), date(told.found.year, 12, 31))


def events(turns: Sequence[Turn]) -> list[tuple[date, str]]:
    """Return the gates that turned by their day: `12 Maret 2026: IPAK terpenuhi`."""
    by_day: dict[date, dict[bool, list[str]]] = {}
    for turn in turns:
        by_day.setdefault(turn.day, {}).setdefault(turn.is_met, []).append(gate_names()[turn.gate])
    return [
        (
            when,
            f"{day(when)}: {'; '.join(f'{_some(names)} {TURNED[is_met]}' for is_met, names in met.items())}",
        )
        for when, met in by_day.items()
    ]


def _some(names: Sequence[str]) -> str:
    """Return names, or the first of many and how many more there are."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMES])}, dan {len(names) - MOST_NAMES} syarat lain"


def _shares(told: History) -> Callable[[date], Fraction]:
    """Return what gives a day as a share of its year, or of all that is told where that goes on after it."""
    year = told.found.year
    first = min(date(year, 1, 1), told.days[0].day)
    last = max(date(year, 12, 31), told.days[-1].day)
    span = (last - first).days
    return lambda when: Fraction((when - first).days, span)


def areas(told: History, gates: Mapping[str, Gate]) -> Sequence[Mapping[str, object]]:
    """Return the areas side by side on their own scales, each with its floor; none where none were told."""
    found, year, unit_id = [], told.found.year, told.found.unit["unit_id"]
    if not told.days:
        return ()
    share = _shares(told)
    for code, gate in gates.items():
        points = [(share(one.day), one.parts[code]) for one in told.days if code in one.parts]
        if not code.startswith("A.*") or not points:
            continue
        points.append((share(max(_until(told), told.days[-1].day)), points[-1][1]))
        full = sum((lke_instrument().weight_of(one) for one in gate.basis), Fraction(0))
        value = points[-1][1]
        is_met = value >= gate.floor
        found.append(
            {
                "name": gate.name,
                "href": item_page(unit_id, gate.basis[0], year),
                "curve": curve(points, lowest=Fraction(0), highest=full, floor=gate.minimum),
                "value": number(value),
                "full": number(full),
                "kind": "good" if is_met else "bad",
                "gap": "terpenuhi" if is_met else f"kurang {number(gate.floor - value)}",
            }
        )
    return found


def moved(told: History, unit_id: str) -> Sequence[tuple[str, str, str, str]]:
    """Return what each item moved in all, several together last: code, question, address, points."""
    instrument = lke_instrument()
    rows = []
    for code, points in told.between.by_subject().items():
        if code in instrument.questions:
            text = instrument.questions[code].text
        else:
            text = "Perubahan lain bersama-sama" if code == TOTAL else instrument.nodes[code].name
        rows.append((code, text, item_page(unit_id, code, told.found.year), signed_points(points)))
    return sorted(rows, key=lambda row: row[0] == TOTAL)


def signed_points(points: Fraction) -> str:
    return signed(points, places_apart(points, Fraction(0)))
