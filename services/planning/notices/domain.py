"""Who is told of a step, and when a window that closes is told of.

Acts and stages are known by their stable names. Each step tells whoever holds the assessment next.
Source: lke.md section 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple

from shared.kernel import Zone

UNIT = ("unit_operator", "unit_leader")
HEAD = ("agency_head",)
TPI = ("tpi",)
TPN = ("tpn",)
ABOVE = ("verifier",)
EVERYBODY = (*UNIT, *HEAD)
ASSESSING = frozenset({*TPI, *TPN})
"""Roles in whose place the assessors stand that a unit was given to."""


class Telling(NamedTuple):
    """A template, and the roles at the unit that it is for."""

    template: str
    roles: tuple[str, ...]


STEPS: Mapping[tuple[str, str], Telling] = MappingProxyType(
    {
        ("submit", "penilaian_pendahuluan"): Telling("handed_in_above", ABOVE),
        ("submit", "penilaian_tpi"): Telling("handed_in", TPI),
        ("resubmit", "penilaian_pendahuluan"): Telling("handed_in_above", ABOVE),
        ("resubmit", "penilaian_tpi"): Telling("handed_in", TPI),
        ("forward", "penilaian_tpi"): Telling("handed_in", TPI),
        ("return", "pengisian"): Telling("returned", UNIT),
        ("finish_round", "penilaian_tpi"): Telling("next_round", TPI),
        ("finish_round", "pengusulan"): Telling("assessed", HEAD),
        ("propose", "pra_evaluasi"): Telling("proposed", TPN),
        ("accept", "desk"): Telling("accepted", EVERYBODY),
        ("refuse", "ditolak"): Telling("refused", EVERYBODY),
        ("to_field", "lapangan"): Telling("field", EVERYBODY),
        ("open_objection", "sanggah"): Telling("objection_open", HEAD),
        ("object", "sanggah"): Telling("objection_raised", TPN),
        ("uphold_objection", "lapangan"): Telling("objection_upheld", EVERYBODY),
        ("dismiss_objection", "sanggah"): Telling("objection_dismissed", EVERYBODY),
        ("to_panel", "panel"): Telling("panel", EVERYBODY),
        ("decide", "ditetapkan"): Telling("decided", EVERYBODY),
        ("withdraw", "ditarik"): Telling("withdrawn", UNIT),
        ("revoke", "dicabut"): Telling("revoked", EVERYBODY),
    }
)
"""Act and stage after it -> who is told what."""

CLOSING: Mapping[str, Telling] = MappingProxyType(
    {
        "pengisian": Telling("closing_filling", UNIT),
        "penilaian_pendahuluan": Telling("closing_above", ABOVE),
        "penilaian_tpi": Telling("closing_tpi", TPI),
        "pengusulan": Telling("closing_proposal", HEAD),
        "pra_evaluasi": Telling("closing_tpn", TPN),
        "desk": Telling("closing_tpn", TPN),
        "lapangan": Telling("closing_tpn", TPN),
        "sanggah": Telling("closing_objection", HEAD),
        "panel": Telling("closing_tpn", TPN),
    }
)
"""Stage -> whom its window's end concerns."""
FINDING = Telling("finding", UNIT)

REMINDERS = (1, 7)
"""Days before the last one on which its end is told of, nearest first. Own rule, as planning.md section 5."""
STALE = timedelta(days=14)
"""Own rule: a notice that could not leave for so long is no news."""
NEAR = timedelta(days=2)
"""Own rule: who is told of a step is told of it also when the window ends before the quiet hours do."""


@dataclass(frozen=True, slots=True)
class Place:
    """The unit that a notice is about, as its register has it."""

    unit_id: str
    agency_id: str
    name: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Closing:
    """A stage that a unit's assessment stands in and whose window closes; both days count, in its zone.

    `opened_on` is when the holder got it or the window opened, whichever came later, None when unknown.
    `assessors` are the subjects it was given to; without them all who hold the role are told.
    """

    unit_id: str
    year: int
    stage: str
    closes_on: date
    opened_on: date | None = None
    assessors: tuple[str, ...] = ()


def reminder_of(closing: Closing, today: date) -> int | None:
    """Return which reminder (days before the end) is due on a day, None when none is.

    One whose day came before the holder had the stage is left out: the step itself told of the end.
    """
    left = (closing.closes_on - today).days
    for days in REMINDERS:
        if 0 <= left <= days:
            day = closing.closes_on - timedelta(days=days)
            return None if closing.opened_on is not None and day < closing.opened_on else days
    return None


def last_day_of(closing: Closing, days: int) -> date:
    """Return the last day on which a reminder is of use: then the next takes its place, or it closes."""
    nearer = [one for one in REMINDERS if one < days]
    return closing.closes_on - timedelta(days=max(nearer) + 1) if nearer else closing.closes_on


def end_of(day: date, zone: Zone) -> datetime:
    """Return the moment at which a day is over in a zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone.tz)
