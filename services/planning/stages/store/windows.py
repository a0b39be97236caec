"""Announced windows, and what is known of agencies."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.stages.domain.stage import Window
from services.planning.stages.domain.windows import AnnouncedWindow
from services.planning.tables import AGENCY, STAGE_WINDOW, UNIT, columns_of, row_of
from services.planning.units.store import within
from shared.security import Scope

WINDOWS = select(*columns_of(AnnouncedWindow, STAGE_WINDOW))


async def lock(session: AsyncSession, year: int, window: Window, agency_id: str | None) -> None:
    """Let one transaction at a time announce this window."""
    name = f"stage-window/{year}/{window.value}/{agency_id or ''}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def get(
    session: AsyncSession, year: int, window: Window, agency_id: str | None
) -> AnnouncedWindow | None:
    """Return a window as it was announced for all (None) or for one agency."""
    asked = WINDOWS.where(
        STAGE_WINDOW.c.year == year,
        STAGE_WINDOW.c.window == window,
        STAGE_WINDOW.c.agency_id.is_not_distinct_from(agency_id),
    )
    found = (await session.execute(asked)).mappings().one_or_none()
    return window_of(found) if found else None


async def save(session: AsyncSession, announced: AnnouncedWindow) -> None:
    """Write a window, new or moved."""
    row = row_of(announced, STAGE_WINDOW)
    made = insert_into(STAGE_WINDOW).values(row)
    changed = {name: made.excluded[name] for name in ("opens_on", "closes_on", "reason", "version")}
    await session.execute(
        made.on_conflict_do_update(index_elements=["window_id"], set_=changed | {"announced_at": func.now()})
    )


async def page(
    session: AsyncSession, scope: Scope, *, year: int | None, after: UUID, limit: int
) -> list[AnnouncedWindow]:
    """Return windows by id: those for all, and those of agencies that the scope reaches into."""
    asked = WINDOWS.where(_of_agencies(scope), STAGE_WINDOW.c.window_id > after)
    if year is not None:
        asked = asked.where(STAGE_WINDOW.c.year == year)
    rows = await session.execute(asked.order_by(STAGE_WINDOW.c.window_id).limit(limit))
    return [window_of(row) for row in rows.mappings()]


async def of_year(session: AsyncSession, scope: Scope, year: int) -> list[AnnouncedWindow]:
    """Return the windows of a year: those for all, then those of agencies that the scope reaches into.

    500 at most, of which those for all are sure.
    """
    asked = WINDOWS.where(_of_agencies(scope), STAGE_WINDOW.c.year == year)
    order = (STAGE_WINDOW.c.agency_id.nulls_first(), STAGE_WINDOW.c.window)
    rows = await session.execute(asked.order_by(*order).limit(500))
    return [window_of(row) for row in rows.mappings()]


def _of_agencies(scope: Scope) -> ColumnElement[bool]:
    reached = select(UNIT.c.agency_id).where(within(scope))
    own = [STAGE_WINDOW.c.agency_id.is_(None), STAGE_WINDOW.c.agency_id.in_(reached)]
    if scope.level == "agency":
        own.append(STAGE_WINDOW.c.agency_id.in_(sorted(scope.agencies)))
    if scope.level == "national":
        own.append(STAGE_WINDOW.c.agency_id.is_not(None))
    return or_(*own)


async def agency(session: AsyncSession, agency_id: str, *, lock: bool = False) -> tuple[str | None, int]:
    """Return type and version of an agency, None and 0 while nobody said."""
    asked = select(AGENCY.c.agency_type, AGENCY.c.version).where(AGENCY.c.agency_id == agency_id)
    found = (await session.execute(asked.with_for_update() if lock else asked)).one_or_none()
    return (None, 0) if found is None else (found.agency_type, found.version)


async def save_agency(session: AsyncSession, agency_id: str, agency_type: str, version: int) -> bool:
    """Write an agency's type at a version; False when somebody wrote that version meanwhile."""
    made = insert_into(AGENCY).values(agency_id=agency_id, agency_type=agency_type, version=version)
    written = made.on_conflict_do_update(
        index_elements=["agency_id"],
        set_={"agency_type": agency_type, "version": version, "updated_at": func.now()},
        where=AGENCY.c.version == version - 1,
    )
    return await session.scalar(written.returning(AGENCY.c.version)) is not None


def window_of(row: RowMapping | dict[str, Any]) -> AnnouncedWindow:
    return AnnouncedWindow(**{**row, "window": Window(row["window"])})
