"""When the next step of a case is due and whose it is, its deadlines, and whom they are told to."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import Party
from services.complaints.cases.usecases.recipients import Addressed
from services.complaints.deadlines.domain.policy import REPORTER, LengthUnit, PolicyBook, ScopeLevel
from shared.indonesian import until
from shared.kernel import Zone


class Due(BaseModel):
    """Until when the next step is due, and whose it is."""

    due_at: datetime | None
    due_zone: Zone | None = Field(description="Zone in which the due day is a day")
    due_text: str | None = Field(description="The same for people: the due day itself, at its end 24.00")
    waits_for: Party | None = Field(description="Whose step it is")


def with_due(row: RowMapping | Mapping[str, Any], policies: PolicyBook) -> dict[str, Any]:
    """Return a row with its due time in words and with whose step it is."""
    due_at, rule = row["due_at"], row.get("due_rule", row.get("rule"))
    party: Party = "reporter" if policies.is_held_by(rule, REPORTER) else "officer"
    return {
        **row,
        "due_text": None if due_at is None else until(due_at, row["due_zone"]),
        "waits_for": None if due_at is None else party,
    }


class DeadlineOut(BaseModel):
    """A clock and why it is due then."""

    id: UUID
    rule_id: str
    policy: str
    calendar_version: int
    cycle: int
    start_fact: str | None = Field(description="The fact it counts from; null: armed before facts were kept")
    start_at: datetime
    due_at: datetime
    due_zone: Zone
    due_text: str
    waits_for: Party
    status: Literal["armed", "paused", "met", "late_done", "cancelled", "superseded"]
    breached_at: datetime | None
    met_at: datetime | None
    is_provisional: bool
    is_backdated: bool


class NotCountedOut(BaseModel):
    """A day within a clock's time that would be worked but for this."""

    date: date
    kind: str
    name: str


class StandingOut(BaseModel):
    """A stretch in which a clock stood still; it still does while `end_at` is null."""

    start_at: datetime
    end_at: datetime | None


class MovedOut(BaseModel):
    """A due time that was moved: when, why, from when to when."""

    at: datetime
    reason: str = Field(description="resumed, calendar, calendar_lifted, policy, class, unit, extended, ...")
    old_due_at: datetime
    new_due_at: datetime
    old_policy: str | None = Field(description="Null: the same version before and after")
    new_policy: str | None
    words: str | None = Field(description="Why, as who asked for another version wrote it")


class DeadlineWhy(DeadlineOut):
    """A clock, and all that makes it due when it is."""

    title: str | None = Field(description="What officers call it; null: its policy is no longer in the data")
    length: int
    unit: LengthUnit | None = Field(description="What the length counts: wd, cd, wh, ch or month")
    source: str | None
    is_confirmed: bool | None = Field(description="Whether somebody has read the article of the source")
    scope: ScopeLevel | None = Field(description="Whose rule it is: the unit's, the agency's, the nation's")
    not_counted: list[NotCountedOut]
    pauses: list[StandingOut]
    changes: list[MovedOut]
    words: list[str] = Field(description="The same for people, in order")


class DeadlinesOut(BaseModel):
    """Every clock that a case ever had, in the order in which they were armed."""

    items: list[DeadlineWhy]


class OverdueOut(BaseModel):
    """A breached clock that still runs; `rung` is the last that fired."""

    deadline_id: UUID
    rule: str
    cycle: int
    due_at: datetime
    due_zone: Zone
    due_text: str
    waits_for: Party
    breached_at: datetime
    case_id: UUID
    tracking_id: str
    unit_id: str | None
    unit_name: str | None
    state: State
    rung: str | None


class RetentionDueOut(BaseModel):
    """An ended case that is kept long enough, by which version of which rule since when."""

    case_id: UUID
    tracking_id: str
    kind: Kind
    state: State
    unit_id: str | None
    closed_at: datetime
    policy: str
    due_at: datetime


class NoticeOut(BaseModel):
    """A notice of a fired rung, and whom it goes to today."""

    rule: str
    rung: str
    fact: Literal["reminded", "overdue", "escalated"]
    not_before: datetime
    sent_at: datetime | None = Field(description="When it was handed on; null: it waits")
    outcome: Literal["queued", "by_receipt", "over", "superseded", "nobody", "stale"] | None = Field(
        description="What came of it: queued for the people below, told by the receipt alone, no news any"
        " more, told by a later one, or nobody could be found; null: it waits"
    )
    role: str = Field(description="Whom it goes to")
    aside_from: str | None = Field(description="The role that would have got it, but for the parties")
    subjects: list[str] | None = Field(
        description="Accounts, where known here: of the handler, their superior, those whose log-in says that"
        " they hold the role, or who acts for them"
    )

    @classmethod
    def of(cls, one: Addressed) -> Self:
        """Return a notice as the API tells it."""
        notice, to = one.notice, one.to
        return cls.model_validate(
            {
                "rule": notice.rule_id,
                "rung": notice.rung,
                "fact": notice.fact,
                "not_before": notice.not_before,
                "sent_at": notice.sent_at,
                "outcome": notice.outcome,
                "role": to.role,
                "aside_from": to.aside_from,
                "subjects": None if to.subjects is None else sorted(to.subjects),
            }
        )


class NoticesOut(BaseModel):
    """What was to be told of the clocks of a case, in the order of the rungs."""

    items: list[NoticeOut]
