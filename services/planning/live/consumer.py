"""The consumer of planning: cases, what their handling proves, and survey figures, as replicas of ours."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.live.tables import (
    LiveCampaignRow,
    LiveCaseRow,
    LiveDesignationRow,
    LiveEvaluationRow,
    LiveReviewRow,
)
from services.planning.tables import Table
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, Values, fold_replica
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CaseFact,
    CoiDecided,
    CoiDeclared,
    CoiMapReviewed,
    DesignationFact,
    HandlingFact,
)
from shared.contracts.survey import TallyChanged
from shared.contracts.topics import consumed_by

SERVICE = "planning"
Make = Callable[[Received], Values]
"""How a record becomes a row."""


def _told(table: type[Table]) -> tuple[Replica, Make]:
    """Return a table's replica, and how a record becomes a row of it: its time beside fields of its names."""
    columns = [one for one in table.__table__.c if one.name not in ("told_at", "payload_hash")]
    days = {one.name for one in columns if isinstance(one.type, Date)}

    def value_of(fact: Any, name: str) -> Any:
        value = getattr(fact, name)
        return value if value is None or name not in days else date.fromisoformat(value)

    def make(received: Received) -> Values:
        values = {one.name: value_of(received.fact, one.name) for one in columns}
        return values | {"told_at": received.time, "payload_hash": received.payload_hash}

    return Replica(table), make


REPLICAS: Mapping[str, tuple[type[EventData], Replica, Make]] = {
    CaseFact.topic: (CaseFact, *_told(LiveCaseRow)),
    HandlingFact.topic: (HandlingFact, *_told(LiveEvaluationRow)),
    DesignationFact.topic: (DesignationFact, *_told(LiveDesignationRow)),
    CoiMapReviewed.topic: (CoiMapReviewed, *_told(LiveReviewRow)),
    TallyChanged.topic: (TallyChanged, *_told(LiveCampaignRow)),
}
"""Topic -> its facts, and the table that keeps the newest version of each."""
NOT_OURS = (CoiDeclared, CoiDecided)
"""Facts of these topics that prove nothing for a worksheet: who declared an interest is kept nowhere here."""


async def fold_live(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest version of each fact that planning counts; returns the records that cannot be true.

    What is of a unit that is not known yet waits for it. Cost: two statements a topic.
    """
    by_topic: dict[str, list[Received]] = defaultdict(list)
    for one in records:
        if not issubclass(one.contract, NOT_OURS):
            by_topic[one.contract.topic].append(one)
    rejected: list[Rejected] = []
    for topic, group in by_topic.items():
        contract, replica, row = REPLICAS[topic]
        rejected += await fold_replica(session, group, contract, replica, row)
    return rejected


live_consumer = partial(BatchConsumer, service=SERVICE, topics=consumed_by(SERVICE), fold=fold_live)
"""The consumer of everything this service reads, of a database and a broker."""
