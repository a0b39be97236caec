"""Campaigns that a timer has something to do with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Campaign
from services.survey.store.campaigns import _SELECT, _campaign


async def lock_due(session: AsyncSession) -> list[tuple[Campaign, datetime, datetime]]:
    """Lock the open campaigns whose closing time has passed; each with that time and the present one.

    Those that somebody else holds are left to the next round.
    """
    rows = await session.execute(
        text(f"""
            {_SELECT} WHERE c.state = 'open' AND c.closes_at <= zi_now()
            ORDER BY c.campaign_id FOR UPDATE OF c SKIP LOCKED
        """)
    )
    return [(_campaign(row), row.closes_at, row.now) for row in rows]


async def lock_overdue(session: AsyncSession, hours: float) -> list[tuple[Campaign, datetime]]:
    """Lock the campaigns whose figures have had to follow a change for so long, each with the present time.

    Those that somebody else holds are left to the next round.
    """
    rows = await session.execute(
        text(f"""
            {_SELECT} WHERE c.waiting_since <= zi_now() - make_interval(hours => :hours)
              AND NOT c.is_taken_back AND NOT c.is_frozen
            ORDER BY c.campaign_id FOR UPDATE OF c SKIP LOCKED
        """),
        {"hours": hours},
    )
    return [(_campaign(row), row.now) for row in rows]


async def past_days(session: AsyncSession, days: int) -> list[UUID]:
    """Return the campaigns that were closed longer ago than these days.

    A draft whose closing time has passed can never open: for its people that time is the close.
    """
    return list(
        await session.scalars(
            text("""
                SELECT campaign_id FROM campaign
                WHERE coalesce(closed_at, closes_at) < zi_now() - make_interval(days => :days)
            """),
            {"days": days},
        )
    )


_UNTOLD = """(
    c.state <> 'draft' AND (c.is_untold OR c.regime = ANY(cast(:regimes AS text[]))
        AND NOT EXISTS (SELECT FROM threshold t WHERE t.campaign_id = c.campaign_id)))
"""
"""To be told as it stands: marked so, or of one of these regimes and its thresholds were never told."""


async def lock_untold(
    session: AsyncSession, regimes: Sequence[str], most: int
) -> list[tuple[Campaign, datetime]]:
    """Lock at most so many opened campaigns that are to be told as they stand.

    These are the ones marked so, and those of these regimes of whose thresholds nothing was ever told. Those
    that somebody else holds are left to the next round.
    """
    rows = await session.execute(
        text(f"""
            {_SELECT} WHERE {_UNTOLD} ORDER BY c.campaign_id LIMIT :most FOR UPDATE OF c SKIP LOCKED
        """),
        {"regimes": list(regimes), "most": most},
    )
    return [(_campaign(row), row.now) for row in rows]


async def lock_linked(
    session: AsyncSession, campaign_ids: Sequence[UUID], regimes: Sequence[str]
) -> list[tuple[Campaign, datetime]]:
    """Lock those of the campaigns that are not anonymous yet; each with the present time.

    Those that are still to be told, by `lock_untold` with these regimes, are left to a later round: figures
    are made of the answers.
    """
    rows = await session.execute(
        text(f"""
            {_SELECT} WHERE c.campaign_id = ANY(cast(:ids AS uuid[])) AND NOT c.is_anonymous AND NOT {_UNTOLD}
            ORDER BY c.campaign_id FOR UPDATE OF c
        """),
        {"ids": list(campaign_ids), "regimes": list(regimes)},
    )
    return [(_campaign(row), row.now) for row in rows]


async def note_told(session: AsyncSession, campaign_ids: Sequence[UUID]) -> None:
    """Take the mark off campaigns that have been told as they stand."""
    await session.execute(
        text("UPDATE campaign SET is_untold = false WHERE campaign_id = ANY(cast(:ids AS uuid[]))"),
        {"ids": list(campaign_ids)},
    )


async def note_anonymous(session: AsyncSession, campaign_ids: Sequence[UUID], few: Sequence[UUID]) -> None:
    """Note that nothing ties the answers of these campaigns to people, and forget all of the `few` ones.

    The sums of so few answers go as well: less what one person knows of others they are an answer. Of all of
    them go the moments at which somebody acted.
    """
    await session.execute(
        text("""
            UPDATE campaign SET is_frozen = true, is_anonymous = true,
                waiting_since = NULL, tally_told_at = NULL,
                is_erased = is_erased OR n > 0 AND campaign_id = ANY(cast(:few AS uuid[]))
            WHERE campaign_id = ANY(cast(:ids AS uuid[]))
        """),
        {"ids": list(campaign_ids), "few": list(few)},
    )
    await session.execute(
        text("UPDATE item_sum SET n = 0, total = 0 WHERE campaign_id = ANY(cast(:few AS uuid[]))"),
        {"few": list(few)},
    )


WAITING = f"""
    {_SELECT} WHERE c.told_tally IS NOT NULL
      AND (c.tally_told_at > zi_now() - cast(:pause AS interval) AND c.tally_told_at <= zi_now()) IS NOT TRUE
    ORDER BY c.campaign_id LIMIT :most FOR UPDATE OF c SKIP LOCKED
"""
"""What is asked several times a second: an index holds the campaigns whose tally waits, and no other."""


async def lock_waiting(session: AsyncSession, pause: timedelta, most: int) -> list[tuple[Campaign, datetime]]:
    """Lock at most so many campaigns whose tally waits and was told last so long ago, or in the future.

    Each with the present time. Those that somebody else holds are left to the next look.
    """
    rows = await session.execute(text(WAITING), {"pause": pause, "most": most})
    return [(_campaign(row), row.now) for row in rows]
