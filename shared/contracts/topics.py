"""The topic registry: one entry per stream, from which topics, docs and AsyncAPI are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.contracts import complaints, planning, scoring, survey
from shared.contracts.base import EventData
from shared.contracts.dead_letters import RecordDeadLettered, dead_letter_topic

PARTITIONS = 12
"""Fixed from day one, the same for all topics of a group: adding partitions later moves keys.

Source: performance.md section 6.
"""
DEAD_LETTER_RETENTION_MS = 90 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream. `events` are its contracts; `cleanup` is Kafka's `cleanup.policy`.

    `retention_ms` is -1 for topics that are kept without limit, because a rebuild reads them whole. Records
    of a topic with `tells_days_only` carry the day of the fact and no moment, in ids and traces neither:
    their times would tell which facts belong to one person. What is measured by record times leaves them out.
    """

    name: str
    description: str
    producer: str
    consumers: tuple[str, ...]
    events: tuple[type[EventData], ...]
    key: str = "unit_id"
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = -1
    partitions: int = PARTITIONS
    tells_days_only: bool = False

    @property
    def dead_letter(self) -> str:
        return dead_letter_topic(self.name)

    def configs(self) -> dict[str, str]:
        """Return the topic's broker configuration."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "compression.type": "producer",
            "message.timestamp.type": "CreateTime",
        }


TOPICS: tuple[Topic, ...] = (
    Topic(
        "zi.planning.unit.v1",
        "Register of units, the newest state of each",
        "planning",
        ("complaints", "survey", "scoring"),
        (planning.UnitRegistered, planning.UnitChanged),
        cleanup="compact",
    ),
    # keyed by the person: compacted by unit, the topic would keep one person of each
    Topic(
        "zi.planning.person.v1",
        "People of units by pseudonym, the newest state of each",
        "planning",
        ("complaints",),
        (planning.PersonEntered, planning.PersonChanged),
        key="person_id",
        cleanup="compact",
    ),
    Topic(
        "zi.planning.programme.v1",
        "Programmes of a unit and year with pinned edition and rule set",
        "planning",
        ("scoring",),
        (planning.ProgrammeCreated,),
    ),
    Topic(
        "zi.planning.activity.v1",
        "Activities of the work plan by LKE indicator",
        "planning",
        ("scoring",),
        (planning.ActivityPlanned, planning.ActivityCompleted),
    ),
    Topic(
        "zi.planning.worksheet.v1",
        "Answers of all layers of the LKE worksheet",
        "planning",
        ("scoring",),
        (planning.WorksheetAnswered,),
    ),
    Topic(
        "zi.planning.stage.v1",
        "Where the assessment of a unit and year stands, act by act",
        "planning",
        ("scoring",),
        (planning.StageMoved,),
    ),
    Topic(
        "zi.planning.finding.v1",
        "Findings of assessors, opened and answered, without their words",
        "planning",
        (),
        (planning.FindingOpened, planning.FindingAnswered),
    ),
    Topic(
        "zi.planning.nomination.v1",
        "Units that agencies propose for a predicate, and what became of the proposal",
        "planning",
        ("scoring",),
        (
            planning.NominationProposed,
            planning.NominationSubmitted,
            planning.NominationFrozen,
            planning.NominationWithdrawn,
        ),
    ),
    Topic(
        "zi.complaints.case.v1",
        "States of complaint cases",
        "complaints",
        ("planning", "scoring"),
        (
            complaints.CaseReceived,
            complaints.CaseCompletionRequested,
            complaints.CaseCompleted,
            complaints.CaseVerified,
            complaints.CaseDisposed,
            complaints.CaseFollowedUp,
            complaints.CaseDrafted,
            complaints.CaseResponded,
            complaints.CaseClosed,
            complaints.CaseReassigned,
            complaints.CaseProceeded,
            complaints.CaseObjected,
            complaints.CaseWithdrawn,
            complaints.CaseHandedOver,
            complaints.CaseTransferred,
            complaints.CaseReclassified,
            complaints.CaseReviewCorrected,
            complaints.CaseReviewDecided,
            complaints.CaseInspectionOrdered,
            complaints.CaseInspectionBegun,
            complaints.CaseInspectionReported,
            complaints.CaseFindingsDrafted,
            complaints.CaseExtended,
            complaints.CaseReopened,
            complaints.CaseDismissalProposed,
            complaints.CaseDismissalRefused,
            complaints.CaseDismissed,
            complaints.CaseAppealed,
            complaints.CaseAppealDecided,
        ),
    ),
    Topic(
        "zi.complaints.deadline.v1",
        "Clocks of cases, gifts and declarations: armed, reminded, overdue, escalated, ended",
        "complaints",
        ("scoring",),
        (
            complaints.DeadlineArmed,
            complaints.DeadlineReminded,
            complaints.DeadlineOverdue,
            complaints.DeadlineEscalated,
            complaints.DeadlineMet,
            complaints.DeadlinePaused,
            complaints.DeadlineResumed,
            complaints.DeadlineRescheduled,
            complaints.DeadlineCancelled,
        ),
    ),
    Topic(
        "zi.complaints.calendar.v1",
        "Days off of a year in the nation, a zone or a unit, confirmed and changed",
        "complaints",
        (),
        (complaints.CalendarConfirmed, complaints.CalendarChanged),
    ),
    Topic(
        "zi.complaints.handling.v1",
        "Evaluations of handling by unit, stream and period, with the figures frozen in them",
        "complaints",
        ("planning",),
        (complaints.HandlingEvaluated,),
    ),
    # keyed by the handling unit: compacted by unit, the topic would keep one handling unit of each
    Topic(
        "zi.complaints.designation.v1",
        "Handling units by decree, the newest state of each",
        "complaints",
        ("planning",),
        (complaints.DesignationEntered, complaints.DesignationChanged),
        key="designation_id",
        cleanup="compact",
    ),
    Topic(
        "zi.complaints.statistics.v1",
        "How the cases of a unit, stream and year stand, counted every night",
        "complaints",
        (),
        (complaints.StatisticsRecorded,),
    ),
    Topic(
        "zi.complaints.gratification.v1",
        "Reported gifts and nil returns of units",
        "complaints",
        (),
        (
            complaints.GratificationReported,
            complaints.GratificationSettled,
            complaints.GratificationNilReturned,
        ),
    ),
    Topic(
        "zi.complaints.coi.v1",
        "Conflicts of interest: declared, decided, their map reviewed",
        "complaints",
        ("planning",),
        (complaints.CoiDeclared, complaints.CoiDecided, complaints.CoiMapReviewed),
    ),
    Topic(
        "zi.complaints.channel.v1",
        "Ways complaints come in: opened, out of order, answering again, closed",
        "complaints",
        (),
        (
            complaints.ChannelOpened,
            complaints.ChannelClosed,
            complaints.ChannelCheckFailed,
            complaints.ChannelRecovered,
        ),
    ),
    Topic(
        "zi.survey.campaign.v1",
        "Survey campaigns opened and closed",
        "survey",
        (),
        (survey.CampaignOpened, survey.CampaignClosed),
    ),
    # figures before the people who move them: a restore lifts in this order and then applies withdrawals
    Topic(
        "zi.survey.tally.v1",
        "Counts of campaigns and exact indices of their released answers",
        "survey",
        ("planning", "scoring"),
        (survey.TallyChanged,),
        tells_days_only=True,
    ),
    Topic(
        "zi.survey.threshold.v1",
        "Survey thresholds of each predicate as classes and counts, never sums",
        "survey",
        ("scoring",),
        (survey.ThresholdChanged,),
        tells_days_only=True,
    ),
    Topic(
        "zi.survey.consent.v1",
        "Decisions of invited people about taking part",
        "survey",
        (),
        (survey.ConsentGiven, survey.ConsentRefused, survey.ConsentWithdrawn),
        tells_days_only=True,
    ),
    Topic(
        "zi.survey.response.v1",
        "Finished responses by random id, without scores",
        "survey",
        (),
        (survey.ResponseCaptured, survey.ResponseWithdrawn),
        tells_days_only=True,
    ),
    Topic(
        "zi.scoring.score.v1",
        "Scores of every layer",
        "scoring",
        (),
        (scoring.ScoreChanged,),
    ),
    Topic(
        "zi.scoring.gate.v1",
        "Gates that flipped",
        "scoring",
        (),
        (scoring.GateChanged,),
    ),
    Topic(
        "zi.scoring.survey_status.v1",
        "Survey thresholds met or not",
        "scoring",
        (),
        (scoring.SurveyStatusChanged,),
        tells_days_only=True,
    ),
)

_BY_NAME = {topic.name: topic for topic in TOPICS}
_BY_TYPE: dict[str, type[EventData]] = {
    event.event_type: event for topic in TOPICS for event in topic.events
} | {RecordDeadLettered.event_type: RecordDeadLettered}


def topic(name: str) -> Topic:
    """Return the registry entry of a topic; `KeyError` for an unknown name."""
    return _BY_NAME[name]


DAY_TOPICS = frozenset(topic.name for topic in TOPICS if topic.tells_days_only)
"""Topics whose records carry a day and no moment."""


def contract(event_type: str) -> type[EventData] | None:
    """Return the contract of a `ce_type`, or None when this code does not know it."""
    return _BY_TYPE.get(event_type)


def consumed_by(service: str) -> tuple[str, ...]:
    """Return the names of the topics a service reads, in registry order."""
    return tuple(entry.name for entry in TOPICS if service in entry.consumers)


def produced_by(service: str) -> tuple[Topic, ...]:
    """Return the topics a service writes, in registry order."""
    return tuple(entry for entry in TOPICS if entry.producer == service)


def all_topic_configs() -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield name, partition count and configuration of every topic, dead-letter topics included."""
    for entry in TOPICS:
        yield entry.name, entry.partitions, entry.configs()
        if entry.consumers:
            yield (
                entry.dead_letter,
                1,
                {"cleanup.policy": "delete", "retention.ms": str(DEAD_LETTER_RETENTION_MS)},
            )
