"""What is sent to each operation: fields by their name, forms and bodies of single operations."""

import base64
from typing import Any
from uuid import uuid4

from shared.instruments.survey import regime
from shared.security.custody import new_pair
from tests.support.every_service import REPORT
from tests.support.exporting import empty_template
from tests.support.planning import PDF, YEAR
from tests.support.portal import in_days
from tests.support.wording import worded
from tests.support.workbook import workbook


def public_key() -> str:
    """Return a new custodian's public key as it is entered."""
    return base64.urlsafe_b64encode(new_pair()[1]).decode()


NAMES: dict[str, Any] = {
    "unit_id": "u-1", "unit": "u-1", "agency_id": None, "year": YEAR, "layer": "unit",
    "item_code": "A.I.1.i.a",
    "indicator_code": "A.I.1.i", "kind": "notulen", "evidence_kinds": ["notulen"], "target": "WBK",
    "area": "1",
    "title": "Rapat pimpinan", "name": "Kantor Baru", "text": REPORT["text"], "privacy_notice": "1",
    "channel": "loket",
    "handler": "petugas", "missing": "Sebutkan nomor loket.", "regime": "mandiri.2023", "period": "2026",
    "decision": "willing", "scores": {}, "gate": "TOTAL", "code": "TOTAL", "letter": "Ya",
    "tracking_id": "123456789012",
    "stream": "masyarakat", "case_class": "ringan", "outcome": "terbukti", "token": "t" * 22, "form": "x",
    "answers": [{"item_code": "A.I.1.i.a", "letter": "Ya"}], "mode": "zero", "state": None, "limit": 5,
    "act": "submit", "number": 1, "window": "desk", "agency_type": "lembaga", "team_id": "tim-1",
    "subject": "test-tpi", "organisation": "Inspektorat", "answer": "Ada.",
    "receipt": "00000-00000-00000-00000-0", "text_version": "1", "reason": "Salah ketik.", "into": "u-1",
    "edition": "2021", "slug": "kembalikan", "client": "PortalRB", "expires_on": in_days(30),
    "employee_number": "199001", "on": None, "subjects": [],
    "direction": "terima", "received_on": "2026-01-02", "place": "Kantor", "object_kind": "barang",
    "estimate": 100000, "occasion": "lainnya", "giver_relation": "mitra_kerja", "giver": "Bambang",
    "ownership": "milik_negara", "activity": "Pengadaan", "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga", "is_conflict": True, "control": "Digantikan pejabat lain.",
    "wish": "akses", "contact": "0812", "detected_at": "2026-01-02T09:00:00+07:00",
    "summary": "Berkas terkirim ke alamat lain.", "proof": "Foto KTP.", "data_kinds": "Nama dan alamat.",
    "people_count": 3, "happened": "Salah ketik alamat.", "people_told": "Lewat surat.",
    "letter_number": "S-1/2026", "letter_on": "2026-01-03", "measures": "Alamat diperiksa dua orang.",
    "issued_on": "2026-01-01", "actions": ["Perbaiki jadwal loket."], "is_done": True, "jenis": "lhp",
}  # fmt: skip
"""A good value by name of field or parameter; None leaves it out where it may be."""
_MANDIRI = regime("mandiri.2023").instrument
assert _MANDIRI is not None
FORMS: dict[tuple[str, str], dict[str, str]] = {
    ("complaints", "page_send_report"): {
        "place": "unit:u-1", "text": REPORT["text"], "event_on": "2026-01-02", "name": "Warga",
        "contact": "0812",
        "is_name_hidden": "true", "is_content_secret": "true", "privacy_notice": "1", "key": "k" * 30,
        "website": "",
    },
    ("complaints", "page_open_case"): {"receipt": "00000-00000-00000-00000-0"},
    ("complaints", "page_complete"): {
        "case": "", "question": "1", "key": "k" * 30, "text": "Loket nomor tiga.",
    },
    ("complaints", "page_accept"): {"case": "", "answer": "1", "key": "k" * 30},
    ("complaints", "page_send_objection"): {
        "case": "", "answer": "1", "key": "k" * 30, "text": "Loket tetap tutup.",
    },
    ("complaints", "page_send_reopening"): {"case": "", "key": "k" * 30, "text": "Loket tutup lagi."},
    ("complaints", "page_send_appeal"): {"case": "", "key": "k" * 30, "text": "Buktinya ada."},
    ("complaints", "page_withdraw"): {"case": "", "key": "k" * 30},
    ("complaints", "page_send_message"): {
        "case": "", "question": "0", "key": "k" * 30, "text": "Foto loket.",
    },
    ("complaints", "page_write"): {"text": "Terima kasih.", "is_internal": "true", "key": ""},
    ("complaints", "page_note_posting"): {"posted_on": "2026-01-02", "letter": "S-1/2026", "key": ""},
    ("complaints", "page_send_gift"): {
        "office": "u-1", "direction": "tolak", "received_on": "2026-01-02", "place": "Kantor",
        "object_kind": "barang", "estimate": "100.000", "occasion": "lainnya",
        "giver_relation": "lainnya", "giver": "Bambang", "key": "",
    },
    ("complaints", "page_send_nil"): {"office": "u-1", "period": "2025-S1", "key": ""},
    ("complaints", "page_show_identity"): {"reason": "Menelepon pelapor."},
    ("complaints", "page_show_giver"): {"version": "1", "reason": "Mengisi formulir.", "key": ""},
    ("complaints", "page_do_gift_act"): {"version": "1", "missing": "Foto barang.", "key": ""},
    ("complaints", "page_send_declaration"): {
        "office": "u-1", "activity": "Pengadaan", "position": "Pejabat pengadaan",
        "conflict_type": "lainnya", "decision": "Penetapan pemenang.", "concerns_superior": "true",
        "key": "",
    },
    ("complaints", "page_do_conflict_act"): {"version": "1", "note": "Diperiksa.", "key": ""},
    ("complaints", "page_review_map"): {
        "office": "u-1", "map_year": str(YEAR), "version": "1", "key": "",
    },
    ("complaints", "page_enter_entry"): {
        "office": "u-1", "activity": "Perizinan", "position": "Pemeriksa", "conflict_type": "lainnya",
        "control": "Diperiksa dua orang.", "key": "",
    },
    ("complaints", "page_change_entry"): {
        "version": "1", "act": "confirm", "activity": "Pengadaan", "position": "Bendahara",
        "conflict_type": "hubungan_keluarga", "control": "Digantikan pejabat lain.", "key": "",
    },
    ("complaints", "page_enter_duty"): {
        "office": "u-1", "number": "LHP-1/2026", "issued_on": "2026-01-02", "received_on": "2026-01-03",
        "actions": "Perbaiki jadwal loket.", "key": "",
    },
    ("complaints", "page_do_duty_act"): {"version": "1", "proof": "Foto KTP.", "key": ""},
    ("complaints", "page_show_data_subject"): {"version": "1", "reason": "Mengirim jawaban.", "key": ""},
    ("complaints", "page_send_my_data"): {
        "case": "", "key": "k" * 30, "wish": "akses", "text": "Minta salinan data saya.",
    },
    ("complaints", "page_withdraw_my_data"): {"case": "", "key": "k" * 30},
    ("complaints", "page_end_received"): {},
    ("complaints", "page_do_bulk"): {
        "key": "k" * 30, "tindakan": "disposisi", "kasus": "123456789012:1", "handler": "sari", "note": "",
        "yakin": "",
    },
    ("complaints", "page_do_act"): {
        "key": "k" * 30, "version": "1", "stream": "masyarakat", "case_class": "normatif", "unit_id": "u-1",
        "accused": "", "note": "Sudah dibaca.",
    },
    ("complaints", "page_leave"): {},
    ("complaints", "page_import_calendar"): {},
    ("complaints", "page_send_calendar_change"): {
        "decree": "SKB 7/2026", "date_1": "2026-01-07", "name_1": "Cuti bersama", "kind_1": "cuti_bersama",
        "removes": "2026-01-16", "ramadan_1_first": "2026-02-18", "ramadan_1_last": "2026-03-19", "key": "",
    },
    ("complaints", "page_confirm_calendar"): {"decree": "SKB 7/2026", "seen": "tanpa-usulan"},
    ("complaints", "page_discard_calendar"): {},
    ("complaints", "page_change_unit_week"): {
        "first": in_days(30), "days": "5", "is_confirmed": "true", "key": "",
        **{f"{part}_{n}": "08.00-13.00" for part in ("hours", "ramadan") for n in range(1, 6)},
    },
    ("complaints", "page_change_unit_days_off"): {
        "decree": "SK 7", "date_1": "2026-01-07", "name_1": "Galungan", "kind_1": "local",
        "is_confirmed": "true", "key": "",
    },
    ("complaints", "page_enter_handling_unit"): {
        "name": "Tim Kantor Satu", "decree_number": "SK-8/2026", "decreed_on": "2026-01-02",
        "valid_from": "2026-01-02", "valid_to": "", "streams": "keduanya", "units": "u-1", "agency_id": "",
        "members": "sari ketua", "key": "",
    },
    ("complaints", "page_change_handling_unit"): {
        "name": "Tim Penanganan Pengaduan", "decree_number": "SK-1/2026", "decreed_on": "2026-01-02",
        "valid_from": "2026-01-02", "valid_to": "", "streams": "masyarakat", "units": "u-1",
        "agency_id": "", "members": "sari ketua", "version": "1", "key": "",
    },
    ("complaints", "page_end_handling_unit"): {"version": "1", "reason": "Tim dibubarkan.", "key": ""},
    ("complaints", "page_open_channel"): {
        "office": "unit:u-1", "kind": "telepon", "label": "Telepon kedua", "address": "+62 21 5550101",
        "mark": "", "opened_on": "", "key": "",
    },
    ("complaints", "page_do_channel_act"): {
        "version": "1", "place_kind": "poster", "place": "Ruang tunggu", "published_on": "",
        "picture": "BA-7", "key": "",
    },
    ("complaints", "page_do_channel_test"): {"result": "ok", "note": "Diangkat dalam satu menit.", "key": ""},
    ("complaints", "page_upload_import"): {
        "agency": "a-1", "source": "sp4n", "stream": "masyarakat", "case_class": "normatif",
        "date_order": "dmy", "zone": "WIB", "encoding": "utf-8", "delimiter": ";", "key": "",
    },
    ("complaints", "page_map_import"): {"external_ref": "1"},
    ("complaints", "page_run_import"): {"key": ""},
    ("complaints", "page_evaluate"): {
        "unit": "u-1", "jalur": "masyarakat", "masa": "2025", "kesimpulan": "Penanganan tepat waktu.",
        "temuan": "Tidak ada temuan.", "tindak_lanjut": "Tidak diperlukan.", "bukti": "Notulen",
        "versi": "0", "key": "",
    },
    ("planning", "page_create_unit"): {
        "unit_id": "u-9", "name": "Kantor Baru", "unit_type": "upt", "echelon": "II", "zone": "WIB",
        "region": "Papua", "parent_id": "u-1", "has_service_function": "true", "key": "",
    },
    ("planning", "page_change_unit"): {
        "name": "Kantor Baru", "unit_type": "upt", "echelon": "II", "zone": "WIB", "region": "Papua",
        "has_service_function": "true", "is_active": "true", "version": "1", "is_confirmed": "true",
    },
    ("planning", "page_open_programme"): {"year": str(YEAR), "target": "WBK", "key": ""},
    ("planning", "page_send_merge"): {"into": "u-1", "version": "1"},
    ("planning", "page_send_unmerge"): {"version": "1"},
    ("planning", "page_enter_person"): {
        "unit_id": "u-1", "name": "Sari", "employee_number": "77", "category": "contract",
        "position": "Analis", "echelon": "IV", "is_leader": "true", "superior_number": "1",
        "subjects": "akun-77", "contact": "0812", "active_from": "2026-01-02", "key": "",
    },
    ("planning", "page_change_person"): {
        "unit_id": "u-1", "name": "Sari", "employee_number": "1", "category": "contract",
        "position": "Analis", "superior_number": "2", "subjects": "akun-1", "contact": "0812",
        "active_from": "2026-01-02", "active_to": "2099-01-01", "version": "2",
    },
    ("planning", "page_leave_unit"): {"active_to": "2099-01-01", "version": "2"},
    ("planning", "page_name_substitute"): {
        "substitute_number": "2", "kind": "leave", "decree_number": "PRIN-8", "first": "2026-04-01",
        "last": "2026-04-02", "version": "2", "key": "",
    },
    ("planning", "page_end_substitution"): {"last": "2026-03-03", "version": "2"},
    ("planning", "page_send_import"): {"agency": "a-1"},
    ("planning", "page_send_people_import"): {"agency": "a-1"},
    ("planning", "page_apply_people_import"): {
        "sha256": "0" * 64, "digest": "0" * 64, "agency": "a-1", "proof": "0" * 64,
    },
    ("planning", "page_apply_import"): {
        "sha256": "0" * 64, "digest": "0" * 64, "agency": "a-1", "proof": "0" * 64,
    },
    ("planning", "page_save_area"): {"version": "0", "item:A.I.1.i.a": "1", "letter:A.I.1.i.a": "Ya"},
    ("planning", "page_save_review"): {
        "version": "0", "item:A.I.1.i.a": "1", "letter:A.I.1.i.a": "Ya",
    },
    ("planning", "page_save_review_area"): {
        "version": "0", "item:A.I.1.i.a": "1", "letter:A.I.1.i.a": "Ya",
    },
    ("planning", "page_act"): {
        "version": "1", "reason": "Sudah lengkap.", "cleared": "kpk",
        "decree_number": "SK-7", "decree_on": "2026-01-05", "decree_signatory": "Menteri",
    },
    ("planning", "page_answer_finding"): {
        "finding_id": str(uuid4()), "version": "1", "answer": "SK sudah dilampirkan.",
    },
    ("planning", "page_raise_finding"): {"finding": "Mana SK-nya?", "key": ""},
    ("planning", "page_create_team"): {"team_id": "tim-7", "name": "Tim tujuh", "layer": "tpi", "key": ""},
    ("planning", "page_register_assessor"): {
        "team": "tim-1", "subject": "orang-7", "organisation": "Inspektorat", "role": "anggota",
        "key": "",
    },
    ("planning", "page_assign_team"): {
        "unit": "u-1", "to_team": "tim-1", "version": "0", "told": "", "key": "",
    },
    ("planning", "page_announce_window"): {
        "window": "pengisian", "closes_on": "2099-10-01", "reason": "Mundur.", "versions": "", "key": "",
    },
    ("planning", "page_propose"): {"version": "1", "category": "WBK", "chosen": "u-1"},
    ("planning", "page_change_proposed"): {"version": "1", "category": "WBK", "kawasan": "Pelabuhan"},
    ("planning", "page_release_unit"): {"version": "1", "reason": "Digabung."},
    ("planning", "page_group_units"): {
        "version": "1", "kawasan": "Pelabuhan", "integration": "6,5", "member": "u-9",
    },
    ("planning", "page_tell_agency_preconditions"): {
        "version": "1", "shown-spip": "", "value-spip": "3,5", "proof-spip": str(uuid4()),
    },
    ("planning", "page_tell_unit_preconditions"): {
        "version": "1", "shown-tlhp": "", "value-tlhp": "99,5", "proof-tlhp": str(uuid4()),
    },
    ("planning", "page_add_paper"): {
        "kind": "letter", "number": "800/7", "dated_on": "2026-05-18", "signatory": "Bupati", "key": "",
    },
    ("planning", "page_submit_proposal"): {
        "version": "1", "letter": str(uuid4()), "sptjm": str(uuid4()),
    },
    ("planning", "page_freeze"): {"version": "1", "reason": "Nama dibetulkan."},
    ("planning", "page_withdraw"): {"version": "1", "reason": "Ditunda."},
    ("planning", "page_add_predicate"): {
        "predicate": "WBK", "giver": "tpn", "number": "SK-5", "dated_on": "2025-12-10",
        "signatory": "Menteri", "document": str(uuid4()),
    },
    ("planning", "page_revoke_predicate"): {
        "version": "1", "number": "SK-6", "dated_on": "2026-01-10", "signatory": "Menteri",
        "document": str(uuid4()), "reason": "Tidak lagi memenuhi.",
    },
    ("planning", "page_review_portal_unit"): {"version": "1", "state": "pending"},
    ("planning", "page_create_portal_token"): {
        "client": "Uji Coba", "expires_on": in_days(30), "key": "",
    },
    ("planning", "page_revoke_portal_token"): {"version": "1"},
    ("planning", "page_pick_evidence"): {"evidence": str(uuid4())},
    ("planning", "page_write_evidence"): {
        "title": "SK tim", "kind": "lainnya", "form": "text", "body": "Lemari arsip nomor dua.",
        "key": "",
    },
    ("planning", "page_upload_evidence"): {"file_title": "SK tim", "file_kind": "lainnya", "key": ""},
    ("survey", "page_consent"): {"invitation": "", "decision": "willing", "text_version": "x"},
    ("survey", "page_answers"): (
        {"invitation": "", "response_id": str(uuid4())} | dict.fromkeys(_MANDIRI.keys, "5")
    ),
    ("survey", "page_withdraw"): {"invitation": ""},
    ("survey", "page_leave"): {},
}  # fmt: skip
"""Every form of a page, by its fields; `case` and `invitation` are what the browser has open."""


