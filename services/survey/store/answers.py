"""Responses and running sums."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy import insert as into
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.answers import Answer
from services.survey.tables import ANONYMOUS_ANSWER, CAMPAIGN, ITEM_SUM, RESPONSE
from shared.db.arrays import among
from shared.instruments.survey import ItemSum

_BY_LINK = select(RESPONSE).where(
    RESPONSE.c.campaign_id == bindparam("campaign_id"), RESPONSE.c.link == bindparam("link")
)
_NEXT = (
    select(func.coalesce(func.max(RESPONSE.c.arrived), 0) + 1)
    .where(RESPONSE.c.campaign_id == bindparam("of"))
    .scalar_subquery()
)
_INSERT = into(RESPONSE).values(arrived=_NEXT)
_MOVES = (
    func.unnest(
        bindparam("keys", type_=ARRAY(Text)),
        bindparam("ns", type_=ARRAY(Integer)),
        bindparam("totals", type_=ARRAY(Integer)),
    )
    .table_valued(column("key", Text), column("n", Integer), column("total", Integer))
    .render_derived(name="m")
)
_MOVE = (
    update(ITEM_SUM)
    .where(ITEM_SUM.c.campaign_id == bindparam("id"), ITEM_SUM.c.item_key == _MOVES.c.key)
    .values(n=ITEM_SUM.c.n + _MOVES.c.n, total=ITEM_SUM.c.total + _MOVES.c.total)
)


async def by_link(session: AsyncSession, campaign_id: UUID, link: bytes) -> Answer | None:
    """Return a person's response, or its tombstone."""
    row = (await session.execute(_BY_LINK, {"campaign_id": campaign_id, "link": link})).one_or_none()
    return None if row is None else Answer(row.response_id, row.version, row.scores, row.sent_id)


async def by_id(session: AsyncSession, response_id: UUID) -> tuple[UUID, Answer] | None:
    """Return the campaign of a response and the response, or its tombstone."""
    row = (await session.execute(select(RESPONSE).where(RESPONSE.c.response_id == response_id))).one_or_none()
    return None if row is None else (row.campaign_id, Answer(row.response_id, row.version, row.scores))


async def insert(
    session: AsyncSession, campaign_id: UUID, link: bytes, answer: Answer, mode: str, flags: tuple[str, ...]
) -> None:
    """Add a response to a locked campaign."""
    await session.execute(
        _INSERT,
        {
            "response_id": answer.response_id,
            "campaign_id": campaign_id,
            "of": campaign_id,
            "link": link,
            "mode": mode,
            "flags": list(flags),
            "scores": dict(answer.scores or {}),
            "version": answer.version,
            "sent_id": answer.sent_id,
        },
    )


async def erase(session: AsyncSession, tombstone: Answer) -> None:
    """Leave only the tombstone of a withdrawn response."""
    await session.execute(
        update(RESPONSE)
        .where(RESPONSE.c.response_id == tombstone.response_id)
        .values(scores=None, flags=[], sent_id=None, version=tombstone.version)
    )


async def move_sums(session: AsyncSession, campaign_id: UUID, moves: Mapping[str, ItemSum]) -> None:
    """Move the running sums of a locked campaign."""
    await session.execute(
        _MOVE,
        {
            "id": campaign_id,
            "keys": list(moves),
            "ns": [move.n for move in moves.values()],
            "totals": [move.total for move in moves.values()],
        },
    )


async def has_links(session: AsyncSession, links: Sequence[bytes]) -> set[bytes]:
    """Return those of the links under which an answer was given, withdrawn or not."""
    return set(await session.scalars(select(RESPONSE.c.link).where(among(RESPONSE.c.link, links))))


async def counts_by_campaign(session: AsyncSession) -> dict[UUID, int]:
    """Return how many people answered each campaign whose answers still have links, withdrawn or not."""
    rows = await session.execute(
        select(RESPONSE.c.campaign_id, func.count().label("n")).group_by(RESPONSE.c.campaign_id)
    )
    return {row.campaign_id: row.n for row in rows}


async def anonymise(session: AsyncSession, campaign_ids: Sequence[UUID], *, fewest: int) -> list[UUID] | None:
    """Copy the answers of locked campaigns in random order under new ids and drop the table they were in.

    Returns the campaigns of which fewer than `fewest` answers count: theirs are erased and not copied. None,
    and nothing done, while somebody reads that table for long.
    """
    few: list[UUID] | None = await session.scalar(
        select(func.zi_anonymise(literal(list(campaign_ids), ARRAY(Uuid)), fewest))
    )
    return few


async def drift(session: AsyncSession) -> int:
    """Return by how much running sums and counts differ from a recount of all campaigns; 0 when right."""
    given = union_all(
        select(RESPONSE.c.campaign_id, RESPONSE.c.scores).where(RESPONSE.c.scores.is_not(None)),
        select(ANONYMOUS_ANSWER.c.campaign_id, ANONYMOUS_ANSWER.c.scores),
    ).cte("given")
    score = func.jsonb_each_text(given.c.scores).table_valued("key", "value")
    recount = (
        select(
            given.c.campaign_id,
            score.c.key,
            func.count().label("n"),
            func.sum(cast(score.c.value, Integer)).label("total"),
        )
        .select_from(given.join(score, true()))
        .group_by(given.c.campaign_id, score.c.key)
        .cte("recount")
    )
    is_same = and_(ITEM_SUM.c.campaign_id == recount.c.campaign_id, ITEM_SUM.c.item_key == recount.c.key)
    points = _apart(ITEM_SUM.c.n, recount.c.n) + _apart(ITEM_SUM.c.total, recount.c.total)
    items = select(func.sum(points)).select_from(ITEM_SUM.join(recount, is_same, full=True))
    present = select(func.count()).where(given.c.campaign_id == CAMPAIGN.c.campaign_id).scalar_subquery()
    counts = select(func.sum(func.abs(CAMPAIGN.c.n - present))).where(~CAMPAIGN.c.is_erased)
    found = await session.scalar(
        select(func.coalesce(items.scalar_subquery(), 0) + func.coalesce(counts.scalar_subquery(), 0))
    )
    return int(found or 0)


def _apart(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[int]:
    return func.abs(func.coalesce(one, 0) - func.coalesce(other, 0))
