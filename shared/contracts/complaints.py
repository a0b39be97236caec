"""Facts that complaints publishes: cases, gifts, conflicts of interest, and the deadlines on them."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import MAX_INT, Code, Day, EventData, Id, Moment, UnitId, Year

CaseState = Literal[
    "DITERIMA",
    "MENUNGGU_KELENGKAPAN",
    "DIVERIFIKASI",
    "DIDISPOSISIKAN",
    "DIPROSES",
    "DITANGGAPI",
    "SELESAI",
]
Dismissed = Literal["DITOLAK", "DUPLIKAT", "BUKAN_WEWENANG", "DITUTUP_TIDAK_LENGKAP"]
AnyState = Literal[
    "DITERIMA",
    "MENUNGGU_KELENGKAPAN",
    "DIVERIFIKASI",
    "DIDISPOSISIKAN",
    "DIPROSES",
    "DIPERIKSA",
    "DITANGGAPI",
    "DIBUKA_KEMBALI",
    "SELESAI",
    "DITOLAK",
    "DUPLIKAT",
    "BUKAN_WEWENANG",
    "DITUTUP_TIDAK_LENGKAP",
]
Stream = Literal["masyarakat", "pelayanan"]
CountsAs = Literal["in_progress", "completed", "none"]
CASE_KINDS = frozenset({"aspirasi", "konsultasi", "pengaduan", "permintaan_informasi"})
"""The kinds of cases; clocks run on other matters too."""


MOST_SERVED = 500
"""Units that one handling unit may name; more of them are their whole agency."""


class CaseFact(EventData):
    """A case as it stands after an act; nothing of its content and nobody's identity."""

    topic: ClassVar[str] = "zi.complaints.case.v1"
    may_lack_unit: ClassVar[bool] = True

    case_id: Id
    kind: Code = Field(description="Kind of case, e.g. pengaduan")
    stream: Stream = Field(description="Oversight (masyarakat) or service (pelayanan); never in one ratio")
    case_class: Code | None = Field(default=None, description="ringan, normatif, tidak_berkadar, ...")
    channel_kind: Code = Field(description="How it came in, e.g. web, loket")
    state: CaseState = Field(description="State after the fact")
    cycle: int = Field(ge=1, le=MAX_INT, description="1, and one more per objection")
    counts_as: CountsAs = Field(description="How the LKE counts the case")
    period_year: Year = Field(description="Local year of receipt in the unit's zone")
    received_at: Moment = Field(description="When the complaint reached the agency")
    first_follow_up_at: Moment | None = Field(default=None, description="First substantive act")
    closed_at: Moment | None = Field(default=None, description="When the case ended")
    closed_by: Literal["reporter", "silence", "officer"] | None = Field(
        default=None, description="Whose act, or whose silence, ended it"
    )
    outcome: Code | None = Field(default=None, description="Finding of the answer, e.g. terbukti")
    is_standard_breach: bool = Field(default=False, description="A service standard was broken")
    is_backdated: bool = Field(default=False, description="Entered later than received, with a reason")
    parent_id: Id | None = Field(default=None, description="Case this one was split from or repeats")

    def subject(self) -> str:
        return self.case_id


class CaseReceived(CaseFact):
    """A complaint was received."""

    event_type: ClassVar[str] = "id.zi.complaints.case.received.v1"


class CaseCompletionRequested(CaseFact):
    """Missing facts were asked of the reporter."""

    event_type: ClassVar[str] = "id.zi.complaints.case.completion_requested.v1"


class CaseCompleted(CaseFact):
    """The reporter gave the missing facts."""

    event_type: ClassVar[str] = "id.zi.complaints.case.completed.v1"


class CaseVerified(CaseFact):
    """Kind, stream, class and unit were verified."""

    event_type: ClassVar[str] = "id.zi.complaints.case.verified.v1"


class CaseDisposed(CaseFact):
    """Unit and officer were named (disposisi)."""

    event_type: ClassVar[str] = "id.zi.complaints.case.disposed.v1"


class CaseFollowedUp(CaseFact):
    """A substantive act was taken (tindak lanjut)."""

    event_type: ClassVar[str] = "id.zi.complaints.case.followed_up.v1"


class CaseDrafted(CaseFact):
    """An answer was drafted and awaits approval."""

    event_type: ClassVar[str] = "id.zi.complaints.case.drafted.v1"


