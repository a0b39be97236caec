"""Every page of every service as somebody comes to it: with content, refused, thanked for, withdrawn from."""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx2
from fastapi import Response
from sqlalchemy import func

from services.complaints.cases.tables import REPORTER_NOTICE
from services.complaints.deadlines.data import shipped_book
from services.complaints.duties.pages import words
from services.complaints.handling.jobs import Statistics
from services.planning.settings import Settings
from shared.http.addresses import (
    CALENDAR,
    CAMPAIGNS,
    CASES,
    CHANNEL_REGISTER,
    CHANNELS,
    COMPLAINT_STATISTICS,
    CONFLICTS,
    DUTIES,
    EVALUATIONS,
    GIFTS,
    HANDLING_REPORT,
    HANDLING_UNITS,
    IDENTITIES,
    IMPORTS,
    PEOPLE,
    PROPOSALS,
    TASKS,
    TO_POST,
    UNITS,
    WINDOWS,
    WORKLOAD,
    WORKSHEETS,
    case_page,
    channels_of,
    identity_page,
    predicates_page,
    proposal_page,
    worksheet_page,
)
from shared.http.reference.paths import EVENTS, OPERATIONS
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.integration.complaints.acting import FORM, WRONG, Acting, hidden
from tests.support import lke, nominating
from tests.support.every_service import BROWSER, Service
from tests.support.forms import filled
from tests.support.http import ORIGIN
from tests.support.planning import PDF, YEAR, Planning
from tests.support.portal import in_days
from tests.support.scoring import activity, answered, case, fold_all, programme, registered, tally, threshold
from tests.support.stages import lead_to, let_propose, whole_sheet
from tests.support.unit_files import HEADERS, csv_file

PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
LONG_NAME = "Kantor Pertanggungjawaban dan Pendayagunaan Sumber Daya Kesejahteraan Masyarakat"
"""Names are as long as agencies write them."""


@dataclass(frozen=True)
class Visit:
    """A page under its name: its address, whose cookies, and the `form` and `file` that are sent to it."""

    name: str
    path: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    status: int = 200
    file: bytes | None = None


class Person:
    """A browser without a window, in which somebody gets as far as the page to be looked at."""

    def __init__(self, service: Service, cookies: Mapping[str, str] | None = None) -> None:
        transport = httpx2.ASGITransport(service.app)
        self.client = httpx2.AsyncClient(
            transport=transport, base_url=ORIGIN, headers=BROWSER, cookies=dict(cookies or {})
        )

    @property
    def cookies(self) -> dict[str, str]:
        return {one.name: one.value or "" for one in self.client.cookies.jar}

    async def form(self, path: str, action: str | None = None, **fields: str) -> dict[str, str]:
        """Return the form of a page that is sent to `action`, filled in."""
        page = (await self.client.get(path)).text
        (found, *_) = re.findall(
            rf'<form[^>]*action="{re.escape(action or path)}".*?</form>', page, re.DOTALL
        )
        hidden_ones = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found)
        return dict(hidden_ones) | fields

    async def send(self, path: str, action: str | None = None, **fields: str) -> httpx2.Response:
        """Fill in the form of a page and send it."""
        form = await self.form(path, action, **fields)
        answer = await self.client.post(action or path, data=form, headers=BROWSER)
        assert answer.status_code == 303, answer.text
        return answer


async def logged_in(service: Service, role: str, scope: Scope, name: str = "Ratna Dewi") -> dict[str, str]:
    """Return the cookies of somebody who is logged in."""
    answer = Response()
    await state_of(service.app).sessions.open(
        answer, Principal(f"test-{role}", frozenset({role}), scope), name
    )
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    return {name: value}


AGENCY = Scope("agency", agencies=frozenset({"a-1"}))
UNIT = Scope("unit", agencies=frozenset({"a-1"}), units=frozenset({"u-1"}))


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


async def scoring_visits(service: Service) -> list[Visit]:
    """A scoreboard of four units: one near its goal, one ready, one that has begun and one that has not."""
    sheet = list(enumerate(lke.best(B_I_a="3.55", A_I_1_i_a=None).items(), 1))
    near = [answered("u-1", version, code, answer) for version, (code, answer) in sheet]
    full = [
        answered("u-2", version, code, answer) for version, (code, answer) in enumerate(lke.best().items(), 1)
    ]
    await fold_all(
        state_of(service.app).db,
        [
            registered("u-1", version=2, agency_id="a-1", name=LONG_NAME),
            *near,
            activity("u-1", 1),
            activity("u-1", 2),
            activity("u-1", 2, is_done=True),
            answered("u-1", 900, "A.I.1.i.b", "B", layer="tpi"),
            answered("u-1", 901, "A.I.1.i.c", "B", layer="tpn"),
            case("u-1", "u-1-1", counts_as="completed"),
            case("u-1", "u-1-2"),
            tally("u-1", "s-u-1", released_n=20),
            threshold("u-1", "s-u-1", willing=28, finished=28),
            registered("u-2", agency_id="a-1", name="Kantor Layanan Cendana"),
            programme("u-2", target="WBBM"),
            *full,
            threshold("u-2", "s-u-2"),
            registered("u-3", agency_id="a-1", name="Balai Pengujian Jati"),
            programme("u-3"),
            answered("u-3", 1, "A.I.1.i.a", "Ya"),
            registered("u-4", agency_id="a-1", name="Balai Pelatihan Ulin"),
            programme("u-4"),
        ],
    )
    head = await logged_in(service, "agency_head", AGENCY)
    elsewhere = await logged_in(service, "agency_head", Scope("agency", agencies=frozenset({"a-9"})))
    stranger = await logged_in(service, "complaint_officer", UNIT)
    return [
        Visit("start", "/"),
        Visit("privacy", "/privasi"),
        Visit("privacy-version", "/privasi/1"),
        Visit("apis", "/api"),
        Visit("board", "/nilai", head),
        Visit("board-empty", "/nilai", elsewhere),
        Visit("unit", "/nilai/u-1", head),
        Visit("unit-ready", "/nilai/u-2", head),
        Visit("unit-new", "/nilai/u-4", head),
        Visit("item", "/nilai/u-1/butir/A.I.1.i.b", head),
        Visit("item-counts", "/nilai/u-1/butir/A.II.5.ii.a", head),
        Visit("node", "/nilai/u-1/butir/A.I.1", head),
        Visit("way", "/nilai/u-1/jalan", head),
        Visit("way-closed", "/nilai/u-4/jalan?most_areas=3&without=B.I.a&predicate=WBBM", head),
        Visit("way-none", "/nilai/u-2/jalan", head),
        Visit("suppose", "/nilai/u-1/andai?j.B.I.b=E&butir=A.II.4.i.a", head),
        Visit("suppose-refused", "/nilai/u-1/andai?j.B.I.a=4,5&j.A.II.4.i.a.n1=-1", head, status=422),
        Visit("history", "/nilai/u-1/riwayat", head),
        Visit("history-refused", "/nilai/u-1/riwayat?first=2026-03-02&last=2026-03-01", head, status=422),
        Visit("history-none", "/nilai/u-4/riwayat", head),
        Visit("compare", "/nilai/u-1/banding?with_unit=u-3", head),
        Visit("compare-seek", "/nilai/u-1/banding?cari=balai", head),
        Visit("board-narrow", "/nilai?stage=desk&missed=B.I.a&survey=none&filled=part&proposed=yes", head),
        Visit("old-board", "/unit/u-1", head),
        Visit("old-item", "/unit/u-1/butir/A.I.1.i.b", head),
        Visit("not-allowed", "/nilai", stranger, status=403),
        Visit("not-there", "/nilai/u-9", head, status=404),
        Visit("no-such-page", "/tidak/ada", status=404),
    ]


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


