"""The workload model: what a year of an agency's units looks like, in one place.

Source: performance.md section 1 (assumptions) and section 3 (events of 282 bytes, 3,000 units).
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.contracts.admin import create_topics
from shared.contracts.complaints import (
    CaseClosed,
    CaseDisposed,
    CaseDrafted,
    CaseFact,
    CaseFollowedUp,
    CaseReassigned,
    CaseReceived,
    CaseResponded,
    CaseVerified,
)
from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.instruments.lke import lke_instrument
from tests.support.polling import until

YEAR = 2026
UNITS = 3_000
IN_FLIGHT = 5_000
YEAR_EVENTS = 28_000_000
"""Events of a national year, 60 % of them of complaint cases."""
YEAR_UNITS = 5_000
"""Units of a national year."""
BURSTS = {"1x": 500, "10x": 5_000, "100x": 50_000}
"""Events a second that a design burst brings at each scale."""
RECENT = 1_000
"""How far back a duplicate reaches."""
CASE_LIFE: tuple[tuple[type[CaseFact], str, str], ...] = (
    (CaseReceived, "DITERIMA", "in_progress"),
    (CaseVerified, "DIVERIFIKASI", "in_progress"),
    (CaseDisposed, "DIDISPOSISIKAN", "in_progress"),
    (CaseReassigned, "DIDISPOSISIKAN", "in_progress"),
    (CaseFollowedUp, "DIPROSES", "in_progress"),
    (CaseDrafted, "DIPROSES", "in_progress"),
    (CaseResponded, "DITANGGAPI", "in_progress"),
    (CaseClosed, "SELESAI", "completed"),
)
"""The eight events of a case: fact, state, and how it counts."""
OPEN_CASES = 5_000


@dataclass(frozen=True, slots=True)
class Mix:
    """A stream of records. Shares are of all records; a hot unit gets its share of the answers.

    A duplicate is a record sent again byte for byte, a poison record is no JSON.
    """

    events: int
    units: int = UNITS
    seed: int = 1
    cases: float = 0.0
    duplicates: float = 0.0
    poison: float = 0.0
    hot: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One record as it goes to the topic; `event` is None for poison."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    data: WorksheetAnswered | CaseFact | None
    is_duplicate: bool = False


def option_items() -> list[tuple[str, tuple[str, ...]]]:
    """Return every option item with the letters of its scale that the peers know too."""
    return [
        (code, tuple(question.scale.values))
        for code, question in lke_instrument().questions.items()
        if question.scale is not None and set(question.scale.values) <= set("ABCDE")
    ]


def stream(mix: Mix) -> Iterator[Sent]:
    """Yield the records of a mix, the same for the same mix; versions rise in order."""
    draw = random.Random(mix.seed)
    moment = datetime(YEAR, 11, 2, tzinfo=UTC)
    answers, cases = _answers(mix, draw), _cases(mix, draw)
    recent: deque[Sent] = deque(maxlen=RECENT)
    for _ in range(mix.events):
        luck = draw.random()
        if luck < mix.duplicates and recent:
            again = draw.choice(recent)
            yield Sent(again.topic, again.key, again.value, again.headers, again.data, is_duplicate=True)
            continue
        data = next(cases) if draw.random() < mix.cases else next(answers)
        event = Event(data, "zi/bench", moment)
        made = Sent(data.topic, data.key().encode(), event.value(), event.headers(), data)
        if luck > 1 - mix.poison:
            yield Sent(made.topic, made.key, b'{"unit_id"', made.headers, None)
            continue
        recent.append(made)
        yield made


def _answers(mix: Mix, draw: random.Random) -> Iterator[WorksheetAnswered]:
    items = option_items()
    versions: dict[int, int] = {}
    while True:
        unit = 0 if draw.random() < mix.hot else draw.randrange(mix.units)
        versions[unit] = versions.get(unit, 0) + 1
        code, letters = draw.choice(items)
        yield WorksheetAnswered(
            unit_id=f"unit-{unit}",
            version=versions[unit],
            worksheet_id=f"unit-{unit}:{YEAR}",
            year=YEAR,
            layer="unit",
            item_code=code,
            letter=draw.choice(letters),
        )


def _cases(mix: Mix, draw: random.Random) -> Iterator[CaseFact]:
    """Yield events of many cases that live side by side."""
    living: list[tuple[int, int, int]] = []
    opened = 0
    while True:
        if len(living) < OPEN_CASES:
            number, unit, stage = opened, draw.randrange(mix.units), 0
            opened += 1
        else:
            place = draw.randrange(len(living))
            living[place], living[-1] = living[-1], living[place]
            number, unit, stage = living.pop()
        fact, state, counts_as = CASE_LIFE[stage]
        if stage + 1 < len(CASE_LIFE):
            living.append((number, unit, stage + 1))
        yield fact.model_validate(
            {
                "unit_id": f"unit-{unit}",
                "version": stage + 1,
                "case_id": f"case-{number}",
                "kind": "pengaduan",
                "stream": "masyarakat" if number % 3 else "pelayanan",
                "channel_kind": "web",
                "state": state,
                "cycle": 1,
                "counts_as": counts_as,
                "period_year": YEAR,
                "received_at": datetime(YEAR, 3, 2, 7, tzinfo=UTC),
            }
        )


async def refill(bootstrap: str, mix: Mix) -> None:
    """Empty the topics of answers and cases and put the records of a mix on them."""
    await empty(bootstrap, (WorksheetAnswered.topic, CaseFact.topic))
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, compression_type="zstd", max_batch_size=262_144
    ) as producer:
        waiting = []
        for sent in stream(mix):
            waiting.append(await producer.send(sent.topic, sent.value, key=sent.key, headers=sent.headers))
            if len(waiting) >= IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


async def empty(bootstrap: str, topics: Iterable[str]) -> None:
    """Delete topics and create them anew: what an earlier benchmark sent would be read again."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = list(topics)
        await admin.delete_topics(names)

        async def are_gone() -> bool:
            return not set(names) & set(await admin.list_topics())

        await until(are_gone, what=f"{names} are deleted")
    except UnknownTopicOrPartitionError:
        pass
    finally:
        await admin.close()
    await create_topics(bootstrap)
