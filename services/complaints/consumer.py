"""Planning's register of units, folded into our replica."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.store import units
from shared.consumer import BatchConsumer, Received, Rejected
from shared.contracts.planning import UnitFact
from shared.contracts.topics import consumed_by
from shared.db import Database

SERVICE = "complaints"
CHANGED = "changed_fact"


def unit_consumer(db: Database, bootstrap: str) -> BatchConsumer:
    """Return the consumer of everything this service reads."""
    return BatchConsumer(db, bootstrap, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_units)


async def fold_units(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each unit; the same version with other content cannot be true."""
    newest: dict[str, tuple[Received, UnitFact]] = {}
    rejected: list[Rejected] = []
    for record in records:
        data = record.data
        if not isinstance(data, UnitFact):
            rejected.append(Rejected(record, "unexpected_type"))
        elif data.unit_id not in newest or data.version > newest[data.unit_id][1].version:
            newest[data.unit_id] = (record, data)
        elif (
            data.version == newest[data.unit_id][1].version
            and record.payload_hash != newest[data.unit_id][0].payload_hash
        ):
            rejected.append(Rejected(record, CHANGED))
    if not newest:
        return rejected
    rows = [
        {
            "unit_id": data.unit_id,
            "agency_id": data.agency_id,
            "name": data.name,
            "zone": data.zone,
            "is_active": data.is_active,
            "is_demo": data.is_demo,
            "version": data.version,
            "payload_hash": record.payload_hash,
        }
        for record, data in newest.values()
    ]
    changed = await units.upsert(session, rows)
    return [*rejected, *(Rejected(newest[unit_id][0], CHANGED) for unit_id in changed)]