class CaseResponded(CaseFact):
    """The approved answer was delivered (tanggapan)."""

    event_type: ClassVar[str] = "id.zi.complaints.case.responded.v1"


class CaseClosed(CaseFact):
    """The case was closed by the reporter's acceptance or by silence."""

    event_type: ClassVar[str] = "id.zi.complaints.case.closed.v1"


class CaseReassigned(CaseFact):
    """Another officer handles the case."""

    event_type: ClassVar[str] = "id.zi.complaints.case.reassigned.v1"


class CaseProceeded(CaseFact):
    """The reporter let the time to complete pass, and the officer goes on with what is there."""

    event_type: ClassVar[str] = "id.zi.complaints.case.proceeded.v1"


class CaseObjected(CaseFact):
    """The reporter objected to the answer (keberatan): a new cycle begins."""

    event_type: ClassVar[str] = "id.zi.complaints.case.objected.v1"


class CaseWithdrawn(CaseFact):
    """The reporter withdrew the complaint; it counts nowhere."""

    event_type: ClassVar[str] = "id.zi.complaints.case.withdrawn.v1"

    state: Literal["DICABUT"] = Field(description="State after the fact")  # type: ignore[assignment]


class _CaseAnywhere(CaseFact):
    """A case after a fact that may leave it in any state, also in those that the first facts did not know."""

    state: AnyState = Field(description="State after the fact")  # type: ignore[assignment]


class CaseHandedOver(_CaseAnywhere):
    """Another officer handles a case that is inspected or was reopened."""

    event_type: ClassVar[str] = "id.zi.complaints.case.handed_over.v1"


class CaseTransferred(_CaseAnywhere):
    """The case was handed to another unit of its agency; nobody handles it until that unit names somebody."""

    event_type: ClassVar[str] = "id.zi.complaints.case.transferred.v1"


class CaseReclassified(_CaseAnywhere):
    """Kind, stream or class of the case is another one from now on."""

    event_type: ClassVar[str] = "id.zi.complaints.case.reclassified.v1"


class CaseInspectionOrdered(_CaseAnywhere):
    """An inspection was ordered (pemeriksaan)."""

    event_type: ClassVar[str] = "id.zi.complaints.case.inspection_ordered.v1"


class CaseReviewCorrected(_CaseAnywhere):
    """A superior corrected the review of a complaint about a court."""

    event_type: ClassVar[str] = "id.zi.complaints.case.review_corrected.v1"


class CaseReviewDecided(_CaseAnywhere):
    """It was decided about the review of a complaint about a court."""

    event_type: ClassVar[str] = "id.zi.complaints.case.review_decided.v1"


class CaseInspectionBegun(_CaseAnywhere):
    """The inspection of a complaint about a court began."""

    event_type: ClassVar[str] = "id.zi.complaints.case.inspection_begun.v1"


class CaseInspectionReported(_CaseAnywhere):
    """The inspection of a complaint about a court was reported."""

    event_type: ClassVar[str] = "id.zi.complaints.case.inspection_reported.v1"


class CaseFindingsDrafted(_CaseAnywhere):
    """An answer was drafted from what the inspection found, and awaits approval."""

    event_type: ClassVar[str] = "id.zi.complaints.case.findings_drafted.v1"


class CaseExtended(_CaseAnywhere):
    """The time to answer was extended once, for a reason."""

    event_type: ClassVar[str] = "id.zi.complaints.case.extended.v1"


class CaseReopened(_CaseAnywhere):
    """A closed case was taken up again: a new cycle begins."""

    event_type: ClassVar[str] = "id.zi.complaints.case.reopened.v1"


class CaseDismissalProposed(_CaseAnywhere):
    """An officer proposed to end the case without an answer; somebody else decides."""

    event_type: ClassVar[str] = "id.zi.complaints.case.dismissal_proposed.v1"


class CaseDismissalRefused(_CaseAnywhere):
    """The case stays open against a proposal to end it."""

    event_type: ClassVar[str] = "id.zi.complaints.case.dismissal_refused.v1"


class CaseDismissed(CaseFact):
    """The case ended without an answer, by two people; it counts nowhere."""

    event_type: ClassVar[str] = "id.zi.complaints.case.dismissed.v1"

    state: Dismissed = Field(description="State after the fact")  # type: ignore[assignment]


