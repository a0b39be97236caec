"""The journal of answers: whatever order and however often they come, and beside the release before."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.scoring.domain.history import RECOUNT, Moment, Told, between
from services.scoring.domain.precedence import layered
from services.scoring.domain.sheets import Answers, unpack
from services.scoring.events import moment_of
from services.scoring.store import journal
from services.scoring.usecases.fold import fold
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.scoring import ScoreCause, ScoreChanged
from shared.db import Database
from shared.instruments.lke import Answer, score
from tests.support.database import DatabaseMaker
from tests.support.migrations import at
from tests.support.scoring import YEAR, answered, case, digest_of, fold_all, received, score_lines

COMPLAINTS = "A.II.5.ii.a"
LETTERS = ("A.I.1.i.b", "A.I.2.i.b", "B.I.b")


def drawn(draw: random.Random, version: int, unit: str = "u") -> WorksheetAnswered:
    """Return an answer of any layer: a letter, an index, whole or partial counts, or none; typed or not."""
    item = draw.choice((*LETTERS, COMPLAINTS, "B.I.a"))
    counts = {"n1": draw.randrange(4), "n2": draw.randrange(3), "n3": draw.randrange(3)}
    answers: dict[str, Sequence[Answer]] = {
        COMPLAINTS: [Answer(inputs=counts), Answer(inputs={"n1": draw.randrange(4)})],
        "B.I.a": [Answer(index=Decimal("3.71")), Answer(index=Decimal(4))],
    }
    answer = draw.choice([*answers.get(item, [Answer(letter=one) for one in "ABC"]), None])
    extra: dict[str, Any] = draw.choice(
        [{}, {}, {"origin": "import", "cell": "H7"}, {"evidence_ids": ["e-1", "e-2"]}]
    )
    writer = None if version % 3 == 0 else f"w-{version % 5}"
    layer = draw.choice(("unit", "tpi", "tpn"))
    return answered(unit, version, item, answer, layer=layer, writer_id=writer, **extra)


@dataclass
class Oracle:
    """What must be kept, said in the plainest way: every version that ever counted, and its answer.

    One that comes when a newer answer of its item is kept never counted: nobody knows its version.
    """

    known: dict[tuple[str, int], WorksheetAnswered] = field(default_factory=dict)

    def take(self, batch: Sequence[WorksheetAnswered]) -> int:
        """Take a batch and return how many of it contradict."""
        conflicts, kept = 0, self.newest()
        known = dict(self.known)
        for fact in batch:
            conflicts += known.setdefault((fact.unit_id, fact.version), fact) != fact
        for place, fact in known.items():
            newest = kept.get((fact.unit_id, fact.layer, fact.item_code))
            if place in self.known or newest is None or newest.version < fact.version:
                self.known[place] = fact
        return conflicts

    def newest(self) -> dict[tuple[str, str, str], WorksheetAnswered]:
        found: dict[tuple[str, str, str], WorksheetAnswered] = {}
        for _, fact in sorted(self.known.items(), key=lambda one: one[0]):
            found[fact.unit_id, fact.layer, fact.item_code] = fact
        return found

    def effective(self, unit: str) -> Answers:
        sheets: dict[str, Answers] = {}
        for (of, layer, item), fact in self.newest().items():
            if of == unit and (answer := answer_in(fact)) is not None:
                sheets.setdefault(layer, {})[item] = answer
        return layered(sheets, None)["effective"]


def answer_in(fact: WorksheetAnswered) -> Answer | None:
    if fact.letter is None and fact.index is None and fact.inputs is None:
        return None
    return (
        Answer(index=Decimal(fact.index))
        if fact.index is not None
        else Answer(fact.letter, inputs=fact.inputs)
    )


async def rows(db: Database, sql: str) -> list[Any]:
    async with db.reading() as session:
        return list((await session.execute(text(sql))).mappings())


async def check(db: Database, oracle: Oracle) -> None:
    """Compare what is kept, the total, the sum of all change lines and the causes told with the oracle."""
    kept = {
        (row["unit_id"], row["layer"], row["item_code"]): WorksheetAnswered(
            unit_id=row["unit_id"],
            version=row["version"],
            worksheet_id=f"w-{row['unit_id']}-{YEAR}",
            year=YEAR,
            index=row["index_text"],
            **{name: row[name] for name in ("layer", "item_code", "letter", "inputs", "origin", "cell")},
            evidence_ids=row["evidence_ids"],
            writer_id=row["writer_id"],
        )
        for row in await rows(db, "SELECT * FROM newest_answer")
    }
    assert kept == oracle.newest()
    totals = await rows(db, "SELECT unit_id, total FROM score WHERE layer = 'effective'")
    lines = await score_lines(db)
    for row in totals:
        wanted = score(oracle.effective(row["unit_id"]), "zero").total.points
        assert Fraction(row["total"]) == wanted
        told = [Fraction(line["delta"]) for line in lines if line["unit_id"] == row["unit_id"]]
        assert sum(told, Fraction(0)) == wanted
    await check_causes(db)
    await check_history(db)


async def check_history(db: Database) -> None:
    """Every event of a score is a moment that its layer keeps; the effective ones tell the whole story."""
    events = await rows(
        db,
        "SELECT convert_from(payload, 'UTF8')::jsonb AS told, ce_time::timestamptz AS at FROM outbox"
        " WHERE topic = 'zi.scoring.score.v1'",
    )
    kept = await rows(
        db, f"SELECT {', '.join(Moment._fields)} FROM history ORDER BY unit_id, year, layer, version"
    )
    told = [moment_of(ScoreChanged.model_validate(event["told"]), event["at"]) for event in events]
    assert sorted(told, key=lambda one: one[:4]) == [Moment(**row) for row in kept]
    for row in await rows(db, "SELECT unit_id, total FROM score WHERE layer = 'effective'"):
        moments = [one for one in kept if (one["unit_id"], one["layer"]) == (row["unit_id"], "effective")]
        story = between(None, [Told(one["at"], one["total"], one["causes"]) for one in moments])
        assert sum((line.delta for line in story.lines), Fraction(0)) == story.after == Fraction(row["total"])
        assert all(line.cause != RECOUNT for line in story.lines)


async def check_causes(db: Database) -> None:
    """Each score goes out with the lines of the log that moved it; what moved nothing in sum goes without."""
    events = await rows(
        db,
        "SELECT convert_from(payload, 'UTF8')::jsonb AS told FROM outbox"
        " WHERE topic = 'zi.scoring.score.v1' ORDER BY position",
    )
    before: dict[str, Fraction] = {}
    causes = []
    for told in (ScoreChanged.model_validate(event["told"]) for event in events):
        if told.layer != "effective":
            assert not told.causes
            continue
        total = Fraction(told.total)
        moved = sum((Fraction(cause.delta) for cause in told.causes), Fraction(0))
        assert moved == total - before.get(told.unit_id, Fraction(0))
        before[told.unit_id] = total
        causes += [(told.unit_id, _as_line(cause)) for cause in told.causes]
    lines = await score_lines(db)
    kept = [(row["unit_id"], {name: row[name] for name in row if name != "unit_id"}) for row in lines]
    unsaid = [line for line in kept if line not in causes]
    assert all(cause in kept for cause in causes)
    assert sum((Fraction(line["delta"]) for _, line in unsaid), Fraction(0)) == 0


def _as_line(cause: ScoreCause) -> dict[str, Any]:
    """Return the line of the log that a cause restores."""
    names = {
        "answer": ("layer", "origin", "answer"),
        "complaints": ("before", "after"),
        "others": ("changes",),
    }
    values = cause.model_dump() | {"subject": cause.code, "answer": cause.given}
    line = {name: values[name] for name in ("subject", "cause", "delta", "at", "event_id")}
    return line | {"detail": {name: values[name] for name in names[cause.cause]}}


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_any_repeats_and_contradictions_keep_the_newest_and_move_total_by_their_lines(
    scoring_db: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MERGED_AFTER", 3 + 40 * (seed % 2))
    draw, oracle = random.Random(seed), Oracle()
    facts = [drawn(draw, version, unit) for version in range(1, 61) for unit in ("u", "v")]
    facts += draw.sample(facts, 40)
    if seed % 2:  # nothing is merged away: each contradiction is known by its version
        facts += [drawn(draw, fact.version, fact.unit_id) for fact in draw.sample(facts, 15)]
    displaced = {place: draw.randrange(len(facts)) for place in draw.sample(range(len(facts)), 30)}
    facts.sort(key=lambda fact: (fact.version, fact.unit_id))
    for place, other in displaced.items():
        facts[place], facts[other] = facts[other], facts[place]
    while facts:
        size = draw.choice((1, 2, 5, 30))
        batch, facts = facts[:size], facts[size:]
        rejected = await fold_all(scoring_db, batch)
        conflicts = oracle.take(batch)
        assert [one.reason for one in rejected] == [DeadLetterReason.PAYLOAD_CONFLICT] * conflicts
    await check(scoring_db, oracle)


async def test_many_lines_of_one_batch_are_the_five_largest_and_one_for_all_others(
    scoring_db: Database,
) -> None:
    draw, oracle = random.Random(1), Oracle()
    batch = [drawn(draw, version) for version in range(1, 41)]
    await fold_all(scoring_db, [*batch, case("u", 1)])
    oracle.take(batch)
    lines = await score_lines(scoring_db)
    assert [line["cause"] for line in lines].count("others") == 1
    assert len(lines) == 6
    least = min(abs(Fraction(line["delta"])) for line in lines[1:])
    assert lines[0]["cause"] == "others"
    assert lines[0]["detail"]["changes"] >= 2
    assert least > 0


async def test_a_year_written_often_is_merged_and_its_versions_still_count(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MERGED_AFTER", 4)
    facts = [answered("u", version, "B.I.b", "ABC"[version % 3]) for version in range(1, 12)]
    for fact in facts:
        await fold_all(scoring_db, [fact])
    (kept,) = await rows(scoring_db, "SELECT count(*) AS entries FROM journal")
    assert kept["entries"] <= 4 + 1
    before = await digest_of(scoring_db)
    assert await fold_all(scoring_db, facts) == []
    assert (await digest_of(scoring_db)) == before


async def test_repeats_ask_the_database_once_whatever_their_number(
    scoring_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    found = journal.kept

    async def counted(session: Any, spans: Any) -> Any:
        asked.append(len(spans))
        return await found(session, spans)

    monkeypatch.setattr(journal, "kept", counted)
    facts = [answered(unit, version, "B.I.b", "A") for unit in "uvw" for version in range(1, 20)]
    await fold_all(scoring_db, facts)
    assert asked == [0]
    await fold_all(scoring_db, [*facts, answered("u", 20, "B.I.b", "B")])
    assert asked == [0, 3]


BEFORE = "scoring_0014"
OLD_ANSWER = """
    INSERT INTO answer VALUES ('u', 2026, 'unit', 'B.I.b', 'A', NULL, NULL, 'typed', NULL, '[]',
        '0193a4b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', '2026-03-02T07:00:00Z', 1, 'x')
    ON CONFLICT (unit_id, year, layer, item_code) DO UPDATE SET version = answer.version + 1 RETURNING 1
