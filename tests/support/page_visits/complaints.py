"""The pages of complaints: desk, cases, imports, calendar, decrees, identities, and those of reporters."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func

from services.complaints.cases.tables import REPORTER_NOTICE
from services.complaints.deadlines.data import shipped_book
from services.complaints.handling.jobs import Statistics
from shared.http.addresses import (
    CALENDAR,
    CASES,
    COMPLAINT_STATISTICS,
    EVALUATIONS,
    HANDLING_REPORT,
    HANDLING_UNITS,
    IDENTITIES,
    IMPORTS,
    TO_POST,
    case_page,
    identity_page,
)
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Scope
from tests.integration.complaints.acting import FORM, WRONG, Acting, hidden
from tests.support.every_service import BROWSER, Service
from tests.support.forms import filled
from tests.support.page_visits.registers import channel_visits, duty_visits, integrity_visits
from tests.support.page_visits.visit import AGENCY, PHOTO, UNIT, Person, Visit, logged_in
from tests.support.planning import PDF


async def _import_visits(service: Service, chief: Person) -> list[Visit]:
    """A file whose columns nobody knows, one that was tried, one that runs."""
    opened = await service.client.post(
        "/channels",
        json={
            "agency_id": "a-1", "kind": "sp4n", "label": "SP4N-LAPOR!", "address": "https://contoh.go.id",
            "opened_on": "2020-01-01",
        },
        headers=service.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"]),
    )  # fmt: skip
    assert opened.status_code == 201, opened.text
    empty = Visit("imports-refused", IMPORTS, chief.cookies, await chief.form(IMPORTS, agency="a-1"), 422)
    head = "{} Laporan;Isi Laporan;Tanggal Disposisi;Terakhir Diperbarui;Status;Unit Kerja\n"
    good = "LPR-2026-7001;Loket tutup sebelum jam layanan berakhir;02/01/2026;02/01/2026;Diproses;u-1\n"
    wrong = "1.23E+07;Petugas meminta uang;kemarin;02/01/2026;Diproses;u-1\n"
    said = {"source": "sp4n", "stream": "masyarakat", "case_class": "normatif"}
    shown = []
    for name, first in (("mapping", "Kode"), ("checked", "Nomor"), ("running", "Nomor")):
        form = await chief.form(IMPORTS, agency="a-1", **said)
        content = (head.format(first) + good + wrong).encode()
        file = {"file": ("laporan.csv", content, "text/csv")}
        answer = await chief.client.post(IMPORTS, data=form, files=file, headers=BROWSER)
        assert answer.status_code == 303, answer.text
        path = answer.headers["location"]
        if name == "running":
            await chief.send(path, f"{path}/jalankan")
        shown.append(Visit(f"import-{name}", path, chief.cookies))
    return [*shown, Visit("imports", IMPORTS, chief.cookies), empty]


async def _talked(acting: Acting, case: Mapping[str, Any]) -> str:
    """Let both sides write and bring files, of which another case has one too; return the proof's code."""
    place, staff = f"/cases/{case['id']}", acting.headers("complaint_officer")
    long_text = "Terima kasih atas fotonya. Apakah loket nomor tiga juga tutup pada Jumat siang? " * 3
    for text, is_internal in ((long_text, False), ("Cek rekaman kamera loket tiga.", True)):
        body = {"text": text, "is_internal": is_internal}
        said = await acting.client.post(f"{place}/messages", json=body, headers=staff)
        assert said.status_code == 201, said.text
    for receipt in ((await acting.enter())["receipt"], case["receipt"]):
        opened = await acting.client.post("/public/receipt-sessions", json={"receipt": receipt})
        session = {"X-Receipt-Session": opened.json()["token"]}
        sent = await acting.client.post(
            "/public/my-case/attachments",
            data={"text": "Ini foto papan jadwal dan surat saya."},
            files=[("files", ("surat.pdf", PDF, "application/pdf")), ("files", ("foto.png", PHOTO, ""))],
            headers=session,
        )
        assert sent.status_code == 201, sent.text
    return str((await acting.client.get("/public/my-case/proof", headers=session)).json()["code"])


