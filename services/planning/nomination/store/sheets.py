"""What stands in the worksheets of many units, for packages: each kind of it in one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import store as files
from services.planning.evidence.domain import Evidence
from services.planning.layers import Layer
from services.planning.newest import NEWEST
from services.planning.tables import ANSWER, STAGE_ROUND
from services.planning.worksheets.domain import AnswerVersion
from services.planning.worksheets.store import answer_version_of
from shared.db.arrays import among

Of = tuple[str, Layer]
"""A layer of a unit."""
LAYERS = (Layer.UNIT, Layer.TPI)


async def answers(
    session: AsyncSession, unit_ids: Collection[str], year: int
) -> Mapping[Of, Mapping[str, AnswerVersion]]:
    """Return the newest answers of units and their TPI by item, blanked ones too."""
    asked = NEWEST.where(
        among(ANSWER.c.unit_id, sorted(unit_ids)), ANSWER.c.year == year, among(ANSWER.c.layer, LAYERS)
    )
    found: dict[Of, dict[str, AnswerVersion]] = defaultdict(dict)
    for row in (await session.execute(asked)).mappings():
        answer = answer_version_of(row)
        found[row["unit_id"], answer.layer][answer.draft.item_code] = answer
    return found


async def evidence(
    session: AsyncSession, year: int, cited: Mapping[Of, Collection[UUID]]
) -> Mapping[Of, list[Evidence]]:
    """Return what is cited and a layer's own, as it was when the layer was handed in; by id."""
    ids = {id_ for some in cited.values() for id_ in some}
    if not ids:
        return {}
    own = [
        one
        for one in await files.evidence_of_units(session, {unit_id for unit_id, _ in cited}, ids)
        if one.evidence_id in cited.get((one.unit_id, one.layer), ())
    ]
    kept = await _kept_revisions(session, {unit_id for unit_id, _ in cited}, year)
    revisions = {
        one.evidence_id: kept[one.unit_id, one.layer][one.evidence_id]
        for one in own
        if one.evidence_id in kept.get((one.unit_id, one.layer), {})
    }
    found: dict[Of, list[Evidence]] = defaultdict(list)
    for one in await files.at_revisions(session, own, revisions):
        found[one.unit_id, one.layer].append(one)
    return found


async def _kept_revisions(
    session: AsyncSession, unit_ids: Collection[str], year: int
) -> Mapping[Of, Mapping[UUID, int]]:
    """Return the revisions of evidence that layers were last handed in with; none before the first time."""
    key = (STAGE_ROUND.c.unit_id, STAGE_ROUND.c.layer)
    asked = (
        select(*key, STAGE_ROUND.c.revisions)
        .ext(distinct_on(*key))
        .where(among(STAGE_ROUND.c.unit_id, sorted(unit_ids)), STAGE_ROUND.c.year == year)
        .order_by(*key, STAGE_ROUND.c.round.desc())
    )
    return {
        (row.unit_id, Layer(row.layer)): {UUID(id_): revision for id_, revision in row.revisions.items()}
        for row in await session.execute(asked)
    }
