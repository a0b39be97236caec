"""What is sent and received about handling units."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.complaints.decrees.domain import (
    SUBJECT,
    Decree,
    HandlingUnit,
    Member,
    MemberRole,
    Reach,
    Standing,
    Stream,
)
from services.complaints.decrees.usecases import Content
from shared.contracts.complaints import MOST_SERVED
from shared.http.fields import Body, Day, Flag, UnitId
from shared.http.text import FreeText

MOST_MEMBERS = 200
Name = Annotated[str, FreeText(3, 200)]
Number = Annotated[str, FreeText(1, 100)]
Reason = Annotated[str, FreeText(5, 500)]


class MemberIn(Body):
    """Somebody whom the decree appoints."""

    subject: Annotated[str, StringConstraints(pattern=SUBJECT)] = Field(
        description="Subject of the officer's account"
    )
    role: MemberRole = "anggota"


class HandlingUnitIn(Body):
    """A handling unit as its decree says; it serves `unit_ids`, or with none of them its whole agency."""

    agency_id: UnitId | None = Field(default=None, description="Null: the agency of the units it serves")
    name: Name
    decree_number: Number | None = Field(
        default=None, description="Null only while a handling unit that was carried over waits for its decree"
    )
    decreed_on: Day | None = Field(default=None, description="Date of the decree, today at the latest")
    valid_from: Day
    valid_to: Day | None = Field(default=None, description="Last day in force; null: until it is ended")
    streams: list[Stream] = Field(min_length=1, max_length=2)
    is_for_agency: Flag = False
    unit_ids: list[UnitId] = Field(default_factory=list, max_length=MOST_SERVED)
    members: list[MemberIn] = Field(min_length=1, max_length=MOST_MEMBERS)

    def content(self) -> Content:
        """Return what the decree says."""
        return Content(
            name=self.name,
            reach=Reach(self.agency_id or "", self.is_for_agency, tuple(sorted(set(self.unit_ids)))),
            decree=Decree(self.decree_number, self.decreed_on, self.valid_from, self.valid_to),
            streams=tuple(sorted(set(self.streams))),
            members=tuple(Member(one.subject, one.role) for one in self.members),
        )


class EndIn(Body):
    """Why a handling unit ends."""

    reason: Reason


class MemberOut(BaseModel):
    """A member of a handling unit."""

    subject: str
    role: MemberRole


class HandlingUnitOut(BaseModel):
    """A handling unit."""

    id: UUID
    version: int
    agency_id: str
    name: str
    decree_number: str | None
    decreed_on: date | None
    valid_from: date
    valid_to: date | None
    is_decree_missing: bool = Field(
        description="Carried over from before: enter its decree; it proves nothing until then"
    )
    streams: list[Literal["masyarakat", "pelayanan"]]
    is_for_agency: bool
    unit_ids: list[str]
    members: list[MemberOut]
    ended_on: date | None = Field(description="First day without it")
    standing: Standing | None = Field(
        default=None, description="How it stands today; null in a command's reply"
    )

    @classmethod
    def of(cls, unit: HandlingUnit, today: date | None = None) -> Self:
        """Return a handling unit as it is answered, and how it stands on a day."""
        return cls(
            id=unit.id,
            version=unit.version,
            agency_id=unit.reach.agency_id,
            name=unit.name,
            decree_number=unit.decree.number,
            decreed_on=unit.decree.decreed_on,
            valid_from=unit.decree.valid_from,
            valid_to=unit.decree.valid_to,
            is_decree_missing=unit.is_decree_missing,
            streams=list(unit.streams),
            is_for_agency=unit.reach.is_for_agency,
            unit_ids=list(unit.reach.unit_ids),
            members=[MemberOut(subject=one.subject, role=one.role) for one in unit.members],
            ended_on=unit.ended_on,
            standing=None if today is None else unit.standing(today),
        )
