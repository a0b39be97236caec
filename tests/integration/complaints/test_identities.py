"""Who stands behind a case: sealed under keys that the database lacks, opened by one door that notes it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from deploy.local import postgres
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.contents import DataRequest
from services.complaints.duties.domain.contents import Person as Asking
from services.complaints.duties.usecases.requests import enter_request, seal_person
from services.complaints.intake.receipts import Receipts
from services.complaints.intake.store import Person
from services.complaints.secrecy.domain import REPORTER_NAME, Reading, chained, first_fault
from services.complaints.secrecy.jobs import Sealing
from services.complaints.secrecy.store import identities as store
from services.complaints.secrecy.tables import REPORTER
from services.complaints.secrecy.usecases import keeping, moving, opening
from services.complaints.secrecy.usecases.keeping import Identities
from shared.db import Database, identity_role
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from shared.db.roles import app_role, identity_name
from shared.security import Principal, Scope
from shared.security.keys.transit import TransitKeys
from tests.integration.complaints.acting import REPORT, Acting
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.support.canary import hashes, person, spellings
from tests.support.database import service_database
from tests.support.key_service import KeyService, key_service, token_file
from tests.support.servers import PostgresServer

WULAN = Person("Wulan Contoh", "wulan@contoh.example")
NAMED = {"name": WULAN.name, "contact": WULAN.contact}
PRIVACY = Principal("po", frozenset({"privacy_officer"}), Scope("unit", units=frozenset({"u-1"})))
SEALED = "identity.sealed"
CUT = "DELETE FROM identity_read WHERE position = 2"
CONTENT = "at, reader, roles, entity, ref, agency_id, reason, hash"
WHY = {"reason": "Memastikan bukti lewat telepon."}


@pytest.fixture
async def service() -> AsyncIterator[KeyService]:
    async with key_service() as running:
        yield running


async def opened_by(acting: Acting, role: str, case: str, **more: Any) -> httpx2.Response:
    """Ask for the identity behind a case in a role."""
    return await acting.client.post(
        f"/cases/{case}/identity-requests", json=WHY | more, headers=acting.headers(role)
    )


async def readings(filer: Filer) -> list[Any]:
    return await filer.rows("SELECT * FROM identity_read ORDER BY position")


# -- what lies where -----------------------------------------------------------------------------------


async def test_r238_the_application_has_no_right_on_any_table_of_identities(
    database: ServiceDatabase, one_owner: asyncpg.Connection
) -> None:
    tables = await one_owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'identity'::regnamespace"
    )
    names = {row["name"] for row in tables}
    assert {"identity.case_key", "identity.sealed", "identity.reporter", "identity.giver"} <= names
    for table in names:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            asked = "SELECT has_table_privilege($1, $2, $3)"
            assert not await one_owner.fetchval(asked, app_role("complaints"), table, right), (table, right)
            if table in ("identity.case_key", "identity.sealed"):
                # nor by becoming somebody else: only functions of the owner reach these
                assert not await one_owner.fetchval(asked, identity_name("complaints"), table, right)


async def test_nobody_but_the_application_may_call_the_functions_of_identities(
    one_owner: asyncpg.Connection, database: ServiceDatabase
) -> None:
    functions = await one_owner.fetch(
        "SELECT oid, proname, prosecdef, proconfig::text FROM pg_proc WHERE proname ~ '^zi_.*identity'"
        " OR proname = 'zi_wrapped_otherwise'"
    )
    assert len(functions) == 7
    for one in functions:
        assert one["prosecdef"]
        assert "search_path=pg_catalog" in one["proconfig"]
        assert one["proconfig"].rstrip('"}').endswith("pg_temp")
        asked = "SELECT has_function_privilege($1, $2::oid, 'EXECUTE')"
        assert await one_owner.fetchval(asked, app_role("complaints"), one["oid"])
        assert not await one_owner.fetchval(asked, identity_name("complaints"), one["oid"])


async def test_r238_a_dump_and_the_files_of_the_cluster_give_no_name_and_no_contact(
    engine: DeadlineEngine, codes: Receipts, identities: Identities, tmp_path: Path
) -> None:
    canary = person("a reporter in the files of a cluster")
    with PostgresServer(tmp_path / "cluster") as server:
        database = service_database(server.admin_url, "complaints", "t_files")
        await bootstrap(server.admin_url, database)
        await migrate("complaints", database.owner_url)
        owner = await asyncpg.connect(database.owner_url)
        await owner.execute(
            "INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '')"
        )
        db = Database(database.app_url, pool_size=2)
        filer = Filer(db, engine, codes, identities)
        told = Person(canary.name, f"{canary.phone} {canary.mail} {canary.nik}")
        made = await filer.submit(person=told)
        asking = await seal_person(identities, Asking(canary.name, f"{canary.phone} {canary.mail}"))
        async with db.transaction() as session:
            wish = DataRequest("akses", "Minta salinan data.")
            await enter_request(session, engine, PRIVACY, "u-1", wish, asking, None)
        assert await opening.contact_for_notices(db, identities, made.case.id) == told.contact
        admin = await asyncpg.connect(server.admin_url)
        await admin.execute("CHECKPOINT")
        dumped = await pg_dump(database)
        for connection in (admin, owner, db):
            await connection.close()
        known = made.tracking_id.encode()
        forms = {
            form
            for value in (canary.name, canary.phone, canary.mail, canary.nik)
            for form in (value.encode(), *spellings(value), *hashes(value))
        }
        assert known in dumped, "the dump is of this database"
        assert [form for form in forms if form in dumped] == []
        found = await asyncio.to_thread(holding_files, tmp_path / "cluster", [known, *forms])
    assert found.pop(known) > 1, "tables and the log of changes are among the files"
    assert set(found.values()) == {0}, found


async def pg_dump(database: ServiceDatabase) -> bytes:
    """Return the whole of a database as its owner backs it up."""
    running = await asyncio.create_subprocess_exec(
        postgres._binary("pg_dump"), "--dbname", database.owner_url, stdout=asyncio.subprocess.PIPE
    )
    dumped, _ = await running.communicate()
    assert running.returncode == 0
    return dumped


def holding_files(folder: Path, forms: list[bytes]) -> dict[bytes, int]:
    """Return how many files of a cluster hold each of these: tables, indexes, and the log of changes."""
    found = dict.fromkeys(forms, 0)
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {form: found[form] + 1 for form in forms if form in content}
    return found


async def everything(owner: asyncpg.Connection) -> bytes:
    """Return every row of every table as text."""
    parts = []
    for (name,) in await owner.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN"
        " ('public'::regnamespace, 'identity'::regnamespace)"
    ):
        parts += [row[0] for row in await owner.fetch(f"SELECT t::text FROM {name} t")]
    return "\n".join(parts).encode()


# -- the door ------------------------------------------------------------------------------------------


async def test_an_identity_is_noted_before_it_is_told_and_its_reporter_sees_how_often(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await acting_of.enter(**NAMED)
    session = (
        await acting_of.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    ).json()
    own = {"X-Receipt-Session": session["token"]}
    assert (await acting_of.client.get("/public/my-case", headers=own)).json()["identity_opened"] == 0
    told = await opened_by(acting_of, "complaint_officer", made["id"])
    assert (told.status_code, told.json()) == (200, NAMED)
    [noted] = await readings(filer)
    assert (noted.position, noted.reader, noted.roles, noted.entity, str(noted.ref), noted.reason) == (
        *(1, "test-complaint_officer", "complaint_officer", "case", made["id"]), WHY["reason"],
    )  # fmt: skip
    [audited] = await filer.rows("SELECT actor, reason FROM audit WHERE operation = 'open_identity'")
    assert tuple(audited) == ("test-complaint_officer", WHY["reason"])
    assert (await acting_of.client.get("/public/my-case", headers=own)).json()["identity_opened"] == 1


async def test_nothing_is_told_where_the_log_cannot_be_written(
    acting_of: Acting, filer: Filer, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    made = await acting_of.enter(**NAMED)
    await one_owner.execute("ALTER TABLE identity_read ADD CONSTRAINT full_log CHECK (false) NOT VALID")
    try:
        answer = await opened_by(acting_of, "complaint_officer", made["id"])
    finally:
        await one_owner.execute("ALTER TABLE identity_read DROP CONSTRAINT full_log")
    assert (answer.status_code, str(WULAN.name) in answer.text) == (500, False)
    assert await readings(filer) == []


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("complaint_officer", 200), ("custodian", 200), ("case_handler", 404), ("complaint_supervisor", 403),
        ("case_approver", 403), ("inspector", 403), ("auditor", 403), ("admin", 403),
        ("information_officer", 404),
    ],
)  # fmt: skip
async def test_a_named_reporter_is_told_to_whoever_talks_with_them(
    acting_of: Acting, filer: Filer, clock: MovedClock, role: str, status: int
) -> None:
    made = await acting_of.enter(**NAMED)
    answer = await opened_by(acting_of, role, made["id"])
    assert answer.status_code == status
    assert (str(WULAN.name) in answer.text) is (status == 200)
    assert len(await readings(filer)) == (1 if status == 200 else 0)


async def test_the_handler_opens_the_identity_behind_the_assigned_case_alone(
    acting_of: Acting, clock: MovedClock
) -> None:
    mine = await acting_of.answered()
    assert (await opened_by(acting_of, "case_handler", mine["id"])).json()["detail"] == opening.NAMELESS
    named = await acting_of.enter(**NAMED)
    await acting_of.act(
        "complaint_officer",
        named["id"],
        "verify",
        1,
        unit_id="u-1",
        stream="masyarakat",
        case_class="normatif",
    )
    assert (await opened_by(acting_of, "case_handler", named["id"])).status_code == 404
    await acting_of.act("complaint_supervisor", named["id"], "dispose", 2, handler="test-case_handler")
    assert (await opened_by(acting_of, "case_handler", named["id"])).json() == NAMED


@pytest.mark.parametrize("role", ["complaint_officer", "case_handler"])
async def test_a_hidden_name_is_the_custodians_alone(
    acting_of: Acting, filer: Filer, clock: MovedClock, role: str
) -> None:
    made = await acting_of.enter(**NAMED, is_name_hidden=True)
    await acting_of.client.get("/cases", headers=acting_of.headers("case_handler"))
    await acting_of.act(
        "complaint_officer",
        made["id"],
        "verify",
        1,
        unit_id="u-1",
        stream="masyarakat",
        case_class="normatif",
    )
    await acting_of.act("complaint_supervisor", made["id"], "dispose", 2, handler="test-case_handler")
    refused = await opened_by(acting_of, role, made["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "identity_hidden")
    assert await readings(filer) == []
    assert (await opened_by(acting_of, "custodian", made["id"])).json() == NAMED


async def test_who_is_accused_or_above_them_opens_nothing_in_any_office(
    acting_of: Acting, filer: Filer, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    made = await acting_of.enter(**NAMED)
    await one_owner.execute(
        "INSERT INTO person VALUES ('p-1', 'u-1', NULL, '{test-custodian}', false, '2020-01-01', NULL,"
        " '[]', 1, ''); INSERT INTO person_log_in VALUES ('test-custodian', 'p-1')"
    )
    await one_owner.execute("INSERT INTO case_party VALUES ($1, 'p-1', 'accused')", UUID(made["id"]))
    assert (await opened_by(acting_of, "custodian", made["id"])).status_code == 404
    assert await readings(filer) == []


async def test_a_repeated_request_is_one_opening(acting_of: Acting, filer: Filer, clock: MovedClock) -> None:
    made = await acting_of.enter(**NAMED)
    headers = acting_of.headers("complaint_officer") | {"Idempotency-Key": uuid4().hex}
    for _ in range(2):
        answer = await acting_of.client.post(
            f"/cases/{made['id']}/identity-requests", json=WHY, headers=headers
        )
        assert answer.json() == NAMED
    assert len(await readings(filer)) == 1


async def test_a_reason_is_needed(acting_of: Acting, filer: Filer, clock: MovedClock) -> None:
    made = await acting_of.enter(**NAMED)
    answer = await opened_by(acting_of, "complaint_officer", made["id"], reason=" ")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert await readings(filer) == []


# -- the log -------------------------------------------------------------------------------------------


async def the_log(acting: Acting, **scope: Any) -> list[tuple[int, Reading | None, bytes]]:
    """Read the log as an auditor does, page by page, and give what the chain is checked by."""
    scope = scope or {"agencies": ["a-1"], "level": "agency"}
    headers, rows, cursor = acting.issuer.headers("auditor", **scope), [], None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await acting.client.get("/identity-reads", params=asked, headers=headers)).json()
        rows += page["items"]
        if (cursor := page["next"]) is None:
            return [(row["position"], reading_of(row), bytes.fromhex(row["hash"])) for row in rows]


def reading_of(row: dict[str, Any]) -> Reading | None:
    if row["reader"] is None:
        return None
    values = {name: row[name] for name in Reading.__dataclass_fields__}
    return Reading(**values | {"at": datetime.fromisoformat(row["at"]), "ref": UUID(row["ref"])})


async def opened_often(acting: Acting, times: int) -> None:
    made = await acting.enter(**NAMED)
    for number in range(times):
        reason = f'Alasan ke-{number}: “kutip" \\ é\n\tbaris\x7f'
        assert (await opened_by(acting, "complaint_officer", made["id"], reason=reason)).status_code == 200


async def test_the_log_is_whole_as_it_was_written(acting_of: Acting, clock: MovedClock) -> None:
    await opened_often(acting_of, 5)
    rows = await the_log(acting_of)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert first_fault(rows) is None


async def test_openings_at_once_stand_one_after_the_other_in_the_chain(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter(**NAMED)
    answers = await asyncio.gather(*(opened_by(acting_of, "complaint_officer", made["id"]) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    rows = await the_log(acting_of)
    assert ([row[0] for row in rows], first_fault(rows)) == ([1, 2, 3, 4, 5, 6], None)


@pytest.mark.parametrize(
    ("tamper", "seen_at"),
    [
        ("UPDATE identity_read SET reason = 'Lain.' WHERE position = 2", 2),
        ("UPDATE identity_read SET reader = 'orang-lain' WHERE position = 3", 3),
        (CUT, 2),
        (f"{CUT}; UPDATE identity_read SET position = position - 1 WHERE position > 2", 2),
        ("UPDATE identity_read SET position = 9 - position WHERE position IN (4, 5)", 4),
        (f"INSERT INTO identity_read SELECT 6, {CONTENT} FROM identity_read WHERE position = 5", 6),
    ],
)  # fmt: skip
async def test_whoever_owns_the_database_and_changes_the_log_is_seen(
    acting_of: Acting, clock: MovedClock, one_owner: asyncpg.Connection, tamper: str, seen_at: int
) -> None:
    await opened_often(acting_of, 5)
    await one_owner.execute("ALTER TABLE identity_read DISABLE TRIGGER USER")
    await one_owner.execute("ALTER TABLE identity_read DROP CONSTRAINT identity_read_pkey")
    try:
        await one_owner.execute(tamper)
    finally:
        await one_owner.execute("ALTER TABLE identity_read ENABLE TRIGGER USER")
        rows = await the_log(acting_of)
        await one_owner.execute("TRUNCATE identity_read")
        await one_owner.execute("ALTER TABLE identity_read ADD PRIMARY KEY (position)")
    assert first_fault(rows) == seen_at


@pytest.mark.parametrize("statement", ["UPDATE identity_read SET reason = 'x'", "DELETE FROM identity_read",
                                       "INSERT INTO identity_read DEFAULT VALUES"])  # fmt: skip
async def test_the_application_only_ever_adds_to_the_log_through_its_function(
    database: ServiceDatabase, statement: str
) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    finally:
        await app.close()


async def test_of_another_agencys_openings_an_auditor_sees_hashes_and_can_check_the_chain(
    acting_of: Acting, clock: MovedClock, filer: Filer
) -> None:
    await opened_often(acting_of, 3)
    rows = await the_log(acting_of, agencies=["a-2"], level="agency")
    assert [row[1] for row in rows] == [None, None, None]
    assert first_fault(rows) is None
    noted = await readings(filer)
    assert noted[0].hash == chained(b"", Reading(*noted[0][:-1]))


# -- keys away, broken or moved ------------------------------------------------------------------------


async def test_without_the_keys_a_name_is_not_taken_and_nothing_is_half_written(
    app: FastAPI, acting_of: Acting, filer: Filer, clock: MovedClock, service: KeyService, tmp_path: Path
) -> None:
    keys = TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2, monotonic=lambda: 0.0)
    app.state.identities = Identities(keys)
    service.misbehave("sealed")
    refused = await acting_of.client.post("/public/cases", json=REPORT | NAMED)
    assert (refused.status_code, refused.json()["code"]) == (503, "keys_away")
    assert "retry-after" in refused.headers
    assert "Coba beberapa saat lagi" in refused.json()["detail"]
    for table in ("case_file", "receipt", "outbox", "deadline", "audit"):
        assert await filer.rows(f"SELECT 1 FROM {table}") == []
    # whoever tells no name is heard all the same
    assert (await acting_of.client.post("/public/cases", json=REPORT)).status_code == 201


async def test_without_the_keys_the_public_form_gives_back_what_was_typed(
    app: FastAPI, acting_of: Acting, filer: Filer, clock: MovedClock, service: KeyService, tmp_path: Path
) -> None:
    app.state.identities = Identities(TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2))
    service.misbehave("sealed")
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": uuid4().hex, **NAMED}
    page = await acting_of.client.post("/lapor", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 503
    for told in (REPORT["text"], WULAN.name, WULAN.contact, "penyimpan kunci tidak dapat"):
        assert str(told) in page.text
    assert await filer.rows("SELECT 1 FROM case_file") == []


async def test_without_the_keys_nothing_opens_and_nobody_is_noted_to_have_opened_it(
    app: FastAPI, acting_of: Acting, filer: Filer, clock: MovedClock, service: KeyService, tmp_path: Path
) -> None:
    app.state.identities = Identities(TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2))
    made = await acting_of.enter(**NAMED)
    service.misbehave("sealed")
    refused = await opened_by(acting_of, "complaint_officer", made["id"])
    assert (refused.status_code, refused.json()["code"]) == (503, "keys_away")
    assert await readings(filer) == []


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE identity.sealed SET content = set_byte(content, 20, get_byte(content, 20) # 1)",
        f"UPDATE identity.sealed s SET content = x.content FROM {SEALED} x WHERE x.field <> s.field",
        "UPDATE identity.case_key SET version = 2",
        "UPDATE identity.case_key SET wrapped = 'local:v1:AAAA'",
        "UPDATE identity.case_key SET wrapped = 'local:v7:AAAA'",
    ],
    ids=["changed", "fields swapped", "another version", "no key", "a destroyed version"],
)
async def test_what_was_changed_or_moved_within_a_case_is_refused(
    acting_of: Acting, clock: MovedClock, one_owner: asyncpg.Connection, broken: str
) -> None:
    made = await acting_of.enter(**NAMED)
    await one_owner.execute(broken)
    refused = await opened_by(acting_of, "complaint_officer", made["id"])
    assert (refused.status_code, refused.json()["code"]) == (500, "identity_broken")
    assert str(WULAN.name) not in refused.text


async def test_a_row_of_another_case_is_refused_with_and_without_its_key(
    acting_of: Acting, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    mine, other = await acting_of.enter(**NAMED), await acting_of.enter(name="Sari Lain", contact="0811")
    await one_owner.execute(
        f"UPDATE identity.sealed s SET content = x.content FROM {SEALED} x"
        " WHERE s.ref = $1 AND x.ref = $2 AND s.field = x.field", UUID(mine["id"]), UUID(other["id"]),
    )  # fmt: skip
    assert (await opened_by(acting_of, "complaint_officer", mine["id"])).status_code == 500
    await one_owner.execute(
        "UPDATE identity.case_key k SET wrapped = x.wrapped FROM identity.case_key x"
        " WHERE k.ref = $1 AND x.ref = $2", UUID(mine["id"]), UUID(other["id"]),
    )  # fmt: skip
    assert (await opened_by(acting_of, "complaint_officer", mine["id"])).status_code == 500


# -- from release to release, from key to key, and the end --------------------------------------------------


async def plain(owner: asyncpg.Connection, case_id: UUID, name: str | None, contact: str | None) -> None:
    """Write an identity as the release before does."""
    await owner.execute("INSERT INTO identity.reporter VALUES ($1, $2, $3)", case_id, name, contact)


async def test_what_the_release_before_wrote_is_read_and_moved_under_keys_in_steps(
    acting_of: Acting,
    filer: Filer,
    clock: MovedClock,
    one_owner: asyncpg.Connection,
    identities: Identities,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "AT_ONCE", 2)
    cases = [UUID((await acting_of.enter())["id"]) for _ in range(3)]
    await one_owner.execute("UPDATE case_file SET identity_kind = 'named'")
    for case in cases:
        await plain(one_owner, case, f"Wulan {case}", None)
    told = await opened_by(acting_of, "complaint_officer", str(cases[0]))
    assert told.json() == {"name": f"Wulan {cases[0]}", "contact": None}
    job = Sealing(db, identities)
    assert [await job.step() for _ in range(3)] == [0.0, 0.0, 30.0]
    assert await one_owner.fetchval("SELECT count(*) FROM identity.reporter") == 0
    for case in cases:
        told = await opened_by(acting_of, "complaint_officer", str(case))
        assert told.json() == {"name": f"Wulan {case}", "contact": None}
    assert b"Wulan" not in await everything(one_owner)


async def test_a_giver_that_an_old_process_writes_after_the_move_replaces_the_sealed_one(
    filer: Filer, clock: MovedClock, one_owner: asyncpg.Connection, identities: Identities, db: Database
) -> None:
    ref = uuid4()
    for name in ("Bambang", "Budi"):
        await one_owner.execute("INSERT INTO identity.giver VALUES ($1, $2)", ref, name)
        assert await moving.move_plain(db, identities) == 1
    async with db.reading() as session:
        found = await store.find(session, ref)
    assert found.sealed is not None
    assert found.sealed.version == 2
    assert keeping.read(found, await identities.key_of(ref, found)) == {"giver.name": "Budi"}


async def test_a_process_of_the_release_before_goes_on_writing_beside_this_one(
    clock: MovedClock, db: Database, identities: Identities
) -> None:
    ref = uuid4()
    async with db.transaction() as session, identity_role(session, "complaints"):
        await session.execute(REPORTER.insert().values(case_id=ref, name="Wulan", contact=None))
    assert await opening.contact_for_notices(db, identities, ref) is None
    assert await moving.move_plain(db, identities) == 1
    async with db.reading() as session:
        assert await store.count_plain(session) == 0
        found = await store.find(session, ref)
    assert keeping.read(found, await identities.key_of(ref, found)) == {REPORTER_NAME: "Wulan"}


async def test_nothing_is_moved_while_the_keys_are_away(
    clock: MovedClock, one_owner: asyncpg.Connection, db: Database, service: KeyService, tmp_path: Path
) -> None:
    ref = uuid4()
    await plain(one_owner, ref, "Wulan", None)
    service.misbehave("sealed")
    job = Sealing(db, Identities(TransitKeys(service.address, token_file(tmp_path), try_seconds=0.2)))
    assert await job.step() == 30.0
    assert await one_owner.fetchval("SELECT name FROM identity.reporter") == "Wulan"


async def test_a_new_wrapping_key_wraps_every_case_anew_and_the_old_one_can_go(
    filer: Filer, clock: MovedClock, identities: Identities, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "AT_ONCE", 2)
    made = [await filer.submit(person=replace(WULAN, name=f"Wulan {number}")) for number in range(3)]
    assert await identities.keys.create() == 2
    job = Sealing(db, identities)
    assert [await job.step() for _ in range(3)] == [0.0, 0.0, 30.0]
    await identities.keys.destroy(2)
    for number, one in enumerate(made):
        async with db.reading() as session:
            found = await store.find(session, one.case.id)
        told = keeping.read(found, await identities.key_of(one.case.id, found))
        assert told[REPORTER_NAME] == f"Wulan {number}"


async def test_erased_an_identity_is_gone_for_good_and_its_case_stays(
    acting_of: Acting, filer: Filer, clock: MovedClock, db: Database, one_owner: asyncpg.Connection
) -> None:
    made = await acting_of.enter(**NAMED)
    case_id = UUID(made["id"])
    async with db.transaction() as session:
        assert await keeping.erase(session, case_id)
    async with db.transaction() as session:
        assert not await keeping.erase(session, case_id)
    for table in ("case_key", "sealed"):
        assert await one_owner.fetchval(f"SELECT count(*) FROM identity.{table}") == 0
    gone = await opened_by(acting_of, "complaint_officer", made["id"])
    assert (gone.status_code, gone.json()["detail"]) == (404, opening.NAMELESS)
    assert len(await filer.rows("SELECT 1 FROM case_file")) == 1


async def test_a_contact_for_notices_is_read_without_counting_as_an_opening(
    filer: Filer, clock: MovedClock, identities: Identities, db: Database
) -> None:
    named, nameless = await filer.submit(person=WULAN), await filer.submit()
    assert await opening.contact_for_notices(db, identities, named.case.id) == WULAN.contact
    assert await opening.contact_for_notices(db, identities, nameless.case.id) is None
    assert await readings(filer) == []


async def test_no_odd_character_of_a_reason_breaks_the_chain(acting_of: Acting, clock: MovedClock) -> None:
    made = await acting_of.enter(**NAMED)
    for odd in ("tab\tdan baris\nbaru", "emoji 😀 dan “kutip”", r"garis miring \ / dan \u0041"):
        assert (await opened_by(acting_of, "complaint_officer", made["id"], reason=odd)).status_code == 200
    rows = await the_log(acting_of)
    assert first_fault(rows) is None
    assert len(rows) == 3
