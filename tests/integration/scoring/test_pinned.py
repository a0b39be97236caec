"""What a programme pinned counts for good: newer editions, rule sets and policies never rescore it."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from services.scoring import jobs, metrics
from services.scoring.settings import Settings
from services.scoring.store import board, recompute
from services.scoring.usecases.reading import KnownYear, known_year
from shared.contracts.base import EventData
from shared.db import Database
from shared.instruments.lke import TOTAL, Answer
from shared.security import Principal, Scope
from tests.support import lke
from tests.support.newer_rules import EDITION, LEFT_OUT, POLICIES, RULES, newer_rules
from tests.support.scoring import YEAR, answered, digest_of, fold_all, programme, registered

NATION = Principal("nation", frozenset({"tpn"}), Scope("national"))
UNDIVIDED = "A.II.4.i.a"
"""Weighs 1; its denominator is 0 here."""
OLD, BEFORE, NEW, NONE = "u-old", "u-before", "u-new", "u-none"
ANSWERS = {**lke.best(), UNDIVIDED: Answer(inputs={"n1": 0, "n2": 0}), **lke.answers({"B.II.a": "1"})}
"""All but two are the best: one earns what the policies say, the other misses the last gate of all."""


def sheet(unit: str) -> list[EventData]:
    return [registered(unit)] + [
        answered(unit, at, code, answer) for at, (code, answer) in enumerate(ANSWERS.items(), 1)
    ]


def again(unit: str) -> list[EventData]:
    """Return what makes a unit's year be counted anew and changes no point of it."""
    at = len(ANSWERS) + 1
    first = ANSWERS["A.I.1.i.a"]
    return [answered(unit, at, "A.I.1.i.a", None), answered(unit, at + 1, "A.I.1.i.a", first)]


async def year_of(db: Database, unit: str) -> KnownYear:
    async with db.reading() as session:
        return await known_year(session, NATION, unit, YEAR)


async def row_of(db: Database, unit: str) -> Any:
    async with db.reading() as session:
        rows = await board.rows(session, NATION.scope, YEAR, order="gate", after=None, limit=None)
    return next(row for row in rows if row["unit_id"] == unit)


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with newer_rules(monkeypatch):
        yield


async def told_before(db: Database) -> Mapping[str, tuple[int, str]]:
    """Let two units be counted under today's defaults, and return the digests of what is stored."""
    opened = [programme(OLD, policies="undefined-1"), programme(BEFORE)]
    await fold_all(db, [*opened, *sheet(OLD), *sheet(BEFORE)])
    return (await digest_of(db)).parts


async def test_old_years_stay_whatever_default_changes(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await told_before(scoring_db)
    rows = {unit: await row_of(scoring_db, unit) for unit in (OLD, BEFORE)}
    total = (await year_of(scoring_db, OLD)).score("effective").total
    assert total.points is not None
    with newer_rules(monkeypatch):
        await fold_all(scoring_db, [*again(OLD), *again(BEFORE)])
        after = (await digest_of(scoring_db)).parts
        assert {name: after[name] for name in ("score", "gate")} == {
            name: before[name] for name in ("score", "gate")
        }
        for unit in (OLD, BEFORE):
            found = await year_of(scoring_db, unit)
            scored = found.score("effective")
            assert (found.edition, found.rules.id, found.pinned.policies.id) == (
                "2026",
                "panrb-90-2021",
                "undefined-1",
            )
            assert (scored.total.points, scored.questions[UNDIVIDED].state) == (total.points, "undefined")
            assert len(found.gates(scored)) == 24
            row = await row_of(scoring_db, unit)
            assert row["gate"] == "B.II"
            assert {name: row[name] for name in ("gate", "gate_points", "distance", "gates_met")} == {
                name: rows[unit][name] for name in ("gate", "gate_points", "distance", "gates_met")
            }


async def test_what_is_opened_later_is_counted_by_what_it_pinned(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told_before(scoring_db)
    old = (await year_of(scoring_db, OLD)).score("effective").points(TOTAL) or Fraction(0)
    with newer_rules(monkeypatch):
        pinned = programme(NEW, edition=EDITION, rule_set=RULES, policies=POLICIES)
        await fold_all(scoring_db, [pinned, *sheet(NEW), *sheet(NONE)])
        for unit in (NEW, NONE):
            found = await year_of(scoring_db, unit)
            scored = found.score("effective")
            assert (found.edition, found.rules.id, found.pinned.policies.id) == (EDITION, RULES, POLICIES)
            assert (scored.points(TOTAL) or 0) - old == scored.questions[UNDIVIDED].weight
            assert len(found.gates(scored)) == 22
            assert (await row_of(scoring_db, unit))["gate"] == "B.II"


async def test_the_second_way_of_counting_follows_the_pinned_policies_too(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told_before(scoring_db)
    with newer_rules(monkeypatch):
        pinned = programme(NEW, edition=EDITION, rule_set=RULES, policies=POLICIES)
        await fold_all(scoring_db, [pinned, *sheet(NEW), *sheet(NONE), *again(OLD)])
        async with scoring_db.reading() as session:
            sample = await recompute.effective_totals(session, 10)
    assert len(sample) == 4
    assert all(abs(Fraction(row.stored) - Fraction(row.recomputed)) < jobs.TOLERANCE for row in sample)


async def test_the_board_counts_the_ready_by_the_gates_that_each_pinned(
    scoring_db: Database, newer: None
) -> None:
    best = [
        event
        for unit in (OLD, NEW)
        for event in [registered(unit)]
        + [answered(unit, at, code, given) for at, (code, given) in enumerate(lke.best().items(), 1)]
    ]
    await fold_all(
        scoring_db,
        [
            programme(OLD),
            programme(NEW, rule_set=RULES, policies=POLICIES),
            programme(BEFORE),
            *best,
            *sheet(BEFORE),
        ],
    )
    async with scoring_db.reading() as session:
        summary, near = await board.overview(session, NATION.scope, YEAR)
        unmet = await board.rows(
            session, NATION.scope, YEAR, filters=board.Filters(is_ready=False), after=None, limit=None
        )
    assert (summary.units, summary.scored, summary.ready) == (3, 2, 0)
    assert len(unmet) == 3
    assert near is not None
    assert (near["unit_id"] in (OLD, NEW), near["gate"]) == (True, None), "only the survey is missing"


async def test_the_metric_of_gates_names_those_that_somebody_is_measured_by(
    scoring_db: Database, newer: None
) -> None:
    settings = Settings(
        public_url="https://toy.test",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        kafka_bootstrap="127.0.0.1:1",
        issuer="https://issuer.test",
        secret_key="a secret key of this test, 32 long",
    )

    async def gates() -> set[str]:
        await jobs.Upkeep(scoring_db, settings).step()
        (family,) = metrics.GATES.collect()
        return {sample.labels["gate"] for sample in family.samples}

    await fold_all(scoring_db, [programme(NEW, rule_set=RULES), *sheet(NEW)])
    assert LEFT_OUT not in await gates()
    await fold_all(scoring_db, [programme(OLD), *sheet(OLD)])
    assert LEFT_OUT in await gates()


async def test_a_programme_of_unknown_policies_is_set_aside(scoring_db: Database) -> None:
    rejected = await fold_all(scoring_db, [programme(OLD, policies="wishful-9")])
    assert [one.reason for one in rejected] == ["unknown_policies"]