async def _posting_visits(service: Service, acting: Acting, officer: Mapping[str, str]) -> list[Visit]:
    """An answer whose notice came back, and the form of the letter that carries it."""
    answered_of = await acting.answered()
    async with state_of(service.app).db.transaction() as session:
        owed = {"case_id": UUID(answered_of["id"]), "key": "k", "fact": "responded", "cycle": 1}
        await session.execute(
            REPORTER_NOTICE.insert().values(
                **owed, outcome="to_post", at=func.now(), passed_at=func.now(), ended_at=func.now()
            )
        )
    form = f"{case_page(answered_of['tracking_id'])}/kirim-pos"
    far = Scope("agency", agencies=frozenset({"a-9"}))
    refused = await Person(service, officer).form(form, posted_on="2026-01-02", letter="")
    return [
        Visit("to-post", TO_POST, officer),
        Visit("to-post-of-others", TO_POST, await logged_in(service, "case_approver", UNIT, "Made Wirawan")),
        Visit("to-post-none", TO_POST, await logged_in(service, "inspector", far, "Dewi Lestari")),
        Visit("post-answer", form, officer),
        Visit("post-answer-refused", form, officer, refused, 422),
    ]


async def complaints_visits(service: Service) -> list[Visit]:
    """Cases at each stage that its reporter sees, and each form refused."""
    acting = Acting(service.client, service.issuer)

    async def reporter(receipt: str) -> Person:
        person = Person(service)
        opened = await person.client.post("/lacak", data={"receipt": receipt}, headers=BROWSER)
        assert opened.status_code == 303, opened.text
        return person

    told_at_length = "Loket tutup sebelum jam layanan berakhir.\nFotonya: https://foto.test/" + 90 * "a"
    new = await reporter((await acting.enter(text=told_at_length))["receipt"])
    asked_of = await acting.enter(text=told_at_length)
    question = "Tanggal berapa dan di loket mana Anda dilayani? Foto papan antrean juga membantu."
    asked = await acting.act("complaint_officer", asked_of["id"], "request-completion", 1, missing=question)
    assert asked.status_code == 200, asked.text
    waiting = await reporter(asked_of["receipt"])
    told = await reporter((await acting.answered())["receipt"])
    closed = await reporter((await acting.answered())["receipt"])
    await closed.send("/lacak/pengaduan/terima")
    dismissed_of = await acting.enter()
    refused = {"to": "DITOLAK", "text": "Laporan tidak memuat kejadian.", "reason_code": "tidak_memadai"}
    proposed = await acting.act("complaint_officer", dismissed_of["id"], "propose-dismissal", 1, **refused)
    assert proposed.status_code == 200, proposed.text
    proposed_of = await acting.enter()
    await acting.act("complaint_officer", proposed_of["id"], "propose-dismissal", 1, **refused)
    ended = await acting.act("complaint_supervisor", dismissed_of["id"], "confirm-dismissal", 2, to="DITOLAK")
    assert ended.status_code == 200, ended.text
    dismissed = await reporter(dismissed_of["receipt"])
    talked_of = await acting.enter(text=told_at_length)
    talked, proof = await reporter(talked_of["receipt"]), await _talked(acting, talked_of)
    withdrawn = await reporter((await acting.enter())["receipt"])
    await withdrawn.send("/lacak/pengaduan/cabut")

    sender = Person(service)
    page = await sender.client.get("/lapor")
    form = FORM | {"key": hidden(page.text, "key")}
    sent = await sender.client.post("/lapor", data=form, headers=BROWSER)
    received = sent.headers["location"]
    over = Person(service, sender.cookies)
    mark = received.partition("untuk=")[2]
    await over.client.post("/lapor/selesai", data={"untuk": mark}, headers=BROWSER)
    short = form | {"text": "Pendek", "key": "k" * 30}
    faulty = await waiting.form("/lacak/pengaduan", "/lacak/pengaduan/lengkapi", text="Eh")
    objection = await told.form("/lacak/pengaduan/keberatan", text="Eh")
    officer = await logged_in(service, "complaint_officer", UNIT, "Sari Wulandari")
    empty = await talked.form("/lacak/pengaduan/pesan", text="")
    unwritten = await Person(service, officer).form(
        f"{case_page(talked_of['tracking_id'])}/percakapan", text=""
    )
    chief = Person(service, await logged_in(service, "complaint_supervisor", AGENCY, "Agus Setiawan"))
    evaluated = {
        "unit": "u-1", "jalur": "masyarakat", "masa": "2025", "bukti": "Notulen monev 3/2026",
        "kesimpulan": "Semua pengaduan ditindaklanjuti; dua di antaranya terlambat didisposisikan.",
        "temuan": "Disposisi menunggu pengawas yang sedang cuti; penggantinya belum ditunjuk.",
        "tindak_lanjut": "Pelaksana harian ditunjuk dengan surat perintah setiap kali pengawas cuti.",
    }  # fmt: skip
    outsider = await logged_in(
        service, "inspector", Scope("agency", agencies=frozenset({"a-9"})), "Dewi Lestari"
    )
    engine = service.app.state.engine
    await Statistics(state_of(service.app).db, engine.policies).step()
    undecided = await chief.form(EVALUATIONS, **evaluated | {"temuan": "x"})
    await chief.send(EVALUATIONS, **evaluated)
    return [
        *await _calendar_visits(service, acting),
        *await _desk_visits(service, asked_of, proposed_of, officer),
        *await integrity_visits(service),
        *await duty_visits(service, await reporter((await acting.enter())["receipt"])),
        *await channel_visits(service),
        *await _identity_visits(service, officer),
        *await _posting_visits(service, acting, officer),
        Visit("home", "/"),
        Visit("case-talked", case_page(talked_of["tracking_id"]), officer),
        Visit("unanswered", "/pengaduan/pesan/belum-dijawab", officer),
        Visit(
            "unanswered-none",
            "/pengaduan/pesan/belum-dijawab",
            await logged_in(service, "case_handler", UNIT, "Made Wirawan"),
        ),
        Visit("conversation", f"{case_page(talked_of['tracking_id'])}/percakapan", officer),
        Visit("conversation-new", f"{case_page(asked_of['tracking_id'])}/percakapan", officer),
        Visit(
            "conversation-refused",
            f"{case_page(talked_of['tracking_id'])}/percakapan",
            officer,
            unwritten,
            422,
        ),
        Visit("my-case-talked", "/lacak/pengaduan", talked.cookies),
        Visit("proof", "/lacak/pengaduan/bukti", talked.cookies),
        Visit("proof-check", "/keaslian"),
        Visit("proof-genuine", f"/keaslian/{proof}"),
        Visit("proof-not-genuine", "/keaslian?kode=bukan"),
        Visit("message", "/lacak/pengaduan/pesan", talked.cookies),
        Visit("message-refused", "/lacak/pengaduan/pesan", talked.cookies, empty, 422),
        Visit("message-completes", "/lacak/pengaduan/pesan", waiting.cookies),
        Visit("message-over", "/lacak/pengaduan/pesan", withdrawn.cookies),
        Visit("desk", CASES, officer),
        Visit("desk-empty", f"{CASES}?late=1", officer),
        Visit("desk-own", f"{CASES}?giliran=saya&selesai=pindahkan", officer),
        Visit("desk-open", f"{CASES}?state=open", officer),
        Visit("desk-closed", f"{CASES}?state=closed", officer),
        Visit("case", case_page(asked_of["tracking_id"]), officer),
        Visit("case-proposed", case_page(proposed_of["tracking_id"]), officer),
        Visit("case-dismissed-desk", case_page(dismissed_of["tracking_id"]), officer),
        Visit("policies", "/pengaduan/aturan", officer),
        Visit("handling", HANDLING_REPORT, officer),
        Visit("handling-agency", f"{HANDLING_REPORT}?menurut=agency&jalur=pelayanan", officer),
        *await _decree_visits(chief, outsider),
        Visit("evaluations-empty", EVALUATIONS, outsider),
        Visit("evaluations", EVALUATIONS, chief.cookies),
        Visit("evaluations-refused", EVALUATIONS, chief.cookies, undecided, 422),
        *await _import_visits(service, chief),
        Visit("statistics", COMPLAINT_STATISTICS),
        Visit("statistics-empty", f"{COMPLAINT_STATISTICS}?tahun=2020"),
        Visit("handling-unit", f"{HANDLING_REPORT}?unit=u-1", officer),
        Visit("handling-empty", f"{HANDLING_REPORT}?masa=2020-Q1", officer),
        Visit("case-not-there", case_page("109790315935"), officer, status=404),
        Visit("report", "/lapor?unit=u-1"),
        Visit("report-refused", "/lapor", form=short, status=422),
        Visit("received", received, sender.cookies),
        Visit("received-over", received, over.cookies),
        Visit("track", "/lacak"),
        Visit("track-refused", "/lacak", form={"receipt": WRONG}, status=404),
        Visit("case-new", "/lacak/pengaduan", new.cookies),
        Visit("case-waiting", "/lacak/pengaduan", waiting.cookies),
        Visit("case-refused", "/lacak/pengaduan/lengkapi", waiting.cookies, faulty, 422),
        Visit("case-answered", "/lacak/pengaduan", told.cookies),
        Visit("accept", "/lacak/pengaduan/terima", told.cookies),
        Visit("object", "/lacak/pengaduan/keberatan", told.cookies),
        Visit("object-refused", "/lacak/pengaduan/keberatan", told.cookies, objection, 422),
        Visit("withdraw", "/lacak/pengaduan/cabut", told.cookies),
        Visit("case-closed", "/lacak/pengaduan", closed.cookies),
        Visit("reopen", "/lacak/pengaduan/buka-kembali", closed.cookies),
        Visit("case-dismissed", "/lacak/pengaduan", dismissed.cookies),
        Visit("appeal", "/lacak/pengaduan/banding", dismissed.cookies),
        Visit("case-withdrawn", "/lacak/pengaduan", withdrawn.cookies),
        Visit("form-of-another-tab", "/lacak/pengaduan/cabut", new.cookies, {"case": "x"}, 409),
        Visit("no-such-page", "/lapor/tidak-ada", status=404),
    ]