class CaseAppealed(_CaseAnywhere):
    """The reporter appealed against the end of the case (banding)."""

    event_type: ClassVar[str] = "id.zi.complaints.case.appealed.v1"


class CaseAppealDecided(_CaseAnywhere):
    """The appeal was decided: the case is worked on anew, or stays ended."""

    event_type: ClassVar[str] = "id.zi.complaints.case.appeal_decided.v1"


class DeadlineFact(EventData):
    """A clock of a case, a reported gift or a declared interest as it stands after this fact."""

    topic: ClassVar[str] = "zi.complaints.deadline.v1"
    may_lack_unit: ClassVar[bool] = True

    deadline_id: Id
    case_id: Id = Field(description="The case, gift, declaration or review of a map that the clock is of")
    kind: Code | None = Field(
        default=None, description="Kind of what the clock is of, e.g. gratifikasi; null in older facts"
    )
    rule_id: Code = Field(description="Policy id, e.g. D1")
    policy_version: Code = Field(description="Version of the policy the clock was armed under")
    calendar_version: int = Field(ge=0, le=MAX_INT, description="Version of the working-day calendar used")
    cycle: int = Field(ge=1, le=MAX_INT, description="Cycle of the case the clock belongs to")
    rung: Code | None = Field(default=None, description="Rung that fired, e.g. p50, due, plus1")
    due_at: Moment = Field(description="When the act is due")
    old_due_at: Moment | None = Field(default=None, description="Due time before it was moved")
    detected_at: Moment | None = Field(default=None, description="When the engine saw the rung pass")
    is_provisional: bool = Field(default=False, description="Computed over holidays not yet decreed")
    holder: Code | None = Field(
        default=None, description="Role that has to act, e.g. case_handler, or reporter; null in older facts"
    )

    def subject(self) -> str:
        return self.deadline_id


class DeadlineArmed(DeadlineFact):
    """The clock started."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.armed.v1"


class DeadlineReminded(DeadlineFact):
    """A reminder rung fired."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.reminded.v1"


class DeadlineOverdue(DeadlineFact):
    """The due time passed without the act: the one breach of this clock and cycle."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.overdue.v1"


class DeadlineEscalated(DeadlineFact):
    """A rung above the breach fired."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.escalated.v1"


class DeadlineMet(DeadlineFact):
    """The required act was done, in time or late."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.met.v1"


class DeadlineCancelled(DeadlineFact):
    """The clock ended without its act, which nobody awaits any more."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.cancelled.v1"


class DeadlinePaused(DeadlineFact):
    """The clock stands still while the reporter completes the file."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.paused.v1"


class DeadlineResumed(DeadlineFact):
    """A paused clock runs again with a recomputed due time."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.resumed.v1"


class DeadlineRescheduled(DeadlineFact):
    """The due time moved (calendar, class, unit, more time), or it stayed and was told again."""

    event_type: ClassVar[str] = "id.zi.complaints.deadline.rescheduled.v1"


