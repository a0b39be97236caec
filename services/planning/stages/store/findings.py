"""Findings of assessors."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.stages.domain.findings import Finding, FindingState
from services.planning.tables import FINDING, UNIT, columns_of, row_of
from services.planning.units.store import within
from shared.security import Scope

FINDINGS = select(*columns_of(Finding, FINDING))


async def insert(session: AsyncSession, finding: Finding) -> None:
    """Insert a new finding."""
    await session.execute(FINDING.insert().values(row_of(finding, FINDING)))


async def update(session: AsyncSession, finding: Finding) -> None:
    """Write a changed finding, whose worksheet the caller has locked."""
    changed = FINDING.update().where(FINDING.c.finding_id == finding.finding_id)
    await session.execute(changed.values(**row_of(finding, FINDING), changed_at=func.now()))


async def get(session: AsyncSession, scope: Scope, finding_id: UUID) -> Finding | None:
    """Return a finding about a unit in scope."""
    asked = FINDINGS.join(UNIT, UNIT.c.unit_id == FINDING.c.unit_id)
    asked = asked.where(FINDING.c.finding_id == finding_id, within(scope))
    found = (await session.execute(asked)).mappings().one_or_none()
    return finding_of(found) if found else None


async def page(session: AsyncSession, unit_id: str, year: int, *, after: UUID, limit: int) -> list[Finding]:
    """Return a worksheet's findings by id, which is the order they were raised in."""
    asked = FINDINGS.where(FINDING.c.unit_id == unit_id, FINDING.c.year == year, FINDING.c.finding_id > after)
    rows = await session.execute(asked.order_by(FINDING.c.finding_id).limit(limit))
    return [finding_of(row) for row in rows.mappings()]


async def of_year(session: AsyncSession, unit_id: str, year: int) -> list[Finding]:
    """Return all of a worksheet's findings in the order they were raised in."""
    asked = FINDINGS.where(FINDING.c.unit_id == unit_id, FINDING.c.year == year)
    rows = await session.execute(asked.order_by(FINDING.c.finding_id))
    return [finding_of(row) for row in rows.mappings()]


async def still_open(session: AsyncSession, unit_id: str, year: int) -> list[Finding]:
    """Return a worksheet's findings that nobody answered, in the order they were raised in."""
    asked = FINDINGS.where(
        FINDING.c.unit_id == unit_id, FINDING.c.year == year, FINDING.c.state == FindingState.OPEN
    )
    rows = await session.execute(asked.order_by(FINDING.c.finding_id))
    return [finding_of(row) for row in rows.mappings()]


def finding_of(row: RowMapping | Mapping[str, Any]) -> Finding:
    return Finding(**{**row, "state": FindingState(row["state"])})
