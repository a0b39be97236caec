"""Facts of other services in the worksheet: as they are folded, shown, and kept when a unit hands in."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from services.planning.layers import Layer
from services.planning.live.consumer import fold_live
from services.planning.live.domain import LiveAnswer
from services.planning.live.usecases import freeze_live, live_answers, shown_live
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.domain import Draft, Origin
from shared.contracts.base import EventData
from shared.instruments.lke import Answer
from shared.security import Principal, Scope
from tests.support.planning import YEAR, Planning
from tests.support.scoring import AT, case, received, tally
from tests.support.stages import act, whole_sheet

COMPLAINTS = "A.II.5.ii.a"
FOLLOWED_UP = "A.I.5.iii.b"
SURVEYS = "A.I.6.iv.a"
PLAN = "A.I.1.iii.a"
OPERATOR = Principal("operator", frozenset({"unit_operator"}), Scope("national"))


async def tell(planning: Planning, *events: EventData) -> list[str]:
    """Let the consumer fold events as one batch; return why it set some of them aside."""
    async with planning.db.transaction() as session:
        return [one.reason for one in await fold_live(session, [received(data) for data in events])]


async def live(planning: Planning, unit: str, year: int = YEAR) -> dict[str, LiveAnswer]:
    """Return what facts answer; what pages show of it in figures says the same."""
    async with planning.db.reading() as session:
        found, shown = await live_answers(session, unit, year), await shown_live(session, unit, year)
    assert {code: (one.answer, one.is_fact, one.at) for code, one in found.items()} == {
        code: (one.answer, one.is_fact, one.at) for code, one in shown.items()
    }
    return dict(found)


async def letters(planning: Planning, unit: str) -> dict[str, str | None]:
    """Return the letters that are proposed."""
    found = await live(planning, unit)
    return {code: one.answer.letter for code, one in found.items() if not one.is_fact}


async def freeze(planning: Planning, unit: str) -> Sequence[Draft]:
    """Hand the sheet's facts in, as its stage does: the drafts become the unit's answers."""
    async with planning.db.transaction() as session:
        taken = await worksheets.take(session, OPERATOR.scope, unit, YEAR, OPERATOR.subject)
        assert taken is not None
        drafts = await freeze_live(session, OPERATOR, taken.worksheet)
        await worksheets.append(session, taken.worksheet, Layer.UNIT, drafts, OPERATOR.subject)
    return drafts


async def plan(planning: Planning, unit: str, due_on: str | None) -> None:
    """Add an activity to the work plan."""
    body = {"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat", "due_on": due_on}
    made = await planning.call("POST", "/activities", "unit_operator", unit, json=body)
    assert made.status_code == 201, made.text


def name(number: int | str) -> str:
    """Return a case's own number: ids are shared by the tests of a database."""
    return f"{uuid4().hex[:8]}-{number}"


@pytest.fixture
async def unit(planning: Planning) -> str:
    return await planning.programme()


async def test_cases_of_the_public_are_a_fact_with_their_versions_and_the_newest_time(
    planning: Planning, unit: str
) -> None:
    one, two, other = name(1), name(2), name(3)
    await tell(
        planning,
        case(unit, one),
        case(unit, one, 2, counts_as="completed"),
        case(unit, two),
        case(unit, name(4), counts_as="none"),
        case(unit, other, stream="pelayanan"),
    )
    assert (await live(planning, unit))[COMPLAINTS] == LiveAnswer(
        item_code=COMPLAINTS,
        kind="fact",
        answer=Answer(inputs={"n1": 2, "n2": 1, "n3": 1}),
        versions={f"c-{one}": 2, f"c-{two}": 1},
        at=AT,
    )


_MANY = """
    INSERT INTO live_case (case_id, unit_id, period_year, stream, counts_as, version, told_at, payload_hash)
    SELECT CAST(:unit AS text) || '-' || n, :unit, :year,
           CASE WHEN n % 3 = 0 THEN 'pelayanan' ELSE 'masyarakat' END,
           (ARRAY['in_progress', 'completed', 'none'])[1 + n % 7 % 3], 1,
           CAST(:at AS timestamptz) + n * interval '1 minute', ''
    FROM generate_series(1, 700) AS n
"""
_CAMPAIGNS = """
    INSERT INTO live_campaign
        (campaign_id, unit_id, year, regime, period, released_n, version, told_at, payload_hash)
    SELECT CAST(:unit AS text) || '-' || n, :unit, :year, (ARRAY['skm.2017', 'mandiri.2023'])[1 + n % 2],
           'p' || n / 8, n % 5, 1, CAST(:at AS timestamptz) + n * interval '1 hour', ''
    FROM generate_series(1, 40) AS n
"""