"""
OLD_STANDING = """
    INSERT INTO standing (unit_id, year, worksheet_version, sheets) VALUES ('u', 2026, 1, '{}')
    ON CONFLICT (unit_id, year) DO UPDATE SET worksheet_version = 2, moved_at = clock_timestamp() RETURNING 1
"""


async def test_answers_of_the_release_before_count_beside_the_journal_and_come_back_on_the_way_down(
    make_database: DatabaseMaker,
) -> None:
    made = await make_database("scoring")
    await at("scoring", made.owner_url, command.downgrade, BEFORE)
    await at("scoring", made.owner_url, sql=OLD_ANSWER)
    await at("scoring", made.owner_url, sql=OLD_STANDING)
    await at("scoring", made.owner_url, command.upgrade, "head")
    await at("scoring", made.owner_url, sql=OLD_STANDING)  # the release before may still write this year
    db = Database(made.app_url, pool_size=2)
    try:
        contradicting = [answered("u", 1, "B.I.b", "C"), answered("u", 1, "B.I.b", "A")]
        rejected = await fold_all(db, [*contradicting, answered("u", 3, "A.I.1.i.b", "A", layer="tpi")])
        assert [one.reason for one in rejected] == [DeadLetterReason.PAYLOAD_CONFLICT]
        with pytest.raises(DBAPIError, match="newer release"):
            await at("scoring", made.owner_url, sql=OLD_STANDING)
        wanted = {("unit", "B.I.b", "A", 1), ("tpi", "A.I.1.i.b", "A", 3)}
        assert {
            (row["layer"], row["item_code"], row["letter"], row["version"])
            for row in await rows(db, "SELECT * FROM newest_answer")
        } == wanted
        async with db.transaction() as session:
            await journal.merge(session, [("u", YEAR)])
        assert await rows(db, "SELECT 1 FROM answer") == []
        assert len(await rows(db, "SELECT 1 FROM journal")) == 1
    finally:
        await db.close()
    await at("scoring", made.owner_url, command.downgrade, BEFORE)
    found = await at(
        "scoring", made.owner_url, sql="SELECT concat_ws(' ', layer, item_code, letter, version) FROM answer"
    )
    assert {tuple(one.split()) for one in found} == {(*one[:3], str(one[3])) for one in wanted}


async def test_sheets_and_journal_hold_the_same(scoring_db: Database) -> None:
    draw = random.Random(5)
    facts = [drawn(draw, version) for version in range(1, 50)]
    async with scoring_db.transaction() as session:
        await fold(session, [received(fact) for fact in facts])
    (standing,) = await rows(scoring_db, "SELECT sheets FROM standing")
    oracle = Oracle()
    oracle.take(facts)
    sheets: dict[str, Answers] = {}
    for (_, layer, item), fact in oracle.newest().items():
        if (answer := answer_in(fact)) is not None:
            sheets.setdefault(layer, {})[item] = answer
    assert {layer: answers for layer, answers in unpack(standing["sheets"]).items() if answers} == sheets
