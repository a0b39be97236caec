"""Contracts in, fact rows out; scoring's own facts in, contracts out."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from services.scoring import tables
from shared.consumer.codec import Received
from shared.contracts.complaints import CaseFact
from shared.contracts.envelope import source_of
from shared.contracts.planning import ActivityFact, ProgrammeCreated, UnitFact, WorksheetAnswered
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.contracts.survey import TallyChanged, ThresholdChanged

SOURCE = source_of("scoring")
Row = dict[str, Any]


def _unit(received: Received) -> Row:
    data = cast(UnitFact, received.data)
    return {
        "unit_id": data.unit_id,
        "agency_id": data.agency_id,
        "name": data.name,
        "unit_type": data.unit_type,
        "echelon": data.echelon,
        "has_service_function": data.has_service_function,
        "zone": data.zone,
        "is_active": data.is_active,
        "is_demo": data.is_demo,
    }


def _programme(received: Received) -> Row:
    data = cast(ProgrammeCreated, received.data)
    return {
        "unit_id": data.unit_id,
        "year": data.year,
        "programme_id": data.programme_id,
        "target": data.target,
        "edition": data.edition,
        "rule_set": data.rule_set,
    }


def _activity(received: Received) -> Row:
    data = cast(ActivityFact, received.data)
    return {
        "activity_id": data.activity_id,
        "unit_id": data.unit_id,
        "year": data.year,
        "indicator_code": data.indicator_code,
        "state": data.state,
        "due_on": date.fromisoformat(data.due_on) if data.due_on else None,
    }


def _answer(received: Received) -> Row:
    data = cast(WorksheetAnswered, received.data)
    return {
        "unit_id": data.unit_id,
        "year": data.year,
        "layer": data.layer,
        "item_code": data.item_code,
        "letter": data.letter,
        "index_text": data.index,
        "inputs": None if data.inputs is None else json.dumps(data.inputs),
        "origin": data.origin,
        "cell": data.cell,
        "evidence_ids": json.dumps(data.evidence_ids) if data.evidence_ids else "[]",
        "event_id": received.event.id,
        "at": received.event.time,
    }


def _case(received: Received) -> Row:
    data = cast(CaseFact, received.data)
    return {
        "case_id": data.case_id,
        "unit_id": data.unit_id,
        "year": data.period_year,
        "stream": data.stream,
        "counts_as": data.counts_as,
    }


def _tally(received: Received) -> Row:
    data = cast(TallyChanged, received.data)
    return {
        "campaign_id": data.campaign_id,
        "unit_id": data.unit_id,
        "year": data.year,
        "period": data.period,
        "regime": data.regime,
        "n": data.n,
        "willing": data.willing,
        "ipak": data.ipak,
        "ipkp": data.ipkp,
        "released_n": data.released_n,
    }


def _threshold(received: Received) -> Row:
    data = cast(ThresholdChanged, received.data)
    return {
        "campaign_id": data.campaign_id,
        "unit_id": data.unit_id,
        "year": data.year,
        "period": data.period,
        "regime": data.regime,
        "willing": data.willing,
        "finished": data.finished,
        "willing_minimum": data.willing_minimum,
        "finished_minimum": data.finished_minimum,
        "index_basis": data.index_basis,
        "is_deciding": data.is_deciding,
        "predicates": json.dumps([entry.model_dump() for entry in data.predicates]),
        "policy_ids": json.dumps(data.policy_ids),
    }


FACTS: Mapping[str, tuple[type[tables.Fact], Callable[[Received], Row]]] = {
    UnitFact.topic: (tables.UnitRow, _unit),
    ProgrammeCreated.topic: (tables.ProgrammeRow, _programme),
    ActivityFact.topic: (tables.ActivityRow, _activity),
    WorksheetAnswered.topic: (tables.AnswerRow, _answer),
    CaseFact.topic: (tables.ComplaintCaseRow, _case),
    TallyChanged.topic: (tables.TallyRow, _tally),
    ThresholdChanged.topic: (tables.ThresholdRow, _threshold),
}
"""Topic -> the fact table it feeds and how a record becomes a row of it."""


def row(received: Received) -> Row:
    """Return the fact row of a record, with the version and payload hash that guard it."""
    _, make = FACTS[received.data.topic]
    values = make(received)
    values["version"] = received.data.version
    values["payload_hash"] = received.payload_hash
    return values


def score_changed(version: int, score: Any) -> ScoreChanged:
    """Return the event of a score: a row of its table, or one about to be written."""
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
    )


def gate_changed(row: Any) -> GateChanged:
    """Return the event of a flipped gate's row."""
    return GateChanged(
        unit_id=row.unit_id,
        version=row.version,
        year=row.year,
        layer="effective",
        predicate=row.predicate,
        gate=row.gate,
        is_met=row.is_met,
        value=row.value,
        minimum=row.minimum,
    )


def status_changed(row: Any) -> SurveyStatusChanged:
    """Return the event of a survey status's row."""
    return SurveyStatusChanged(
        unit_id=row.unit_id,
        version=row.version,
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