async def integrity_visits(service: Service) -> list[Visit]:
    """Gifts, declarations and a map, as staff, the gratification unit and the superior see them."""
    staff = await logged_in(service, "unit_operator", UNIT, "Rina Kartika")
    upg = await logged_in(service, "gratification_officer", UNIT, "Dewi Lestari")
    leader = await logged_in(service, "unit_leader", UNIT, "Agus Prasetyo")
    person, superior, officer = (Person(service, cookies) for cookies in (staff, leader, upg))
    elsewhere = await logged_in(service, "tpi", Scope("unit", units=frozenset({"u-9"})), "Wahyu Hidayat")
    gift = {
        "office": "u-1", "direction": "terima", "received_on": "2025-08-04", "place": "Ruang tamu kantor",
        "object_kind": "barang", "estimate": "1.750.000", "occasion": "ulang_tahun",
        "giver_relation": "rekan_kerja", "giver": "Bambang Contoh",
    }  # fmt: skip
    reported = (await person.send(f"{GIFTS}/lapor", **gift)).headers["location"]
    declaration = {
        "office": "u-1", "activity": "Pengadaan alat tulis kantor", "position": "Pejabat pengadaan",
        "conflict_type": "hubungan_keluarga",
        "decision": "Penetapan pemenang pengadaan; salah satu penawar saudara kandung saya.",
    }  # fmt: skip
    declared = (await person.send(f"{CONFLICTS}/deklarasi", **declaration)).headers["location"]
    entry = {
        "office": "u-1", "activity": "Perizinan", "position": "Pemeriksa berkas",
        "conflict_type": "hubungan_keluarga", "control": "Berkas keluarga diperiksa petugas lain.",
    }  # fmt: skip
    await person.send(f"{CONFLICTS}/peta/baru", **entry)
    page = (await superior.client.get(f"{CONFLICTS}/peta")).text
    (shown,) = re.findall(rf'href="({CONFLICTS}/peta/butir/[^"]+)"', page)
    twice = await person.form(f"{CONFLICTS}/peta/baru", **entry)
    settled = await officer.form(f"{reported}/tetapkan", ownership="milik_negara")
    why = await officer.form(f"{reported}/pemberi", reason="Mengisi formulir KPK.")
    faulty = {
        path: await someone.form(path, **fields)
        for someone, path, fields in (
            (person, f"{GIFTS}/lapor", {"place": "x", "estimate": "-5"}),
            (officer, f"{reported}/minta-data", {"missing": "x"}),
            (officer, f"{GIFTS}/nihil", {"office": "u-1", "period": "2025-S2"}),
            (person, f"{CONFLICTS}/deklarasi", {"activity": "x"}),
            (person, shown, {"activity": "x"}),
        )
    }
    asked_twice = await superior.form(f"{declared}/putuskan", is_conflict="true", reason="Ada hubungan.")
    return [
        Visit("gifts-empty", GIFTS, elsewhere),
        Visit("conflicts-empty", CONFLICTS, elsewhere),
        Visit("map-empty", f"{CONFLICTS}/peta", elsewhere),
        Visit("nil-empty", f"{GIFTS}/nihil", elsewhere),
        Visit("gifts", GIFTS, staff),
        Visit("gifts-officer", GIFTS, upg),
        Visit("gift-form", f"{GIFTS}/lapor", staff),
        Visit("gift-form-refused", f"{GIFTS}/lapor", staff, faulty[f"{GIFTS}/lapor"], 422),
        Visit("gift", reported, staff),
        Visit("gift-officer", reported, upg),
        Visit("gift-ask", f"{reported}/minta-data", upg),
        Visit("gift-ask-refused", f"{reported}/minta-data", upg, faulty[f"{reported}/minta-data"], 422),
        Visit("gift-settle-early", f"{reported}/tetapkan", upg, settled, 409),
        Visit("gift-settle", f"{reported}/tetapkan", upg),
        Visit("gift-finish", f"{reported}/selesai", upg),
        Visit("giver", f"{reported}/pemberi", upg),
        Visit("giver-shown", f"{reported}/pemberi", upg, why),
        Visit("nil", f"{GIFTS}/nihil", upg),
        Visit("nil-refused", f"{GIFTS}/nihil", upg, faulty[f"{GIFTS}/nihil"], 409),
        Visit("conflicts", CONFLICTS, leader),
        Visit("declaration", f"{CONFLICTS}/deklarasi", staff),
        Visit("declaration-refused", f"{CONFLICTS}/deklarasi", staff, faulty[f"{CONFLICTS}/deklarasi"], 422),
        Visit("conflict", declared, staff),
        Visit("conflict-superior", declared, leader),
        Visit("conflict-assess", f"{declared}/nilai", leader),
        Visit("conflict-decide", f"{declared}/putuskan", leader),
        Visit("conflict-decide-early", f"{declared}/putuskan", leader, asked_twice, 409),
        Visit("map", f"{CONFLICTS}/peta", leader),
        Visit("map-new", f"{CONFLICTS}/peta/baru", staff),
        Visit("map-twice", f"{CONFLICTS}/peta/baru", staff, twice, 409),
        Visit("map-entry", shown, staff),
        Visit("map-entry-refused", shown, staff, faulty[shown], 422),
    ]


