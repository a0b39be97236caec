"""The scoreboard's order, counts and nearest unit against the pure functions, over a drawn crowd."""

import random
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import pytest

from services.scoring.store import board
from shared.contracts.base import EventData
from shared.db import Database
from shared.instruments.lke import (
    Answer,
    GateResult,
    Predicate,
    evaluate_gates,
    nearest,
    rule_set,
    rule_set_for_year,
    score,
)
from shared.security import Scope
from tests.support import lke
from tests.support.scoring import YEAR, answered, fold_all, programme, registered, threshold

NATION = Scope("national")
BROKEN: dict[str, Answer | None] = lke.answers({"B.I.a": "3.55", "B.II.a": "1", "A.I.1.i.a": None})
"""What a unit that is nearly there answers otherwise: each item here misses a gate or less."""


@dataclass(frozen=True)
class Member:
    """A drawn unit, with what the board must say of it."""

    unit_id: str
    target: Predicate | None
    answers: dict[str, Answer | None]
    is_surveyed: bool

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        rules = rule_set(rule_set_for_year(YEAR))
        return evaluate_gates(score(self.answers), rules, self.target or "WBK")

    @cached_property
    def missed(self) -> int:
        return sum(not gate.is_met for gate in self.gates)

    @cached_property
    def gap(self) -> Fraction:
        found = nearest(self.gates)
        return Fraction(0) if found is None else found.shortfall / found.gate.minimum

    @cached_property
    def total(self) -> Fraction:
        return score(self.answers).total.points or Fraction(0)

    @cached_property
    def is_ready(self) -> bool:
        return self.target is not None and self.missed == 0 and self.is_surveyed


def draw(rng: random.Random, number: int) -> tuple[Member, list[EventData]]:
    targets: tuple[Predicate | None, ...] = (None, "WBK", "WBK", "WBBM")
    unit_id, target = f"u{number:02}", rng.choice(targets)
    answers = dict(lke.best()) if rng.random() < 0.8 else {}
    for code in rng.sample(sorted(BROKEN), rng.randrange(len(BROKEN) + 1)) if answers else ():
        answers[code] = BROKEN[code]
    for code in rng.sample(sorted(answers), rng.choice((0, 0, 3, 40))) if answers else ():
        answers[code] = None
    told = [list[str](), ["willing"]]
    older, newer = rng.choice((None, *told)), rng.choice((None, *told))
    events: list[EventData] = [registered(unit_id, agency_id=f"agency-{number % 2}")]
    events += [programme(unit_id, target=target)] if target else []
    events += [answered(unit_id, at, code, given) for at, (code, given) in enumerate(answers.items(), 1)]
    for campaign, failed in (("c1", older), ("c2", newer)):
        if failed is not None:
            events.append(threshold(unit_id, f"{campaign}-{unit_id}", failed=failed))
    if rng.random() < 0.3:
        events.append(threshold(unit_id, f"c3-{unit_id}", failed=[], is_deciding=False))
    deciding = older if newer is None else newer
    return Member(unit_id, target, answers, deciding == []), events


@pytest.mark.parametrize("seed", range(4))
async def test_counts_and_the_nearest_unit_are_those_of_the_pure_functions(
    scoring_db: Database, seed: int
) -> None:
    rng = random.Random(seed)
    drawn = [draw(rng, number) for number in range(16)]
    await fold_all(scoring_db, [event for _, events in drawn for event in events], batch=4_000)
    for scope in (NATION, Scope("agency", agencies=frozenset({"agency-1"}))):
        crowd = [one for one, _ in drawn if scope.level == "national" or int(one.unit_id[1:]) % 2]
        own = [one for one in crowd if one.target is not None]
        async with scoring_db.reading() as session:
            summary, near = await board.overview(session, scope, YEAR)
            lists = {
                is_ready: await board.rows(
                    session, scope, YEAR, filters=board.Filters(is_ready=is_ready), after=None, limit=None
                )
                for is_ready in (None, True, False)
            }
            by_gate = await board.rows(session, scope, YEAR, order="gate", after=None, limit=5)
        assert summary == board.Summary(
            listed=len(crowd),
            units=len(own),
            scored=sum(one.missed == 0 for one in own),
            ready=sum(one.is_ready for one in own),
            wbbm=sum(one.target == "WBBM" for one in own),
        )
        waiting = [one for one in own if not one.is_ready and any(one.answers.values())]
        expected = min(waiting, key=lambda one: (one.missed, one.gap, -one.total, one.unit_id))
        assert near is not None
        assert near["unit_id"] == expected.unit_id
        assert (near["gate"] is None) == (expected.missed == 0)
        totals = {one.unit_id: one.total for one in crowd}
        shown = [row["unit_id"] for row in lists[None]]
        assert sorted(shown, key=lambda unit_id: -totals[unit_id]) == shown
        assert {row["unit_id"] for row in lists[None]} == set(totals)
        assert {row["unit_id"] for row in lists[True]} == {one.unit_id for one in own if one.is_ready}
        assert {row["unit_id"] for row in lists[False]} == {one.unit_id for one in own if not one.is_ready}
        gaps = {one.unit_id: (one.gap if any(one.answers.values()) else 2) for one in crowd}
        nearest_first = [gaps[row["unit_id"]] for row in by_gate]
        assert nearest_first == sorted(gaps.values())[:5]