NOMINEE = "u-9"
"""The unit that is proposed: what stands in a package is closed to most of what is tried."""
OF_NOMINEE = (
    *("page_proposed_unit", "page_change_proposed", "page_release_unit"),
    *("page_ask_revoke", "page_revoke_predicate"),
    *("pull_unit_answers", "page_portal_unit", "page_review_portal_unit"),
)
PULLS = ("pull_wbk_units", "pull_wbbm_units", "pull_unit_answers")
"""What the portal calls, with a token for each: a token pulls only so often."""
_STRETCHES = {str(weekday): [{"opens": "08:00", "closes": "13:00"}] for weekday in range(1, 6)}
DRAFTED = 2025
"""A year of the calendar with a draft that nobody confirms or discards."""
OF_OPERATION: dict[str, dict[str, Any]] = {
    "preview_due": {"from": "2026-03-12", "length": 5, "unit": None},
    "show_calendar_draft": {"year": DRAFTED},
    "preview_calendar_year": {"year": DRAFTED},
    "change_calendar_year": {"removes": ["2026-01-16"]},
    "page_calendar_draft": {"tahun": DRAFTED},
    "page_ask_discard_calendar": {"tahun": DRAFTED},
    "return_nil": {"period": "2025-S2"},
    "preview_policy_migration": {"version": "D11c.1", "to": "D11c.2"},
    "migrate_policy": {"version": "D11c.1", "to": "D11c.2"},
    **{act: {"slug": "minta-data"} for act in ("page_ask_gift_act", "page_do_gift_act")},
    **{act: {"slug": "nilai"} for act in ("page_ask_conflict_act", "page_do_conflict_act")},
    **{act: {"number": "LHP-2/2026"} for act in ("decide_review", "report_inspection")},
    "post_answer": {"letter": "S-9/2026"},
    "publish_channel": {"kind": "poster"},
    **{act: {"act": "tempat"} for act in ("page_ask_channel_act", "page_do_channel_act")},
    "enter_custodian": {"agency_id": "a-1", "public_key": public_key()},
    "declare_conflict": {"decision": "Penetapan pemenang."},
    **{act: {"slug": "minta-bukti"} for act in ("page_ask_duty_act", "page_do_duty_act")},
    "page_duties": {"jenis": "lhp"},
    "page_policies": {"jenis": "pengaduan"},
    "answer_data_request": {"outcome": "dikabulkan", "ground": None},
    "enter_ombudsman_report": {"number": "LHP-1/2026"},
    "record_corrective_action": {"evidence": "BA-7/2026"},
    "change_unit_days_off": {"removes": ["2026-01-16"]},
    "change_unit_week": {"first": in_days(30), "hours": _STRETCHES, "ramadan_hours": _STRETCHES},
    "page_bulk": {"tindakan": "disposisi", "nomor": "123456789012"},
    "show_what_if": {"answer": "B.I.b:A"},
    "add_document": {"kind": "letter"},
    "substitute_person": {"kind": "plh"},
    "add_predicate": {"number": "SK-2"},
    "revoke_predicate": {"number": "SK-3"},
    "download_report": {"kind": "worksheet", "format": "pdf"},
    "page_report": {"kind": "worksheet", "form": "pdf", "lapis": "tpi"},
    **{operation: {"unit_id": NOMINEE} for operation in OF_NOMINEE},
    "set_portal_review": {"unit_id": NOMINEE, "state": "pending"},
    "upload_import": {"agency_id": "a-1", "delimiter": ";"},
    "map_import": {"columns": {"external_ref": 1}},
    "page_imported_states": {"source": "sp4n", "first": "2026-01-02", "last": "2026-01-03"},
    "export_imported_states": {"source": "sp4n", "first": "2026-01-02", "last": "2026-01-03"},
}
"""Good values where one name means something else in an operation."""
BODIES: dict[str, Any] = {
    "page_save_answers": {"answers": NAMES["answers"]},
    "page_save_review_answers": {"answers": NAMES["answers"]},
}
"""What pages send that is no form."""
FILES = dict.fromkeys(
    ("import_units", "page_send_import"), ("unit.csv", b"Kode unit;Nama unit\nu-8;Kantor\n", "text/csv")
) | {
    **dict.fromkeys(
        ("import_people", "page_send_people_import"),
        (
            "orang.csv",
            b"Nomor pegawai;Kode unit;Nama;Kategori;Mulai bertugas\n7;u-1;Sari;ASN;2026-01-02\n",
            "text/csv",
        ),
    ),
    **dict.fromkeys(
        ("upload_import", "page_upload_import"),
        (
            "laporan.csv",
            b"Nomor Laporan;Isi Laporan;Tanggal Laporan;Terakhir Diperbarui\n7;Loket;02/01/2026;02/01/2026\n",
            "text/csv",
        ),
    ),
    "load_wording": ("lke.xlsx", worded(), "application/octet-stream"),
    "fill_workbook": ("lke.xlsx", empty_template(), "application/octet-stream"),
    "import_worksheet": ("lke.xlsx", workbook({}), "application/octet-stream"),
    "page_add_paper": ("a.pdf", PDF, "application/pdf"),
    "page_upload_evidence": ("a.pdf", PDF, "application/pdf"),
    "page_send_message": ("a.pdf", PDF, "application/pdf"),
    "page_write": ("a.pdf", PDF, "application/pdf"),
}
"""What is sent to operations that take no PDF."""
OF_SEVERAL = frozenset({"attach_to_case", "attach_to_my_case", "page_send_message", "page_write"})
"""Operations that take several files at once."""
