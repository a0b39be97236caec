"""What the last event said of each evaluation and count."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.decrees.domain import Stream
from services.complaints.handling.tables import HANDLING_TOLD

Past = Literal["evaluated", "recorded"]
_OF = HANDLING_TOLD.c


@dataclass(frozen=True, slots=True)
class Told:
    """A state that an event told: `version` counts the events of this entity."""

    entity_id: str
    fact: Past
    version: int
    content: Mapping[str, Any]
    at: datetime


async def say(
    session: AsyncSession, entity_id: str, fact: Past, content: Mapping[str, Any], at: datetime
) -> Told | None:
    """Note what is said now and return it with its version; None when it was said last already."""
    said = {"content": content, "at": at}
    made = insert(HANDLING_TOLD).values(entity_id=entity_id, fact=fact, version=1, **said)
    made = made.on_conflict_do_update(
        index_elements=["entity_id", "fact"],
        set_=said | {"version": _OF.version + 1},
        where=_OF.content != made.excluded.content,
    )
    version = await session.scalar(made.returning(_OF.version))
    return None if version is None else Told(entity_id, fact, version, content, at)


async def places(session: AsyncSession, period: str) -> list[tuple[str, Stream]]:
    """Return the units and streams of which a count of this period was told."""
    content = _OF.content
    asked = select(content["unit_id"].astext, content["stream"].astext)
    found = await session.execute(asked.where(_OF.fact == "recorded", content["period"].astext == period))
    return [(unit_id, stream) for unit_id, stream in found]


async def states(
    session: AsyncSession, fact: Past | None = None, entity_id: str | None = None
) -> AsyncIterator[Told]:
    """Yield what was said last of each entity, or of one."""
    asked = select(HANDLING_TOLD).order_by(_OF.fact, _OF.entity_id)
    if entity_id is not None:
        asked = asked.where(_OF.entity_id == entity_id, _OF.fact == fact)
    for row in (await session.execute(asked)).mappings():
        yield Told(**row)


async def lift(session: AsyncSession, fact: Past, entity_id: str, floor: int) -> None:
    """Raise the version of what was said last above a floor."""
    is_it = (_OF.entity_id == entity_id) & (_OF.fact == fact)
    await session.execute(HANDLING_TOLD.update().where(is_it, _OF.version <= floor).values(version=floor + 1))
