"""No open case may be without a running deadline: policies are tried on every way a case can go.

Source: complaints.md section 2, rule 2. The engine's own test of it is the figure of cases without a
deadline.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.complaints.cases.domain import ACTS, FINAL, RECEIVING, Act, State
from services.complaints.deadlines.domain.policy import (
    CLASSES,
    KINDS,
    Matter,
    PolicyBook,
    PolicyError,
    Rule,
)


@dataclass(frozen=True, slots=True)
class Way:
    """How far a case has come: its class once verified, and which deadlines run and stand still."""

    state: State
    before: State | None
    case_class: str | None
    running: frozenset[Rule]
    paused: frozenset[Rule]


def require_watched(book: PolicyBook) -> None:
    """Refuse policies that name an act nobody knows, or that leave an open case without a deadline.

    Raises `PolicyError`.
    """
    for rule in book.rules:
        unknown = sorted((rule.met_by | rule.cancelled_by) - ACTS.keys())
        if unknown:
            raise PolicyError(f"{rule.version}: met_by, cancelled_by: unknown {', '.join(unknown)}")
    days = {rule.valid_from for rule in book.rules}
    days |= {rule.valid_to + timedelta(days=1) for rule in book.rules if rule.valid_to < date.max}
    for matter in _matters(book):
        for day in sorted(days):
            for case_class in CLASSES:
                for way in ways(book, replace(matter, case_class=case_class), day):
                    if not way.running and way.state not in FINAL:
                        place = matter.unit_id or matter.agency_id or "national"
                        told = f"{place}, {matter.kind}, {way.case_class}, {day}"
                        raise PolicyError(f"a case in {way.state} would have no deadline ({told})")


def _matters(book: PolicyBook) -> Iterator[Matter]:
    """Yield what cases may be about wherever the book makes a difference."""
    places = {(rule.scope_level, rule.scope_id or "") for rule in book.rules}
    for kind in sorted(KINDS):
        for level, name in sorted(places):
            unit, agency = (name, "") if level == "unit" else (None, name)
            yield Matter(UUID(int=0), unit, agency, kind, None)


def ways(book: PolicyBook, matter: Matter, day: date) -> set[Way]:
    """Return how far cases of this class can come under the book as it is on that day."""
    armed = _armed(book, RECEIVING, replace(matter, case_class=None), day)
    begun = Way(State.DITERIMA, None, None, armed, frozenset())
    reached, edge = {begun}, [begun]
    while edge:
        way = edge.pop()
        for name, act in ACTS.items():
            if (
                way.state in act.sources
                and (onward := _after(book, way, name, act, matter, day)) not in reached
            ):
                reached.add(onward)
                edge.append(onward)
    return reached


def _after(book: PolicyBook, way: Way, name: str, act: Act, matter: Matter, day: date) -> Way:
    target = act.target or (way.before if act.resumes else None) or way.state
    case_class = matter.case_class if name == "verify" else way.case_class
    ends = {rule for rule in way.running | way.paused if name in rule.met_by | rule.cancelled_by}
    running, paused = way.running - ends, way.paused - ends
    if act.pauses:
        stopped = frozenset(rule for rule in running if rule.is_pausable)
        running, paused = running - stopped, paused | stopped
    if act.resumes:
        running, paused = running | paused, frozenset()
    running |= _armed(book, act, replace(matter, case_class=case_class), day)
    if target in FINAL:
        running = paused = frozenset()
    before = way.state if act.pauses else None if act.resumes else way.before
    return Way(target, before, case_class, running, paused)


def _armed(book: PolicyBook, act: Act, matter: Matter, day: date) -> frozenset[Rule]:
    return frozenset(
        rule for fact in act.makes for rule in book.starting(fact, matter, day, is_new_cycle=act.begins_cycle)
    )