async def _calendar_visits(service: Service, acting: Acting) -> list[Visit]:
    """A calendar with a draft, and a unit's own, as those see them who may change them, and forms refused."""
    for _ in range(3):
        await acting.enter()
    admin = Person(service, await logged_in(service, "admin", Scope("national"), "Sri Wahyuni"))
    head = Person(service, await logged_in(service, "complaint_supervisor", UNIT, "Hendra Gunawan"))
    off = shipped_book(Zone.WIB).names()
    ahead = (date.today() + timedelta(days=n) for n in range(2, 30))  # noqa: DTZ011 - any day soon does
    soon = next(day for day in ahead if day.isoweekday() <= 5 and day not in off)
    year, unit = f"{CALENDAR}/{soon.year}", f"{CALENDAR}/unit/u-1"
    change = {
        "decree": "SKB 7/2026, 3/2026, 2/2026",
        "date_1": soon.isoformat(),
        "name_1": "Cuti Bersama Hari Raya Idulfitri",
        "kind_1": "cuti_bersama",
    }
    form = filled((await admin.client.get(f"{year}/ubah")).text, f"{year}/ubah")
    assert form is not None
    half = form | {"decree": "SKB 7", "date_2": soon.isoformat()}
    sent = await admin.client.post(f"{year}/ubah", data=form | change, headers=BROWSER)
    assert sent.status_code == 303, sent.text
    wrong = await admin.form(f"{year}/usulan", f"{year}/kukuhkan", decree="SKB 8/2026")
    own = await head.form(f"{unit}/libur", **change | {"kind_1": "local", "name_1": "Hari Jadi Kota"})
    nothing = await head.form(f"{unit}/libur", decree="SK 7")
    now = filled((await head.client.get(f"{unit}/pekan")).text, f"{unit}/pekan")
    assert now is not None
    due = f"{CALENDAR}/hitung"
    return [
        Visit("calendar", CALENDAR, admin.cookies),
        Visit("calendar-read", f"{CALENDAR}?cari=tidak+ada", head.cookies),
        Visit("calendar-year", year, admin.cookies),
        Visit("calendar-year-missing", f"{CALENDAR}/2040", admin.cookies),
        Visit("calendar-zone", f"{year}?zona=WITA", head.cookies),
        Visit("calendar-change", f"{year}/ubah", admin.cookies),
        Visit("calendar-change-refused", f"{year}/ubah", admin.cookies, half, 422),
        Visit("calendar-draft", f"{year}/usulan", admin.cookies),
        Visit("calendar-draft-none", f"{CALENDAR}/2025/usulan", admin.cookies),
        Visit("calendar-confirm-refused", f"{year}/kukuhkan", admin.cookies, wrong, 422),
        Visit("calendar-discard", f"{year}/buang", admin.cookies),
        Visit("calendar-unit", unit, head.cookies),
        Visit("calendar-week", f"{unit}/pekan", head.cookies),
        Visit("calendar-week-refused", f"{unit}/pekan", head.cookies, now | {"hours_1": "pagi"}, 422),
        Visit("calendar-week-ask", f"{unit}/pekan", head.cookies, now),
        Visit("calendar-days-off", f"{unit}/libur", head.cookies),
        Visit("calendar-days-off-refused", f"{unit}/libur", head.cookies, nothing, 422),
        Visit("calendar-days-off-ask", f"{unit}/libur", head.cookies, own),
        Visit("calendar-due", due, head.cookies),
        Visit("calendar-due-told", f"{due}?tanggal=2026-03-12&lama=60&satuan=wd", head.cookies),
        Visit("calendar-due-refused", f"{due}?tanggal=besok&lama=5", head.cookies, status=422),
    ]


