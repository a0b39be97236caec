"""Planning's people in complaints: who may be named, who acts for whom, who is one, who sees nothing."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.refusals import (
    FieldRefusedError,
    HandlerExcludedError,
    HandlerLeftError,
    NotAssignedError,
    NotNewToCaseError,
    OwnProposalError,
)
from services.complaints.cases.store import people as store
from services.complaints.cases.store.desk import Wanted
from services.complaints.cases.usecases import acts, officers, queries
from services.complaints.cases.usecases.queries import FIRST, OLDEST
from shared.db import Database
from shared.kernel import NotFoundError
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import (
    APPROVER,
    HANDLER,
    OFFICER,
    SUPERVISOR,
    Filer,
    MovedClock,
    wib,
)
from tests.integration.complaints.people import pseudonym, tell, told
from tests.integration.complaints.test_case_life import ANSWER, Walk, fire
from tests.integration.complaints.test_desk import AGENCY, Desk
from tests.integration.complaints.test_every_way import REFUSED
from tests.support.database import DatabaseMaker
from tests.support.migrations import at

UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
WIDE = ("complaint_officer", "complaint_supervisor", "case_approver", "inspector")
ACTING = ("sari", "2026-01-06", "2026-01-08")


def somebody(subject: str, *roles: str, scope: Scope = UNIT_1) -> Principal:
    return Principal(subject, frozenset(roles or {"case_handler"}), scope)


SARI = somebody("sari")


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def seen_by(filer: Filer, actor: Principal) -> set[UUID]:
    """Return the cases that every list and the case itself show to somebody; all must agree."""
    async with filer.db.reading() as session:
        policies = filer.engine.policies
        listed = await queries.case_page(
            session, policies, actor, unit_id=None, state=None, after=FIRST, limit=50
        )
        found = {row["id"] for row in listed}
        for wanted in (Wanted(), Wanted(is_open=False)):
            desk = await queries.desk(session, policies, actor, wanted, after=None, limit=50)
            assert {row["id"] for row in desk} <= found
            found_there = {row["id"] for row in desk}
            if wanted.is_open:
                assert (await queries.desk_summary(session, policies, actor)).opened == len(found_there)
        overdue = await queries.overdue_page(session, actor, unit_id=None, after=OLDEST, limit=50)
        assert {row["case_id"] for row in overdue} <= found
        for row in await filer.rows("SELECT id FROM case_file"):
            try:
                await queries.case_detail(session, policies, actor, row.id)
            except NotFoundError:
                assert row.id not in found
            else:
                assert row.id in found
    return found


# -- the copy -----------------------------------------------------------------------------------------------


async def test_the_newest_version_of_a_person_wins_in_any_order(db: Database, filer: Filer) -> None:
    first = told("sari", "sari", above="kepala")
    second = told(
        "sari", "sari", "sari-2", version=2, until="2026-03-31", substitutes=[("budi", *ACTING[1:])]
    )
    assert await tell(db, second, first) == []
    assert await tell(db, first) == []
    [row] = await filer.rows(
        "SELECT subjects, superior_id, active_to::text, substitutes, version FROM person"
    )
    assert tuple(row) == (
        ["sari", "sari-2"], None, "2026-03-31",
        [{"person_id": pseudonym("budi"), "first": "2026-01-06", "last": "2026-01-08"}], 2,
    )  # fmt: skip
    assert await tell(db, told("sari", "lain", version=2)) == ["payload_conflict"]
    accounts = "SELECT subject FROM person_log_in ORDER BY subject"
    assert [row.subject for row in await filer.rows(accounts)] == ["sari", "sari-2"]
    assert await tell(db, told("sari", "sari-2", version=3), told("budi", "sari")) == []
    owners = await filer.rows("SELECT subject, person_id FROM person_log_in ORDER BY subject")
    assert [tuple(row) for row in owners] == [("sari", pseudonym("budi")), ("sari-2", pseudonym("sari"))]


# -- who may be named ---------------------------------------------------------------------------------------


async def test_who_left_is_not_named_and_whom_the_list_does_not_know_is(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.verify()
    await tell(filer.db, told("penangan", "penangan", until="2026-01-04"))
    with pytest.raises(HandlerLeftError) as refused:
        await walk.dispose()
    assert [error["field"] for error in refused.value.details["errors"]] == ["handler"]
    await tell(filer.db, told("penangan", "penangan", version=2, until="2026-01-05"))
    assert (await walk.dispose()).handler == "penangan"  # the last day is worked
    other = Walk(filer, (await filer.submit()).case)
    await tell(filer.db, told("penangan", "another-account", version=3))
    await other.verify()
    assert (await other.dispose()).handler == "penangan"  # nobody of the list has this account


async def test_today_is_a_day_of_the_unit_s_zone(filer: Filer, clock: MovedClock) -> None:
    await clock.set(wib(2026, 1, 5, 23, 30))  # 6 January in u-2, WITA
    wide = somebody("petugas", "complaint_officer", scope=AGENCY)
    walk = Walk(filer, (await filer.submit(unit_id="u-2")).case)
    verify = {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-2", "note": None}
    await walk.act(acts.verify, wide, **verify)
    await enter(filer, "u-2", "putu")
    await tell(filer.db, told("putu", "putu", until="2026-01-05", unit_id="u-2"))
    with pytest.raises(HandlerLeftError):
        await walk.act(acts.dispose, SUPERVISOR, handler="putu", note=None)


async def enter(filer: Filer, unit_id: str, subject: str) -> None:
    async with filer.db.transaction() as session:
        await officers.enter_handler(session, SUPERVISOR, unit_id, subject)


async def test_a_handler_who_left_is_told_at_the_desk_and_the_case_is_given_to_another(
    walk: Walk, filer: Filer
) -> None:
    await walk.to_work()
    await enter(filer, "u-1", "sari")

    async def is_known() -> bool:
        async with filer.db.reading() as session:
            found = await queries.case_detail(session, filer.engine.policies, SUPERVISOR, walk.case.id)
        return bool(found["is_handler_known"])

    assert await is_known()
    await tell(filer.db, told("penangan", "penangan", until="2026-01-04"))
    assert not await is_known()
    async with filer.db.reading() as session:
        named = await officers.handlers(session, SUPERVISOR, "u-1", after="", limit=9)
    assert [row["subject"] for row in named] == ["sari"]
    moved = await walk.act(acts.reassign, SUPERVISOR, handler="sari", note=None)
    assert (moved.handler, moved.state) == ("sari", State.DIDISPOSISIKAN)
    await walk.follow_up(SARI)
    assert await is_known()


WAYS: dict[str, State] = {
    "disposed": State.DIDISPOSISIKAN,
    "followed_up": State.DIPROSES,
    "asked": State.MENUNGGU_KELENGKAPAN,
    "answered": State.DITANGGAPI,
}


@pytest.mark.parametrize("how", ["taken off", "left"])
@pytest.mark.parametrize("way", WAYS)
async def test_wherever_a_handler_leaves_a_case_somebody_else_is_given_it_and_works_on(
    walk: Walk, filer: Filer, way: str, how: str
) -> None:
    await walk.to_work()
    if way != "disposed":
        await walk.follow_up()
    if way == "asked":
        await walk.act(acts.request_completion, HANDLER, missing="Sebutkan nomor loket.")
    elif way == "answered":
        await walk.answer()
    assert walk.case.state is WAYS[way]
    if how == "left":
        await tell(filer.db, told("penangan", "penangan", until="2026-01-04"))
    else:
        async with filer.db.transaction() as session:
            await officers.remove_handler(session, SUPERVISOR, "u-1", "penangan")
    await enter(filer, "u-1", "sari")
    moved = await walk.act(acts.reassign, SUPERVISOR, handler="sari", note=None)
    assert (moved.handler, moved.state) == ("sari", WAYS[way])
    if way == "asked":
        await walk.act(acts.complete, OFFICER, note="Loket tiga.", is_reporter=False)
    if way != "answered":
        assert (await walk.follow_up(SARI)).state is State.DIPROSES


# -- who acts for whom --------------------------------------------------------------------------------------


async def test_a_substitute_does_the_handler_s_work_on_the_days_of_the_decree_under_their_own_name(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await tell(filer.db, told("penangan", "penangan", substitutes=[ACTING]), told("sari", "sari"))
    assert await seen_by(filer, SARI) == set(), "not yet"
    with pytest.raises(NotAssignedError):
        await walk.follow_up(SARI)
    await clock.set(wib(2026, 1, 6))
    assert await seen_by(filer, SARI) == {walk.case.id}
    await walk.follow_up(SARI)
    await walk.act(acts.respond, SARI, ANSWER)
    await walk.act(acts.request_completion, SARI, missing="Sebutkan nomor loket.")
    rows = await filer.rows("SELECT act, actor FROM case_event ORDER BY version DESC LIMIT 3")
    assert [tuple(row) for row in rows] == [
        ("request_completion", "sari"), ("respond", "sari"), ("follow_up", "sari"),
    ]  # fmt: skip
    assert walk.case.handler == "penangan"
    assert await seen_by(filer, HANDLER) == {walk.case.id}, "the handler goes on beside them"
    await clock.set(wib(2026, 1, 9))
    assert await seen_by(filer, SARI) == set(), "no more"


async def test_another_account_of_the_handler_is_the_handler(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    await tell(filer.db, told("penangan", "penangan", "penangan-2"))
    second = somebody("penangan-2")
    assert await seen_by(filer, second) == {walk.case.id}
    assert (await walk.follow_up(second)).state is State.DIPROSES


# -- where two are asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["penangan-2", "sari"])
async def test_accounts_and_substitutes_of_the_drafter_do_not_approve(
    walk: Walk, filer: Filer, clock: MovedClock, account: str
) -> None:
    await walk.to_work()
    chief = told("penangan", "penangan", "penangan-2", substitutes=[ACTING])
    await tell(filer.db, chief, told("sari", "sari"))
    await clock.set(wib(2026, 1, 8))
    await walk.act(acts.respond, HANDLER, ANSWER)
    await clock.set(wib(2026, 1, 9))  # the substitution has ended since
    both = somebody(account, "case_handler", "case_approver")
    with pytest.raises(OwnProposalError):
        await walk.act(acts.approve, both, note=None)
    assert (await walk.act(acts.approve, APPROVER, note=None)).state is State.DITANGGAPI


async def test_who_acted_for_the_drafter_only_before_the_draft_approves(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    await walk.to_work()
    await tell(filer.db, told("penangan", "penangan", substitutes=[ACTING]), told("sari", "sari"))
    await clock.set(wib(2026, 1, 9))
    await walk.act(acts.respond, HANDLER, ANSWER)
    approver = somebody("sari", "case_approver")
    assert (await walk.act(acts.approve, approver, note=None)).state is State.DITANGGAPI


async def test_a_substitute_of_who_proposed_a_late_request_does_not_confirm_it(
    walk: Walk, filer: Filer, clock: MovedClock
) -> None:
    days = ("2026-01-08", "2026-01-08")
    await tell(
        filer.db, told("petugas", "petugas", "petugas-2", substitutes=[("sari", *days)]), told("sari", "sari")
    )
    await clock.set(wib(2026, 1, 8, 16))  # after 80 % of three working days
    await walk.act(acts.request_completion, OFFICER, missing="Tanggal kejadian belum disebut.")
    assert walk.case.proposed_by == "petugas"
    for account in ("petugas-2", "sari"):
        with pytest.raises(OwnProposalError):
            await walk.act(
                acts.confirm_completion,
                somebody(account, "complaint_supervisor"),
                missing="Tanggal kejadian belum disebut.",
            )
    done = await walk.act(acts.confirm_completion, SUPERVISOR, missing="Tanggal kejadian belum disebut.")
    assert done.state is State.MENUNGGU_KELENGKAPAN


async def test_a_substitute_of_who_proposed_the_end_of_a_case_does_not_confirm_it(
    walk: Walk, filer: Filer
) -> None:
    today = ("sari", "2026-01-05", "2026-01-05")
    await tell(filer.db, told("petugas", "petugas", "petugas-2", substitutes=[today]), told("sari", "sari"))
    await walk.act(acts.propose_dismissal, OFFICER, REFUSED)
    for account in ("petugas-2", "sari"):
        with pytest.raises(OwnProposalError):
            await walk.act(
                acts.confirm_dismissal,
                somebody(account, "complaint_supervisor"),
                to=State.DITOLAK,
                note=None,
            )
    ended = await walk.act(acts.confirm_dismissal, SUPERVISOR, to=State.DITOLAK, note=None)
    assert ended.state is State.DITOLAK


async def test_a_substitute_of_the_handler_proposes_the_end_of_their_case(walk: Walk, filer: Filer) -> None:
    await walk.to_work()
    with pytest.raises(NotAssignedError):
        await walk.act(acts.propose_dismissal, SARI, REFUSED)
    today = ("sari", "2026-01-05", "2026-01-05")
    await tell(filer.db, told("penangan", "penangan", substitutes=[today]), told("sari", "sari"))
    assert (await walk.act(acts.propose_dismissal, SARI, REFUSED)).proposed_by == "sari"


@pytest.mark.parametrize("account", ["penangan-2", "sari"])
async def test_an_appeal_is_decided_by_no_account_or_substitute_of_who_acted_before(
    walk: Walk, filer: Filer, clock: MovedClock, account: str
) -> None:
    chief = told("penangan", "penangan", "penangan-2", substitutes=[ACTING])
    await tell(filer.db, chief, told("sari", "sari"))
    await walk.to_work()
    await walk.answer()
    await walk.accept()
    async with filer.db.transaction() as session:
        walk.case = await acts.appeal(session, filer.engine, PUBLIC, walk.case.id, reason="Belum selesai.")
    await clock.set(wib(2026, 1, 9))
    decider = somebody(account, "complaint_supervisor")
    with pytest.raises(NotNewToCaseError):
        await walk.act(acts.reject_appeal, decider, decision="Tetap selesai.")
    fresh = somebody("baru", "complaint_supervisor")
    assert (await walk.act(acts.reject_appeal, fresh, decision="Tetap selesai.")).state is State.SELESAI


# -- who sees nothing ---------------------------------------------------------------------------------------


@pytest.fixture
async def accused(walk: Walk, filer: Filer) -> Walk:
    """A case that accuses Sari, below Budi, below Kepala; Wati stands beside them."""
    await tell(
        filer.db,
        told("sari", "sari", "sari-2", above="budi"),
        told("budi", "budi", above="kepala"),
        told("kepala", "kepala"),
        told("wati", "wati", above="kepala"),
    )
    await walk.verify(accused=[UUID(pseudonym("sari"))])
    return walk


@pytest.mark.parametrize("role", WIDE)
@pytest.mark.parametrize("subject", ["sari", "sari-2", "budi", "kepala"])
async def test_the_accused_and_their_superiors_see_nothing_of_the_case(
    accused: Walk, filer: Filer, clock: MovedClock, subject: str, role: str
) -> None:
    unrelated = await filer.submit()
    await clock.set(wib(2026, 1, 20))
    await fire(filer)
    everything = {accused.case.id, unrelated.case.id}
    for scope in (UNIT_1, AGENCY, Scope("national")):
        assert await seen_by(filer, somebody(subject, role, scope=scope)) == {unrelated.case.id}
        assert await seen_by(filer, somebody("wati", role, scope=scope)) == everything
        assert await seen_by(filer, somebody("nobody-known", role, scope=scope)) == everything


async def test_the_accused_and_their_superiors_do_nothing_to_the_case(accused: Walk, filer: Filer) -> None:
    for subject in ("sari-2", "kepala"):
        wide = somebody(subject, *WIDE, "case_handler")
        tries: list[tuple[Any, dict[str, Any]]] = [
            (acts.verify, {"stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1", "note": None}),
            (acts.dispose, {"handler": "penangan", "note": None}),
            (acts.reassign, {"handler": "penangan", "note": None}),
            (acts.follow_up, {"note": "x", "evidence": ("BA-1",), "no_evidence_reason": None}),
            (acts.request_completion, {"missing": "Sebutkan nomor loket."}),
            (acts.confirm_completion, {"missing": "Sebutkan nomor loket."}),
            (acts.complete, {"note": "Loket tiga.", "is_reporter": False}),
            (acts.proceed, {"reason": "Sudah cukup."}),
            (acts.respond, {"answer": ANSWER}),
            (acts.approve, {"note": None}),
            (acts.transfer, {"unit_id": "u-2", "reason": "Urusan kantor itu."}),
            (acts.extend, {"reason": "Perlu waktu."}),
            (acts.propose_dismissal, {"dismissal": REFUSED}),
            (acts.confirm_dismissal, {"to": State.DITOLAK, "note": None}),
            (acts.refuse_dismissal, {"reason": "Masih ada buktinya."}),
            (acts.uphold_appeal, {"decision": "Bukti cukup."}),
            (acts.reject_appeal, {"decision": "Tetap selesai."}),
            (acts.reopen_on_evidence, {"reason": "Ada bukti baru."}),
        ]
        for act, fields in tries:
            with pytest.raises(NotFoundError):
                await accused.act(act, wide, **fields)


@pytest.mark.parametrize("subject", ["sari", "kepala"])
async def test_the_accused_and_their_superiors_are_not_named_as_handler(
    accused: Walk, filer: Filer, subject: str
) -> None:
    await enter(filer, "u-1", subject)
    with pytest.raises(HandlerExcludedError):
        await accused.act(acts.dispose, SUPERVISOR, handler=subject, note=None)
    await accused.dispose()
    with pytest.raises(HandlerExcludedError):
        await accused.act(acts.reassign, SUPERVISOR, handler=subject, note=None)


async def test_a_handler_who_became_a_superior_of_the_accused_is_out_and_the_case_goes_on(
    accused: Walk, filer: Filer
) -> None:
    await accused.dispose()
    await tell(filer.db, told("penangan", "penangan"), told("kepala", "kepala", version=2, above="penangan"))
    with pytest.raises(NotFoundError):
        await accused.follow_up()
    await enter(filer, "u-1", "wati")
    await accused.act(acts.reassign, SUPERVISOR, handler="wati", note=None)
    assert (await accused.follow_up(somebody("wati"))).state is State.DIPROSES


async def test_a_circle_of_superiors_ends(accused: Walk, filer: Filer) -> None:
    await tell(filer.db, told("kepala", "kepala", version=2, above="sari"))
    for subject in ("sari", "budi", "kepala"):
        assert await seen_by(filer, somebody(subject, "inspector", scope=AGENCY)) == set()
    assert await seen_by(filer, somebody("wati", "inspector", scope=AGENCY)) == {accused.case.id}


async def test_only_people_of_the_case_s_agency_are_accused_and_the_place_of_another_is_told(
    walk: Walk, filer: Filer, one_owner: asyncpg.Connection
) -> None:
    await one_owner.execute(
        "INSERT INTO unit VALUES ('u-9', 'a-9', 'Kantor Lain', 'WIB', true, false, 1, '')"
    )
    await tell(
        filer.db,
        told("sari", "sari"),
        told("jauh", "jauh", unit_id="u-9"),
        told("di unit tak dikenal", "x", unit_id="u-77"),
    )
    for stranger in (UUID(pseudonym("jauh")), UUID(pseudonym("di unit tak dikenal")), uuid4()):
        with pytest.raises(FieldRefusedError) as refused:
            await walk.verify(accused=[UUID(pseudonym("sari")), stranger])
        assert [error["field"] for error in refused.value.details["errors"]] == ["accused.1"]
    assert await filer.rows("SELECT 1 FROM case_party") == []


async def test_whom_a_case_accuses_is_told_to_officers_and_to_nobody_else(
    accused: Walk, filer: Filer
) -> None:
    async with filer.db.reading() as session:
        found = await queries.case_detail(session, filer.engine.policies, SUPERVISOR, accused.case.id)
        assert found["accused"] == [pseudonym("sari")]
        assert await store.parties(session, accused.case.id, "declarant") == []
    payloads = await filer.rows("SELECT convert_from(payload, 'UTF8') AS told FROM outbox")
    assert payloads
    assert not [row for row in payloads if pseudonym("sari") in row.told]
    [note] = await filer.rows("SELECT changes, actor FROM audit WHERE operation = 'name_accused'")
    assert (note.changes, note.actor) == ({"accused": [pseudonym("sari")]}, OFFICER.subject)


async def test_over_http_a_case_is_not_there_for_the_accused(acting_of: Acting, filer: Filer) -> None:
    await tell(filer.db, told("sari", "sari"))
    made = await acting_of.enter()
    body = {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}
    odd = await acting_of.act("complaint_officer", made["id"], "verify", 1, **body, accused=[str(uuid4())])
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "accused.0")
    accused = [pseudonym("sari")]
    done = await acting_of.act("complaint_officer", made["id"], "verify", 1, **body, accused=accused)
    assert done.status_code == 200, done.text
    shown = await acting_of.client.get(f"/cases/{made['id']}", headers=acting_of.headers("complaint_officer"))
    assert shown.json()["accused"] == accused
    sari = acting_of.issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"], subject="sari")
    hidden = await acting_of.client.get(f"/cases/{made['id']}", headers=sari)
    nowhere = await acting_of.client.get(f"/cases/{uuid4()}", headers=sari)
    assert hidden.status_code == nowhere.status_code == 404
    alike = [answer.json() | {"instance": ""} for answer in (hidden, nowhere)]
    assert alike[0] == alike[1]
    assert (await acting_of.client.get("/cases", headers=sari)).json()["items"] == []
    assert (await acting_of.client.get("/overdue", headers=sari)).json()["items"] == []


async def test_pages_and_files_show_the_accused_nothing(desk: Desk, accused: Walk, filer: Filer) -> None:
    [row] = await filer.rows("SELECT tracking_id FROM case_file")
    for subject, seen in (("sari", []), ("wati", [row.tracking_id])):
        assert await desk.numbers("/pengaduan", subject=subject) == seen
        file = await desk.get("/pengaduan/daftar.csv", subject=subject)
        assert (row.tracking_id in file.text) is bool(seen)
        async with filer.db.reading() as session:
            reader = somebody(subject, "complaint_officer", scope=AGENCY)
            units = await queries.desk_units(session, reader, None)
        assert units == ([("u-1", "Kantor Satu")] if seen else []), "no filter tells of a case either"
        case = await desk.get(f"/pengaduan/{row.tracking_id}", subject=subject)
        assert case.status_code == (200 if seen else 404)


@pytest.fixture
def desk(app: Any, client: Any) -> Desk:
    return Desk(app, client)


# -- migration ----------------------------------------------------------------------------------------------


async def test_cases_of_before_stay_and_who_is_named_in_one_bars_the_way_back(
    make_database: DatabaseMaker,
) -> None:
    made = await make_database("complaints")
    await at("complaints", made.owner_url, command.stamp, "complaints_0013")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("INSERT INTO officer VALUES ('penangan', 'case_handler', 'unit', 'u-1')")
    await owner.execute("ALTER TABLE case_party DROP CONSTRAINT case_party_case_id_fkey")
    await owner.execute("INSERT INTO case_party VALUES ($1, 'p-1', 'accused')", uuid4())
    with pytest.raises(Exception, match="who is named in cases would be forgotten"):
        await at("complaints", made.owner_url, command.downgrade, "complaints_0012")
    assert await owner.fetchval("SELECT count(*) FROM case_party") == 1
    await owner.execute("DELETE FROM case_party")
    await at("complaints", made.owner_url, command.downgrade, "complaints_0012")
    await at("complaints", made.owner_url, command.upgrade, "complaints_0013")
    assert await owner.fetchval("SELECT subject FROM officer") == "penangan"
    assert await owner.fetchval("SELECT count(*) FROM case_party") == 0
    await owner.close()
