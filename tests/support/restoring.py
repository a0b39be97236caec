"""Compare what a service says of its present states with what it published."""

from typing import Any

from sqlalchemy import text

from shared.contracts.base import EventData
from shared.contracts.topics import contract
from shared.db import Database
from shared.outbox.snapshot import Register

Said = dict[tuple[str, str], tuple[int, str, bytes]]
"""By topic and part of an entity: version, type and payload."""


async def published(db: Database) -> Said:
    """Return the newest outbox row of every part of every entity."""
    found: Said = {}
    async with db.reading() as session:
        rows = await session.execute(text("SELECT topic, type, version, payload FROM outbox"))
        for row in rows:
            fact = fact_of(row.type, row.payload)
            key = (row.topic, fact.part())
            if row.version > found.get(key, (0,))[0]:
                found[key] = (row.version, row.type, state_in(fact) if fact.beside else bytes(row.payload))
    return found


async def standing(db: Database, register: Register) -> Said:
    """Return what the service's tables say now."""
    found: Said = {}
    async with db.reading() as session:
        async for state in register.states(session):
            fact = state.fact
            assert state.at.tzinfo is not None
            key = (fact.topic_name(), fact.part())
            assert key not in found, f"{key} stands twice"
            found[key] = (fact.version, fact.event_type, state_in(fact))
    return found


def state_in(fact: EventData) -> bytes:
    """Return the payload of a fact without what only goes along with it."""
    return fact.model_dump_json(exclude=set(fact.beside)).encode()


async def kinds(db: Database) -> set[str]:
    """Return the types of every event in the outbox."""
    async with db.reading() as session:
        return set(await session.scalars(text("SELECT DISTINCT type FROM outbox")))


def fact_of(event_type: str, payload: bytes) -> EventData:
    model = contract(event_type)
    assert model is not None
    return model.model_validate_json(payload)


def differences(one: Said, other: Said) -> dict[Any, Any]:
    """Return what differs, readable in a failed test."""
    return {
        key: (one.get(key), other.get(key))
        for key in one.keys() | other.keys()
        if one.get(key) != other.get(key)
    }
