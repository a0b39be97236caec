"""Planning's register in our replica: the newest version wins, and no version says two things."""

import asyncpg

from services.survey.consumer import fold_units
from shared.consumer.codec import Received
from shared.db import Database
from tests.integration.survey.conftest import unit_record


async def fold(db: Database, *records: Received) -> list[tuple[Received, str]]:
    async with db.transaction() as session:
        return [(one.received, one.reason) for one in await fold_units(session, records)]


async def name(owner: asyncpg.Connection) -> str:
    found: str = await owner.fetchval("SELECT name FROM unit WHERE unit_id = 'u-5'")
    return found


async def test_units_keep_their_newest_version_in_any_order(db: Database, owner: asyncpg.Connection) -> None:
    assert await fold(db, unit_record(2, "Kedua"), unit_record(3, "Ketiga")) == []
    assert await fold(db, unit_record(1, "Pertama"), unit_record(2, "Kedua")) == []
    row = await owner.fetchrow("SELECT name, zone, version FROM unit WHERE unit_id = 'u-5'")
    assert (row["name"], row["zone"], row["version"]) == ("Ketiga", "WIT", 3)


async def test_another_payload_under_a_known_version_is_rejected_and_changes_nothing(
    db: Database, owner: asyncpg.Connection
) -> None:
    assert await fold(db, unit_record(2, "Kedua")) == []
    assert await fold(db, unit_record(2, "Kedua")) == []
    other = unit_record(2, "Lain")
    assert await fold(db, other) == [(other, "payload_conflict")]
    assert await name(owner) == "Kedua"


async def test_of_two_payloads_under_one_version_in_a_batch_the_later_is_rejected(
    db: Database, owner: asyncpg.Connection
) -> None:
    first, other = unit_record(4, "Keempat"), unit_record(4, "Lain")
    assert await fold(db, first, first, other) == [(other, "payload_conflict")]
    assert await name(owner) == "Keempat"
