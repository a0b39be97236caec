"""Official texts in and out of the database: every loading is kept, the newest of an edition counts."""

from collections.abc import Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import WORDING, WORDING_LOAD, columns_of, row_of
from services.planning.wording.domain import Loaded, Wording


async def newest(session: AsyncSession, edition: str) -> Loaded | None:
    """Return the newest loading of an edition, None when there is none."""
    asked = _loads().where(WORDING_LOAD.c.edition == edition)
    row = (await session.execute(asked.order_by(WORDING_LOAD.c.version.desc()).limit(1))).one_or_none()
    return None if row is None else Loaded(**row._mapping)  # noqa: SLF001 - its public mapping


async def texts(session: AsyncSession, loaded: Loaded) -> Mapping[str, Wording]:
    """Return the texts of a loading by item."""
    mine = (WORDING.c.edition == loaded.edition, WORDING.c.version == loaded.version)
    rows = await session.execute(select(WORDING).where(*mine))
    return {row.item_code: Wording(row.question, row.criteria) for row in rows}


async def lock(session: AsyncSession, edition: str) -> None:
    """Let nobody else load this edition until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"wording/{edition}", 0))))


async def insert(session: AsyncSession, loaded: Loaded, texts: Mapping[str, Wording]) -> None:
    """Write a loading and its texts; two statements."""
    await session.execute(WORDING_LOAD.insert(), row_of(loaded, WORDING_LOAD))
    place = {"edition": loaded.edition, "version": loaded.version}
    rows = [{**place, "item_code": code, **row_of(wording, WORDING)} for code, wording in texts.items()]
    await session.execute(WORDING.insert(), rows)


def _loads() -> Select[*tuple[object, ...]]:
    return select(*columns_of(Loaded, WORDING_LOAD))
