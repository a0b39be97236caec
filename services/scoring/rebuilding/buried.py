"""What the live consumer buried, and why: a rebuild leaves it out, though it may decode today."""

from shared.consumer.codec import Record
from shared.consumer.dead_letters import Reasons, record_hash
from shared.contracts.dead_letters import DeadLetterReason
from shared.kafka.client import Unreadable


class Buried:
    """The dead letters of the live consumer, by the place and the bytes of their records."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self._places = {known[:3] for known in reasons}
        self._logs = {known[:2] for known in reasons}

    def lie_in(self, topic: str, partition: int) -> bool:
        """Tell whether any record of a log does not count."""
        return (topic, partition) in self._logs

    def reason(self, record: Record | Unreadable) -> DeadLetterReason | None:
        """Return why a record does not count, None when it does; hashes only what lies at a known place."""
        place = record.topic, record.partition, record.offset
        if place not in self._places:
            return None
        said = self._reasons.get((*place, record_hash(record)))
        return None if said is None else known(said)


def known(reason: str) -> DeadLetterReason:
    """Return the reason that a word names; another release may have said one that this one does not know."""
    try:
        return DeadLetterReason(reason)
    except ValueError:
        return DeadLetterReason.FOLD_FAILED