class CalendarDay(BaseModel):
    """A day off."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    day: Day
    kind: Code = Field(description="national, cuti_bersama, local or election")


class CalendarFact(EventData):
    """All days off of a year in the nation, a zone or one unit, as somebody who read the decree said it."""

    topic: ClassVar[str] = "zi.complaints.calendar.v1"
    may_lack_unit: ClassVar[bool] = True

    calendar_id: Id = Field(description="Whose days off of which year, e.g. national:2026")
    reach: Literal["national", "zone", "unit"] = Field(description="Whom the days concern")
    zone: Literal["WIB", "WITA", "WIT"] | None = Field(default=None, description="The zone, for reach zone")
    year: Year
    calendar_version: int = Field(ge=0, le=MAX_INT, description="Version of the calendar that says so")
    days_off: tuple[CalendarDay, ...] = Field(description="Every day off of the year, in order")

    def subject(self) -> str:
        return self.calendar_id


class CalendarConfirmed(CalendarFact):
    """The days off of a year were confirmed for the first time."""

    event_type: ClassVar[str] = "id.zi.complaints.calendar.confirmed.v1"


class CalendarChanged(CalendarFact):
    """The confirmed days off of a year were changed; running clocks are moved after it."""

    event_type: ClassVar[str] = "id.zi.complaints.calendar.changed.v1"


class HandlingCounts(BaseModel):
    """How the cases received in a period stand. Source: complaints.md section 11."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    received: int = Field(ge=0, le=MAX_INT, description="Cases of every kind")
    due: int = Field(ge=0, le=MAX_INT, description="n1: complaints in progress and completed")
    in_progress: int = Field(ge=0, le=MAX_INT, description="n2")
    completed: int = Field(ge=0, le=MAX_INT, description="n3")
    carried_over: int = Field(ge=0, le=MAX_INT, description="Received before, open at the period's start")
    dismissed: int = Field(ge=0, le=MAX_INT, description="Ended without an answer")
    withdrawn: int = Field(ge=0, le=MAX_INT, description="Withdrawn by their reporters")
    closed_by_silence: int = Field(ge=0, le=MAX_INT, description="Closed as the reporter said nothing")
    late: int = Field(ge=0, le=MAX_INT, description="Cases with a clock of officers that ran out")
    first_due: int = Field(ge=0, le=MAX_INT, description="First follow-ups that were due or done")
    first_in_time: int = Field(ge=0, le=MAX_INT, description="Those of them that were in time")
    standard_breaches: int = Field(ge=0, le=MAX_INT, description="Answers that found a breach of standards")
    median_first_response_seconds: int | None = Field(
        default=None, ge=0, le=MAX_INT, description="Null where no case had a response"
    )


class HandlingFact(EventData):
    """The evaluation (monev) of handling in a unit, stream and period that holds now."""

    topic: ClassVar[str] = "zi.complaints.handling.v1"

    handling_id: Id = Field(description="Unit, stream and period, e.g. kantor-a:masyarakat:2026-S1")
    stream: Code = Field(description="masyarakat, pelayanan or benturan_kepentingan")
    period: Code = Field(description="2026, 2026-S1, 2026-Q1 or 2026-03")
    edition: int = Field(ge=1, le=MAX_INT, description="1, and one more each time it is replaced")
    evidence_count: int = Field(ge=0, le=MAX_INT, description="Documents that it refers to")
    counts: HandlingCounts | None = Field(
        default=None, description="Frozen with it; null where the stream has no figures"
    )

    def subject(self) -> str:
        return self.handling_id


class HandlingEvaluated(HandlingFact):
    """Handling was evaluated; an earlier evaluation of the same unit, stream and period is replaced."""

    event_type: ClassVar[str] = "id.zi.complaints.handling.evaluated.v1"


class DesignationFact(EventData):
    """A handling unit as its decree designates it: whom it serves, which streams, from when to when.

    No name, no account, no number of a decree. The key is the handling unit, for it may serve many units.
    """

    topic: ClassVar[str] = "zi.complaints.designation.v1"
    may_lack_unit: ClassVar[bool] = True

    designation_id: Id = Field(description="The handling unit; the record key")
    agency_id: UnitId = Field(description="Agency whose units it serves")
    is_for_agency: bool = Field(description="It serves every unit of the agency")
    unit_ids: list[UnitId] = Field(
        default_factory=list,
        max_length=MOST_SERVED,
        description="Units it serves, sorted; none for an agency",
    )
    streams: list[Stream] = Field(min_length=1, max_length=2, description="Streams it handles, sorted")
    has_decree: bool = Field(description="Its decree was entered; one carried over without proves nothing")
    valid_from: Day = Field(description="First day in force")
    valid_to: Day | None = Field(default=None, description="Last day in force; null: until it is ended")
    ended_on: Day | None = Field(default=None, description="First day without it; null while it goes on")

    def subject(self) -> str:
        return self.designation_id

    def key(self) -> str:
        """Return the handling unit: the topic is compacted, and a unit may be served by several."""
        return self.designation_id


class DesignationEntered(DesignationFact):
    """A handling unit was entered with its decree."""

    event_type: ClassVar[str] = "id.zi.complaints.designation.entered.v1"


class DesignationChanged(DesignationFact):
    """A handling unit is another one now, or has ended."""

    event_type: ClassVar[str] = "id.zi.complaints.designation.changed.v1"


