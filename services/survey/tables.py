"""Survey's tables. The first migration creates them; a test holds both in step.

Who was asked and what was answered never share a schema: `identity` is reachable by its own database role
alone, and a response knows its person by an HMAC under a secret that lives on the identity side.
Statements are built from the tables that the capital names at the end stand for.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Table(SQLModel, registry=registry()):
    """Base of survey's tables: metadata of their own, apart from every other service's."""

    __table__: ClassVar[sqlalchemy.Table]


def _time(*, has_default: bool = False) -> Any:
    return Column(
        DateTime(timezone=True), nullable=not has_default, server_default=func.now() if has_default else None
    )


class UnitRow(Table, table=True):
    """What planning last said about a unit."""

    __tablename__ = "unit"

    unit_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    is_active: bool
    is_demo: bool
    version: int = Field(sa_type=BigInteger)
    payload_hash: bytes = Field(sa_type=LargeBinary)


class CampaignRow(Table, table=True):
    """A campaign with its counts; its row lock orders everything that moves its sums.

    `released_totals` are the sums of the `released_n` answers that the last release covers, by item.
    `is_untold` asks the timer to tell its tally and thresholds as they stand. Of the tally that was told last
    `tally_told_at` is the time, and `told_tally` its data while a newer one waits for its turn.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'open', 'closed')", name="campaign_state"),
        CheckConstraint(
            "1 <= first_month AND first_month <= last_month AND last_month <= 12", name="campaign_months"
        ),
        CheckConstraint("n >= 0 AND willing >= n", name="campaign_counts"),
        Index("campaign_unit", "unit_id", "regime", "year"),
        Index("campaign_tally_waits", "campaign_id", postgresql_where=text("told_tally IS NOT NULL")),
    )

    campaign_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    regime: str = Field(sa_type=Text)
    instrument_version: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    year: int = Field(sa_type=SmallInteger)
    first_month: int = Field(sa_type=SmallInteger)
    last_month: int = Field(sa_type=SmallInteger)
    mode: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    policies: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    excluded_items: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    closes_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    opened_at: datetime | None = Field(sa_column=_time())
    closed_at: datetime | None = Field(sa_column=_time())
    version: int = Field(sa_type=BigInteger)
    tally_version: int = Field(sa_type=BigInteger)
    n: int
    willing: int
    created_at: datetime = Field(sa_column=_time(has_default=True))
    invited: int
    gone: int
    release_number: int
    released_n: int
    released_totals: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    released_outlooks: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    is_taken_back: bool
    is_coarse: bool
    waiting_since: datetime | None = Field(sa_column=_time())
    is_frozen: bool
    is_anonymous: bool
    is_erased: bool
    is_untold: bool
    tally_told_at: datetime | None = Field(sa_column=_time())
    told_tally: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))


class ThresholdRow(Table, table=True):
    """What was last told of a campaign's thresholds; `fact` is the event's data."""

    __tablename__ = "threshold"

    campaign_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="campaign.campaign_id")
    version: int = Field(sa_type=BigInteger)
    fact: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class ItemSumRow(Table, table=True):
    """Running sums: `n` people answered the item, their scores add up to `total`."""

    __tablename__ = "item_sum"
    __table_args__ = (CheckConstraint("n >= 0 AND total >= n", name="item_sum_range"),)

    campaign_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="campaign.campaign_id")
    item_key: str = Field(primary_key=True, sa_type=Text)
    n: int
    total: int


class ResponseRow(Table, table=True):
    """A finished response. No time and no participant: neither may lead back to a person.

    `response_id` is ours, and all that topic and audit tell; `sent_id` is the sender's, by which a repeated
    sending is known again, and null once the answer is withdrawn.

    `scores` is null after a withdrawal; the empty row stays so that the answer cannot come back. `arrived`
    orders the answers of a campaign; `released_version` is the one that the last release covers, `changed_in`
    numbers the releases at which that changed. When answers become anonymous the whole table is dropped and
    made afresh without them, so it refers to no other.
    """

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("campaign_id", "link", name="response_link"),)

    response_id: UUID = Field(primary_key=True, sa_type=Uuid)
    campaign_id: UUID = Field(sa_type=Uuid)
    link: bytes = Field(sa_type=LargeBinary)
    mode: str = Field(sa_type=Text)
    flags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    scores: dict[str, int] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    version: int = Field(sa_type=BigInteger)
    arrived: int
    released_version: int | None = Field(sa_type=BigInteger)
    changed_in: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    sent_id: UUID | None = Field(sa_type=Uuid)


