"""No open case may be without a running deadline: policies are tried on every way a case can go.

Source: complaints.md section 2, rule 2. The engine's own test of it is the figure of cases without a
deadline.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from uuid import UUID

from services.complaints.cases.domain.acts import ACTS, FINAL, RECEIVING, Act, State
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
    for matter, rules in _places(book):
        local = replace(book, rules=rules)
        days = {rule.valid_from for rule in rules}
        days |= {rule.valid_to + timedelta(days=1) for rule in rules if rule.valid_to < date.max}
        for day, case_class in product(sorted(days), CLASSES):
            for way in ways(local, replace(matter, case_class=case_class), day):
                if not way.running and way.state not in FINAL:
                    where = matter.unit_id or matter.agency_id or "national"
                    told = f"{where}, {matter.kind}, {way.case_class}, {day}"
                    raise PolicyError(f"a case in {way.state} would have no deadline ({told})")


def _places(book: PolicyBook) -> Iterator[tuple[Matter, tuple[Rule, ...]]]:
    """Yield what cases may be about wherever the book makes a difference, with the rules of that place.

    An entry that arms, meets and stops as the nation's does makes none, and one of an id of its own only adds
    a deadline. Nobody knows here which unit is of which agency, so each is tried with each.
    """
    by_scope: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in book.rules:
        by_scope[rule.scope_level, rule.scope_id or ""].append(rule)
    nation = by_scope.pop(("national", ""), [])
    agencies = {name: rules for (level, name), rules in by_scope.items() if level == "agency"}
    odd = {name: rules for name, rules in agencies.items() if _differ(rules, nation)}
    places = [("", "", nation)]
    places += [("", agency, [*nation, *rules]) for agency, rules in odd.items()]
    for (level, unit), rules in by_scope.items():
        if level == "unit" and _differ(rules, nation):
            places.append((unit, "", [*nation, *rules]))
        places += [
            (unit, agency, [*nation, *others, *rules])
            for agency, others in odd.items()
            if level == "unit" and (_differ(rules, nation) or _differ(rules, others))
        ]
    for kind, (unit_id, agency_id, rules) in product(sorted(KINDS), places):
        yield Matter(UUID(int=0), unit_id or None, agency_id, kind, None), tuple(rules)


def _differ(rules: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Tell whether any of the rules arms, meets or stops otherwise than one of its id among the others."""
    return any(rule.id == one.id and _moves(rule) != _moves(one) for rule in rules for one in others)


def _moves(rule: Rule) -> tuple[object, ...]:
    return (rule.start, rule.is_each_cycle, rule.met_by, rule.cancelled_by, rule.is_pausable)


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
