"""What operators do with dead letters, and what time does with their bytes: on a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import CursorResult, text

from shared.cli.errors import CliError
from shared.cli.operator.dlq import _replay_all, _replay_one
from shared.consumer import dead_letters
from shared.consumer.codec import Bad
from shared.consumer.sweep import DeadLetterSweep
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.db import Database
from tests.support import terminal
from tests.support.effects import TOPIC, answered
from tests.support.polling import until
from tests.support.terminal import Answered

EVENT = answered("dead")
HEADERS = [(name, value) for name, value in Event(EVENT, "zi/test", datetime.now(UTC)).headers()]


@dataclass(frozen=True)
class Written:
    """A record as a consumer would have met it."""

    offset: int
    value: bytes | None = EVENT.model_dump_json().encode()
    topic: str = TOPIC
    partition: int = 0
    timestamp: int = 1_780_000_000_000
    key: bytes | None = EVENT.key().encode()
    headers: Sequence[tuple[str, bytes | None]] = tuple(HEADERS)


async def keep(db: Database, *records: Written, reason: str = "impossible") -> list[int]:
    """Set records aside and return the ids of the dead letters."""
    async with db.transaction() as session:
        await dead_letters.keep(
            session,
            "scoring",
            [Bad(record, cast("DeadLetterReason", reason)) for record in records],
            source="zi/test",
        )
        offsets = [record.offset for record in records]
        found = await session.scalars(
            text("SELECT id FROM dead_letter WHERE record_offset = ANY(:offsets) ORDER BY id"),
            {"offsets": offsets},
        )
        return list(found)


async def execute(db: Database, sql: str) -> list[tuple[Any, ...]]:
    async with db.transaction() as session:
        result = cast("CursorResult[Any]", await session.execute(text(sql)))
        return [tuple(row) for row in result] if result.returns_rows else []


async def zi(url: str, *words: str) -> Answered:
    return await terminal.zi("dlq", *words, environment={"ZI_SCORING_DATABASE_URL": url})


async def test_a_dry_run_says_what_a_replay_would_meet_and_changes_nothing(
    db: Database, effects_url: str
) -> None:
    good, bad = await keep(db, Written(1), Written(2, value=b"{"))
    code, out, err = await zi(effects_url, "replay", "--all", "--dry-run", "--json")
    assert (code, err) == (0, "")
    assert [(row["id"], row["reason"], row["replay"]) for row in json.loads(out)] == [
        (good, "impossible", "would be folded"),
        (bad, "impossible", "bad_json"),
    ]
    assert await execute(db, "SELECT DISTINCT state, attempts FROM dead_letter") == [("open", 1)]
    assert await execute(db, "SELECT 1 FROM audit") == []
    code, _, err = await zi(effects_url, "replay", "4711", "--dry-run")
    assert (code, "no open dead letter 4711" in err) == (1, True)


async def test_a_replay_waits_for_the_asked_one_however_many_are_older(
    db: Database, effects_url: str
) -> None:
    await keep(db, *(Written(offset) for offset in range(1, 1002)))
    (newest,) = await keep(db, Written(5000))
    replaying = asyncio.create_task(zi(effects_url, "replay", str(newest), "--json"))

    async def asked() -> bool:
        return await execute(db, "SELECT id FROM dead_letter WHERE state = 'requested'") == [(newest,)]

    await until(asked)
    await execute(db, f"UPDATE dead_letter SET state = 'quarantined' WHERE id = {newest}")
    code, out, _ = await replaying
    assert (code, json.loads(out)) == (1, {"replayed": 0, "failed": 1, "left": 0})


async def test_replay_and_discard_leave_an_audit_row_each_without_a_person(
    db: Database, effects_url: str
) -> None:
    replayed, discarded = await keep(db, Written(1), Written(2))
    async with db.transaction() as session:
        assert await dead_letters.request_replay(session, replayed)
        assert not await dead_letters.request_replay(session, replayed)
    assert (await zi(effects_url, "discard", str(discarded), "--reason", "sent again by hand"))[0] == 0
    assert (await zi(effects_url, "discard", str(discarded), "--reason", "twice"))[0] == 1
    audited = "SELECT actor, operation, entity, entity_id, reason FROM audit ORDER BY at"
    assert await execute(db, audited) == [
        ("system", "replay_dead_letter", "dead_letter", str(replayed), None),
        ("system", "discard_dead_letter", "dead_letter", str(discarded), "sent again by hand"),
    ]


async def test_bytes_are_erased_after_90_days_and_rows_stay_visible(db: Database, effects_url: str) -> None:
    states = ("open", "replayed", "discarded", "quarantined", "requested")
    old = await keep(db, *(Written(offset) for offset in range(len(states))))
    (young,) = await keep(db, Written(99))
    for one, state in zip(old, states, strict=True):
        age = "interval '90 days 1 minute'"
        await execute(
            db, f"UPDATE dead_letter SET state = '{state}', received_at = now() - {age} WHERE id = {one}"
        )
    await execute(
        db, f"UPDATE dead_letter SET received_at = now() - interval '89 days 23 hours' WHERE id = {young}"
    )
    assert await DeadLetterSweep(db).step() > 0
    holding = (
        "SELECT id FROM dead_letter WHERE record_key IS NOT NULL OR record_value IS NOT NULL"
        " OR record_headers::text <> '[]' OR erased_at IS NULL ORDER BY id"
    )
    assert await execute(db, holding) == [(old[4],), (young,)]  # the requested one is about to be settled
    async with db.transaction() as session:
        listed = {row["id"]: row["erased_at"] for row in await dead_letters.listing(session, state="open")}
        assert listed.keys() == {old[0], young}
        assert (listed[old[0]] is None, listed[young] is None) == (False, True)
        assert await dead_letters.erase_old(session) == 0
        assert await dead_letters.groups(session) == [[young]]
    code, _, err = await zi(effects_url, "replay", str(old[0]))
    assert (code, "still has its bytes" in err) == (1, True)


async def test_erased_poison_read_again_is_not_announced_anew(db: Database) -> None:
    poison = Written(1, value=b"{")
    await keep(db, poison)
    await execute(db, "UPDATE dead_letter SET received_at = now() - interval '91 days'")
    await DeadLetterSweep(db).step()
    async with db.transaction() as session:
        again = await dead_letters.keep(
            session, "scoring", [Bad(poison, DeadLetterReason.BAD_JSON)], source="zi/test"
        )
        assert again == set()


async def settled(db: Database, verdicts: dict[str, str | None]) -> None:
    """Be the consumer: settle what is asked for by its reason, for ever."""
    while True:
        async with db.transaction() as session:
            wanted = await dead_letters.next_id(session, "scoring", after=0)
            stored = None if wanted is None else await dead_letters.lock_requested(session, wanted)
            if stored is not None:
                await dead_letters.settle(session, stored, verdicts[stored.reason])
        await asyncio.sleep(0.02)


@asynccontextmanager
async def settling(db: Database, verdicts: dict[str, str | None]) -> AsyncIterator[None]:
    task = asyncio.create_task(settled(db, verdicts))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_all_are_replayed_by_one_of_each_kind_first_and_no_try_is_burnt(db: Database) -> None:
    await keep(db, *(Written(offset) for offset in range(5)), reason="fold_failed")
    await keep(db, *(Written(offset) for offset in range(10, 14)), reason="mended")
    await keep(db, *(Written(offset) for offset in range(20, 22)), reason="other")
    async with settling(
        db, {"fold_failed": "fold_failed", "mended": None, "other": "another", "another": "another"}
    ):
        for _ in range(5):
            last = await _replay_all("scoring", db)
    assert last == {"replayed": 0, "failed": 2, "left": 5}
    counted = await execute(
        db, "SELECT reason, state, max(attempts), count(*) FROM dead_letter GROUP BY 1, 2"
    )
    assert sorted(counted) == [
        ("another", "open", 1, 2),
        ("fold_failed", "open", 1, 5),
        ("mended", "replayed", 1, 4),
    ]


async def test_a_quarantined_record_is_tried_again_when_forced(db: Database) -> None:
    (one,) = await keep(db, Written(1), reason="impossible")
    async with settling(db, {"impossible": "impossible"}):
        for _ in range(3):
            assert (await _replay_one("scoring", db, dead_letter=one, force=False))["failed"] == 1
    assert await execute(db, "SELECT state, attempts FROM dead_letter") == [("quarantined", 4)]
    with pytest.raises(CliError):
        await _replay_one("scoring", db, dead_letter=one, force=False)
    async with settling(db, {"impossible": None}):
        result = await _replay_one("scoring", db, dead_letter=one, force=True)
    assert result == {"replayed": 1, "failed": 0, "left": 0}


async def test_a_list_has_pages_and_says_how_many_there_are(db: Database, effects_url: str) -> None:
    ids = await keep(db, *(Written(offset) for offset in range(5)))
    code, out, _ = await zi(effects_url, "list", "--limit", "2", "--after", str(ids[1]), "--json")
    page = json.loads(out)
    assert (code, page["total"], page["next"]) == (0, 5, ids[3])
    assert [row["id"] for row in page["items"]] == ids[2:4]
    async with db.reading() as session:
        rest = await dead_letters.listing(session, state="open", limit=2, after=ids[3])
    assert [row["id"] for row in rest] == ids[4:]


async def test_a_record_without_a_time_and_with_odd_names_is_shown(db: Database, effects_url: str) -> None:
    odd = [(b"\xff\xfe".decode(errors="surrogateescape"), b"x"), ("null", None)]
    (one,) = await keep(db, Written(1, timestamp=-(10**17), headers=odd, value=b"\x00\xff"))
    code, out, err = await zi(effects_url, "show", str(one), "--json")
    assert (code, err) == (0, "")
    shown = json.loads(out)
    assert (shown["record_time"], shown["value"]) == (None, "base64:AP8=")
    assert shown["headers"] == [["\\udcff\\udcfe", "eA=="], ["null", None]]


async def test_bytes_that_the_database_refuses_leave_a_row_without_them_and_spare_others(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = dead_letters._pack
    monkeypatch.setattr(dead_letters, "_pack", lambda record: "{" if record.offset == 3 else pack(record))
    await keep(db, *(Written(offset) for offset in range(6)))
    held = await execute(
        db, "SELECT record_offset, record_value IS NULL, erased_at IS NULL FROM dead_letter ORDER BY 1"
    )
    assert held == [(n, n == 3, n != 3) for n in range(6)]
    assert await execute(db, "SELECT count(*) FROM outbox") == [(6,)]
