"""Running clocks go to another version of their policy: foreseen, asked for a reason, done in steps."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import snapshot
from services.complaints.cases.usecases import acts, officers
from services.complaints.deadlines.domain.migrating import (
    MigrationRefusedError,
    MigrationRunningError,
    NothingHeldError,
    OwnMigrationError,
)
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import migrations
from services.complaints.deadlines.store.migrations import Migration
from services.complaints.deadlines.usecases import migrating
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.migrating import Outlook
from services.complaints.jobs import Upkeep, lock
from services.complaints.matters import store as matters
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.kernel import NotFoundError
from shared.security import Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import HANDLER, Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, copy_clocks, drain, no_version_is_left_out
from tests.integration.complaints.people import tell, told
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_desk import Desk
from tests.integration.complaints.test_every_way import file, newest, reporters
from tests.integration.complaints.test_integrity_gifts import Giving
from tests.support.polling import until
from tests.support.restoring import differences, published, standing
from tests.support.terminal import Answered, zi
from tests.support.tokens import TestIssuer

ADMIN = Principal("admin-1", frozenset({"admin"}), Scope("national"))
SECOND = replace(ADMIN, subject="admin-2")
LONGER, SHORTER = "D5-normatif.2", "D5-normatif.3"
OLD = "D5-normatif.1"
WAITING = """
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
REASON = "Standar layanan baru berlaku."


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """The engine with two more versions of a deadline: eight days and two in place of five."""
    known = {rule.version: rule for rule in engine.policies.rules}
    more = [
        replace(known[OLD], version=LONGER, length=8),
        replace(known[OLD], version=SHORTER, length=2),
        replace(known["D1.1"], version="D1.2", length=2),
        replace(known["D11b.1"], version="D11b.2", length=12),
    ]
    return replace(engine, policies=replace(engine.policies, rules=(*engine.policies.rules, *more)))


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    walk = Walk(filer, (await filer.submit()).case)
    await walk.to_work()
    return walk


async def ask(filer: Filer, new: str, old: str = OLD, unit_id: str | None = None) -> Migration:
    async with filer.db.transaction() as session:
        return await migrating.ask(session, filer.engine, ADMIN, old, new, unit_id, REASON)


async def confirm(filer: Filer, migration: Migration, actor: Principal = SECOND) -> Migration:
    async with filer.db.transaction() as session:
        return await migrating.confirm(session, filer.engine, actor, OLD, migration.id, officers.are_one)


async def work_off(filer: Filer) -> None:
    upkeep = Upkeep(filer.db, filer.engine)
    while await upkeep.step() == 0.0:
        pass


async def migrate(filer: Filer, new: str, old: str = OLD, unit_id: str | None = None) -> Migration:
    """Let clocks go and return how it ended."""
    await ask(filer, new, old, unit_id)
    await work_off(filer)
    return await last(filer, old)


async def last(filer: Filer, old: str = OLD) -> Migration:
    async with filer.db.reading() as session:
        return (await migrations.of(session, old))[0]


async def outlook(filer: Filer, new: str, unit_id: str | None = None) -> Outlook:
    async with filer.db.reading() as session:
        return await migrating.outlook(session, filer.engine, OLD, new, unit_id)


async def test_running_clocks_keep_their_version_until_a_person_moves_them_for_a_reason(
    walk: Walk, filer: Filer
) -> None:
    before = await newest(filer, "D5")
    seen = await outlook(filer, LONGER)
    assert (seen.running.unbreached, seen.later, seen.earlier, seen.held) == (1, 1, 0, 0)
    assert (await newest(filer, "D5")).policy == OLD, "looking moves nothing"
    done = await migrate(filer, LONGER)
    after = await newest(filer, "D5")
    assert (done.moved, done.lifted, done.held, done.ended_at is not None) == (1, 0, 0, True)
    assert (after.id, after.policy, after.length) == (before.id, LONGER, 8)
    assert (before.due_at, after.due_at) == (wib(2026, 1, 13, 0), wib(2026, 1, 16, 0))
    assert (await filer.facts())[-1] == "deadline.rescheduled"
    [change] = await filer.rows("SELECT * FROM deadline_change WHERE new_policy IS NOT NULL")
    assert (change.reason, change.actor, change.migration_id) == ("policy", "admin-1", done.id)
    assert (change.old_due_at, change.new_due_at) == (before.due_at, after.due_at)
    assert (change.old_policy, change.new_policy) == (OLD, LONGER)
    assert await audited(filer.db, filer.engine) == 0
    await no_version_is_left_out(filer)


