"""A holder that is gone without a word, paused or cut off, loses its right; woken, it does no harm."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from time import monotonic

import asyncpg
import pytest

from tests.chaos.oracle import Published, Verdict, judge_facts, judge_topics, read_topics
from tests.chaos.sheet import WORKSHEET
from tests.chaos.stand import CONSUMERS, RELAYS, SOON_SECONDS, Stand
from tests.chaos.traffic import Traffic
from tests.support.pausing import paused
from tests.support.polling import until

TAKEOVER_SECONDS = 60.0
"""10 s are promised; the rest is for a busy machine."""
STALLED_SECONDS = 35.0
"""A relay says within 30 s that the backlog does not move; the rest is for its measuring."""
WATCHED_SECONDS = 90.0

Fault = Callable[[Stand, str], AbstractContextManager[None]]


def pause(stand: Stand, process: str) -> AbstractContextManager[None]:
    return paused(stand.pid(process))


def cut_from_database(stand: Stand, process: str) -> AbstractContextManager[None]:
    return stand.database_proxies[process].is_cut()


@dataclass
class Replacement:
    """What was seen between the fault and the first event published after it."""

    seconds: float | None = None
    lie: str = ""


@pytest.mark.parametrize("fault", [pause, cut_from_database])
async def test_a_relay_that_is_gone_without_a_word_loses_its_right_and_doubles_nothing_when_it_is_back(
    stand: Stand, fault: Fault
) -> None:
    units = await stand.units(fault.__name__.replace("_", "-"), 4)
    traffic = Traffic(stand, units)
    async with traffic.flowing():
        active = await until(lambda: _active(stand), seconds=SOON_SECONDS, what="one relay is active")
        (spare,) = set(RELAYS) - {active}
        await traffic.accepted(10)
        with fault(stand, active):
            seen = await _see_replacement(stand, spare)
            await traffic.accepted(10)
        await traffic.accepted(20)
    await until(stand.is_published, seconds=SOON_SECONDS, what="everything accepted is published")

    verdict = Verdict()
    records = await _published(stand, units)
    judge_topics(verdict, records)
    judge_facts(verdict, records, traffic.history.facts())
    if seen.seconds is None:
        verdict.violations.append(f"the spare published nothing within {WATCHED_SECONDS} s")
    elif seen.seconds > TAKEOVER_SECONDS:
        verdict.violations.append(f"the spare published only after {seen.seconds:.1f} s")
    if seen.lie:
        verdict.violations.append(seen.lie)
    assert not verdict.violations, "; ".join(verdict.violations)


async def _published(stand: Stand, units: Collection[str]) -> list[Published]:
    """Return the units' answers as they stand on the topic."""
    records = await read_topics(stand.kafka.bootstrap, prefix=WORKSHEET)
    return [record for record in records if record.unit_id in units]


async def _active(stand: Stand) -> str:
    """Return the one relay that holds the right, an empty string while it is not one."""
    holders = [name for name in RELAYS if await stand.metric(name, "zi_outbox_relay_active")]
    return holders[0] if len(holders) == 1 else ""


async def _see_replacement(stand: Stand, spare: str) -> Replacement:
    """Watch the outbox and the spare's probe until an event of after the fault is published."""
    began = monotonic()
    mark = await stand.value("planning", "SELECT max(position) FROM outbox")
    moved = (
        "SELECT EXISTS (SELECT FROM outbox WHERE position > $1"
        " AND position NOT IN (SELECT position FROM outbox_waiting))"
    )
    oldest = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM outbox_waiting"
    seen = Replacement()

    async def is_over() -> bool:
        if await stand.value("planning", moved, mark):
            seen.seconds = monotonic() - began
            return True
        waited = float(await stand.value("planning", oldest))
        if waited > STALLED_SECONDS and await stand.is_ready(spare, "/readyz/relay"):
            seen.lie = f"the spare's /readyz/relay was green while the oldest event waited {waited:.0f} s"
        return monotonic() - began > WATCHED_SECONDS

    await until(is_over, seconds=2 * WATCHED_SECONDS)
    return seen


