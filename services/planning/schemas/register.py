"""Units, programmes, activities and evidence over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.planning.domain.plans import ActivityState, Target
from services.planning.domain.writers import Layer
from services.planning.schemas.base import ItemCode, Kind, Line, Shown, UnitType
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


class EvidenceOut(Shown):
    evidence_id: UUID
    unit_id: str
    layer: Layer
    kind: str
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    uploaded_at: datetime
