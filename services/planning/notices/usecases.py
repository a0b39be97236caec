"""Queue what people are told, in the transaction of what happened."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.notices.domain import (
    ASSESSING,
    CLOSING,
    FINDING,
    NEAR,
    STALE,
    STEPS,
    Closing,
    Place,
    Telling,
    end_of,
    last_day_of,
    reminder_of,
)
from services.planning.notices.store import places
from services.planning.notices.texts import catalogue
from services.planning.people.store import acting_for
from shared.db.clock import database_now
from shared.indonesian import day
from shared.notices import Notice, put
from shared.notices.contacts import Wanted, recipients

SERVICE = "planning"


async def notify_step(
    session: AsyncSession,
    *,
    unit_id: str,
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
    place = (await places(session, [unit_id])).get(unit_id)
    if telling is None or place is None:
        return 0
    now = await database_now(session)
    expires_at = now + STALE
    if closes_on is not None and (end := end_of(closes_on, place.zone)) > now + NEAR:
        expires_at = min(expires_at, end)
    data = _data(place, year, closes_on) | {"has_reason": has_reason}
    key = f"step:{unit_id}:{year}:{step}"
    (told,) = await _told(session, [(place, telling, assessors)], now)
    notices = [_notice(one, key, telling, place, data, expires_at) for one in told if one != actor]
    return await put(session, catalogue(), notices)


async def notify_finding(
    session: AsyncSession, *, unit_id: str, year: int, finding_id: UUID, item: str, actor: str = ""
) -> int:
    """Tell the unit that a finding waits for its answer; return how many notices are new."""
    place = (await places(session, [unit_id])).get(unit_id)
    if place is None:
        return 0
    now = await database_now(session)
    expires_at = now + STALE
    data = _data(place, year, None) | {"item": item}
    key = f"finding:{finding_id}"
    (told,) = await _told(session, [(place, FINDING, ())], now)
    notices = [_notice(one, key, FINDING, place, data, expires_at) for one in told if one != actor]
    return await put(session, catalogue(), notices)


async def remind(session: AsyncSession, closings: Sequence[Closing], now: datetime) -> int:
    """Tell of windows that close in a week or tomorrow, once each; return how many notices are new."""
    known = await places(session, [one.unit_id for one in closings])
    due = [
        (place, closing, days)
        for closing in closings
        if closing.stage in CLOSING
        and (place := known.get(closing.unit_id)) is not None
        and (days := reminder_of(closing, now.astimezone(place.zone.tz).date())) is not None
    ]
    told = await _told(session, [(place, CLOSING[one.stage], one.assessors) for place, one, _ in due], now)
    notices = [
        _notice(
            subject,
            f"closing:{one.unit_id}:{one.year}:{one.stage}:{one.closes_on}:{days}",
            CLOSING[one.stage],
            place,
            _data(place, one.year, one.closes_on),
            end_of(last_day_of(one, days), place.zone),
        )
        for (place, one, days), subjects in zip(due, told, strict=True)
        for subject in subjects
    ]
    return await put(session, catalogue(), notices)


async def _told(
    session: AsyncSession, wanted: Sequence[tuple[Place, Telling, Sequence[str]]], now: datetime
) -> list[list[str]]:
    """Return for each whom to tell, nobody twice: the assessors named, else all who hold the roles.

    Who acts for one of them today, in the unit's zone, is told beside them.
    """
    told: list[set[str]] = [set() for _ in wanted]
    asked: list[tuple[int, Wanted]] = []
    for number, (place, telling, assessors) in enumerate(wanted):
        for role in telling.roles:
            if assessors and role in ASSESSING:
                told[number].update(assessors)
            else:
                asked.append((number, Wanted(role, place.unit_id, place.agency_id)))
    found = await recipients(session, SERVICE, [one for _, one in asked])
    for (number, _), subjects in zip(asked, found, strict=True):
        told[number].update(subjects)
    acting = await acting_for(session, set().union(*told))
    for (place, _, _), those in zip(wanted, told, strict=True):
        today = now.astimezone(place.zone.tz).date()
        those.update(
            one.subject for one in acting if one.acts_for in those and one.first <= today <= one.last
        )
    return [sorted(one) for one in told]


def _notice(
    subject: str, key: str, telling: Telling, place: Place, data: Mapping[str, Any], expires_at: datetime
) -> Notice:
    return Notice(subject, key, telling.template, place.zone, data, expires_at)


def _data(place: Place, year: int, closes_on: date | None) -> dict[str, Any]:
    until = None if closes_on is None else f"{day(closes_on)} pukul 24.00 {place.zone.value}"
    return {"unit_id": place.unit_id, "unit": place.name, "year": year, "until": until}
