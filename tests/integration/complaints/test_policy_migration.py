"""Running clocks go to another version of their policy: foreseen, asked for a reason, done in steps."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import snapshot
from services.complaints.cases.store import cases
from services.complaints.cases.usecases import acts
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
from services.complaints.jobs import Upkeep
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.kernel import NotFoundError
from shared.security import Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import HANDLER, Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, copy_clocks, drain, no_version_is_left_out
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_desk import Desk
from tests.integration.complaints.test_every_way import file, newest, reporters
from tests.support.polling import until
from tests.support.restoring import differences, published, standing
from tests.support.terminal import Answered, zi
from tests.support.tokens import TestIssuer

ADMIN = Principal("admin-1", frozenset({"admin"}), Scope("national"))
SECOND = replace(ADMIN, subject="admin-2")
LONGER, SHORTER = "D5-normatif.2", "D5-normatif.3"
OLD = "D5-normatif.1"
REASON = "Standar layanan baru berlaku."


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """The engine with two more versions of a deadline: eight days and two in place of five."""
    known = {rule.version: rule for rule in engine.policies.rules}
    more = [
        replace(known[OLD], version=LONGER, length=8),
        replace(known[OLD], version=SHORTER, length=2),
        replace(known["D1.1"], version="D1.2", length=2),
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

    async def confirm(actor: Principal) -> Migration:
        async with filer.db.transaction() as session:
            return await migrating.confirm(session, actor, OLD, done.id)

    with pytest.raises(OwnMigrationError):
        await confirm(ADMIN)
    await confirm(SECOND)
    with pytest.raises(MigrationRunningError):
        await confirm(SECOND)
    await work_off(filer)
    done = await last(filer)
    assert (done.moved, done.held, done.confirmed_by) == (1, 0, "admin-2")
    assert (await newest(filer, "D5")).policy == LONGER
    with pytest.raises(NothingHeldError):
        await confirm(SECOND)


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
            return await migrating.step(session, filer.engine, cases.lock)

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
    assert "1 tenggat berjalan menurut versi ini" in page.text


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
