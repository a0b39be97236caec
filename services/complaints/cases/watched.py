"""No open case may be without a running deadline: policies are tried on every way a case can go.

Source: complaints.md section 2, rule 2. The engine's own test of it is the figure of cases without a
deadline.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from uuid import UUID

from services.complaints.cases.domain.acts import ACT_NAMES, FINAL, Act, State, Table
from services.complaints.deadlines.domain.policy import (
    CLASSES,
    KINDS,
    Matter,
    PolicyBook,
    PolicyError,
    Rule,
    StartFact,
)


@dataclass(frozen=True, slots=True)
class Way:
    """How far a case has come: its class once verified, which deadlines (by version) run and stand still."""

    state: State
    before: State | None
    case_class: str | None
    running: frozenset[str]
    paused: frozenset[str]


def require_watched(book: PolicyBook, tables: Mapping[str, Table]) -> None:
    """Refuse policies that name an act nobody knows, or that leave an open case without a deadline.

    Raises `PolicyError`.
    """
    for rule in book.rules:
        unknown = sorted((rule.met_by | rule.cancelled_by) - ACT_NAMES)
        if unknown:
            raise PolicyError(f"{rule.version}: met_by, cancelled_by: unknown {', '.join(unknown)}")
    for matter, rules in _places(book):
        local = replace(book, rules=rules)
        days = {rule.valid_from for rule in rules}
        days |= {rule.valid_to + timedelta(days=1) for rule in rules if rule.valid_to < date.max}
        for day, case_class in product(sorted(days), CLASSES):
            for way in ways(local, tables[matter.kind], replace(matter, case_class=case_class), day):
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
    return (frozenset(rule.starts), rule.met_by, rule.cancelled_by, rule.is_pausable)


Arming = Callable[[StartFact, str | None], Mapping[str, Rule]]
"""Tells which rules, by their ids, a fact arms for a case of some class."""


def ways(book: PolicyBook, table: Table, matter: Matter, day: date) -> set[Way]:
    """Return how far cases of this kind and class can come under the book as it is on that day."""

    @cache
    def arming(fact: StartFact, case_class: str | None) -> Mapping[str, Rule]:
        rules = book.starting(fact, replace(matter, case_class=case_class), day)
        return {rule.id: rule for rule in rules}

    armed = frozenset(rule.version for fact in table.receiving.makes for rule in arming(fact, None).values())
    begun = Way(State.DITERIMA, None, None, armed, frozenset())
    reached, edge = {begun}, [begun]
    while edge:
        way = edge.pop()
        for act in table.open_to(way.state, way.before):
            case_class = matter.case_class if _sorts(act) else way.case_class
            for target in act.leads_to(way.state, way.before):
                onward = _after(book, way, act, target, case_class, arming)
                if onward not in reached:
                    reached.add(onward)
                    edge.append(onward)
    return reached


def _sorts(act: Act) -> bool:
    """Tell whether a case has a class from this act on."""
    return act.name == "verify" or (act.name == "uphold_appeal" and "verified" in act.makes)


def _after(
    book: PolicyBook, way: Way, act: Act, target: State, case_class: str | None, arming: Arming
) -> Way:
    known = book.version
    ends = {
        one for one in way.running | way.paused if act.name in known(one).met_by | known(one).cancelled_by
    }
    running, paused = way.running - ends, way.paused - ends
    if target in FINAL:
        running = paused = frozenset()
    if act.pauses:
        stopped = frozenset(one for one in running if known(one).is_pausable)
        running, paused = running - stopped, paused | stopped
    if act.resumes:
        running, paused = running | paused, frozenset()
    armed = {id_: rule.version for fact in act.makes for id_, rule in arming(fact, case_class).items()}
    running = frozenset(one for one in running if known(one).id not in armed) | frozenset(armed.values())
    return Way(target, _before(way, act, target), case_class, running, paused)


def _before(way: Way, act: Act, target: State) -> State | None:
    if target is not State.MENUNGGU_KELENGKAPAN:
        return None
    return way.state if act.pauses else act.return_to or way.before
