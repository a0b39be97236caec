"""Topics that are not as they were made: one is missing, one has more partitions than it should."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from shared.contracts.admin import create_topics
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.topics import PARTITIONS
from tests.chaos.oracle import Verdict
from tests.chaos.sheet import ITEMS, WORKSHEET, YEAR
from tests.chaos.stand import CONSUMERS, RELAYS, SOON_SECONDS, Stand
from tests.support.kafka import delete_topic, ends, producing, send, set_partitions
from tests.support.polling import until

ACTIVITY = "zi.planning.activity.v1"
NAMED_SECONDS = 60.0
"""10 s are promised; the rest is for a busy machine."""


@pytest.fixture
async def verdict() -> Verdict:
    return Verdict()


async def test_a_missing_topic_is_named_stops_only_its_own_events_and_is_mended_by_one_command(
    stand: Stand, verdict: Verdict
) -> None:
    units = await stand.units("no-topic", 1)
    await stand.answer(units)
    await stand.catches_up(units, what="all is well before")
    bus = stand.kafka.bootstrap
    # What a deleted topic held is lost and must halt its readers; this test is of a topic that held nothing.
    assert set((await ends(bus, [ACTIVITY])).values()) == {0}, "activities were published before this test"

    await delete_topic(bus, ACTIVITY)
    try:
        ((unit, token),) = units.items()
        body = {"unit_id": unit, "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat tim kerja"}
        planned = await stand.send("planning", "/activities", token, body)
        assert planned.status_code == 201, planned.text
        for name in CONSUMERS:
            await _hold(verdict, f"{name} names the topic", partial(_names, stand, name, "/readyz/worker"))
        await _hold(verdict, "a relay names the topic", lambda: _a_relay_names(stand))

        await stand.answer(units)
        accepted = await stand.versions(list(units))
        await _hold(verdict, "other events flow on", lambda: stand.has_applied(accepted))
        await _judge_status(stand, verdict)
        made = await stand.zi("create-topics")
        verdict.equal("exit code of `zi create-topics`", made.code, 0)
        verdict.equal("`zi create-topics` names what it made", ACTIVITY in made.out, True)
    finally:
        await create_topics(bus)
    arrived = "SELECT count(*) FROM activity WHERE unit_id = $1"
    await _hold(verdict, "the waiting event arrives", lambda: stand.value("scoring", arrived, unit))
    await _hold(verdict, "everything is published", stand.is_published)
    for name in CONSUMERS:
        await _hold(verdict, f"{name} is ready", partial(stand.is_ready, name, "/readyz/worker"))
    assert not verdict.violations, "; ".join(verdict.violations)


async def _names(stand: Stand, process: str, path: str) -> bool:
    return ACTIVITY in (await stand.probe(process, path))[1]


async def _a_relay_names(stand: Stand) -> bool:
    return any([await _names(stand, name, "/readyz/relay") for name in RELAYS])


async def _judge_status(stand: Stand, verdict: Verdict) -> None:
    """`zi consumer status` answers while the topic is missing, and names it."""
    status = await stand.zi("consumer", "status", "--service", "scoring", "--json")
    verdict.equal("exit code of `zi consumer status`", status.code, 0)
    if status.code == 0:
        found = [row for row in _rows(status.json()) if row["topic"] == ACTIVITY]
        verdict.equal("`zi consumer status` says missing", any("missing" in r.values() for r in found), True)


async def test_partitions_added_by_mistake_are_consumed_at_once(stand: Stand, verdict: Verdict) -> None:
    units = await stand.units("more-partitions", 12)
    await stand.answer(units)
    await stand.catches_up(units, what="all is well before")
    faults = _exceptions(stand)

    await set_partitions(stand.kafka.bootstrap, WORKSHEET, PARTITIONS + 1)
    await _answer_on(stand, "new-partition", PARTITIONS)
    await stand.answer(units)

    applied = "SELECT count(*) FROM newest_answer WHERE unit_id = 'new-partition'"

    async def is_applied() -> bool:
        return bool(await stand.value("scoring", applied) == len(ITEMS))

    await _hold(verdict, "the new partition's records are applied", is_applied)
    accepted = await stand.versions(list(units))
    await _hold(verdict, "all others are applied", lambda: stand.has_applied(accepted))
    for name in CONSUMERS:
        await _hold(verdict, f"{name} is ready", partial(stand.is_ready, name, "/readyz/worker"))
    status = await stand.zi("consumer", "status", "--service", "scoring", "--json")
    verdict.equal("exit code of `zi consumer status`", status.code, 0)
    if status.code == 0:
        places = {(row["topic"], row["partition"]): row["lag"] for row in _rows(status.json())}
        verdict.equal("lag of the new partition", places.get((WORKSHEET, PARTITIONS)), 0)
    told = await stand.zi("create-topics")
    verdict.equal("`zi create-topics` names the topic", WORKSHEET in told.out + told.err, True)
    verdict.equal("exceptions in the consumers' logs", _exceptions(stand) - faults, 0)
    assert not verdict.violations, "; ".join(verdict.violations)


async def _answer_on(stand: Stand, unit: str, partition: int) -> None:
    """Publish an answer to every item on a partition, as a producer that knows of it may."""
    async with producing(stand.kafka.bootstrap) as producer:

        async def is_there() -> bool:
            return partition in await producer.partitions_for(WORKSHEET)

        await until(is_there, seconds=SOON_SECONDS, what="the new partition has a leader")
        for version, (code, letters) in enumerate(ITEMS, 1):
            data = WorksheetAnswered(
                unit_id=unit,
                version=version,
                worksheet_id=f"w-{unit}",
                year=YEAR,
                layer="unit",
                item_code=code,
                letter=letters[0],
            )
            await send(producer, data, partition=partition)


def _exceptions(stand: Stand) -> int:
    """Return how many exceptions stand in the logs of scoring's consumers."""
    return sum(stand.log(name).count('"exception":') for name in CONSUMERS)


def _rows(shown: object) -> list[dict[str, object]]:
    """Return the rows of a listing, which is a list or a page of one."""
    if isinstance(shown, dict):
        shown = shown["items"]
    assert isinstance(shown, list)
    return shown


async def _hold(
    verdict: Verdict, what: str, condition: Callable[[], Awaitable[object]], seconds: float = NAMED_SECONDS
) -> None:
    """Note a violation when something does not come true in time, and go on."""
    try:
        await until(condition, seconds=seconds, what=what)
    except AssertionError as error:
        verdict.violations.append(str(error))
