"""Every operation of every service, with a request that is well formed, and the places it can be odd in."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from itertools import count, pairwise
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx2
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse

from services.survey.consent_text import consent_versions
from shared.http.api.openapi import describe
from shared.http.crosssite import TOKEN_HEADER, shown_token
from shared.http.state import state_of
from shared.instruments.survey import regime
from shared.security import Operation
from shared.security.custody import new_pair
from shared.security.sealing import keyed_hash
from tests.support import nominating
from tests.support.appointing import TEAM
from tests.support.every_service import BROWSER, REPORT, Service
from tests.support.exporting import empty_template
from tests.support.planning import PDF, YEAR
from tests.support.portal import in_days
from tests.support.stages import whole_sheet
from tests.support.wording import worded
from tests.support.workbook import workbook

RECEIPT_COOKIE = "__Host-zi-complaints-receipt"


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


@dataclass(frozen=True)
class Place:
    """Where a request can be odd: a parameter, or a field of the body by its path within it."""

    where: str
    path: tuple[str | int, ...]
    schema: dict[str, Any]

    @property
    def name(self) -> str:
        return ".".join(map(str, self.path))


@dataclass(frozen=True)
class Call:
    """A well-formed request of one operation. `documented` is None for a page; a stream is asked by HEAD."""

    operation: str
    method: str
    template: str
    values: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    form: dict[str, str] | None
    documented: frozenset[int] | None
    places: tuple[Place, ...]
    is_stream: bool = False
    has_file: bool = False
    is_foreign: bool = False
    """Whether it refuses as another system's guide says."""

    @property
    def is_page(self) -> bool:
        return self.documented is None

    @property
    def address(self) -> str:
        """The path with its values, as they stand in it."""
        return self.template.format_map(self.values)

    @property
    def files(self) -> dict[str, tuple[str, bytes, str]]:
        """The file that is sent, by the name of its field."""
        name = "files" if self.operation in OF_SEVERAL else "file"
        return {name: FILES.get(self.operation, ("a.pdf", PDF, "application/pdf"))} if self.has_file else {}