class StatisticsFact(EventData):
    """How the cases that a unit received in a year stand, as counted last."""

    topic: ClassVar[str] = "zi.complaints.statistics.v1"

    statistics_id: Id = Field(description="Unit, stream and year, e.g. kantor-a:masyarakat:2026")
    stream: Stream = Field(description="Oversight (masyarakat) or service (pelayanan)")
    period: Code = Field(description="The year, e.g. 2026")
    counts: HandlingCounts = Field(description="As counted in that night")

    def subject(self) -> str:
        return self.statistics_id


class StatisticsRecorded(StatisticsFact):
    """The nightly count of a unit, stream and year came out otherwise than the one before."""

    event_type: ClassVar[str] = "id.zi.complaints.statistics.recorded.v1"


class GratificationFact(EventData):
    """A reported gift, or a period without one; nothing of who gave, what it was worth or where."""

    topic: ClassVar[str] = "zi.complaints.gratification.v1"

    gratification_id: Id = Field(description="The report, or the nil return")
    direction: Literal["terima", "tolak"] | None = Field(
        default=None, description="Whether the gift was taken or refused; null in a nil return"
    )
    object_kind: Code | None = Field(default=None, description="Kind of object, e.g. barang; null likewise")
    is_late: bool = Field(default=False, description="The report or what followed came after its clock")
    period: Code = Field(description="Part of a year in which the gift was received, e.g. 2026-S1")

    def subject(self) -> str:
        return self.gratification_id


class GratificationReported(GratificationFact):
    """Somebody of the unit reported a gift, taken or refused."""

    event_type: ClassVar[str] = "id.zi.complaints.gratification.reported.v1"


class GratificationSettled(GratificationFact):
    """It was decided whose the gift is."""

    event_type: ClassVar[str] = "id.zi.complaints.gratification.settled.v1"


class GratificationNilReturned(GratificationFact):
    """The unit stated that it got no gift in a period that is over."""

    event_type: ClassVar[str] = "id.zi.complaints.gratification.nil_returned.v1"


class CoiFact(EventData):
    """A declared conflict of interest, or a year's review of the map of them; nobody's name, no text."""

    topic: ClassVar[str] = "zi.complaints.coi.v1"

    coi_id: Id = Field(description="The declaration, or the review of the unit's map in a year")
    conflict_type: Code | None = Field(
        default=None, description="Type of conflict, e.g. hubungan_keluarga; null in a review"
    )
    is_late: bool = Field(default=False, description="The decision or the review came after its clock")
    period: Code = Field(description="Year of the declaration or of the review")

    def subject(self) -> str:
        return self.coi_id


class CoiDeclared(CoiFact):
    """Somebody of the unit declared a conflict of interest; their decision is suspended."""

    event_type: ClassVar[str] = "id.zi.complaints.coi.declared.v1"


class CoiDecided(CoiFact):
    """A superior decided whether there is a conflict, and how it is controlled."""

    event_type: ClassVar[str] = "id.zi.complaints.coi.decided.v1"


class CoiMapReviewed(CoiFact):
    """Every entry of the unit's map of conflicts was looked at in the year."""

    event_type: ClassVar[str] = "id.zi.complaints.coi.map_reviewed.v1"


class ChannelFact(EventData):
    """A way complaints come in, as it stands after the fact; nothing of its address or of where it hangs."""

    topic: ClassVar[str] = "zi.complaints.channel.v1"
    may_lack_unit: ClassVar[bool] = True

    channel_id: Id
    agency_id: Id = Field(description="Agency of the channel, which serves all of it where no unit is named")
    kind: Code = Field(description="Kind of channel, e.g. web, telepon, kotak")
    state: Literal["open", "down", "closed"] = Field(description="State after the fact")
    place_count: int = Field(ge=0, le=MAX_INT, description="Places where it is made known")

    def subject(self) -> str:
        return self.channel_id


class ChannelOpened(ChannelFact):
    """A channel was opened."""

    event_type: ClassVar[str] = "id.zi.complaints.channel.opened.v1"


class ChannelClosed(ChannelFact):
    """A channel was closed for good: it takes no case that comes in from then on."""

    event_type: ClassVar[str] = "id.zi.complaints.channel.closed.v1"


class ChannelCheckFailed(ChannelFact):
    """A channel does not answer any more; told once for each outage."""

    event_type: ClassVar[str] = "id.zi.complaints.channel.check_failed.v1"


class ChannelRecovered(ChannelFact):
    """A channel answers again."""

    event_type: ClassVar[str] = "id.zi.complaints.channel.recovered.v1"
