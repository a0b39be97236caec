"""What is asked and answered about matters of every kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.deadlines.domain.policy import PolicyBook
from shared.http.fields import Body
from shared.http.text import FreeText
from shared.indonesian import until
from shared.kernel import Zone

Words = Annotated[str, FreeText(3, 200)]
Text = Annotated[str, FreeText(5, 2000)]
Reference = Annotated[str, FreeText(1, 200)]


class ReasonIn(Body):
    """Why."""

    reason: Text


class NoteIn(Body):
    """A word for the log."""

    note: Text | None = None


class DossierOut(BaseModel):
    """Where something stands after an act."""

    id: UUID
    version: int
    state: str
    is_late: bool = Field(description="An act came after its clock")


class ClockOut(BaseModel):
    """A clock, with the day until which it runs in words."""

    rule: str
    title: str
    policy: str
    status: str
    start_at: datetime
    due_at: datetime
    due_text: str
    is_overdue: bool


class EventOut(BaseModel):
    """An act as the log keeps it."""

    version: int
    act: str
    actor: str
    state: str
    at: datetime
    note: str | None


def due_of(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """Return a row with the end of its next clock in words, in the unit's zone."""
    due_at = row["due_at"]
    return {**row, "due_text": None if due_at is None else until(due_at, Zone(row["zone"]))}


def due_title(row: Mapping[str, Any] | RowMapping, policies: PolicyBook) -> str | None:
    """Return what the next clock of a row is called; None without one."""
    return None if row["due_rule"] is None else policies.title_of(row["due_rule"], row["due_policy"])


def clocks_of(row: Mapping[str, Any], policies: PolicyBook) -> Sequence[ClockOut]:
    """Return the clocks of a matter in the order they were armed."""
    return [
        ClockOut(
            rule=one["rule_id"],
            title=policies.title_of(one["rule_id"], one["policy"]),
            policy=one["policy"],
            status=one["status"],
            start_at=one["start_at"],
            due_at=one["due_at"],
            due_text=until(one["due_at"], Zone(row["zone"])),
            is_overdue=one["breached_at"] is not None,
        )
        for one in row["deadlines"]
    ]
