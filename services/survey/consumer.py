"""Planning's register of units, folded into our replica."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.tables import UnitRow
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, fold_replica
from shared.contracts.planning import UnitFact
from shared.contracts.topics import consumed_by
from shared.db import Database

SERVICE = "survey"
_UNITS = Replica(UnitRow)


def unit_consumer(db: Database, bootstrap: str) -> BatchConsumer:
    """Return the consumer of everything this service reads."""
    return BatchConsumer(db, bootstrap, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_units)


async def fold_units(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each unit; the same version with another payload cannot be true."""
    return await fold_replica(session, records, UnitFact, _UNITS)
