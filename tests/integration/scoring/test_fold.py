import asyncio
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import text

from services.scoring.usecases.fold import fold
from shared.contracts.base import EventData
from shared.db import Database
from shared.db.database import count_statements
from shared.instruments.lke import Answer
from tests.support import lke
from tests.support.database import DatabaseMaker
from tests.support.scoring import (
    YEAR,
    activity,
    answered,
    case,
    digest_of,
    fold_all,
    programme,
    received,
    registered,
    tally,
)

COMPLAINTS = "A.II.5.ii.a"


async def score(db: Database, unit: str, layer: str = "effective") -> Any:
    async with db.reading() as session:
        found = await session.execute(
            text("SELECT * FROM score WHERE unit_id = :unit AND year = :year AND layer = :layer"),
            {"unit": unit, "year": YEAR, "layer": layer},
        )
        return found.one_or_none()


async def outbox(db: Database, kind: str) -> list[Any]:
    async with db.reading() as session:
        found = await session.execute(
            text("""SELECT aggregateid, version, convert_from(payload, 'UTF8')::jsonb AS data FROM outbox
                    WHERE aggregatetype = :kind ORDER BY position"""),
            {"kind": kind},
        )
        return list(found)


def worksheet(unit: str, name: str, *, layer: str = "unit", start: int = 1) -> list[EventData]:
    """Return a case's whole answers as events of one layer."""
    parsed = lke.answers(lke.case(name)["answers"])
    present = [(code, answer) for code, answer in parsed.items() if answer is not None]
    return [
        answered(unit, version, code, answer, layer=layer)
        for version, (code, answer) in enumerate(present, start)
    ]


def history(unit: str) -> list[EventData]:
    """Return some of everything about a unit: blanked answers, moved and closed cases, assessors, a survey."""
    other = f"{unit}-b"
    return [
        registered(unit),
        registered(other),
        programme(unit),
        programme(other),
        activity(unit, 1),
        activity(unit, 1, is_done=True),
        answered(unit, 1, "A.I.1.i.a", "Ya"),
        answered(unit, 2, "A.I.1.i.b", "B"),
        answered(unit, 3, "A.I.1.i.b", "A"),
        answered(unit, 4, "A.I.1.i.a", None),
        answered(unit, 5, "A.I.1.i.b", "C", layer="tpi"),
        answered(unit, 6, "A.II.4.i.a", Answer(inputs={"n1": 3, "n2": 2})),
        answered(unit, 7, "A.I.1.i.b", "B", layer="tpn"),
        case(unit, f"{unit}-1"),
        case(unit, f"{unit}-1", 2, counts_as="completed"),
        case(unit, f"{unit}-2"),
        case(other, f"{unit}-2", 2),
        case(other, f"{unit}-2", 3, counts_as="completed"),
        case(unit, f"{unit}-3", counts_as="none"),
        tally(unit, f"s-{unit}", 1, n=5, willing=12),
        tally(unit, f"s-{unit}", 2, n=31, willing=40),
    ]


async def test_a_whole_worksheet_gives_the_pinned_exact_total(scoring_db: Database) -> None:
    events = [registered("u"), programme("u"), *worksheet("u", "03-directorate")]
    assert not await fold_all(scoring_db, events)
    row = await score(scoring_db, "u")
    assert (row.total, row.upper, row.answered, row.items) == (
        "27957887/306000",
        "28365887/306000",
        110,
        113,
    )


async def test_any_order_and_any_repetition_of_the_facts_gives_the_same_state(
    make_database: DatabaseMaker,
) -> None:
    events = [*history("u"), *history("v")]
    digests = set()
    for seed in range(6):
        draw = random.Random(seed)
        shuffled = [*events, *draw.choices(events, k=10)]
        draw.shuffle(shuffled)
        db = Database((await make_database("scoring")).app_url, pool_size=2)
        try:
            rejected = await fold_all(db, events if seed == 0 else shuffled, batch=draw.choice((1, 3, 7, 50)))
            assert not rejected
            digests.add((await digest_of(db)).text)
        finally:
            await db.close()
    assert len(digests) == 1


