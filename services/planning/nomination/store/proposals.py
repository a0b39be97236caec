"""Proposals with the places of their units."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import (
    Candidacy,
    Nomination,
    NominationState,
    ProposedKawasan,
    ProposedUnit,
)
from services.planning.nomination.domain.rules import Category
from services.planning.tables import CANDIDACY, NOMINATION, UNIT, columns_of
from services.planning.units.store import within
from shared.db.arrays import among
from shared.kernel import new_id
from shared.security import Scope

CANDIDACIES = select(*columns_of(Candidacy, CANDIDACY, NOMINATION)).join_from(CANDIDACY, NOMINATION)

_WITHDRAWN = NominationState.WITHDRAWN.value


async def insert(session: AsyncSession, nomination: Nomination) -> bool:
    """Insert a proposal without its units; False when its agency has one that year."""
    made = insert_into(NOMINATION).values(
        nomination_id=nomination.nomination_id,
        agency_id=nomination.agency_id,
        year=nomination.year,
        **_changing(nomination),
    )
    made = made.on_conflict_do_nothing(
        index_elements=[NOMINATION.c.agency_id, NOMINATION.c.year],
        index_where=text(f"state <> '{_WITHDRAWN}'"),
    )
    return await session.scalar(made.returning(NOMINATION.c.version)) is not None


async def update(session: AsyncSession, nomination: Nomination) -> None:
    """Write a changed proposal, whose row the caller has locked."""
    changed = NOMINATION.update().where(NOMINATION.c.nomination_id == nomination.nomination_id)
    await session.execute(changed.values(**_changing(nomination), updated_at=func.now()))


async def save_units(
    session: AsyncSession, nomination: Nomination, left_out: Collection[ProposedUnit] = ()
) -> list[Candidacy]:
    """Write the place of every unit of a proposal anew, and of those it left out; return them all.

    Each place is raised by one version, those left out are withdrawn. A place keeps the newest package that
    holds it; one that comes back begins without.
    """
    states = [(unit, nomination.state) for unit in nomination.units]
    states += [(unit, NominationState.WITHDRAWN) for unit in left_out]
    newest = nomination.package_version if nomination.state is NominationState.FROZEN else 0
    rows = [
        {
            "candidacy_id": new_id(),
            "nomination_id": nomination.nomination_id,
            "unit_id": unit.unit_id,
            "place": place,
            "category": unit.category.value,
            "kawasan": unit.kawasan,
            "state": state.value,
            "package_version": newest,
            "version": 1,
        }
        for place, (unit, state) in enumerate(states)
    ]
    if not rows:
        return []
    made = insert_into(CANDIDACY).values(rows)
    told = ("place", "category", "kawasan", "state")
    comes_back = (CANDIDACY.c.state == _WITHDRAWN) & (made.excluded.state != _WITHDRAWN)
    kept = case((comes_back, 0), else_=CANDIDACY.c.package_version)
    made = made.on_conflict_do_update(
        constraint="candidacy_unit",
        set_={name: made.excluded[name] for name in told}
        | {
            "package_version": func.greatest(kept, made.excluded.package_version),
            "version": CANDIDACY.c.version + 1,
            "updated_at": func.now(),
        },
    )
    await session.execute(made)
    unit_ids = [unit.unit_id for unit, _ in states]
    asked = CANDIDACIES.where(
        CANDIDACY.c.nomination_id == nomination.nomination_id, among(CANDIDACY.c.unit_id, unit_ids)
    )
    return [
        candidacy_of(row) for row in (await session.execute(asked.order_by(CANDIDACY.c.place))).mappings()
    ]


async def get(
    session: AsyncSession, scope: Scope, nomination_id: UUID, *, lock: bool = False
) -> Nomination | None:
    """Return a proposal of an agency in scope, or with a unit in scope; its row locked when asked."""
    asked = select(NOMINATION).where(NOMINATION.c.nomination_id == nomination_id, in_scope(scope))
    row = await session.execute(asked.with_for_update() if lock else asked)
    found = row.mappings().one_or_none()
    return (await with_units(session, [found]))[0] if found else None


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    agency_id: str | None,
    year: int | None,
    after: UUID,
    limit: int,
) -> list[Nomination]:
    """Return proposals in scope by id, narrowed to an agency or a year when given."""
    asked = select(NOMINATION).where(NOMINATION.c.nomination_id > after, in_scope(scope))
    if agency_id is not None:
        asked = asked.where(NOMINATION.c.agency_id == agency_id)
    if year is not None:
        asked = asked.where(NOMINATION.c.year == year)
    rows = await session.execute(asked.order_by(NOMINATION.c.nomination_id).limit(limit))
    return await with_units(session, list(rows.mappings()))


async def places(session: AsyncSession, nomination_id: UUID) -> Mapping[str, Candidacy]:
    """Return the place of every unit that is or was in a proposal, by unit.

    One that was left out or withdrawn counts as never frozen: it would be proposed anew.
    """
    asked = CANDIDACIES.where(CANDIDACY.c.nomination_id == nomination_id)
    found = [candidacy_of(row) for row in (await session.execute(asked)).mappings()]
    return {
        place.unit_id: replace(place, package_version=0)
        if place.state is NominationState.WITHDRAWN
        else place
        for place in found
    }


async def frozen_candidacy(session: AsyncSession, unit_id: str, year: int) -> Candidacy | None:
    """Return the place of a unit in a proposal of the year that was frozen and not withdrawn."""
    asked = CANDIDACIES.where(
        CANDIDACY.c.unit_id == unit_id,
        NOMINATION.c.year == year,
        CANDIDACY.c.state != _WITHDRAWN,
        CANDIDACY.c.package_version > 0,
    )
    rows = await session.execute(asked.order_by(CANDIDACY.c.candidacy_id.desc()).limit(1))
    found = rows.mappings().one_or_none()
    return candidacy_of(found) if found else None


async def packaged_proposals(session: AsyncSession, unit_id: str, year: int) -> list[tuple[UUID, int]]:
    """Return the proposals of a year in which a unit has or had a place, with the newest package of each.

    The newest proposal first; those without a package are left out.
    """
    asked = (
        select(*NOMINATION.c["nomination_id", "package_version"])
        .join_from(CANDIDACY, NOMINATION)
        .where(
            CANDIDACY.c.unit_id == unit_id,
            NOMINATION.c.year == year,
            NOMINATION.c.package_version > 0,
        )
    )
    rows = await session.execute(asked.order_by(NOMINATION.c.nomination_id.desc()))
    return [(row.nomination_id, row.package_version) for row in rows]


def candidacy_of(row: Mapping[str, object] | RowMapping) -> Candidacy:
    values = dict(row)
    return Candidacy(
        **{
            **values,
            "category": Category(values["category"]),
            "state": NominationState(values["state"]),
        }
    )


async def with_units(session: AsyncSession, rows: Sequence[RowMapping]) -> list[Nomination]:
    """Return proposals with the units that share their state: of withdrawn ones all, else all members."""
    ids = [row["nomination_id"] for row in rows]
    asked = select(CANDIDACY).where(among(CANDIDACY.c.nomination_id, ids)).order_by(CANDIDACY.c.place)
    units: dict[UUID, list[ProposedUnit]] = defaultdict(list)
    states = {row["nomination_id"]: row["state"] for row in rows}
    for row in (await session.execute(asked)).mappings():
        if row["state"] == states[row["nomination_id"]]:
            unit = ProposedUnit(row["unit_id"], Category(row["category"]), row["kawasan"])
            units[row["nomination_id"]].append(unit)
    return [_nomination(row, units[row["nomination_id"]]) for row in rows]


def _nomination(row: RowMapping, units: Sequence[ProposedUnit]) -> Nomination:
    return Nomination(
        nomination_id=row["nomination_id"],
        agency_id=row["agency_id"],
        year=row["year"],
        state=NominationState(row["state"]),
        units=tuple(units),
        kawasan=tuple(
            ProposedKawasan(
                group["name"], None if group["integration"] is None else Decimal(group["integration"])
            )
            for group in row["kawasan"]
        ),
        version=row["version"],
        package_version=row["package_version"],
        letter_id=row["letter_id"],
        sptjm_id=row["sptjm_id"],
    )


def _changing(nomination: Nomination) -> dict[str, object]:
    return {
        "state": nomination.state.value,
        "kawasan": [
            {
                "name": group.name,
                "integration": None if group.integration is None else format(group.integration, "f"),
            }
            for group in nomination.kawasan
        ],
        "letter_id": nomination.letter_id,
        "sptjm_id": nomination.sptjm_id,
        "package_version": nomination.package_version,
        "version": nomination.version,
    }


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Return the filter of proposals: of agencies in scope, and those with a unit in scope."""
    member = (
        select(CANDIDACY.c.unit_id)
        .join(UNIT, UNIT.c.unit_id == CANDIDACY.c.unit_id)
        .where(CANDIDACY.c.nomination_id == NOMINATION.c.nomination_id, within(scope))
        .exists()
    )
    if scope.level == "unit":
        return member
    return or_(scope.where(NOMINATION.c.agency_id, NOMINATION.c.agency_id), member)
