"""People over HTTP."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, field_validator

from services.planning.people.domain import (
    EMPLOYEE_NUMBER_PATTERN,
    LONGEST_CONTACT,
    LONGEST_DECREE,
    LONGEST_NAME,
    LONGEST_POSITION,
    Category,
    Entry,
    Identity,
    Person,
    SubstituteKind,
    sorted_log_ins,
)
from services.planning.units.domain import Echelon, is_one_line
from shared.contracts.planning import LOG_IN_PATTERN, MOST_LOG_INS
from shared.http.fields import Body, Day, Flag, UnitId
from shared.http.text import FreeText
from shared.kernel import new_id

_CLEARABLE = frozenset({"position", "contact", "echelon", "superior_id", "active_to"})


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("Harus satu baris, tanpa karakter kendali.")
    return text


Name = Annotated[str, FreeText(1, LONGEST_NAME), AfterValidator(_one_line)]
Position = Annotated[str, FreeText(1, LONGEST_POSITION), AfterValidator(_one_line)]
Contact = Annotated[str, FreeText(1, LONGEST_CONTACT), AfterValidator(_one_line)]
Decree = Annotated[str, FreeText(1, LONGEST_DECREE), AfterValidator(_one_line)]
EmployeeNumber = Annotated[
    str, Field(pattern=EMPLOYEE_NUMBER_PATTERN, description="NIP, or the number that the agency gave")
]
LogIn = Annotated[
    str,
    Field(pattern=LOG_IN_PATTERN, description="The issuer's opaque name of an account, no mail address"),
]
LogIns = Annotated[list[LogIn], Field(max_length=MOST_LOG_INS, description="Accounts of the person")]


class PersonIn(Body):
    """A new person of a unit."""

    unit_id: UnitId
    name: Name
    employee_number: EmployeeNumber
    category: Category
    position: Position | None = None
    echelon: Echelon | None = None
    is_leader: Flag = Field(default=False, description="Leads the unit")
    superior_id: UUID | None = Field(default=None, description="Direct superior, of the same agency")
    subjects: LogIns = Field(default_factory=list)
    contact: Contact | None = Field(default=None, description="Seen in the unit alone")
    active_from: Day = Field(description="First day in the unit")
    active_to: Day | None = Field(default=None, description="Last day in the unit")

    def made(self) -> tuple[Person, Identity]:
        """Return the person under a new pseudonym, and who they are."""
        person = Person(
            person_id=new_id(),
            unit_id=self.unit_id,
            category=self.category,
            echelon=self.echelon,
            is_leader=self.is_leader,
            superior_id=self.superior_id,
            active_from=self.active_from,
            active_to=self.active_to,
            version=1,
            subjects=sorted_log_ins(self.subjects),
        )
        return person, Identity(self.name, self.employee_number, self.position, self.contact)


class PersonPatch(Body):
    """Fields to change; those left out stay, and null empties what may be empty."""

    unit_id: UnitId | None = None
    name: Name | None = None
    employee_number: EmployeeNumber | None = None
    category: Category | None = None
    position: Position | None = None
    echelon: Echelon | None = None
    is_leader: Flag | None = None
    superior_id: UUID | None = None
    subjects: LogIns | None = None
    contact: Contact | None = None
    active_from: Day | None = None
    active_to: Day | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, by name."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        found = {name: value for name, value in sent.items() if value is not None or name in _CLEARABLE}
        if "subjects" in found:
            found["subjects"] = sorted_log_ins(found["subjects"])
        return found


class LeaveIn(Body):
    active_to: Day = Field(description="Last day in the unit")


class SubstituteIn(Body):
    """Who acts for a person, and when."""

    substitute_id: UUID = Field(description="Another person of the agency")
    kind: SubstituteKind
    decree_number: Decree = Field(description="Number of the decree or order, e.g. PRIN-7/2026")
    first: Day
    last: Day = Field(description="Last day, included")


class EndIn(Body):
    last: Day = Field(description="New last day; before the first day the substitution is taken back")


class SubstitutionOut(BaseModel):
    substitution_id: UUID
    substitute_id: UUID
    kind: SubstituteKind
    decree_number: str
    first: date
    last: date


class PersonOut(BaseModel):
    """A person and who they are; seen in the unit alone."""

    person_id: UUID = Field(description="Pseudonym: all that other services know")
    unit_id: str
    name: str
    employee_number: str
    category: Category
    position: str | None
    echelon: str | None
    is_leader: bool
    superior_id: UUID | None
    subjects: list[str]
    contact: str | None
    active_from: date
    active_to: date | None
    substitutes: list[SubstitutionOut]
    version: int

    @field_validator("substitutes", mode="before")
    @classmethod
    def _shown(cls, value: Any) -> Any:
        return [SubstitutionOut.model_validate(one, from_attributes=True) for one in value]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        person, identity = entry.person, entry.identity
        own = {name: getattr(person, name) for name in cls.model_fields if hasattr(person, name)}
        who = {name: getattr(identity, name) for name in cls.model_fields if hasattr(identity, name)}
        return cls(**(own | who))
