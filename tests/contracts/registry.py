"""The contracts of the registry, each once."""

from shared.contracts.base import EventData
from shared.contracts.dead_letters import RecordDeadLettered
from shared.contracts.topics import TOPICS

CONTRACTS: tuple[type[EventData], ...] = (
    *(contract for topic in TOPICS for contract in topic.events),
    RecordDeadLettered,
)
