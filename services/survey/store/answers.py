"""Responses and running sums."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.answers import Answer
from shared.instruments.survey import ItemSum


async def by_link(session: AsyncSession, campaign_id: UUID, link: bytes) -> Answer | None:
    """Return a person's response, or its tombstone."""
    row = (
        await session.execute(
            text("""
                SELECT response_id, version, scores, sent_id FROM response
                WHERE campaign_id = :campaign_id AND link = :link
            """),
            {"campaign_id": campaign_id, "link": link},
        )
    ).one_or_none()
    return None if row is None else Answer(row.response_id, row.version, row.scores, row.sent_id)


async def by_id(session: AsyncSession, response_id: UUID) -> tuple[UUID, Answer] | None:
    """Return the campaign of a response and the response, or its tombstone."""
    row = (
        await session.execute(
            text("SELECT campaign_id, response_id, version, scores FROM response WHERE response_id = :id"),
            {"id": response_id},
        )
    ).one_or_none()
    return None if row is None else (row.campaign_id, Answer(row.response_id, row.version, row.scores))


async def insert(
    session: AsyncSession, campaign_id: UUID, link: bytes, answer: Answer, mode: str, flags: tuple[str, ...]
) -> None:
    """Add a response to a locked campaign."""
    await session.execute(
        text("""
            INSERT INTO response (response_id, sent_id, campaign_id, link, mode, flags, scores, version,
                                  arrived)
            VALUES (:response_id, :sent_id, :campaign_id, :link, :mode, :flags, cast(:scores AS jsonb),
                    :version,
                    (SELECT coalesce(max(arrived), 0) + 1 FROM response WHERE campaign_id = :campaign_id))
        """),
        {
            "response_id": answer.response_id,
            "campaign_id": campaign_id,
            "link": link,
            "mode": mode,
            "flags": list(flags),
            "scores": json.dumps(dict(answer.scores or {})),
            "version": answer.version,
            "sent_id": answer.sent_id,
        },
    )


async def erase(session: AsyncSession, tombstone: Answer) -> None:
    """Leave only the tombstone of a withdrawn response."""
    await session.execute(
        text("""
            UPDATE response SET scores = NULL, flags = '{}', sent_id = NULL, version = :version
            WHERE response_id = :id
        """),
        {"id": tombstone.response_id, "version": tombstone.version},
    )


async def sums(session: AsyncSession, campaign_id: UUID) -> dict[str, ItemSum]:
    """Return the running sums by item key."""
    rows = await session.execute(
        text("SELECT item_key, n, total FROM item_sum WHERE campaign_id = :id"), {"id": campaign_id}
    )
    return {row.item_key: ItemSum(row.n, row.total) for row in rows}


async def move_sums(
    session: AsyncSession, campaign_id: UUID, moves: Mapping[str, ItemSum]
) -> dict[str, ItemSum]:
    """Move the running sums of a locked campaign and return all of them."""
    await session.execute(
        text("""
            UPDATE item_sum s SET n = s.n + m.n, total = s.total + m.total
            FROM unnest(cast(:keys AS text[]), cast(:ns AS int[]), cast(:totals AS int[]))
                AS m (key, n, total)
            WHERE s.campaign_id = :id AND s.item_key = m.key
        """),
        {
            "id": campaign_id,
            "keys": list(moves),
            "ns": [move.n for move in moves.values()],
            "totals": [move.total for move in moves.values()],
        },
    )
    return await sums(session, campaign_id)


async def has_links(session: AsyncSession, links: Sequence[bytes]) -> set[bytes]:
    """Return those of the links under which an answer was given, withdrawn or not."""
    found = await session.scalars(
        text("SELECT link FROM response WHERE link = ANY(cast(:links AS bytea[]))"), {"links": list(links)}
    )
    return set(found)


async def counts_by_campaign(session: AsyncSession) -> dict[UUID, int]:
    """Return how many people answered each campaign whose answers still have links, withdrawn or not."""
    rows = await session.execute(text("SELECT campaign_id, count(*) AS n FROM response GROUP BY 1"))
    return {row.campaign_id: row.n for row in rows}


async def anonymise(session: AsyncSession, campaign_ids: Sequence[UUID], *, fewest: int) -> list[UUID] | None:
    """Copy the answers of locked campaigns in random order under new ids and drop the table they were in.

    Returns the campaigns of which fewer than `fewest` answers count: theirs are erased and not copied. None,
    and nothing done, while somebody reads that table for long.
    """
    few: list[UUID] | None = await session.scalar(
        text("SELECT zi_anonymise(cast(:ids AS uuid[]), :fewest)"),
        {"ids": list(campaign_ids), "fewest": fewest},
    )
    return few


async def drift(session: AsyncSession) -> int:
    """Return by how much running sums and counts differ from a recount of all campaigns; 0 when right."""
    found = await session.scalar(
        text("""
            WITH given AS (
                SELECT campaign_id, scores FROM response WHERE scores IS NOT NULL
                UNION ALL SELECT campaign_id, scores FROM anonymous_answer
            ), recount AS (
                SELECT r.campaign_id, s.key AS item_key, count(*) AS n, sum(s.value::int) AS total
                FROM given r, jsonb_each_text(r.scores) s GROUP BY 1, 2
            ), items AS (
                SELECT abs(coalesce(i.n, 0) - coalesce(r.n, 0))
                     + abs(coalesce(i.total, 0) - coalesce(r.total, 0)) AS points
                FROM item_sum i FULL JOIN recount r USING (campaign_id, item_key)
            ), counts AS (
                SELECT abs(c.n - (SELECT count(*) FROM given r WHERE r.campaign_id = c.campaign_id)) AS points
                FROM campaign c WHERE NOT c.is_erased
            )
            SELECT coalesce((SELECT sum(points) FROM items), 0)
                 + coalesce((SELECT sum(points) FROM counts), 0)
        """)
    )
    return int(found or 0)


async def willing_by_regime(session: AsyncSession) -> dict[str, int]:
    """Return the willing people of all open campaigns, by regime."""
    rows = await session.execute(
        text("SELECT regime, sum(willing) AS willing FROM campaign WHERE state = 'open' GROUP BY regime")
    )
    return {row.regime: int(row.willing) for row in rows}
