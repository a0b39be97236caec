"""From a rung or an act to a mail: who is behind the role is told, once, and nothing of the case is."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from sqlalchemy import text
from typer.testing import CliRunner

from services.complaints.access import MATRIX
from services.complaints.cases.store import people
from services.complaints.conversation import usecases as conversation
from services.complaints.conversation.usecases import Sent
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.policy import DECLARANT
from services.complaints.deadlines.domain.policy import REPORTER as REPORTER_ROLE
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.duties.usecases.requests import request_by_receipt
from services.complaints.intake.store import Person
from services.complaints.integrity.domain.conflicts import Conflict
from services.complaints.integrity.usecases.conflicts import declare
from services.complaints.notices import metrics
from services.complaints.notices.addresses import AddressBook
from services.complaints.notices.domain import KINDS, About
from services.complaints.notices.jobs import HandingOn
from services.complaints.notices.texts import catalogue
from services.complaints.notices.usecases import note_ending, page_of
from shared.cli.operator.notices import notices
from shared.db.bootstrap import ServiceDatabase
from shared.http.state import state_of
from shared.notices.contacts import note
from shared.notices.post import Post
from shared.notices.sending import Sender
from shared.notices.whatsapp import Gateway, WhatsApp
from shared.security import PUBLIC, Principal, Scope
from tests.integration.complaints.conftest import OFFICER, Filer, MovedClock, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.people import pseudonym, tell, told
from tests.integration.complaints.test_case_life import Walk
from tests.support.mail_server import MailServer
from tests.support.noticing import smtp_to
from tests.support.whatsapp_server import TOKEN, WhatsAppServer

CONTENT = "Petugas loket Bambang meminta uang."
REPORTER = Person("Siti Pelapor", "siti@warga.test")
DUE_D1 = "8 Januari 2026 pukul 24.00 WIB"
UNIT = Scope("unit", units=frozenset({"u-1"}))
AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


class Office:
    """People who have logged in, what is handed on to them, and the mails that leave."""

    def __init__(self, filer: Filer, poller: DeadlinePoller, clock: MovedClock, server: MailServer) -> None:
        self.filer = filer
        self.clock = clock
        self.server = server
        self.poller = poller
        self._sender = self._by(None)
        self.worker = HandingOn(filer.db, filer.engine, self._sender.ways)

    def _by(self, numbers: Post | None) -> Sender:
        return Sender(
            self.filer.db,
            catalogue(),
            smtp_to(self.server),
            AddressBook(self.filer.db, self.filer.identities),
            base_url="https://zi.test",
            numbers=numbers,
            ended=note_ending,
            draw=lambda: 0.0,
        )

    def by_number(self, numbers: Post) -> None:
        """Let there be a way to mobile numbers from now on."""
        self._sender = self._by(numbers)
        self.worker = HandingOn(self.filer.db, self.filer.engine, self._sender.ways)

    async def knows(self, subject: str, role: str, scope: Scope = UNIT) -> None:
        """Let somebody have logged in whose address is known."""
        async with self.filer.db.transaction() as session:
            person = Principal(subject, frozenset({role}), scope)
            await note(session, "complaints", person, f"{subject}@kantor.test")

    async def hand_on(self) -> None:
        await drain(self.poller)
        while await self.worker.step() == 0.0:
            pass

    async def send(self) -> None:
        while await self._sender.step() == 0.0:
            pass

    async def told(self, **later: float) -> list[str]:
        """Hand on what is due, send it once its fellows were waited for, and return who got mails."""
        await self.hand_on()
        await self.clock.forward(**(later or {"minutes": 11}))
        before = len(self.server.taken)
        await self.send()
        return sorted(taken.recipients[0].partition("@")[0] for taken in self.server.taken[before:])

    async def outcomes(self) -> set[tuple[str, str, str | None]]:
        rows = await self.filer.rows(
            "SELECT rule, recipient_role, outcome FROM notification JOIN deadline_fired USING (event_key)"
        )
        return {(row.rule, row.recipient_role, row.outcome) for row in rows}

    async def of_reporters(self) -> list[tuple[str, str | None]]:
        rows = await self.filer.rows("SELECT fact, outcome FROM reporter_notice ORDER BY at, key")
        return [(row.fact, row.outcome) for row in rows]


@pytest.fixture
async def office(filer: Filer, poller: DeadlinePoller, clock: MovedClock, mail_server: MailServer) -> Office:
    metrics.TO_NOBODY.set({})
    return Office(filer, poller, clock, mail_server)


@pytest.fixture
async def walk(filer: Filer, office: Office) -> Walk:
    return Walk(filer, (await filer.submit(person=REPORTER, content=CONTENT)).case)


async def test_whoever_holds_the_role_of_a_rung_is_told_of_kind_unit_rule_and_due_day_alone(
    walk: Walk, office: Office
) -> None:
    await office.knows("petugas", "complaint_officer")
    await office.knows("orang-lain", "complaint_officer", Scope("unit", units=frozenset({"u-2"})))
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["petugas"]
    [mail] = office.server.taken
    assert DUE_D1 in mail.text
    assert "pengaduan di Kantor Satu" in mail.text
    assert f"https://zi.test/pengaduan/{walk.case.id}" in mail.text
    [(tracking_id,)] = await office.filer.rows("SELECT tracking_id FROM case_file")
    for hidden in (CONTENT, "Bambang", "Siti", "siti@warga.test", tracking_id):
        assert hidden not in mail.data.decode() + mail.text


async def test_a_rung_is_told_once_per_recipient_however_often_it_is_handed_on(
    walk: Walk, office: Office
) -> None:
    await office.knows("petugas", "complaint_officer")
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["petugas"]
    async with office.filer.db.transaction() as session:
        await session.execute(text("UPDATE notification SET sent_at = NULL, outcome = NULL"))
    assert await office.told() == []


async def test_of_the_rungs_that_waited_for_one_role_the_last_alone_is_told(
    walk: Walk, office: Office
) -> None:
    await office.knows("petugas", "complaint_officer")
    for hour in (6, 7):
        await office.clock.set(wib(2026, 1, hour, 9))
    await office.clock.set(wib(2026, 1, 7, 9))
    await drain(office.poller)
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["petugas"]
    assert ("D1", "complaint_officer", "superseded") in await office.outcomes()


async def test_a_role_that_nobody_is_known_in_hands_its_notice_to_the_next_level(
    walk: Walk, office: Office
) -> None:
    await office.knows("pengawas", "complaint_supervisor", AGENCY)
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["pengawas"]


async def test_a_notice_that_nobody_can_be_found_for_waits_and_shows_until_somebody_logs_in(
    walk: Walk, office: Office
) -> None:
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == []
    assert ("D1", "complaint_officer", None) in await office.outcomes()
    shown = {
        sample.labels["role"]: sample.value for one in metrics.TO_NOBODY.collect() for sample in one.samples
    }
    assert shown["complaint_officer"] >= 1
    await office.knows("petugas", "complaint_officer")
    assert await office.told() == [], "it is looked at again within the hour"
    await office.clock.forward(hours=1)
    assert await office.told() == ["petugas"]


async def test_a_party_to_the_case_and_those_above_are_told_nothing(walk: Walk, office: Office) -> None:
    await tell(office.filer.db, told("budi", "petugas", above="kepala"), told("kepala", "pengawas"))
    async with office.filer.db.transaction() as session:
        await people.name_parties(session, walk.case.id, [pseudonym("budi")], "accused")
    await office.knows("petugas", "complaint_officer")
    await office.knows("pengawas", "complaint_supervisor", AGENCY)
    await office.knows("inspektur", "inspector", AGENCY)
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["inspektur"]


async def test_a_request_about_a_case_is_told_to_nobody_whom_the_case_is_about(
    walk: Walk, office: Office
) -> None:
    await tell(office.filer.db, told("budi", "po", above="kepala"), told("kepala", "kepala"))
    async with office.filer.db.transaction() as session:
        await people.name_parties(session, walk.case.id, [pseudonym("budi")], "accused")
        await request_by_receipt(
            session, office.filer.engine, PUBLIC, walk.case.id, "akses", "Minta salinan."
        )
    await office.knows("po", "privacy_officer")
    await office.knows("kepala", "agency_head", AGENCY)
    await office.knows("inspektur", "inspector", AGENCY)
    await office.clock.set(wib(2026, 1, 8, 10))
    assert "po" not in (await office.told())
    assert {row for row in await office.outcomes() if row[0] == "D13" and row[2] == "queued"} == set()
    await office.knows("po-lain", "privacy_officer")
    assert await office.told(hours=1) == []
    assert await office.told() == ["po-lain"]
    mail = office.server.taken[-1]
    assert "permintaan data pribadi di Kantor Satu" in mail.text
    assert "https://zi.test/kewajiban/" in mail.text


def test_every_kind_that_a_policy_is_about_has_a_name_and_leads_to_a_page_that_its_people_may_open() -> None:
    pages = {
        "/kewajiban/": "page_duty",
        "/gratifikasi/": "page_gift",
        "/benturan-kepentingan/peta": "page_map",
        "/benturan-kepentingan/": "page_conflict",
        "/pengaduan/": "page_case",
    }
    book = load_policies(profiles={"a-1": "peradilan"})
    for rule in book.rules:
        told_to = {name for rung in rule.ladder.rungs for name in rung.to} & {"holder", "breach_to"}
        for kind in rule.kinds:
            assert kind in KINDS, kind
            path = page_of(About(uuid4(), kind, "u-1", "a-1"))
            page = next(name for start, name in pages.items() if path.startswith(start))
            for role in {*rule.addressees(told_to, book.superiors)} - {REPORTER_ROLE, DECLARANT}:
                MATRIX.allow(Principal("siapa", frozenset({role}), UNIT), page)


async def test_a_clock_that_was_met_meanwhile_is_no_news(walk: Walk, office: Office) -> None:
    await office.knows("petugas", "complaint_officer")
    await office.clock.set(wib(2026, 1, 8, 9))
    await drain(office.poller)
    await walk.verify()
    await office.told()
    assert ("D1", "complaint_officer", "over") in await office.outcomes()
    assert not [one for one in office.server.taken if "Verifikasi" in one.text]


async def test_nothing_leaves_between_20_and_6_of_the_units_zone(walk: Walk, office: Office) -> None:
    await office.knows("petugas", "complaint_officer")
    await walk.verify()
    await office.clock.set(wib(2026, 1, 6, 20, 30))
    assert await office.told() == []
    await office.clock.set(wib(2026, 1, 7, 5, 50))
    assert await office.told(minutes=5) == []
    assert "siti" in await office.told(minutes=6)


async def test_several_notices_of_one_person_leave_as_one_mail(filer: Filer, office: Office) -> None:
    await office.knows("petugas", "complaint_officer")
    for _ in range(3):
        await filer.submit()
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["petugas"]
    assert str(office.server.taken[0].message["Subject"]) == "3 pemberitahuan pengaduan"


async def test_a_reporter_hears_that_there_is_something_new_and_nothing_of_it(
    walk: Walk, office: Office
) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    assert await office.told() == ["siti", "siti"], "the answer goes alone: much depends on it"
    [(tracking_id,)] = await office.filer.rows("SELECT tracking_id FROM case_file")
    for mail in office.server.taken:
        assert str(mail.message["Subject"]) == "Ada pembaruan pada pengaduan Anda"
        assert tracking_id in mail.text
        assert "https://zi.test/lacak" in mail.text
        for hidden in ("Bambang", "Petugas telah diganti", "Siti", "penangan", "Kantor Satu"):
            assert hidden not in mail.text
    assert await office.of_reporters() == [("verified", "sent"), ("responded", "sent")]


async def test_the_number_of_a_secret_case_stands_in_no_message(walk: Walk, office: Office) -> None:
    async with office.filer.db.transaction() as session:
        await session.execute(text("UPDATE case_file SET is_content_secret = true"))
    await walk.verify()
    assert await office.told() == ["siti"]
    [(tracking_id,)] = await office.filer.rows("SELECT tracking_id FROM case_file")
    assert tracking_id not in office.server.taken[0].data.decode()


async def test_an_officers_message_is_told_and_a_note_for_officers_is_not(walk: Walk, office: Office) -> None:
    for is_internal in (True, False):
        async with office.filer.db.transaction() as session:
            sent = Sent("Mohon tunggu.", is_internal=is_internal)
            await conversation.send_as_officer(session, office.filer.engine, OFFICER, walk.case.id, sent)
    assert await office.told() == ["siti"]
    assert await office.of_reporters() == [("message", "sent")]


async def test_what_a_reporter_did_is_not_told_to_them(walk: Walk, office: Office) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    await walk.accept()
    assert [fact for fact, _ in await office.of_reporters()] == ["verified", "responded"]


@pytest.mark.parametrize("contact", [None, "rumah saya dekat pasar", "0812-7777-8888"])
async def test_a_reporter_whom_no_message_reaches_is_told_by_the_receipt_alone(
    filer: Filer, office: Office, contact: str | None
) -> None:
    walk = Walk(filer, (await filer.submit(person=Person("Siti", contact))).case)
    await walk.verify()
    assert await office.told() == [], "there is no way to numbers"
    assert await office.of_reporters() == [("verified", "by_receipt")]
    assert await filer.rows("SELECT 1 FROM notice") == []


async def test_what_went_out_two_weeks_ago_is_no_news(walk: Walk, office: Office) -> None:
    await office.knows("petugas", "complaint_officer")
    await office.clock.set(wib(2026, 1, 7, 9))
    await drain(office.poller)
    await office.clock.set(wib(2026, 1, 7, 9) + timedelta(days=15))
    assert ("D1", "complaint_officer", None) in await office.outcomes()
    await office.worker.step()
    assert ("D1", "complaint_officer", "stale") in await office.outcomes()
    assert office.server.taken == []


async def test_the_queue_names_a_reporter_by_the_case_alone(
    walk: Walk, office: Office, one_owner: asyncpg.Connection
) -> None:
    await walk.verify()
    await office.hand_on()
    [(recipient, data)] = await office.filer.rows("SELECT recipient, data::text FROM notice")
    assert recipient == f"reporter/{walk.case.id}"
    assert UUID(recipient.partition("/")[2]) == walk.case.id
    assert "siti" not in data.lower()
    assert await one_owner.fetchval("SELECT count(*) FROM outbox WHERE payload::text ILIKE '%siti%'") == 0


@pytest.mark.parametrize(
    ("concerns_superior", "reached"),
    [(False, ["kepala-kantor"]), (True, ["inspektur"])],
)
async def test_a_declaration_about_superiors_is_told_to_the_inspectorate_alone(
    office: Office, concerns_superior: bool, reached: list[str]
) -> None:
    await office.knows("kepala-kantor", "unit_leader")
    await office.knows("inspektur", "inspector", AGENCY)
    await office.knows("sari", "inspector", AGENCY)
    declared = Conflict(
        "Pengadaan", "Pejabat pengadaan", "hubungan_keluarga", "Penetapan pemenang.", concerns_superior
    )
    async with office.filer.db.transaction() as session:
        declarant = Principal("sari", frozenset({"unit_operator"}), UNIT)
        await declare(session, office.filer.engine, declarant, "u-1", declared)
    await office.clock.set(wib(2026, 1, 13, 9))
    assert set(await office.told()) == set(reached)
    assert "deklarasi benturan kepentingan di Kantor Satu" in office.server.taken[0].text


async def test_r238_no_name_or_contact_stands_in_queue_topics_logs_or_metrics_when_people_are_told(
    office: Office, filer: Filer, whatsapp_server: WhatsAppServer, capsys: pytest.CaptureFixture[str]
) -> None:
    left = Person("Siti Pelapor", "0812-7777-8888")
    walk = Walk(filer, (await filer.submit(person=left, content=CONTENT)).case)
    await office.knows("petugas", "complaint_officer")
    office.server.answers["rcpt"] = "550 <petugas@kantor.test> unknown"
    gateway = Gateway(whatsapp_server.url, TOKEN, "zi_pemberitahuan", "id")
    office.by_number(WhatsApp(gateway))
    await walk.verify()
    await filer.submit()
    await office.clock.set(wib(2026, 1, 8, 9))
    await office.told()
    assert [one["to"] for one in whatsapp_server.taken] == ["6281277778888"]
    rows = await filer.rows(
        "SELECT to_jsonb(notice)::text FROM notice"
        " UNION ALL SELECT to_jsonb(notice_mail)::text FROM notice_mail"
        " UNION ALL SELECT to_jsonb(reporter_notice)::text FROM reporter_notice"
        " UNION ALL SELECT to_jsonb(notification)::text FROM notification"
        " UNION ALL SELECT to_jsonb(outbox)::text FROM outbox"
    )
    printed = capsys.readouterr()
    seen = " ".join([*(row[0] for row in rows), printed.out, printed.err, generate_latest().decode()])
    assert "refused_recipient_550" in seen, "what was looked through is all there"
    for hidden in ("Siti", "7777", "kantor.test", "Bambang"):
        assert hidden not in seen


async def test_a_log_in_tells_complaints_where_an_officer_is_reached(office: Office, app: FastAPI) -> None:
    verifier = state_of(app).verifier
    claims = {"email": "dewi@kantor.test", "email_verified": True}
    assert verifier.told is not None
    await verifier.told(Principal("dewi", frozenset({"complaint_supervisor"}), AGENCY), claims)
    await office.filer.submit()
    await office.clock.set(wib(2026, 1, 8, 9))
    assert await office.told() == ["dewi"], "nobody is known below her"


async def test_what_was_put_aside_is_listed_and_retried_by_the_operator_for_complaints_too(
    walk: Walk, office: Office, one_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZI_COMPLAINTS_DATABASE_URL", one_database.app_url)
    office.server.answers["rcpt"] = "550 unknown"
    await walk.verify()
    await office.told()

    async def zi(*words: str) -> str:
        asked = [*words, "--service", "complaints", "--json"]
        done = await asyncio.to_thread(CliRunner().invoke, notices, asked)
        assert done.exit_code == 0, done.output
        return done.output

    assert '"templates": "update"' in await zi("list")
    office.server.answers.clear()
    assert '"retried": 1' in await zi("retry", "--all")
    await office.send()
    assert await office.of_reporters() == [("verified", "sent")], "it reached them after all"
