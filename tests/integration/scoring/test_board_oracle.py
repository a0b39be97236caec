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
    lke_instrument,
    nearest,
    rule_set,
    rule_set_for_year,
    score,
)
from shared.security import Scope
from tests.support import lke
from tests.support.scoring import YEAR, answered, fold_all, programme, proposed, registered, staged, threshold

NATION = Scope("national")
ORDERS: tuple[board.Order, ...] = ("total", "gate")
FILLED: tuple[board.Filled, ...] = ("empty", "part", "full")
STATES: tuple[board.SurveyState, ...] = ("met", "not_met", "none")
BROKEN: dict[str, Answer | None] = lke.answers({"B.I.a": "3.55", "B.II.a": "1", "A.I.1.i.a": None})
"""What a unit that is nearly there answers otherwise: each item here misses a gate or less."""


@dataclass(frozen=True)
class Member:
    """A drawn unit, with what the board must say of it."""

    unit_id: str
    target: Predicate | None
    answers: dict[str, Answer | None]
    survey: board.SurveyState
    stage: str
    candidacy: str | None

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        rules = rule_set(rule_set_for_year(YEAR))
        return evaluate_gates(score(self.answers), rules, self.target or "WBK")

    @property
    def is_surveyed(self) -> bool:
        return self.survey == "met"

    @property
    def is_nominated(self) -> bool:
        return self.candidacy not in (None, "withdrawn")

    @property
    def filled(self) -> board.Filled:
        count = sum(answer is not None for answer in self.answers.values())
        return "empty" if not count else "full" if count == len(lke_instrument().questions) else "part"

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
    survey: board.SurveyState = "none" if deciding is None else "not_met" if deciding else "met"
    stage = rng.choice((None, "penilaian_tpi", "desk"))
    if stage is not None:
        events += [staged(unit_id, "penilaian_tpi"), staged(unit_id, stage, 2)]
    candidacy = rng.choice((None, "proposed", "frozen", "withdrawn"))
    if candidacy is not None:
        events += [proposed(unit_id), proposed(unit_id, candidacy, 2)]
    return Member(unit_id, target, answers, survey, stage or board.FIRST_STAGE, candidacy), events


@pytest.mark.parametrize("seed", range(3))
async def test_each_filter_keeps_the_units_that_the_pure_functions_keep(
    scoring_db: Database, seed: int
) -> None:
    rng = random.Random(100 + seed)
    drawn = [draw(rng, number) for number in range(16)]
    await fold_all(scoring_db, [event for _, events in drawn for event in events], batch=4_000)
    crowd = [one for one, _ in drawn]
    own = [one for one in crowd if one.target is not None]
    gates = rng.sample([gate.gate.code for gate in crowd[0].gates], 3)
    wanted: list[tuple[board.Filters, list[Member]]] = [
        *(
            (
                board.Filters(missed=code),
                [one for one in own if any(not g.is_met for g in one.gates if g.gate.code == code)],
            )
            for code in gates
        ),
        *((board.Filters(filled=how), [one for one in crowd if one.filled == how]) for how in FILLED),
        *((board.Filters(survey=state), [one for one in own if one.survey == state]) for state in STATES),
        *(
            (board.Filters(stage=stage), [one for one in own if one.stage == stage])
            for stage in ("pengisian", "penilaian_tpi", "desk", "panel")
        ),
        (board.Filters(is_nominated=True), [one for one in crowd if one.is_nominated]),
        (board.Filters(is_nominated=False), [one for one in crowd if not one.is_nominated]),
        (board.Filters(agency_id="agency-1"), [one for one in crowd if int(one.unit_id[1:]) % 2]),
        (
            board.Filters("WBK", is_ready=False, stage="desk", survey="not_met", is_nominated=True),
            [
                one
                for one in own
                if one.target == "WBK"
                and not one.is_ready
                and one.stage == "desk"
                and one.survey == "not_met"
                and one.is_nominated
            ],
        ),
    ]
    for filters, members in wanted:
        for order in ORDERS:
            async with scoring_db.reading() as session:
                rows = await board.rows(
                    session, NATION, YEAR, filters=filters, order=order, after=None, limit=None
                )
            assert {row["unit_id"] for row in rows} == {one.unit_id for one in members}, filters
    async with scoring_db.reading() as session:
        every = await board.rows(session, NATION, YEAR, after=None, limit=None)
    told = {row["unit_id"]: (row["stage"], row["is_nominated"]) for row in every}
    assert told == {one.unit_id: (one.stage, one.is_nominated) for one in crowd}


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