async def duty_visits(service: Service, reporter: Person) -> list[Visit]:
    """What is owed to people and to the Ombudsman, as its officers and whoever holds a receipt see it."""
    privacy = await logged_in(service, "privacy_officer", UNIT, "Melia Astuti")
    head = await logged_in(service, "agency_head", AGENCY, "Wulan Anggraini")
    chief = await logged_in(service, "complaint_supervisor", AGENCY, "Agus Setiawan")
    elsewhere = await logged_in(service, "privacy_officer", Scope("unit", units=frozenset({"u-9"})))
    officer, supervisor, mine = Person(service, privacy), Person(service, chief), "/lacak/pengaduan/data"
    wish = {"wish": "perbaikan", "text": "Alamat saya pada laporan ini salah; seharusnya Jalan Cempaka 7."}
    await reporter.send(mine, **wish)
    own = re.findall(rf'href="({mine}/[^"]+/cabut)"', (await reporter.client.get(mine)).text)[0]
    page = (await officer.client.get(DUTIES)).text
    (asked,) = re.findall(rf'href="({DUTIES}/[0-9a-f-]{{36}})"', page)
    await officer.send(f"{asked}/minta-bukti", proof="Sebutkan tanggal dan tempat Anda melapor.")
    refused = {"outcome": "sebagian", "ground": "mengungkap_orang_lain", "text": "Nama saksi kami hitamkan."}
    new_request, new_breach, new_report = (f"{DUTIES}/baru/{kind}" for kind in words.BY_SLUG)
    written = {
        "office": "u-1", "wish": "akses", "text": "Minta salinan semua data saya.", "name": "Bambang Contoh",
        "contact": "bambang@contoh.id", "received_on": "2026-01-02", "received_clock": "09:30",
    }  # fmt: skip
    by_letter = (await officer.send(new_request, **written)).headers["location"]
    found = {
        "office": "u-1", "detected_on": "2026-01-02", "detected_clock": "08:15",
        "summary": "Daftar hadir pelatihan terkirim ke alamat surat elektronik yang bukan pesertanya.",
    }  # fmt: skip
    breach = (await officer.send(new_breach, **found)).headers["location"]
    assessed = {
        "data_kinds": "Nama, nomor telepon, dan tanda tangan peserta.", "people_count": "48",
        "happened": "Alamat penerima dipilih dari saran otomatis dan tidak diperiksa lagi.",
    }  # fmt: skip
    await officer.send(f"{breach}/nilai", **assessed)
    report = {
        "office": "u-1", "number": "0042/LHP/2026", "issued_on": "2026-01-05", "received_on": "2026-01-06",
        "actions": "Perbaiki jadwal loket pada hari Jumat.\nUmumkan standar layanan di ruang tunggu.",
    }  # fmt: skip
    lhp = (await supervisor.send(new_report, **report)).headers["location"]
    done = {"number": "1", "is_done": "true", "evidence": "BA-7/2026"}
    await supervisor.send(f"{lhp}/catat-tindakan", **done)
    why = await officer.form(f"{by_letter}/pemohon", reason="Mengirim jawaban lewat pos.")
    early = await supervisor.form(f"{lhp}/laporkan", letter_number="S-9/2026", letter_on="2026-01-07")
    faulty = {
        path: await someone.form(path, **fields)
        for someone, path, fields in (
            (officer, new_request, {"text": "x", "received_clock": "25:00"}),
            (officer, new_breach, {"summary": "x"}),
            (supervisor, new_report, {"actions": "Perbaiki jadwal.\nx"}),
            (officer, f"{asked}/jawab", {"outcome": "ditolak", "text": "Tidak dapat."}),
            (officer, f"{breach}/beri-tahu", {"people_told": "x"}),
            (supervisor, f"{lhp}/catat-tindakan", {"number": "2", "is_done": "false"}),
            (reporter, mine, {"text": "x"}),
        )
    }
    closed = (await officer.send(new_request, **written | {"wish": "pembatasan"})).headers["location"]
    await officer.send(f"{closed}/jawab", **refused)
    return [
        Visit("duties-empty", DUTIES, elsewhere),
        Visit("duties", DUTIES, privacy),
        Visit("duties-head", DUTIES, head),
        Visit("duties-late", f"{DUTIES}?jenis=permintaan-data&late=1", head),
        Visit("duties-closed", f"{DUTIES}?state=closed", chief),
        Visit("duty-request", asked, privacy),
        Visit("duty-request-answered", closed, head),
        Visit("duty-request-new", new_request, privacy),
        Visit("duty-request-refused", new_request, privacy, faulty[new_request], 422),
        Visit("duty-answer", f"{asked}/jawab", privacy),
        Visit("duty-answer-refused", f"{asked}/jawab", privacy, faulty[f"{asked}/jawab"], 422),
        Visit("duty-proof", f"{asked}/minta-bukti", privacy),
        Visit("duty-person", f"{by_letter}/pemohon", privacy),
        Visit("duty-person-shown", f"{by_letter}/pemohon", privacy, why),
        Visit("duty-breach", breach, privacy),
        Visit("duty-breach-new", new_breach, privacy),
        Visit("duty-breach-refused", new_breach, privacy, faulty[new_breach], 422),
        Visit("duty-notify", f"{breach}/beri-tahu", privacy),
        Visit("duty-notify-refused", f"{breach}/beri-tahu", privacy, faulty[f"{breach}/beri-tahu"], 422),
        Visit("duty-ruled-out", f"{breach}/bukan-insiden", head),
        Visit("duty-report", lhp, chief),
        Visit("duty-report-new", new_report, chief),
        Visit("duty-report-refused", new_report, chief, faulty[new_report], 422),
        Visit("duty-action", f"{lhp}/catat-tindakan", chief),
        Visit("duty-action-refused", f"{lhp}/catat-tindakan", chief, faulty[f"{lhp}/catat-tindakan"], 422),
        Visit("duty-report-early", f"{lhp}/laporkan", chief, early, 409),
        Visit("my-data", mine, reporter.cookies),
        Visit("my-data-refused", mine, reporter.cookies, faulty[mine], 422),
        Visit("my-data-withdraw", own, reporter.cookies),
    ]


