"""Nothing open may be without a running deadline: policies are tried on every way it can go.

Source: complaints.md section 2, rule 2. The engine's own test of it is the figure of what is open without a
deadline.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any, Generic
from uuid import UUID

from services.complaints.deadlines.domain.policy import Matter, PolicyBook, PolicyError, Rule, StartFact
from services.complaints.matters.domain import Act, Life, N, S, Table


@dataclass(frozen=True, slots=True)
class Way(Generic[S]):
    """How far one has come: its class once sorted, which deadlines (by version) run and stand still."""

    state: S
    before: S | None
    case_class: str | None
    running: frozenset[str]
    paused: frozenset[str]


def require_known(book: PolicyBook, lives: Sequence[Life[Any, Any]]) -> None:
    """Refuse policies that name a kind, a fact or an act that none of the subjects knows.

    A policy names what its kinds know between them. Raises `PolicyError`.
    """
    for rule in book.rules:
        theirs = [life for life in lives if life.kinds & rule.kinds]
        for field, named, known in (
            ("kinds", rule.kinds, frozenset[str]().union(*(life.kinds for life in lives))),
            ("start", frozenset(rule.starts), frozenset[str]().union(*(life.facts for life in theirs))),
            (
                "met_by, cancelled_by",
                rule.met_by | rule.cancelled_by,
                frozenset[str]().union(*(life.acts for life in theirs)),
            ),
        ):
            if unknown := sorted(named - known):
                raise PolicyError(f"{rule.version}: {field}: unknown {', '.join(unknown)}")


def require_watched(book: PolicyBook, tables: Mapping[str, Table[S, N]], life: Life[S, N]) -> None:
    """Refuse policies that leave something open of these kinds without a deadline. Raises `PolicyError`."""
    for matter, rules in _places(book, sorted(tables)):
        local = replace(book, rules=rules)
        days = {rule.valid_from for rule in rules}
        days |= {rule.valid_to + timedelta(days=1) for rule in rules if rule.valid_to < date.max}
        table = tables[matter.kind]
        watched = life.open - table.resting
        for day, case_class in product(sorted(days), life.classes):
            reached = ways(local, table, replace(matter, case_class=case_class), day, life)
            left = [way for way in reached if not way.running and way.state in watched]
            if left:
                way = min(left, key=lambda one: list(life.states).index(one.state))
                where = matter.unit_id or matter.agency_id or "national"
                told = f"{where}, {matter.kind}, {way.case_class}, {day}"
                raise PolicyError(f"what is in {way.state} would have no deadline ({told})")


def _places(book: PolicyBook, kinds: Sequence[str]) -> Iterator[tuple[Matter, tuple[Rule, ...]]]:
    """Yield what deadlines may be about wherever the book makes a difference, with the rules of that place.

    An entry that arms, meets and stops as the nation's does makes none, and one of an id of its own only adds
    a deadline. Nobody knows here which unit is of which agency, so each is tried with each.
    """
    by_scope: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in book.rules:
        if not rule.kinds.isdisjoint(kinds):
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
    for kind, (unit_id, agency_id, rules) in product(kinds, places):
        yield Matter(UUID(int=0), unit_id or None, agency_id, kind, None), tuple(rules)


def _differ(rules: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Tell whether any of the rules arms, meets or stops otherwise than one of its id among the others."""
    return any(rule.id == one.id and _moves(rule) != _moves(one) for rule in rules for one in others)


def _moves(rule: Rule) -> tuple[object, ...]:
    return (frozenset(rule.starts), rule.met_by, rule.cancelled_by, rule.is_pausable)


Arming = Callable[[StartFact, str | None], Mapping[str, Rule]]
"""Tells which rules, by their ids, a fact arms for a class."""


def ways(book: PolicyBook, table: Table[S, N], matter: Matter, day: date, life: Life[S, N]) -> set[Way[S]]:
    """Return how far those of this kind and class can come under the book as it is on that day."""

    @cache
    def arming(fact: StartFact, case_class: str | None) -> Mapping[str, Rule]:
        rules = book.starting(fact, replace(matter, case_class=case_class), day)
        return {rule.id: rule for rule in rules}

    armed = frozenset(rule.version for fact in table.receiving.makes for rule in arming(fact, None).values())
    left = frozenset(one for one in armed if table.beginning not in book.version(one).met_by)
    begun = Way(table.receiving.targets[0], None, None, left, frozenset())
    reached, edge = {begun}, [begun]
    while edge:
        way = edge.pop()
        owed = frozenset[str]().union(*(book.version(one).met_by for one in way.running | way.paused))
        for act in table.open_to(way.state, way.before):
            if act.is_owed and act.name not in owed:
                continue
            case_class = matter.case_class if life.sorts(act) else way.case_class
            for target in act.leads_to(way.state, way.before):
                onward = _after(book, way, act, target, case_class, arming, life)
                if onward not in reached:
                    reached.add(onward)
                    edge.append(onward)
    return reached


def _after(
    book: PolicyBook,
    way: Way[S],
    act: Act[S, N],
    target: S,
    case_class: str | None,
    arming: Arming,
    life: Life[S, N],
) -> Way[S]:
    known = book.version
    ends = {
        one for one in way.running | way.paused if act.name in known(one).met_by | known(one).cancelled_by
    }
    running, paused = way.running - ends, way.paused - ends
    if target in life.final:
        running = paused = frozenset()
    if act.pauses:
        stopped = frozenset(one for one in running if known(one).is_pausable)
        running, paused = running - stopped, paused | stopped
    if act.resumes:
        running, paused = running | paused, frozenset()
    armed = {id_: rule.version for fact in act.makes for id_, rule in arming(fact, case_class).items()}
    running = frozenset(one for one in running if known(one).id not in armed) | frozenset(armed.values())
    return Way(target, _before(way, act, target, life), case_class, running, paused)


def _before(way: Way[S], act: Act[S, N], target: S, life: Life[S, N]) -> S | None:
    if target is not life.waiting:
        return None
    return way.state if act.pauses else act.return_to or way.before
