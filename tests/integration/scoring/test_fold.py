"""The fold keeps the newest fact of each kind, recounts what it touched and says only what changed."""

import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.scoring.jobs import probe_drift
from services.scoring.snapshot import states
from services.scoring.store.digest import digest
from services.scoring.usecases.fold import fold
from services.scoring.usecases.reading import change_lines, known_year
from services.scoring.usecases.surveys import take_back_indices
from shared.consumer.codec import Received, Rejected
from shared.contracts.base import EventData
from shared.contracts.complaints import CaseReceived
from shared.contracts.envelope import Event
from shared.contracts.planning import ActivityPlanned, ProgrammeCreated, UnitRegistered, WorksheetAnswered
from shared.contracts.survey import TallyChanged
from shared.contracts.topics import DAY_TOPICS
from shared.db import Database
from shared.db.database import count_statements
from shared.kernel import UNASSIGNED_UNIT
from shared.security import Principal, Scope
from tests.support.database import DatabaseMaker
from tests.support.scoring import threshold

NATIONAL = Principal("reader", frozenset({"verifier"}), Scope("national"))
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    topic: str
    value: bytes
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes = b""
    headers: Sequence[tuple[str, bytes | None]] = field(default=())


def received(data: EventData) -> Received:
    event = Event(data, "zi/test", MOMENT)
    return Received.of(event, Record(data.topic_name(), event.value()))


def unit(unit_id: str = "u1", version: int = 1) -> UnitRegistered:
    return UnitRegistered(
        unit_id=unit_id,
        version=version,
        agency_id="agency",
        name=f"Kantor {unit_id}",
        unit_type="kantor",
        echelon="III",
        has_service_function=True,
        zone="WIB",
    )


def programme(unit_id: str = "u1") -> ProgrammeCreated:
    return ProgrammeCreated(
        unit_id=unit_id,
        version=1,
        programme_id=f"p-{unit_id}",
        year=2026,
        target="WBK",
        edition="2026",
        rule_set="panrb-90-2021",
    )


def answer(
    version: int, code: str = "A.I.1.i.b", letter: str | None = "A", **extra: Any
) -> WorksheetAnswered:
    values = {"unit_id": "u1", "worksheet_id": "w-u1", "layer": "unit", "year": 2026} | extra
    return WorksheetAnswered(version=version, item_code=code, letter=letter, **values)


def case(case_id: str, version: int, counts_as: str, stream: str = "masyarakat", unit_id: str = "u1") -> Any:
    return CaseReceived(
        unit_id=unit_id,
        version=version,
        case_id=case_id,
        kind="pengaduan",
        stream=stream,
        channel_kind="web",
        state="DITERIMA",
        cycle=1,
        counts_as=counts_as,
        period_year=2026,
        received_at=MOMENT,
    )


def tally(version: int, n: int, willing: int, ipak: str | None = "18/5") -> TallyChanged:
    return TallyChanged(
        unit_id="u1",
        version=version,
        campaign_id="c1",
        year=2026,
        period="2026",
        regime="mandiri.2023",
        n=n,
        willing=willing,
        ipak=ipak,
        ipkp="18/5",
    )


@pytest.fixture
async def db(make_database: DatabaseMaker) -> AsyncIterator[Database]:
    database = Database((await make_database("scoring")).app_url)
    yield database
    await database.close()


async def apply(db: Database, *facts: EventData) -> Sequence[Rejected]:
    async with db.transaction() as session:
        return await fold(session, [received(fact) for fact in facts])


async def rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    async with db.reading() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def total(db: Database, layer: str = "effective") -> str | None:
    found = await rows(db, f"SELECT total FROM score WHERE layer = '{layer}'")
    return found[0][0] if found else None


async def published(db: Database, kind: str) -> list[int]:
    sql = f"SELECT version FROM outbox WHERE aggregatetype = '{kind}' ORDER BY position"
    return [row[0] for row in await rows(db, sql)]


