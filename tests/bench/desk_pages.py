"""IN: the complaint desk and a case at 100,000 cases, the newest tenth open, beside bare SQL for its rows.

Cases, clocks and acts are copies of a real one with states, units, handlers and due times of their own;
those of ended cases tell how long these are kept. The
pages come from complaints' own application, asked one after the other by a supervisor of the agency (who
sees all) and by a handler (who sees the own); the floor is one statement by the keys that the page shows.
"""

import asyncio
import logging
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx2
import structlog
from fastapi import FastAPI, Response

from services.complaints import main
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.intake import usecases
from services.complaints.intake.receipts import Receipts
from services.complaints.intake.store import Person
from services.complaints.intake.usecases import Report
from services.complaints.settings import Settings
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.http.state import state_of
from shared.kernel import new_id
from shared.security import PUBLIC, Principal, Scope
from tests.bench.measure import Bar, Comparison, Effort, percentile, report, summary
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database
from tests.support.tokens import ISSUER, TestIssuer

QUICK_CASES, FULL_CASES = 20_000, 100_000
GOAL_MS = 150
WARM_UP = 5
UNITS, HANDLERS = 50, 200
ORIGIN = "https://complaints.test"
AGENCY = Scope("agency", agencies=frozenset({"a-1"}))
CHIEF = Principal("kp", frozenset({"complaint_supervisor"}), AGENCY)
HANDLER = Principal("h-10", frozenset({"case_handler"}), AGENCY)
NUMBER = re.compile(r'href="/pengaduan/(\d{12})"')
FLOOR = "SELECT * FROM case_file WHERE tracking_id = ANY($1)"
_NUMBERED = "lpad(n::text, 12, '0')"
_IS_OPEN = "n > {closed}"
_STATE = f"""CASE WHEN NOT {_IS_OPEN} THEN 'SELESAI' WHEN n % 4 = 0 THEN 'DITERIMA' WHEN n % 10 = 1
    THEN 'DIVERIFIKASI' WHEN n % 6 = 3 THEN 'MENUNGGU_KELENGKAPAN' WHEN n % 9 = 5 THEN 'DITANGGAPI'
    ELSE 'DIPROSES' END"""
_CASE = {
    "id": "gen_random_uuid()",
    "tracking_id": _NUMBERED,
    "unit_id": f"'u-' || n % {UNITS}",
    "stream": "CASE WHEN n % 3 = 0 THEN 'pelayanan' ELSE 'masyarakat' END",
    "state": _STATE,
    "state_before": f"CASE WHEN {_STATE} = 'MENUNGGU_KELENGKAPAN' THEN 'DIPROSES' END",
    "handler": f"CASE WHEN {_STATE} NOT IN ('DITERIMA', 'DIVERIFIKASI') THEN 'h-' || n % {HANDLERS} END",
    "received_at": "now() - (n % 700) * interval '1 day'",
    "closed_at": f"CASE WHEN NOT {_IS_OPEN} THEN now() - (n % 500) * interval '1 hour' END",
    "closed_by": f"CASE WHEN NOT {_IS_OPEN} THEN 'silence' END",
    "content": "repeat('Loket tutup sebelum jam layanan berakhir. ', 1 + n % 40)",
}
_DUE = "now() + ((n * 7919) % 40000 - 8000) * interval '1 minute'"
_FAR = "now() + interval '50 days'"
_CLOCK = {
    "id": "gen_random_uuid()",
    "case_ref": "made.id",
    "unit_id": "made.unit_id",
    "due_at": _DUE,
    "rung_code": "ARRAY['due']",
    "rung_to": "ARRAY['complaint_officer']",
    "due_rung": "0",
    "repeat_days": "0",
    "next_fire_at": f"CASE WHEN {_IS_OPEN} THEN now() + interval '1 day' END",
    "status": f"CASE WHEN {_IS_OPEN} THEN 'armed' ELSE 'met' END",
    "met_at": f"CASE WHEN NOT {_IS_OPEN} THEN now() END",
    "breached_at": f"CASE WHEN {_IS_OPEN} AND {_DUE} < now() THEN {_DUE} END",
}
_KEPT = _CLOCK | {
    "rule": "'D9'",
    "policy": "'D9-pengaduan.1'",
    "start_fact": "'ended'",
    "due_at": "now() + (n % 40000) * interval '1 hour'",
    "rung_at": "ARRAY[now() + (n % 40000) * interval '1 hour']",
    "rung_notify_at": "ARRAY[now() + (n % 40000) * interval '1 hour']",
    "next_fire_at": "now() + (n % 40000) * interval '1 hour'",
    "status": "'armed'",
    "met_at": "NULL",
    "breached_at": "NULL",
}
"""How long an ended case is kept: a running clock of each of them, that no list of work may walk over."""
_ACT = {"case_id": "made.id"}


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Read each page; the goal is of 100,000 cases."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    cases = effort.of(QUICK_CASES, FULL_CASES)
    target = fresh(servers, "complaints")
    found, floor = asyncio.run(_measured(target, cases, effort.rounds, effort.of(30, 100)))
    asyncio.run(drop_database(servers.postgres, target.name))
    comparisons = [
        Comparison(f"p95 of {page} at {cases:,} cases", values, GOAL_MS, is_lower_better=True, unit=" ms")
        for page, values in found.items()
    ]
    lines = [f"  {page}: p95 {summary(values)} ms" for page, values in found.items()]
    lines.append(f"  bare SQL for the rows of the first page: p95 {summary(floor)} ms")
    bars = [Bar("p95 ms", page, values) for page, values in found.items()]
    return report("IN", f"the complaint desk, {cases:,} cases", comparisons, lines, bars=bars, p95_ms=found)


