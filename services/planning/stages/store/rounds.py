"""Rounds, and the answers that stood at their cuts."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.newest import NEWEST, answer_of
from services.planning.stages.domain.rounds import GivenAnswer, Round
from services.planning.tables import ANSWER, EVIDENCE, PROGRAMME, STAGE_ROUND, WORKSHEET, columns_of, row_of
from shared.db.arrays import among
from shared.instruments.lke import Policies, pinned_policies

ROUNDS = select(*columns_of(Round, STAGE_ROUND))


async def answers(
    session: AsyncSession, unit_id: str, year: int, layer: Layer, cut: int | None = None
) -> list[GivenAnswer]:
    """Return a layer's newest answers, up to a version of the worksheet when given, in the order of items."""
    asked = NEWEST.where(ANSWER.c.unit_id == unit_id, ANSWER.c.year == year, ANSWER.c.layer == layer)
    if cut is not None:
        asked = asked.where(ANSWER.c.version <= cut)
    rows = await session.execute(asked)
    return [
        GivenAnswer(
            item_code=row["item_code"],
            answer=answer_of(row),
            note=row["note"],
            evidence_ids=tuple(row["evidence_ids"]),
            version=row["version"],
            written_by=row["written_by"],
            written_at=row["written_at"],
        )
        for row in rows.mappings()
    ]


async def worksheet_version(session: AsyncSession, unit_id: str, year: int) -> int:
    """Return the version of a worksheet that is there."""
    asked = select(WORKSHEET.c.version).where(WORKSHEET.c.unit_id == unit_id, WORKSHEET.c.year == year)
    return int((await session.execute(asked)).scalar_one())


async def pinned(session: AsyncSession, unit_id: str, year: int) -> Policies:
    """Return the policies that a programme pinned."""
    asked = select(PROGRAMME.c.policies).where(PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year)
    return pinned_policies(await session.scalar(asked))


async def revisions(session: AsyncSession, evidence_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the newest revision of each evidence by its id."""
    asked = select(EVIDENCE.c.evidence_id, EVIDENCE.c.revision)
    rows = await session.execute(asked.where(among(EVIDENCE.c.evidence_id, evidence_ids)))
    return {row.evidence_id: row.revision for row in rows}


async def insert(session: AsyncSession, frozen: Round) -> None:
    """Keep a round."""
    row = row_of(frozen, STAGE_ROUND)
    row["revisions"] = {str(id_): revision for id_, revision in frozen.revisions.items()}
    await session.execute(STAGE_ROUND.insert().values(row))


async def all_of(session: AsyncSession, unit_id: str, year: int) -> list[Round]:
    """Return every frozen round of a worksheet, layer by layer in their order."""
    asked = ROUNDS.where(STAGE_ROUND.c.unit_id == unit_id, STAGE_ROUND.c.year == year)
    rows = await session.execute(asked.order_by(STAGE_ROUND.c.layer, STAGE_ROUND.c.round))
    return [round_of(row) for row in rows.mappings()]


async def get(session: AsyncSession, unit_id: str, year: int, layer: Layer, number: int) -> Round | None:
    """Return one frozen round of a layer."""
    asked = ROUNDS.where(
        STAGE_ROUND.c.unit_id == unit_id,
        STAGE_ROUND.c.year == year,
        STAGE_ROUND.c.layer == layer,
        STAGE_ROUND.c.round == number,
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return round_of(found) if found else None


async def last_cut(session: AsyncSession, unit_id: str, year: int, layer: Layer = Layer.UNIT) -> int | None:
    """Return the worksheet's version when a layer was last handed in; None before the first time."""
    cut: int | None = await session.scalar(
        select(STAGE_ROUND.c.cut)
        .where(STAGE_ROUND.c.unit_id == unit_id, STAGE_ROUND.c.year == year, STAGE_ROUND.c.layer == layer)
        .order_by(STAGE_ROUND.c.round.desc())
        .limit(1)
    )
    return cut


async def changed_since_submission(
    session: AsyncSession, unit_id: str, year: int, layer: Layer = Layer.UNIT
) -> list[str] | None:
    """Return the items of a layer written after its last frozen round; None while there is no round."""
    cut = await last_cut(session, unit_id, year, layer)
    if cut is None:
        return None
    asked = select(ANSWER.c.item_code).distinct()
    asked = asked.where(
        ANSWER.c.unit_id == unit_id, ANSWER.c.year == year, ANSWER.c.layer == layer, ANSWER.c.version > cut
    )
    return list(await session.scalars(asked.order_by(ANSWER.c.item_code)))


def round_of(row: RowMapping | Mapping[str, Any]) -> Round:
    revisions = {UUID(id_): revision for id_, revision in row["revisions"].items()}
    return Round(**{**row, "layer": Layer(row["layer"]), "revisions": revisions})