async def test_an_answer_becomes_points_and_one_event_per_layer_that_changed(db: Database) -> None:
    await apply(db, unit(), programme(), answer(1))
    assert await total(db) == await total(db, "unit") == "1/4"
    found = await rows(
        db, "SELECT aggregateid FROM outbox WHERE aggregatetype = 'score' ORDER BY aggregateid"
    )
    assert [row[0] for row in found] == ["u1:2026:effective", "u1:2026:unit"]
    await apply(db, answer(2))  # the same letter again: nothing changed, nothing is said
    assert await published(db, "score") == [1, 1]


async def test_an_older_version_never_beats_a_newer_one(db: Database) -> None:
    await apply(db, answer(5, letter="A"))
    await apply(db, answer(4, letter="C"))
    assert await total(db) == "1/4"


async def test_another_payload_under_a_known_version_is_rejected_and_changes_nothing(db: Database) -> None:
    await apply(db, answer(1, letter="A"))
    (same_item,) = await apply(db, answer(1, letter="C"))
    (other_item,) = await apply(db, answer(1, code="A.I.1.i.a", letter="Ya"))
    assert (same_item.reason, other_item.reason) == ("payload_conflict", "payload_conflict")
    assert await total(db) == "1/4"


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (answer(1, code="Z.9"), "unknown_item"),
        (answer(1, letter="E"), "invalid_answer"),
        (answer(1, code="B.I.a", letter=None, index="4.5"), "invalid_answer"),
        (answer(1, code="A.II.1.i.a", letter=None, inputs={"n4": 1}), "invalid_answer"),
        (tally(1, 1, 1, ipak="5"), "index_out_of_range"),
        (threshold("u1", "c1", regime="other"), "unknown_regime"),
        (threshold("u1", "c1", failed=["ikm"]), "unknown_gate"),
        (threshold("u1", "c1", regime="skm.2017", failed=["willing"]), "unknown_gate"),
        (
            ActivityPlanned(
                unit_id="u1",
                version=1,
                activity_id="a",
                programme_id="p",
                year=2026,
                indicator_code="A.I.9.i",
                state="planned",
            ),
            "unknown_indicator",
        ),
    ],
)
async def test_a_fact_that_cannot_be_true_is_rejected_and_its_neighbours_count(
    db: Database, fact: EventData, reason: str
) -> None:
    rejected = await apply(db, fact, answer(2, code="A.I.1.i.a", letter="Ya"))
    assert [item.reason for item in rejected] == [reason]
    assert await total(db) == "1/4"


async def test_complaints_feed_the_live_layer_by_recount(db: Database) -> None:
    await apply(
        db, case("c1", 1, "in_progress"), case("c2", 1, "in_progress"), case("s", 1, "completed", "pelayanan")
    )
    assert await total(db, "live") == "0"
    await apply(db, case("c1", 2, "completed"))
    assert await total(db, "live") == await total(db) == "3/2"
    await apply(db, case("c2", 2, "none"))
    assert await total(db) == "3"
    async with db.reading() as session:
        lines = await change_lines(session, "u1", 2026)
    assert lines[-1].text == "pengaduan selesai ditindaklanjuti"
    assert lines[-1].delta == Fraction(3, 2)


async def test_a_case_without_a_known_unit_is_kept_and_is_nobodys_score(db: Database) -> None:
    await apply(db, case("c1", 1, "completed", unit_id=UNASSIGNED_UNIT))
    for table in ("standing", "score", "outbox"):
        assert await rows(db, f"SELECT count(*) FROM {table}") == [(0,)]
    await apply(db, case("c1", 2, "completed"))
    assert await total(db) == "3"
    await apply(db, case("c1", 3, "completed", unit_id=UNASSIGNED_UNIT))
    assert await rows(db, "SELECT DISTINCT unit_id FROM standing") == [("u1",)]
    assert await rows(db, "SELECT DISTINCT unit_id FROM score") == [("u1",)]
    assert await rows(db, "SELECT unit_id FROM complaint_case") == [(UNASSIGNED_UNIT,)]
    assert await total(db) == "0"


async def test_a_typed_unit_answer_beats_the_fact_and_shows_drift(db: Database) -> None:
    typed = answer(1, code="A.II.5.ii.a", letter=None, inputs={"n1": 4, "n2": 2, "n3": 2})
    await apply(db, unit(), case("c1", 1, "completed"), typed)
    assert (await total(db), await total(db, "live")) == ("3/2", "3")
    async with db.reading() as session:
        assert (await known_year(session, NATIONAL, "u1", 2026)).drift("A.II.5.ii.a")
    await apply(db, answer(2, code="A.II.5.ii.a", letter=None))  # clearing it follows the fact again
    assert await total(db) == "3"