async def channel_visits(service: Service) -> list[Visit]:
    """Channels of a unit: one that answers, one that does not, one that is made known nowhere, one closed."""
    await service.owner.execute(
        "INSERT INTO unit VALUES ('u-7', 'a-7', $1, 'WITA', true, false, 1, '')", LONG_NAME
    )
    keeper = await logged_in(service, "complaint_supervisor", AGENCY, "Agus Setiawan")
    person, new = Person(service, keeper), f"{CHANNEL_REGISTER}/buka/baru"
    said = (
        {"kind": "telepon", "label": "Telepon pengaduan", "address": "+62 21 5550100"},
        {"kind": "kotak", "label": "Kotak pengaduan lobi", "address": "Lobi utama, di samping pintu masuk"},
        {
            "kind": "web", "label": "Formulir web", "mark": "Sampaikan pengaduan",
            "address": f"https://contoh.go.id/{'pengaduan-' * 9}",
        },
        {"kind": "sms", "label": "SMS lama", "address": "0812 5550 0100"},
    )  # fmt: skip
    phone, box, form, old = [
        (await person.send(new, office="unit:u-1", **fields)).headers["location"] for fields in said
    ]
    await person.send(f"{phone}/tempat", place_kind="poster", place="Ruang tunggu lantai 1", picture="BA-7")
    await person.send(f"{phone}/uji", result="ok", note="Diangkat dalam dua puluh detik.")
    for _ in range(3):
        await person.send(f"{box}/uji", result="failed", note="Kuncinya hilang; kotak tidak dapat dibuka.")
    await person.send(f"{old}/tutup", reason="Nomornya tidak dilanjutkan oleh penyedia.")
    twice = await person.form(f"{old}/tutup", reason="Ditutup sekali lagi.")
    refused = await person.form(new, office="unit:u-1", kind="telepon", label="x", address="hubungi kami")
    nowhere = await logged_in(
        service, "complaint_supervisor", Scope("agency", agencies=frozenset({"a-9"})), "Dewi Lestari"
    )
    reader = await logged_in(service, "case_handler", UNIT, "Made Wirawan")
    faulty = {
        act: await person.form(f"{phone}/{act}", **fields)
        for act, fields in (
            ("uji", {"note": "x"}),
            ("ubah", {"address": "kantor"}),
            ("tempat", {"place": "x"}),
            ("tutup", {"reason": "Diganti.", "closed_on": "2020-01-01"}),
        )
    }
    return [
        Visit("channels", CHANNELS),
        Visit("channels-unknown", f"{CHANNELS}?cari=antah"),
        Visit("channels-of-unit", channels_of("u-1")),
        Visit("channels-of-unit-without", channels_of("u-7")),
        Visit("channels-of-nobody", channels_of("u-9"), status=404),
        Visit("channel-register", CHANNEL_REGISTER, keeper),
        Visit("channel-register-down", f"{CHANNEL_REGISTER}?lihat=gangguan&unit=u-1", keeper),
        Visit("channel-register-closed", f"{CHANNEL_REGISTER}?lihat=ditutup", reader),
        Visit("channel-register-empty", CHANNEL_REGISTER, nowhere),
        Visit("channel-new", new, keeper),
        Visit("channel-new-refused", new, keeper, refused, 422),
        Visit("channel", phone, keeper),
        Visit("channel-down", box, reader),
        Visit("channel-link", form, keeper),
        Visit("channel-closed", old, keeper),
        Visit("channel-closed-twice", f"{old}/tutup", keeper, twice, 409),
        *(Visit(f"channel-{act}", f"{phone}/{act}", keeper) for act in faulty),
        Visit("channel-change-link", f"{form}/ubah", keeper),
        *(
            Visit(f"channel-{act}-refused", f"{phone}/{act}", keeper, fields, 422)
            for act, fields in faulty.items()
        ),
    ]


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


async def survey_visits(service: Service) -> list[Visit]:
    """An invitation from consent to thanks and back, and a campaign that is over."""
    operator = service.issuer.headers("survey_operator", agencies=["a-1"], units=["u-1"])
    leader = service.issuer.headers("unit_leader", agencies=["a-1"], units=["u-1"])

    async def campaign(regime_id: str, period: str, people: int) -> tuple[str, list[Person]]:
        body = {"unit_id": "u-1", "regime": regime_id, "period": period}
        made = await service.client.post("/campaigns", json=body, headers=operator)
        place = made.headers["location"]
        opened = await service.client.post(
            f"{place}/open", headers=operator | {"If-Match": made.headers["etag"]}
        )
        assert opened.status_code == 200, opened.text
        invited = await service.client.post(f"{place}/invitations", json={"count": people}, headers=operator)
        found = []
        for one in invited.json()["items"]:
            person = Person(service)
            await person.client.get(f"/s/{one['token']}")
            found.append(person)
        return opened.headers["etag"], found

    async def decide(person: Person, decision: str) -> None:
        await person.send("/s", "/s/persetujuan", decision=decision)

    _, (new, refusing, asked, done, left) = await campaign("mandiri.2023", "2025", 5)
    await decide(refusing, "refused")
    for person in (asked, done, left):
        await decide(person, "willing")
    page = (await done.client.get("/s")).text
    answers = dict.fromkeys(re.findall(r'type="radio" name="([^"]+)"', page), "5")
    await done.send("/s", "/s/jawaban", **answers)
    await left.send("/s/tarik-diri")
    one_missing = await asked.form("/s", "/s/jawaban", **dict(list(answers.items())[1:]))
    nothing = await new.form("/s", "/s/persetujuan")
    etag, (late,) = await campaign("mandiri.2023", "2024", 1)
    listed = await service.client.get("/campaigns", headers=operator)
    over = next(one for one in listed.json()["items"] if one["period"] == "2024")
    ended = await service.client.post(
        f"/campaigns/{over['campaign_id']}/close", headers=leader | {"If-Match": etag}
    )
    assert ended.status_code == 200, ended.text
    return [
        Visit("home", "/"),
        Visit("desk", CAMPAIGNS, await logged_in(service, "survey_operator", UNIT, "Bima Saputra")),
        Visit("results", "/hasil"),
        Visit("consent-text", f"/survei/persetujuan/{nothing['text_version']}"),
        Visit("consent", "/s", new.cookies),
        Visit("consent-refused", "/s/persetujuan", new.cookies, nothing, 422),
        Visit("refused", "/s", refusing.cookies),
        Visit("questions", "/s", asked.cookies),
        Visit("questions-refused", "/s/jawaban", asked.cookies, one_missing, 422),
        Visit("thanks", "/s", done.cookies),
        Visit("withdraw", "/s/tarik-diri", done.cookies),
        Visit("withdrawn", "/s", left.cookies),
        Visit("closed", "/s", late.cookies),
        Visit("unknown-invitation", "/s/" + "x" * 22, status=404),
        Visit("other-invitation", "/s/persetujuan", new.cookies, nothing | {"invitation": "x"}, 409),
    ]


