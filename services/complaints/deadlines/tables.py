"""Tables of deadlines, of what they fired and of what the engine owes; none leads to a case."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field

from services.complaints.tables import Table, array, moment, one_of


class DeadlineRow(Table, table=True):
    """A deadline with its precomputed instants. The rung arrays run in parallel.

    `due_rung` is the index of the breach in them, from 0; `next_rung` how many rungs have passed, beyond the
    arrays the repeats; `passed` the codes of rungs that passed before the arrays were last computed.
    `most_days` is how many calendar days it may run at most, whatever its last day rolls to.
    `due_zone` is the zone of the due day where that is not the unit's: it was over before it went there.
    `told_calendar` is the calendar that the event of `told_version` named, when a newer one changed nothing.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("case_ref", "rule", "cycle", name="deadline_once"),
        one_of(
            "status",
            "deadline_status",
            ("armed", "paused", "met", "late_done", "cancelled", "superseded"),
        ),
        CheckConstraint("status = 'armed' OR next_fire_at IS NULL", name="deadline_rests"),
        CheckConstraint(
            "cardinality(rung_at) = cardinality(rung_code) AND cardinality(rung_at) = cardinality(rung_to)"
            " AND cardinality(rung_at) = cardinality(rung_notify_at) AND rung_at[due_rung + 1] = due_at",
            name="deadline_rungs",
        ),
        Index("deadline_next", "next_fire_at", "id", postgresql_where=text("next_fire_at IS NOT NULL")),
        Index(
            "deadline_breached",
            "case_ref",
            postgresql_include=["rule", "cycle", "start_fact"],
            postgresql_where=text("breached_at IS NOT NULL"),
        ),
        Index(
            "deadline_met",
            *("rule", "case_ref"),
            postgresql_include=["cycle", "due_at", "met_at"],
            postgresql_where=text("status = 'met'"),
        ),
        Index("deadline_kept", "case_ref", postgresql_where=text("start_fact = 'ended'")),
        Index(
            "deadline_policy",
            *("policy", "id"),
            postgresql_include=["unit_id", "kind"],
            postgresql_where=text("status IN ('armed', 'paused')"),
        ),
        Index("deadline_canary", "due_at", postgresql_where=text("kind = 'canary'")),
        Index(
            "deadline_provisional",
            "case_ref",
            postgresql_where=text("is_provisional AND status = 'armed' AND breached_at IS NULL"),
        ),
        Index(
            "deadline_armed",
            "due_at",
            "case_ref",
            postgresql_include=["rule", "breached_at"],
            postgresql_where=text("status = 'armed' AND start_fact IS DISTINCT FROM 'ended'"),
        ),
        Index(
            "deadline_late",
            "due_at",
            "id",
            postgresql_where=text("status = 'armed' AND breached_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    case_ref: UUID = Field(sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    calendar_version: int
    cycle: int
    start_fact: str | None = Field(sa_type=Text)
    start_at: datetime = moment()
    length: int
    most_days: int | None
    due_at: datetime = moment()
    rung_at: list[datetime] = array(DateTime(timezone=True))
    rung_notify_at: list[datetime] = array(DateTime(timezone=True))
    rung_code: list[str] = array(Text)
    rung_to: list[str] = array(Text)
    due_rung: int
    repeat_days: int
    repeat_to: str = Field(sa_type=Text)
    next_rung: int
    next_fire_at: datetime | None = moment(is_optional=True)
    passed: list[str] = array(Text)
    status: str = Field(sa_type=Text)
    breached_at: datetime | None = moment(is_optional=True)
    met_at: datetime | None = moment(is_optional=True)
    is_provisional: bool
    is_backdated: bool
    armed_at: datetime = moment()
    version: int = Field(sa_type=BigInteger)
    told_version: int | None = Field(sa_type=BigInteger)
    told_calendar: int | None
    due_zone: str | None = Field(sa_type=Text)


class DeadlinePauseRow(Table, table=True):
    """A stretch in which a deadline stands or stood still; two may begin at one instant.

    `is_by_dates`: it ended before short pauses ceased to move days, and keeps what it moved.
    """

    __tablename__ = "deadline_pause"
    __table_args__ = (
        CheckConstraint("end_at >= start_at", name="deadline_pause_order"),
        Index("deadline_pause_clock", "deadline_id", "id"),
        Index("deadline_pause_running", "deadline_id", unique=True, postgresql_where=text("end_at IS NULL")),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    deadline_id: UUID = Field(sa_type=Uuid, foreign_key="deadline.id")
    start_at: datetime = moment()
    end_at: datetime | None = moment(is_optional=True)
    is_by_dates: bool = Field(sa_column_kwargs={"server_default": text("false")})


class DeadlineChangeRow(Table, table=True):
    """Ledger of moved due times: insert-only. Policies stand in it where they changed, and by whose order."""

    __tablename__ = "deadline_change"
    __table_args__ = (Index("deadline_change_clock", "deadline_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    deadline_id: UUID = Field(sa_type=Uuid, foreign_key="deadline.id")
    at: datetime = moment()
    reason: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    old_due_at: datetime = moment()
    new_due_at: datetime = moment()
    old_calendar_version: int
    new_calendar_version: int
    old_policy: str | None = Field(sa_type=Text)
    new_policy: str | None = Field(sa_type=Text)
    migration_id: UUID | None = Field(sa_type=Uuid, foreign_key="policy_migration.id")


class PolicyMigrationRow(Table, table=True):
    """Running deadlines that go to another version of their policy, one unit's or all, and how far that is.

    It goes through them by id; `place` is the last one seen, null at the end. Of those seen it `moved`
    some, `lifted` some of these out of the past, and `held` back those that a second person must agree to.
    `stopped` says why it ended before it was through.
    """

    __tablename__ = "policy_migration"
    __table_args__ = (
        CheckConstraint("confirmed_by <> asked_by", name="policy_migration_second"),
        CheckConstraint("(place IS NULL) = (ended_at IS NOT NULL)", name="policy_migration_place"),
        Index("policy_migration_open", "from_policy", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    from_policy: str = Field(sa_type=Text)
    to_policy: str = Field(sa_type=Text)
    unit_id: str | None = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = moment()
    confirmed_by: str | None = Field(sa_type=Text)
    confirmed_at: datetime | None = moment(is_optional=True)
    place: UUID | None = Field(sa_type=Uuid)
    moved: int
    lifted: int
    held: int
    ended_at: datetime | None = moment(is_optional=True)
    stopped: str | None = Field(sa_type=Text)


class CalendarConfirmationRow(Table, table=True):
    """A person has read the decree behind a calendar version: insert-only."""

    __tablename__ = "calendar_confirmation"

    calendar_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int
    decree: str = Field(sa_type=Text)
    confirmed_by: str = Field(sa_type=Text)
    confirmed_at: datetime = moment()


class CalendarVersionRow(Table, table=True):
    """A version of the calendar: insert-only, for running deadlines name it.

    `content` is JSON: all days off and Ramadans of `year`, or the week that a unit works from `first_on` on.
    `shipped` is its number among those that came with the program; `name` the zone or unit, else empty.
    """

    __tablename__ = "calendar_version"
    __table_args__ = (
        one_of("reach", "calendar_version_reach", ("national", "zone", "unit")),
        CheckConstraint("num_nonnulls(year, first_on) = 1", name="calendar_version_what"),
        UniqueConstraint("shipped", name="calendar_version_shipped"),
        Index("calendar_version_place", "reach", "name", "version"),
    )

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    reach: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    year: int | None
    first_on: date | None
    content: str = Field(sa_type=Text)
    decree: str | None = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    is_confirmed: bool
    shipped: int | None
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = moment()


class CalendarDraftRow(Table, table=True):
    """Days off of a year that wait for the word of somebody who has read their decree.

    `based_on` is the version they change, 0 where there was none.
    """

    __tablename__ = "calendar_draft"
    __table_args__ = (one_of("reach", "calendar_draft_reach", ("national", "zone")),)

    reach: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    content: str = Field(sa_type=Text)
    decree: str | None = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    based_on: int
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = moment()


class CalendarToldRow(Table, table=True):
    """What the last event said of the days off of a year in the nation, a zone or a unit."""

    __tablename__ = "calendar_told"
    __table_args__ = (one_of("fact", "calendar_told_fact", ("confirmed", "changed")),)

    calendar_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    calendar_version: int = Field(foreign_key="calendar_version.version")
    fact: str = Field(sa_type=Text)
    at: datetime = moment()


class DeadlineFiredRow(Table, table=True):
    """Ledger of fired rungs, one row per event: insert-only and kept, as outbox partitions are dropped."""

    __tablename__ = "deadline_fired"
    __table_args__ = (
        UniqueConstraint("event_id", name="deadline_fired_event"),
        one_of("fact", "deadline_fired_fact", ("reminded", "overdue", "escalated")),
        Index("deadline_fired_breach", "kind", "rule", postgresql_where=text("fact = 'overdue'")),
        Index("deadline_fired_clock", "deadline_id"),
    )

    event_key: str = Field(primary_key=True, sa_type=Text)
    event_id: UUID = Field(sa_type=Uuid)
    deadline_id: UUID = Field(sa_type=Uuid)
    kind: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    rung: str = Field(sa_type=Text)
    fact: str = Field(sa_type=Text)
    due_at: datetime = moment()
    detected_at: datetime = moment()


class NotificationRow(Table, table=True):
    """A message that a role is owed for a fired rung, not before the unit opens.

    `sent_at` is when it was handed on to the people behind the role, or came to nothing; `outcome` says
    which. While nobody is found it is looked at again at `next_look_at`.
    """

    __tablename__ = "notification"
    __table_args__ = (
        one_of(
            "outcome",
            "notification_outcome",
            ("queued", "by_receipt", "over", "superseded", "nobody", "stale"),
        ),
        Index("notification_open", "not_before", postgresql_where=text("sent_at IS NULL")),
    )

    event_key: str = Field(primary_key=True, sa_type=Text, foreign_key="deadline_fired.event_key")
    recipient_role: str = Field(primary_key=True, sa_type=Text)
    case_ref: UUID = Field(sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    not_before: datetime = moment()
    sent_at: datetime | None = moment(is_optional=True)
    outcome: str | None = Field(sa_type=Text)
    next_look_at: datetime | None = moment(is_optional=True)


class WorkItemRow(Table, table=True):
    """Something the engine owes a case: done once, re-checked under the case's lock.

    `attempts` that failed put it aside until `next_try_at`.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        one_of("kind", "work_item_kind", ("close_by_silence", "resume_after_silence")),
        Index("work_item_open", "next_try_at", "deadline_id", postgresql_where=text("done_at IS NULL")),
    )

    deadline_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="deadline.id")
    kind: str = Field(primary_key=True, sa_type=Text)
    case_ref: UUID = Field(sa_type=Uuid)
    created_at: datetime = moment()
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")})
    next_try_at: datetime = moment()
    done_at: datetime | None = moment(is_optional=True)
    result: str | None = Field(sa_type=Text)


class DueAuditRow(Table, table=True):
    """How far the audit of due times is: one row at most.

    A round goes through the running deadlines by id; `place` is the last one it has seen, null between two
    rounds, and `differ` counts those that it computed otherwise. `ended_at` and `last_differ` are of the last
    round that was complete.
    """

    __tablename__ = "due_audit"
    __table_args__ = (CheckConstraint("id = 1", name="due_audit_one"),)

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    began_at: datetime = moment()
    place: UUID | None = Field(sa_type=Uuid)
    differ: int
    ended_at: datetime | None = moment(is_optional=True)
    last_differ: int | None


class ClockMaximumRow(Table, table=True):
    """The latest instant that anybody acted upon: one row at most."""

    __tablename__ = "clock_maximum"
    __table_args__ = (CheckConstraint("id = 1", name="clock_maximum_one"),)

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    at: datetime = moment()


DEADLINE = DeadlineRow.__table__
DEADLINE_PAUSE = DeadlinePauseRow.__table__
DEADLINE_CHANGE = DeadlineChangeRow.__table__
CONFIRMATION = CalendarConfirmationRow.__table__
CALENDAR_VERSION = CalendarVersionRow.__table__
CALENDAR_DRAFT = CalendarDraftRow.__table__
CALENDAR_TOLD = CalendarToldRow.__table__
DEADLINE_FIRED = DeadlineFiredRow.__table__
NOTIFICATION = NotificationRow.__table__
WORK_ITEM = WorkItemRow.__table__
DUE_AUDIT = DueAuditRow.__table__
POLICY_MIGRATION = PolicyMigrationRow.__table__