async def test_tpn_beats_tpi_beats_unit(db: Database) -> None:
    await apply(db, answer(1, letter="A"), answer(2, letter="B", layer="tpi"))
    assert await total(db) == "1/8"
    await apply(db, answer(3, letter="C", layer="tpn"))
    assert await total(db) == "0"
    assert await total(db, "unit") == "1/4"


async def test_gates_are_published_only_when_they_flip(db: Database) -> None:
    await apply(db, programme(), answer(1, code="B.I.a", letter=None, index="3.59"))
    assert await published(db, "gate") == []
    await apply(db, answer(2, code="B.I.a", letter=None, index="3.6"))
    assert await rows(db, "SELECT predicate, gate, is_met FROM gate ORDER BY predicate") == [
        ("WBBM", "B.I.a", True),
        ("WBK", "B.I.a", True),
    ]
    await apply(db, answer(3, code="B.I.a", letter=None, index="3.7"))
    assert await published(db, "gate") == [1, 1]
    await apply(db, answer(4, code="B.I.a", letter=None, index="3"))
    assert await published(db, "gate") == [1, 1, 2, 2]


async def test_survey_status_changes_at_the_thirtieth_willing_person_and_back(db: Database) -> None:
    await apply(db, threshold("u1", "c1", 1, willing=29))
    assert await rows(db, "SELECT predicate, result, failed FROM survey_status ORDER BY predicate") == [
        ("WBBM", "not_met", "willing"),
        ("WBK", "not_met", "willing"),
    ]
    await apply(db, threshold("u1", "c1", 2))
    await apply(db, threshold("u1", "c1", 3, finished=31))
    assert await published(db, "survey_status") == [1, 1, 2, 2]
    await apply(db, threshold("u1", "c1", 4, willing=29))
    assert {row[0] for row in await rows(db, "SELECT result FROM survey_status")} == {"not_met"}


async def test_what_is_kept_and_told_of_a_survey_has_the_day_it_was_told_with_and_no_moment(
    db: Database,
) -> None:
    """Else the moment at which a class changed would be the moment at which one person answered."""
    await apply(db, unit(), threshold("u1", "c1", 1, willing=29), threshold("u1", "c2", 1))
    async with db.reading() as session:
        lines = await change_lines(session, "u1", 2026)
        said = [one.at async for one in states(session) if one.fact.topic_name() in DAY_TOPICS]
    assert [(line.at, line.is_day_only) for line in lines] == [(MOMENT, True)] * 4
    assert len(said) == 4
    assert {at.time() for at in said} == {time()}
    told = await rows(
        db, "SELECT id, headers FROM outbox WHERE topic = 'zi.scoring.survey_status.v1' ORDER BY position"
    )
    assert len(told) == 4
    for id_, headers in told:
        named = dict(headers)
        assert datetime.fromisoformat(named["ce_time"]) == MOMENT
        assert (UUID(str(id_)).version, named["ce_id"], "traceparent" in named) == (4, str(id_), False)


async def test_an_exact_index_in_a_status_of_before_is_taken_back_once(db: Database) -> None:
    await apply(db, unit(), threshold("u1", "c1", 1))
    async with db.transaction() as session:
        await session.execute(text("UPDATE survey_status SET ipak = '18/5' WHERE predicate = 'WBK'"))
    for expected in (1, 0):
        async with db.transaction() as session:
            assert await take_back_indices(session) == expected
    told = await rows(
        db, "SELECT payload FROM outbox WHERE topic = 'zi.scoring.survey_status.v1' ORDER BY position"
    )
    said = [json.loads(row[0]) for row in told]
    assert [(one["predicate"], one["version"], one["ipak"]) for one in said[2:]] == [("WBK", 2, None)]
    assert await rows(db, "SELECT DISTINCT ipak, ipkp FROM survey_status") == [(None, None)]