async def _decree_visits(chief: Person, outsider: dict[str, str]) -> list[Visit]:
    """Return the pages of handling units: by decree, without one, refused, and about to end."""
    new = f"{HANDLING_UNITS}/baru"
    entered = {
        "name": "Tim Penanganan Pengaduan Kantor Layanan Melati", "decree_number": "SK-12/KEP/2026",
        "decreed_on": "2026-01-05", "valid_from": "2026-01-05", "streams": "keduanya", "units": "u-1",
        "members": "putu ketua\nsari\nwati sekretaris",
    }  # fmt: skip
    refused = await chief.form(new, **entered | {"members": "putu kepala"})
    await chief.send(new, **entered)
    page = await chief.client.get(HANDLING_UNITS)
    made = re.findall(rf'href="({HANDLING_UNITS}/[0-9a-f-]{{36}})"', page.text)[-1]
    unsaid = await chief.form(f"{made}/akhiri", reason="x")
    return [
        Visit("handling-units", HANDLING_UNITS, chief.cookies),
        Visit("handling-units-empty", HANDLING_UNITS, outsider),
        Visit("handling-unit-new", new, chief.cookies),
        Visit("handling-unit-refused", new, chief.cookies, refused, 422),
        Visit("handling-unit-of", made, chief.cookies),
        Visit("handling-unit-change", f"{made}/ubah", chief.cookies),
        Visit("handling-unit-end", f"{made}/akhiri", chief.cookies),
        Visit("handling-unit-end-refused", f"{made}/akhiri", chief.cookies, unsaid, 422),
    ]


