"""Running deadlines go to another version of their policy: asked by a person for a reason, done in steps.

A step is one transaction, so that a crash between two loses nothing, and what has gone is not under the old
version any more, so that nothing goes twice. Source: complaints.md sections 2.3 and 5.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines import events
from services.complaints.deadlines.domain.migrating import (
    MigrationRefusedError,
    MigrationRunningError,
    NothingHeldError,
    OwnMigrationError,
    cast,
    require_successor,
)
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.domain.schedule import Deadline, Schedule
from services.complaints.deadlines.store import calendars, deadlines, migrations
from services.complaints.deadlines.store.migrations import Migration, Running
from services.complaints.deadlines.usecases.engine import LIFTS, POLICY_LIFTED, DeadlineEngine, due_on
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.deadlines.usecases.preview import MOST_CLOCKS
from services.complaints.deadlines.usecases.upkeep import Lock
from shared import audit
from shared.calendar.working import Pause, WorkingCalendar
from shared.contracts.base import EventData
from shared.db.clock import database_now
from shared.kernel import NotFoundError, Zone, new_id
from shared.recording import record
from shared.security import Principal

MIGRATED = "policy"
STEP = 100
NOWHERE = UUID(int=0)
"""Before every deadline."""
PATIENCE = timedelta(hours=1)
"""How long a migration between versions that a process does not know is another process's: of newer data."""
AreOne = Callable[[AsyncSession, str, str, datetime], Awaitable[bool]]
"""Tells whether two accounts count as one person, today or on a day since then."""


