"""A migrated database with two units, and a clock that the test moves."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import main
from services.complaints.cases.domain.acts import Kind
from services.complaints.deadlines.aside import Aside
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.clock_trust import Hold
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.intake import limits, receipts, usecases
from services.complaints.intake.receipts import Receipts
from services.complaints.intake.store import Person
from services.complaints.intake.usecases import Entry, Report
from services.complaints.secrecy.usecases.keeping import Identities
from services.complaints.settings import Settings
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.db.clock import database_now
from shared.http.limits.bursts import parse
from shared.kernel import new_id
from shared.security import PUBLIC, Principal, Scope
from shared.security.keys.local import LocalKeys
from shared.service.assembly import Databases
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.officers import Office
from tests.integration.complaints.talking import Both
from tests.support.appointing import EVERYBODY, appoint
from tests.support.clock import run_by
from tests.support.database import DatabaseMaker, KeptOpen, connect_owner, empty
from tests.support.http import analysed_once
from tests.support.tokens import ISSUER, TestIssuer

WIB = ZoneInfo("Asia/Jakarta")
ORIGIN = "https://complaints.test"
MORE_DAYS_OFF = [f"2026-01-{day:02}" for day in (8, 9, 12)]
SECRET = "a secret of the tests, long enough"
OFFICER = Principal("petugas", frozenset({"complaint_officer"}), Scope("unit", units=frozenset({"u-1"})))
SUPERVISOR = Principal(
    "pengawas", frozenset({"complaint_supervisor"}), Scope("agency", agencies=frozenset({"a-1"}))
)
HANDLER = Principal("penangan", frozenset({"case_handler"}), Scope("unit", units=frozenset({"u-1"})))
APPROVER = Principal("penyetuju", frozenset({"case_approver"}), Scope("unit", units=frozenset({"u-1"})))


def wib(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WIB)


@pytest.fixture(scope="session")
async def one_database(make_database: DatabaseMaker) -> ServiceDatabase:
    """The database that the tests use in turn: emptying it is twenty times faster than a new one."""
    return await make_database("complaints")


@pytest.fixture(scope="session")
async def one_owner(one_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """The connection that empties it and moves its clock."""
    connection = await connect_owner(one_database)
    await connection.execute("CREATE TABLE test_clock (at timestamptz)")
    await connection.execute("GRANT SELECT ON test_clock TO PUBLIC")
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def one_pool(one_database: ServiceDatabase) -> AsyncIterator[KeptOpen]:
    pool = KeptOpen(one_database.app_url, pool_size=16)
    yield pool
    await pool.end()


@pytest.fixture
async def database(one_database: ServiceDatabase, one_owner: asyncpg.Connection) -> ServiceDatabase:
    """The service's database, empty but for units u-1 (WIB) and u-2 (WITA) of agency a-1."""
    await empty(one_owner)
    await one_owner.execute("""
        INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, ''),
            ('u-2', 'a-1', 'Kantor Dua', 'WITA', true, false, 1, '');
        INSERT INTO officer VALUES ('penangan', 'case_handler', 'unit', 'u-1');
    """)
    await appoint(one_owner, "a-1", EVERYBODY)
    await run_by(one_owner, "clock_timestamp()")
    return one_database


@pytest.fixture
def db(database: ServiceDatabase, one_pool: KeptOpen) -> Database:
    return one_pool


@pytest.fixture(autouse=True)
def _quick_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove receipts at once: what a proof costs is for tests/unit/complaints to say."""
    monkeypatch.setattr(receipts, "ITERATIONS", 1)
    monkeypatch.setattr(receipts, "MEMORY_KIB", 8)


class MovedClock:
    """The database clock under the test's hand; as `host` it also is the poller's host clock."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self._owner = owner
        self._now = wib(2026, 1, 5)

    def now(self) -> datetime:
        return self._now

    async def set(self, moment: datetime) -> None:
        self._now = moment
        await self._owner.execute("UPDATE test_clock SET at = $1", moment)

    async def forward(self, **step: float) -> None:
        await self.set(self._now + timedelta(**step))


@pytest.fixture
async def clock(database: ServiceDatabase, one_owner: asyncpg.Connection) -> MovedClock:
    """Stand the database clock still at Monday 5 January 2026, 09.00 WIB."""
    await one_owner.execute("INSERT INTO test_clock VALUES ($1)", wib(2026, 1, 5))
    await run_by(one_owner, "at FROM test_clock")
    return MovedClock(one_owner)


class Believing(TrustedClock):
    """A trusted clock for tests that move the database clock at will."""

    async def read(self, session: AsyncSession) -> tuple[datetime, Hold | None]:
        return await database_now(session), None


@pytest.fixture
def engine() -> DeadlineEngine:
    return DeadlineEngine(load_policies(), Believing())


@pytest.fixture
def codes() -> Receipts:
    return Receipts("a secret of the tests, long enough")


@dataclass(frozen=True)
class Received(usecases.Received):
    """A new case with the receipt that its reporter was shown."""

    receipt: str


