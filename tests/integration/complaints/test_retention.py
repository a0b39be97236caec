"""How long ended cases are kept: from whatever end, in nobody's way, listed once it is over."""

from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.dismissal import Dismissal
from services.complaints.cases.jobs import Keeping
from services.complaints.cases.usecases import acts, queries
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.jobs import Figures, Upkeep
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.observability.metrics import render
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import OFFICER, SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.engine import audited, drain
from tests.integration.complaints.people import pseudonym, tell, told
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_desk import Desk
from tests.integration.complaints.test_every_way import INSPECTOR, PPID, REFUSED, end, file, newest, reporters

LATER = wib(2031, 1, 6, 0)
"""24.00 of 5 January five years on."""


async def finish(walk: Walk, how: str) -> None:
    if how == "withdrawn":
        await reporters(walk, acts.withdraw)
    elif how == "dismissed":
        await end(walk)
    elif how == "a request dismissed":
        await walk.act(acts.propose_dismissal, PPID, REFUSED)
        await walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note=None)
    else:
        await walk.to_work()
        await walk.answer()
        await walk.accept()


ENDS: list[tuple[Kind, str]] = [
    ("pengaduan", "accepted"),
    ("pengaduan", "withdrawn"),
    ("pengaduan", "dismissed"),
    ("aspirasi", "accepted"),
    ("konsultasi", "withdrawn"),
    ("permintaan_informasi", "a request dismissed"),
]


@pytest.mark.parametrize(("kind", "how"), ENDS)
async def test_whatever_act_ends_a_case_starts_how_long_it_is_kept(
    filer: Filer, clock: MovedClock, kind: Kind, how: str
) -> None:
    walk = await file(filer, kind)
    await finish(walk, how)
    one = await newest(filer, "D9")
    assert (one.status, one.start_fact, one.due_at, one.is_provisional) == ("armed", "ended", LATER, False)
    running = await filer.rows("SELECT rule FROM deadline WHERE status IN ('armed', 'paused')")
    assert [row.rule for row in running] == ["D9"]
    assert await audited(filer.db, filer.engine) == 0


async def kept(filer: Filer) -> list[str]:
    rows = await filer.rows("SELECT status FROM deadline WHERE rule = 'D9' ORDER BY id")
    return [row.status for row in rows]


async def test_what_is_worked_on_again_is_not_kept_until_it_ends_again(
    filer: Filer, clock: MovedClock
) -> None:
    reopened, appealed = await file(filer, "pengaduan"), await file(filer, "pengaduan")
    await finish(reopened, "accepted")
    await clock.set(wib(2026, 1, 6))
    await reporters(reopened, acts.reopen, reason="Terjadi lagi.")
    assert await kept(filer) == ["cancelled"]
    await finish(appealed, "dismissed")
    await reporters(appealed, acts.appeal, reason="Ada buktinya.")
    assert await kept(filer) == ["cancelled", "armed"], "an appeal alone changes nothing"
    new = replace(INSPECTOR, subject="auditor-2")
    await appealed.act(acts.uphold_appeal, new, decision="Benar.", case_class="normatif")
    assert await kept(filer) == ["cancelled", "cancelled"]
    await end(appealed, Dismissal(State.DITOLAK, "Tidak terbukti sama sekali.", "tidak_memadai"))
    last = await newest(filer, "D9")
    assert (last.status, last.cycle, last.start_at) == ("armed", 2, wib(2026, 1, 6))


