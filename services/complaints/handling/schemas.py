"""What is sent and received about reports."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.complaints.decrees.domain import Stream
from services.complaints.handling.data import smallest_cell
from services.complaints.handling.domain.declarations import ConflictFigures
from services.complaints.handling.domain.evaluation import EvaluatedStream, Evaluation, Subject
from services.complaints.handling.domain.evaluation import Findings as Said
from services.complaints.handling.domain.figures import Figures, counters_of, counts_of
from services.complaints.handling.domain.periods import PERIOD, period_of
from services.complaints.handling.domain.responsive import Responsiveness
from services.complaints.handling.usecases.report import Line, Report
from shared.contracts.complaints import HandlingCounts
from shared.http.fields import Body, UnitId
from shared.http.text import FreeText

PeriodText = Annotated[str, Field(pattern=PERIOD, description="2026, 2026-S1, 2026-Q1 or 2026-03")]
Words = Annotated[str, FreeText(5, 5000)]
Reference = Annotated[str, FreeText(1, 200)]
MOST_REFERENCES = 20
SHARE_PLACES = 4
MAX_VERSION = 10_000


class ShareOut(BaseModel):
    """An exact share: `part` of `whole`; `share` is rounded half even to four places, null of nothing."""

    part: int
    whole: int
    share: str | None

    @classmethod
    def of(cls, part: int, whole: int) -> Self:
        """Return the share of part in whole."""
        return cls(part=part, whole=whole, share=None if not whole else written(Fraction(part, whole)))


def written(value: Fraction) -> str:
    """Return a share with four places, half to even."""
    return str(Decimal(round(value * 10**SHARE_PLACES)).scaleb(-SHARE_PLACES))


class FiguresOut(BaseModel):
    """Figures of the cases received in a period, as they stand now; a share of nothing is null."""

    received: int
    due: int = Field(description="n1: complaints to be followed up, in progress and completed")
    in_progress: int = Field(description="n2: complaints in progress, also those taken up again")
    completed: int = Field(description="n3: complaints completed (SELESAI)")
    completed_share: ShareOut = Field(description="n3 of n1, the ratio of A.II.5.ii.a")
    carried_over: int = Field(description="Complaints received before the period and open at its start")
    carried_over_completed: int = Field(description="Those of them that are completed by now")
    kinds: Mapping[str, int]
    channels: Mapping[str, int]
    dismissed: Mapping[str, int] = Field(description="Ended without an answer, by the way they ended")
    withdrawn: int
    closed: int = Field(description="Cases of every kind that are closed")
    closed_by_silence: ShareOut = Field(description="Closed because the reporter said nothing, of all closed")
    median_first_response_seconds: int | None = Field(
        description="Median from receipt to the first follow-up, of the cases that had one"
    )
    first_in_time: ShareOut = Field(description="First follow-ups in time, of those that were due or done")
    late: ShareOut = Field(description="Cases with a clock of officers that ran out, of all received")
    answered_in_last_hour: int = Field(description="Answered less than an hour before the time was over")
    late_pauses: int = Field(description="Pauses that were asked for so late that a second person agreed")
    late_reclassifications: int = Field(description="Reclassifications likewise, that gave more time")
    objections: int
    reopenings: int
    standard_breaches: int

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """Return figures as they are answered."""
        median = figures.median_first_response
        shares = {
            "completed_share": (figures.completed, figures.due),
            "closed_by_silence": (figures.closed_by_silence, figures.closed),
            "first_in_time": (figures.first_in_time, figures.first_due),
            "late": (figures.late, figures.received),
        }
        counts = {name: value for name, value in counts_of(figures).items() if name in cls.model_fields}
        return cls.model_validate(
            counts
            | counters_of(figures)
            | {name: ShareOut.of(part, whole) for name, (part, whole) in shares.items()}
            | {"median_first_response_seconds": None if median is None else round(median.total_seconds())}
        )


class LineOut(BaseModel):
    """The figures of a unit or an agency in one stream."""

    agency_id: str
    unit_id: str | None = Field(description="Null: an agency's line, or cases whose unit nobody knows yet")
    unit_name: str | None
    stream: Stream
    figures: FiguresOut

    @classmethod
    def of(cls, line: Line) -> Self:
        """Return a line as it is answered."""
        return cls(
            agency_id=line.agency_id,
            unit_id=line.unit_id,
            unit_name=line.unit_name,
            stream=line.stream,
            figures=FiguresOut.of(line.figures),
        )


class ProofOut(BaseModel):
    """What the figures and decrees of a unit say of a yes/no item of the LKE, for a person to take over."""

    item: str = Field(description="Code of the item, e.g. A.I.5.iii.c")
    is_met: bool = Field(description="Whether it speaks for yes")
    words: str


class ResponsiveOut(BaseModel):
    """How fast, and by how many channels, a unit answers service complaints (A.II.6.ii.a)."""

    item: str
    working_channels: int = Field(description="Registered channels that are open and answer today")
    working_kinds: list[str] = Field(description="Their kinds, each once")
    is_many: bool = Field(description="As many different kinds as the norm asks")
    median_first_response_seconds: int | None
    first_in_time: ShareOut = Field(
        description="First follow-ups in time (D4), of those that were due or done"
    )
    is_fast: bool | None = Field(description="As the norm has it; null where none was due")
    answer: str | None = Field(description="What the norm proposes; null: a person judges")
    source: str
    is_confirmed: bool = Field(description="Whether somebody has confirmed the norm against its source")

    @classmethod
    def of(cls, one: Responsiveness) -> Self:
        """Return it as it is answered."""
        return cls(
            item=one.norms.item,
            working_channels=one.channels,
            working_kinds=list(one.kinds),
            is_many=one.is_many,
            median_first_response_seconds=None if one.median is None else round(one.median.total_seconds()),
            first_in_time=ShareOut.of(one.in_time, one.due),
            is_fast=one.is_fast,
            answer=one.answer,
            source=one.norms.source,
            is_confirmed=one.norms.is_confirmed,
        )


class ReportOut(BaseModel):
    """The handling of the cases that were received in a period; streams are never in one sum."""

    period: str
    first: date
    last: date
    by: Literal["unit", "agency"]
    at: datetime = Field(description="When it was counted")
    lines: list[LineOut]
    totals: dict[Stream, FiguresOut]
    proofs: list[ProofOut] = Field(description="Of the one unit that was asked for; else empty")
    responsive: ResponsiveOut | None = Field(
        default=None, description="Of the one unit that was asked for; null without its service complaints"
    )

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return a report as it is answered."""
        return cls(
            period=report.period.name,
            first=report.period.first,
            last=report.period.last,
            by=report.by,
            at=report.at,
            lines=[LineOut.of(line) for line in report.lines],
            totals={stream: FiguresOut.of(figures) for stream, figures in report.totals.items()},
            proofs=[ProofOut(item=one.item, is_met=one.is_met, words=one.words) for one in report.proofs],
            responsive=None if report.responsive is None else ResponsiveOut.of(report.responsive),
        )


