"""How declarations of interest of a unit and period were decided, and how far its map was looked at.

Who declared against a superior must not be given away to superiors: to them such a declaration is none, in
sums too, for a sum beside the list that they read would tell it. Source: complaints.md sections 4.2 and 9.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from services.complaints.handling.domain.publication import published


@dataclass(frozen=True, slots=True)
class Declarations:
    """Declarations of a period: decided in time, decided late, and open; `declared` is their sum."""

    in_time: int
    late: int
    open: int

    @property
    def declared(self) -> int:
        """All of them."""
        return self.in_time + self.late + self.open


@dataclass(frozen=True, slots=True)
class ToldDeclarations:
    """What a reader is told of them; None: too small to be told, or told by the others."""

    declared: int | None
    in_time: int | None
    late: int | None
    open: int | None
    has_hidden: bool
    """Whether those that concern superiors are among them; it depends on the reader alone."""


@dataclass(frozen=True, slots=True)
class ConflictFigures:
    """Figures of a moment: every declaration, those that concern no superior, and the entries of the map."""

    every: Declarations
    plain: Declarations
    map_entries: int
    map_reviewed: int

    def told(self, *, sees_hidden: bool, smallest: int) -> ToldDeclarations:
        """Return what is told: every one to who sees hidden ones, else the plain ones and no small count."""
        if sees_hidden:
            one = self.every
            return ToldDeclarations(one.declared, one.in_time, one.late, one.open, has_hidden=True)
        one = self.plain
        cells = published(one.declared, one.in_time, one.late, smallest)
        return ToldDeclarations(
            cells.received, cells.in_progress, cells.completed, cells.other, has_hidden=False
        )

    def frozen(self) -> dict[str, Any]:
        """Return the figures as they are kept with an evaluation."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return figures that were kept."""
        every, plain = Declarations(**kept["every"]), Declarations(**kept["plain"])
        return cls(every, plain, kept["map_entries"], kept["map_reviewed"])