# -- consumers ----------------------------------------------------------------------------------------------

COUNT_EFFECTS = """
    CREATE TABLE IF NOT EXISTS chaos_effect (unit_id text, item_code text, version bigint);
    CREATE OR REPLACE FUNCTION chaos_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO public.chaos_effect
        SELECT NEW.unit_id, fact->>2, (fact->>0)::bigint FROM json_array_elements(NEW.facts::json) AS fact;
        RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER chaos_count AFTER INSERT ON journal
        FOR EACH ROW EXECUTE FUNCTION chaos_count();
"""
DOUBLED = "SELECT * FROM chaos_effect GROUP BY unit_id, item_code, version HAVING count(*) > 1"


def cut_from_broker(stand: Stand, _process: str) -> AbstractContextManager[None]:
    return stand.kafka_proxy.is_cut()


@pytest.mark.parametrize("fault", [pause, cut_from_broker])
async def test_a_consumer_that_is_gone_without_a_word_is_replaced_and_applies_nothing_twice_when_it_is_back(
    stand: Stand, fault: Fault
) -> None:
    await stand.script("scoring", COUNT_EFFECTS)
    units = await stand.units(f"consumer-{fault.__name__}".replace("_", "-"), 12)
    traffic = Traffic(stand, units)
    async with traffic.flowing():
        await until(lambda: _share(stand), seconds=SOON_SECONDS, what="both consumers have partitions")
        await traffic.accepted(24)
        with fault(stand, CONSUMERS[1]):
            await traffic.accepted(12)
            await stand.catches_up(units, what="the other consumer applies what the lost one had")
        await traffic.accepted(24)
    await stand.catches_up(units, what="everything is applied")

    assert await stand.sql("scoring", DOUBLED) == [], "effects happened twice"
    records = await _published(stand, units)
    halves = {record.partition // 6 for record in records}
    assert halves == {0, 1}, "the traffic must reach the partitions of both consumers"
    verdict = Verdict()
    judge_topics(verdict, records)
    judge_facts(verdict, records, traffic.history.facts())
    assert not verdict.violations, "; ".join(verdict.violations)


async def _share(stand: Stand) -> bool:
    return all([await stand.is_ready(name, "/readyz/worker") for name in CONSUMERS])


async def test_a_consumer_stopped_in_the_midst_of_a_batch_does_not_keep_its_partitions(stand: Stand) -> None:
    await stand.script("scoring", COUNT_EFFECTS)
    units = await stand.units("mid-batch", 12)
    await stand.answer(units)
    await stand.catches_up(units, what="all consumers are at work")
    await until(lambda: _share(stand), seconds=SOON_SECONDS, what="both consumers have partitions")
    async with _answers_locked(stand) as locked:
        await stand.answer(units)
        await until(lambda: _both_wait(stand), seconds=SOON_SECONDS, what="both consumers are in a batch")
        with paused(stand.pid(CONSUMERS[1])):
            await locked.execute("ROLLBACK")
            await stand.catches_up(units, what="the other consumer applies what the stopped one holds")
    await stand.answer(units)
    await stand.catches_up(units, what="everything is applied")
    assert await stand.sql("scoring", DOUBLED) == [], "effects happened twice"


@asynccontextmanager
async def _answers_locked(stand: Stand) -> AsyncIterator[asyncpg.Connection]:
    """Let no consumer finish a batch of answers until the given connection rolls back."""
    connection = await asyncpg.connect(stand.database("scoring"))
    try:
        await connection.execute("BEGIN; LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE")
        yield connection
    finally:
        await connection.close()


async def _both_wait(stand: Stand) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'zi_scoring' AND wait_event_type = 'Lock'"
    )
    return bool(await stand.value("scoring", waiting) == len(CONSUMERS))
