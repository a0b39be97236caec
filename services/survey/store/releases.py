"""Which answers the released figures cover, and their sums."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.release import Nodes, Waiting, nodes
from services.survey.tables import RESPONSE
from shared.db.arrays import among
from shared.instruments.survey.chance import Spread

_IS_COVERED = RESPONSE.c.released_version.is_not(None)
_IS_VALID = RESPONSE.c.scores.is_not(None)
_VALID_VERSION = case((_IS_VALID, RESPONSE.c.version))
_SCORE = func.jsonb_each_text(RESPONSE.c.scores).table_valued("key", "value")
_SCORES = RESPONSE.join(_SCORE, true())
_POINTS = func.sum(cast(_SCORE.c.value, Integer))
_IS_RELEASED = RESPONSE.c.released_version == RESPONSE.c.version

_WAITING = select(
    RESPONSE.c.response_id,
    RESPONSE.c.arrived,
    RESPONSE.c.changed_in,
    _IS_COVERED.label("is_covered"),
    _IS_VALID.label("is_valid"),
).where(
    RESPONSE.c.campaign_id == bindparam("id"), RESPONSE.c.released_version.is_distinct_from(_VALID_VERSION)
)


async def waiting(session: AsyncSession, campaign_id: UUID) -> list[Waiting]:
    """Return the answers that stand otherwise than in the campaign's last release."""
    rows = await session.execute(_WAITING, {"id": campaign_id})
    return [
        Waiting(row.response_id, row.arrived, tuple(row.changed_in), row.is_covered, row.is_valid)
        for row in rows
    ]


async def people_by_nodes(session: AsyncSession, campaign_id: UUID) -> dict[Nodes, int]:
    """Return how many people the releases so far treated alike, by the nodes they join."""
    rows = await session.execute(
        select(RESPONSE.c.changed_in, _IS_COVERED.label("is_covered"), func.count().label("people"))
        .where(RESPONSE.c.campaign_id == campaign_id, RESPONSE.c.changed_in != [])
        .group_by(RESPONSE.c.changed_in, _IS_COVERED)
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
        update(RESPONSE)
        .where(among(RESPONSE.c.response_id, taken))
        .values(changed_in=func.array_append(RESPONSE.c.changed_in, number), released_version=_VALID_VERSION)
    )
    rows = await session.execute(
        select(_SCORE.c.key, func.count().label("n"), _POINTS.label("total"))
        .select_from(_SCORES)
        .where(RESPONSE.c.campaign_id == campaign_id, _IS_RELEASED)
        .group_by(_SCORE.c.key)
        .order_by(_SCORE.c.key)
    )
    found = rows.all()
    return max((row.n for row in found), default=0), {row.key: int(row.total) for row in found}


async def spreads(
    session: AsyncSession, campaign_id: UUID, parts: Mapping[str, Sequence[str]]
) -> dict[str, Spread]:
    """Return for each part's items how the totals over them spread, of those whom the last release covers."""
    part = (
        func.unnest(
            literal([part for part, keys in parts.items() for _ in keys], ARRAY(Text)),
            literal([key for keys in parts.values() for key in keys], ARRAY(Text)),
        )
        .table_valued(column("part", Text), column("key", Text))
        .render_derived(name="p")
    )
    totals = (
        select(part.c.part, _POINTS.label("total"))
        .select_from(_SCORES)
        .where(RESPONSE.c.campaign_id == campaign_id, _IS_RELEASED, _SCORE.c.key == part.c.key)
        .group_by(part.c.part, RESPONSE.c.response_id)
        .cte("totals")
    )
    rows = await session.execute(
        select(
            totals.c.part,
            func.count().label("n"),
            func.sum(totals.c.total).label("total"),
            func.sum(totals.c.total * totals.c.total).label("squares"),
        ).group_by(totals.c.part)
    )
    return {row.part: Spread(row.n, len(parts[row.part]), int(row.total), int(row.squares)) for row in rows}
