"""The second implementation agrees with the first on everything, and sees a score that is wrong."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from sqlalchemy import text

from services.scoring.jobs import probe_drift
from shared.db import Database
from shared.instruments.lke import Answer, lke_instrument
from tests.support import lke
from tests.support.scoring import YEAR, answered, case, fold_all, programme, registered

COUNTS = (None, 0, 1, 3, 7)
SMALLEST = Fraction(1, 10**9)


async def fill(db: Database, unit: str, answers: Mapping[str, Answer | None], layer: str = "unit") -> None:
    events = [
        answered(unit, version, code, answer, layer=layer)
        for version, (code, answer) in enumerate(answers.items(), 1)
    ]
    await fold_all(db, [registered(unit), programme(unit), *events])


async def test_sql_agrees_on_every_case_of_whole_worksheets(scoring_db: Database) -> None:
    for name in ("02-specimen", "03-directorate", "06-random-1", "06-kspstk-2024-answers"):
        await fill(scoring_db, name, lke.answers(lke.case(name)["answers"]))
    assert await probe_drift(scoring_db, 10) == 0


@pytest.mark.parametrize("item", ["A.II.1.i.a", "A.II.3.iii.a", "A.II.5.ii.a", "A.II.5.iii.a", "A.II.6.i.b"])
async def test_sql_agrees_on_partial_zero_capped_and_undefined_counts(
    scoring_db: Database, item: str
) -> None:
    """Every unit has another combination of counts, missing ones among them."""
    question = lke_instrument().questions[item]
    keys = [*(["n0"] if question.optional_total else []), *(entry.key for entry in question.inputs)]
    events = []
    for number in range(40):
        picked = {key: COUNTS[(number * (place + 2) + number // 5) % 5] for place, key in enumerate(keys)}
        inputs = {key: count for key, count in picked.items() if count is not None}
        if inputs:
            events.append(answered(f"u{number}", 1, item, Answer(inputs=inputs)))
    assert not await fold_all(scoring_db, events)
    assert await probe_drift(scoring_db, 100) == 0


async def test_sql_agrees_on_layers_blanked_answers_and_fed_items(scoring_db: Database) -> None:
    events = [
        answered("u", 1, "A.I.1.i.b", "A"),
        answered("u", 2, "A.I.1.i.b", "B", layer="tpi"),
        answered("u", 3, "A.I.1.i.b", None, layer="tpn"),
        case("u", 1, counts_as="completed"),
        case("u", 2),
        case("u", 3, counts_as="none"),
        case("v", 4, counts_as="none"),
        answered("v", 1, "B.I.b", "A"),
        case("w", 5, counts_as="completed"),
        answered("w", 1, "A.II.5.ii.a", Answer(inputs={"n1": 3})),
    ]
    await fold_all(scoring_db, events)
    assert await probe_drift(scoring_db, 100) == 0


@pytest.mark.parametrize("table", ["score", "answer"])
async def test_a_score_that_does_not_follow_from_the_facts_is_drift(scoring_db: Database, table: str) -> None:
    await fold_all(scoring_db, [answered("u", 1, "A.I.1.i.b", "A"), answered("u", 2, "A.I.1.i.a", "Ya")])
    damage = {
        "score": f"UPDATE score SET total = '1/3' WHERE layer = 'effective' AND year = {YEAR}",
        "answer": "UPDATE journal SET facts = replace(facts, '\"A\"', '\"C\"')",
    }
    async with scoring_db.transaction() as session:
        await session.execute(text(damage[table]))
    wanted = {"score": Fraction(1, 6), "answer": Fraction(1, 4)}[table]
    assert abs(await probe_drift(scoring_db, 10) - wanted) < SMALLEST