async def test_a_page_reads_figures_and_not_a_row_for_each_case(planning: Planning, unit: str) -> None:
    for due_on in (f"{YEAR}-01-10", f"{YEAR}-12-31", None):
        await plan(planning, unit, due_on)
    async with planning.db.transaction() as session:
        for sql in (_MANY, _CAMPAIGNS):
            await planning.execute(session, sql, unit=unit, year=YEAR, at=AT)
    assert set(await live(planning, unit)) >= {COMPLAINTS, SURVEYS}
    read: list[int] = []

    def note(_conn: Any, cursor: Any, *_: Any) -> None:
        read.append(cursor.rowcount)

    engine = planning.db.engine.sync_engine
    event.listen(engine, "after_cursor_execute", note)
    try:
        async with planning.db.reading() as session:
            await shown_live(session, unit, YEAR)
    finally:
        event.remove(engine, "after_cursor_execute", note)
    assert len(read) == 4
    assert sum(read) == 2 * 2 + 2 + 1, "streams and how they count, regimes, one row for the plan; no proofs"


async def test_without_a_fact_nothing_is_answered(planning: Planning, unit: str) -> None:
    assert await live(planning, unit) == {}


async def test_a_case_counts_in_its_own_year_and_unit_and_leaves_both_when_it_moves(
    planning: Planning, unit: str
) -> None:
    number, other = name(1), await planning.programme()
    await tell(planning, case(unit, number))
    assert COMPLAINTS not in await live(planning, unit, YEAR - 1)
    await tell(planning, case(other, number, 2))
    assert await live(planning, unit) == {}
    assert (await live(planning, other))[COMPLAINTS].versions == {f"c-{number}": 2}


async def test_a_case_of_a_unit_that_is_not_known_yet_waits_for_it(planning: Planning) -> None:
    unit = f"u-{uuid4().hex[:12]}"
    assert await tell(planning, case(unit, name(1))) == []
    await planning.unit(unit_id=unit)
    await planning.another_programme(unit, YEAR)
    assert COMPLAINTS in await live(planning, unit)


async def test_the_newest_version_counts_and_a_contradiction_is_set_aside(
    planning: Planning, unit: str
) -> None:
    number = name(1)
    assert await tell(planning, case(unit, number, 3, counts_as="completed"), case(unit, number, 2)) == []
    assert await tell(planning, case(unit, number, 1)) == []
    contradicting = [
        case(unit, number, 3),
        case(unit, number, 4),
        case(unit, number, 4, channel_kind="loket"),
    ]
    assert await tell(planning, *contradicting) == ["payload_conflict", "payload_conflict"]
    assert (await live(planning, unit))[COMPLAINTS].versions == {f"c-{number}": 4}


async def test_a_complaint_carried_to_its_end_proposes_that_they_are_followed_up(
    planning: Planning, unit: str
) -> None:
    await tell(planning, case(unit, name(1)))
    assert await letters(planning, unit) == {}
    await tell(planning, case(unit, name(2), counts_as="completed"))
    assert await letters(planning, unit) == {FOLLOWED_UP: "Ya"}


async def test_each_period_surveyed_counts_once_and_only_with_released_figures(
    planning: Planning, unit: str
) -> None:
    def survey(period: str, released_n: int) -> EventData:
        return tally(unit, name("k"), regime="skm.2017", period=period, released_n=released_n, ipak=None)

    await tell(planning, tally(unit, name("k"), released_n=40))
    assert await letters(planning, unit) == {}
    await tell(planning, survey("2026-Q1", 0))
    assert await letters(planning, unit) == {SURVEYS: "E"}
    await tell(planning, survey("2026-Q1", 30), survey("2026-Q1", 12), survey("2026-Q2", 5))
    assert await letters(planning, unit) == {SURVEYS: "C"}
    assert len((await live(planning, unit))[SURVEYS].versions) == 4


async def test_activities_that_are_due_or_done_propose_how_the_plan_went(
    planning: Planning, unit: str
) -> None:
    for due_on in ("2026-01-10", "2026-01-11", None, "2026-12-31"):
        await plan(planning, unit, due_on)
    await planning.rows(
        "UPDATE activity SET due_on = (zi_now() - interval '2 days')::date WHERE unit_id = :unit AND due_on"
        " < '2026-02-01' RETURNING 1",
        unit=unit,
    )
    await planning.rows(
        "UPDATE activity SET due_on = (zi_now() + interval '2 days')::date WHERE unit_id = :unit AND due_on"
        " = '2026-12-31' RETURNING 1",
        unit=unit,
    )
    assert await letters(planning, unit) == {PLAN: "D"}
    done = "UPDATE activity SET state = 'done' WHERE activity_id = :one RETURNING 1"
    rows = await planning.rows(
        "SELECT activity_id FROM activity WHERE unit_id = :unit ORDER BY due_on NULLS FIRST", unit=unit
    )
    for row, letter in zip(rows, "CBAA", strict=True):
        await planning.rows(done, one=row.activity_id)
        assert await letters(planning, unit) == {PLAN: letter}


