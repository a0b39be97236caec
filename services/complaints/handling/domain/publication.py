"""What anybody may know of how many complaints a unit got: no count so small that it points at somebody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A unit's counts of a year; None: too small to be told, or told by it.

    `received` is the sum of the other three: complaints in progress, complaints completed, and all else
    (dismissed, withdrawn, and cases that are no complaints).
    """

    received: int | None
    in_progress: int | None
    completed: int | None
    other: int | None


def published(received: int, in_progress: int, completed: int, smallest: int) -> Published:
    """Return what may be told, no count below `smallest`.

    One small part hides all: it would follow from the sum and the others.
    """
    if received < smallest:
        return Published(None, None, None, None)
    parts = (in_progress, completed, received - in_progress - completed)
    if any(0 < part < smallest for part in parts):
        return Published(received, None, None, None)
    return Published(received, *parts)