async def test_the_digest_sees_a_single_different_answer(make_database: DatabaseMaker) -> None:
    digests = []
    for letter in ("A", "B"):
        db = Database((await make_database("scoring")).app_url, pool_size=2)
        await fold_all(db, [registered("u"), programme("u"), answered("u", 1, "A.I.1.i.b", letter)])
        digests.append(await digest_of(db))
        await db.close()
    assert digests[0].differences(digests[1]) == ["answer", "score"]


async def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(scoring_db: Database) -> None:
    counts = []
    for units in (["u1"], [f"w{number}" for number in range(40)]):
        events = [event for unit in units for event in history(unit)]
        seen = count_statements(scoring_db.engine)
        async with scoring_db.transaction() as session:
            seen.clear()
            await fold(session, [received(event) for event in events])
            counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_facts_before_their_unit_and_programme_are_kept_and_count(scoring_db: Database) -> None:
    await fold_all(
        scoring_db, [answered("late", 1, "A.I.1.i.a", "Ya"), case("late", 90, counts_as="completed")]
    )
    await fold_all(scoring_db, [programme("late")])
    await fold_all(scoring_db, [registered("late")])
    row = await score(scoring_db, "late")
    assert Fraction(row.total) == Fraction(1, 4) + Fraction(3)
    assert row.answered == 2