async def test_a_clock_that_would_be_over_ends_with_the_next_working_day_and_a_breached_one_stays(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    late = Walk(filer, (await filer.submit(received_at=wib(2026, 1, 5))).case)
    await late.to_work()
    await clock.set(wib(2026, 1, 9, 23, 50))
    seen = await outlook(filer, SHORTER)
    assert (seen.earlier, seen.lifted) == (0, 2), "by its count it was over on the 7th"
    await clock.set(wib(2026, 1, 9))
    assert (await outlook(filer, SHORTER)).lifted == 2
    done = await migrate(filer, SHORTER)
    row = await newest(filer, "D5")
    assert (done.moved, done.lifted) == (2, 2)
    assert (row.due_at, row.breached_at, row.policy) == (wib(2026, 1, 13, 0), None, SHORTER)
    assert await audited(filer.db, filer.engine) == 0
    await clock.set(wib(2026, 1, 14))
    await drain(poller)
    assert (await migrate(filer, LONGER, SHORTER)).moved == 0
    assert (await newest(filer, "D5")).breached_at == wib(2026, 1, 13, 0)


async def test_a_rung_that_has_fired_does_not_fire_again(
    walk: Walk, filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2026, 1, 8, 8))
    await drain(poller)
    fired = "SELECT rung FROM deadline_fired WHERE rule = 'D5' ORDER BY detected_at"
    assert [row.rung for row in await filer.rows(fired)] == ["p50"]
    await migrate(filer, LONGER)
    for day in range(9, 18):
        await clock.set(wib(2026, 1, day, 8))
        await drain(poller)
    assert [row.rung for row in await filer.rows(fired)][:3] == ["p50", "p80", "due"]


async def test_a_paused_clock_goes_too_and_counts_by_the_new_version_when_it_runs_again(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    assert (await outlook(filer, LONGER)).paused == 1
    await migrate(filer, LONGER)
    row = await newest(filer, "D5")
    assert (row.status, row.policy, row.due_at) == ("paused", LONGER, wib(2026, 1, 13, 0))
    await clock.set(wib(2026, 1, 7))
    await reporters(walk, acts.complete, expected=None, note="Terlampir.", is_reporter=True)
    row = await newest(filer, "D5")
    assert (row.status, row.due_at) == ("armed", wib(2026, 1, 20, 0))  # the 6th stood still, the 16th is off
    assert await audited(filer.db, filer.engine) == 0


async def test_more_time_after_most_of_it_is_over_waits_for_a_second_administrator(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 9))
    assert (await outlook(filer, LONGER)).held == 1
    done = await migrate(filer, LONGER)
    assert (done.moved, done.held, (await newest(filer, "D5")).policy) == (0, 1, OLD)

    with pytest.raises(OwnMigrationError):
        await confirm(filer, done, ADMIN)
    await confirm(filer, done)
    with pytest.raises(MigrationRunningError):
        await confirm(filer, done)
    await work_off(filer)
    done = await last(filer)
    assert (done.moved, done.held, done.confirmed_by) == (1, 0, "admin-2")
    assert (await newest(filer, "D5")).policy == LONGER
    with pytest.raises(NothingHeldError):
        await confirm(filer, done)