@dataclass
class Caller:
    """Sends calls with something changed, each from an address of its own, so that no limit is met."""

    service: Service
    client: httpx2.AsyncClient
    transport: httpx2.AsyncBaseTransport
    calls: list[Call] = field(default_factory=list)

    async def send(  # past the client, which would keep cookies of all calls and weigh more than the service
        self,
        call: Call,
        *,
        values: Mapping[str, str] | None = None,
        query: str | None = None,
        body: Any = ...,
        content: bytes | None = None,
        headers: Mapping[str, bytes | str] | None = None,
        method: str | None = None,
    ) -> httpx2.Response:
        """Send a call; `values` and `query` are written into the address as they are."""
        path = call.template
        for name, value in (call.values | dict(values or {})).items():
            path = path.replace(f"{{{name}}}", value)
        sent: dict[str, bytes | str] = {name.lower(): value for name, value in call.headers.items()}
        options: dict[str, Any] = {}
        if content is not None:
            options["content"] = content
        elif call.has_file:
            is_named = "content-type" in map(
                str.lower, headers or {}
            )  # then nobody reads it as a form of ours
            files = call.files
            options |= (
                {"content": next(iter(files.values()))[1]}
                if is_named
                else {"files": files, "data": call.form}
            )
        elif call.form is not None:
            options["data"] = call.form
        elif call.body is not None or body is not ...:
            options["content"] = json.dumps(call.body if body is ... else body).encode()
            sent["content-type"] = "application/json"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        raw = [
            (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in sent.items()
        ]
        asked = urlencode(call.query) if query is None else query
        url = httpx2.URL(f"https://toy.test{path}" + (f"?{asked}" if asked else ""))
        asked_by = method or ("HEAD" if call.is_stream else call.method)
        request = httpx2.Request(asked_by, url, headers=[*self._common(sent), *raw], **options)
        answer = await self.transport.handle_async_request(request)
        answer.request = request
        await answer.aread()
        return answer

    def _common(self, sent: Mapping[str, bytes | str]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the headers that a client sends with everything, but those that are sent otherwise."""
        return ((name, value) for name, value in self.client.headers.raw if name.decode().lower() not in sent)


class _ManyPeers(httpx2.ASGITransport):
    """Each request comes from another network."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._peers = count(1)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        number = next(self._peers)
        self.client = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1)
        return await super().handle_async_request(request)


@asynccontextmanager
async def calling(name: str, service: Service) -> AsyncIterator[Caller]:
    """Yield a caller of every operation of a running service."""
    transport = _ManyPeers(service.app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://toy.test") as client:
        caller = Caller(service, client, transport)
        known = NAMES | await _existing(name, service)
        caller.calls += [*_api(service, known), *_pages(name, service, known)]
        yield caller


async def _imported(service: Service) -> str:
    """Bring a file of another system, and return its id."""
    answer = await service.client.post(
        "/imports",
        params={"agency_id": "a-1"},
        files={"file": FILES["upload_import"]},
        headers=service.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"]),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _existing(name: str, service: Service) -> dict[str, Any]:
    """Return the ids of what the prepared service holds, so that requests go as deep as they can."""
    sent = {one.name: one for one in service.requests(0)}
    match name:
        case "planning":
            admin = service.issuer.headers("unit_operator", agencies=["a-1"], units=["u-1"])
            activity = NAMES | {"unit_id": "u-1"}
            body = {key: activity[key] for key in ("unit_id", "year", "indicator_code", "title")}
            planned = await service.client.post("/activities", json=body, headers=admin)
            kept = await service.ask(sent["upload"])
            under_review = await _under_review(service)
            unit = {"unit_id": NOMINEE, "agency_id": "a-1", "name": "Kantor Usulan"}
            await _ask(service, "admin", "POST", "/units", unit)
            programme = {"unit_id": NOMINEE, "year": YEAR, "target": "WBK"}
            await _ask(service, "admin", "POST", "/programmes", programme)
            nominated = await nominating.frozen(
                service.client, service.issuer, "a-1", NOMINEE, YEAR, lead=partial(_to_proposal, service)
            )
            revoked, *pulling = [
                await _ask(
                    service, "admin", "POST", "/agencies/a-1/portal-tokens",
                    {"client": client, "expires_on": in_days(30)},
                )
                for client in ("revoked", *PULLS)
            ]  # fmt: skip
            return nominated | under_review | await _substituted(service) | {
                "token_id": revoked["token_id"],
                **{name: made["token"] for name, made in zip(PULLS, pulling, strict=True)},
                "layer": "tpi", "agency_id": "a-1",  # the layer of the role that calls what any writer may
                "activity_id": planned.json()["activity_id"], "evidence_id": kept.json()["evidence_id"],
                "mode": None, "form": "text",  # other ones than scoring's and complaints'
                "units": [{"unit_id": "u-1", "category": "WBK"}], "facts": [{"code": "spip", "value": "3"}],
            }  # fmt: skip
        case "complaints":
            case = (await service.ask(sent["list_cases"])).json()["items"][0]
            change = {"removes": [f"{DRAFTED}-08-18"], "decree": "SKB 7/2025"}
            await _ask(service, "admin", "POST", f"/calendar/{DRAFTED}/changes", change)
            brought = await service.client.post(
                f"/cases/{case['id']}/attachments",
                files={"files": ("a.pdf", PDF, "application/pdf")},
                headers=service.issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"]),
            )
            gift, conflict, entry = [
                await _ask(service, role, "POST", path, {name: NAMES[name] for name in names.split()} | body)
                for role, path, names, body in (
                    (
                        "admin", "/gratifications",
                        "unit_id direction received_on place object_kind estimate occasion giver_relation",
                        {},
                    ),
                    (
                        "admin", "/coi-declarations", "unit_id activity position conflict_type",
                        {"decision": "Penetapan pemenang."},
                    ),
                    (
                        "unit_operator", "/coi-map", "unit_id activity conflict_type control",
                        {"position": "Bendahara"},
                    ),
                )
            ]  # fmt: skip
            request, breach, report = [
                await _ask(service, role, "POST", path, {name: NAMES[name] for name in names.split()} | body)
                for role, path, names, body in (
                    ("privacy_officer", "/data-requests", "unit_id wish text name contact", {}),
                    ("privacy_officer", "/data-breaches", "unit_id detected_at summary", {}),
                    (
                        "complaint_supervisor", "/ombudsman-reports",
                        "unit_id issued_on received_on actions", {"number": "LHP-1/2026"},
                    ),
                )
            ]  # fmt: skip
            keeper = await _ask(
                service, "privacy_officer", "POST", "/custodians",
                {"agency_id": "a-1", "name": "Sari", "public_key": public_key(), "valid_from": "2026-01-02"},
            )  # fmt: skip
            channel = await _ask(
                service, "complaint_supervisor", "POST", "/channels",
                {"unit_id": "u-1", "kind": "telepon", "label": "Telepon", "address": "+62 21 5550100"},
            )  # fmt: skip
            return {
                "channel_id": channel["id"],
                "custodian_id": keeper["id"], "valid_from": "2026-01-02", "valid_to": "2026-12-31",
                "migration_id": str(uuid4()),  # there is none: no version has another one to go to
                "request_id": request["id"], "breach_id": breach["id"], "report_id": report["id"],
                "duty_id": request["id"], "import_id": await _imported(service),
                "gift_id": gift["id"], "conflict_id": conflict["id"], "entry_id": entry["id"],
                "attachment_id": brought.json()["attachments"][0]["id"],
                "case_id": case["id"], "tracking_id": case["tracking_id"], "kind": "pengaduan",
                "team": ["auditor-1"], "to": "DITOLAK", "reason_code": "tidak_memadai",
                "parent_id": None, "agency": None, "letter": None, "version": "D1.1",
                "tahun": YEAR,
                "tindakan": "verifikasi", "giliran": "saya", "umur": "1", "jenjang": "due",
                "selesai": "verifikasi", "tertutup": "verifikasi",
                "handling_unit_id": str(TEAM), "unit_ids": ["u-1"], "streams": ["masyarakat"],
                "members": [{"subject": "sari", "role": "ketua"}], "decree_number": "SK-1/2026",
                "format": None, "is_for_agency": None,
            }  # fmt: skip
        case "survey":
            campaign = (await service.ask(sent["list_campaigns"])).json()["items"][0]["campaign_id"]
            made = (await service.ask(sent["invite"])).json()["items"][0]
            token = sent["sheet"].options["json"]["token"]
            opened = sent["page_respond"].options["data"]["invitation"]
            return {
                "campaign_id": campaign, "participant_id": made["participant_id"], "token": token,
                "invitation": opened, "text_version": consent_versions()[-1],
            }  # fmt: skip
    return {}


async def _ask(service: Service, role: str, method: str, path: str, body: Any) -> Any:
    headers = service.issuer.headers(role, level="national", agencies=["a-1"], units=["u-1", NOMINEE])
    answer = await service.client.request(method, path, json=body, headers=headers | {"If-Match": "*"})
    assert answer.is_success, answer.text
    return answer.json()


async def _submit(service: Service, unit: str) -> str:
    """Hand a whole worksheet in; return where its stage stands."""
    stage = f"/units/{unit}/stages/{YEAR}"
    sheet = {"layer": "unit", "answers": whole_sheet()}
    await _ask(service, "unit_operator", "POST", f"/units/{unit}/worksheets/{YEAR}/answers", sheet)
    await _ask(service, "unit_leader", "POST", f"{stage}/acts/submit", {})
    return stage


async def _under_review(service: Service) -> dict[str, Any]:
    """Hand a worksheet in, let an assessor end the first round and find something; return both ids."""
    ask, stage = partial(_ask, service), await _submit(service, "u-1")
    team = {"team_id": NAMES["team_id"], "layer": "tpi", "agency_id": "a-1", "name": "Tim"}
    await ask("admin", "POST", "/assessor-teams", team)
    person = {"team_id": NAMES["team_id"], "subject": "test-tpi", "organisation": "Inspektorat"}
    assessor = await ask("admin", "POST", "/assessors", person | {"role": "pengendali_teknis"})
    await ask("admin", "PUT", f"{stage}/team", {"team_id": NAMES["team_id"]})
    await ask("tpi", "POST", f"{stage}/acts/finish_round", {})
    finding = await ask("tpi", "POST", f"{stage}/findings", {"item_code": "A.I.1.i.a", "text": "Mana?"})
    return {"finding_id": finding["finding_id"], "assessor_id": assessor["assessor_id"]}


async def _substituted(service: Service) -> dict[str, Any]:
    """Enter two people of a unit, and let one act for the other; return what names them."""
    ask = partial(_ask, service, "admin", "POST")
    body = {"unit_id": "u-1", "name": "Sari", "category": "contract", "active_from": "2026-01-02"}
    one, two = [
        (await ask("/people", body | {"employee_number": number}))["person_id"] for number in ("1", "2")
    ]
    days = {"kind": "plh", "decree_number": "PRIN-7", "first": "2026-03-02", "last": "2026-03-06"}
    headers = service.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    made = await service.client.post(
        f"/people/{one}/substitutes", json=days | {"substitute_id": two}, headers=headers
    )
    assert made.is_success, made.text
    substitution = made.json()["substitutes"][0]["substitution_id"]
    return {"person_id": one, "substitute_id": two, "substitution_id": substitution}


async def _to_proposal(service: Service) -> None:
    """Lead the nominee through its assessment by the agency, with the window of proposals open."""
    ask, stage = partial(_ask, service), await _submit(service, NOMINEE)
    await ask("admin", "PUT", f"{stage}/team", {"team_id": NAMES["team_id"]})
    sheet = {"layer": "tpi", "answers": whole_sheet()}
    await ask("tpi", "POST", f"/units/{NOMINEE}/worksheets/{YEAR}/answers", sheet)
    for _ in range(2):
        await ask("tpi", "POST", f"{stage}/acts/finish_round", {})
    window = {"closes_on": f"{YEAR + 1}-12-31", "reason": "uji"}
    await ask("admin", "PUT", f"/windows/{YEAR}/pengusulan?agency_id=a-1", window)


def _role(service: Service, row: Operation, known: Mapping[str, Any]) -> dict[str, str]:
    if row.scope == "public":
        return {}
    if "portal" in row.roles:
        return {"Authorization": f"Bearer {known[row.id]}"}
    role = min(row.roles)
    return service.issuer.headers(role, level="national", agencies=["a-1"], units=["u-1"])


def _api(service: Service, known_everywhere: Mapping[str, Any]) -> Iterator[Call]:
    state = state_of(service.app)
    matrix, document = state.matrix, describe(service.app, state.service, state.matrix)
    session: Mapping[str, str] = next(
        (one.options["headers"] for one in service.requests(0) if one.name == "my_case"), {}
    )
    for path, item in document["paths"].items():
        for method, operation in item.items():
            known = dict(known_everywhere) | OF_OPERATION.get(operation["operationId"], {})
            parameters = operation.get("parameters", [])
            body, places, has_file = None, [], False
            if (content := operation.get("requestBody", {}).get("content")) is not None:
                kind, told = next(iter(content.items()))
                has_file = kind != "application/json"
                if not has_file:
                    body = _sample(document, told["schema"], known, "")
                    places = list(_fields(document, told["schema"], known, ()))
            headers = _role(service, matrix[operation["operationId"]], known)
            names = {part["name"] for part in parameters}
            if "If-Match" in names:
                headers |= {"If-Match": '"1"'}
            if "X-Receipt-Session" in names and method != "delete":  # which would end it for all others
                headers |= session
            yield Call(
                operation=operation["operationId"],
                method=method.upper(),
                template=path,
                values={p["name"]: quote(str(known[p["name"]])) for p in parameters if p["in"] == "path"},
                query={
                    p["name"]: str(known[p["name"]])
                    for p in parameters
                    if p["in"] == "query" and known.get(p["name"]) is not None
                },
                headers=headers,
                body=body,
                form=None,
                documented=frozenset(int(status) for status in operation["responses"] if status.isdecimal()),
                places=(
                    *(Place(p["in"], (p["name"],), p["schema"]) for p in parameters if p["in"] != "header"),
                    *places,
                ),
                has_file=has_file,
                is_foreign=state.foreign_at(path) is not None,
            )


def page_routes(service: Service) -> list[APIRoute]:
    """Return the routes of a service's pages."""
    return [route for route in service.routes if str(route.operation_id).startswith("page_")]


def _pages(name: str, service: Service, known: Mapping[str, Any]) -> Iterator[Call]:
    anybody, staff = _browser(name, service), _staff(service, _OF_STAFF[name])
    assessor = _staff(service, "page_tasks") if name == "planning" else staff
    head = _staff(service, "page_proposals") if name == "planning" else staff
    administrator = _staff(service, "page_calendar") if name == "complaints" else staff
    matrix = state_of(service.app).matrix
    for route in page_routes(service):
        (method,) = route.methods or {"GET"}
        operation = str(route.operation_id)
        own = dict(known) | OF_OPERATION.get(operation, {})
        paths = re.findall(r"{(\w+)}", route.path)
        queries = {p.alias for p in route.dependant.query_params} | _paging(route)
        kind = route.response_class if isinstance(route.response_class, type) else object
        yield Call(
            operation=operation,
            method=method,
            template=route.path,
            values={name: quote(str(own[name])) for name in paths},
            query={alias: str(own[alias]) for alias in queries if own.get(alias) is not None},
            headers=(
                anybody
                if matrix[operation].scope == "public"
                else assessor
                if operation in _OF_ASSESSORS or {*matrix[operation].roles} <= {"tpi", "tpn"}
                else head
                if "agency_head" in matrix[operation].roles and not _STAFF & {*matrix[operation].roles}
                else administrator
                if "admin" in matrix[operation].roles and "complaint_officer" not in matrix[operation].roles
                else staff
            )
            | _matched(operation),
            body=BODIES.get(operation),
            form=None if method == "GET" or operation in BODIES else _form(FORMS[name, operation], known),
            documented=None,
            places=(
                *(Place("path", (name,), {}) for name in paths),
                *(Place("query", (alias,), {}) for alias in sorted(queries)),
            ),
            is_stream=issubclass(kind, EventSourceResponse),
            has_file=operation in FILES,
        )


def _matched(operation: str) -> dict[str, str]:
    """Return the version that a page's script names with what it sends."""
    return {"If-Match": "*"} if operation in BODIES else {}


def _form(fields: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
    opened = {
        "case": known.get("case_id"),
        "invitation": known.get("invitation"),
        "evidence": known.get("evidence_id"),
        "finding_id": known.get("finding_id"),
        "sptjm": known.get("sptjm_id"),
        **dict.fromkeys(("document", "letter", "proof-spip", "proof-tlhp"), known.get("document_id")),
    }
    return dict(fields) | {name: str(opened[name]) for name in opened if name in fields}


def _paging(route: APIRoute) -> set[str]:
    """Return the query parameters of what a route depends on."""
    return {p.alias for inner in route.dependant.dependencies for p in inner.query_params}


def _browser(name: str, service: Service) -> dict[str, str]:
    """Return the headers of a browser that holds the cookie of a person, and of its own form."""
    sent = {one.name: one for one in service.requests(0)}
    match name:
        case "complaints":
            token = sent["my_case"].options["headers"]["X-Receipt-Session"]
            own = shown_token(keyed_hash(state_of(service.app).secret, "form-token", token).hex()) or ""
            return BROWSER | {"Cookie": f"{RECEIPT_COOKIE}={token}", TOKEN_HEADER: own}
        case "survey":
            return dict(sent["page_sheet"].options["headers"])
    return BROWSER


_STAFF = {"admin", "unit_operator"}
_OF_STAFF = {
    "scoring": "page_board", "planning": "page_units", "complaints": "page_desk", "survey": "page_campaigns",
}  # fmt: skip


_OF_ASSESSORS = frozenset({"page_ask_act", "page_act"})
"""What anybody in a process may be asked to do, tried as those whose turn it is."""


def _staff(service: Service, operation: str) -> dict[str, str]:
    """Return the headers of a browser in which somebody of the staff has logged in."""
    return next(dict(one.options["headers"]) for one in service.requests(0) if one.name == operation)


def _resolved(document: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says of values that are there: references followed, null left out."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            there = [one for one in schema["anyOf"] if one.get("type") != "null"]
            schema = there[0] if len(there) == 1 else {}
    return schema


def _sample(document: Mapping[str, Any], schema: dict[str, Any], known: Mapping[str, Any], name: str) -> Any:
    """Return a well-formed value: by its name where that is known, else the least its schema asks for."""
    if name in known:
        return known[name]
    found = _resolved(document, schema)
    if "enum" in found:
        return found["enum"][0]
    match found.get("type"):
        case "object":
            fields = found.get("properties", {})
            return {
                key: value
                for key, inner in fields.items()
                if key in found.get("required", ()) or key in WANTED
                if (value := _sample(document, inner, known, key)) is not None
            }
        case "string":
            return _sample_text(found)
    return {"array": [], "integer": found.get("minimum", 1), "boolean": True}.get(found.get("type", ""))


WANTED = frozenset({"unit_id", "people", "reason_code", "decree_number", "decreed_on", "unit_ids"})
"""Fields that a good request has although they may be left out."""


def _sample_text(found: Mapping[str, Any]) -> str:
    by_format = {"uuid": str(uuid4()), "date": "2026-01-02", "date-time": "2026-01-02T00:00:00Z"}
    return by_format.get(found.get("format", ""), "Contoh isian yang cukup panjang.")


def _fields(
    document: Mapping[str, Any], schema: dict[str, Any], known: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Place]:
    """Yield every place within a body, the items of lists among them."""
    found = _resolved(document, schema)
    if path:
        yield Place("body", path, found)
    for name, inner in found.get("properties", {}).items():
        yield from _fields(document, inner, known, (*path, name))
    if found.get("type") == "array":
        yield from _fields(document, found["items"], known, (*path, 0))


def changed(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a body with this value at a place; what leads there is made where it is not there yet."""
    copy = deepcopy(body)
    inner = copy
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(inner, list):
            if not inner:
                inner.append(empty)
        elif not isinstance(inner.get(step), list if isinstance(following, int) else dict):
            inner[step] = empty
        inner = inner[step]
    if isinstance(inner, list) and not inner:
        inner.append(value)
    else:
        inner[path[-1]] = value
    return copy
