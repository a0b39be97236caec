"""Planning's register of units, folded into our replica."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.store import units
from shared.consumer import BatchConsumer, Received, Rejected
from shared.contracts.planning import UnitFact
from shared.contracts.topics import consumed_by
from shared.db import Database

SERVICE = "survey"
PAYLOAD_CONFLICT = "payload_conflict"
"""Another payload under a version that is known already."""


def unit_consumer(db: Database, bootstrap: str) -> BatchConsumer:
    """Return the consumer of everything this service reads."""
    return BatchConsumer(db, bootstrap, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_units)


async def fold_units(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each unit; the same version with another payload cannot be true."""
    newest: dict[str, tuple[Received, UnitFact]] = {}
    rejected: list[Rejected] = []
    for record in records:
        data = record.data
        if not isinstance(data, UnitFact):
            rejected.append(Rejected(record, "unexpected_type"))
            continue
        known, fact = newest.get(data.unit_id, (record, data))
        if known is record or data.version > fact.version:
            newest[data.unit_id] = (record, data)
        elif data.version == fact.version and record.payload_hash != known.payload_hash:
            rejected.append(Rejected(record, PAYLOAD_CONFLICT))
    if newest:
        facts = [(data, record.payload_hash) for record, data in newest.values()]
        conflicts = await units.upsert(session, facts)
        rejected += [Rejected(newest[unit_id][0], PAYLOAD_CONFLICT) for unit_id in sorted(conflicts)]
    return rejected