async def test_the_same_version_with_another_payload_is_rejected_and_changes_nothing(
    scoring_db: Database,
) -> None:
    good = answered("u", 1, "A.I.1.i.b", "A")
    forged = [
        answered("u", 1, "A.I.1.i.b", "B"),
        answered("u", 1, "A.I.1.ii.a", "Ya"),  # the worksheet's version names one fact, whatever its item
    ]
    await fold_all(scoring_db, [registered("u"), programme("u"), good])
    before = await digest_of(scoring_db)
    rejected = await fold_all(scoring_db, [*forged, registered("u", name="Lain"), good], batch=10)
    assert [item.reason for item in rejected] == ["payload_conflict"] * 3
    assert not before.differences(await digest_of(scoring_db))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (answered("u", 1, "A.I.9.i.a", "A"), "unknown_item"),
        (answered("u", 1, "A.I.1.i.a", "C"), "invalid_answer"),
        (answered("u", 1, "B.I.a", Answer(inputs={"n1": 1})), "invalid_answer"),
        (activity("u", 1, indicator="A.I.1.i.a"), "unknown_indicator"),
        (programme("u", rule_set="lain"), "unknown_rule_set"),
        (tally("u", "s", regime="lain"), "unknown_regime"),
        (tally("u", "s", ipak="5"), "index_out_of_range"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_impossible_fact_is_rejected_and_its_neighbours_go_on(
    scoring_db: Database, event: EventData, reason: str
) -> None:
    neighbour = answered("n", 1, "A.I.1.i.a", "Ya")
    rejected = await fold_all(scoring_db, [programme("n"), event, neighbour])
    assert [(item.received.data, item.reason) for item in rejected] == [(event, reason)]
    assert (await score(scoring_db, "n")).answered == 1


async def test_the_assessor_in_the_field_beats_the_internal_one_and_both_beat_the_unit(
    scoring_db: Database,
) -> None:
    item, points = "A.I.1.i.b", {"A": Fraction(1, 4), "B": Fraction(1, 8), "C": Fraction(0)}
    await fold_all(scoring_db, [registered("u"), programme("u")])
    steps: Sequence[tuple[str, str | None, str]] = [
        ("unit", "A", "A"),
        ("tpi", "B", "B"),
        ("tpn", "C", "C"),
        ("tpn", None, "B"),
        ("tpi", None, "A"),
    ]
    for version, (layer, letter, counted) in enumerate(steps, 1):
        await fold_all(scoring_db, [answered("u", version, item, letter, layer=layer)])
        assert Fraction((await score(scoring_db, "u")).total) == points[counted]
    assert Fraction((await score(scoring_db, "u", "unit")).total) == points["A"]


async def test_complaints_feed_the_live_layer_and_a_typed_answer_beats_them_in_effective(
    scoring_db: Database,
) -> None:
    await fold_all(
        scoring_db,
        [registered("u"), programme("u"), case("u", 1, counts_as="completed"), case("u", 2)],
    )
    assert Fraction((await score(scoring_db, "u", "live")).total) == Fraction(3, 2)
    assert Fraction((await score(scoring_db, "u")).total) == Fraction(3, 2)
    typed = answered("u", 1, COMPLAINTS, Answer(inputs={"n1": 4, "n2": 3, "n3": 1}))
    await fold_all(scoring_db, [typed])
    assert Fraction((await score(scoring_db, "u", "live")).total) == Fraction(3, 2)
    assert Fraction((await score(scoring_db, "u")).total) == Fraction(3, 4)
    await fold_all(scoring_db, [answered("u", 2, COMPLAINTS, None)])
    assert Fraction((await score(scoring_db, "u")).total) == Fraction(3, 2)


async def test_a_case_of_another_stream_or_year_does_not_count(scoring_db: Database) -> None:
    events = [
        programme("u"),
        case("u", 1, stream="pelayanan", counts_as="completed"),
        case("u", 2, period_year=YEAR - 1, counts_as="completed"),
    ]
    await fold_all(scoring_db, events)
    assert (await score(scoring_db, "u")).answered == 0


async def test_events_say_only_what_changed_with_versions_from_one_without_gap(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u"), answered("u", 1, "A.I.1.i.b", "A")], batch=1)
    await fold_all(scoring_db, [answered("u", 2, "A.I.1.i.b", "A")])  # says nothing new
    await fold_all(scoring_db, [answered("u", 3, "A.I.1.i.b", "B")])
    found: dict[str, list[int]] = {}
    for row in await outbox(scoring_db, "score"):
        found.setdefault(row.aggregateid, []).append(row.version)
    assert found == {f"u:{YEAR}:effective": [1, 2, 3], f"u:{YEAR}:unit": [1, 2]}
    async with scoring_db.reading() as session:
        version = await session.scalar(text("SELECT worksheet_version FROM standing WHERE unit_id = 'u'"))
    assert version == 3


async def test_a_gate_is_announced_only_when_it_flips(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u"), *worksheet("u", "02-specimen")])
    met = await outbox(scoring_db, "gate")
    assert len(met) == 24
    assert all(row.data["is_met"] and row.version == 1 for row in met)
    await fold_all(scoring_db, [answered("u", 900, "B.I.a", None)])
    lost = (await outbox(scoring_db, "gate"))[24:]
    assert {(row.data["gate"], row.data["is_met"], row.version) for row in lost} == {
        ("B.I", False, 2),
        ("B.I.a", False, 2),
        ("TOTAL", False, 2),
    }


async def test_a_survey_status_is_announced_when_its_result_or_its_failed_gates_change(
    scoring_db: Database,
) -> None:
    steps = [{"n": 5}, {"n": 6}, {"n": 30, "willing": 30}, {"n": 30, "willing": 29}]
    for version, extra in enumerate(steps, 1):
        await fold_all(scoring_db, [tally("u", "s", version, **({"willing": 28} | extra))])
    wbk = [row for row in await outbox(scoring_db, "survey_status") if row.aggregateid == "s:WBK"]
    assert [(row.version, row.data["result"], row.data["failed"]) for row in wbk] == [
        (1, "not_met", ["willing", "respondents"]),
        (2, "met", []),
        (3, "not_met", ["willing"]),
    ]


async def test_two_transactions_on_one_unit_lose_nothing(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u")])
    cases = [case("u", number, counts_as="completed") for number in range(20)]
    answers = [answered("u", version, "A.I.1.i.b", "AB"[version % 2]) for version in range(1, 21)]
    await asyncio.gather(
        fold_all(scoring_db, cases, batch=1),
        fold_all(scoring_db, answers, batch=1),
    )
    assert Fraction((await score(scoring_db, "u")).total) == Fraction(1, 4) + Fraction(3)