async def _desk_visits(
    service: Service, asked_of: Mapping[str, str], proposed_of: Mapping[str, str], officer: Mapping[str, str]
) -> list[Visit]:
    """The forms of acts of every kind of field, refused, and before what binds happens."""
    acting = Acting(service.client, service.issuer)
    new = await acting.enter()
    verifying, asking = (
        f"{case_page(new['tracking_id'])}/{path}" for path in ("verifikasi", "minta-kelengkapan")
    )
    person = Person(service, officer)
    waiting = case_page(asked_of["tracking_id"])
    ending = f"{case_page(new['tracking_id'])}/usul-tutup"
    chief = await logged_in(service, "complaint_supervisor", UNIT, "Agus Setiawan")
    await acting.enter(received_at="2026-01-05T09:00:00+07:00", backdate_reason="Surat lama ditemukan.")
    reassigned = (await acting.answered())["tracking_id"]
    handled = case_page(reassigned)
    return [
        Visit("act-verify", verifying, officer),
        Visit("act-verify-refused", verifying, officer, await person.form(verifying, note="Eh"), 422),
        Visit("act-sure", asking, officer, await person.form(asking, missing="Tanggal kejadian?")),
        Visit("act-dismiss", ending, officer),
        Visit("act-decide", f"{case_page(proposed_of['tracking_id'])}/setujui-penutupan", chief),
        Visit("overdue", f"{CASES}/lewat-waktu", chief),
        Visit("overdue-none", f"{CASES}/lewat-waktu?umur=30", chief),
        Visit("bulk", f"{CASES}/borongan?nomor={reassigned}&nomor={new['tracking_id']}", chief),
        Visit("bulk-none", f"{CASES}/borongan?tindakan=pindahkan", chief),
        Visit("bulk-sure", f"{CASES}/borongan", chief, await _bulk(service, chief, reassigned)),
        Visit("desk-chief", f"{CASES}?state=open", chief),
        Visit("act-reassign", f"{handled}/ganti-penangan", chief),
        Visit("case-answered-desk", f"{handled}?selesai=setujui-tanggapan", chief),
        Visit("case-closed-act", f"{waiting}?tertutup=verifikasi", officer),
    ]


