"""Who may be named for a case: known by their own log-in, or by a supervisor's word.

A log-in speaks for itself: it takes back what an earlier one said, not what a supervisor did. A supervisor
takes the name of who left off the list, and it stays off, whatever the token still says, until a supervisor
enters it again. Neither touches cases: `reassign` frees those of who left.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.case import SUBJECT, Case, Stream
from services.complaints.cases.domain.people import People
from services.complaints.cases.domain.refusals import (
    FieldRefusedError,
    HandlerElsewhereError,
    HandlerExcludedError,
    HandlerLeftError,
    HandlerUnknownError,
)
from services.complaints.cases.store import officers, people
from services.complaints.cases.store.officers import Post
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.decrees.usecases import require_appointed
from services.complaints.units import Unit
from shared import audit
from shared.db.clock import database_now
from shared.kernel import NotFoundError, Zone
from shared.security import Principal

HANDLER = "case_handler"
ROLES = frozenset({HANDLER})
"""Roles that cases name somebody for."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who may be named in a unit."""

    subject: str
    unit_id: str


async def is_noted(session: AsyncSession, caller: Principal) -> bool:
    """Tell whether a caller's token says nothing new; who cannot be named needs no note."""
    if re.fullmatch(SUBJECT, caller.subject) is None:
        return True
    return (await officers.known(session, caller.subject)).is_word_of(officers.posts(caller, ROLES))


async def note_caller(session: AsyncSession, caller: Principal) -> None:
    """Keep what a caller's token says of the posts that cases name somebody for, in place of what one said.

    Posts that a supervisor took the caller off are left out.
    """
    await officers.lock(session, caller.subject)
    before, now = await officers.note(session, caller.subject, officers.posts(caller, ROLES))
    await _audit(session, caller, "note_officer", caller.subject, {"before": before, "now": now})


async def people_of(
    session: AsyncSession,
    engine: DeadlineEngine,
    case: Case,
    now: datetime,
    subjects: Iterable[str],
    *,
    since: datetime | None = None,
) -> People:
    """Return what planning's list says today of these accounts; days are those of the case's unit.

    `since` is when the first of two did their part, where two are asked for.
    """
    local = (await engine.calendar_of(session, case.unit_id)).local_date
    known = await people.load(session, subjects)
    return People(local(now), known, None if since is None else local(since))


async def are_one(session: AsyncSession, subject: str, other: str, since: datetime) -> bool:
    """Tell whether two accounts count as one person in what is about no unit, today or on a day since then.

    Days are Jakarta's.
    """
    known = await people.load(session, [subject, other])
    now = await database_now(session)
    today, first = (moment.astimezone(Zone.WIB.tz).date() for moment in (now, since))
    return People(today, known, first).are_one(subject, other)


async def require_known_handler(session: AsyncSession, case: Case, subject: str, known: People) -> None:
    """Refuse somebody who is not known to handle cases in the case's unit, has left, or is a party to it.

    They must be a member of a handling unit whose decree is in force today for the case's unit and stream.
    Whom planning's list does not know is judged by the officers' list alone: a unit without a list of people
    is not stuck. Raises `HandlerUnknownError`, `HandlerLeftError`, `HandlerExcludedError`,
    `HandlerOutsideUnitError`.
    """
    if case.unit_id is None or not await officers.holds(
        session, subject, HANDLER, case.unit_id, case.agency_id
    ):
        raise HandlerUnknownError(case.unit_id or "-")
    if known.has_left(subject):
        raise HandlerLeftError
    if await people.is_excluded(session, case.id, subject):
        raise HandlerExcludedError
    await require_appointed(session, case.unit_id, case.agency_id, case.stream, subject, known.day)


