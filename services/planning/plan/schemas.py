"""Programmes and activities over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.planning.fields import ItemCode, Kind, Line, Shown
from services.planning.plan.domain import ActivityState, Target
from shared.http.fields import Body, Day, UnitId, Year


class ProgrammeIn(Body):
    unit_id: UnitId
    year: Year
    target: Target


class ProgrammeOut(Shown):
    programme_id: UUID
    unit_id: str
    year: int
    target: Target
    edition: str = Field(description="LKE edition, pinned")
    rule_set: str = Field(description="Rule set of the gates, pinned")
    policies: str | None = Field(
        description="Policies of a denominator of 0, pinned; null for a programme of before they were"
    )
    version: int


class ActivityIn(Body):
    unit_id: UnitId
    year: Year
    indicator_code: ItemCode = Field(description="LKE indicator, e.g. A.I.1.i, or a hasil item, e.g. B.I.a")
    title: Line
    evidence_kinds: list[Kind] = Field(
        default_factory=list, max_length=20, description="Kinds of evidence without which it is not done"
    )
    due_on: Day | None = Field(default=None, description="Date in the unit's zone")


class ActivityOut(Shown):
    activity_id: UUID
    programme_id: UUID
    unit_id: str
    year: int
    indicator_code: str
    title: str
    evidence_kinds: Annotated[list[str], BeforeValidator(sorted)]
    due_on: date | None
    state: ActivityState
    evidence_ids: list[UUID]
    version: int


class CompletionIn(Body):
    evidence_ids: list[UUID] = Field(default_factory=list, max_length=100)