async def test_what_is_due_is_told_by_the_units_own_day(planning: Planning, unit: str) -> None:
    await plan(planning, unit, None)
    for zone, place in (("WIB", "Asia/Jakarta"), ("WIT", "Asia/Jayapura")):
        await planning.rows(
            "UPDATE unit SET zone = :zone WHERE unit_id = :unit RETURNING 1", zone=zone, unit=unit
        )
        for days, found in ((0, {PLAN: "D"}), (1, {})):
            await planning.rows(
                "UPDATE activity SET due_on = (zi_now() AT TIME ZONE :place)::date + CAST(:days AS int)"
                " WHERE unit_id = :unit RETURNING 1",
                place=place,
                days=days,
                unit=unit,
            )
            assert await letters(planning, unit) == found


async def test_handing_in_makes_facts_the_answers_of_blank_items_with_their_versions(
    planning: Planning, unit: str
) -> None:
    one, two = name(1), name(2)
    await tell(planning, case(unit, one, 3, counts_as="completed"), case(unit, two))
    answer = Answer(inputs={"n1": 2, "n2": 1, "n3": 1})
    assert await freeze(planning, unit) == [Draft(COMPLAINTS, answer, origin=Origin.LIVE)]
    (kept,) = await planning.rows(
        "SELECT worksheet_version, item_code, versions, told_at, frozen_by FROM frozen_fact"
        " WHERE unit_id = :unit",
        unit=unit,
    )
    assert tuple(kept) == (0, COMPLAINTS, {f"c-{one}": 3, f"c-{two}": 1}, AT, "operator")
    (written,) = await planning.rows("SELECT origin, inputs FROM answer WHERE unit_id = :unit", unit=unit)
    assert tuple(written) == ("live", {"n1": 2, "n2": 1, "n3": 1})
    assert await freeze(planning, unit) == [], "what is answered is handed in as it stands"
    await tell(planning, case(unit, name(3)))
    (again,) = await freeze(planning, unit)
    assert again.answer == Answer(inputs={"n1": 3, "n2": 2, "n3": 1}), "nobody typed it: it follows the facts"


async def test_a_typed_answer_is_handed_in_as_it_stands_and_a_blanked_one_follows_the_fact(
    planning: Planning, unit: str
) -> None:
    await tell(planning, case(unit, name(1)))
    typed = {"item_code": COMPLAINTS, "inputs": {"n1": 9, "n2": 0, "n3": 9}}
    assert (await planning.answer(unit, typed)).status_code == 200
    assert await freeze(planning, unit) == []
    assert await planning.rows("SELECT 1 FROM frozen_fact WHERE unit_id = :unit", unit=unit) == []
    blanked = {"item_code": COMPLAINTS, "reason": "mengikuti data", "note": "lihat pengaduan"}
    assert (await planning.answer(unit, blanked)).status_code == 200
    (draft,) = await freeze(planning, unit)
    assert (draft.answer, draft.note) == (Answer(inputs={"n1": 1, "n2": 1, "n3": 0}), "lihat pengaduan")


async def test_counts_that_lack_one_are_no_answer_and_follow_the_fact(planning: Planning, unit: str) -> None:
    await tell(planning, case(unit, name(1)))
    typed = {"item_code": COMPLAINTS, "inputs": {"n1": 9}}
    assert (await planning.answer(unit, typed)).status_code == 200
    (draft,) = await freeze(planning, unit)
    assert draft.answer == Answer(inputs={"n1": 1, "n2": 1, "n3": 0})


async def test_a_proposal_never_becomes_an_answer_by_itself(planning: Planning, unit: str) -> None:
    await tell(planning, tally(unit, name("k"), regime="skm.2017", released_n=30, ipak=None))
    assert await letters(planning, unit) == {SURVEYS: "D"}
    assert await freeze(planning, unit) == []


async def test_a_kept_fact_is_kept_for_good(planning: Planning, unit: str) -> None:
    await tell(planning, case(unit, name(1)))
    await freeze(planning, unit)
    for statement in ("UPDATE frozen_fact SET frozen_by = 'x'", "DELETE FROM frozen_fact"):
        with pytest.raises(Exception, match="permission denied"):
            await planning.rows(statement)


async def test_a_unit_hands_its_facts_in_with_its_answers(planning: Planning, unit: str) -> None:
    sheet = [one for one in whole_sheet() if one["item_code"] != COMPLAINTS]
    assert (await planning.answer(unit, *sheet)).status_code == 200
    blank = await act(planning, unit, "submit", "unit_operator")
    assert (blank.status_code, blank.json()["blank"]) == (409, [COMPLAINTS])
    await tell(planning, case(unit, name(1), counts_as="completed"))
    assert (await act(planning, unit, "submit", "unit_operator")).status_code == 200
    items = {item["item_code"]: item["unit"] for item in (await planning.worksheet(unit))["items"]}
    assert (items[COMPLAINTS]["origin"], items[COMPLAINTS]["inputs"]) == ("live", {"n1": 1, "n2": 0, "n3": 1})
    told = (await planning.call("GET", f"/units/{unit}/stages/{YEAR}/rounds/unit/1", "verifier", unit)).json()
    kept = {one["item_code"]: one["inputs"] for one in told["answers"]}
    assert (kept[COMPLAINTS], told["cut"]) == ({"n1": 1, "n2": 0, "n3": 1}, 113)
