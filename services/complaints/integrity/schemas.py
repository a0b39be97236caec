"""What is asked and answered about gifts and conflicts of interest."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.integrity.domain.conflicts import ConflictType
from services.complaints.integrity.domain.gifts import (
    Direction,
    Measured,
    ObjectKind,
    Occasion,
    Ownership,
    Relation,
)
from services.complaints.integrity.domain.lives import SUSPENDED
from services.complaints.integrity.domain.periods import PERIOD_PATTERN
from services.complaints.matters.schemas import (
    ClockOut,
    DossierOut,
    EventOut,
    Reference,
    Text,
    Words,
    clocks_of,
    due_of,
)
from shared.http.fields import Body, Day, Flag, UnitId, Whole, Year

MOST_RUPIAH = 10**15
"""A slip of the finger is no gift."""
Rupiah = Annotated[Whole, Field(ge=0, le=MOST_RUPIAH, description="Whole rupiah, 0 or more")]
PeriodCode = Annotated[
    str, Field(pattern=PERIOD_PATTERN, description="Part of a year, e.g. 2026-S1 or 2026-Q3")
]


class GiftIn(Body):
    """What somebody of the unit reports; a refused gift (`tolak`) is reported too."""

    unit_id: UnitId
    direction: Direction
    received_on: Day = Field(description="Day it was given or offered, in the unit's zone")
    place: Words
    object_kind: ObjectKind
    estimate: Rupiah
    occasion: Occasion
    giver_relation: Relation
    giver: Words | None = Field(default=None, description="Who gave; kept apart, shown to UPG for a reason")


class DataAskIn(Body):
    """What is missing."""

    missing: Text


class DataIn(Body):
    """What was missing; `estimate` and `giver` where they were."""

    note: Text
    estimate: Rupiah | None = None
    giver: Words | None = None


class SettleIn(Body):
    """Whose the gift is; null for a refused one."""

    ownership: Ownership | None = None
    decision_number: Reference | None = None


class FinishGiftIn(Body):
    """When what is the state's was handed over."""

    note: Text | None = None
    handed_over_on: Day | None = None


class GiverOut(BaseModel):
    """Who gave."""

    giver: str


class LimitOut(BaseModel):
    """A limit beside a gift: it informs, it refuses nothing. Whole rupiah."""

    id: str
    words: str
    each: int
    is_above: bool
    in_a_year: int | None
    of_the_year: int | None = Field(
        description="What the same person reported of the year from such givers, this gift included"
    )
    is_year_above: bool
    source: str
    is_confirmed: bool

    @classmethod
    def of(cls, one: Measured) -> Self:
        limit = one.limit
        return cls(
            id=limit.id,
            words=limit.words,
            each=limit.each,
            is_above=one.is_above,
            in_a_year=limit.in_a_year,
            of_the_year=one.of_the_year,
            is_year_above=one.is_year_above,
            source=limit.source,
            is_confirmed=limit.is_confirmed,
        )


class GiftSummary(DossierOut):
    """A gift in a list, with the clock that runs out first."""

    unit_id: str
    unit_name: str | None
    period: str
    opened_at: datetime
    closed_at: datetime | None
    due_rule: str | None
    due_at: datetime | None
    due_text: str | None
    is_overdue: bool
    direction: Direction
    received_on: date
    object_kind: ObjectKind
    estimate: int
    occasion: Occasion
    giver_relation: Relation


class GiftDetail(GiftSummary):
    """A gift whole, but who gave it."""

    place: str
    ownership: Ownership | None
    decision_number: str | None
    handed_over_on: date | None
    is_own: bool
    events: list[EventOut]
    deadlines: list[ClockOut]
    limits: list[LimitOut]


class NilIn(Body):
    """A unit and a period that is over."""

    unit_id: UnitId
    period: PeriodCode


class NilOut(BaseModel):
    """A nil return; `reported_since` counts gifts of the period that were reported after it."""

    id: UUID
    version: int
    unit_id: str
    unit_name: str | None
    period: str
    returned_at: datetime
    reported_since: int


