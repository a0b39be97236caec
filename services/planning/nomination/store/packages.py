"""Frozen packages: their bytes as they were frozen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import ProposedUnit
from services.planning.nomination.domain.package import PROPOSAL, UNIT, Package
from services.planning.nomination.domain.rules import Category
from services.planning.tables import PACKAGE, PACKAGE_PART


@dataclass(frozen=True, slots=True)
class Frozen:
    """One version of a package as the list of them tells it; `units` counts its units."""

    version: int
    sha256: str
    reason: str | None
    frozen_at: datetime
    units: int


async def insert(
    session: AsyncSession,
    nomination_id: UUID,
    version: int,
    package: Package,
    *,
    reason: str | None,
    frozen_by: str,
    frozen_at: datetime,
) -> None:
    """Keep a package for good."""
    await session.execute(
        PACKAGE.insert().values(
            nomination_id=nomination_id,
            version=version,
            sha256=package.sha256,
            manifest=package.manifest,
            reason=reason,
            frozen_by=frozen_by,
            frozen_at=frozen_at,
        )
    )
    rows = [
        {"nomination_id": nomination_id, "version": version, "name": name, "content": content}
        for name, content in package.parts.items()
    ]
    await session.execute(PACKAGE_PART.insert(), rows)


async def get(session: AsyncSession, nomination_id: UUID, version: int) -> Package | None:
    """Return a package whole."""
    asked = select(PACKAGE.c.manifest).where(
        PACKAGE.c.nomination_id == nomination_id, PACKAGE.c.version == version
    )
    manifest = await session.scalar(asked)
    if manifest is None:
        return None
    parts = select(PACKAGE_PART.c.name, PACKAGE_PART.c.content).where(
        PACKAGE_PART.c.nomination_id == nomination_id, PACKAGE_PART.c.version == version
    )
    return Package(manifest, {row.name: row.content for row in await session.execute(parts)})


async def part(session: AsyncSession, nomination_id: UUID, version: int, name: str) -> Package | None:
    """Return a package of which one part alone was read; None for one that it does not have."""
    content = await session.scalar(
        select(PACKAGE_PART.c.content).where(
            PACKAGE_PART.c.nomination_id == nomination_id,
            PACKAGE_PART.c.version == version,
            PACKAGE_PART.c.name == name,
        )
    )
    return None if content is None else Package(b"", {name: content})


async def proposed_units(session: AsyncSession, nomination_id: UUID, version: int) -> dict[str, ProposedUnit]:
    """Return the units of a package by id, as it was frozen; none for one that is not there."""
    found = await part(session, nomination_id, version, PROPOSAL)
    units = [] if found is None else found.part(PROPOSAL)["units"]
    return {one["id"]: ProposedUnit(one["id"], Category(one["kategori"]), one["kawasan"]) for one in units}


async def proposal_part(session: AsyncSession, nomination_id: UUID, version: int) -> dict[str, Any] | None:
    """Return what a package says of its proposal, with the package's `sha256`."""
    sha256 = await session.scalar(
        select(PACKAGE.c.sha256).where(PACKAGE.c.nomination_id == nomination_id, PACKAGE.c.version == version)
    )
    found = await part(session, nomination_id, version, PROPOSAL)
    return None if found is None else {**found.part(PROPOSAL), "sha256": sha256}


async def versions(session: AsyncSession, nomination_id: UUID) -> list[Frozen]:
    """Return what was frozen of a proposal, the newest first."""
    units = (
        select(func.count())
        .where(
            PACKAGE_PART.c.nomination_id == PACKAGE.c.nomination_id,
            PACKAGE_PART.c.version == PACKAGE.c.version,
            PACKAGE_PART.c.name.startswith(UNIT, autoescape=True),
        )
        .scalar_subquery()
    )
    asked = select(*PACKAGE.c["version", "sha256", "reason", "frozen_at"], units.label("units")).where(
        PACKAGE.c.nomination_id == nomination_id
    )
    rows = await session.execute(asked.order_by(PACKAGE.c.version.desc()))
    return [Frozen(**row) for row in rows.mappings()]