@dataclass(frozen=True, slots=True)
class Recast:
    """A deadline as it would run under another version.

    `made` is None for one that stands still; `is_lifted`: it would be due in the past; `is_held`: it would
    get more time after most of it is over, which takes a second person.
    """

    becomes: Deadline
    rule: Rule
    made: Schedule | None
    is_lifted: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a migration would do.

    Of those `looked_at` so many would be due earlier, later, at the same time, or are paused and follow when
    they run again; of the former `lifted` end with the next working day, and `held` wait for a second person.
    """

    running: Running
    looked_at: int
    earlier: int
    later: int
    same: int
    paused: int
    lifted: int
    held: int

    @property
    def is_complete(self) -> bool:
        """Whether all that run unbreached were looked at."""
        return self.looked_at == self.running.unbreached


def versions(engine: DeadlineEngine, old: str, new: str) -> tuple[Rule, Rule]:
    """Return two versions between which deadlines may go.

    Raises `NotFoundError` for an old one that the data do not hold, `MigrationRefusedError` for the new one.
    """
    known = {rule.version: rule for rule in engine.policies.rules}
    if old not in known:
        raise NotFoundError("Kebijakan tenggat dengan versi ini tidak ada pada data aturan.")
    if new not in known:
        raise MigrationRefusedError("to", f"Versi {new} tidak ada pada data aturan.")
    require_successor(known[old], known[new])
    return known[old], known[new]


async def outlook(
    session: AsyncSession, engine: DeadlineEngine, old: str, new: str, unit_id: str | None
) -> Outlook:
    """Return what a migration would do to what runs now; raises as `versions`.

    Looks at `MOST_CLOCKS` deadlines at most: 0.4 ms each, in a few queries for all of them.
    """
    rules = versions(engine, old, new)
    unit_key = await _unit_key(session, unit_id)
    found = await migrations.running(session, old, unit_key, after=NOWHERE, limit=MOST_CLOCKS)
    now = await engine.clock.now(session)
    recasts = await recast(session, engine, found, *rules, now)
    dues = [(one, cast_.made.due_at) for one, cast_ in zip(found, recasts, strict=True) if cast_.made]
    return Outlook(
        running=await migrations.count(session, old, unit_key),
        looked_at=len(found),
        earlier=sum(due_at < one.due_at for one, due_at in dues),
        later=sum(due_at > one.due_at for one, due_at in dues),
        same=sum(due_at == one.due_at for one, due_at in dues),
        paused=len(found) - len(dues),
        lifted=sum(one.is_lifted for one in recasts),
        held=sum(one.is_held for one in recasts),
    )


async def recast(
    session: AsyncSession,
    engine: DeadlineEngine,
    found: Sequence[Deadline],
    old: Rule,
    new: Rule,
    now: datetime,
) -> list[Recast]:
    """Return unbreached deadlines as they would run under another version: same start, calendar and pauses.

    A due time in the past becomes the end of the next working day; one that was lifted there before stays.
    """
    ids = [one.id for one in found]
    pauses = await deadlines.pauses_of(session, ids)
    lifted = await deadlines.changed_for(session, LIFTS, ids)
    keys = {one.unit_key for one in found}
    zones = await units.zones(session, keys)
    books = await calendars.books(session, {key: zones.get(key, Zone.WIB) for key in keys})

    def as_new(one: Deadline) -> Recast:
        calendar = books[one.unit_key].calendar(one.calendar_version)
        stretches = pauses.get(one.id, ())
        becomes, was_lifted = cast(one, old, new), one.id in lifted
        return _recast(engine, one, becomes, new, calendar, stretches, now, was_lifted=was_lifted)

    return [as_new(one) for one in found]


def _recast(
    engine: DeadlineEngine,
    deadline: Deadline,
    becomes: Deadline,
    new: Rule,
    calendar: WorkingCalendar,
    stretches: Sequence[Pause],
    now: datetime,
    *,
    was_lifted: bool,
) -> Recast:
    made = engine.recompute(becomes, calendar, stretches, deadline.passed)
    is_later = made.due_at > deadline.due_at
    is_held = is_later and engine.is_mostly_over(deadline, calendar, stretches, now)
    if deadline.status == "paused":
        return Recast(becomes, new, None, is_lifted=False, is_held=is_held)
    is_lifted = made.due_at <= now
    if is_lifted:
        next_day = next(calendar.working_days_after(calendar.local_date(now)))
        day = due_on(deadline, calendar) if was_lifted else next_day
        made = engine.recompute(becomes, calendar, stretches, deadline.passed, lifted_to=day)
        is_held = False
    return Recast(becomes, new, made, is_lifted, is_held)


async def ask(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    old: str,
    new: str,
    unit_id: str | None,
    reason: str,
) -> Migration:
    """Let running deadlines go to another version, all or one unit's; the upkeep moves them step by step.

    What would get more time after most of it is over waits for `confirm`. Raises as `versions`, and
    `MigrationRunningError` while another migration from this version is under way.
    """
    versions(engine, old, new)
    await _unit_key(session, unit_id)
    migration = Migration(
        id=new_id(),
        from_policy=old,
        to_policy=new,
        unit_id=unit_id,
        reason=reason,
        asked_by=actor.subject,
        asked_at=await database_now(session),
        confirmed_by=None,
        confirmed_at=None,
        place=NOWHERE,
        moved=0,
        lifted=0,
        held=0,
        ended_at=None,
    )
    if not await migrations.start(session, migration):
        raise MigrationRunningError(f"Tenggat menurut {old} sedang dipindahkan; tunggu sampai selesai.")
    await _note(session, actor, "migrate_policy", migration)
    return migration


async def confirm(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    old: str,
    migration_id: UUID,
    are_one: AreOne,
) -> Migration:
    """Agree, as somebody else than who asked, that what is held back gets more time too: it starts anew.

    Raises `NotFoundError`, `OwnMigrationError`, `NothingHeldError`, `MigrationRunningError` while this or
    another migration from the version is under way, and as `versions`.
    """
    found = await migrations.lock(session, migration_id)
    if found is None or found.from_policy != old:
        raise NotFoundError("Pemindahan tenggat ini tidak ditemukan.")
    if await are_one(session, actor.subject, found.asked_by, found.asked_at):
        raise OwnMigrationError("Usulan harus disetujui oleh orang lain daripada pengusulnya.")
    if found.ended_at is None:
        raise MigrationRunningError("Pemindahan ini masih berjalan; tunggu sampai selesai.")
    if not found.held:
        raise NothingHeldError("Tidak ada tenggat yang menunggu persetujuan.")
    versions(engine, old, found.to_policy)
    now = await database_now(session)
    agreed = replace(
        found,
        confirmed_by=actor.subject,
        confirmed_at=now,
        place=NOWHERE,
        held=0,
        ended_at=None,
        stopped=None,
    )
    if not await migrations.reopen(session, agreed):
        raise MigrationRunningError(f"Tenggat menurut {old} sedang dipindahkan; tunggu sampai selesai.")
    await _note(session, actor, "confirm_policy_migration", agreed)
    return agreed


async def step(session: AsyncSession, engine: DeadlineEngine, lock: Lock) -> bool:
    """Move the next few deadlines of a migration; False when none is under way, or somebody else steps it.

    Each is moved under the lock of its case and after what it owes, as long as it still runs unbreached under
    the old version. One whose versions the data no longer hold, or hold as other rules, ends and says so.
    """
    now = await database_now(session)
    going = await migrations.take(session, engine.policies.versions, now - PATIENCE)
    if going is None or going.place is None:
        return False
    try:
        rules = versions(engine, going.from_policy, going.to_policy)
    except (NotFoundError, MigrationRefusedError) as error:
        await _stop(session, going, str(error), now)
        return True
    unit_key = None if going.unit_id is None else units.key_of(going.unit_id)
    found = await migrations.running(session, going.from_policy, unit_key, after=going.place, limit=STEP)
    of_case: dict[UUID, set[UUID]] = {}
    for one in found:
        of_case.setdefault(one.case_ref, set()).add(one.id)
    for case_ref in sorted(of_case):  # who locks several cases does so in this order
        entity = await lock(session, case_ref)
        going = await _move(session, engine, going, rules, entity, case_ref, of_case[case_ref])
    is_done = len(found) < STEP
    ended_at = now if is_done else None
    place = None if is_done else found[-1].id
    await migrations.keep(session, replace(going, place=place, ended_at=ended_at))
    return True


async def _stop(session: AsyncSession, going: Migration, why: str, now: datetime) -> None:
    ended = replace(going, place=None, ended_at=now, stopped=why)
    await migrations.keep(session, ended)
    await _note(session, None, "stop_policy_migration", ended)


async def _move(
    session: AsyncSession,
    engine: DeadlineEngine,
    going: Migration,
    rules: tuple[Rule, Rule],
    entity: str,
    case_ref: UUID,
    ids: set[UUID],
) -> Migration:
    now = await engine.clock.now(session)
    await fire_case(session, engine.policies, now, case_ref)
    facts: list[EventData] = []
    running = [
        one
        for one in await deadlines.lock_running(session, case_ref)
        if one.id in ids and one.policy == going.from_policy and one.breached_at is None
    ]
    recasts = await recast(session, engine, running, *rules, now)
    for one, cast_ in zip(running, recasts, strict=True):
        if cast_.is_held and going.confirmed_by is None:
            going = replace(going, held=going.held + 1)
            continue
        facts.append(await _go(session, going, one, cast_, now))
        going = replace(going, moved=going.moved + 1, lifted=going.lifted + cast_.is_lifted)
    if facts:
        await _tell(session, going, entity, case_ref, facts, now)
    return going


async def _go(
    session: AsyncSession, going: Migration, deadline: Deadline, cast_: Recast, now: datetime
) -> EventData:
    moved = await deadlines.recast(
        session,
        deadline,
        cast_.becomes,
        cast_.rule,
        cast_.made,
        reason=POLICY_LIFTED if cast_.is_lifted else MIGRATED,
        actor=going.asked_by,
        at=now,
        migration=going.id,
    )
    return events.paused(moved) if cast_.made is None else events.rescheduled(moved, deadline.due_at)


async def _tell(
    session: AsyncSession,
    going: Migration,
    entity: str,
    case_ref: UUID,
    facts: Sequence[EventData],
    now: datetime,
) -> None:
    await record(
        session,
        None,
        "migrate_clocks",
        source=events.SOURCE,
        entity=entity,
        entity_id=case_ref,
        facts=facts,
        at=now,
        changes={"policy": going.to_policy, "migration": str(going.id)},
        reason=going.reason,
    )


async def _unit_key(session: AsyncSession, unit_id: str | None) -> str | None:
    if unit_id is None:
        return None
    if await units.get(session, unit_id) is None:
        raise MigrationRefusedError("unit_id", "Unit tidak dikenal.")
    return units.key_of(unit_id)


async def _note(session: AsyncSession, actor: Principal | None, operation: str, migration: Migration) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="policy",
        entity_id=migration.from_policy,
        changes={
            "to": migration.to_policy,
            "unit_id": migration.unit_id,
            "migration": str(migration.id),
            "stopped": migration.stopped,
        },
        reason=migration.reason,
    )
