"""Take a file in, a few rows to a transaction: what was committed is not done again, whatever dies."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases import events
from services.complaints.cases.domain.acts import Act, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.store import cases
from services.complaints.cases.store.cases import Done, Filing
from services.complaints.cases.usecases.acts.moving import Opened, arm, tell
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.imports import store
from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.deciding import Effect, Known
from services.complaints.imports.domain.rows import Row
from services.complaints.imports.usecases.trying import (
    Checked,
    Checker,
    cells_of,
    checker_of,
    declared_of,
)
from services.complaints.intake.data import intake_rules
from services.complaints.intake.domain import is_backdated, new_tracking_id
from services.complaints.matters import domain as lives
from shared import audit
from shared.contracts.base import EventData
from shared.kernel import new_id
from shared.security import Principal

_ENDING: Act = lives.Act(
    name="close",
    past="closed",
    sources=frozenset({State.DIVERIFIKASI, State.DITERIMA}),
    targets=(State.SELESAI,),
    by=frozenset({"complaint_officer", "complaint_supervisor"}),
)
"""What ends a case that its own system ended before anybody here took it up."""


async def step(session: AsyncSession, engine: DeadlineEngine, key: bytes) -> bool:
    """Take in the next rows of a file that runs; False when none runs that another process leaves us.

    Raises `ClockHeldError`.
    """
    kept = await store.claim(session)
    if kept is None:
        return False
    now = await engine.clock.now(session)
    import_id, declared = kept["id"], declared_of(kept["declared"])
    waiting = await store.lines(session, import_id, waiting=import_rules().limits.rows_at_once)
    if not waiting:
        await store.change(session, import_id, status="done", finished_at=now)
        return True
    checker = await checker_of(session, engine, declared, kept["columns"], kept["head"], now)
    rows = [(one["number"], cells_of(key, import_id, one)) for one in waiting]
    place = kept["columns"].get("external_ref", 0)
    refs = [cells[place] for _, cells in rows if place < len(cells)]
    await store.lock_references(session, declared.source, refs)
    actor = Principal.from_json(kept["actor"])
    done = []
    for number, cells in rows:
        known = await store.known(session, declared.source, [cells[place]] if place < len(cells) else [])
        one = await checker.check(session, number, cells, known)
        effect, case_id = await _take(session, checker, actor, one, known, import_id, now)
        done.append(_line(one, effect, case_id))
    await store.change_lines(session, import_id, done)
    counted = Counter(kept["counted"]) + Counter(one["effect"] for one in done)
    await store.change(session, import_id, counted={name: counted[name] for name in kept["counted"]})
    return True


async def forget(session: AsyncSession, engine: DeadlineEngine) -> int:
    """Delete files that nobody let run in time, with the texts in them; return how many."""
    now = await engine.clock.now(session)
    return await store.forget(session, now - timedelta(hours=import_rules().limits.kept_hours))


def _line(one: Checked, effect: Effect, case_id: UUID | None) -> dict[str, Any]:
    return {
        "number": one.number,
        "sealed": None,
        "external_ref": one.external_ref,
        "effect": effect,
        "faults": [asdict(fault) for fault in one.faults],
        "case_id": case_id,
    }


async def _take(
    session: AsyncSession,
    checker: Checker,
    actor: Principal,
    one: Checked,
    known: Mapping[str, Known],
    import_id: UUID,
    now: datetime,
) -> tuple[Effect, UUID | None]:
    """Do what a row does; return what it did, and its case."""
    declared, row, effect = checker.declared, one.row, one.effect
    if row is None:
        return effect, None
    if effect == "new":
        case = await _open(session, checker, actor, row, now)
        await store.keep_source(session, case.id, declared.source, declared.agency_id, row, is_new=True)
        return effect, case.id
    case_id = known[row.external_ref].case_id
    if case_id is None or effect not in ("updated", "closed"):
        return effect, case_id
    if effect == "closed" and not await _close(session, checker, actor, case_id, row, now):
        effect = "updated"
    if effect == "updated":
        await audit.record(
            session,
            actor=actor,
            operation="import_case",
            entity="case",
            entity_id=str(case_id),
            changes={"import_id": import_id, "source_updated_at": row.source_updated_at},
        )
    await store.keep_source(session, case_id, declared.source, declared.agency_id, row, is_new=False)
    return effect, case_id


async def _open(session: AsyncSession, checker: Checker, actor: Principal, row: Row, now: datetime) -> Case:
    """Open a case as its kind begins when another system forwards it; a closed one arms nothing."""
    engine, declared = checker.engine, checker.declared
    beginning, rules = import_rules().begins[row.kind], intake_rules()
    calendar = await checker.calendar(session, row.unit_id)
    free_days = rules.backdate_without_reason_working_days
    case = Case(
        id=new_id(),
        version=1,
        unit_id=row.unit_id,
        agency_id=declared.agency_id,
        kind=row.kind,
        stream="pelayanan" if row.stream == "pelayanan" else "masyarakat",
        case_class=row.case_class if "verified" in beginning.makes else None,
        channel_kind=declared.source,
        state=State.SELESAI if row.is_closed else beginning.targets[0],
        state_before=None,
        cycle=1,
        received_at=row.forwarded_at,
        file_complete_at=row.forwarded_at,
        is_backdated=is_backdated(row.forwarded_at, now, calendar, free_days),
        handler=None,
        has_draft=False,
        drafted_by=None,
        first_follow_up_at=None,
        closed_at=_ended_at(row) if row.is_closed else None,
        closed_by="officer" if row.is_closed else None,
        outcome=None,
        is_standard_breach=False,
        period_year=calendar.local_date(row.forwarded_at).year,
    )
    filing = Filing(
        tracking_id=new_tracking_id(),
        backdate_reason=None,
        taken_by=actor.subject,
        event_on=row.event_on,
        content=row.content,
        is_name_hidden=row.is_name_hidden,
        is_content_secret=row.is_content_secret,
        identity_kind="anonymous",
        privacy_notice=rules.privacy_notice,
    )
    await cases.insert(session, case, filing)
    await cases.log(session, case, Done("received", actor.subject, now))
    facts: list[EventData] = [events.case_fact(case, beginning.past)]
    if not row.is_closed:
        facts += await arm(session, engine, case, beginning, now)
    await tell(
        session, actor, "import_case", case, facts, now, channel=declared.source, received_at=case.received_at
    )
    if not row.is_closed:
        await fire_case(session, engine.policies, now, case.id)
    return case


async def _close(
    session: AsyncSession, checker: Checker, actor: Principal, case_id: UUID, row: Row, now: datetime
) -> bool:
    """End a case that its system ended; False when an officer took it up first: ours stays as it is."""
    engine = checker.engine
    case = await cases.lock(session, case_id)
    known = await store.known(session, checker.declared.source, [row.external_ref])
    if case is None or not known[row.external_ref].is_waiting:
        return False
    await fire_case(session, engine.policies, now, case_id)
    running = await deadlines.lock_running(session, case_id)
    opened = Opened(session, engine, _ENDING, case, running, now)
    await opened.perform(actor, closed_at=_ended_at(row), closed_by="officer")
    return True


def _ended_at(row: Row) -> datetime:
    """Return when a case ended there: never before it was forwarded."""
    return max(row.closed_at or row.source_updated_at, row.forwarded_at)
