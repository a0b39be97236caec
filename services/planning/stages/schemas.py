"""Stages, windows, rounds, assessors and findings over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.fields import ItemCode, Line, Shown, Text
from services.planning.layers import Layer
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import CLEARERS, Clearer, Given, Objection
from services.planning.stages.domain.assessors import AssessorRole, Assignment, Share
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.findings import FindingState
from services.planning.stages.domain.rounds import GivenAnswer, Round
from services.planning.stages.domain.stage import Stage, Window
from services.planning.stages.store.assessors import Load
from services.planning.stages.usecases.reading import Shown as ShownStage
from shared.http.fields import Body, Day, Flag, UnitId, Whole
from shared.http.text import FreeText
from shared.kernel import SUBJECT_PATTERN

Subject = Annotated[str, Field(pattern=SUBJECT_PATTERN, description="The issuer's pseudonym of the account")]
Said = Annotated[str, FreeText(1, 5000)]


class DecreeIn(Body):
    number: Line
    dated_on: Day
    signatory: Line
    document_id: UUID | None = Field(default=None, description="Its file, a paper of the agency")

    def decree(self) -> Decree:
        return Decree(self.number, self.dated_on, self.signatory, self.document_id)


class ActIn(Body):
    """What comes with an act; most need nothing."""

    reason: Text | None = Field(default=None, description="Why; required by acts that send back or end")
    is_awarded: Flag | None = Field(default=None, description="Of `decide`: whether the predicate is given")
    cleared: list[Clearer] = Field(
        default_factory=list, max_length=len(CLEARERS), description="Of `decide`: who has cleared the unit"
    )

    decree: DecreeIn | None = Field(
        default=None, description="The SK: of `decide` where the predicate is given, and of `revoke`"
    )

    def given(self) -> Given:
        decree = None if self.decree is None else self.decree.decree()
        return Given(self.reason or None, self.is_awarded, frozenset(self.cleared), decree)


class MoveOut(Shown):
    version: int
    act: Act
    source: Stage
    target: Stage
    round: int = Field(description="The unit's round after the act")
    reason: str | None
    moved_by: str = Field(description="Pseudonym of who did it")
    moved_at: datetime


class ShareOut(Shown):
    assessor_id: UUID
    areas: list[int] = Field(description="Areas 1-6; empty for all")
    minutes: int


class AssignmentOut(Shown):
    unit_id: str
    year: int
    layer: Layer
    team_id: str
    members: list[ShareOut]
    version: int

    @classmethod
    def of(cls, found: object) -> Self:
        assert isinstance(found, Assignment)  # noqa: S101 - tells the type checker
        return cls(
            unit_id=found.unit_id,
            year=found.year,
            layer=found.layer,
            team_id=found.team_id,
            members=[ShareOut.of(share) for share in found.shares],
            version=found.version,
        )


class DaysOut(BaseModel):
    """The window of a stage for this unit; null ends are open."""

    window: Window
    opens_on: date | None
    closes_on: date | None = Field(description="Last day, within; in the unit's zone")
    is_open: bool


class StageOut(BaseModel):
    """Where an assessment stands; version 0 until somebody moves it."""

    unit_id: str
    year: int
    stage: Stage
    round: int = Field(description="How often the unit has had the worksheet")
    tpi_round: int
    is_nominated: bool
    objection: Objection
    is_awarded: bool | None
    is_carried_over: bool = Field(
        description="Under review before there were stages; unit and TPI write both"
    )
    version: int
    today: date = Field(description="In the unit's zone")
    windows: list[DaysOut]
    acts: list[Act] = Field(description="What leads on from here and is for the caller's roles")
    writable: list[Layer] = Field(description="Layers that stage and windows let in now")
    assignments: list[AssignmentOut]
    open_findings: int
    changed_items: list[str] | None = Field(
        description="Items of the unit layer written since it was handed in; null before that"
    )
    moves: list[MoveOut]

    @classmethod
    def of(cls, shown: ShownStage) -> Self:
        told = shown.standing
        mine = told.assessment
        days = {window: told.days(window) for window in Window}
        return cls(
            unit_id=mine.unit_id,
            year=mine.year,
            stage=mine.stage,
            round=mine.round,
            tpi_round=mine.tpi_round,
            is_nominated=mine.is_nominated,
            objection=mine.objection,
            is_awarded=mine.is_awarded,
            is_carried_over=mine.is_carried_over,
            version=mine.version,
            today=told.today,
            windows=[
                DaysOut(
                    window=window,
                    opens_on=found.opens_on,
                    closes_on=found.closes_on,
                    is_open=found.hold(told.today),
                )
                for window, found in days.items()
            ],
            acts=list(shown.acts),
            writable=list(shown.writable),
            assignments=[AssignmentOut.of(one) for one in shown.assignments],
            open_findings=shown.open_findings,
            changed_items=None if shown.changed_items is None else list(shown.changed_items),
            moves=[MoveOut.of(move) for move in shown.moves],
        )


class RoundOut(Shown):
    unit_id: str
    year: int
    layer: Layer
    round: int
    cut: int = Field(description="Version of the worksheet at which the layer was frozen")
    revisions: dict[UUID, int] = Field(description="Revision of each linked evidence at that time")
    sha256: str = Field(description="Over the canonical answers and these revisions")
    frozen_by: str
    frozen_at: datetime


class RoundsOut(BaseModel):
    items: list[RoundOut]

    @classmethod
    def of(cls, found: Sequence[Round]) -> Self:
        return cls(items=[RoundOut.of(one) for one in found])


class FrozenAnswerOut(BaseModel):
    item_code: str
    letter: str | None
    index: str | None
    inputs: dict[str, int] | None
    note: str | None
    evidence_ids: list[UUID]
    version: int
    written_by: str
    written_at: datetime

    @classmethod
    def of(cls, one: GivenAnswer) -> Self:
        answer = one.answer
        return cls(
            item_code=one.item_code,
            letter=answer.letter if answer else None,
            index=answer.index_text if answer else None,
            inputs=dict(answer.inputs) if answer and answer.inputs is not None else None,
            note=one.note,
            evidence_ids=list(one.evidence_ids),
            version=one.version,
            written_by=one.written_by,
            written_at=one.written_at,
        )


class FrozenRoundOut(RoundOut):
    answers: list[FrozenAnswerOut]

    @classmethod
    def of_answers(cls, found: Round, answers: Sequence[GivenAnswer]) -> Self:
        shown = RoundOut.of(found).model_dump()
        return cls(**shown, answers=[FrozenAnswerOut.of(one) for one in answers])


class WindowIn(Body):
    """The days of a window, both within, each unit counting in its own zone."""

    opens_on: Day | None = Field(default=None, description="First day; null: open from the start")
    closes_on: Day | None = Field(default=None, description="Last day; null: open to the end")
    reason: Text | None = Field(default=None, description="Required to move what was announced")


class WindowOut(Shown):
    window_id: UUID
    year: int
    window: Window
    agency_id: str | None = Field(description="Null: for every agency without a window of its own")
    opens_on: date | None
    closes_on: date | None
    reason: str | None
    version: int


class AgencyIn(Body):
    agency_type: Annotated[str, Field(max_length=60, description="e.g. kementerian")]


class AgencyOut(BaseModel):
    agency_id: str
    agency_type: str | None
    has_preliminary: bool = Field(description="Whether units are checked before TPI")
    version: int


class TeamIn(Body):
    """A team of assessors: with an agency for its own layer, without one for the national layer."""

    team_id: UnitId
    layer: Literal["tpi", "tpn"]
    agency_id: UnitId | None = Field(
        default=None, description="Of a tpi team; default: the only agency of the caller's scope"
    )
    name: Line = Field(description="What the team is called, never a person")


class TeamOut(Shown):
    team_id: str
    layer: Layer
    agency_id: str | None
    name: str
    version: int


class AssessorIn(Body):
    team_id: UnitId
    subject: Subject
    organisation: Line = Field(description="Who sent them, e.g. KPK, Inspektorat")
    role: AssessorRole = AssessorRole.ANGGOTA
    unit_id: UnitId | None = Field(default=None, description="Unit they work in; they never assess it")


class AssessorPatch(Body):
    """Fields to change; those left out stay, and null empties `unit_id`."""

    organisation: Line | None = None
    role: AssessorRole | None = None
    unit_id: UnitId | None = None
    is_active: Flag | None = None

    def changes(self) -> dict[str, object]:
        sent = self.model_dump(exclude_unset=True)
        return {name: value for name, value in sent.items() if value is not None or name == "unit_id"}


class AssessorOut(Shown):
    assessor_id: UUID
    team_id: str
    subject: str
    organisation: str
    role: AssessorRole
    unit_id: str | None
    is_active: bool
    version: int


class ShareIn(Body):
    assessor_id: UUID
    areas: list[Annotated[Whole, Field(ge=1, le=6)]] = Field(
        default_factory=list, max_length=6, description="Areas they look after; none: all"
    )
    minutes: Annotated[Whole, Field(ge=0, le=10_000)] = Field(description="Planned for this unit")

    def share(self) -> Share:
        return Share(self.assessor_id, tuple(sorted(set(self.areas))), self.minutes)


class AssignmentIn(Body):
    team_id: UnitId
    members: list[ShareIn] | None = Field(
        default=None, min_length=1, max_length=50, description="Left out: all of the team, evenly"
    )

    def shares(self) -> list[Share] | None:
        return None if self.members is None else [member.share() for member in self.members]


class MemberLoadOut(BaseModel):
    assessor_id: UUID
    role: AssessorRole
    units: int
    minutes: int


class WorkloadOut(BaseModel):
    team_id: str
    units: int
    unit_limit: int
    minutes: int
    minutes_per_unit_limit: int
    members: list[MemberLoadOut]

    @classmethod
    def of(cls, team_id: str, loads: Sequence[Load], *, unit_limit: int, minute_limit: int) -> Self:
        own = [load for load in loads if load.team_id == team_id]
        whole = next(load for load in own if load.assessor_id is None)
        return cls(
            team_id=team_id,
            units=whole.units,
            unit_limit=unit_limit,
            minutes=whole.minutes,
            minutes_per_unit_limit=minute_limit,
            members=[
                MemberLoadOut(
                    assessor_id=load.assessor_id, role=load.role, units=load.units, minutes=load.minutes
                )
                for load in own
                if load.assessor_id is not None and load.role is not None
            ],
        )


class FindingIn(Body):
    item_code: ItemCode
    text: Said


class FindingAnswerIn(Body):
    answer: Said


class FindingOut(Shown):
    finding_id: UUID
    unit_id: str
    year: int
    item_code: str
    text: str
    state: FindingState
    answer: str | None
    raised_by: str
    answered_by: str | None
    open_count: int
    version: int