async def test_two_accounts_of_one_person_and_a_substitute_are_no_second_administrator(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 9))
    done = await migrate(filer, LONGER)
    await tell(
        filer.db,
        told("ratna", "admin-1", "admin-1b", substitutes=[("sari", "2026-01-09", "2026-01-09")]),
        told("sari", "admin-s"),
    )
    await clock.set(wib(2026, 1, 12))
    for one in ("admin-1b", "admin-s"):
        with pytest.raises(OwnMigrationError):
            await confirm(filer, done, replace(SECOND, subject=one))
    assert (await confirm(filer, done)).confirmed_by == "admin-2"


async def test_what_is_held_waits_while_other_clocks_of_the_version_are_on_their_way(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 9))
    held = [await migrate(filer, LONGER), await migrate(filer, LONGER)]
    assert [one.held for one in held] == [1, 1]
    answers = await asyncio.gather(*(confirm(filer, one) for one in held), return_exceptions=True)
    assert {type(one) for one in answers} == {MigrationRunningError, Migration}, answers
    await work_off(filer)
    assert (await newest(filer, "D5")).policy == LONGER


async def test_of_asking_and_confirming_at_once_one_is_refused(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 9))
    held = await migrate(filer, LONGER)
    both = (ask(filer, LONGER, unit_id="u-2"), confirm(filer, held))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sum(isinstance(one, MigrationRunningError) for one in answers) == 1, answers
    assert sum(isinstance(one, Migration) for one in answers) == 1, answers


async def test_what_is_held_is_refused_over_http_while_other_clocks_are_on_their_way(
    acting_of: Acting, walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 9, 9))
    held = await migrate(filer, LONGER)
    await ask(filer, SHORTER, unit_id="u-2")
    path = f"/policies/{OLD}/migrations/{held.id}/confirm"
    second = acting_of.issuer.headers("admin", level="national", subject="admin-2")
    refused = await acting_of.client.post(path, headers=second)
    assert (refused.status_code, refused.json()["code"]) == (409, "migration_running")
    await tell(filer.db, told("ratna", "admin-1", "admin-1b"))
    other = acting_of.issuer.headers("admin", level="national", subject="admin-1b")
    same = await acting_of.client.post(path, headers=other)
    assert (same.status_code, same.json()["code"]) == (403, "own_proposal")


async def test_one_units_clocks_go_and_the_others_stay(walk: Walk, filer: Filer) -> None:
    assert (await migrate(filer, LONGER, unit_id="u-2")).moved == 0
    assert (await migrate(filer, LONGER, unit_id="u-1")).moved == 1
    with pytest.raises(MigrationRefusedError) as refused:
        await ask(filer, SHORTER, unit_id="u-9")
    assert refused.value.details["errors"][0]["field"] == "unit_id"


@pytest.mark.parametrize("new", [OLD, "D5-tidak-berkadar.1", "D1.1", "D5-normatif.9"])
async def test_clocks_go_to_another_version_of_the_same_rule_alone(
    filer: Filer, clock: MovedClock, new: str
) -> None:
    with pytest.raises(MigrationRefusedError) as refused:
        await ask(filer, new)
    assert refused.value.details["errors"][0]["field"] == "to"
    with pytest.raises(NotFoundError):
        await ask(filer, LONGER, "D5-normatif.9")