async def _measured(
    target: ServiceDatabase, cases: int, rounds: int, reads: int
) -> tuple[dict[str, list[float]], list[float]]:
    await fill(target, cases)
    os.environ.setdefault("ZI_ENVIRONMENT", "development")
    settings = Settings(
        database_url=target.app_url, kafka_bootstrap="127.0.0.1:1", issuer=ISSUER,
        secret_key=secrets.token_urlsafe(32), public_url=ORIGIN, port=8002,
    )  # fmt: skip
    app = main.build(settings, "api", TestIssuer().verifier())
    p95: dict[str, list[float]] = {}
    floor: list[float] = []
    owner = await asyncpg.connect(target.owner_url)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ORIGIN) as client,
    ):
        first = await client.get("/pengaduan", headers=await _logged_in(app, CHIEF))
        numbers = list(dict.fromkeys(NUMBER.findall(first.raise_for_status().text)))
        pages = {
            "the desk": ("/pengaduan", CHIEF),
            "the own steps": ("/pengaduan?giliran=saya", CHIEF),
            "all open cases": ("/pengaduan?state=open", CHIEF),
            "all late cases": ("/pengaduan?late=1", CHIEF),
            "closed cases": ("/pengaduan?state=closed", CHIEF),
            "a handler's desk": ("/pengaduan", HANDLER),
            "a case": (f"/pengaduan/{numbers[0]}", CHIEF),
        }
        for number in range(rounds + 1):
            for page, (path, who) in pages.items():
                headers = await _logged_in(app, who)  # anew: a slow machine outlasts a session

                async def asked(path: str = path, headers: dict[str, str] = headers) -> None:
                    (await client.get(path, headers=headers)).raise_for_status()

                took = await _timed(asked, reads if number else WARM_UP)
                if number:
                    p95.setdefault(page, []).append(took)

            async def bare() -> None:
                await owner.fetch(FLOOR, numbers)

            floor.append(await _timed(bare, reads))
    await owner.close()
    return p95, floor


async def _logged_in(app: FastAPI, who: Principal) -> dict[str, str]:
    answer = Response()
    await state_of(app).sessions.open(answer, who, "Petugas Contoh")
    return {"Accept": "text/html", "Cookie": answer.headers["set-cookie"].partition(";")[0]}


async def _timed(ask: Callable[[], Awaitable[None]], times: int) -> float:
    """Return the p95 in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return percentile(took, 0.95)


async def fill(target: ServiceDatabase, cases: int) -> None:
    """Fill a fresh database with cases, their clocks, acts and handlers; the newest tenth is open."""
    closed = str(cases * 9 // 10)
    owner = await asyncpg.connect(target.owner_url)
    await owner.execute(
        f"INSERT INTO unit SELECT 'u-' || n, 'a-1', 'Kantor ' || n, 'WIB', true, false, 1, ''"
        f" FROM generate_series(0, {UNITS - 1}) n"
    )
    db = Database(target.app_url, pool_size=2)
    engine, report_ = DeadlineEngine(load_policies(), TrustedClock()), _report()
    receipt = await Receipts("a secret of the benchmarks").issue(new_id(), "a key of the benchmarks")
    async with db.transaction() as session:
        made = await usecases.receive(session, engine, receipt, PUBLIC, report_)
    await db.close()
    await owner.execute(f"INSERT INTO officer SELECT 'h-' || n, 'case_handler', 'agency', 'a-1'"
                        f" FROM generate_series(0, {HANDLERS - 1}) n")  # fmt: skip
    rows = f"generate_series(1, {cases}) n"
    own = {name: value.replace("{closed}", closed) for name, value in _CASE.items()}
    await _copy(owner, "case_file", own, f"case_file old, {rows}", "old.id = $1", made.case.id)
    of_it = f"case_file made ON made.tracking_id = {_NUMBERED} JOIN"
    for rule in ("D1", "D6C"):
        values = _CLOCK | ({"due_at": _FAR, "breached_at": "NULL"} if rule == "D6C" else {})
        values |= dict.fromkeys(("rung_at", "rung_notify_at"), f"ARRAY[{values['due_at']}]")
        values = {name: value.replace("{closed}", closed) for name, value in values.items()}
        await _copy(owner, "deadline", values, f"{rows} JOIN {of_it} deadline old ON old.rule = '{rule}'",
                    "old.case_ref = $1", made.case.id)  # fmt: skip
    await _copy(owner, "deadline", _KEPT, f"generate_series(1, {closed}) n JOIN {of_it} deadline old"
                " ON old.rule = 'D1'", "old.case_ref = $1", made.case.id)  # fmt: skip
    await _copy(owner, "case_event", _ACT, f"{rows} JOIN {of_it} case_event old ON true", "old.case_id = $1",
                made.case.id)  # fmt: skip
    await owner.execute("VACUUM ANALYZE")
    await owner.close()


async def _copy(
    owner: asyncpg.Connection, table: str, values: dict[str, str], source: str, where: str, *given: Any
) -> None:
    """Insert a copy of a row for each `n` of the source, with values of its own."""
    asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
    columns = [row["column_name"] for row in await owner.fetch(f"{asked} AND table_name = $1", table)]
    taken = ", ".join(values.get(name, f"old.{name}") for name in columns)
    names = ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) SELECT {taken} FROM {source} WHERE {where}"
    await owner.execute(statement, *given)


def _report() -> Report:
    return Report(
        unit_id="u-1",
        agency_id=None,
        kind="pengaduan",
        content="Loket tutup sebelum jam layanan berakhir.",
        stream="masyarakat",
        event_on=None,
        person=Person(None, None),
        is_name_hidden=False,
        is_content_secret=False,
        privacy_notice="1",
    )
