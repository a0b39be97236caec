"""The years of the calendar: which decree each rests on, what is missing, and its days off as a picture."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from services.complaints import units
from services.complaints.deadlines.data import base_week
from services.complaints.deadlines.domain.calendars import CalendarBook, Target, Version
from services.complaints.deadlines.pages import words
from services.complaints.deadlines.pages.picture import months
from services.complaints.deadlines.pages.words import DONE, DoneQuery, YearPath, ZoneQuery
from services.complaints.deadlines.store import calendars, figures
from services.complaints.deadlines.usecases import years
from services.complaints.deadlines.usecases.years import CalendarYear
from services.complaints.frame import PAGES
from shared.calendar.days_off import DayOff
from shared.db.clock import database_now
from shared.http.addresses import CALENDAR
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()
MOST_UNITS = 20
"""Units that a search shows; whoever wants another one adds a word."""


@dataclass(frozen=True, slots=True)
class Line:
    """A year as the list has it; `known` is None for one that nobody entered. `clocks` hang on its decree."""

    year: int
    href: str
    status: tuple[str, str]
    known: CalendarYear | None
    clocks: int


@router.get(CALENDAR, operation_id="page_calendar")
async def show_years(
    request: Request, actor: PageCaller, cari: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """Show which years can be counted in, and what waits for those that cannot."""
    search = cari.strip()
    is_searched = bool(search) or actor.scope.level == "unit"
    async with state_of(request.app).db.reading() as session:
        today = words.of_day(await database_now(session))
        known = {one.off.year or 0: one for one in await years.years(session)}
        hanging = await figures.provisional_by_year(session)
        found = (
            await units.in_scope(session, actor.scope, search.split(), MOST_UNITS + 1) if is_searched else []
        )
    lines = _lines(known, hanging, today)
    return PAGES.page(
        request,
        "calendar.html",
        lines=lines,
        sentence=_sentence(lines, today.year),
        missing=next((one for one in lines if one.known is None and one.year >= today.year), None),
        unconfirmed=next((one for one in lines if one.known and not one.known.is_confirmed), None),
        search=search,
        is_searched=is_searched,
        units=[(one, words.unit_page(one.unit_id)) for one in found[:MOST_UNITS]],
        is_cut=len(found) > MOST_UNITS,
        may_change=words.may(request, actor, "page_import_calendar"),
        has_units=actor.scope.level != "unit",
    )


def _lines(known: Mapping[int, CalendarYear], hanging: Counter[int], today: date) -> list[Line]:
    """Return the years from the first that is known to the next one, and to the last that a clock reaches."""
    last = max(*known, *hanging, today.year + 1)
    return [
        Line(
            year,
            words.year_page(Target("national", "", year)),
            _status(known.get(year)),
            known.get(year),
            0 if year in known and known[year].is_confirmed else hanging[year],
        )
        for year in range(min(known), last + 1)
    ]


def _status(year: CalendarYear | None) -> tuple[str, str]:
    """Return kind and words of how a year stands."""
    if year is None:
        return "bad", "belum dimuat"
    if year.is_confirmed:
        return "good", "dikukuhkan"
    return ("warn", "belum dikukuhkan") if year.off.decree else ("warn", "masih perkiraan")


def _sentence(lines: Sequence[Line], this_year: int) -> str:
    """Return whether one can count in this year and the next."""
    told = {one.year: one.status[1] for one in lines}
    waiting = sum(one.clocks for one in lines)
    now, following = (told.get(year, "belum dimuat") for year in (this_year, this_year + 1))
    first = f"Kalender {this_year} {now}, {this_year + 1} {following}"
    return f"{first}; {waiting} tenggat masih sementara" if waiting else first


@router.get(f"{CALENDAR}/{{tahun}}", operation_id="page_calendar_year")
async def show_year(
    request: Request, actor: PageCaller, tahun: YearPath, zona: ZoneQuery = None, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show the days off of a year in the nation, or those that a zone has besides."""
    target = words.target_of(tahun, zona)
    async with state_of(request.app).db.reading() as session:
        book = await years.book_of(session, target)
        waiting = await calendars.draft(session, target)
        told = {one.off.version: one for one in await years.years(session)}
        hanging = (await figures.provisional_by_year(session))[tahun]
    standing = book.of(target)
    return PAGES.page(
        request,
        "calendar_year.html",
        target=target,
        whose=words.whose(target),
        here=words.year_page(target),
        below=lambda *more: words.year_page(target, *more),
        standing=standing,
        year=None if standing is None else told.get(standing.version),
        state=_status_of(target, standing, book),
        pictures=months(tahun, book.names(), base_week().weekdays),
        rows=_rows([] if standing is None else standing.days),
        counts={} if standing is None else Counter(words.KINDS[off.kind] for off in standing.days),
        ramadan="" if standing is None else words.spans(standing.ramadans),
        zones=_zones(tahun, zona),
        neighbours=[words.year_page(words.target_of(year, zona)) for year in (tahun - 1, tahun + 1)],
        waiting=waiting,
        clocks=0 if standing is not None and book.is_confirmed(standing) else hanging,
        done=DONE.get(selesai, ""),
        may_change=words.may(request, actor, "page_import_calendar"),
    )


def _status_of(target: Target, standing: Version | None, book: CalendarBook) -> tuple[str, str]:
    if standing is None:
        return ("plain", "tidak ada libur sendiri") if target.name else ("bad", "belum dimuat")
    return ("good", "dikukuhkan") if book.is_confirmed(standing) else ("warn", "belum dikukuhkan")


def _rows(days: Sequence[DayOff]) -> list[tuple[str, str, str]]:
    """Return days off of one year as rows, which need not name the year: day, name, kind."""
    rows = zip(days, words.off_rows(days), strict=True)
    return [(told.removesuffix(f" {off.day.year}"), name, kind) for off, (told, name, kind) in rows]


def _zones(year: int, chosen: Zone | None) -> list[tuple[str, str, None, bool]]:
    """Return the nation and its zones as links."""
    every = [("Seluruh Indonesia", None), *((zone.value, zone) for zone in Zone)]
    return [
        (name, words.year_page(words.target_of(year, zone)), None, zone is chosen) for name, zone in every
    ]
