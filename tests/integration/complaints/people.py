"""Planning's people as they come from its topic."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid5

from services.complaints.consumer import fold_registers
from shared.consumer.codec import Received
from shared.contracts.envelope import Event
from shared.contracts.planning import PersonChanged, Substitution
from shared.db import Database

_SPACE = UUID(int=7)


def pseudonym(name: str) -> str:
    """Return the person id that tests give to a name."""
    return str(uuid5(_SPACE, name))


def told(
    name: str,
    *subjects: str,
    version: int = 1,
    above: str | None = None,
    until: str | None = None,
    substitutes: Sequence[tuple[str, str, str]] = (),
    unit_id: str = "u-1",
) -> Received:
    """Return the fact of a person; `substitutes` are names with first and last day."""
    data = PersonChanged(
        unit_id=unit_id,
        version=version,
        person_id=pseudonym(name),
        superior_id=None if above is None else pseudonym(above),
        subjects=list(subjects),
        active_from="2020-01-02",
        active_to=until,
        substitutes=[
            Substitution(person_id=pseudonym(one), first=first, last=last) for one, first, last in substitutes
        ],
    )
    event = Event(data, "zi/planning", datetime(2026, 1, 5, tzinfo=UTC))
    return Received.of(event, cast("Any", SimpleNamespace(value=event.value())))


async def tell(db: Database, *records: Received) -> list[str]:
    """Fold facts into the copy; return why any were set aside."""
    async with db.transaction() as session:
        return [rejected.reason for rejected in await fold_registers(session, records)]
