"""Tables of the scoring service: facts as they came, and the state computed from them.

Facts keep `version` (of the entity that published them) and `payload_hash`, so that repeats and disorder
change nothing and another payload under a known version is found. Everything below "State" can be
computed from the facts again; `standing` is locked first by whoever recomputes a unit's year.
Statements are built from the tables that the capital names at the end stand for.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, LargeBinary, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

TIMESTAMP: Any = DateTime(timezone=True)


class Table(SQLModel, registry=registry()):
    """Base with metadata of its own, so that services never see each other's tables."""

    __table__: ClassVar[sqlalchemy.Table]


class Fact(Table):
    """What every fact row carries."""

    version: int = Field(sa_type=BigInteger)
    payload_hash: bytes = Field(sa_type=LargeBinary)


# Facts


class UnitRow(Fact, table=True):
    """Newest entry of planning's register."""

    __tablename__ = "unit"

    unit_id: str = Field(primary_key=True)
    agency_id: str = Field(index=True)
    name: str
    unit_type: str
    echelon: str
    has_service_function: bool
    zone: str
    is_active: bool
    is_demo: bool
    region: str | None = None
    merged_into: str | None = None


class ProgrammeRow(Fact, table=True):
    """The one programme of a unit and year; it pins edition, rule set and policies.

    Without policies it is of the time before programmes pinned any.
    """

    __tablename__ = "programme"

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    programme_id: str
    target: str
    edition: str
    rule_set: str
    policies: str | None = None


class ActivityRow(Fact, table=True):
    """A planned activity; it shows progress and earns no points."""

    __tablename__ = "activity"
    __table_args__ = (Index("activity_unit_year", "unit_id", "year", "indicator_code"),)

    activity_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    indicator_code: str
    state: str
    due_on: date | None = None


class StageRow(Fact, table=True):
    """Where the assessment of a unit's year stands, as planning moved it last; it earns no points."""

    __tablename__ = "stage"
    __table_args__ = (Index("stage_unit_year", "unit_id", "year"),)

    stage_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    stage: str
    is_nominated: bool
    objection: str
    is_awarded: bool | None = None


class CandidacyRow(Fact, table=True):
    """A unit's place in its agency's proposal of a year; a ranking shows those that were not withdrawn."""

    __tablename__ = "candidacy"
    __table_args__ = (Index("candidacy_unit_year", "unit_id", "year"),)

    candidacy_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    category: str
    predicate: str
    state: str


class JournalRow(Table, table=True):
    """What one batch brought a unit's year: answers as `domain.answers` packs them, rising by version.

    `version` is the first and `last_version` the last of them; no answer stands in two rows.
    """

    __tablename__ = "journal"

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last_version: int = Field(sa_type=BigInteger, primary_key=True)
    version: int = Field(sa_type=BigInteger)
    facts: str = Field(sa_type=Text)


class AnswerRow(Fact, table=True):
    """Newest answer of an item in a layer as the release before kept it; the journal takes it over."""

    __tablename__ = "answer"
    __table_args__ = (Index("answer_version", "unit_id", "year", "version"),)

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True)
    item_code: str = Field(primary_key=True)
    letter: str | None = None
    index: str | None = Field(default=None, sa_column=Column("index_text", Text))
    inputs: dict[str, int] | None = Field(default=None, sa_type=JSONB)
    origin: str
    cell: str | None = None
    evidence_ids: list[str] = Field(sa_type=JSONB)
    event_id: UUID
    at: datetime = Field(sa_type=TIMESTAMP)


class ComplaintCaseRow(Fact, table=True):
    """How the LKE counts a case; recounted per unit, year and stream."""

    __tablename__ = "complaint_case"
    __table_args__ = (
        Index("complaint_case_count", "unit_id", "year", "stream", postgresql_include=["counts_as"]),
    )

    case_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    stream: str
    counts_as: str