class AnonymousAnswerRow(Table, table=True):
    """An answer that nothing ties to a person any more: a new id, a random place, no flag and no time."""

    __tablename__ = "anonymous_answer"
    __table_args__ = (Index("anonymous_answer_campaign", "campaign_id"),)

    answer_id: UUID = Field(primary_key=True, sa_type=Uuid)
    campaign_id: UUID = Field(sa_type=Uuid, foreign_key="campaign.campaign_id")
    mode: str = Field(sa_type=Text)
    scores: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))


class ToldResponseRow(Table, table=True):
    """The id under which an anonymous answer was once told, so that its event can be said again."""

    __tablename__ = "told_response"

    response_id: UUID = Field(primary_key=True, sa_type=Uuid)
    campaign_id: UUID = Field(sa_type=Uuid, foreign_key="campaign.campaign_id")
    mode: str = Field(sa_type=Text)
    is_withdrawn: bool
    version: int = Field(sa_type=BigInteger)


class CampaignSecretRow(Table, table=True):
    """Key of the HMAC that ties answers to persons; gone some time after close, and the tie with it."""

    __tablename__ = "campaign_secret"
    __table_args__ = ({"schema": "identity"},)

    campaign_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="campaign.campaign_id")
    secret: bytes = Field(sa_type=LargeBinary)


class ParticipantRow(Table, table=True):
    """An invited person. Of the invitation token only the SHA-256 is kept."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("token_hash", name="participant_token"),
        Index("participant_campaign", "campaign_id"),
        {"schema": "identity"},
    )

    participant_id: UUID = Field(primary_key=True, sa_type=Uuid)
    campaign_id: UUID = Field(sa_type=Uuid, foreign_key="campaign.campaign_id")
    name: str | None = Field(sa_type=Text)
    contact: str | None = Field(sa_type=Text)
    token_hash: bytes = Field(sa_type=LargeBinary)
    is_finished: bool


class ConsentTextRow(Table, table=True):
    """A text as it was shown to people, whole, under the hash of its paragraphs."""

    __tablename__ = "consent_text"
    __table_args__ = ({"schema": "identity"},)

    sha256: str = Field(primary_key=True, sa_type=Text)
    version: str = Field(sa_type=Text)
    paragraphs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class DecisionRow(Table, table=True):
    """One decision of a person and the text it was given on: provable, UU 27/2022 art. 24.

    A later decision is a row of its own; of a row only the time (cut to its day), `version` and `willing`,
    what its event counted, may ever change.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("consent_id", "number", name="decision_consent"),
        CheckConstraint("decision IN ('willing', 'later', 'refused', 'withdrawn')", name="decision_kind"),
        ForeignKeyConstraint(["text_sha256"], ["identity.consent_text.sha256"], name="decision_text"),
        {"schema": "identity"},
    )

    participant_id: UUID = Field(
        primary_key=True, sa_type=Uuid, foreign_key="identity.participant.participant_id"
    )
    number: int = Field(primary_key=True)
    consent_id: UUID = Field(sa_type=Uuid)
    decision: str = Field(sa_type=Text)
    text_version: str = Field(sa_type=Text)
    text_sha256: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    version: int = Field(sa_type=BigInteger)
    willing: int | None


UNIT = UnitRow.__table__
CAMPAIGN = CampaignRow.__table__
THRESHOLD = ThresholdRow.__table__
ITEM_SUM = ItemSumRow.__table__
RESPONSE = ResponseRow.__table__
ANONYMOUS_ANSWER = AnonymousAnswerRow.__table__
TOLD_RESPONSE = ToldResponseRow.__table__
CAMPAIGN_SECRET = CampaignSecretRow.__table__
PARTICIPANT = ParticipantRow.__table__
CONSENT_TEXT = ConsentTextRow.__table__
DECISION = DecisionRow.__table__
