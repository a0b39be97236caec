"""Figures of how cases were handled; counts add up, shares are exact, and 0 of 0 is no share.

A report is about the cases that were received in its period, as they stand when it is read.
Source: complaints.md section 11.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from services.complaints.cases.domain.acts import DISMISSED, State
from services.complaints.cases.domain.case import counts_as

LAST_HOUR = timedelta(hours=1)
"""An answer given so shortly before its time was over is counted apart. Source: complaints.md section 11."""
DISMISSALS = tuple(sorted(DISMISSED))


@dataclass(slots=True)
class Figures:
    """Counts of a unit (or of several) and a stream.

    `in_progress` (n2) and `completed` (n3) are of complaints alone, as the LKE counts them; `carried_over`
    were received before the period and open at its start; `closed` are cases of all kinds in SELESAI.
    `first_due` are cases whose first follow-up was due or done, `first_in_time` those where it was in time.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    dismissed: Counter[str] = field(default_factory=Counter)
    received: int = 0
    in_progress: int = 0
    completed: int = 0
    carried_over: int = 0
    carried_over_completed: int = 0
    withdrawn: int = 0
    closed: int = 0
    first_due: int = 0
    first_in_time: int = 0
    late: int = 0
    closed_by_silence: int = 0
    answered_in_last_hour: int = 0
    late_pauses: int = 0
    late_reclassifications: int = 0
    objections: int = 0
    reopenings: int = 0
    standard_breaches: int = 0
    median_first_response: timedelta | None = None
    """Of the cases that had one; it does not add up, so that a sum has it only when it was asked for."""

    def take(self, kind: str, channel: str, state: State, cases: int) -> None:
        """Count cases of one kind, channel and state."""
        self.received += cases
        self.kinds[kind] += cases
        self.channels[channel] += cases
        if state in DISMISSED:
            self.dismissed[state.value] += cases
        self.withdrawn += cases if state is State.DICABUT else 0
        self.closed += cases if state is State.SELESAI else 0
        counted = counts_as(kind, state)
        self.in_progress += cases if counted == "in_progress" else 0
        self.completed += cases if counted == "completed" else 0

    @property
    def due(self) -> int:
        """The complaints that were to be followed up (n1): in progress and completed."""
        return self.in_progress + self.completed

    @property
    def completed_share(self) -> Fraction | None:
        """The ratio of A.II.5.ii.a: n3 of n1."""
        return share(self.completed, self.due)

    @property
    def first_in_time_share(self) -> Fraction | None:
        """How many first follow-ups were done in time, of those due."""
        return share(self.first_in_time, self.first_due)

    @property
    def late_share(self) -> Fraction | None:
        """How many cases had a clock of officers that ran out, of all received."""
        return share(self.late, self.received)

    @property
    def silence_share(self) -> Fraction | None:
        """How many cases ended because their reporter said nothing, of all that were closed."""
        return share(self.closed_by_silence, self.closed)


def share(part: int, whole: int) -> Fraction | None:
    """Return part of whole exactly; None for an empty whole."""
    return Fraction(part, whole) if whole else None


_COUNTERS = ("kinds", "channels", "dismissed")
_COUNTS = (
    "received", "in_progress", "completed", "carried_over", "carried_over_completed", "withdrawn", "closed",
    "first_due", "first_in_time", "late", "closed_by_silence", "answered_in_last_hour", "late_pauses",
    "late_reclassifications", "objections", "reopenings", "standard_breaches",
)  # fmt: skip


def total(parts: Iterable[Figures]) -> Figures:
    """Return the sum of figures of one stream, without a median."""
    found = Figures()
    for one in parts:
        for name in _COUNTS:
            setattr(found, name, getattr(found, name) + getattr(one, name))
        for name in _COUNTERS:
            getattr(found, name).update(getattr(one, name))
    return found


def counts_of(figures: Figures) -> dict[str, int]:
    """Return the counts by name, with n1 as `due`."""
    return {name: getattr(figures, name) for name in _COUNTS} | {"due": figures.due}


def counters_of(figures: Figures) -> dict[str, Mapping[str, int]]:
    """Return the counts by kind, channel and way of dismissal."""
    return {name: dict(sorted(getattr(figures, name).items())) for name in _COUNTERS}
