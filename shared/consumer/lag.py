"""How long a partition's oldest unapplied record has been waiting, without reading that record."""

from collections.abc import Iterable, Mapping

from shared.consumer.codec import Record, moment_of
from shared.contracts.topics import DAY_TOPICS
from shared.kafka.client import Partition


class LagClock:
    """Bounds the wait from what is known anyway; all times are Unix seconds.

    Unapplied records were made after the newest applied one, and came after the moment at which nothing was
    left to apply: the later of both moments is the bound. Records that carry a day only say nothing of the
    first one.
    """

    def __init__(self) -> None:
        self._applied: dict[Partition, float] = {}
        self._empty: dict[Partition, float] = {}
        self._first_look: dict[Partition, float] = {}

    def applied(self, records: Iterable[Record]) -> None:
        """Note the newest applied record of each partition."""
        for record in records:
            made = None if record.topic in DAY_TOPICS else moment_of(record)
            if made is not None:  # else a time of nobody's says nothing
                self._applied[record.topic, record.partition] = made.timestamp()

    def seconds(self, lags: Mapping[Partition, int], now: float) -> dict[Partition, float]:
        """Return for each partition how long its oldest unapplied record waited at most; 0 without lag."""
        for partition, lag in lags.items():
            if lag == 0:
                self._empty[partition] = now
        return {
            partition: max(0.0, now - self._since(partition, now)) if lag else 0.0
            for partition, lag in lags.items()
        }

    def _since(self, partition: Partition, now: float) -> float:
        known = [moments[partition] for moments in (self._applied, self._empty) if partition in moments]
        # Behind since before the first look, and nothing applied yet: nobody knows more.
        return max(known) if known else self._first_look.setdefault(partition, now)