async def planning_visits(service: Service) -> list[Visit]:
    """A register of units: one at work, one merged into it, and each form refused."""
    admin = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    for unit, name in (("u-2", LONG_NAME), ("u-3", "Balai Pelatihan Ulin")):
        made = await service.client.post("/units", json={"unit_id": unit, "name": name}, headers=admin)
        assert made.status_code == 201, made.text
    merged = await service.client.post(
        "/units/u-3/merge",
        json={"into": "u-2"},
        headers=admin | {"If-Match": made.headers["etag"]},
    )
    assert merged.status_code == 200, merged.text
    person = Person(service, await logged_in(service, "admin", AGENCY, "Sri Wahyuni"))
    cookies = person.cookies
    new = await person.form(f"{UNITS}/baru", name="")
    changed = await person.form(f"{UNITS}/unit/u-2/ubah", name="")
    past = {
        "version": "0",
        "name": "Balai Pengujian",
        "unit_type": "upt",
        "zone": "WITA",
        "is_confirmed": "true",
    }
    upload = await person.form(f"{UNITS}/impor")
    good = csv_file(HEADERS, ("u-5", LONG_NAME, "WIB", "Jawa", "u-2"), ("u-2", "Kantor Baru", "WIB", "", ""))
    bad = csv_file(HEADERS, ("u-5", "A", "WIB", "", ""), ("u 6", "B", "Wulan", "", "u-x"))
    stranger = await logged_in(service, "agency_head", AGENCY)
    return [
        *await _worksheet_visits(service, stranger),
        *await _review_visits(service, person),
        *await _proposal_visits(service),
        *await _people_visits(service, person),
        Visit("home", "/"),
        Visit("units", UNITS, cookies),
        Visit("first-day", f"{UNITS}/mulai", cookies),
        Visit("unit", f"{UNITS}/unit/u-1", cookies),
        Visit("unit-merged", f"{UNITS}/unit/u-3", cookies),
        Visit("unit-new", f"{UNITS}/baru", cookies),
        Visit("unit-new-refused", f"{UNITS}/baru", cookies, new, 422),
        Visit("form-outdated", f"{UNITS}/baru", cookies, new | {"csrf": ""}, 403),
        Visit("unit-change", f"{UNITS}/unit/u-2/ubah", cookies),
        Visit("unit-change-refused", f"{UNITS}/unit/u-2/ubah", cookies, changed, 422),
        Visit("unit-change-stale", f"{UNITS}/unit/u-2/ubah", cookies, changed | past, 412),
        Visit("merge", f"{UNITS}/unit/u-1/gabung", cookies),
        Visit("unmerge", f"{UNITS}/unit/u-3/pisah", cookies),
        Visit("import", f"{UNITS}/impor", cookies),
        Visit("import-empty", f"{UNITS}/impor", cookies, upload, 422, b""),
        Visit("import-refused", f"{UNITS}/impor", cookies, upload, 422, bad),
        Visit("import-preview", f"{UNITS}/impor", cookies, upload, file=good),
        Visit("not-allowed", UNITS, stranger, status=403),
        Visit("no-such-page", "/unit-kerja/tidak/ada", cookies, status=404),
    ]


async def _people_visits(service: Service, admin: Person) -> list[Visit]:
    """A unit's people: one leads, one is acted for, one left, as the administrator and the unit see them."""
    keeper = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    one = {"unit_id": "u-2", "category": "civil_servant", "active_from": "2024-01-02"}

    async def enter(name: str, number: str, **more: object) -> str:
        body = one | {"name": name, "employee_number": number} | more
        made = await service.client.post("/people", json=body, headers=keeper)
        assert made.status_code == 201, made.text
        return str(made.json()["person_id"])

    head = await enter("Dr. Hj. Retnoningtyas Kusumawardhani", "197805052005012001", is_leader=True,
                       position="Kepala Kantor", subjects=["akun-retno"])  # fmt: skip
    analyst = await enter("Bagas Prasetyo", "199001012020121002", position="Analis Pengaduan",
                          superior_id=head, subjects=["akun-bagas"], contact="0812-555-0101")  # fmt: skip
    guard = await enter("Wayan Sudirta", "PPNPN-17", category="guard", superior_id=head)
    await enter("Siti Rohmah", "198505052010012003", active_to="2025-06-30")
    today = date.today()  # noqa: DTZ011 - any day in the middle of a substitution does
    days = {"first": (today - timedelta(days=3)).isoformat(), "last": (today + timedelta(days=9)).isoformat()}
    acting = {"substitute_id": head, "kind": "plh", "decree_number": "PRIN-7/2026"} | days
    made = await service.client.post(
        f"/people/{analyst}/substitutes", json=acting, headers=keeper | {"If-Match": '"1"'}
    )
    assert made.status_code == 200, made.text
    ends = f"{PEOPLE}/{analyst}/pengganti/{made.json()['substitutes'][0]['substitution_id']}"
    of_unit = await logged_in(service, "unit_leader", Scope("unit", units=frozenset({"u-2"})))
    empty = await logged_in(service, "unit_operator", Scope("unit", units=frozenset({"u-1"})))
    new = f"{PEOPLE}/baru?unit=u-2"
    nobody = await admin.form(new, name="", employee_number="NIP 1", subjects="a@b.id", superior_number="99")
    changed = filled((await admin.client.get(f"{PEOPLE}/{guard}/ubah")).text, f"{PEOPLE}/{guard}/ubah")
    assert changed is not None
    before = await admin.form(f"{PEOPLE}/{guard}/keluar", active_to="2020-01-01")
    nobody_acts = await admin.form(
        f"{PEOPLE}/{guard}/pengganti", kind="leave", decree_number="PRIN-8", **days
    )
    later = await admin.form(ends, last="2099-01-01")
    upload = await admin.form(f"{PEOPLE}/impor")
    heads = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas", "Jabatan")
    good = csv_file(
        heads,
        ("199203032015031004", "u-2", "Made Ayu Lestari", "PPPK", "2026-01-02", "Pengelola Layanan"),
        ("PPNPN-17", "u-2", "Wayan Sudirta", "satpam", "2024-01-02", "Komandan Regu"),
    )
    bad = csv_file(heads, ("NIP 1", "u-x", "Sari", "pejabat", "besok", ""))
    return [
        Visit("people-units", PEOPLE, admin.cookies),
        Visit("people-units-none", f"{PEOPLE}?cari=tidak+ada", admin.cookies),
        Visit("people", f"{PEOPLE}?unit=u-2", admin.cookies),
        Visit("people-read", PEOPLE, of_unit),
        Visit("people-empty", PEOPLE, empty),
        Visit("people-left", f"{PEOPLE}?unit=u-2&saring=keluar", admin.cookies),
        Visit("people-import", f"{PEOPLE}/impor", admin.cookies),
        Visit("people-import-refused", f"{PEOPLE}/impor", admin.cookies, upload, 422, bad),
        Visit("people-import-preview", f"{PEOPLE}/impor", admin.cookies, upload, file=good),
        Visit("person", f"{PEOPLE}/{analyst}", admin.cookies),
        Visit("person-read", f"{PEOPLE}/{guard}", of_unit),
        Visit("person-new", new, admin.cookies),
        Visit("person-new-refused", new, admin.cookies, nobody, 422),
        Visit("person-change", f"{PEOPLE}/{guard}/ubah", admin.cookies),
        Visit("person-change-refused", f"{PEOPLE}/{guard}/ubah", admin.cookies,
              changed | {"superior_number": "99"}, 422),
        Visit("person-leave", f"{PEOPLE}/{guard}/keluar", admin.cookies),
        Visit("person-leave-refused", f"{PEOPLE}/{guard}/keluar", admin.cookies, before, 422),
        Visit("person-substitute", f"{PEOPLE}/{guard}/pengganti", admin.cookies),
        Visit("person-substitute-refused", f"{PEOPLE}/{guard}/pengganti", admin.cookies, nobody_acts, 422),
        Visit("person-end-substitute", ends, admin.cookies),
        Visit("person-end-refused", ends, admin.cookies, later, 422),
    ]  # fmt: skip


