"""Tables of channels, where they are made known, what tests of them found, and outages."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, Uuid, text
from sqlmodel import Field

from services.complaints.tables import Table, moment, one_of


class ChannelRow(Table, table=True):
    """A channel of a unit, or of a whole agency where `unit_id` is null; it closes, but is never deleted.

    `closed_on` is the first day without it. `told_*` are what the last event said, as which version, when.
    """

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("closed_on >= opened_on", name="channel_days"),
        CheckConstraint("(closed_on IS NULL) = (close_reason IS NULL)", name="channel_closed"),
        one_of("told_fact", "channel_told", ("opened", "closed", "check_failed", "recovered")),
        Index("channel_unit", "unit_id", "id", postgresql_where=text("unit_id IS NOT NULL")),
        Index("channel_agency", "agency_id", "id"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    version: int = Field(sa_type=BigInteger)
    unit_id: str | None = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    mark: str | None = Field(sa_type=Text)
    opened_on: date
    closed_on: date | None
    close_reason: str | None = Field(sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = moment()
    told_fact: str = Field(sa_type=Text)
    told_version: int = Field(sa_type=BigInteger)
    told_places: int = Field(sa_type=Integer)
    told_at: datetime = moment()


class ChannelPlaceRow(Table, table=True):
    """Where a channel is made known: poster, site, counter; `picture` refers to a document."""

    __tablename__ = "channel_place"
    __table_args__ = (Index("channel_place_channel", "channel_id", "id"),)

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    channel_id: UUID = Field(sa_type=Uuid, foreign_key="channel.id")
    kind: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    published_on: date
    picture: str | None = Field(sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = moment()


class ChannelWatchRow(Table, table=True):
    """What probes say of an open channel, when the next one is, and who does it until when."""

    __tablename__ = "channel_watch"
    __table_args__ = (Index("channel_watch_next", "next_at", "channel_id"),)

    channel_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="channel.id")
    failures: int = Field(sa_type=Integer)
    down_since: datetime | None = moment(is_optional=True)
    last_at: datetime | None = moment(is_optional=True)
    last_ok_at: datetime | None = moment(is_optional=True)
    last_reason: str | None = Field(sa_type=Text)
    next_at: datetime | None = moment(is_optional=True)
    lease: UUID | None = Field(sa_type=Uuid)
    leased_until: datetime | None = moment(is_optional=True)


class ChannelCheckRow(Table, table=True):
    """A test of a channel: `actor` and `note` of a recorded one; probes that are old are swept."""

    __tablename__ = "channel_check"
    __table_args__ = (Index("channel_check_channel", "channel_id", "at", "id"),)

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    channel_id: UUID = Field(sa_type=Uuid, foreign_key="channel.id")
    at: datetime = moment()
    is_ok: bool
    reason: str | None = Field(sa_type=Text)
    actor: str | None = Field(sa_type=Text)
    note: str | None = Field(sa_type=Text)


class ChannelFindingRow(Table, table=True):
    """An outage: open until the channel has recovered, or is closed; a channel has one open at most."""

    __tablename__ = "channel_finding"
    __table_args__ = (
        Index("channel_finding_open", "channel_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("channel_finding_channel", "channel_id", "opened_at"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    channel_id: UUID = Field(sa_type=Uuid, foreign_key="channel.id")
    reason: str = Field(sa_type=Text)
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(is_optional=True)
    closed_by: str | None = Field(sa_type=Text)


CHANNEL = ChannelRow.__table__
CHANNEL_PLACE = ChannelPlaceRow.__table__
CHANNEL_WATCH = ChannelWatchRow.__table__
CHANNEL_CHECK = ChannelCheckRow.__table__
CHANNEL_FINDING = ChannelFindingRow.__table__
