"""Campaigns that a timer has something to do with; one that somebody holds is left to the next round."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Campaign, State
from services.survey.store.campaigns import FOUND, NOW, from_row
from services.survey.tables import CAMPAIGN, ITEM_SUM, THRESHOLD
from shared.db.arrays import among

Locked = list[tuple[Campaign, datetime]]
"""Campaigns whose rows are held, each with the database's present time."""


async def lock_due(session: AsyncSession) -> Locked:
    """Lock the open campaigns whose closing time has passed."""
    return await _lock(session, _wanted(CAMPAIGN.c.state == State.OPEN, CAMPAIGN.c.closes_at <= NOW))


async def lock_overdue(session: AsyncSession, wait: timedelta) -> Locked:
    """Lock the campaigns whose figures have had to follow a change for so long."""
    is_late = CAMPAIGN.c.waiting_since <= NOW - wait
    return await _lock(session, _wanted(is_late, not_(CAMPAIGN.c.is_taken_back), not_(CAMPAIGN.c.is_frozen)))


async def lock_untold(session: AsyncSession, regimes: Sequence[str], most: int) -> Locked:
    """Lock at most so many opened campaigns that are to be told as they stand.

    These are the ones marked so, and those of these regimes of whose thresholds nothing was ever told.
    """
    return await _lock(session, _wanted(_is_untold(regimes)).limit(most))


async def lock_linked(session: AsyncSession, campaign_ids: Sequence[UUID], regimes: Sequence[str]) -> Locked:
    """Lock those of the campaigns that are not anonymous yet, once whoever holds one is done.

    Those that are still to be told, by `lock_untold` with these regimes, are left to a later round: figures
    are made of the answers.
    """
    wanted = _wanted(
        among(CAMPAIGN.c.campaign_id, campaign_ids),
        not_(CAMPAIGN.c.is_anonymous),
        not_(_is_untold(regimes)),
    )
    return await _lock(session, wanted.with_for_update(of=CAMPAIGN))


def waiting(pause: timedelta, most: int) -> Select[Any]:
    """Ask for campaigns whose tally waits and was told last so long ago, or in the future."""
    return _wanted(CAMPAIGN.c.told_tally.is_not(None), _is_early(pause).is_not(true())).limit(most)


@cache
def next_wait(pause: timedelta) -> Select[tuple[timedelta | None]]:
    """Ask how long it is until the first of the tallies that wait was told so long ago.

    This is asked twice a second: an index holds the campaigns whose tally waits, and no other.
    """
    rest = case((_is_early(pause), CAMPAIGN.c.tally_told_at + pause - NOW), else_=timedelta())
    return select(func.min(rest)).where(CAMPAIGN.c.told_tally.is_not(None))


async def wait_for_next(session: AsyncSession, pause: timedelta) -> timedelta | None:
    """Return how long it is until the next tally that waits may be told; None when none waits."""
    wait: timedelta | None = await session.scalar(next_wait(pause))
    return wait


async def lock_waiting(session: AsyncSession, pause: timedelta, most: int) -> Locked:
    """Lock at most so many campaigns whose tally waits and may be told."""
    return await _lock(session, waiting(pause, most))


async def past_days(session: AsyncSession, days: int) -> list[UUID]:
    """Return the campaigns that were closed longer ago than these days.

    A draft whose closing time has passed can never open: for its people that time is the close.
    """
    closed_at = func.coalesce(CAMPAIGN.c.closed_at, CAMPAIGN.c.closes_at)
    found = await session.scalars(
        select(CAMPAIGN.c.campaign_id).where(closed_at < NOW - timedelta(days=days))
    )
    return list(found)


async def note_told(session: AsyncSession, campaign_ids: Sequence[UUID]) -> None:
    """Take the mark off campaigns that have been told as they stand."""
    await session.execute(
        update(CAMPAIGN).where(among(CAMPAIGN.c.campaign_id, campaign_ids)).values(is_untold=False)
    )


async def note_anonymous(session: AsyncSession, campaign_ids: Sequence[UUID], few: Sequence[UUID]) -> None:
    """Note that nothing ties the answers of these campaigns to people, and forget all of the `few` ones.

    The sums of so few answers go as well: less what one person knows of others they are an answer. Of all of
    them go the moments at which somebody acted.
    """
    had_few = and_(CAMPAIGN.c.n > 0, among(CAMPAIGN.c.campaign_id, few))
    await session.execute(
        update(CAMPAIGN)
        .where(among(CAMPAIGN.c.campaign_id, campaign_ids))
        .values(
            is_frozen=True,
            is_anonymous=True,
            waiting_since=None,
            tally_told_at=None,
            is_erased=or_(CAMPAIGN.c.is_erased, had_few),
        )
    )
    await session.execute(update(ITEM_SUM).where(among(ITEM_SUM.c.campaign_id, few)).values(n=0, total=0))


def _is_early(pause: timedelta) -> ColumnElement[bool]:
    told_at = CAMPAIGN.c.tally_told_at
    return and_(told_at > NOW - pause, told_at <= NOW)


def _is_untold(regimes: Sequence[str]) -> ColumnElement[bool]:
    """Tell whether it is to be told as it stands: marked so, or its thresholds were never told."""
    has_thresholds = select(THRESHOLD).where(THRESHOLD.c.campaign_id == CAMPAIGN.c.campaign_id).exists()
    is_new = and_(among(CAMPAIGN.c.regime, regimes), not_(has_thresholds))
    return and_(CAMPAIGN.c.state != State.DRAFT, or_(CAMPAIGN.c.is_untold, is_new))


def _wanted(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        FOUND.where(*conditions)
        .order_by(CAMPAIGN.c.campaign_id)
        .with_for_update(of=CAMPAIGN, skip_locked=True)
    )


async def _lock(session: AsyncSession, wanted: Select[Any]) -> Locked:
    return [(from_row(row), row.now) for row in await session.execute(wanted)]
