"""What a programme pinned counts for good: newer editions, rule sets and policies never rescore it."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import text

from services.scoring import jobs, metrics
from services.scoring.settings import Settings
from services.scoring.store import board, recompute
from services.scoring.usecases.reading import KnownYear, known_year
from shared.contracts.base import EventData
from shared.db import Database
from shared.instruments.lke import (
    PREDICATES,
    TOTAL,
    Answer,
    GateResult,
    explain,
    facts_of,
    lke_instrument,
)
from shared.security import Principal, Scope
from tests.support import lke
from tests.support.newer_rules import EDITION, EVERY, LEFT_OUT, POLICIES, RULES, newer_rules
from tests.support.scoring import (
    YEAR,
    answered,
    case,
    digest_of,
    fold_all,
    programme,
    registered,
    score_lines,
)

NATION = Principal("nation", frozenset({"tpn"}), Scope("national"))
COMPLAINTS = "A.II.5.ii.a"
UNDIVIDED = "A.II.4.i.a"
"""Weighs 1; its denominator is 0 here."""
OLD, BEFORE, NEW, NONE = "u-old", "u-before", "u-new", "u-none"
ANSWERS = {**lke.best(), UNDIVIDED: Answer(inputs={"n1": 0, "n2": 0}), **lke.answers({"B.II.a": "1"})}
"""All but two are the best: one earns what the policies say, the other misses the last gate of all."""


def sheet(unit: str) -> list[EventData]:
    return [registered(unit)] + [
        answered(unit, at, code, answer) for at, (code, answer) in enumerate(ANSWERS.items(), 1)
    ]


def again(unit: str, turn: int = 0) -> list[EventData]:
    """Return what makes a unit's year be counted anew and changes no point of it; each turn comes later."""
    at = len(ANSWERS) + 1 + 2 * turn
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


async def moved(db: Database, unit: str) -> Fraction:
    """Return what the lines that moved points add up to."""
    lines = [line for line in await score_lines(db) if line["unit_id"] == unit]
    return sum((Fraction(line["delta"]) for line in lines), Fraction(0))


async def told_before(db: Database) -> Mapping[str, tuple[int, str]]:
    """Let two units be counted under today's defaults, and return the digests of what is stored."""
    opened = [programme(OLD, policies="undefined-1"), programme(BEFORE)]
    await fold_all(db, [*opened, *sheet(OLD), *sheet(BEFORE)])
    return (await digest_of(db)).parts


SHOWN = ("rule_set", "total", "upper", "answered", "gates_met", "gate", "gate_points", "distance")
"""What the board shows of a unit but when it was counted."""


async def told_of(db: Database, unit: str) -> object:
    """Return what readers see of a unit's year: score, gates and the explanation of every node."""
    found = await year_of(db, unit)
    scored = found.score("effective")
    explained = [explain(scored, code) for code in (TOTAL, *lke_instrument().nodes)]
    pinned = (found.edition, found.rules.id, found.pinned.policies.id)
    row = await row_of(db, unit)
    return pinned, scored.total, found.gates(scored), explained, {name: row[name] for name in SHOWN}


async def events_of(db: Database) -> Sequence[Any]:
    """Return every event of scores and gates told so far."""
    async with db.reading() as session:
        asked = text(
            "SELECT position, id FROM outbox WHERE aggregatetype IN ('score', 'gate') ORDER BY position"
        )
        return (await session.execute(asked)).all()


async def test_old_years_stay_whatever_default_changes(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = await told_before(scoring_db)
    before = {unit: await told_of(scoring_db, unit) for unit in (OLD, BEFORE)}
    events = await events_of(scoring_db)
    assert events
    for turn, changed in enumerate([*([one] for one in EVERY), EVERY]):
        with newer_rules(monkeypatch, changed):
            await fold_all(scoring_db, [*again(OLD, turn), *again(BEFORE, turn)])
            after = (await digest_of(scoring_db)).parts
            assert {name: after[name] for name in ("score", "gate")} == {
                name: digest[name] for name in ("score", "gate")
            }, changed
            for unit in (OLD, BEFORE):
                assert await told_of(scoring_db, unit) == before[unit], changed
            assert await events_of(scoring_db) == events, changed


async def test_old_years_are_measured_by_what_they_pinned(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told_before(scoring_db)
    with newer_rules(monkeypatch, EVERY):
        for unit in (OLD, BEFORE):
            found = await year_of(scoring_db, unit)
            scored = found.score("effective")
            pinned = (found.edition, found.rules.id, found.pinned.policies.id)
            assert pinned == ("2026", "panrb-90-2021", "undefined-1")
            assert scored.questions[UNDIVIDED].state == "undefined"
            assert len(found.gates(scored)) == 24
            assert (await row_of(scoring_db, unit))["gate"] == "B.II"


async def test_a_later_minimum_and_a_rounding_count_for_what_pinned_them(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = {**lke.best(), **lke.answers({"B.I.a": "3.5951", "B.II.a": "1"})}
    given = [answered(NEW, at, code, answer) for at, (code, answer) in enumerate(best.items(), 1)]
    with newer_rules(monkeypatch, ["minimum", "rounding"]):
        pinned = [programme(OLD), programme(NEW, rule_set=RULES)]
        await fold_all(scoring_db, [*pinned, *sheet(OLD), registered(NEW), *given])
        of_new = {one.gate.code: one for one in (await gates_of(scoring_db, NEW))["WBK"]}
        assert (of_new["B.II"].is_met, of_new["B.I.a"].is_met) == (True, True)
        assert (await row_of(scoring_db, NEW))["gate"] is None
        assert not {one.gate.code: one for one in (await gates_of(scoring_db, OLD))["WBK"]}["B.II"].is_met
        assert (await row_of(scoring_db, OLD))["gate"] == "B.II"


async def gates_of(db: Database, unit: str) -> Mapping[str, Sequence[GateResult]]:
    found = await year_of(db, unit)
    gates = found.gates(found.score("effective"))
    return {name: [one for one in gates if one.gate.predicate == name] for name in PREDICATES}


async def test_a_year_whose_facts_were_handed_in_keeps_them_under_another_map_of_feeds(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handing in stores the facts as the unit's answers. Source: lke.md section 10."""
    handed_in = answered(
        OLD, len(ANSWERS) + 1, COMPLAINTS, Answer(inputs={"n1": 2, "n2": 1, "n3": 1}), origin="live"
    )
    facts = [
        case(OLD, 1, counts_as="completed"),
        case(OLD, 2),
        case(OLD, 3, counts_as="completed", stream="pelayanan"),
    ]
    await fold_all(scoring_db, [programme(OLD, policies="undefined-1"), *sheet(OLD), handed_in, *facts])
    before = await told_of(scoring_db, OLD)
    asked = {("masyarakat", "completed"): 1, ("pelayanan", "completed"): 3}
    fact = facts_of(asked)
    with newer_rules(monkeypatch, ["feeds"]):
        assert facts_of(asked) != fact
        await fold_all(scoring_db, [case(OLD, 4), case(OLD, 5, stream="pelayanan")])
        assert await told_of(scoring_db, OLD) == before


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
            assert await moved(scoring_db, unit) == scored.points(TOTAL)


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