class DeadlineRow(Fact, table=True):
    """A clock of a complaint case: what the role `holder` must do until when; it earns no points.

    `state` is `running`, `paused` or `ended`. A clock that ended keeps its row, about a hundred bytes: its
    version keeps an older event of another partition (a case that changed its unit) from winding it up again.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index("deadline_open", "unit_id", "due_at", postgresql_where=text("state = 'running'")),
    )

    deadline_id: str = Field(primary_key=True)
    unit_id: str
    case_id: str
    rule_id: str
    holder: str | None
    cycle: int
    due_at: datetime = Field(sa_type=TIMESTAMP)
    state: str


class TallyRow(Fact, table=True):
    """Counts of a survey campaign, and the exact indices of its `released_n` released answers."""

    __tablename__ = "tally"
    __table_args__ = (Index("tally_unit_year", "unit_id", "year"),)

    campaign_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    period: str
    regime: str
    n: int
    willing: int
    ipak: str | None = None
    ipkp: str | None = None
    released_n: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class ThresholdRow(Fact, table=True):
    """Where a survey campaign stands on the thresholds of each predicate, as survey judged it.

    `predicates` holds an object per predicate: predicate, result, failed, unknown, outlook.
    """

    __tablename__ = "threshold"
    __table_args__ = (Index("threshold_unit_year", "unit_id", "year"),)

    campaign_id: str = Field(primary_key=True)
    unit_id: str
    year: int
    period: str
    regime: str
    willing: int
    finished: int
    willing_minimum: int
    finished_minimum: int
    index_basis: str
    is_deciding: bool
    predicates: list[dict[str, Any]] = Field(sa_type=JSONB)
    policy_ids: list[str] = Field(sa_type=JSONB)


# State


class StandingRow(Table, table=True):
    """A unit's year: the lock of its recomputation and its facts in short.

    `sheets` holds per layer the answers in the instrument's question order, `live` the facts of other
    services by item; both repeat the fact tables so that a recount reads one row instead of hundreds.
    `gate_points` is what the effective layer has of each gate, to order lists by: whole numbers in the order
    of `gate_minima`, separated by spaces, empty before the first recount. `writes` counts how often a row was
    written: no column that moves has an index and half of each page stays free, so that it moves in place.
    """

    __tablename__ = "standing"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    worksheet_version: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sheets: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'{}'")))
    live: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'{}'")))
    moved_at: datetime = Field(sa_type=TIMESTAMP, sa_column_kwargs={"server_default": text("now()")})
    gate_points: str = Field(sa_column=Column(Text, nullable=False, server_default=text("''")))
    writes: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


class PulseRow(Table, table=True):
    """When the standings of any unit moved last, by whoever moved them: few rows, for the live scoreboard."""

    __tablename__ = "pulse"

    slot: int = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)


class ScoreRow(Table, table=True):
    """The zero-mode score of a layer; `version` counts the published changes.

    `total` and `upper` are exact fractions as text; `points` and `pengungkit` (12 decimals) only order
    lists. `gates_met` names the met gates, `WBK:TOTAL`, `WBK:A`; the effective layer alone publishes them.
    `worksheet_version` is what the event of `version` named. `parts` are the points of what gates measure,
    as `domain.scores` packs them, empty until the first recount.
    """

    __tablename__ = "score"
    __table_args__ = (
        Index(
            "score_ranking",
            "year",
            text("points DESC"),
            text("pengungkit DESC"),
            "unit_id",
            postgresql_where=text("layer = 'effective'"),
        ),
    )

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True)
    edition: str
    total: str
    upper: str
    answered: int
    items: int
    points: Any = Field(sa_type=Numeric(15, 12))
    pengungkit: Any = Field(sa_type=Numeric(15, 12))
    gates_met: list[str] = Field(sa_type=ARRAY(Text))
    version: int = Field(sa_type=BigInteger)
    worksheet_version: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    parts: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=text("''")))


class GateRow(Table, table=True):
    """A gate that flipped at least once; `version` counts the flips published."""

    __tablename__ = "gate"

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    predicate: str = Field(primary_key=True)
    gate: str = Field(primary_key=True)
    is_met: bool
    value: str
    minimum: str
    version: int = Field(sa_type=BigInteger)


class SurveyStatusRow(Table, table=True):
    """The verdict on a campaign as we published it last; `failed` names gates, separated by spaces.

    `version` counts the published changes; `n`, `willing`, `ipak`, `ipkp` and `policy_ids` (separated by
    spaces) are what its event named. Rows without a threshold fact are verdicts of the time before survey
    published its own: they count nowhere.
    """

    __tablename__ = "survey_status"
    __table_args__ = (Index("survey_status_unit_year", "unit_id", "year"),)

    campaign_id: str = Field(primary_key=True)
    predicate: str = Field(primary_key=True)
    unit_id: str
    year: int
    result: str
    failed: str
    version: int = Field(sa_type=BigInteger)
    n: int = Field(sa_column_kwargs={"server_default": text("0")})
    willing: int = Field(sa_column_kwargs={"server_default": text("0")})
    ipak: str | None = None
    ipkp: str | None = None
    policy_ids: str = Field(sa_column_kwargs={"server_default": text("''")})


class HistoryRow(Table, table=True):
    """A score as it once was: what an event of a layer told, kept for good; no input of any computation.

    `parts` are the points of what gates measure, empty where they were not told, and `causes` what moved the
    effective layer, as `domain.history` packs them. `id` rises with those of `change`. A rebuild restores it
    from our own topic.
    """

    __tablename__ = "history"

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger, primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
    total: str
    answered: int
    parts: str = Field(sa_column_kwargs={"server_default": text("''")})
    causes: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'[]'")))
    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, nullable=False, server_default=text("nextval('change_id_seq')")),
    )


class ChangeRow(Table, table=True):
    """A line of "what changed last" beside history: a gate, a survey, answers that cancelled each other out.

    No input of any computation.
    """

    __tablename__ = "change"

    unit_id: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    at: datetime = Field(sa_type=TIMESTAMP)
    subject: str
    delta: str | None = None
    cause: str
    detail: dict[str, Any] = Field(sa_type=JSONB)
    event_id: UUID | None = None


UNIT = UnitRow.__table__
PROGRAMME = ProgrammeRow.__table__
ACTIVITY = ActivityRow.__table__
STAGE = StageRow.__table__
CANDIDACY = CandidacyRow.__table__
JOURNAL = JournalRow.__table__
NEWEST_ANSWER = sqlalchemy.Table(
    "newest_answer",
    sqlalchemy.MetaData(),
    *(Column(one.name, one.type) for one in AnswerRow.__table__.c if one.name != "payload_hash"),
    Column("writer_id", Text),
)
"""A view: the newest answer of each item in each layer; a blanked item keeps its row, so that its version
counts."""
COMPLAINT_CASE = ComplaintCaseRow.__table__
DEADLINE = DeadlineRow.__table__
TALLY = TallyRow.__table__
THRESHOLD = ThresholdRow.__table__
STANDING = StandingRow.__table__
PULSE = PulseRow.__table__
SCORE = ScoreRow.__table__
GATE = GateRow.__table__
SURVEY_STATUS = SurveyStatusRow.__table__
HISTORY = HistoryRow.__table__
CHANGE = ChangeRow.__table__
