"""Units, programmes, activities and evidence over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.planning.domain.plans import ActivityState, Target
from services.planning.domain.units import DEFAULT_ECHELON, DEFAULT_TYPE, Echelon
from services.planning.schemas.base import ItemCode, Kind, Line, Region, Shown, UnitName, UnitType
from shared.http.fields import Body, Day, Flag, UnitId, Year
from shared.kernel import Zone

_CLEARABLE = frozenset({"region", "parent_id"})


class UnitIn(Body):
    """A new unit; all but id and name have defaults."""

    unit_id: UnitId
    name: UnitName = Field(description="Official name of the unit, never of a person")
    agency_id: UnitId | None = Field(
        default=None, description="Default: the only agency of the caller's scope"
    )
    unit_type: UnitType = DEFAULT_TYPE
    echelon: Echelon = DEFAULT_ECHELON
    has_service_function: Flag = True
    zone: Zone = Zone.WIB
    region: Region | None = Field(default=None, description="Region it lies in, e.g. Jawa Tengah")
    parent_id: UnitId | None = Field(default=None, description="Unit of the same agency it stands below")
    is_demo: Flag = Field(default=False, description="Made by the local demonstration")


class UnitPatch(Body):
    """Fields to change; those left out stay, and null empties `region` and `parent_id`."""

    name: UnitName | None = None
    agency_id: UnitId | None = None
    unit_type: UnitType | None = None
    echelon: Echelon | None = None
    has_service_function: Flag | None = None
    zone: Zone | None = None
    is_active: Flag | None = None
    region: Region | None = None
    parent_id: UnitId | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by name."""
        sent = self.model_dump(exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name in _CLEARABLE}


class MergeIn(Body):
    into: UnitId = Field(description="Unit of the same agency that takes over the work")


class UnitOut(Shown):
    unit_id: str
    agency_id: str
    name: str
    unit_type: str
    echelon: str
    has_service_function: bool
    zone: Zone
    is_active: bool
    is_demo: bool
    region: str | None
    parent_id: str | None
    merged_into: str | None = Field(description="Unit that took over its work")
    version: int


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
