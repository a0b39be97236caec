"""What all acts here share: who may take them, and that nobody decides what they filed themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.people import People
from services.complaints.cases.store import people
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity.domain.lives import CONFLICT, GIFT, MAP, ActName, State
from services.complaints.integrity.domain.refusals import OwnMatterError
from services.complaints.integrity.kinds import DECLARANT, LIFE, tables
from services.complaints.integrity.store.readers import reader_of
from services.complaints.integrity.words import STATES
from services.complaints.matters.refusals import NotTheirActError, StateRefusesError
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import Opened, Subject, open_dossier
from shared.security import Principal

ENTITIES: Mapping[str, str] = {GIFT: "gratification", CONFLICT: "conflict", MAP: "conflict_map"}


def subject_of(kind: str) -> Subject[State, ActName]:
    """Return how matters of a kind are handled."""
    return Subject(ENTITIES[kind], tables()[kind], LIFE)


async def open_matter(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    kind: str,
    act: ActName,
    dossier_id: UUID,
    expected: int,
    offices: frozenset[str],
) -> Opened[State, ActName]:
    """Open a matter for an act of the caller, who sees what one of the `offices` sees, or their own.

    Raises `NotFoundError`, `StaleVersionError`, `StateRefusesError`, `NotTheirActError`, and
    `OwnMatterError` for an act of an office on what the caller, or one of two who stand in for each other,
    filed.
    """
    reader = await reader_of(session, actor, offices)
    opened = await open_dossier(
        session,
        engine,
        subject_of(kind),
        act,
        dossier_id,
        sees=[reader.sees()],
        expected=expected,
        refuse=lambda one, allowed: _refusal(one, act, allowed),
    )
    if DECLARANT in opened.act.by and reader.owns(opened.dossier.opened_by):
        return opened
    if opened.act.by.isdisjoint(actor.roles):
        raise NotTheirActError(opened.act.by - {DECLARANT})
    if await is_theirs(session, engine, actor, opened.dossier, opened.now):
        raise OwnMatterError
    return opened


async def open_as_engine(
    session: AsyncSession, engine: DeadlineEngine, kind: str, act: ActName, dossier_id: UUID, expected: int
) -> Opened[State, ActName]:
    """Open a matter for an act that follows from another one; raises what `open_dossier` raises."""
    return await open_dossier(
        session,
        engine,
        subject_of(kind),
        act,
        dossier_id,
        sees=(),
        expected=expected,
        refuse=lambda one, allowed: _refusal(one, act, allowed),
    )


async def is_theirs(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, dossier: Dossier, now: datetime
) -> bool:
    """Tell whether the caller, or one of two who stand in for each other since then, filed a matter."""
    local = (await engine.calendar_of(session, dossier.unit_id)).local_date
    known = await people.load(session, [actor.subject, dossier.opened_by])
    return People(local(now), known, local(dossier.opened_at)).are_one(actor.subject, dossier.opened_by)


def _refusal(one: Dossier, act: str, allowed: Sequence[str]) -> StateRefusesError:
    details: dict[str, Any] = {"state": one.state, "act": act, "allowed": list(allowed)}
    return StateRefusesError(
        f"Keadaannya “{STATES[one.state]}”; tindakan ini tidak dapat dilakukan.", **details
    )
