"""Which answers the released figures cover, and their sums."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.release import Nodes, Waiting, nodes
from shared.instruments.survey.chance import Spread


async def waiting(session: AsyncSession, campaign_id: UUID) -> list[Waiting]:
    """Return the answers that stand otherwise than in the campaign's last release."""
    rows = await session.execute(
        text("""
            SELECT response_id, arrived, changed_in, released_version IS NOT NULL AS is_covered,
                   scores IS NOT NULL AS is_valid
            FROM response
            WHERE campaign_id = :id
              AND released_version IS DISTINCT FROM CASE WHEN scores IS NOT NULL THEN version END
        """),
        {"id": campaign_id},
    )
    return [
        Waiting(row.response_id, row.arrived, tuple(row.changed_in), row.is_covered, row.is_valid)
        for row in rows
    ]


async def people_by_nodes(session: AsyncSession, campaign_id: UUID) -> dict[Nodes, int]:
    """Return how many people the releases so far treated alike, by the nodes they join."""
    rows = await session.execute(
        text("""
            SELECT changed_in, released_version IS NOT NULL AS is_covered, count(*) AS people FROM response
            WHERE campaign_id = :id AND changed_in <> '{}' GROUP BY 1, 2
        """),
        {"id": campaign_id},
    )
    found: Counter[Nodes] = Counter()
    for row in rows:
        found[nodes(row.changed_in, is_covered=row.is_covered)] += row.people
    return found


async def release(
    session: AsyncSession, campaign_id: UUID, taken: Sequence[UUID], number: int
) -> tuple[int, dict[str, int]]:
    """Let release `number` take up these changes; return how many answers it covers, and their sums."""
    await session.execute(
        text("""
            UPDATE response SET changed_in = changed_in || cast(:number AS int),
                released_version = CASE WHEN scores IS NOT NULL THEN version END
            WHERE response_id = ANY(cast(:ids AS uuid[]))
        """),
        {"ids": list(taken), "number": number},
    )
    rows = await session.execute(
        text("""
            SELECT s.key, count(*) AS n, sum(s.value::int) AS total
            FROM response r, jsonb_each_text(r.scores) s
            WHERE r.campaign_id = :id AND r.released_version = r.version
            GROUP BY 1 ORDER BY 1
        """),
        {"id": campaign_id},
    )
    found = rows.all()
    return max((row.n for row in found), default=0), {row.key: int(row.total) for row in found}


async def spreads(
    session: AsyncSession, campaign_id: UUID, parts: Mapping[str, Sequence[str]]
) -> dict[str, Spread]:
    """Return for each part's items how the totals over them spread, of those whom the last release covers."""
    rows = await session.execute(
        text("""
            WITH totals AS (
                SELECT p.part, p.items, r.response_id, sum(s.value::int) AS total
                FROM response r, jsonb_each_text(r.scores) s,
                     (SELECT part, array_agg(key) AS keys, count(*) AS items
                      FROM unnest(cast(:parts AS text[]), cast(:keys AS text[])) AS u (part, key)
                      GROUP BY part) p
                WHERE r.campaign_id = :id AND r.released_version = r.version AND s.key = ANY(p.keys)
                GROUP BY 1, 2, 3
            )
            SELECT part, items, count(*) AS n, sum(total) AS total, sum(total * total) AS squares
            FROM totals GROUP BY 1, 2
        """),
        {
            "id": campaign_id,
            "parts": [part for part, keys in parts.items() for _ in keys],
            "keys": [key for keys in parts.values() for key in keys],
        },
    )
    return {row.part: Spread(row.n, row.items, int(row.total), int(row.squares)) for row in rows}
