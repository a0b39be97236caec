"""Planning's registers of units and of people, folded into our replicas."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.tables import PERSON, PERSON_LOG_IN, PersonRow, UnitRow
from shared.consumer.batch import Fold
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, Values, fold_replica
from shared.contracts.planning import PersonFact, UnitFact
from shared.contracts.topics import consumed_by
from shared.db.arrays import among

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


async def _fold_people(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each person, and the accounts of those who came."""
    rejected = await fold_replica(session, records, PersonFact, _PEOPLE, _person)
    named = {one.fact.person_id for one in records if issubclass(one.contract, PersonFact)}
    came = among(PERSON.c.person_id, sorted(named))
    await session.execute(PERSON_LOG_IN.delete().where(among(PERSON_LOG_IN.c.person_id, sorted(named))))
    theirs = select(func.unnest(PERSON.c.subjects), PERSON.c.person_id).where(came).distinct()
    await session.execute(PERSON_LOG_IN.insert().from_select(["subject", "person_id"], theirs))
    return rejected


_FOLDS: Mapping[str, Fold] = {
    UnitFact.topic: partial(fold_replica, contract=UnitFact, replica=Replica(UnitRow)),
    PersonFact.topic: _fold_people,
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
