"""Why something about a gift or a conflict of interest is refused."""

from collections.abc import Iterable
from typing import ClassVar

from shared.kernel import DomainError


class OwnMatterError(DomainError):
    """Somebody would decide what they, or who they stand in for, reported or declared."""

    code: ClassVar[str] = "own_matter"

    def __init__(self) -> None:
        super().__init__(
            "Anda, atau orang yang Anda gantikan, yang melaporkan atau mendeklarasikan ini;"
            " keputusan ada pada orang lain."
        )


class TimeLeftError(DomainError):
    """The reporter still has time to complete the data."""

    code: ClassVar[str] = "completion_time_left"


class PeriodNotNilError(DomainError):
    """Gifts of the period were reported: it cannot be nil."""

    code: ClassVar[str] = "period_not_nil"

    def __init__(self, period: str, reports: Iterable[str]) -> None:
        found = list(reports)
        super().__init__(
            f"Periode {period} tidak dapat dinyatakan nihil: ada {len(found)} laporan gratifikasi.",
            period=period,
            gratifications=found,
        )


class ReviewIncompleteError(DomainError):
    """Entries of the map were not looked at this year."""

    code: ClassVar[str] = "review_incomplete"

    def __init__(self, entries: Iterable[str]) -> None:
        left = list(entries)
        super().__init__(
            f"Masih ada {len(left)} butir peta yang belum ditinjau tahun ini; tinjau dahulu setiap butir.",
            entries=left,
        )


class EntryExistsError(DomainError):
    """The map of the unit has this position with this conflict already."""

    code: ClassVar[str] = "map_entry_exists"
