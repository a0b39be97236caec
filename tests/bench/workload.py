"""The workload model: what a year of an agency's units looks like, in one place.

Source: performance.md section 1 (assumptions) and section 3 (events of 282 bytes, 3,000 units).
"""

import asyncio
import random
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.instruments.lke import lke_instrument

UNITS = 3_000
YEAR = 2026
IN_FLIGHT = 5_000


def option_items() -> list[tuple[str, tuple[str, ...]]]:
    """Return every option item with the letters of its scale that the peer knows too."""
    return [
        (code, tuple(question.scale.values))
        for code, question in lke_instrument().questions.items()
        if question.scale is not None and set(question.scale.values) <= set("ABCDE")
    ]


async def fill(bootstrap: str, events: int, *, seed: int = 1) -> None:
    """Put answer events on the worksheet topic, units and items drawn from `seed`, versions in order."""
    draw = random.Random(seed)
    items = option_items()
    versions: dict[int, int] = {}
    moment = datetime.now(UTC)
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, linger_ms=20, compression_type="zstd", max_batch_size=262_144
    ) as producer:
        waiting = []
        for _ in range(events):
            unit = draw.randrange(UNITS)
            versions[unit] = versions.get(unit, 0) + 1
            code, letters = draw.choice(items)
            data = WorksheetAnswered(
                unit_id=f"unit-{unit}",
                version=versions[unit],
                worksheet_id=f"unit-{unit}:{YEAR}",
                year=YEAR,
                layer="unit",
                item_code=code,
                letter=draw.choice(letters),
            )
            event = Event(data, "zi/bench", moment)
            waiting.append(
                await producer.send(
                    data.topic, event.value(), key=data.key().encode(), headers=event.headers()
                )
            )
            if len(waiting) >= IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