@pytest.mark.parametrize("becomes", ["other kinds", "lost"])
async def test_what_cannot_go_on_after_a_deploy_ends_says_why_and_holds_up_nobody(
    filer: Filer, clock: MovedClock, acting_of: Acting, becomes: str
) -> None:
    await filer.submit()
    asked = await ask(filer, "D1.2", "D1.1")
    other = await ask(filer, LONGER)
    rules = filer.engine.policies.rules
    deployed = [
        replace(rule, kinds=frozenset({"aspirasi"})) if rule.version == "D1.2" else rule
        for rule in rules
        if becomes != "lost" or rule.version != "D1.2"
    ]
    engine = replace(filer.engine, policies=replace(filer.engine.policies, rules=tuple(deployed)))
    upkeep = Upkeep(filer.db, engine)
    for _ in range(5):
        await upkeep.step()
    assert (await last(filer)).ended_at is not None, f"{other.id} is not held up"
    if becomes == "lost":
        assert (await last(filer, "D1.1")).ended_at is None, "a process of newer data may know the version"
        await clock.forward(minutes=61)
        for _ in range(5):
            await upkeep.step()
    ended = await last(filer, "D1.1")
    assert (ended.id, ended.moved, ended.ended_at is not None) == (asked.id, 0, True)
    admin = acting_of.issuer.headers("admin", level="national")
    [one] = (await acting_of.client.get("/policies/D1.1/migrations", headers=admin)).json()["items"]
    assert one["stopped"].startswith("D1.2" if becomes != "lost" else "Versi D1.2 tidak ada")
    [noted] = await filer.rows("SELECT reason FROM audit WHERE operation = 'stop_policy_migration'")
    assert noted.reason == REASON
    assert (await ask(filer, "D1.2", "D1.1")).stopped is None


