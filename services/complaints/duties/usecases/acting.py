"""What all acts on duties share: who may take them, how one begins, and that nobody else hears of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN, ActName, Kind, State
from services.complaints.duties.kinds import LIFE, PERSON, tables
from services.complaints.duties.store import contents
from services.complaints.duties.store.readers import kinds_of, sees
from services.complaints.duties.words import STATES
from services.complaints.matters import store as matters
from services.complaints.matters.refusals import FieldError, NotTheirActError, StateRefusesError
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import Opened, Subject, begin, open_dossier
from shared.kernel import NotFoundError, Zone, new_id
from shared.security import Principal

ENTITIES: Mapping[str, str] = {DATA: "data_request", BREACH: "data_breach", OMBUDSMAN: "ombudsman_report"}
MISSING = "Kewajiban ini tidak ditemukan."


def subject_of(kind: str) -> Subject[State, ActName]:
    """Return how duties of a kind are handled."""
    return Subject(ENTITIES[kind], tables()[kind], LIFE)


async def enter(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    kind: Kind,
    place: tuple[str, str],
    now: datetime,
    since: datetime,
    keep: Callable[[UUID], Any],
    *,
    duty_id: UUID | None = None,
) -> Dossier:
    """Take in a duty of a place, a unit and its agency, whose deadlines run `since` a moment not after now.

    `keep` stores what it says; `duty_id` where something was sealed for it before. Raises `ClockHeldError`.
    """
    unit_id, agency_id = place
    subject = subject_of(kind)
    receiving = subject.table.receiving
    local = (await engine.calendar_of(session, unit_id)).local_date
    dossier = Dossier(
        id=duty_id or new_id(),
        kind=kind,
        unit_id=unit_id,
        agency_id=agency_id,
        state=receiving.targets[0],
        period=str(local(since).year),
        is_late=False,
        opened_by=actor.subject,
        opened_at=now,
        closed_at=None,
        version=1,
    )
    starts = dict.fromkeys(receiving.makes, since)
    return await begin(
        session, engine, subject, dossier, None, actor, now, starts=starts, keep=lambda: keep(dossier.id)
    )


async def place_of(session: AsyncSession, actor: Principal, kind: Kind, unit_id: str) -> tuple[str, str]:
    """Return a unit in the caller's scope with its agency, for whoever may enter duties of a kind.

    Raises `NotFoundError` and `NotTheirActError`.
    """
    by = tables()[kind].receiving.by
    if by.isdisjoint(actor.roles):
        raise NotTheirActError(by - {PERSON})
    unit = await units.within_scope(session, actor, unit_id)
    return unit.unit_id, unit.agency_id


def in_the_past(field: str, moment: datetime, now: datetime) -> datetime:
    """Return a moment that is not to come; raises `FieldError`, which names the field."""
    if moment > now:
        raise FieldError(field, "in_future", "Waktu ini belum tiba.")
    return moment


@dataclass(frozen=True, slots=True)
class Duties:
    """The acts of one caller on one duty, at the version they have read."""

    kind: ClassVar[Kind]

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    duty_id: UUID
    version: int

    async def _open(self, act: ActName) -> Opened[State, ActName]:
        """Open the duty for an act; raises what `open_dossier` raises, and `NotTheirActError`."""
        opened = await open_duty(
            self.session, self.engine, self.kind, act, self.duty_id, self.version, sees(self.actor)
        )
        if opened.act.by.isdisjoint(self.actor.roles):
            raise NotTheirActError(opened.act.by - {PERSON})
        return opened

    async def _done(self, opened: Opened[State, ActName], note: str | None = None) -> Dossier:
        return await opened.perform(self.actor, None, note=note)


async def open_duty(
    session: AsyncSession,
    engine: DeadlineEngine,
    kind: Kind,
    act: ActName,
    duty_id: UUID,
    expected: int,
    seen: ColumnElement[bool],
) -> Opened[State, ActName]:
    """Open a duty within sight for an act; raises what `open_dossier` raises."""
    return await open_dossier(
        session,
        engine,
        subject_of(kind),
        act,
        duty_id,
        sees=[seen],
        expected=expected,
        refuse=lambda one, allowed: _refusal(one, act, allowed),
    )


def _refusal(one: Dossier, act: str, allowed: Sequence[str]) -> StateRefusesError:
    told = f"Keadaannya “{STATES[one.state]}”; tindakan ini tidak dapat dilakukan."
    return StateRefusesError(told, state=one.state, act=act, allowed=list(allowed))


# -- reading ---------------------------------------------------------------------------------------


async def duty_page(
    session: AsyncSession,
    actor: Principal,
    *,
    kind: str | None,
    unit_id: str | None,
    is_open: bool,
    is_late: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return duties within the caller's sight, of one kind or of all, open ones by the time left."""
    kinds = kinds_of(actor) if kind is None else [kind]
    return await contents.page(
        session,
        sees(actor),
        kinds=kinds,
        unit_id=unit_id,
        is_open=is_open,
        is_late=is_late,
        after=after,
        limit=limit,
    )


async def duty_detail(
    session: AsyncSession, actor: Principal, duty_id: UUID, kind: Kind | None = None
) -> Mapping[str, Any]:
    """Return a duty with its acts, clocks and corrective actions; `NotFoundError` outside the sight."""
    found = await contents.find(session, duty_id, sees(actor), kind=kind)
    if found is None:
        raise NotFoundError(MISSING)
    return await whole(session, found)


async def whole(session: AsyncSession, found: RowMapping) -> Mapping[str, Any]:
    """Return a duty with all that belongs to it."""
    return {
        **found,
        "events": await matters.events(session, found["id"]),
        "actions": await contents.actions(session, found["id"]),
        "deadlines": [
            asdict(one) | {"due_zone": one.due_zone or Zone(found["zone"])}
            for one in await deadlines.of_case(session, found["id"])
        ],
    }
