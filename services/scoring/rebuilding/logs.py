"""Which logs are folded together."""

from collections.abc import Mapping

from shared.kafka.client import Partition

MOST_RECORDS = 1_500_000
"""Records of logs that are folded together: a partition of a national year's cases, or several small ones."""
LEAST_RECORDS = 20_000
"""Fewer are not divided any further: each part costs a transaction."""
PARTS = 6
"""Parts of each hand, so that none waits long for the last one of another."""

Logs = Mapping[Partition, tuple[int, int]]
"""From which offset and up to which each partition is read."""


def divided(starts: Mapping[Partition, int], ends: Mapping[Partition, int], hands: int) -> list[Logs]:
    """Divide what lies between two offsets into parts for so many hands; the largest logs first.

    A log stays whole: what a unit's answers are judged by stands in one.
    """
    logs = {place: (starts.get(place, 0), end) for place, end in ends.items() if end > starts.get(place, 0)}
    most = min(MOST_RECORDS, max(LEAST_RECORDS, size(logs) // (hands * PARTS)))
    parts: list[dict[Partition, tuple[int, int]]] = []
    for place in sorted(logs, key=lambda one: (logs[one][0] - logs[one][1], one)):
        alone = {place: logs[place]}
        if parts and size(parts[-1]) + size(alone) <= most:
            parts[-1] |= alone
        else:
            parts.append(alone)
    return list(parts)


def size(logs: Logs) -> int:
    """Return how many records lie between the offsets, holes included."""
    return sum(end - start for start, end in logs.values())
