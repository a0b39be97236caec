"""Which partitions are ours and how far they are behind: for our own progress, and as metrics."""

import time
from collections.abc import Iterable, Mapping

from shared.consumer.codec import Record
from shared.consumer.lag import LagClock
from shared.consumer.progress import Progress
from shared.consumer.watermark import Mark
from shared.kafka.client import Partition
from shared.observability import metrics


class LagMeter:
    """Told of assignments and batches, it measures only what is assigned to this process."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._clock = LagClock()
        self._assigned: set[Partition] = set()
        self._seen: dict[Partition, int] = {}

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Note the whole of what Kafka gave us."""
        self._assigned = set(partitions)

    def revoke(self, partitions: Iterable[Partition]) -> None:
        """Forget what Kafka takes away: whoever gets it shows it."""
        none = dict.fromkeys(partitions, 0)
        self._show(none, none)
        self._assigned = set()
        self._clock = LagClock()

    def applied(self, last: Iterable[Record]) -> None:
        """Note the newest applied record of each partition."""
        self._clock.applied(last)

    def measure(self, marks: Mapping[Partition, Mark], ends: Mapping[Partition, int]) -> None:
        """Compare all watermarks with the ends of the log."""
        offsets = {partition: mark.next_offset for partition, mark in marks.items()}
        lags = {partition: max(0, ends[partition] - offset) for partition, offset in offsets.items()}
        if self._assigned:
            mine = {partition: lag for partition, lag in lags.items() if partition in self._assigned}
            self._progress.note_lag(sum(mine.values()))
            self._show(mine, self._clock.seconds(mine, time.time()))
        else:  # a spare worker: all is well while others move on
            self._progress.note_lag(sum(lags.values()), is_moving=offsets != self._seen)
        self._seen = offsets

    def _show(self, records: Mapping[Partition, int], seconds: Mapping[Partition, float]) -> None:
        for partition, count in records.items():
            metrics.CONSUMER_LAG_RECORDS.labels(*partition).set(count)
            metrics.CONSUMER_LAG_SECONDS.labels(*partition).set(seconds[partition])