async def name_accused(
    session: AsyncSession, actor: Principal, case: Case, accused: Collection[UUID]
) -> None:
    """Keep whom a case accuses: they and their superiors see nothing of it from now on.

    Raises `FieldRefusedError` for somebody who is not known in the case's agency.
    """
    if not accused:
        return
    named = sorted({str(one) for one in accused})
    known = await people.of_agency(session, case.agency_id, named)
    for place, one in enumerate(map(str, accused)):
        if one not in known:
            raise FieldRefusedError(
                f"accused.{place}", "unknown_person", "Orang ini tidak dikenal di instansi ini."
            )
    await people.name_parties(session, case.id, named, "accused")
    await audit.record(
        session,
        actor=actor,
        operation="name_accused",
        entity="case",
        entity_id=str(case.id),
        changes={"accused": named},
    )


async def enter_handler(session: AsyncSession, actor: Principal, unit_id: str, subject: str) -> Handler:
    """Enter an officer who has not called yet as handler in a unit, active or not: its cases go on.

    Who was taken off may log in again for the posts within the actor's reach. Entering somebody twice changes
    nothing. Raises `NotFoundError` for a unit outside the scope, and `HandlerElsewhereError` for somebody
    whose own log-in reaches other units only: there would be nobody to act.
    """
    unit = await _unit(session, actor, unit_id)
    await officers.lock(session, subject)
    before = await officers.known(session, subject)
    if before.own and not any(post.covers(unit_id, unit.agency_id) for post in before.own | before.removed):
        raise HandlerElsewhereError(unit_id)
    await officers.forgive(session, subject, _within_reach(actor, unit))
    if await officers.enter(session, subject, Post(HANDLER, "unit", unit_id), actor.subject):
        await _audit(session, actor, "enter_handler", subject, {"unit_id": unit_id})
    return Handler(subject, unit_id)


async def remove_handler(session: AsyncSession, actor: Principal, unit_id: str, subject: str) -> None:
    """Take an officer off a unit's list, so that nobody names them until a supervisor enters them again.

    Who holds the role in the whole agency is taken off by somebody whose scope is as wide. Raises
    `NotFoundError` when nothing is there to be removed.
    """
    unit = await _unit(session, actor, unit_id)
    await officers.lock(session, subject)
    if not await officers.remove(session, subject, _within_reach(actor, unit), actor.subject):
        raise NotFoundError("Petugas ini tidak tercatat di unit itu, atau berwenang lebih luas dari Anda.")
    await _audit(session, actor, "remove_handler", subject, {"unit_id": unit_id})


async def handlers(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    *,
    after: str,
    limit: int,
    streams: Collection[Stream] = (),
    words: Sequence[str] = (),
) -> Sequence[RowMapping]:
    """Return who may be named in a unit, by subject; `NotFoundError` for a unit outside the scope.

    With `streams` those appointed for one of them, with `words` those whose subject holds each.
    """
    unit = await _unit(session, actor, unit_id)
    return await officers.of_unit(
        session,
        HANDLER,
        unit_id,
        unit.agency_id,
        unit.zone,
        after=after,
        limit=limit,
        only=streams,
        words=words,
    )


def _within_reach(actor: Principal, unit: Unit) -> list[Post]:
    """Return the handler's posts over a unit that are no wider than the actor's scope."""
    posts = [Post(HANDLER, "unit", unit.unit_id)]
    if actor.scope.level in ("agency", "national"):
        posts.append(Post(HANDLER, "agency", unit.agency_id))
    if actor.scope.level == "national":
        posts.append(Post(HANDLER, "national", ""))
    return posts


async def _unit(session: AsyncSession, actor: Principal, unit_id: str) -> Unit:
    unit = await units.get(session, unit_id)
    if unit is None or not actor.scope.covers(unit_id, unit.agency_id):
        raise NotFoundError("Unit tidak ditemukan.")
    return unit


async def _audit(
    session: AsyncSession, actor: Principal, operation: str, subject: str, changes: Mapping[str, Any]
) -> None:
    await audit.record(
        session, actor=actor, operation=operation, entity="officer", entity_id=subject, changes=changes
    )