async def _worksheet_visits(service: Service, head: Mapping[str, str]) -> list[Visit]:
    """A worksheet that is half filled: as its operator fills it, is refused, and as others read it."""
    operator = service.issuer.headers("unit_operator", agencies=["a-1"], units=["u-1"])
    admin = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    opened = await service.client.post(
        "/programmes", json={"unit_id": "u-1", "year": YEAR - 1, "target": "WBBM"}, headers=admin
    )
    assert opened.status_code == 201, opened.text
    kept = await service.client.post(
        "/units/u-1/evidence/references",
        json={
            "title": "SK tim pembangunan zona integritas",
            "kind": "sk",
            "form": "text",
            "body": "Lemari 2",
        },
        headers=operator,
    )
    proof = [kept.json()["evidence_id"]]
    counts = {"n1": 48, "n2": 10, "n3": 36}
    note = "Reviu berjenjang berjalan di tiga dari lima layanan; dua layanan masih manual."
    answers = [
        {"item_code": "A.II.5.i.a", "letter": "C", "note": note, "evidence_ids": proof},
        {"item_code": "A.I.5.i.a", "letter": "B", "evidence_ids": proof},
        {"item_code": "A.II.5.ii.a", "inputs": counts},
        {"item_code": "A.II.5.iii.a", "inputs": {"n1": 1, "n4": 1}},
        {"item_code": "B.I.a", "index": "3.55"},
    ]
    state = state_of(service.app)
    planning = Planning(service.app, service.client, service.issuer, state.db, cast(Settings, state.settings))
    own = [{"item_code": "A.II.5.i.a", "letter": "D", "note": "Matriks risiko dua layanan belum ada."}]
    for layer, role, some in (
        ("unit", operator, answers),
        ("tpi", service.issuer.headers("tpi", level="agency", agencies=["a-1"]), own),
    ):
        if layer == "tpi":
            await lead_to(planning, "u-1", "penilaian_tpi", "test-tpi", agency="a-1")
        done = await service.client.post(
            f"/units/u-1/worksheets/{YEAR}/answers",
            json={"layer": layer, "answers": some},
            headers=role | {"If-Match": "*"},
        )
        assert done.status_code == 200, done.text
    await lead_to(planning, "u-1", "pengisian", "test-tpi", agency="a-1", number=2)
    sheet = worksheet_page("u-1", YEAR)
    person = Person(service, await logged_in(service, "unit_operator", UNIT, "Dewi Lestari"))
    page = (await person.client.get(f"{sheet}/5")).text
    form = filled(page, f"{sheet}/5")
    assert form is not None
    refused = form | {"n1:A.II.5.ii.a": "1.234", "blank:A.I.5.i.a": "1"}
    stale = form | {"version": "0", "letter:A.II.5.i.a": "A"}
    words = await person.form(f"{sheet}/bukti/A.I.5.i.b", f"{sheet}/bukti/A.I.5.i.b/tulis", title="SK")
    nothing = await person.form(f"{sheet}/bukti/A.I.5.i.b")
    nobody = await logged_in(service, "agency_head", Scope("agency", agencies=frozenset({"a-9"})))
    return [
        Visit("worksheets", WORKSHEETS, head),
        Visit("worksheets-empty", WORKSHEETS, nobody),
        Visit("worksheet", sheet, person.cookies),
        Visit("worksheet-bare", f"{sheet}?saring=tanpa-bukti", person.cookies),
        Visit("worksheet-nothing", f"{worksheet_page('u-1', YEAR - 1)}?saring=belum-lengkap", person.cookies),
        Visit("area", f"{sheet}/5", person.cookies),
        Visit("area-results", f"{sheet}/hasil", person.cookies),
        Visit("area-nothing", f"{sheet}/1?saring=belum-lengkap", person.cookies),
        Visit("area-read", f"{sheet}/5", head),
        Visit("area-refused", f"{sheet}/5", person.cookies, refused, 422),
        Visit("area-stale", f"{sheet}/5", person.cookies, stale, 412),
        Visit("evidence", f"{sheet}/bukti/A.I.5.i.b", person.cookies),
        Visit("evidence-proved", f"{sheet}/bukti/A.II.5.i.a", person.cookies),
        Visit("evidence-refused", f"{sheet}/bukti/A.I.5.i.b", person.cookies, nothing, 422),
        Visit("evidence-words-refused", f"{sheet}/bukti/A.I.5.i.b/tulis", person.cookies, words, 422),
    ]


