"""Planning's register in our replica: the newest version wins, whatever the order."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from services.complaints.consumer import fold_registers
from shared.consumer.codec import Received
from shared.contracts.envelope import Event
from shared.contracts.planning import UnitChanged
from shared.db import Database
from tests.integration.complaints.conftest import Filer


def changed(version: int, name: str, unit_id: str = "u-5") -> Received:
    data = UnitChanged(
        unit_id=unit_id,
        version=version,
        agency_id="a-1",
        name=name,
        unit_type="balai",
        echelon="III",
        has_service_function=True,
        zone="WITA",
    )
    event = Event(data, "zi/planning", datetime(2026, 1, 5, tzinfo=UTC))
    return Received.of(event, cast("Any", SimpleNamespace(value=event.value())))


@dataclass
class Replica:
    db: Database

    async def fold(self, *records: Received) -> list[str]:
        async with self.db.transaction() as session:
            return [rejected.reason for rejected in await fold_registers(session, records)]


async def test_the_newest_version_wins_in_any_order(db: Database, filer: Filer) -> None:
    replica = Replica(db)
    assert await replica.fold(changed(2, "Dua"), changed(1, "Satu")) == []
    assert await replica.fold(changed(1, "Satu")) == []
    assert await replica.fold(changed(3, "Tiga"), changed(1, "Lain", "u-6")) == []
    rows = await filer.rows("SELECT unit_id, name, version FROM unit WHERE unit_id > 'u-4' ORDER BY unit_id")
    assert [tuple(row) for row in rows] == [("u-5", "Tiga", 3), ("u-6", "Lain", 1)]


async def test_a_version_that_says_something_else_is_set_aside(db: Database) -> None:
    replica = Replica(db)
    await replica.fold(changed(2, "Dua"))
    assert await replica.fold(changed(2, "Dua")) == []
    assert await replica.fold(changed(2, "Lain")) == ["payload_conflict"]
    assert await replica.fold(changed(4, "Empat"), changed(4, "Lain")) == ["payload_conflict"]
