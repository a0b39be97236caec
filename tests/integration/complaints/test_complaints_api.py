"""The routes over HTTP: access, versions, keys, receipts."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from services.complaints.access import MATRIX
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.kernel import UNASSIGNED_UNIT
from tests.integration.complaints.acting import BROWSER, ENTRY, REPORT, Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.support.matrix import Call, Place, broken_rules
from tests.support.planning import PDF
from tests.support.tokens import TestIssuer

ID = uuid4()
CASE = f"/cases/{ID}"
VERSION = {"If-Match": '"1"'}
LOCAL_DAY = {
    "year": 2026,
    "adds": [{"date": "2026-11-25", "kind": "election", "name": "Pemilihan Kepala Daerah"}],
    "decree": "Keppres 10/2026",
    "is_preview": True,
}
_STRETCHES = {str(day): [{"opens": "08:00", "closes": "13:00"}] for day in range(1, 7)}
SIX_DAYS = {
    "first": "2098-07-01",
    "days": 6,
    "hours": _STRETCHES,
    "ramadan_hours": _STRETCHES,
    "is_preview": True,
}

TEAM = {
    "name": "Tim Penanganan Pengaduan",
    "decree_number": "SK-12/2026",
    "decreed_on": "2026-01-02",
    "valid_from": "2026-01-02",
    "streams": ["masyarakat"],
    "members": [{"subject": "sari"}],
}
FILE = {"files": ("a.pdf", PDF, "application/pdf")}

PHONE = {"kind": "telepon", "label": "Telepon unit", "address": "+62 21 5550100"}
EVALUATION = {
    "stream": "masyarakat",
    "period": "2025",
    "conclusion": "Penanganan tepat waktu.",
    "findings": "Tidak ada temuan.",
    "follow_up": "Tidak diperlukan.",
}

GIFT = f"/gratifications/{uuid4()}"
CONFLICT = f"/coi-declarations/{uuid4()}"
REQUEST_OF_DATA = f"/data-requests/{uuid4()}"
BREACH = f"/data-breaches/{uuid4()}"
LHP = f"/ombudsman-reports/{uuid4()}"
ENTRY_OF_MAP = f"/coi-map/{uuid4()}"
SAID: dict[str, Any] = {
    "activity": "Pengadaan",
    "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga",
}
INTEGRITY = {
    "report_gratification": Call(
        "POST",
        "/gratifications",
        json={
            "unit_id": "{unit}",
            "direction": "tolak",
            "received_on": "2026-01-02",
            "place": "Kantor",
            "object_kind": "barang",
            "estimate": 0,
            "occasion": "lainnya",
            "giver_relation": "lainnya",
        },
    ),
    "list_gratifications": Call("GET", "/gratifications"),
    "show_gratification": Call("GET", GIFT),
    "request_gratification_data": Call("POST", f"{GIFT}/request-data", json={}, headers=VERSION),
    "complete_gratification": Call("POST", f"{GIFT}/complete", json={}, headers=VERSION),
    "proceed_gratification": Call("POST", f"{GIFT}/proceed", json={}, headers=VERSION),
    "forward_gratification": Call("POST", f"{GIFT}/forward", json={}, headers=VERSION),
    "manage_gratification": Call("POST", f"{GIFT}/manage", json={}, headers=VERSION),
    "settle_gratification": Call("POST", f"{GIFT}/settle", json={}, headers=VERSION),
    "finish_gratification": Call("POST", f"{GIFT}/finish", json={}, headers=VERSION),
    "show_giver": Call("POST", f"{GIFT}/giver", json={}),
    "return_nil": Call("POST", "/nil-returns", json={"unit_id": "{unit}", "period": "2025-S1"}),
    "list_nil_returns": Call("GET", "/nil-returns"),
    "declare_conflict": Call(
        "POST", "/coi-declarations", json=SAID | {"unit_id": "{unit}", "decision": "Penetapan."}
    ),
    "list_conflicts": Call("GET", "/coi-declarations"),
    "show_conflict": Call("GET", CONFLICT),
    "assess_conflict": Call("POST", f"{CONFLICT}/assess", json={}, headers=VERSION),
    "decide_conflict": Call("POST", f"{CONFLICT}/decide", json={}, headers=VERSION),
    "finish_conflict": Call("POST", f"{CONFLICT}/finish", json={}, headers=VERSION),
    "show_conflict_map": Call("GET", "/coi-map?unit={unit}"),
    "enter_map_entry": Call(
        "POST", "/coi-map", json=SAID | {"unit_id": "{unit}", "control": "Digantikan pejabat lain."}
    ),
    "change_map_entry": Call("PUT", ENTRY_OF_MAP, json={}, headers=VERSION),
    "confirm_map_entry": Call("POST", f"{ENTRY_OF_MAP}/confirm", headers=VERSION),
    "retire_map_entry": Call("POST", f"{ENTRY_OF_MAP}/retire", headers=VERSION),
    "list_map_entry_versions": Call("GET", f"{ENTRY_OF_MAP}/versions"),
    "review_conflict_map": Call(
        "POST", "/coi-map/reviews", json={"unit_id": "{unit}", "year": 2026}, headers=VERSION
    ),
    "page_gifts": Call("GET", "/gratifikasi", is_page=True),
    "page_report_gift": Call("GET", "/gratifikasi/lapor", is_page=True),
    "page_send_gift": Call("POST", "/gratifikasi/lapor", data={}, is_page=True),
    "page_gift": Call("GET", f"/gratifikasi/{uuid4()}", is_page=True),
    "page_nil": Call("GET", "/gratifikasi/nihil", is_page=True),
    "page_send_nil": Call("POST", "/gratifikasi/nihil", data={}, is_page=True),
    "page_ask_giver": Call("GET", f"/gratifikasi/{uuid4()}/pemberi", is_page=True),
    "page_show_giver": Call("POST", f"/gratifikasi/{uuid4()}/pemberi", data={}, is_page=True),
    "page_ask_gift_act": Call("GET", f"/gratifikasi/{uuid4()}/teruskan", is_page=True),
    "page_do_gift_act": Call("POST", f"/gratifikasi/{uuid4()}/teruskan", data={}, is_page=True),
    "page_conflicts": Call("GET", "/benturan-kepentingan", is_page=True),
    "page_declare": Call("GET", "/benturan-kepentingan/deklarasi", is_page=True),
    "page_send_declaration": Call("POST", "/benturan-kepentingan/deklarasi", data={}, is_page=True),
    "page_conflict": Call("GET", f"/benturan-kepentingan/{uuid4()}", is_page=True),
    "page_ask_conflict_act": Call("GET", f"/benturan-kepentingan/{uuid4()}/nilai", is_page=True),
    "page_do_conflict_act": Call("POST", f"/benturan-kepentingan/{uuid4()}/nilai", data={}, is_page=True),
    "page_map": Call("GET", "/benturan-kepentingan/peta", is_page=True),
    "page_review_map": Call("POST", "/benturan-kepentingan/peta", data={}, is_page=True),
    "page_new_entry": Call("GET", "/benturan-kepentingan/peta/baru", is_page=True),
    "page_enter_entry": Call("POST", "/benturan-kepentingan/peta/baru", data={}, is_page=True),
    "page_entry": Call("GET", f"/benturan-kepentingan/peta/butir/{uuid4()}", is_page=True),
    "page_change_entry": Call("POST", f"/benturan-kepentingan/peta/butir/{uuid4()}", data={}, is_page=True),
}

MY_DATA = "/lacak/pengaduan/data"
DUTIES = {
    "enter_data_request": Call(
        "POST",
        "/data-requests",
        json={
            "unit_id": "{unit}",
            "wish": "akses",
            "text": "Minta salinan.",
            "name": "Wulan",
            "contact": "0812",
        },
    ),
    "list_data_requests": Call("GET", "/data-requests"),
    "show_data_request": Call("GET", REQUEST_OF_DATA),
    "ask_proof_of_identity": Call("POST", f"{REQUEST_OF_DATA}/ask-proof", json={}, headers=VERSION),
    "answer_data_request": Call("POST", f"{REQUEST_OF_DATA}/answer", json={}, headers=VERSION),
    "withdraw_data_request": Call("POST", f"{REQUEST_OF_DATA}/withdraw", json={}, headers=VERSION),
    "close_data_request": Call("POST", f"{REQUEST_OF_DATA}/close", json={}, headers=VERSION),
    "show_data_subject": Call("POST", f"{REQUEST_OF_DATA}/person", json={}),
    "enter_data_breach": Call(
        "POST",
        "/data-breaches",
        json={
            "unit_id": "{unit}",
            "detected_at": "2026-01-02T09:00:00+07:00",
            "summary": "Salah kirim.",
        },
    ),
    "list_data_breaches": Call("GET", "/data-breaches"),
    "show_data_breach": Call("GET", BREACH),
    "assess_data_breach": Call("POST", f"{BREACH}/assess", json={}, headers=VERSION),
    "notify_data_breach": Call("POST", f"{BREACH}/notify", json={}, headers=VERSION),
    "rule_out_data_breach": Call("POST", f"{BREACH}/rule-out", json={}, headers=VERSION),
    "close_data_breach": Call("POST", f"{BREACH}/close", json={}, headers=VERSION),
    "enter_ombudsman_report": Call(
        "POST",
        "/ombudsman-reports",
        json={
            "unit_id": "{unit}",
            "number": "LHP-1",
            "issued_on": "2026-01-01",
            "received_on": "2026-01-02",
            "actions": ["Perbaiki jadwal."],
        },
    ),
    "list_ombudsman_reports": Call("GET", "/ombudsman-reports"),
    "show_ombudsman_report": Call("GET", LHP),
    "record_corrective_action": Call("POST", f"{LHP}/record-action", json={}, headers=VERSION),
    "report_to_ombudsman": Call("POST", f"{LHP}/report", json={}, headers=VERSION),
    "close_ombudsman_report": Call("POST", f"{LHP}/close", json={}, headers=VERSION),
    "list_my_data_requests": Call("GET", "/public/my-case/data-requests"),
    "ask_about_my_data": Call("POST", "/public/my-case/data-requests", json={}),
    "withdraw_my_data_request": Call("POST", f"/public/my-case/data-requests/{uuid4()}/withdraw"),
    "page_duties": Call("GET", "/kewajiban", is_page=True),
    "page_new_duty": Call("GET", "/kewajiban/baru/lhp", is_page=True),
    "page_enter_duty": Call("POST", "/kewajiban/baru/lhp", data={}, is_page=True),
    "page_duty": Call("GET", f"/kewajiban/{uuid4()}", is_page=True),
    "page_ask_duty_act": Call("GET", f"/kewajiban/{uuid4()}/tutup", is_page=True),
    "page_do_duty_act": Call("POST", f"/kewajiban/{uuid4()}/tutup", data={}, is_page=True),
    "page_ask_data_subject": Call("GET", f"/kewajiban/{uuid4()}/pemohon", is_page=True),
    "page_show_data_subject": Call("POST", f"/kewajiban/{uuid4()}/pemohon", data={}, is_page=True),
    "page_my_data": Call("GET", MY_DATA, is_page=True),
    "page_send_my_data": Call("POST", MY_DATA, data={}, is_page=True),
    "page_confirm_withdraw_my_data": Call("GET", f"{MY_DATA}/{uuid4()}/cabut", is_page=True),
    "page_withdraw_my_data": Call("POST", f"{MY_DATA}/{uuid4()}/cabut", data={}, is_page=True),
}


async def test_the_matrix_holds(app: FastAPI, issuer: TestIssuer) -> None:
    calls = {
        "submit_report": Call("POST", "/public/cases", json={}),
        "track_case": Call("GET", "/public/cases/000000000000"),
        "list_channels": Call("GET", "/public/channels"),
        "list_registered_channels": Call("GET", "/channels"),
        "page_channels": Call("GET", "/saluran", is_page=True),
        "page_channel_register": Call("GET", "/saluran/kelola", is_page=True),
        "page_channel": Call("GET", f"/saluran/kelola/{ID}", is_page=True),
        "page_new_channel": Call("GET", "/saluran/kelola/buka/baru", is_page=True),
        "page_open_channel": Call("POST", "/saluran/kelola/buka/baru", data={}, is_page=True),
        "page_ask_channel_test": Call("GET", f"/saluran/kelola/{ID}/uji", is_page=True),
        "page_do_channel_test": Call("POST", f"/saluran/kelola/{ID}/uji", data={}, is_page=True),
        "page_ask_channel_act": Call("GET", f"/saluran/kelola/{ID}/tutup", is_page=True),
        "page_do_channel_act": Call("POST", f"/saluran/kelola/{ID}/tutup", data={}, is_page=True),
        "show_channel": Call("GET", f"/channels/{ID}"),
        "open_channel": Call("POST", "/channels", json=PHONE | {"unit_id": "{unit}"}),
        "change_channel": Call("PUT", f"/channels/{ID}", json={}, headers=VERSION),
        "publish_channel": Call("POST", f"/channels/{ID}/places", json={}, headers=VERSION),
        "close_channel": Call("POST", f"/channels/{ID}/close", json={}, headers=VERSION),
        "record_channel_test": Call("POST", f"/channels/{ID}/tests", json={}),
        "upload_import": Call("POST", "/imports", data={}),
        "list_imports": Call("GET", "/imports"),
        "show_import": Call("GET", f"/imports/{ID}"),
        "download_import_rows": Call("GET", f"/imports/{ID}/rows"),
        "map_import": Call("POST", f"/imports/{ID}/mapping", json={}),
        "run_import": Call("POST", f"/imports/{ID}/run", json={}),
        "export_imported_states": Call("GET", "/imported-states"),
        "page_imports": Call("GET", "/pengaduan/impor", is_page=True),
        "page_upload_import": Call("POST", "/pengaduan/impor", data={}, is_page=True),
        "page_import": Call("GET", f"/pengaduan/impor/{ID}", is_page=True),
        "page_import_rows": Call("GET", f"/pengaduan/impor/{ID}/hasil.csv", is_page=True),
        "page_map_import": Call("POST", f"/pengaduan/impor/{ID}/kolom", data={}, is_page=True),
        "page_run_import": Call("POST", f"/pengaduan/impor/{ID}/jalankan", data={}, is_page=True),
        "page_imported_states": Call("GET", "/pengaduan/impor/status.csv", is_page=True),
        "list_reportable_units": Call("GET", "/public/units"),
        "open_receipt_session": Call("POST", "/public/receipt-sessions", json={"receipt": "x"}),
        "close_receipt_session": Call("DELETE", "/public/receipt-sessions"),
        "show_my_case": Call("GET", "/public/my-case"),
        "complete_my_case": Call("POST", "/public/my-case/complete", json={"text": "Tanggal 3."}),
        "accept_answer": Call("POST", "/public/my-case/accept"),
        "object_to_answer": Call("POST", "/public/my-case/object", json={"reason": "Belum dijawab."}),
        "withdraw_my_case": Call("POST", "/public/my-case/withdraw"),
        "reopen_my_case": Call("POST", "/public/my-case/reopen", json={"reason": "Masih terjadi."}),
        "appeal_my_case": Call("POST", "/public/my-case/appeal", json={"reason": "Belum adil."}),
        "list_unanswered": Call("GET", "/messages/unanswered"),
        "page_unanswered": Call("GET", "/pengaduan/pesan/belum-dijawab", is_page=True),
        "list_answers_to_post": Call("GET", "/answers/to-post"),
        "post_answer": Call("POST", f"{CASE}/post-answer", json={"posted_on": "2026-01-05", "letter": "S-1"}),
        "page_answers_to_post": Call("GET", "/pengaduan/tanggapan-kembali", is_page=True),
        "page_post_answer": Call("GET", "/pengaduan/123456789012/kirim-pos", is_page=True),
        "page_note_posting": Call("POST", "/pengaduan/123456789012/kirim-pos", data={}, is_page=True),
        "list_messages": Call("GET", f"{CASE}/messages"),
        "send_message": Call("POST", f"{CASE}/messages", json={"text": "Kami tinjau."}),
        "attach_to_case": Call("POST", f"{CASE}/attachments", files=FILE),
        "download_attachment": Call("GET", f"{CASE}/attachments/{ID}"),
        "page_conversation": Call("GET", "/pengaduan/123456789012/percakapan", is_page=True),
        "page_write": Call("POST", "/pengaduan/123456789012/percakapan", files=FILE, is_page=True),
        "page_open_attachment": Call("GET", f"/pengaduan/123456789012/berkas/{ID}", is_page=True),
        "list_my_messages": Call("GET", "/public/my-case/messages"),
        "send_my_message": Call("POST", "/public/my-case/messages", json={"text": "Masih tutup."}),
        "attach_to_my_case": Call("POST", "/public/my-case/attachments", files=FILE),
        "download_my_attachment": Call("GET", f"/public/my-case/attachments/{ID}"),
        "check_proof": Call("GET", "/public/proofs/x"),
        "show_my_proof": Call("GET", "/public/my-case/proof"),
        "page_my_proof": Call("GET", "/lacak/pengaduan/bukti", is_page=True),
        "page_check_proof": Call("GET", "/keaslian", is_page=True),
        "page_proof": Call("GET", "/keaslian/x", is_page=True),
        "page_my_messages": Call("GET", "/lacak/pengaduan/pesan", is_page=True),
        "page_send_message": Call("POST", "/lacak/pengaduan/pesan", files=FILE, is_page=True),
        "page_open_my_attachment": Call("GET", f"/lacak/pengaduan/berkas/{ID}", is_page=True),
        "open_identity": Call("POST", f"{CASE}/identity-requests", json={}),
        "list_identity_requests": Call("GET", f"{CASE}/identity-requests"),
        "list_identity_reads": Call("GET", "/identity-reads"),
        "list_custodians": Call("GET", "/custodians"),
        "enter_custodian": Call("POST", "/custodians", json={}),
        "end_custodian": Call("POST", f"/custodians/{ID}/end", json={}, headers=VERSION),
        "page_identities": Call("GET", "/pengaduan/identitas", is_page=True),
        "page_ask_identity": Call("GET", "/pengaduan/123456789012/identitas", is_page=True),
        "page_show_identity": Call("POST", "/pengaduan/123456789012/identitas", data={}, is_page=True),
        "enter_case": Call("POST", "/cases", json=ENTRY | {"unit_id": "{unit}"}),
        "list_cases": Call("GET", "/cases"),
        "show_case": Call("GET", CASE),
        "explain_deadlines": Call("GET", f"{CASE}/deadlines"),
        "list_notices": Call("GET", f"{CASE}/notices"),
        "list_overdue": Call("GET", "/overdue"),
        "list_retention_due": Call("GET", "/retention-due"),
        "list_calendar_years": Call("GET", "/calendar"),
        "preview_due": Call("GET", "/calendar/due?from=2026-03-12&length=5"),
        "import_calendar_year": Call("POST", "/calendar/2028/import"),
        "change_calendar_year": Call("POST", "/calendar/2027/changes", json={}),
        "show_calendar_draft": Call("GET", "/calendar/2027/draft"),
        "discard_calendar_draft": Call("POST", "/calendar/2027/discard"),
        "preview_calendar_year": Call("GET", "/calendar/2027/preview"),
        "confirm_calendar_year": Call("POST", "/calendar/2027/confirm", json={}),
        "show_unit_calendar": Call("GET", "/units/{unit}/calendar"),
        "change_unit_days_off": Call("POST", "/units/{unit}/days-off", json=LOCAL_DAY),
        "change_unit_week": Call("POST", "/units/{unit}/week", json=SIX_DAYS),
        "request_completion": Call("POST", f"{CASE}/request-completion", json={}, headers=VERSION),
        "confirm_completion": Call("POST", f"{CASE}/confirm-completion", json={}, headers=VERSION),
        "complete_case": Call("POST", f"{CASE}/complete", json={}, headers=VERSION),
        "verify_case": Call("POST", f"{CASE}/verify", json={}, headers=VERSION),
        "dispose_case": Call("POST", f"{CASE}/dispose", json={}, headers=VERSION),
        "reassign_case": Call("POST", f"{CASE}/reassign", json={}, headers=VERSION),
        "proceed_case": Call("POST", f"{CASE}/proceed", json={}, headers=VERSION),
        "list_handlers": Call("GET", "/handlers?unit={unit}"),
        "enter_handler": Call("POST", "/handlers", json={"unit_id": "{unit}", "handler": "sari"}),
        "remove_handler": Call("POST", "/handlers/remove", json={"unit_id": "{unit}", "handler": "sari"}),
        "list_handling_units": Call("GET", "/handling-units"),
        "show_handling_unit": Call("GET", f"/handling-units/{uuid4()}"),
        "enter_handling_unit": Call("POST", "/handling-units", json=TEAM | {"unit_ids": ["{unit}"]}),
        "change_handling_unit": Call("PUT", f"/handling-units/{uuid4()}", json={}, headers=VERSION),
        "end_handling_unit": Call("POST", f"/handling-units/{uuid4()}/end", json={}, headers=VERSION),
        "list_evaluations": Call("GET", "/evaluations"),
        "evaluate_handling": Call("POST", "/evaluations", json=EVALUATION | {"unit_id": "{unit}"}),
        "page_handling_units": Call("GET", "/pengaduan/unit-pengelola", is_page=True),
        "page_new_handling_unit": Call("GET", "/pengaduan/unit-pengelola/baru", is_page=True),
        "page_enter_handling_unit": Call("POST", "/pengaduan/unit-pengelola/baru", data={}, is_page=True),
        "page_handling_unit": Call("GET", f"/pengaduan/unit-pengelola/{uuid4()}", is_page=True),
        "page_edit_handling_unit": Call("GET", f"/pengaduan/unit-pengelola/{uuid4()}/ubah", is_page=True),
        "page_change_handling_unit": Call(
            "POST", f"/pengaduan/unit-pengelola/{uuid4()}/ubah", data={}, is_page=True
        ),
        "page_ask_end_handling_unit": Call(
            "GET", f"/pengaduan/unit-pengelola/{uuid4()}/akhiri", is_page=True
        ),
        "page_end_handling_unit": Call(
            "POST", f"/pengaduan/unit-pengelola/{uuid4()}/akhiri", data={}, is_page=True
        ),
        "page_evaluations": Call("GET", "/pengaduan/laporan/evaluasi", is_page=True),
        "page_evaluate": Call("POST", "/pengaduan/laporan/evaluasi", data={}, is_page=True),
        "public_statistics": Call("GET", "/public/statistics"),
        "page_statistics": Call("GET", "/statistik-pengaduan", is_page=True),
        "report_handling": Call("GET", "/reports/handling?period=2026"),
        "page_handling_report": Call("GET", "/pengaduan/laporan", is_page=True),
        "page_handling_report_csv": Call("GET", "/pengaduan/laporan.csv", is_page=True),
        "page_handling_report_xlsx": Call("GET", "/pengaduan/laporan.xlsx", is_page=True),
        "follow_up_case": Call("POST", f"{CASE}/follow-up", json={}, headers=VERSION),
        "respond_case": Call("POST", f"{CASE}/respond", json={}, headers=VERSION),
        "approve_case": Call("POST", f"{CASE}/approve", json={}, headers=VERSION),
        "answer_in_person": Call("POST", f"{CASE}/answer-in-person", json={}, headers=VERSION),
        "order_inspection": Call("POST", f"{CASE}/order-inspection", json={}, headers=VERSION),
        "correct_review": Call("POST", f"{CASE}/correct-review", json={}, headers=VERSION),
        "decide_review": Call("POST", f"{CASE}/decide-review", json={}, headers=VERSION),
        "begin_inspection": Call("POST", f"{CASE}/begin-inspection", json={}, headers=VERSION),
        "report_inspection": Call("POST", f"{CASE}/report-inspection", json={}, headers=VERSION),
        "transfer_case": Call("POST", f"{CASE}/transfer", json={}, headers=VERSION),
        "confirm_transfer": Call("POST", f"{CASE}/confirm-transfer", json={}, headers=VERSION),
        "extend_case": Call("POST", f"{CASE}/extend", json={}, headers=VERSION),
        "confirm_extension": Call("POST", f"{CASE}/confirm-extension", json={}, headers=VERSION),
        "reclassify_case": Call("POST", f"{CASE}/reclassify", json={}, headers=VERSION),
        "confirm_reclassification": Call(
            "POST", f"{CASE}/confirm-reclassification", json={}, headers=VERSION
        ),
        "propose_dismissal": Call("POST", f"{CASE}/propose-dismissal", json={}, headers=VERSION),
        "confirm_dismissal": Call("POST", f"{CASE}/confirm-dismissal", json={}, headers=VERSION),
        "refuse_dismissal": Call("POST", f"{CASE}/refuse-dismissal", json={}, headers=VERSION),
        "reopen_case": Call("POST", f"{CASE}/reopen", json={}, headers=VERSION),
        "uphold_appeal": Call("POST", f"{CASE}/uphold-appeal", json={}, headers=VERSION),
        "reject_appeal": Call("POST", f"{CASE}/reject-appeal", json={}, headers=VERSION),
        "page_home": Call("GET", "/", is_page=True),
        "page_report": Call("GET", "/lapor", is_page=True),
        "page_send_report": Call("POST", "/lapor", data={}, is_page=True),
        "page_received": Call("GET", "/lapor/diterima", is_page=True),
        "page_end_received": Call("POST", "/lapor/selesai", data={}, is_page=True),
        "page_track": Call("GET", "/lacak", is_page=True),
        "page_open_case": Call("POST", "/lacak", data={}, is_page=True),
        "page_my_case": Call("GET", "/lacak/pengaduan", is_page=True),
        "page_complete": Call("POST", "/lacak/pengaduan/lengkapi", data={}, is_page=True),
        "page_confirm_accept": Call("GET", "/lacak/pengaduan/terima", is_page=True),
        "page_accept": Call("POST", "/lacak/pengaduan/terima", data={}, is_page=True),
        "page_object": Call("GET", "/lacak/pengaduan/keberatan", is_page=True),
        "page_send_objection": Call("POST", "/lacak/pengaduan/keberatan", data={}, is_page=True),
        "page_confirm_withdraw": Call("GET", "/lacak/pengaduan/cabut", is_page=True),
        "page_withdraw": Call("POST", "/lacak/pengaduan/cabut", data={}, is_page=True),
        "page_reopen": Call("GET", "/lacak/pengaduan/buka-kembali", is_page=True),
        "page_send_reopening": Call("POST", "/lacak/pengaduan/buka-kembali", data={}, is_page=True),
        "page_appeal": Call("GET", "/lacak/pengaduan/banding", is_page=True),
        "page_send_appeal": Call("POST", "/lacak/pengaduan/banding", data={}, is_page=True),
        "page_desk": Call("GET", "/pengaduan", is_page=True),
        "page_desk_file": Call("GET", "/pengaduan/daftar.csv", is_page=True),
        "list_policies": Call("GET", "/policies"),
        "show_policy": Call("GET", "/policies/D1.1"),
        "preview_policy_migration": Call("GET", "/policies/D1.1/migrations/preview?to=D1.2"),
        "migrate_policy": Call("POST", "/policies/D1.1/migrations", json={}),
        "list_policy_migrations": Call("GET", "/policies/D1.1/migrations"),
        "confirm_policy_migration": Call(
            "POST", "/policies/D1.1/migrations/00000000-0000-0000-0000-000000000000/confirm"
        ),
        "page_policies": Call("GET", "/pengaduan/aturan", is_page=True),
        "page_calendar": Call("GET", "/kalender", is_page=True),
        "page_calendar_year": Call("GET", "/kalender/2026", is_page=True),
        "page_due": Call("GET", "/kalender/hitung", is_page=True),
        "page_import_calendar": Call("POST", "/kalender/2026/impor", is_page=True),
        "page_change_calendar": Call("GET", "/kalender/2026/ubah", is_page=True),
        "page_send_calendar_change": Call("POST", "/kalender/2026/ubah", is_page=True),
        "page_calendar_draft": Call("GET", "/kalender/2026/usulan", is_page=True),
        "page_confirm_calendar": Call("POST", "/kalender/2026/kukuhkan", is_page=True),
        "page_ask_discard_calendar": Call("GET", "/kalender/2026/buang", is_page=True),
        "page_discard_calendar": Call("POST", "/kalender/2026/buang", is_page=True),
        "page_unit_calendar": Call("GET", "/kalender/unit/{unit}", is_page=True),
        "page_unit_week": Call("GET", "/kalender/unit/{unit}/pekan", is_page=True),
        "page_change_unit_week": Call("POST", "/kalender/unit/{unit}/pekan", is_page=True),
        "page_unit_days_off": Call("GET", "/kalender/unit/{unit}/libur", is_page=True),
        "page_change_unit_days_off": Call("POST", "/kalender/unit/{unit}/libur", is_page=True),
        "page_case": Call("GET", "/pengaduan/123456789012", is_page=True),
        "page_overdue": Call("GET", "/pengaduan/lewat-waktu", is_page=True),
        "page_overdue_file": Call("GET", "/pengaduan/lewat-waktu/daftar.csv", is_page=True),
        "page_bulk": Call("GET", "/pengaduan/borongan", is_page=True),
        "page_do_bulk": Call(
            "POST",
            "/pengaduan/borongan",
            data={"tindakan": "disposisi", "kasus": "123456789012:1"},
            is_page=True,
        ),
        "page_act": Call("GET", "/pengaduan/123456789012/catat", is_page=True),
        "page_do_act": Call("POST", "/pengaduan/123456789012/catat", data={}, is_page=True),
        "page_leave": Call("POST", "/lacak/keluar", data={}, is_page=True),
    }
    own, other = Place("u-1", "a-1"), Place("u-9", "a-9")
    calls |= INTEGRITY | DUTIES
    assert await broken_rules(app, MATRIX, calls, issuer, own=own, other=other) == []


async def test_a_complaint_is_handled_and_accepted_over_http(acting_of: Acting) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post(
        "/public/receipt-sessions", json={"receipt": made["receipt"].lower()}
    )
    session = {"X-Receipt-Session": opened.json()["token"]}
    mine = (await acting_of.client.get("/public/my-case", headers=session)).json()
    assert [answer["content"] for answer in mine["answers"]] == ["Jadwal diperbaiki."]
    assert [event["act"] for event in mine["events"]][-1] == "approve"
    closed = await acting_of.client.post("/public/my-case/accept", headers=session)
    assert (closed.status_code, closed.json()["closed_by"]) == (200, "reporter")
    again = await acting_of.client.post("/public/my-case/accept", headers=session)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


async def test_only_the_reporter_or_the_engine_closes(app: FastAPI) -> None:
    acts = {route.path for route in _routes(app) if route.path.startswith("/cases/{case_id}/")}
    assert not {path for path in acts if "close" in path or "accept" in path}


def _routes(app: FastAPI) -> list[Any]:
    from services.complaints.api import ROUTERS
    from shared.http.app import operations_of

    return [route for router in ROUTERS for route in operations_of(router)]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 428, "precondition_required"),
        ({"If-Match": '"7"'}, 412, "stale_version"),
        ({"If-Match": "7"}, 400, "if_match_invalid"),
    ],
)
async def test_an_act_names_the_version_it_is_based_on(
    acting_of: Acting, headers: dict[str, str], status: int, code: str
) -> None:
    made = await acting_of.enter()
    body = {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}
    answer = await acting_of.client.post(
        f"/cases/{made['id']}/verify", json=body, headers=acting_of.headers("complaint_officer") | headers
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_illegal_act_is_a_conflict(acting_of: Acting) -> None:
    made = await acting_of.enter()
    answer = await acting_of.act("case_approver", made["id"], "approve", made["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


async def test_a_late_request_for_facts_waits_for_a_second_person(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    await clock.set(wib(2026, 1, 8, 8))
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", 1, missing="Kapan kejadiannya?"
    )
    proposed = {"state": "DITERIMA", "version": 1, "proposed_by": "test-complaint_officer"}
    assert {name: asked.json()[name] for name in proposed} == proposed
    headers = acting_of.headers("complaint_supervisor")
    shown = (await acting_of.client.get(f"/cases/{made['id']}", headers=headers)).json()
    assert (shown["proposed_by"], shown["proposed_missing"]) == (
        "test-complaint_officer",
        "Kapan kejadiannya?",
    )
    confirmed = await acting_of.act(
        "complaint_supervisor", made["id"], "confirm-completion", 1, missing=shown["proposed_missing"]
    )
    assert (confirmed.json()["state"], confirmed.json()["proposed_by"]) == ("MENUNGGU_KELENGKAPAN", None)


async def test_a_retry_with_the_key_shows_the_same_receipt_and_makes_one_case(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    headers = {"Idempotency-Key": "the same key, sent twice"}
    first = await client.post("/public/cases", json=REPORT, headers=headers)
    second = await client.post("/public/cases", json=REPORT, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(await filer.rows("SELECT 1 FROM case_file")) == 1
    stored = await filer.rows("SELECT * FROM idempotency")
    assert first.json()["receipt"] not in str(stored)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "pendek"}, "text"),
        ({"unit_id": "u-77"}, "unit_id"),
        ({"unit_id": None, "agency_id": "a-77"}, "agency_id"),
        ({"event_on": "2026-01-06"}, "event_on"),
        ({"privacy_notice": "0"}, "privacy_notice"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_faulty_report_is_refused_at_its_field(
    client: httpx2.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    answer = await client.post("/public/cases", json=REPORT | changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_at": wib(2026, 1, 5, 10).isoformat()}, "received_at"),
        ({"received_at": wib(2025, 12, 30).isoformat()}, "backdate_reason"),
        ({"channel": "web"}, "channel"),
        ({"channel": "merpati"}, "channel"),
    ],
)
async def test_an_officers_entry_is_refused_at_its_field(
    acting_of: Acting, changes: dict[str, Any], field: str
) -> None:
    answer = await acting_of.client.post(
        "/cases", json=ENTRY | changes, headers=acting_of.headers("complaint_officer")
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_report_is_taken_from_the_first_instant_of_2000_on(acting_of: Acting) -> None:
    await acting_of.enter(received_at="2000-01-01T00:00:00+07:00", backdate_reason="Surat lama ditemukan.")
    for moment in ("1999-12-31T23:59:59+07:00", "0001-01-01T00:00:00+09:00"):
        answer = await acting_of.client.post(
            "/cases",
            json=ENTRY | {"received_at": moment, "backdate_reason": "Surat lama ditemukan."},
            headers=acting_of.headers("complaint_officer"),
        )
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("received_at", "out_of_time")


async def test_a_report_entered_late_is_breached_at_once_and_only_once(
    acting_of: Acting, filer: Filer
) -> None:
    await acting_of.enter(
        received_at=wib(2025, 12, 1).isoformat(), backdate_reason="Surat terlambat dicatat."
    )
    facts = await filer.facts()
    assert facts == [
        "case.received",
        *["deadline.armed"] * 2,
        "deadline.overdue",
        "deadline.escalated",
        "deadline.reminded",  # of the cap, half of whose time is over
    ]
    found = await acting_of.client.get("/overdue", headers=acting_of.headers("complaint_officer"))
    assert [(line["rule"], line["unit_name"]) for line in found.json()["items"]] == [("D1", "Kantor Satu")]


async def test_a_case_of_an_unknown_unit_waits_for_the_agencys_officers(
    client: httpx2.AsyncClient, acting_of: Acting, filer: Filer
) -> None:
    await client.post("/public/cases", json=REPORT | {"unit_id": None, "agency_id": "a-1"})
    keys = {row.record_key for row in await filer.rows("SELECT record_key FROM outbox")}
    assert keys == {UNASSIGNED_UNIT}
    wide = acting_of.issuer.headers("complaint_officer", level="agency", agencies=["a-1"])
    [case] = (await client.get("/cases", headers=wide)).json()["items"]
    narrow = await client.get("/cases", headers=acting_of.headers("complaint_officer"))
    assert narrow.json()["items"] == []
    body = {"unit_id": "u-2", "stream": "pelayanan", "case_class": "ringan"}
    answer = await client.post(f"/cases/{case['id']}/verify", json=body, headers=wide | VERSION)
    assert answer.json()["unit_id"] == "u-2"


async def test_lists_go_on_by_key(acting_of: Acting) -> None:
    made = [(await acting_of.enter())["id"] for _ in range(3)]
    headers = acting_of.headers("complaint_officer")
    first = (await acting_of.client.get("/cases?limit=2", headers=headers)).json()
    rest = (await acting_of.client.get(f"/cases?limit=2&cursor={first['next']}", headers=headers)).json()
    assert [case["id"] for case in first["items"] + rest["items"]] == made
    assert rest["next"] is None


async def test_a_handler_sees_the_assigned_cases_only(acting_of: Acting) -> None:
    await acting_of.enter()
    assigned = await acting_of.answered()
    seen = await acting_of.client.get("/cases", headers=acting_of.headers("case_handler"))
    assert [case["id"] for case in seen.json()["items"]] == [assigned["id"]]


async def test_a_secret_case_shows_nothing_by_its_tracking_id(client: httpx2.AsyncClient) -> None:
    plain = (await client.post("/public/cases", json=REPORT)).json()
    secret = (await client.post("/public/cases", json=REPORT | {"is_content_secret": True})).json()
    shown = await client.get(f"/public/cases/{plain['tracking_id']}")
    assert shown.json()["state"] == "DITERIMA"
    assert "text" not in shown.json()
    assert (await client.get(f"/public/cases/{secret['tracking_id']}")).status_code == 404


async def test_a_wrong_receipt_opens_nothing(client: httpx2.AsyncClient) -> None:
    for typed in ("VBS8V-YX879-D126T-WJE2T-K", "VBS8V-YX879-D126T-WJE2T-A", ""):
        answer = await client.post("/public/receipt-sessions", json={"receipt": typed})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.get("/public/my-case", headers={"X-Receipt-Session": "x"})).status_code == 404


async def test_while_the_database_clock_is_doubted_nobody_acts_and_nothing_fires(
    app: FastAPI, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    trusted = TrustedClock(host=clock, monotonic=lambda: 0.0)
    app.state.engine = replace(app.state.engine, clock=trusted)
    async with filer.db.reading() as session:
        assert await trusted.now(session) == clock.now()
    await clock.set(wib(2026, 2, 1))  # host and database jump together, the process's own clock does not
    before = await filer.facts()
    verify = {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"}
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": "k" * 32}
    for answer in (
        await acting_of.act("complaint_officer", made["id"], "verify", 1, **verify),
        await acting_of.client.post("/public/cases", json=REPORT),
        await acting_of.client.post("/lapor", data=form, headers=BROWSER),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert await filer.facts() == before
    assert (await acting_of.client.get(f"/public/cases/{made['tracking_id']}")).status_code == 200


async def test_each_desk_enters_what_it_answers(acting_of: Acting) -> None:
    answer = await acting_of.client.post(
        "/cases", json=ENTRY, headers=acting_of.headers("information_officer")
    )
    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("kind", "others_act")]
    asked = ENTRY | {"kind": "permintaan_informasi", "name": "Ratna"}
    for role in ("information_officer", "complaint_officer"):
        answer = await acting_of.client.post("/cases", json=asked, headers=acting_of.headers(role))
        assert answer.status_code == 201, answer.text