async def _review_visits(service: Service, admin: Person) -> list[Visit]:
    """A worksheet handed in and half assessed: as its assessor, its unit and the national team see it."""
    scope = {"agencies": ["a-1"], "units": ["u-2"]}

    async def ask(role: str, method: str, path: str, body: object) -> dict[str, object]:
        headers = service.issuer.headers(role, level="national", **scope)  # type: ignore[arg-type]
        answer = await service.client.request(method, path, json=body, headers=headers | {"If-Match": "*"})
        assert answer.is_success, answer.text
        return dict(answer.json())

    stage, sheet = f"/units/u-2/stages/{YEAR}", worksheet_page("u-2", YEAR)
    await ask("admin", "POST", "/programmes", {"unit_id": "u-2", "year": YEAR, "target": "WBK"})
    words = {"title": "SK tim", "kind": "sk", "form": "address", "body": "https://arsip.test/sk-tim"}
    proof = await ask("unit_operator", "POST", "/units/u-2/evidence/references", words)
    told = {"note": "Reviu berjenjang di tiga dari lima layanan.", "evidence_ids": [proof["evidence_id"]]}
    answers = [one | (told if one["item_code"] == "A.II.5.i.a" else {}) for one in whole_sheet()]
    await ask("unit_operator", "POST", f"/units/u-2/worksheets/{YEAR}/answers",
              {"layer": "unit", "answers": answers})  # fmt: skip
    await ask("unit_leader", "POST", f"{stage}/acts/submit", {})
    team = {"team_id": "tim-2", "layer": "tpi", "agency_id": "a-1", "name": "Tim Inspektorat I"}
    await ask("admin", "POST", "/assessor-teams", team)
    person = {"team_id": "tim-2", "subject": "test-tpi", "organisation": "Inspektorat Utama"}
    await ask("admin", "POST", "/assessors", person | {"role": "pengendali_teknis"})
    await ask("admin", "PUT", f"{stage}/team", {"team_id": "tim-2"})
    own = [
        {"item_code": "A.II.5.i.a", "letter": "D", "note": "Matriks risiko dua layanan belum ada."},
        {"item_code": "A.I.4.i.a", "letter": "B"},
        {"item_code": "A.II.5.ii.a", "inputs": {"n1": 4, "n2": 2, "n3": 2}, "note": "Dua belum selesai."},
    ]
    await ask("tpi", "POST", f"/units/u-2/worksheets/{YEAR}/answers", {"layer": "tpi", "answers": own})
    await ask("tpi", "POST", f"{stage}/findings", {"item_code": "A.II.5.i.a", "text": "Mana matriksnya?"})
    tpi = Person(service, await logged_in(service, "tpi", AGENCY, "Agus Pratama"))
    unit = Scope("unit", agencies=frozenset({"a-1"}), units=frozenset({"u-2"}))
    leader = await logged_in(service, "unit_leader", unit, "Dewi Lestari")
    late = {
        "title": "SK tim kerja", "kind": "lainnya", "form": "text", "key": "k" * 30,
        "body": "SK tim kerja ada di lemari arsip nomor dua, map biru; salinannya pada sekretariat. " * 2,
    }  # fmt: skip
    gone = {"finding_id": str(uuid4()), "version": "1", "answer": "Matriks risiko sudah dilampirkan."}
    operator = await logged_in(service, "unit_operator", unit, "Rina Kartika")
    token = await Person(service, operator).form(sheet, state_of(service.app).login.logout)
    here = f"{sheet}/penilaian/tpi"
    form = filled((await tpi.client.get(f"{here}/5")).text, f"{here}/5?saring=semua")
    assert form is not None
    refused = form | {"n1:A.II.5.ii.a": "-1", "blank:A.II.5.i.a": "1"}
    stale = form | {"version": "0", "letter:A.II.5.i.a": "A"}
    no_reason = await tpi.form(f"{sheet}/tahap/kembalikan")
    nothing = await tpi.form(f"{sheet}/temuan/A.I.1.i.a", finding="")
    work = f"{WORKLOAD}?tahun={YEAR}"
    no_role = await admin.form(work, f"{WORKLOAD}/penilai?tahun={YEAR}", organisation="Inspektorat")
    no_days = await admin.form(f"{WINDOWS}?tahun={YEAR}", window="penilaian_tpi")
    nobody = await logged_in(service, "tpn", Scope("agency", agencies=frozenset({"a-9"})))
    return [
        Visit("review", here, tpi.cookies),
        Visit("review-open", f"{here}?saring=belum-dinilai", tpi.cookies),
        Visit("review-area", f"{here}/5", tpi.cookies),
        Visit("review-read", f"{here}/5", leader),
        Visit("review-nothing", f"{sheet}/penilaian/tpn", leader),
        Visit("review-refused", f"{here}/5?saring=semua", tpi.cookies, refused, 422),
        Visit("review-stale", f"{here}/5?saring=semua", tpi.cookies, stale, 412),
        Visit("evidence-open", f"{sheet}/dokumen/{proof['evidence_id']}", tpi.cookies),
        Visit("stages", f"{sheet}/tahap", tpi.cookies),
        Visit("act", f"{sheet}/tahap/kembalikan", tpi.cookies),
        Visit("act-lacking", f"{sheet}/tahap/akhiri-putaran", tpi.cookies),
        Visit("act-refused", f"{sheet}/tahap/kembalikan", tpi.cookies, no_reason, 422),
        Visit("act-not-now", f"{sheet}/tahap/serahkan", leader, status=409),
        Visit("round", f"{sheet}/putaran/unit/1", leader),
        Visit("finding", f"{sheet}/temuan/A.I.1.i.a", tpi.cookies),
        Visit("finding-refused", f"{sheet}/temuan/A.I.1.i.a", tpi.cookies, nothing, 422),
        Visit("findings", f"{sheet}/temuan", leader),
        Visit("finding-gone", f"{sheet}/temuan", operator, token | gone, 404),
        Visit("evidence-late", f"{sheet}/bukti/A.I.1.i.a/tulis", operator, token | late, 409),
        Visit("worksheet-with-findings", sheet, leader),
        Visit("tasks", TASKS, tpi.cookies),
        Visit("tasks-none", TASKS, nobody),
        Visit("workload", f"{WORKLOAD}?tahun={YEAR}", admin.cookies),
        Visit("workload-none", WORKLOAD, nobody),
        Visit("workload-refused", f"{WORKLOAD}/penilai?tahun={YEAR}", admin.cookies, no_role, 422),
        Visit("windows", WINDOWS, admin.cookies),
        Visit("windows-refused", f"{WINDOWS}?tahun={YEAR}", admin.cookies, no_days, 422),
    ]