class ConflictIn(Body):
    """What somebody of the unit declares; `decision` is what they would decide, suspended meanwhile."""

    unit_id: UnitId
    activity: Words
    position: Words
    conflict_type: ConflictType
    decision: Text
    concerns_superior: Flag = Field(
        default=False, description="Superiors are party to it: they see nothing, the inspectorate decides"
    )


class AssessIn(Body):
    """What was found out."""

    note: Text


class DecideIn(Body):
    """Whether there is a conflict, why, and how it is controlled."""

    is_conflict: Flag
    control: Text | None = None
    reason: Text


class ConflictSummary(DossierOut):
    """A declaration in a list, with the clock that runs out first."""

    unit_id: str
    unit_name: str | None
    period: str
    opened_at: datetime
    closed_at: datetime | None
    due_rule: str | None
    due_at: datetime | None
    due_text: str | None
    is_overdue: bool
    activity: str
    position: str
    conflict_type: ConflictType
    is_decision_suspended: bool = Field(description="The declarant decides nothing in the matter meanwhile")


class ConflictDetail(ConflictSummary):
    """A declaration whole."""

    decision: str
    concerns_superior: bool
    control: str | None
    is_own: bool
    events: list[EventOut]
    deadlines: list[ClockOut]


class EntryIn(Body):
    """What an entry of the map says."""

    activity: Words
    position: Words
    conflict_type: ConflictType
    control: Text


class NewEntryIn(EntryIn):
    """An entry of a unit's map."""

    unit_id: UnitId


class MapReviewIn(Body):
    """Whose map, of which year."""

    unit_id: UnitId
    year: Year


class EntryOut(BaseModel):
    """An entry of the map in its newest version."""

    id: UUID
    version: int
    unit_id: str
    activity: str
    position: str
    conflict_type: ConflictType
    control: str
    reviewed_on: date
    is_retired: bool


class EntryVersionOut(BaseModel):
    """An entry as one version had it."""

    version: int
    act: str
    activity: str
    position: str
    conflict_type: ConflictType
    control: str
    actor: str
    at: datetime


class EntryVersionsOut(BaseModel):
    """All versions of an entry in order."""

    items: list[EntryVersionOut]


class CoverageOut(BaseModel):
    """How many positions of the map were looked at in the year, of how many."""

    reviewed: int
    all: int


class MapReviewOut(DossierOut):
    """The review of a map in a year, with its clock."""

    period: str
    due_at: datetime | None
    due_text: str | None
    is_overdue: bool
    closed_at: datetime | None


class MapOut(BaseModel):
    """A unit's map of possible conflicts with the review of a year; null where the map was empty."""

    unit_id: str
    unit_name: str
    year: int
    coverage: CoverageOut
    review: MapReviewOut | None
    items: list[EntryOut]


def suspended(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """Return a declaration's row that says whether its decision is suspended."""
    return due_of(row) | {"is_decision_suspended": row["state"] in SUSPENDED}


def gift_out(row: Mapping[str, Any], policies: PolicyBook) -> GiftDetail:
    """Return a gift as the API tells it."""
    told = {"deadlines": clocks_of(row, policies), "limits": [LimitOut.of(one) for one in row["limits"]]}
    return GiftDetail.model_validate(due_of(row) | told, from_attributes=True)


def conflict_out(row: Mapping[str, Any], policies: PolicyBook) -> ConflictDetail:
    """Return a declaration as the API tells it."""
    told = {"deadlines": clocks_of(row, policies)}
    return ConflictDetail.model_validate(suspended(row) | told, from_attributes=True)


def map_out(found: Mapping[str, Any]) -> MapOut:
    """Return a map as the API tells it."""
    review = found["review"]
    return MapOut.model_validate(
        {**found, "review": None if review is None else due_of(review)}, from_attributes=True
    )
