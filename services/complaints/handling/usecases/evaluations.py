"""Evaluate how a unit handled a stream in a period: the figures of that moment are frozen with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.deadlines.events import SOURCE
from services.complaints.handling import events
from services.complaints.handling.domain.evaluation import (
    EvaluatedStream,
    Evaluation,
    Findings,
    Subject,
    require_begun,
)
from services.complaints.handling.domain.figures import Figures
from services.complaints.handling.store import declarations, told
from services.complaints.handling.store import evaluations as store
from services.complaints.handling.usecases.report import report
from services.complaints.units import Unit
from shared.db.clock import database_now
from shared.kernel import NotFoundError, StaleVersionError, new_id
from shared.recording import record
from shared.security import Principal


async def evaluate(
    session: AsyncSession,
    book: PolicyBook,
    actor: Principal,
    subject: Subject,
    said: Findings,
    based_on: int,
) -> Evaluation:
    """Keep an evaluation; it replaces the version `based_on`, 0 where there is none.

    Raises `NotFoundError` for a unit outside the scope, `StaleVersionError` when another version holds,
    `PeriodNotBegunError`.
    """
    unit = await units.get(session, subject.unit_id)
    if unit is None or not actor.scope.covers(unit.unit_id, unit.agency_id):
        raise NotFoundError("Unit tidak ditemukan.")
    now = await database_now(session)
    require_begun(subject.period, now.astimezone(unit.zone.tz).date())
    held = await store.lock(session, subject)
    if held != based_on:
        raise StaleVersionError(
            "Masa ini sudah dievaluasi. Baca dahulu evaluasi itu; kirim sekali lagi untuk menggantikannya.",
            version=held,
        )
    figures = await _figures(session, book, actor, subject, unit)
    made = Evaluation(
        id=new_id(),
        version=held + 1,
        subject=subject,
        agency_id=unit.agency_id,
        said=said,
        figures=figures,
        evaluated_by=actor.subject,
        evaluated_at=now,
    )
    await store.keep(session, made)
    await _tell(session, actor, made, now)
    return made


async def _figures(
    session: AsyncSession, book: PolicyBook, actor: Principal, subject: Subject, unit: Unit
) -> dict[str, Any]:
    """Return the figures to be frozen: of the cases of a stream, or of declarations of interest."""
    if subject.stream == "benturan_kepentingan":
        return (await declarations.count(session, unit, subject.period)).frozen()
    found = await report(
        session, book, actor, subject.period.name, unit_id=subject.unit_id, stream=subject.stream
    )
    figures = next((line.figures for line in found.lines), Figures())
    return events.counts_in(figures).model_dump()


async def sees_hidden(session: AsyncSession, actor: Principal) -> bool:
    """Tell whether an actor is told declarations that concern superiors: an inspector below whom nobody is.

    It depends on no declaration, so that it gives none away.
    """
    return actor.has("inspector") and not await declarations.is_superior(session, actor.subject)


async def _tell(session: AsyncSession, actor: Principal, made: Evaluation, now: datetime) -> None:
    subject = made.subject
    content = {
        "unit_id": subject.unit_id,
        "stream": subject.stream,
        "period": subject.period.name,
        "edition": made.version,
        "evidence_count": len(made.said.evidence),
        "counts": made.counts,
    }
    said = await told.say(session, subject.id, "evaluated", content, now)
    await record(
        session,
        actor,
        "evaluate_handling",
        source=SOURCE,
        entity="handling",
        entity_id=subject.id,
        version=made.version,
        facts=[] if said is None else [events.as_told(said)],
        at=now,
        changes={"period": subject.period.name, "stream": subject.stream, "unit_id": subject.unit_id},
    )


async def listed(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None = None,
    stream: EvaluatedStream | None = None,
    period: str | None = None,
    is_holding: bool = True,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Evaluation]:
    """Return evaluations within reach, the newest first; those that were replaced unless `is_holding`."""
    return await store.page(
        session,
        actor.scope,
        unit_id=unit_id,
        stream=stream,
        period=period,
        is_holding=is_holding,
        after=after or store.NEWEST,
        limit=limit,
    )


async def count(session: AsyncSession, actor: Principal) -> int:
    """Return how many evaluations within reach hold."""
    return await store.count(session, actor.scope)
