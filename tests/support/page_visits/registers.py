"""The pages of complaints' registers: gifts and conflicts, duties, channels."""

import re

from services.complaints.duties.pages import words
from shared.http.addresses import (
    CHANNEL_REGISTER,
    CHANNELS,
    CONFLICTS,
    DUTIES,
    GIFTS,
    channels_of,
)
from shared.security import Scope
from tests.support.every_service import Service
from tests.support.page_visits.visit import AGENCY, LONG_NAME, UNIT, Person, Visit, logged_in


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
