"""Facts that planning publishes: units, people, programmes, activities, worksheet answers and nominations."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import Code, Count, CountKey, Day, EventData, Id, UnitId, Year, is_none
from shared.kernel import Predicate

Layer = Literal["unit", "tpi", "tpn"]
LOG_IN_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9:|._-]{0,127}$"
"""How an account may be called that goes out: no `@` and no space, so that it can be no address or name."""
MOST_LOG_INS = 10
"""Accounts of one person; own limit."""
ZoneName = Literal["WIB", "WITA", "WIT"]
Cell = Annotated[
    str, Field(pattern=r"^[A-Z]{1,3}[0-9]{1,7}$", description="Workbook cell an imported answer came from")
]


class UnitFact(EventData):
    """A unit as it stands in the register.

    What came later is left out while it is unknown: a unit told before is said again in its own bytes.
    """

    topic: ClassVar[str] = "zi.planning.unit.v1"

    agency_id: UnitId = Field(description="Agency the unit belongs to")
    name: str = Field(
        max_length=200, pattern=r"^[^\x00]*$", description="Official name of the unit, never of a person"
    )
    unit_type: Code = Field(description="Kind of unit, e.g. kantor_pelayanan")
    echelon: Code = Field(description="Echelon of its head, e.g. II, III")
    has_service_function: bool = Field(description="Whether it serves the public; decides which items apply")
    zone: ZoneName = Field(description="Time zone of its business dates")
    is_active: bool = Field(default=True, description="False once the unit is closed")
    is_demo: bool = Field(default=False, description="Made by the local demonstration")
    region: str | None = Field(
        default=None,
        exclude_if=is_none,
        max_length=100,
        pattern=r"^[^\x00]*$",
        description="Region it lies in, e.g. Jawa Tengah",
    )
    parent_id: UnitId | None = Field(
        default=None, exclude_if=is_none, description="Unit of the same agency it stands below"
    )
    merged_into: UnitId | None = Field(
        default=None,
        exclude_if=is_none,
        description="Unit that took over its work; its history stays with it",
    )

    def subject(self) -> str:
        return self.unit_id


class UnitRegistered(UnitFact):
    """A unit was entered into the register."""

    event_type: ClassVar[str] = "id.zi.planning.unit.registered.v1"


class UnitChanged(UnitFact):
    """A unit's entry was changed."""

    event_type: ClassVar[str] = "id.zi.planning.unit.changed.v1"


LogIn = Annotated[
    str,
    Field(
        pattern=LOG_IN_PATTERN,
        description="The issuer's opaque name of an account; one that is a mail address is never taken",
    ),
]


class Substitution(BaseModel):
    """Somebody acts for the person from the first to the last day, both included."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    person_id: Id = Field(description="Who acts for the person")
    first: Day
    last: Day


class PersonFact(EventData):
    """A person of a unit by a pseudonym: what decides who may act, for whom, and who counts as one.

    Never a name, a position, an employee number or a contact. The key is the person: of each person the
    newest state is kept, wherever they work by then.
    """

    topic: ClassVar[str] = "zi.planning.person.v1"

    person_id: Id = Field(description="Pseudonym of the person, the same for good; the record key")
    superior_id: Id | None = Field(default=None, description="Pseudonym of the direct superior")
    subjects: list[LogIn] = Field(
        default_factory=list, max_length=MOST_LOG_INS, description="Accounts of the person, sorted"
    )
    is_leader: bool = Field(default=False, description="Leads the unit")
    active_from: Day = Field(description="First day in the unit")
    active_to: Day | None = Field(default=None, description="Last day in the unit; null while there is none")
    substitutes: list[Substitution] = Field(
        default_factory=list, description="Who acts for the person and when, by first day"
    )

    def subject(self) -> str:
        return self.person_id

    def key(self) -> str:
        """Return the person: the topic is compacted, and a unit has many of them."""
        return self.person_id


class PersonEntered(PersonFact):
    """A person was entered into the list of a unit's people."""

    event_type: ClassVar[str] = "id.zi.planning.person.entered.v1"


class PersonChanged(PersonFact):
    """A person's entry changed: place, superior, accounts, days, or who acts for them."""

    event_type: ClassVar[str] = "id.zi.planning.person.changed.v1"


class ProgrammeCreated(EventData):
    """A unit's Zona Integritas programme of one year was opened; edition, rule set, policies are pinned."""

    event_type: ClassVar[str] = "id.zi.planning.programme.created.v1"
    topic: ClassVar[str] = "zi.planning.programme.v1"

    programme_id: Id
    year: Year
    target: Predicate = Field(description="Predicate the unit applies for")
    edition: Code = Field(description="LKE edition, e.g. 2021 or 2026")
    rule_set: Code = Field(description="Rule set of the gates, e.g. panrb-90-2021")
    policies: Code | None = Field(
        default=None,
        exclude_if=is_none,
        description="Policies of a denominator of 0, e.g. undefined-1; those of before when left out",
    )

    def subject(self) -> str:
        return self.programme_id

    def part(self) -> str:
        """Return the unit's year: it has one programme, whatever its id."""
        return f"{self.unit_id}:{self.year}"


class ActivityFact(EventData):
    """A planned activity of the work plan, tied to one LKE indicator."""

    topic: ClassVar[str] = "zi.planning.activity.v1"

    activity_id: Id
    programme_id: Id
    year: Year
    indicator_code: Code = Field(description="LKE indicator, e.g. A.I.1.i")
    state: Literal["planned", "done", "cancelled"] = Field(description="State after the fact")
    due_on: Day | None = None
    evidence_count: Count = Field(default=0, description="Evidence files that complete it")

    def subject(self) -> str:
        return self.activity_id


