"""How pages say what days are off, what a calendar moves, and where its pages stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Query, Request

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.calendars import Span, Target
from services.complaints.deadlines.schemas import WEEKDAYS
from services.complaints.deadlines.usecases.preview import Moves
from services.complaints.deadlines.words import length, rule_page
from shared.calendar.days_off import DayOff, DayOffKind
from shared.http.addresses import CALENDAR, case_page
from shared.http.fields import UnitId, YearText
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.indonesian import day, until
from shared.kernel import Zone
from shared.security import ForbiddenError, Principal

YearPath = Annotated[YearText, Path()]
UnitPath = Annotated[UnitId, Path()]
ZoneQuery = Annotated[Zone | None, Query()]
DoneQuery = Annotated[str, Query(max_length=20)]
KINDS: Mapping[DayOffKind, str] = {
    "national": "libur nasional",
    "cuti_bersama": "cuti bersama",
    "local": "libur daerah",
    "election": "hari pemilihan",
}
DONE = {
    "kukuh": "Kalender dikukuhkan dan berlaku sekarang. Tenggat yang kena bergeser dalam beberapa menit.",
    "buang": "Usulan dibuang. Kalender tetap seperti semula.",
    "sama": "Tidak ada yang berbeda dari kalender yang berlaku, jadi tidak ada usulan.",
    "libur": "Hari libur tersimpan. Tenggat yang kena bergeser dalam beberapa menit.",
    "pekan": "Pekan kerja tersimpan dan berlaku sejak tanggal yang Anda pilih.",
}
"""What a page says after an act, by the word in its address."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A clock that would move, in words; `href` leads to its case, for whoever may open cases."""

    unit_id: str
    title: str
    rule_href: str
    old: str
    new: str
    kind: str
    is_lifted: bool
    href: str


def year_page(target: Target, *more: str, done: str = "") -> str:
    """Return where a year's page stands, of the nation or a zone, or one below it."""
    return address("/".join((CALENDAR, str(target.year), *more)), {"zona": target.name, "selesai": done})


def unit_page(unit_id: str, *more: str, done: str = "") -> str:
    """Return where the page of a unit's calendar stands, or one below it."""
    return address("/".join((CALENDAR, "unit", quote(unit_id, safe=""), *more)), {"selesai": done})


def target_of(year: int, zone: Zone | None) -> Target:
    """Return whose year is meant: the nation's without a zone."""
    return Target("national", "", year) if zone is None else Target("zone", zone.value, year)


def whose(target: Target) -> str:
    """Return for whom a year's days off hold."""
    return f"zona {target.name}" if target.name else "seluruh Indonesia"


def long_day(one: date) -> str:
    """Write a date with its day of the week: `Jumat, 13 Maret 2026`."""
    return f"{WEEKDAYS[one.weekday()]}, {day(one)}"


def spans(ramadans: Sequence[Span]) -> str:
    """Write from when to when each Ramadan lasts."""
    return "; ".join(f"{day(first)} sampai {day(last)}" for first, last in ramadans)


def off_rows(days: Sequence[DayOff]) -> list[tuple[str, str, str]]:
    """Return days off as rows: day, name, kind."""
    return [(long_day(off.day), off.name, KINDS[off.kind]) for off in days]


def may(request: Request, actor: Principal, operation: str) -> bool:
    """Tell whether the access matrix lets a person do something, so that a page may offer it."""
    try:
        state_of(request.app).matrix.allow(actor, operation)
    except ForbiddenError:
        return False
    return True


def moved(request: Request, actor: Principal, moves: Moves) -> dict[str, Any]:
    """Return in words what a calendar would move, and the clocks of it that run out first."""
    return {
        "clocks": moves.clocks,
        "moved": moves.moved.total(),
        "later": moves.count(is_later=True),
        "earlier": moves.count(is_later=False),
        "lifted": sum(n for one, n in moves.moved.items() if one.is_lifted),
        "is_complete": moves.is_complete,
        "nearest": list(_shifts(request, moves, has_cases=may(request, actor, "page_case"))),
    }


def _shifts(request: Request, moves: Moves, *, has_cases: bool) -> Iterator[Shift]:
    policies = engine_of(request).policies
    for one in moves.nearest:
        move, rule = one.move, policies.about(one.move.rule_id, one.policy)
        is_later = move.new_due_at > move.old_due_at
        yield Shift(
            unit_id=move.unit_id,
            title=f"{rule.title}, {length(rule)}",
            rule_href=rule_page(rule),
            old=until(move.old_due_at, move.zone),
            new=until(move.new_due_at, move.zone),
            kind="lebih lambat" if is_later else "lebih awal",
            is_lifted=move.is_lifted,
            href=case_page(str(one.case_ref)) if has_cases else "",
        )


def of_day(now: datetime) -> date:
    """Return the date in Jakarta, by which pages choose a year."""
    return now.astimezone(Zone.WIB.tz).date()