class Filer:
    """Files complaints and reads what came of them."""

    def __init__(self, db: Database, engine: DeadlineEngine, codes: Receipts, identities: Identities) -> None:
        self.db = db
        self.engine = engine
        self.codes = codes
        self.identities = identities

    async def submit(
        self,
        *,
        unit_id: str | None = "u-1",
        received_at: datetime | None = None,
        person: Person | None = None,
        content: str = "Loket tutup sebelum jam layanan berakhir.",
        kind: Kind = "pengaduan",
    ) -> Received:
        """Receive a report from the public form, or from an officer when `received_at` is given."""
        report = Report(
            unit_id=unit_id,
            agency_id="a-1" if unit_id is None else None,
            kind=kind,
            content=content,
            stream="masyarakat",
            event_on=None,
            person=person or Person("Ratna" if kind == "permintaan_informasi" else None, None),
            is_name_hidden=False,
            is_content_secret=False,
            privacy_notice="1",
        )
        entry = None if received_at is None else Entry("loket", received_at, "Buku tamu dimasukkan.")
        actor = PUBLIC if entry is None else OFFICER
        case_id, key = new_id(), "a key of the tests"
        receipt = await self.codes.issue(case_id, key)
        identity = await self.identities.seal(case_id, report.person.told)
        async with self.db.transaction() as session:
            made = await usecases.receive(
                session, self.engine, receipt, actor, report, entry=entry, identity=identity
            )
        return Received(made.case, made.tracking_id, self.codes.make(case_id, key))

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.db.reading() as session:
            return list((await session.execute(text(statement), values)).all())

    async def facts(self) -> list[str]:
        """Return entity and fact of every event in order, e.g. `case.received`."""
        types = await self.rows("SELECT type FROM outbox ORDER BY position")
        return [".".join(row.type.split(".")[3:5]) for row in types]

    async def clocks(self) -> dict[str, str]:
        """Return the status of each rule's newest clock, but for how long an ended case is kept."""
        rows = await self.rows(
            "SELECT rule, status FROM deadline"
            " WHERE kind <> 'canary' AND start_fact IS DISTINCT FROM 'ended' ORDER BY cycle"
        )
        return {row.rule: row.status for row in rows}


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    """Keys in the file that the application of these tests uses too."""
    return Identities(LocalKeys(tmp_path / "files" / "keys.json", may_make=True))


@pytest.fixture
def filer(db: Database, engine: DeadlineEngine, codes: Receipts, identities: Identities) -> Filer:
    return Filer(db, engine, codes, identities)


@pytest.fixture
def poller(db: Database, clock: MovedClock) -> DeadlinePoller:
    """A poller whose three clocks all follow the test's."""
    start = clock.now()

    def monotonic() -> float:
        return (clock.now() - start).total_seconds()

    clocks = TrustedClock(host=clock, monotonic=monotonic)
    return DeadlinePoller(db, DeadlineEngine(load_policies(), clocks), Aside(monotonic))


@pytest.fixture
async def app(
    database: ServiceDatabase,
    clock: MovedClock,
    issuer: TestIssuer,
    engine: DeadlineEngine,
    one_pool: KeptOpen,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[FastAPI]:
    """The service; a receipt session may ask as fast as tests do."""
    monkeypatch.setattr(main, "open_databases", lambda _: Databases(one_pool, one_pool))
    monkeypatch.setattr(limits, "_BURST_OF_SESSION", parse("1000/second"))
    settings = Settings(
        database_url=database.app_url,
        kafka_bootstrap="127.0.0.1:1",
        issuer=ISSUER,
        secret_key=SECRET,
        public_url=ORIGIN,
        port=8002,
        data_dir=tmp_path / "files",
    )
    made = analysed_once(main.build(settings, "api", issuer.verifier()))
    made.state.engine = engine
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ORIGIN) as opened:
        yield opened


@pytest.fixture
def acting_of(client: httpx2.AsyncClient, issuer: TestIssuer) -> Acting:
    return Acting(client, issuer)


@pytest.fixture
def office(app: FastAPI, client: httpx2.AsyncClient) -> Office:
    return Office(app, client)


@pytest.fixture
async def both(acting_of: Acting) -> Both:
    return await Both.about(acting_of)


@pytest.fixture
async def slow_unit(database: ServiceDatabase) -> str:
    """A unit of the agency in the same zone that has more days off than the others."""
    days = [{"date": day, "kind": "local", "name": "Hari daerah"} for day in MORE_DAYS_OFF]
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("INSERT INTO unit VALUES ('u-3', 'a-1', 'Kantor Tiga', 'WIB', true, false, 1, '')")
    version = await owner.fetchval("SELECT coalesce(max(version), 100) + 1 FROM calendar_version")
    await owner.execute(
        "INSERT INTO calendar_version VALUES ($1, 'unit', 'u-3', 2026, NULL, $2, 'SK', 'SK', true, NULL,"
        " 'uji', now())",
        version,
        json.dumps({"days": days, "ramadans": []}),
    )
    await owner.close()
    return "u-3"
