"""Who may be named for a case: known by their own log-in, or by a supervisor's word.

The newest word counts. A person who calls holds what the token says and nothing else; who left calls no more,
so a supervisor takes the name off the list. Neither touches cases: `reassign` frees those of who left.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.domain.cases import SUBJECT, Case, HandlerUnknownError
from services.complaints.store import officers, units
from services.complaints.store.officers import Post
from services.complaints.store.units import Unit
from shared import audit
from shared.kernel import NotFoundError
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
    """Tell whether what is known of a caller is what the token says; who cannot be named needs no note."""
    if re.fullmatch(SUBJECT, caller.subject) is None:
        return True
    return await officers.known(session, caller.subject) == officers.posts(caller, ROLES)


async def note_caller(session: AsyncSession, caller: Principal) -> None:
    """Keep what a caller's token says of the posts that cases name somebody for, in place of what was known.

    Whose last such role is gone is known for none any more.
    """
    held = officers.posts(caller, ROLES)
    before = await officers.replace_all(session, caller.subject, held)
    await _audit(session, caller, "note_officer", caller.subject, {"before": len(before), "now": len(held)})


async def require_known_handler(session: AsyncSession, case: Case, subject: str) -> None:
    """Refuse somebody who is not known to handle cases in the case's unit."""
    if case.unit_id is None or not await officers.holds(
        session, subject, HANDLER, case.unit_id, case.agency_id
    ):
        raise HandlerUnknownError(case.unit_id or "-")


async def enter_handler(session: AsyncSession, actor: Principal, unit_id: str, subject: str) -> Handler:
    """Enter an officer who has not called yet as handler in a unit, active or not: its cases go on.

    Entering somebody twice changes nothing. Raises `NotFoundError` for a unit outside the scope.
    """
    await _unit(session, actor, unit_id)
    if await officers.enter(session, subject, Post(HANDLER, "unit", unit_id), actor.subject):
        await _audit(session, actor, "enter_handler", subject, {"unit_id": unit_id})
    return Handler(subject, unit_id)


async def remove_handler(session: AsyncSession, actor: Principal, unit_id: str, subject: str) -> None:
    """Take an officer off a unit's list, so that nobody names them again.

    Who holds the role in the whole agency is taken off by somebody whose scope is as wide. Raises
    `NotFoundError` when nothing is there to be removed.
    """
    unit = await _unit(session, actor, unit_id)
    gone = [Post(HANDLER, "unit", unit_id)]
    if actor.scope.level in ("agency", "national"):
        gone.append(Post(HANDLER, "agency", unit.agency_id))
    if actor.scope.level == "national":
        gone.append(Post(HANDLER, "national", ""))
    if not await officers.remove(session, subject, gone):
        raise NotFoundError("Petugas ini tidak tercatat di unit itu, atau berwenang lebih luas dari Anda.")
    await _audit(session, actor, "remove_handler", subject, {"unit_id": unit_id})


async def handlers(
    session: AsyncSession, actor: Principal, unit_id: str, *, after: str, limit: int
) -> Sequence[RowMapping]:
    """Return who may be named in a unit, by subject; `NotFoundError` for a unit outside the scope."""
    unit = await _unit(session, actor, unit_id)
    return await officers.of_unit(session, HANDLER, unit_id, unit.agency_id, after=after, limit=limit)


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