async def test_what_is_kept_is_no_work_of_an_officer_and_no_clock_of_a_case(
    filer: Filer,
    clock: MovedClock,
    db: Database,
    poller: DeadlinePoller,
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    desk = Desk(app, client)
    walk = await file(filer, "pengaduan")
    await finish(walk, "dismissed")
    await clock.set(LATER)
    await drain(poller)
    assert (await newest(filer, "D9")).breached_at == LATER
    assert await filer.rows("SELECT 1 FROM notification") == []
    async with db.reading() as session:
        assert not await queries.overdue_page(
            session, SUPERVISOR, unit_id=None, after=queries.OLDEST, limit=10
        )
        found = await queries.case_detail(session, filer.engine.policies, SUPERVISOR, walk.case.id)
        listed = await queries.public_case(session, filer.engine.policies, found["tracking_id"])
    assert (found["due_at"], listed["due_at"]) == (None, None)
    assert await desk.numbers("/pengaduan?late=1") == []
    assert await desk.numbers("/pengaduan") == []
    await Figures(db, filer.engine).step()
    shown = render().decode()
    assert 'zi_complaints_cases_overdue{kind="pengaduan"} 0.0' in shown
    assert "zi_complaints_oldest_overdue_seconds 0.0" in shown
    assert "zi_complaints_provisional_clocks 0.0" in shown


async def test_a_new_calendar_leaves_alone_how_long_ended_cases_are_kept(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2025, 8, 14))
    now = filer.engine
    filer.engine = replace(now, calendar_version=1)
    await finish(await file(filer, "pengaduan"), "dismissed")
    before = await newest(filer, "D9")
    assert await Upkeep(db, now).step() > 0, "there is nothing to follow"
    assert await newest(filer, "D9") == before
    assert await audited(db, now) == 0


async def test_cases_that_ended_before_there_was_a_rule_are_kept_from_their_end_on(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    ended, opened = await file(filer, "pengaduan"), await file(filer, "pengaduan")
    await finish(ended, "dismissed")
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("DELETE FROM deadline WHERE rule = 'D9'")
    await owner.close()
    await clock.set(wib(2026, 3, 2))
    worker = Keeping(db, filer.engine)
    for _ in range(2):
        await worker.step()
    [row] = await filer.rows("SELECT * FROM deadline WHERE rule = 'D9'")
    assert (row.case_ref, row.due_at, row.status) == (ended.case.id, LATER, "armed")
    assert opened.case.id != row.case_ref


async def test_what_is_kept_long_enough_is_listed_for_the_privacy_officer_alone(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, acting_of: Acting
) -> None:
    first, second, elsewhere = [await file(filer, "pengaduan") for _ in range(3)]
    for walk in (first, second):
        await finish(walk, "dismissed")
    await elsewhere.verify()
    await elsewhere.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    there = replace(OFFICER, scope=SUPERVISOR.scope)
    await elsewhere.act(acts.propose_dismissal, there, REFUSED)
    await elsewhere.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note=None)

    async def listed(role: str = "privacy_officer", **who: str) -> list[str]:
        headers = acting_of.issuer.headers(role, units=["u-1"], **who)
        found, cursor = list[str](), None
        while True:
            asked = {"limit": 1} | ({} if cursor is None else {"cursor": cursor})
            answer = await acting_of.client.get("/retention-due", params=asked, headers=headers)
            assert answer.status_code == 200, answer.text
            found += [one["case_id"] for one in answer.json()["items"]]
            cursor = answer.json()["next"]
            if cursor is None:
                return found

    assert await listed() == []
    await clock.set(datetime(2031, 1, 7, tzinfo=UTC))
    await drain(poller)
    ours = {str(first.case.id), str(second.case.id)}
    assert set(await listed()) == ours
    assert set(await listed("admin", level="national")) == ours | {str(elsewhere.case.id)}
    assert await tell(filer.db, told("Ana", "ana")) == []
    names = "INSERT INTO case_party VALUES (:id, :person, 'accused')"
    async with filer.db.transaction() as session:
        await session.execute(text(names), {"id": first.case.id, "person": pseudonym("Ana")})
    assert await listed(subject="ana") == [str(second.case.id)]
    refused = await acting_of.client.get("/retention-due", headers=acting_of.headers("complaint_officer"))
    assert refused.status_code == 403
