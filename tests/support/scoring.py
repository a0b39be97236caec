"""Facts for scoring without Kafka: events as its fold receives them, and a database to fold into."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from fastapi import FastAPI, Response
from sqlalchemy import text

from services.scoring.store.digest import Digest, digest
from services.scoring.usecases.fold import fold
from shared.consumer.codec import Received, Rejected
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CaseClosed,
    CaseFact,
    CaseReceived,
    CaseWithdrawn,
    CoiMapReviewed,
    DeadlineArmed,
    DeadlineCancelled,
    DeadlineFact,
    DeadlineMet,
    DeadlineOverdue,
    DeadlinePaused,
    DeadlineReminded,
    DeadlineResumed,
    DesignationChanged,
    HandlingEvaluated,
)
from shared.contracts.envelope import Event
from shared.contracts.planning import (
    ActivityCompleted,
    ActivityPlanned,
    NominationFact,
    NominationFrozen,
    NominationProposed,
    NominationSubmitted,
    NominationWithdrawn,
    ProgrammeCreated,
    StageMoved,
    UnitRegistered,
    WorksheetAnswered,
)
from shared.contracts.survey import PredicateThreshold, TallyChanged, ThresholdChanged
from shared.db import Database
from shared.http.state import state_of
from shared.instruments.lke import Answer, Predicate
from shared.security import Principal, Scope
from tests.support.database import DatabaseMaker

YEAR = 2026
AT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
_offsets = count()


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """A Kafka record as the fold sees it."""

    topic: str
    value: bytes
    partition: int = 0
    offset: int = field(default_factory=lambda: next(_offsets))
    timestamp: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


def received(data: EventData) -> Received:
    """Return the event as the consumer hands it to the fold."""
    event = Event(data, "zi/test", AT)
    return Received.of(event, FakeRecord(data.topic_name(), event.value()))


def registered(unit: str, version: int = 1, **extra: Any) -> UnitRegistered:
    values = {
        "agency_id": "agency-1",
        "name": f"Kantor {unit}",
        "unit_type": "kantor_pelayanan",
        "echelon": "III",
        "has_service_function": True,
        "zone": "WIB",
    }
    return UnitRegistered(unit_id=unit, version=version, **(values | extra))


def programme(unit: str, year: int = YEAR, **extra: Any) -> ProgrammeCreated:
    values = {
        "programme_id": f"p-{unit}-{year}",
        "target": "WBK",
        "edition": "2026",
        "rule_set": "panrb-90-2021",
    }
    return ProgrammeCreated(unit_id=unit, year=year, version=1, **(values | extra))


def activity(unit: str, number: int, *, is_done: bool = False, indicator: str = "A.I.1.i") -> EventData:
    kind = ActivityCompleted if is_done else ActivityPlanned
    return kind(
        unit_id=unit,
        version=2 if is_done else 1,
        activity_id=f"a-{unit}-{number}",
        programme_id=f"p-{unit}-{YEAR}",
        year=YEAR,
        indicator_code=indicator,
        state="done" if is_done else "planned",
    )


def staged(unit: str, stage: str, version: int = 1, *, year: int = YEAR) -> StageMoved:
    return StageMoved(
        unit_id=unit,
        version=version,
        stage_id=f"{unit}:{year}",
        year=year,
        stage=stage,
        round=1,
        tpi_round=1,
        is_nominated=False,
        objection="none",
    )


def proposed(
    unit: str, state: str = "proposed", version: int = 1, *, predicate: Predicate = "WBK", year: int = YEAR
) -> NominationFact:
    """Return a unit's place in its agency's proposal."""
    kinds: dict[str, type[NominationFact]] = {
        "proposed": NominationProposed,
        "submitted": NominationSubmitted,
        "frozen": NominationFrozen,
        "withdrawn": NominationWithdrawn,
    }
    values = {
        "unit_id": unit,
        "version": version,
        "candidacy_id": f"n-{unit}-{year}",
        "nomination_id": f"n-{year}",
        "agency_id": "agency-1",
        "year": year,
        "category": predicate,
        "predicate": predicate,
        "state": state,
    }
    return kinds[state].model_validate(values)


def answered(
    unit: str,
    version: int,
    item: str,
    answer: Answer | str | None,
    *,
    layer: str = "unit",
    year: int = YEAR,
    **extra: Any,
) -> WorksheetAnswered:
    """Return an answer event; a string is a letter, None blanks the item."""
    if isinstance(answer, str):
        answer = Answer(letter=answer)
    parts: dict[str, Any] = {}
    if answer is not None:
        parts = {"letter": answer.letter, "index": answer.index_text, "inputs": answer.inputs}
    return WorksheetAnswered.model_validate(
        {
            "unit_id": unit,
            "version": version,
            "worksheet_id": f"w-{unit}-{year}",
            "year": year,
            "layer": layer,
            "item_code": item,
            **parts,
            **extra,
        }
    )


def case(
    unit: str, number: int | str, version: int = 1, *, counts_as: str = "in_progress", **extra: Any
) -> CaseFact:
    kinds: dict[str, tuple[type[CaseFact], str]] = {
        "completed": (CaseClosed, "SELESAI"),
        "in_progress": (CaseReceived, "DITERIMA"),
        "none": (CaseWithdrawn, "DICABUT"),
    }
    kind, state = kinds[counts_as]
    values = {
        "case_id": f"c-{number}",
        "kind": "pengaduan",
        "stream": "masyarakat",
        "channel_kind": "web",
        "state": state,
        "cycle": 1,
        "period_year": YEAR,
        "received_at": AT,
    }
    return kind.model_validate(values | {"unit_id": unit, "version": version, "counts_as": counts_as} | extra)


def evaluated(unit: str, stream: str, period: str, version: int = 1, **extra: Any) -> HandlingEvaluated:
    """Return that a stream of a unit was evaluated for a period."""
    values = {"handling_id": f"{unit}:{stream}:{period}", "edition": version, "evidence_count": 0}
    told = {"unit_id": unit, "version": version, "stream": stream, "period": period}
    return HandlingEvaluated.model_validate(values | told | extra)


def map_reviewed(
    unit: str, number: int | str, version: int = 1, *, period: str = str(YEAR)
) -> CoiMapReviewed:
    """Return that the whole map of conflicts of a unit was looked at in a year."""
    return CoiMapReviewed(unit_id=unit, version=version, coi_id=f"r-{number}", period=period)


def designated(agency: str, number: int | str, version: int = 1, **extra: Any) -> DesignationChanged:
    """Return a handling unit of an agency, of both streams, in force since long ago."""
    values: dict[str, Any] = {
        "unit_id": "unassigned",
        "designation_id": f"d-{number}",
        "is_for_agency": not extra.get("unit_ids"),
        "streams": ["masyarakat", "pelayanan"],
        "has_decree": True,
        "valid_from": "2020-01-02",
    }
    return DesignationChanged.model_validate(values | {"agency_id": agency, "version": version} | extra)


CLOCKS: dict[str, type[DeadlineFact]] = {
    "armed": DeadlineArmed,
    "reminded": DeadlineReminded,
    "overdue": DeadlineOverdue,
    "paused": DeadlinePaused,
    "resumed": DeadlineResumed,
    "met": DeadlineMet,
    "cancelled": DeadlineCancelled,
}


def deadline(
    unit: str, number: int | str, version: int = 1, fact: str = "armed", **extra: Any
) -> DeadlineFact:
    """Return a clock of a complaint case."""
    values = {
        "deadline_id": f"d-{number}",
        "case_id": f"c-{number}",
        "rule_id": "D4",
        "policy_version": "D4.1",
        "calendar_version": 1,
        "cycle": 1,
        "due_at": AT,
    }
    return CLOCKS[fact].model_validate(values | {"unit_id": unit, "version": version} | extra)


def tally(unit: str, campaign: str, version: int = 1, **extra: Any) -> TallyChanged:
    values: dict[str, Any] = {
        "year": YEAR,
        "period": str(YEAR),
        "regime": "mandiri.2023",
        "n": 28,
        "willing": 28,
        "ipak": "18/5",
        "ipkp": "16/5",
    }
    return TallyChanged(unit_id=unit, campaign_id=campaign, version=version, **(values | extra))


def threshold(
    unit: str,
    campaign: str,
    version: int = 1,
    *,
    failed: Sequence[str] | None = None,
    failed_wbbm: Sequence[str] | None = None,
    unknown: Sequence[str] = (),
    **extra: Any,
) -> ThresholdChanged:
    """Return what survey judged; the gates that counts miss fail by themselves unless `failed` names some."""
    values: dict[str, Any] = {
        "year": YEAR,
        "period": str(YEAR),
        "regime": "mandiri.2023",
        "willing": 30,
        "finished": 30,
        "willing_minimum": 30,
        "finished_minimum": 30,
        "index_basis": "own",
        "is_deciding": True,
    }
    values |= extra
    if failed is None:
        short = {
            "willing": values["willing"] < values["willing_minimum"],
            "respondents": values["finished"] < values["finished_minimum"],
        }
        failed = [gate for gate, is_short in short.items() if is_short] + list(unknown)
    by_predicate = {"WBK": failed, "WBBM": failed if failed_wbbm is None else failed_wbbm}
    values["predicates"] = [
        PredicateThreshold(
            predicate=predicate,
            result="not_met" if missed else "met",
            failed=list(missed),
            unknown=[gate for gate in unknown if gate in missed],
            outlook="UNCERTAIN" if missed else "GUARANTEED",
        )
        for predicate, missed in by_predicate.items()
    ]
    return ThresholdChanged(unit_id=unit, campaign_id=campaign, version=version, **values)


@pytest.fixture
async def scoring_db(make_database: DatabaseMaker) -> AsyncIterator[Database]:
    """A new, empty scoring database."""
    db = Database((await make_database("scoring")).app_url, pool_size=4)
    yield db
    await db.close()


async def fold_all(db: Database, events: Sequence[EventData], *, batch: int = 500) -> list[Rejected]:
    """Fold events in batches, each in its own transaction."""
    rejected: list[Rejected] = []
    for start in range(0, len(events), batch):
        async with db.transaction() as session:
            rejected += await fold(session, [received(data) for data in events[start : start + batch]])
    return rejected


async def score_lines(db: Database) -> list[dict[str, Any]]:
    """Return every line that moved points, oldest first: those of history, and what cancelled out."""
    history = "SELECT id, unit_id, causes FROM history WHERE layer = 'effective'"
    changes = (
        "SELECT id, unit_id, at, subject, delta, cause, detail, event_id FROM change WHERE delta IS NOT NULL"
    )
    async with db.reading() as session:
        found = [dict(row) for row in (await session.execute(text(changes))).mappings()]
        for row in await session.execute(text(history)):
            for at, subject, delta, cause, detail, event in orjson.loads(row.causes):
                line = {"at": datetime.fromisoformat(at), "subject": subject, "delta": delta, "cause": cause}
                told = {"detail": detail, "event_id": None if event is None else UUID(event)}
                found.append({"id": row.id, "unit_id": row.unit_id, **line, **told})
    return [
        {name: value for name, value in line.items() if name != "id"}
        for line in sorted(found, key=lambda line: line["id"])
    ]


async def digest_of(db: Database) -> Digest:
    async with db.reading() as session:
        return await digest(session)


async def log_in(app: FastAPI, client: httpx2.AsyncClient, scope: Scope, role: str = "agency_head") -> None:
    """Let the client's browser have a session of somebody with this role."""
    answer = Response()
    sessions = state_of(app).sessions
    await sessions.open(answer, Principal("test", frozenset({role}), scope), "Ketua Contoh")
    value = answer.headers["set-cookie"].partition(";")[0]
    client.headers["Cookie"] = value
