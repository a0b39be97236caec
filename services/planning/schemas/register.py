"""Units, programmes, activities and evidence over HTTP."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.domain.layers import Layer
from services.planning.domain.plans import Activity, ActivityState, Evidence, Programme, Target
from services.planning.domain.units import Unit
from services.planning.schemas.base import ItemCode, Kind, Line, UnitType
from shared.http.fields import Body, Day, Flag, UnitId, Year
from shared.kernel import Zone

Echelon = Literal["I", "II", "III", "IV", "V"]


class UnitIn(Body):
    """A new unit; all but id and name have defaults."""

    unit_id: UnitId
    name: Line = Field(description="Official name of the unit, never of a person")
    agency_id: UnitId | None = Field(
        default=None, description="Default: the only agency of the caller's scope"
    )
    unit_type: UnitType = "kantor_pelayanan"
    echelon: Echelon = "III"
    has_service_function: Flag = True
    zone: Zone = Zone.WIB
    is_demo: Flag = Field(default=False, description="Made by the local demonstration")


class UnitPatch(Body):
    """Fields to change; those left out stay."""

    name: Line | None = None
    agency_id: UnitId | None = None
    unit_type: UnitType | None = None
    echelon: Echelon | None = None
    has_service_function: Flag | None = None
    zone: Zone | None = None
    is_active: Flag | None = None


class UnitOut(BaseModel):
    unit_id: str
    agency_id: str
    name: str
    unit_type: str
    echelon: str
    has_service_function: bool
    zone: Zone
    is_active: bool
    is_demo: bool
    version: int

    @classmethod
    def of(cls, unit: Unit) -> Self:
        return cls.model_validate(unit, from_attributes=True)


class ProgrammeIn(Body):
    unit_id: UnitId
    year: Year
    target: Target


class ProgrammeOut(BaseModel):
    programme_id: UUID
    unit_id: str
    year: int
    target: Target
    edition: str = Field(description="LKE edition, pinned")
    rule_set: str = Field(description="Rule set of the gates, pinned")
    version: int

    @classmethod
    def of(cls, programme: Programme) -> Self:
        return cls.model_validate(programme, from_attributes=True)


class ActivityIn(Body):
    unit_id: UnitId
    year: Year
    indicator_code: ItemCode = Field(description="LKE indicator, e.g. A.I.1.i, or a hasil item, e.g. B.I.a")
    title: Line
    evidence_kinds: list[Kind] = Field(
        default_factory=list, max_length=20, description="Kinds of evidence without which it is not done"
    )
    due_on: Day | None = Field(default=None, description="Date in the unit's zone")


class ActivityOut(BaseModel):
    activity_id: UUID
    programme_id: UUID
    unit_id: str
    year: int
    indicator_code: str
    title: str
    evidence_kinds: list[str]
    due_on: date | None
    state: ActivityState
    evidence_ids: list[UUID]
    version: int

    @classmethod
    def of(cls, activity: Activity) -> Self:
        found = cls.model_validate(activity, from_attributes=True)
        return found.model_copy(update={"evidence_kinds": sorted(activity.evidence_kinds)})


class CompletionIn(Body):
    evidence_ids: list[UUID] = Field(default_factory=list, max_length=100)


class EvidenceOut(BaseModel):
    evidence_id: UUID
    unit_id: str
    layer: Layer
    kind: str
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    uploaded_at: datetime

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        return cls.model_validate(evidence, from_attributes=True)
