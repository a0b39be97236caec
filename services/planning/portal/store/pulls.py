"""Which package answers the portal, and the log of its pulls."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import NominationState
from services.planning.nomination.domain.package import UNIT
from services.planning.portal.domain.pulls import Pull, Route, Source
from services.planning.portal.domain.reviews import Pulls
from services.planning.tables import NOMINATION, PACKAGE, PACKAGE_PART, PORTAL_PULL, columns_of, row_of

_SERVED = 200
_IN_PACKAGE = (
    select(func.count())
    .where(
        PACKAGE_PART.c.nomination_id == PACKAGE.c.nomination_id,
        PACKAGE_PART.c.version == PACKAGE.c.version,
        PACKAGE_PART.c.name.startswith(UNIT, autoescape=True),
    )
    .scalar_subquery()
)
_SOURCES = (
    select(*NOMINATION.c["agency_id", "nomination_id", "year"], PACKAGE.c.version, PACKAGE.c.frozen_at)
    .add_columns(_IN_PACKAGE.label("units"))
    .join_from(
        NOMINATION,
        PACKAGE,
        (PACKAGE.c.nomination_id == NOMINATION.c.nomination_id)
        & (PACKAGE.c.version == NOMINATION.c.package_version),
    )
    .where(NOMINATION.c.state != NominationState.WITHDRAWN.value)
)
_PULLS = select(*columns_of(Pull, PORTAL_PULL))


async def sources(session: AsyncSession, agency_id: str) -> list[Source]:
    """Return the newest package of each year's proposal that was not withdrawn, the newest year first."""
    asked = _SOURCES.where(NOMINATION.c.agency_id == agency_id).order_by(NOMINATION.c.year.desc())
    found = []
    for row in (await session.execute(asked)).mappings():
        values = dict(row)
        del values["agency_id"]
        found.append(Source(**values))
    return found


async def agencies_with_packages(session: AsyncSession) -> list[str]:
    """Return the agencies that have a package of a proposal that was not withdrawn."""
    asked = select(NOMINATION.c.agency_id).where(
        NOMINATION.c.state != NominationState.WITHDRAWN.value, NOMINATION.c.package_version > 0
    )
    return list(await session.scalars(asked.distinct().order_by(NOMINATION.c.agency_id)))


async def insert(session: AsyncSession, pull: Pull) -> None:
    """Note a pull for good."""
    await session.execute(PORTAL_PULL.insert().values(row_of(pull, PORTAL_PULL)))


async def page(session: AsyncSession, agency_id: str, *, before: UUID, limit: int) -> list[Pull]:
    """Return the pulls of an agency's tokens, the newest first."""
    asked = _PULLS.where(PORTAL_PULL.c.agency_id == agency_id, PORTAL_PULL.c.pull_id < before)
    rows = await session.execute(asked.order_by(PORTAL_PULL.c.pull_id.desc()).limit(limit))
    return [Pull(**{**row, "route": Route(row["route"])}) for row in rows.mappings()]


async def last_served(session: AsyncSession) -> datetime | None:
    """Return when any agency's units or answers were pulled last with success."""
    asked = select(PORTAL_PULL.c.pulled_at).where(PORTAL_PULL.c.status == _SERVED)
    found: datetime | None = await session.scalar(asked.order_by(PORTAL_PULL.c.pull_id.desc()).limit(1))
    return found


async def served(session: AsyncSession, nomination_id: UUID) -> Mapping[str, Pulls]:
    """Return how often each unit of a proposal was pulled with success, by unit; none for the others."""
    times, last = func.count(), func.max(PORTAL_PULL.c.pulled_at)
    asked = select(PORTAL_PULL.c.unit_id, times, last).where(
        PORTAL_PULL.c.nomination_id == nomination_id,
        PORTAL_PULL.c.status == _SERVED,
        PORTAL_PULL.c.route == Route.ANSWERS.value,
    )
    rows = await session.execute(asked.group_by(PORTAL_PULL.c.unit_id))
    return {unit_id: Pulls(number, moment) for unit_id, number, moment in rows}
