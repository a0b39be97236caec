"""What pages offer: units of a form, the acts that a state and a caller allow, the version it is based on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity.domain.lives import State
from services.complaints.integrity.kinds import DECLARANT, tables
from services.complaints.integrity.pages.words import Step
from services.complaints.integrity.usecases.acting import is_theirs
from services.complaints.matters.store import Dossier
from services.complaints.tables import UNIT
from shared.db.clock import database_now
from shared.http.pages.forms import Form
from shared.kernel import Zone, is_unit_id
from shared.security import Principal

MOST_UNITS = 200
"""Nobody reads a longer list through; whoever has more in sight names one in the address."""
STALE = 412
_CONTENT = [field.name for field in fields(Dossier)]


async def units_within(
    session: AsyncSession,
    actor: Principal,
    named: str | None = None,
    *,
    also: ColumnElement[bool] | None = None,
) -> list[tuple[str, str]]:
    """Return id and name of the first active units in scope, by name, and of the one named, if it is one.

    `also` tells of others in scope that are no longer active.
    """
    is_named = UNIT.c.unit_id == (named if named is not None and is_unit_id(named) else "")
    counts = UNIT.c.is_active if also is None else UNIT.c.is_active | also
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        counts, actor.scope.where(UNIT.c.unit_id, UNIT.c.agency_id)
    )
    asked = asked.order_by(is_named.desc(), UNIT.c.name, UNIT.c.unit_id).limit(MOST_UNITS)
    rows = await session.execute(asked)
    return sorted(((row.unit_id, row.name) for row in rows), key=lambda one: (one[1], one[0]))


async def today_of(session: AsyncSession, unit_id: str | None) -> date:
    """Return the present day of a unit; Jakarta's while none is known."""
    unit = await units.get(session, unit_id) if unit_id is not None and is_unit_id(unit_id) else None
    zone = Zone.WIB if unit is None else unit.zone
    return (await database_now(session)).astimezone(zone.tz).date()


async def steps(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    found: Mapping[str, Any],
    known: Collection[Step],
    now: datetime,
) -> Sequence[Step]:
    """Return the acts that somebody may take now, as `acting.open_matter` has it.

    Those of a declarant are for whoever filed it; those of a role are not for who filed it or stands in for
    them. `proceed` waits until the time to complete is over.
    """
    table, state = tables()[found["kind"]], State(found["state"])
    open_to = {row.name: row for row in table.open_to(state)}
    dossier = Dossier(**{name: found[name] for name in _CONTENT})
    is_own = await is_theirs(session, engine, actor, dossier, now)
    return [
        step
        for step in known
        if (row := open_to.get(step.act)) is not None  # type: ignore[call-overload]
        and ((DECLARANT in row.by and found["is_own"]) or (not is_own and not row.by.isdisjoint(actor.roles)))
        and (step.act != "proceed" or _is_over(found, "complete", engine, now))
    ]


def _is_over(found: Mapping[str, Any], act: str, engine: DeadlineEngine, now: datetime) -> bool:
    """Tell whether a clock that an act would meet has run out and still runs."""
    return any(
        act in engine.policies.about(one["rule_id"], one["policy"]).met_by
        and (one["breached_at"] is not None or (one["status"] == "armed" and one["due_at"] <= now))
        for one in found["deadlines"]
        if one["status"] in ("armed", "paused")
    )


def version_of(form: Form[Any], status: int, newest: int) -> Any:
    """Return the version that a form shown again is based on.

    It is what was read, so that nothing is overwritten unseen; the newest once a refusal has said that it is
    another one.
    """
    if status == STALE or "version" in form.errors:
        return newest
    return form.values.get("version", newest)