async def _identity_visits(service: Service, officer: Mapping[str, str]) -> list[Visit]:
    """The door to who reported: before it, behind it, closed, and with nobody behind it."""
    acting = Acting(service.client, service.issuer)
    told = {"name": "Wulan Contoh", "contact": "0812 3456 7890, wulan@contoh.example"}
    named, hidden_one = await acting.enter(**told), await acting.enter(**told, is_name_hidden=True)
    nameless = await acting.enter()
    door, closed, empty = (identity_page(one["tracking_id"]) for one in (named, hidden_one, nameless))
    custodian = await logged_in(service, "custodian", AGENCY, "Putu Lestari")
    why = await Person(service, officer).form(door, reason="Memastikan bukti yang dikirim lewat telepon.")
    return [
        Visit("identities", IDENTITIES, custodian),
        Visit("identities-none", f"{IDENTITIES}?nomor=000000000000", custodian, None, 404),
        Visit("identity", door, officer),
        Visit("identity-refused", door, officer, why | {"reason": ""}, 422),
        Visit("identity-shown", door, officer, why),
        Visit("identity-opened-before", door, custodian),
        Visit("identity-hidden", closed, officer),
        Visit("identity-hidden-custodian", closed, custodian),
        Visit("identity-nobody", empty, officer),
        Visit("case-named", case_page(named["tracking_id"]), officer),
    ]


async def _bulk(service: Service, chief: Mapping[str, str], number: str) -> dict[str, str]:
    """Return the form that names another handler of a case."""
    path = f"{CASES}/borongan"
    form = await Person(service, chief).form(f"{path}?nomor={number}&tindakan=ganti-penangan", path)
    return form | {"handler": "test-case_handler"}
