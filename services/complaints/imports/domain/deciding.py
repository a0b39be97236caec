"""What a row does to the case of its reference: the same rule for the trial and for the run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.complaints.imports.domain.rows import Row

Effect = Literal["new", "updated", "closed", "unchanged", "older", "error"]
EFFECTS: tuple[Effect, ...] = ("new", "updated", "closed", "unchanged", "older", "error")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a reference: the newest that its system told, and whether we took the case up.

    `is_waiting` tells that nobody here has done anything with the case yet.
    """

    case_id: UUID | None
    agency_id: str
    source_updated_at: datetime
    is_source_closed: bool
    is_waiting: bool


def decide(row: Row, known: Known | None) -> Effect:
    """Return what a row does. A case that is ours by now keeps its state; none goes back or is deleted.

    Of two rows of one moment the one that ends the case is the newer one: many exports tell no hour.
    """
    if known is None:
        return "new"
    told, before = (
        (row.source_updated_at, row.is_closed),
        (known.source_updated_at, known.is_source_closed),
    )
    if told == before:
        return "unchanged"
    if told < before:
        return "older"
    return "closed" if row.is_closed and known.is_waiting else "updated"


def after(row: Row, known: Known | None, agency_id: str) -> Known:
    """Return what is known once a row that is new, or newer, was taken in."""
    is_waiting = not row.is_closed and (known is None or known.is_waiting)
    return Known(
        None if known is None else known.case_id,
        agency_id,
        row.source_updated_at,
        row.is_closed,
        is_waiting,
    )