async def test_a_gifts_clock_waits_for_an_act_on_the_gift_and_the_audit_names_it(
    filer: Filer, clock: MovedClock, client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    await clock.set(wib(2026, 2, 4))
    gift = (await Giving(client, issuer).report())["id"]
    await ask(filer, "D11b.2", "D11b.1")
    upkeep = Upkeep(filer.db, filer.engine)
    async with filer.db.transaction() as session:
        assert await matters.lock(session, UUID(gift)) is not None
        step = asyncio.create_task(upkeep.step())

        async def waits() -> bool:
            return bool(await filer.rows(WAITING))

        await until(waits, what="the step waits for the gift")
    await step
    await work_off(filer)
    assert (await last(filer, "D11b.1")).moved == 1
    noted = await filer.rows("SELECT entity, entity_id FROM audit WHERE operation = 'migrate_clocks'")
    assert [(row.entity, row.entity_id) for row in noted] == [("gratification", gift)]


async def test_an_outlook_asks_the_database_as_often_for_many_clocks_as_for_one(
    filer: Filer, clock: MovedClock, database: ServiceDatabase, db: Database
) -> None:
    await filer.submit()

    async def asked() -> tuple[int, int]:
        statements: list[str] = []
        async with db.reading() as session:
            connection = (await session.connection()).sync_connection
            note = lambda *given: statements.append(given[2])  # noqa: E731
            event.listen(connection, "before_cursor_execute", note)
            seen = await migrating.outlook(session, filer.engine, "D1.1", "D1.2", None)
            event.remove(connection, "before_cursor_execute", note)
        return seen.looked_at, len(statements)

    looked_at, few = await asked()
    await copy_clocks(database, 50)
    assert (looked_at, await asked()) == (1, (51, few))


async def test_a_crash_between_two_steps_loses_nothing_and_moves_nothing_twice(
    filer: Filer, clock: MovedClock, database: ServiceDatabase, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filer.submit()
    await copy_clocks(database, 250)
    await ask(filer, "D1.2", "D1.1")
    with pytest.raises(MigrationRunningError):
        await ask(filer, "D1.2", "D1.1")
    crashes = 0

    async def dies(session: AsyncSession, migration: Migration) -> None:
        nonlocal crashes
        crashes += 1
        raise RuntimeError("killed before commit")

    async def step() -> bool:
        async with db.transaction() as session:
            return await migrating.step(session, filer.engine, lock)

    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "keep", dies)
            with pytest.raises(RuntimeError):
                await step()
        assert await step()
    assert not await step()
    done = await last(filer, "D1.1")
    assert (crashes, done.moved, done.ended_at is not None) == (3, 251, True)
    [row] = await filer.rows(
        "SELECT count(*) AS rows, count(DISTINCT deadline_id) AS clocks FROM deadline_change"
    )
    assert (row.rows, row.clocks) == (251, 251)
    assert await audited(db, filer.engine) == 0


async def test_what_went_to_another_version_can_be_told_again_as_it_was(
    walk: Walk, filer: Filer, clock: MovedClock, db: Database
) -> None:
    other = Walk(filer, (await filer.submit()).case)
    await other.to_work()
    await other.act(acts.request_completion, HANDLER, missing="Mohon foto loket.")
    await clock.set(wib(2026, 1, 6))
    await migrate(filer, LONGER)
    assert differences(await published(db), await standing(db, snapshot)) == {}


async def test_over_http_clocks_are_moved_and_the_case_says_why(
    acting_of: Acting, app: FastAPI, filer: Filer, clock: MovedClock
) -> None:
    walk = await file(filer, "pengaduan")
    await walk.to_work()
    admin = acting_of.issuer.headers("admin", level="national")
    client = acting_of.client
    listed = await client.get("/policies", params={"id": "D5"}, headers=admin)
    counts = {one["version"]: one["running_clocks"] for one in listed.json()["items"]}
    assert counts[OLD] == 1
    asked = await client.get(f"/policies/{OLD}/migrations/preview", params={"to": LONGER}, headers=admin)
    assert (asked.status_code, asked.json()["later"], asked.json()["is_complete"]) == (200, 1, True)
    short = await client.post(
        f"/policies/{OLD}/migrations", json={"to": LONGER, "reason": "x"}, headers=admin
    )
    assert (short.status_code, short.json()["errors"][0]["field"]) == (422, "reason")
    made = await client.post(
        f"/policies/{OLD}/migrations", json={"to": LONGER, "reason": REASON}, headers=admin
    )
    assert (made.status_code, made.json()["ended_at"]) == (201, None)
    await work_off(filer)
    told = await client.get(f"/policies/{OLD}/migrations", headers=admin)
    assert [(one["moved"], one["ended_at"] is None) for one in told.json()["items"]] == [(1, False)]
    why = await client.get(
        f"/cases/{walk.case.id}/deadlines", headers=acting_of.headers("complaint_supervisor")
    )
    d5: dict[str, Any] = next(one for one in why.json()["items"] if one["rule_id"] == "D5")
    assert (d5["policy"], d5["changes"][-1]["words"]) == (LONGER, REASON)
    assert any(REASON in words and f"{OLD} menjadi {LONGER}" in words for words in d5["words"])
    page = await Desk(app, client).get("/pengaduan/aturan", role="complaint_supervisor")
    assert "1 tenggat berjalan dengan versi ini" in page.text


async def test_at_the_command_line_a_move_is_shown_first_and_done_for_a_reason(
    app: FastAPI, issuer: TestIssuer, walk: Walk, filer: Filer
) -> None:
    token = issuer.token(roles=["admin", "complaint_officer"], level="national")
    async with served(app) as url:
        environment = {"ZI_COMPLAINTS_URL": url, "ZI_TOKEN": token, "COLUMNS": "200"}

        async def said(*words: str) -> Answered:
            return await zi("policy", *words, environment=environment)

        way = ("migrate", "--from", OLD, "--to", LONGER)
        shown = await said(*way, "--json")
        assert (shown[0], json.loads(shown[1])["later"]) == (0, 1)
        unexplained = await said(*way, "--apply")
        assert unexplained[0] == 1
        assert "--apply and --reason together" in unexplained[2]
        assert (await newest(filer, "D5")).policy == OLD
        assert (await said(*way, "--apply", "--reason", REASON))[0] == 0
        again = await said(*way, "--apply", "--reason", REASON)
        assert again[0] == 1
        assert "on their way already" in again[2]
        await work_off(filer)
        listed = await said("migrations", OLD, "--json")
        [one] = json.loads(listed[1])["items"]
        assert (one["moved"], one["held"], one["ended_at"] is None) == (1, 0, False)
        nothing = await said("confirm-migration", OLD, one["id"])
        assert nothing[0] == 1
        wrong = await said("migrate", "--from", OLD, "--to", "D1.1")
        assert "running clocks cannot go there" in wrong[2]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve the application and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, what="the server listens")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task
