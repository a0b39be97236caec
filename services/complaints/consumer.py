"""Planning's registers of units and of people, folded into our replicas."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.tables import PersonRow, UnitRow
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, Values, fold_replica
from shared.contracts.planning import PersonFact, UnitFact
from shared.contracts.topics import consumed_by

SERVICE = "complaints"
_PEOPLE = Replica(PersonRow)


def _person(received: Received) -> Values:
    """Return the row of a person: days as dates, substitutes as they were told."""
    row = dict(_PEOPLE.row(received))
    ends = row["active_to"]
    row["active_from"] = date.fromisoformat(row["active_from"])
    row["active_to"] = None if ends is None else date.fromisoformat(ends)
    row["substitutes"] = json.dumps([dict(one) for one in row["substitutes"]])
    return row


_FOLDS = {
    UnitFact.topic: partial(fold_replica, contract=UnitFact, replica=Replica(UnitRow)),
    PersonFact.topic: partial(fold_replica, contract=PersonFact, replica=_PEOPLE, row=_person),
}


async def fold_registers(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each unit and person; returns the records that cannot be true.

    The same version with another payload is one. A person of a unit that is not known yet waits for it.
    """
    by_topic: dict[str, list[Received]] = defaultdict(list)
    for one in records:
        by_topic[one.contract.topic].append(one)
    rejected: list[Rejected] = []
    for topic, group in by_topic.items():
        rejected += await _FOLDS[topic](session, group)
    return rejected


register_consumer = partial(BatchConsumer, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_registers)
"""The consumer of everything this service reads, of a database and a broker."""