class EvaluationIn(Body):
    """An evaluation (monev) of how a unit handled a stream in a period; its figures are frozen with it."""

    unit_id: UnitId
    stream: EvaluatedStream = Field(description="benturan_kepentingan: declarations of interest (A.I.5.v.d)")
    period: PeriodText
    conclusion: Words
    findings: Words
    follow_up: Words = Field(description="What is done about what was found")
    evidence: list[Reference] = Field(
        default_factory=list, max_length=MOST_REFERENCES, description="Document references"
    )
    based_on: int = Field(
        default=0, ge=0, le=MAX_VERSION, strict=True, description="Version that it replaces; 0: none"
    )

    def subject(self) -> Subject:
        """Return what is evaluated."""
        return Subject(self.unit_id, self.stream, period_of(self.period))

    def said(self) -> Said:
        """Return what the evaluation says."""
        return Said(self.conclusion, self.findings, self.follow_up, tuple(self.evidence))


class ConflictsOut(BaseModel):
    """Declarations of interest of the period, and the map; a null is too small, or would tell what is."""

    declared: int | None
    decided_in_time: int | None
    decided_late: int | None
    open: int | None = Field(description="Nobody has decided them")
    has_hidden: bool = Field(
        description="Whether those that concern superiors are counted: for inspectors below whom nobody is"
    )
    map_entries: int = Field(description="Entries of the unit's map")
    map_reviewed: int = Field(description="Those looked at since the year of the period began")

    @classmethod
    def of(cls, figures: ConflictFigures, *, sees_hidden: bool) -> Self:
        """Return the figures as a reader may see them."""
        told = figures.told(sees_hidden=sees_hidden, smallest=smallest_cell())
        return cls(
            declared=told.declared,
            decided_in_time=told.in_time,
            decided_late=told.late,
            open=told.open,
            has_hidden=told.has_hidden,
            map_entries=figures.map_entries,
            map_reviewed=figures.map_reviewed,
        )


class EvaluationOut(BaseModel):
    """An evaluation as it was made."""

    id: UUID
    version: int = Field(description="1, and one more each time the evaluation of this period is replaced")
    unit_id: str
    stream: EvaluatedStream
    period: str
    conclusion: str
    findings: str
    follow_up: str
    evidence: list[str]
    counts: HandlingCounts | None = Field(description="Frozen with it; null where the stream has no cases")
    conflicts: ConflictsOut | None = Field(
        default=None, description="Of benturan_kepentingan, frozen with it; null in those from before"
    )
    evaluated_by: str
    evaluated_at: datetime

    @classmethod
    def of(cls, one: Evaluation, *, sees_hidden: bool) -> Self:
        """Return an evaluation as it is answered to who may see hidden declarations, or may not."""
        conflicts = one.conflicts
        return cls(
            id=one.id,
            version=one.version,
            unit_id=one.subject.unit_id,
            stream=one.subject.stream,
            period=one.subject.period.name,
            conclusion=one.said.conclusion,
            findings=one.said.findings,
            follow_up=one.said.follow_up,
            evidence=list(one.said.evidence),
            counts=None if one.counts is None else HandlingCounts.model_validate(one.counts),
            conflicts=None if conflicts is None else ConflictsOut.of(conflicts, sees_hidden=sees_hidden),
            evaluated_by=one.evaluated_by,
            evaluated_at=one.evaluated_at,
        )
