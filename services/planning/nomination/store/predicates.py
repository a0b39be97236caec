"""The register of predicates."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.stages.domain.decrees import Decree
from services.planning.tables import PREDICATE, UNIT
from services.planning.units.store import within
from shared.db.arrays import among
from shared.security import Scope

_AWARDS = select(PREDICATE)


async def insert(session: AsyncSession, award: Award, recorded_by: str) -> bool:
    """Insert an award; False when the unit's decree is known."""
    made = insert_into(PREDICATE).values(
        predicate_id=award.predicate_id,
        unit_id=award.unit_id,
        predicate=award.predicate,
        giver=award.giver,
        decree_number=award.decree.number,
        decree_on=award.decree.dated_on,
        decree_signatory=award.decree.signatory,
        decree_document_id=award.decree.document_id,
        assessed_year=award.assessed_year,
        version=award.version,
        recorded_by=recorded_by,
    )
    made = made.on_conflict_do_nothing()
    return await session.scalar(made.returning(PREDICATE.c.version)) is not None


async def save_award(session: AsyncSession, award: Award) -> None:
    """Write what an assessment says of an award whose unit's worksheet the caller has locked."""
    await session.execute(
        PREDICATE.update()
        .where(PREDICATE.c.predicate_id == award.predicate_id)
        .values(
            giver=award.giver,
            decree_on=award.decree.dated_on,
            decree_signatory=award.decree.signatory,
            decree_document_id=award.decree.document_id,
            assessed_year=award.assessed_year,
            version=award.version,
        )
    )


async def save_revocation(session: AsyncSession, award: Award, decree: Decree) -> None:
    """Write the revocation of an award whose row the caller has locked."""
    await session.execute(
        PREDICATE.update()
        .where(PREDICATE.c.predicate_id == award.predicate_id)
        .values(
            revoked_number=decree.number,
            revoked_on=decree.dated_on,
            revoked_signatory=decree.signatory,
            revoked_document_id=decree.document_id,
            revoked_because=award.revoked_because,
            version=award.version,
        )
    )


async def get(session: AsyncSession, scope: Scope, predicate_id: UUID) -> Award | None:
    """Return an award of a unit in scope, its row locked."""
    asked = _AWARDS.join(UNIT).where(PREDICATE.c.predicate_id == predicate_id, within(scope))
    found = (await session.execute(asked.with_for_update(of=PREDICATE))).mappings().one_or_none()
    return _award(found) if found else None


async def of_units(session: AsyncSession, unit_ids: Collection[str]) -> Mapping[str, list[Award]]:
    """Return the awards of units, the newest decree first."""
    asked = _AWARDS.where(among(PREDICATE.c.unit_id, sorted(unit_ids)))
    rows = await session.execute(asked.order_by(PREDICATE.c.decree_on.desc(), PREDICATE.c.predicate_id))
    found: dict[str, list[Award]] = defaultdict(list)
    for row in rows.mappings():
        found[row["unit_id"]].append(_award(row))
    return found


def _award(row: RowMapping) -> Award:
    revoked = None
    if row["revoked_on"] is not None:
        revoked = Decree(
            row["revoked_number"], row["revoked_on"], row["revoked_signatory"], row["revoked_document_id"]
        )
    return Award(
        predicate_id=row["predicate_id"],
        unit_id=row["unit_id"],
        predicate=row["predicate"],
        giver=Giver(row["giver"]),
        decree=Decree(
            row["decree_number"], row["decree_on"], row["decree_signatory"], row["decree_document_id"]
        ),
        version=row["version"],
        revoked=revoked,
        revoked_because=row["revoked_because"],
        assessed_year=row["assessed_year"],
    )