async def _proposal_visits(service: Service) -> list[Visit]:
    """An agency that froze a package and changed its proposal since, as its people and the TPN see it."""
    state, agency = state_of(service.app), "a-5"
    planning = Planning(service.app, service.client, service.issuer, state.db, cast(Settings, state.settings))
    names = {"n-1": LONG_NAME, "n-2": "RSUD Cendana", "n-3": "Balai Pengujian Jati", "n-4": "Samsat Ulin"}
    for unit, called in names.items():
        await planning.unit(agency=agency, unit_id=unit, name=called, unit_type="rsud")
        await planning.another_programme(unit, YEAR, agency=agency)
        await lead_to(planning, unit, "pengusulan", agency=agency)
    await let_propose(planning, agency)

    async def at_last() -> None:
        """Nothing more is needed before the first package."""

    await nominating.frozen(service.client, service.issuer, agency, "n-1", YEAR, lead=at_last)
    admin = service.issuer.headers("admin", level="agency", agencies=[agency])
    proof = await nominating.paper(service.client, admin, agency, "proof")
    for unit in ("n-2", "n-4"):
        told = f"/units/{unit}/preconditions/{YEAR}"
        facts = [
            {"code": code, "value": value, "document_ids": [proof["document_id"]]}
            for code, value in nominating.UNIT_FACTS.items()
        ]
        body = {"facts": facts}
        done = await service.client.post(told, json=body, headers=admin | {"If-Match": '"1"'})
        assert done.status_code == 200, done.text
    own = Scope("agency", agencies=frozenset({agency}))
    head = Person(service, await logged_in(service, "agency_head", own, "Hendra Gunawan"))
    admin_person = Person(service, await logged_in(service, "admin", own, "Sri Wahyuni"))
    national = await logged_in(service, "tpn", Scope("national"))
    one_unit = Scope("unit", agencies=frozenset({agency}), units=frozenset({"n-1"}))
    operator = await logged_in(service, "unit_operator", one_unit)
    nobody = await logged_in(service, "unit_operator", UNIT)
    here = proposal_page(agency, YEAR)
    calon = f"{here}/calon?kategori=WBK"
    nothing = await head.form(calon, f"{here}/calon")
    await head.send(calon, f"{here}/calon", chosen="n-2")
    kawasan = await head.form(f"{here}/kawasan", kawasan="Pelabuhan", integration="6,4", member="n-2")
    category = await head.form(f"{here}/unit/n-2", category="WBBM")
    wrong = {"value-tlhp": "101", "value-lama_zi": "dua"}
    off_scale = await admin_person.form(f"{here}/prasyarat/n-3", **wrong)
    no_file = await head.form(f"{here}/dokumen", kind="letter", dated_on="kemarin")
    no_reason = await head.form(f"{here}/tarik")
    predicates = predicates_page("n-1")
    (award, *_) = re.findall(r'href="([^"]+/cabut)"', (await admin_person.client.get(predicates)).text)
    no_decree = await admin_person.form(predicates, predicate="WBK", number="SK-9")
    early = {"number": "SK-9", "dated_on": "2020-01-01", "signatory": "Menteri", "reason": "Pelanggaran."}
    too_early = await admin_person.form(award, **early)
    return [
        *await _portal_visits(service, agency, head, admin_person),
        Visit("proposals", PROPOSALS, national),
        Visit("proposals-none", PROPOSALS, nobody),
        Visit("proposal", here, head.cookies),
        Visit("proposal-none", proposal_page(agency, YEAR + 1), head.cookies),
        Visit("proposal-read", here, operator),
        Visit("candidates", calon, head.cookies),
        Visit("candidates-wbbm", f"{here}/calon?kategori=WBBM", national),
        Visit("candidates-refused", f"{here}/calon", head.cookies, nothing, 422),
        Visit("proposed-unit", f"{here}/unit/n-1", head.cookies),
        Visit("proposed-unit-refused", f"{here}/unit/n-2", head.cookies, category, 422),
        Visit("kawasan", f"{here}/kawasan", head.cookies),
        Visit("kawasan-refused", f"{here}/kawasan", head.cookies, kawasan, 422),
        Visit("preconditions", f"{here}/prasyarat", admin_person.cookies),
        Visit("preconditions-read", f"{here}/prasyarat/n-2", operator, status=404),
        Visit("preconditions-unit", f"{here}/prasyarat/n-2", head.cookies),
        Visit("preconditions-refused", f"{here}/prasyarat/n-3", admin_person.cookies, off_scale, 422),
        Visit("papers", f"{here}/dokumen", head.cookies),
        Visit("papers-refused", f"{here}/dokumen", head.cookies, no_file, 422, b""),
        Visit("freeze", f"{here}/bekukan", head.cookies),
        Visit("freeze-read", f"{here}/bekukan", national),
        Visit("withdraw", f"{here}/tarik", head.cookies),
        Visit("withdraw-refused", f"{here}/tarik", head.cookies, no_reason, 422),
        Visit("predicates", predicates, admin_person.cookies),
        Visit("predicates-none", predicates_page("n-3"), national),
        Visit("predicates-refused", predicates, admin_person.cookies, no_decree, 422),
        Visit("revoke", award, admin_person.cookies),
        Visit("revoke-refused", award, admin_person.cookies, too_early, 422),
    ]


async def _portal_visits(service: Service, agency: str, head: Person, admin: Person) -> list[Visit]:
    """What PortalRB got of a frozen proposal, and the tokens it pulls with, as the agency's people see it."""
    portal = f"{proposal_page(agency, YEAR)}/portalrb"
    tokens = f"{portal}/token"
    issuing = service.issuer.headers("admin", level="agency", agencies=[agency])
    body = {"client": "Kementerian PANRB", "expires_on": in_days(30)}
    made = await service.client.post(f"/agencies/{agency}/portal-tokens", json=body, headers=issuing)
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    for path in ("pengusulan/unit-wbk", "lke/jawaban-unit/n-1", "lke/jawaban-unit/n-9"):
        await service.client.get(f"/portalrb/{path}", headers=bearer)
    revoking = f"{tokens}/{made.json()['token_id']}/cabut"
    return [
        Visit("portal", portal, head.cookies),
        Visit("portal-none", f"{proposal_page(agency, YEAR + 1)}/portalrb", admin.cookies),
        Visit("portal-unit", f"{portal}/unit/n-1", head.cookies),
        Visit("portal-pulls", f"{portal}/penarikan", admin.cookies),
        Visit("portal-tokens", tokens, admin.cookies),
        Visit(
            "portal-tokens-refused",
            tokens,
            admin.cookies,
            await admin.form(tokens, client="Kementerian PANRB", expires_on="2098-01-01"),
            422,
        ),
        Visit(
            "portal-token",
            tokens,
            admin.cookies,
            await admin.form(tokens, client="PortalRB", expires_on=in_days(30)),
        ),
        Visit("portal-revoke", revoking, admin.cookies),
    ]


VISITS: Mapping[str, Callable[[Service], Awaitable[list[Visit]]]] = {
    "scoring": scoring_visits,
    "complaints": complaints_visits,
    "survey": survey_visits,
    "planning": planning_visits,
}
SHOWN_ONCE = ("/gaya", OPERATIONS, EVENTS)
"""Pages that are made the same way in every service: looked at in the first one."""


async def visits_of(name: str, service: Service) -> list[Visit]:
    """Return the visits of a service, with those that every service has."""
    visits = [
        *await VISITS[name](service),
        Visit("logged-out", state_of(service.app).login.left),
    ]
    return [*visits, *(Visit(path.strip("/"), path) for path in SHOWN_ONCE if name == next(iter(VISITS)))]
