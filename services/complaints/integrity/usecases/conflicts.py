"""Conflicts of interest: declared by whoever has one, who decides nothing until a superior has decided."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity import events
from services.complaints.integrity.domain.conflicts import Conflict
from services.complaints.integrity.domain.lives import CONFLICT, ActName, State
from services.complaints.integrity.store import conflicts as store
from services.complaints.integrity.store.readers import reader_of
from services.complaints.integrity.usecases.acting import open_matter, subject_of
from services.complaints.matters import store as matters
from services.complaints.matters.refusals import FieldError
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import Opened, begin
from shared.kernel import NotFoundError, new_id
from shared.security import Principal
from shared.security.roles import CONFLICT_DECIDERS

OFFICES = CONFLICT_DECIDERS
"""Who sees the declarations of others in their scope."""


async def declare(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, conflict: Conflict
) -> Dossier:
    """Take in a declaration; the declarant's decision is suspended from now on.

    Raises `NotFoundError` for a unit outside the scope, `ClockHeldError`.
    """
    unit = await units.within_scope(session, actor, unit_id)
    now = await engine.clock.now(session)
    dossier = Dossier(
        id=new_id(),
        kind=CONFLICT,
        unit_id=unit.unit_id,
        agency_id=unit.agency_id,
        state=State.DIDEKLARASIKAN,
        period=str((await engine.calendar_of(session, unit_id)).local_date(now).year),
        is_late=False,
        opened_by=actor.subject,
        opened_at=now,
        closed_at=None,
        version=1,
    )
    return await begin(
        session,
        engine,
        subject_of(CONFLICT),
        dossier,
        events.of_conflict(conflict),
        actor,
        now,
        keep=lambda: store.keep(session, dossier.id, conflict),
    )


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The acts of one caller on one declaration, at the version they have read."""

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    conflict_id: UUID
    version: int

    async def assess(self, note: str) -> Dossier:
        """Note what was found out."""
        return await self._done(await self._open("assess"), note)

    async def decide(self, *, is_conflict: bool, control: str | None, reason: str) -> Dossier:
        """Decide whether there is a conflict, and how it is controlled; raises `FieldError`."""
        opened = await self._open("decide")
        if is_conflict and control is None:
            raise FieldError("control", "required", "Sebutkan cara pengendaliannya.")
        if not is_conflict and control is not None:
            raise FieldError("control", "not_needed", "Tidak ada benturan: kosongkan cara pengendalian.")
        await store.control(self.session, self.conflict_id, control)
        return await self._done(opened, reason, State.DIKENDALIKAN if is_conflict else State.TIDAK_ADA)

    async def finish(self, note: str | None) -> Dossier:
        """End it, e.g. as the declarant left the position."""
        return await self._done(await self._open("finish"), note)

    async def _open(self, act: ActName) -> Opened[State, ActName]:
        return await open_matter(
            self.session, self.engine, self.actor, CONFLICT, act, self.conflict_id, self.version, OFFICES
        )

    async def _done(
        self, opened: Opened[State, ActName], note: str | None, to: State | None = None
    ) -> Dossier:
        conflict = await store.conflict_of(self.session, self.conflict_id)
        return await opened.perform(self.actor, events.of_conflict(conflict), to=to, note=note)


async def conflict_page(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    is_open: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return declarations within the caller's sight, open ones by the time left."""
    reader = await reader_of(session, actor, OFFICES)
    return await store.page(session, reader, unit_id=unit_id, is_open=is_open, after=after, limit=limit)


async def conflict_detail(session: AsyncSession, actor: Principal, conflict_id: UUID) -> Mapping[str, Any]:
    """Return a declaration with its acts and clocks; `NotFoundError` outside the caller's sight."""
    reader = await reader_of(session, actor, OFFICES)
    found = await store.find(session, conflict_id, reader)
    if found is None:
        raise NotFoundError("Deklarasi benturan kepentingan tidak ditemukan.")
    return {
        **found,
        "is_own": reader.owns(found["opened_by"]),
        "events": await matters.events(session, conflict_id),
        "deadlines": [asdict(one) for one in await deadlines.of_case(session, conflict_id)],
    }