class ActivityPlanned(ActivityFact):
    """An activity entered the work plan."""

    event_type: ClassVar[str] = "id.zi.planning.activity.planned.v1"


class ActivityCompleted(ActivityFact):
    """An activity was completed with every required evidence kind."""

    event_type: ClassVar[str] = "id.zi.planning.activity.completed.v1"


class WorksheetAnswered(EventData):
    """One item of one layer of a worksheet has this answer now.

    The entity is the worksheet of a unit and year; `version` is its counter over all items and layers.
    At most one of `letter`, `index`, `inputs` is set; none set means the item was blanked.
    """

    event_type: ClassVar[str] = "id.zi.planning.worksheet.answered.v1"
    topic: ClassVar[str] = "zi.planning.worksheet.v1"

    worksheet_id: Id
    year: Year
    layer: Layer = Field(description="Whose answer it is")
    item_code: Code = Field(description="LKE question, e.g. A.I.1.i.a")
    letter: str | None = Field(
        default=None, pattern=r"^[^\s\x00]{1,10}$", description="Canonical option, e.g. A, Ya"
    )
    index: str | None = Field(
        default=None,
        pattern=r"^[0-9]+(\.[0-9]+)?$",
        max_length=100,
        description="Index 0-4 as decimal text",
    )
    inputs: dict[CountKey, Count] | None = Field(default=None, description="Counts by input key n0..n4")
    origin: Literal["typed", "import", "live"] = Field(
        default="typed", description="Typed by a person, read from a workbook, or taken over from facts"
    )
    cell: Cell | None = None
    evidence_ids: list[Id] = Field(default_factory=list, description="Evidence files behind the answer")
    writer_id: Id | None = Field(
        default=None,
        exclude_if=is_none,
        description="Pseudonym of whoever wrote it, the same in all they write",
    )

    def subject(self) -> str:
        return self.worksheet_id

    def part(self) -> str:
        """Return the item of the layer: the worksheet counts all of them together."""
        return f"{self.worksheet_id}:{self.layer}:{self.item_code}"


class StageMoved(EventData):
    """An assessment was moved, or something happened to it where it stands; all of its state after that.

    An assessment that was never told of is being filled for the first time.
    """

    event_type: ClassVar[str] = "id.zi.planning.stage.moved.v1"
    topic: ClassVar[str] = "zi.planning.stage.v1"

    stage_id: Id
    year: Year
    stage: Code = Field(description="Stage after the fact, e.g. penilaian_tpi")
    act: Code | None = Field(default=None, description="What was done, e.g. submit; null for what was before")
    round: Count = Field(description="How often the unit has had the worksheet, 1 at first")
    tpi_round: Count = Field(description="Round of the agency's assessors, 1 at first")
    is_nominated: bool = Field(description="Proposed to the national team")
    objection: Literal["none", "raised", "answered"] = Field(description="How far the one objection has come")
    is_awarded: bool | None = Field(default=None, description="What was decided; null before that")

    def subject(self) -> str:
        return self.stage_id


class FindingFact(EventData):
    """A finding of assessors about an item, without its words."""

    topic: ClassVar[str] = "zi.planning.finding.v1"

    finding_id: Id
    year: Year
    item_code: Code = Field(description="LKE question, e.g. A.I.1.i.a")
    state: Literal["open", "answered"] = Field(description="State after the fact")
    open_count: Count = Field(description="Open findings of the unit's year after the fact")

    def subject(self) -> str:
        return self.finding_id


class FindingOpened(FindingFact):
    """An assessor raised a finding."""

    event_type: ClassVar[str] = "id.zi.planning.finding.opened.v1"


class FindingAnswered(FindingFact):
    """The unit answered a finding."""

    event_type: ClassVar[str] = "id.zi.planning.finding.answered.v1"


class NominationFact(EventData):
    """A unit's place in its agency's proposal of a year; each act on the proposal tells all its units."""

    topic: ClassVar[str] = "zi.planning.nomination.v1"

    candidacy_id: Id = Field(description="The unit's place in the proposal")
    nomination_id: Id = Field(description="The proposal, shared by all its units")
    agency_id: UnitId = Field(description="Agency that proposes")
    year: Year
    category: Literal["WBK", "WBK-AFIRMASI", "WBBM"] = Field(description="As the ministry's portal names it")
    predicate: Predicate = Field(description="Predicate the unit is proposed for")
    is_kawasan: bool = Field(default=False, description="Proposed in a group with other units")
    state: Literal["proposed", "submitted", "frozen", "withdrawn"] = Field(
        description="State after the fact; a unit that was left out of a proposal is withdrawn"
    )
    package_version: Count = Field(
        default=0, description="Newest frozen package that holds the unit; 0 before any"
    )

    def subject(self) -> str:
        return self.candidacy_id


class NominationProposed(NominationFact):
    """An agency put the unit forward, or changed what it puts forward."""

    event_type: ClassVar[str] = "id.zi.planning.nomination.proposed.v1"


class NominationSubmitted(NominationFact):
    """The proposal was handed in with its letter and the signed responsibility (SPTJM)."""

    event_type: ClassVar[str] = "id.zi.planning.nomination.submitted.v1"


class NominationFrozen(NominationFact):
    """A package was frozen that holds the unit's answers of both layers."""

    event_type: ClassVar[str] = "id.zi.planning.nomination.frozen.v1"


class NominationWithdrawn(NominationFact):
    """The proposal was taken back, or goes on without the unit; frozen packages stay."""

    event_type: ClassVar[str] = "id.zi.planning.nomination.withdrawn.v1"
