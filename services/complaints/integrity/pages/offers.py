"""What pages offer: the acts that a state and a caller allow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity.domain.lives import State
from services.complaints.integrity.kinds import DECLARANT, tables
from services.complaints.integrity.usecases.acting import is_theirs
from services.complaints.matters.store import Dossier
from services.complaints.matters.words import Step
from shared.security import Principal

_CONTENT = [field.name for field in fields(Dossier)]


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
