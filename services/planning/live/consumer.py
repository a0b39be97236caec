"""The consumer of planning: complaint cases and survey figures, folded into replicas of ours."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.live.tables import LiveCampaignRow, LiveCaseRow
from services.planning.tables import Table
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, Values, fold_replica
from shared.contracts.base import EventData
from shared.contracts.complaints import CaseFact
from shared.contracts.survey import TallyChanged
from shared.contracts.topics import consumed_by

SERVICE = "planning"
Make = Callable[[Received], Values]
"""How a record becomes a row."""


def _told(table: type[Table]) -> tuple[Replica, Make]:
    """Return a table's replica, and how a record becomes a row of it: its time beside fields of its names."""
    names = [one.name for one in table.__table__.c if one.name not in ("told_at", "payload_hash")]

    def make(received: Received) -> Values:
        values = {name: getattr(received.fact, name) for name in names}
        return values | {"told_at": received.time, "payload_hash": received.payload_hash}

    return Replica(table), make


REPLICAS: Mapping[str, tuple[type[EventData], Replica, Make]] = {
    CaseFact.topic: (CaseFact, *_told(LiveCaseRow)),
    TallyChanged.topic: (TallyChanged, *_told(LiveCampaignRow)),
}
"""Topic -> its facts, and the table that keeps the newest version of each."""


async def fold_live(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each case and campaign; returns the records that cannot be true.

    A case or campaign of a unit that is not known yet waits for it. Cost: two statements a topic.
    """
    by_topic: dict[str, list[Received]] = defaultdict(list)
    for one in records:
        by_topic[one.contract.topic].append(one)
    rejected: list[Rejected] = []
    for topic, group in by_topic.items():
        contract, replica, row = REPLICAS[topic]
        rejected += await fold_replica(session, group, contract, replica, row)
    return rejected


live_consumer = partial(BatchConsumer, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_live)
"""The consumer of everything this service reads, of a database and a broker."""
