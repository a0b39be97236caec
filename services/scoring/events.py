"""Contracts in, fact rows out; scoring's own facts in, contracts out."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.scoring import tables
from services.scoring.domain.changes import Change
from services.scoring.domain.history import Moment, pack_causes
from services.scoring.domain.scores import part_texts
from shared.consumer.codec import Received
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CASE_KINDS,
    CaseFact,
    DeadlineCancelled,
    DeadlineFact,
    DeadlineMet,
    DeadlinePaused,
)
from shared.contracts.envelope import source_of
from shared.contracts.planning import ActivityFact, NominationFact, ProgrammeCreated, StageMoved, UnitFact
from shared.contracts.scoring import GateChanged, ScoreCause, ScoreChanged, SurveyStatusChanged
from shared.contracts.survey import TallyChanged, ThresholdChanged
from shared.db.arrays import Columns

SOURCE = source_of("scoring")
Row = dict[str, Any]


Make = Callable[[Received], Row]
"""How a record becomes a row."""


def _of(table: type[tables.Fact], **differing: Callable[[Any], Any]) -> Make:
    """Return how a record becomes a row: by fields named as the columns, but for those that are differing."""
    names = [name for name in Columns.of_table(table).names if name not in (*differing, "payload_hash")]

    def make(received: Received) -> Row:
        data = received.fact
        values = {name: getattr(data, name) for name in names}
        return values | {name: value_of(data) for name, value_of in differing.items()}

    return make


def _clock(fact: DeadlineFact) -> str:
    """Return whether a clock runs, stands still or has ended; one that is of no complaint is none here."""
    is_of_another = fact.kind is not None and fact.kind not in CASE_KINDS
    if is_of_another or fact.event_type in (
        DeadlineMet.event_type,
        DeadlineCancelled.event_type,
    ):
        return "ended"
    return "paused" if fact.event_type == DeadlinePaused.event_type else "running"


FACTS: Mapping[str, tuple[type[tables.Fact], Make]] = {
    UnitFact.topic: (tables.UnitRow, _of(tables.UnitRow)),
    ProgrammeCreated.topic: (tables.ProgrammeRow, _of(tables.ProgrammeRow)),
    ActivityFact.topic: (
        tables.ActivityRow,
        _of(tables.ActivityRow, due_on=lambda fact: date.fromisoformat(fact.due_on) if fact.due_on else None),
    ),
    StageMoved.topic: (tables.StageRow, _of(tables.StageRow)),
    NominationFact.topic: (tables.CandidacyRow, _of(tables.CandidacyRow)),
    CaseFact.topic: (
        tables.ComplaintCaseRow,
        _of(tables.ComplaintCaseRow, year=lambda fact: fact.period_year),
    ),
    DeadlineFact.topic: (tables.DeadlineRow, _of(tables.DeadlineRow, state=_clock)),
    TallyChanged.topic: (tables.TallyRow, _of(tables.TallyRow)),
    ThresholdChanged.topic: (
        tables.ThresholdRow,
        _of(
            tables.ThresholdRow,
            predicates=lambda fact: json.dumps([entry.model_dump() for entry in fact.predicates]),
            policy_ids=lambda fact: json.dumps(fact.policy_ids),
        ),
    ),
}
"""Topic -> the fact table it feeds and how a record becomes a row of it; answers go to the journal."""


def row(received: Received) -> Row:
    """Return the fact row of a record, with the version and payload hash that guard it."""
    _, make = FACTS[received.contract.topic]
    values = make(received)
    values["version"] = received.fact.version
    values["payload_hash"] = received.payload_hash
    return values


def score_changed(version: int, score: Any, changes: Sequence[Change] = ()) -> ScoreChanged:
    """Return the event of a score, a row of its table or one about to be written, with what moved it."""
    return ScoreChanged(
        unit_id=score.unit_id,
        version=version,
        year=score.year,
        layer=score.layer,
        edition=score.edition,
        total=score.total,
        upper=score.upper,
        answered=score.answered,
        items=score.items,
        worksheet_version=score.worksheet_version,
        causes=[_cause(line) for line in changes],
        points=part_texts(score.parts),
    )


def moment_of(told: ScoreChanged, at: datetime) -> Moment:
    """Return what history keeps of an event that was read from the topic; the same as when it went out."""
    return Moment(
        told.unit_id,
        told.year,
        told.layer,
        told.version,
        at,
        told.total,
        told.answered,
        ""
        if told.points is None
        else " ".join(f"{code}={told.points[code]}" for code in sorted(told.points)),
        pack_causes([_line(told, cause) for cause in told.causes]),
    )


def _line(told: ScoreChanged, cause: ScoreCause) -> Change:
    """Return the line that a cause was made of."""
    detail = cause.model_dump(include=_DETAIL[cause.cause])
    if cause.cause == "answer":
        detail["answer"] = cause.given
    return Change(
        told.unit_id, told.year, cause.at, cause.code, cause.delta, cause.cause, detail, cause.event_id
    )


_DETAIL: Mapping[str, set[str]] = {
    "answer": {"layer", "origin"},
    "complaints": {"before", "after"},
    "others": {"changes"},
}


def _cause(line: Change) -> ScoreCause:
    return ScoreCause(
        code=line.subject,
        cause=line.cause,
        delta=line.delta,
        at=line.at,
        event_id=line.event_id,
        given=line.detail.get("answer"),
        **line.detail,
    )


def gate_changed(version: int, gate: Any) -> GateChanged:
    """Return the event of a flipped gate: a row of its table, or one about to be written."""
    return GateChanged(
        unit_id=gate.unit_id,
        version=version,
        year=gate.year,
        layer="effective",
        predicate=gate.predicate,
        gate=gate.gate,
        is_met=gate.is_met,
        value=gate.value,
        minimum=gate.minimum,
    )


def status_changed(version: int, row: Any) -> SurveyStatusChanged:
    """Return the event of a survey status's row."""
    return SurveyStatusChanged(
        unit_id=row.unit_id,
        version=version,
        year=row.year,
        campaign_id=row.campaign_id,
        predicate=row.predicate,
        result=row.result,
        failed=row.failed.split(),
        n=row.n,
        willing=row.willing,
        ipak=row.ipak,
        ipkp=row.ipkp,
        policy_ids=row.policy_ids.split(),
    )


TOLD: Mapping[type[EventData], tuple[type[tables.Table], Callable[[int, Any], EventData]]] = {
    ScoreChanged: (tables.ScoreRow, score_changed),
    GateChanged: (tables.GateRow, gate_changed),
    SurveyStatusChanged: (tables.SurveyStatusRow, status_changed),
}
"""What scoring tells -> the table it stands in, and how a version and a row of that become an event."""