async def test_a_survey_status_names_the_policies_that_survey_counted_by(db: Database) -> None:
    policies = ["conversion.affine", "pooling.pooled"]
    await apply(db, threshold("u1", "c1", 1, policy_ids=policies))
    told = await rows(db, "SELECT payload FROM outbox WHERE topic = 'zi.scoring.survey_status.v1'")
    assert [json.loads(row[0])["policy_ids"] for row in told] == [policies, policies]


async def test_a_tally_alone_says_nothing_about_thresholds(db: Database) -> None:
    """Logs from before survey told its thresholds hold tallies only: their units have no survey status."""
    await apply(db, tally(1, 30, 30))
    assert await rows(db, "SELECT * FROM survey_status") == []
    assert await published(db, "survey_status") == []


async def test_a_campaign_that_moves_takes_its_verdict_along(db: Database) -> None:
    await apply(db, threshold("u1", "c1", 1))
    before = await rows(db, "SELECT unit_id, moved_at FROM standing")
    await apply(db, threshold("u2", "c1", 2))
    assert await rows(db, "SELECT DISTINCT unit_id FROM survey_status") == [("u2",)]
    assert await published(db, "survey_status") == [1, 1, 2, 2]
    after = dict(await rows(db, "SELECT unit_id, moved_at FROM standing"))
    assert after["u1"] > dict(before)["u1"]  # its live page shows the survey no longer


async def test_facts_before_their_unit_and_programme_count_when_these_arrive(db: Database) -> None:
    await apply(db, answer(1))
    async with db.reading() as session:
        with pytest.raises(Exception, match="tidak ditemukan"):
            await known_year(session, NATIONAL, "u1", 2026)
    await apply(db, programme(), unit())
    async with db.reading() as session:
        found = await known_year(session, NATIONAL, "u1", 2026)
    assert found.score("effective").total.points == Fraction(1, 4)
    assert found.target == "WBK"


def stream(seed: int) -> list[EventData]:
    """A unit's facts with several versions each, as producers would publish them."""
    draw = random.Random(seed)
    codes = ["A.I.1.i.b", "A.I.1.ii.b", "A.I.2.i.b", "A.II.4.ii.a"]
    facts: list[EventData] = [unit(), programme()]
    facts += [
        answer(
            number,
            code=draw.choice(codes),
            letter=draw.choice(["A", "B", "C", None]),
            layer=draw.choice(["unit", "unit", "tpi"]),
        )
        for number in range(1, 13)
    ]
    for name in ("c1", "c2", "c3"):
        facts += [
            case(name, number, draw.choice(["in_progress", "completed", "none"])) for number in (1, 2, 3)
        ]
    facts += [tally(number, number, number + 20) for number in range(1, 13)]
    return [
        *facts,
        *(threshold("u1", f"c{number % 2}", number, willing=number + 20) for number in range(1, 13)),
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_with_repeats_in_any_batches_ends_in_the_same_state(
    make_database: DatabaseMaker, seed: int
) -> None:
    facts = stream(seed)
    draw = random.Random(1000 + seed)
    shuffled = [*facts, *draw.sample(facts, 10)]
    draw.shuffle(shuffled)
    digests = []
    for order in (facts, shuffled):
        db = Database((await make_database("scoring")).app_url)
        left = list(order)
        while left:
            size = draw.randint(1, 12)
            batch, left = left[:size], left[size:]
            assert await apply(db, *batch) == []
        async with db.reading() as session:
            digests.append(await digest(session))
        assert await probe_drift(db, 10) == 0
        await db.close()
    assert digests[0].differences(digests[1]) == []


async def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(db: Database) -> None:
    await apply(db, unit(), programme(), answer(1))
    seen = count_statements(db.engine)
    codes = ["A.I.1.i.b", "A.I.1.ii.b", "A.I.2.i.b"]
    new_unit = answer(1, unit_id="u2", worksheet_id="w-u2")
    await apply(db, new_unit, *(answer(number, code=codes[number % 3]) for number in range(2, 5)))
    small = len(seen)
    seen.clear()
    await apply(
        db,
        *(
            answer(
                number, code=codes[number % 3], unit_id=f"many-{number % 50}", worksheet_id=f"w{number % 50}"
            )
            for number in range(1, 1001)
        ),
    )
    assert len(seen) <= small
