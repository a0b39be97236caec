"""Queue what people are told, in the transaction of what happened."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.notices.domain import (
    CLOSING,
    FINDING,
    STALE,
    STEPS,
    Closing,
    Place,
    Telling,
    end_of,
    reminder_ends,
    reminder_of,
)
from services.planning.notices.texts import catalogue
from shared.db.clock import database_now
from shared.indonesian import day
from shared.kernel import Zone
from shared.notices import Notice, put
from shared.notices.contacts import Wanted, recipients

SERVICE = "planning"


async def notify_step(
    session: AsyncSession,
    *,
    place: Place,
    year: int,
    act: str,
    stage: str,
    step: int,
    has_reason: bool,
    closes_on: date | None = None,
    assessors: Sequence[str] = (),
    actor: str = "",
) -> int:
    """Tell whoever holds an assessment after a step; return how many notices are new.

    `act` led to `stage`; `step` counts the unit's steps of the year, so that none is told twice. `closes_on`
    is the last day of the stage's window. `assessors` are those the unit was given to (none: all of the
    role). Whoever acted (`actor`) is not told. An act that nobody is told of queues nothing.
    """
    telling = STEPS.get((act, stage))
    if telling is None:
        return 0
    now = await database_now(session)
    expires_at = now + STALE
    if closes_on is not None:
        expires_at = min(expires_at, end_of(closes_on, place.zone))
    data = _data(place, year, closes_on) | {"has_reason": has_reason}
    told = (await _told(session, [(place, telling, assessors)]))[0]
    key = f"step:{place.unit_id}:{year}:{step}"
    notices = [
        Notice(one, key, telling.template, place.zone, data, expires_at) for one in told if one != actor
    ]
    return await put(session, catalogue(), notices)


async def notify_finding(
    session: AsyncSession, *, place: Place, year: int, finding_id: UUID, item: str, actor: str = ""
) -> int:
    """Tell the unit that a finding waits for its answer; return how many notices are new."""
    now = await database_now(session)
    told = (await _told(session, [(place, FINDING, ())]))[0]
    data = _data(place, year, None) | {"item": item}
    notices = [
        Notice(one, f"finding:{finding_id}", FINDING.template, place.zone, data, now + STALE)
        for one in told
        if one != actor
    ]
    return await put(session, catalogue(), notices)


async def remind(session: AsyncSession, closings: Sequence[Closing], now: datetime) -> int:
    """Tell of windows that close in a week or tomorrow, once each; return how many notices are new."""
    due = [
        (one, days)
        for one in closings
        if one.stage in CLOSING and (days := reminder_of(one, now)) is not None
    ]
    if not due:
        return 0
    told = await _told(session, [(one.place, CLOSING[one.stage], one.assessors) for one, _ in due])
    notices = [
        Notice(
            subject,
            f"closing:{one.place.unit_id}:{one.year}:{one.stage}:{one.closes_on}:{days}",
            CLOSING[one.stage].template,
            one.place.zone,
            _data(one.place, one.year, one.closes_on),
            reminder_ends(one, days),
        )
        for (one, days), subjects in zip(due, told, strict=True)
        for subject in subjects
    ]
    return await put(session, catalogue(), notices)


async def _told(
    session: AsyncSession, wanted: Sequence[tuple[Place, Telling, Sequence[str]]]
) -> list[list[str]]:
    """Return for each whom to tell, nobody twice: the assessors named, else all who hold the roles."""
    roles = [
        (number, Wanted(role, place.unit_id, place.agency_id))
        for number, (place, telling, assessors) in enumerate(wanted)
        for role in telling.roles
        if not (assessors and role in _ASSESSING)
    ]
    found = await recipients(session, SERVICE, [asked for _, asked in roles])
    told = [set(assessors) if set(telling.roles) & _ASSESSING else set() for _, telling, assessors in wanted]
    for (number, _), subjects in zip(roles, found, strict=True):
        told[number].update(subjects)
    return [sorted(one) for one in told]


_ASSESSING = {"tpi", "tpn"}


def _data(place: Place, year: int, closes_on: date | None) -> dict[str, Any]:
    until = None if closes_on is None else f"{day(closes_on)} pukul 24.00 {Zone(place.zone).value}"
    return {"unit_id": place.unit_id, "unit": place.name, "year": year, "until": until}
