"""The routes over HTTP: access, versions, keys, receipts, pages."""

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
from tests.support.forms import carried
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

EVALUATION = {
    "stream": "masyarakat",
    "period": "2025",
    "conclusion": "Penanganan tepat waktu.",
    "findings": "Tidak ada temuan.",
    "follow_up": "Tidak diperlukan.",
}

GIFT = f"/gratifications/{uuid4()}"
CONFLICT = f"/coi-declarations/{uuid4()}"
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


async def test_the_matrix_holds(app: FastAPI, issuer: TestIssuer) -> None:
    calls = {
        "submit_report": Call("POST", "/public/cases", json={}),
        "track_case": Call("GET", "/public/cases/000000000000"),
        "list_channels": Call("GET", "/public/channels"),
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
    calls |= INTEGRITY
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


# -- pages --------------------------------------------------------------------------------------------------


async def test_a_report_by_form_gives_a_receipt_that_opens_the_case(
    client: httpx2.AsyncClient, acting_of: Acting, clock: MovedClock
) -> None:
    page = await client.get("/lapor?unit=u-1", headers=BROWSER)
    key = _between(page.text, 'name="key" value="', '"')
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": key}
    receipts = set()
    for _ in range(2):
        sent = await client.post("/lapor", data=form, headers=BROWSER)
        assert (sent.status_code, sent.headers["location"][:22]) == (303, "/lapor/diterima?untuk=")
        told = await client.get(sent.headers["location"], headers=BROWSER)
        receipts.add(_between(told.text, 'id="tanda-terima">', "<"))
    [receipt] = receipts
    opened = await client.post("/lacak", data={"receipt": receipt}, headers=BROWSER)
    assert (opened.status_code, opened.headers["location"]) == (303, "/lacak/pengaduan")
    client.cookies.clear()
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith("__Host-zi-complaints-receipt=")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    shown = await client.get(
        "/lacak/pengaduan", headers=BROWSER | {"Cookie": cookie.split(";", maxsplit=1)[0]}
    )
    assert REPORT["text"] in shown.text
    due = "Menunggu petugas memeriksa pengaduan, paling lambat"
    assert due in shown.text
    assert "8 Januari 2026 pukul 24.00 WIB" in shown.text


async def test_a_faulty_form_keeps_what_was_typed(client: httpx2.AsyncClient) -> None:
    form = {"place": "unit:u-1", "text": "pendek", "privacy_notice": "1", "key": "k" * 32, "name": "Wulan"}
    answer = await client.post("/lapor", data=form, headers=BROWSER)
    assert answer.status_code == 422
    assert "Minimal 20 karakter; yang terlihat baru" in answer.text
    assert 'value="Wulan"' in answer.text
    assert "pendek" in answer.text


@pytest.mark.parametrize(
    "wrong", [{"text": "Loket tutup \x00 sebelum jam layanan."}, {"place": "unit:u!1"}, {"place": "unit:"}]
)
async def test_what_no_table_can_hold_is_refused_at_its_field(
    client: httpx2.AsyncClient, wrong: dict[str, str]
) -> None:
    form = {"place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": "k" * 32}
    answer = await client.post("/lapor", data=form | wrong, headers=BROWSER)
    assert answer.status_code == 422
    assert f'href="#f-{next(iter(wrong))}"' in answer.text
    assert (await client.post("/public/cases", json=REPORT | {"text": "\x00" * 30})).status_code == 422


async def test_the_reporter_accepts_on_the_page_after_being_told_what_it_means(acting_of: Acting) -> None:
    made = await acting_of.answered()
    opened = await acting_of.client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}
    acting_of.client.cookies.clear()
    told = await acting_of.client.get("/lacak/pengaduan/terima", headers=browser)
    assert "tidak dapat dibatalkan" in told.text
    for wrong in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
        refused = await acting_of.client.post("/lacak/pengaduan/terima", data=wrong, headers=browser)
        assert refused.status_code == 403
    form = carried(told.text, "/lacak/pengaduan/terima")
    done = await acting_of.client.post("/lacak/pengaduan/terima", data=form, headers=browser)
    assert done.status_code == 303
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Anda menerima tanggapannya" in shown.text
    again = await acting_of.client.post("/lacak/pengaduan/terima", data=form, headers=browser)
    assert (again.status_code, again.headers["location"]) == (303, "/lacak/pengaduan")
    other = form | {"key": "k" * 32}
    again = await acting_of.client.post("/lacak/pengaduan/terima", data=other, headers=browser)
    assert again.status_code == 409
    late = await acting_of.client.get("/lacak/pengaduan/terima", headers=browser)
    assert (late.status_code, late.headers["location"]) == (303, "/lacak/pengaduan")


async def test_the_reporter_completes_on_the_page(acting_of: Acting, clock: MovedClock) -> None:
    made = await acting_of.enter()
    asked = await acting_of.act(
        "complaint_officer", made["id"], "request-completion", 1, missing="Kapan kejadiannya?"
    )
    assert asked.json()["state"] == "MENUNGGU_KELENGKAPAN"
    opened = await acting_of.client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}
    acting_of.client.cookies.clear()
    page = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Kapan kejadiannya?" in page.text
    form = {"text": "Tanggal 3."}
    for path in ("/lacak/pengaduan/lengkapi", "/lacak/keluar"):
        assert (await acting_of.client.post(path, data=form, headers=browser)).status_code == 403
    form |= carried(page.text, "/lacak/pengaduan/lengkapi")
    await acting_of.client.post("/lacak/pengaduan/lengkapi", data=form, headers=browser)
    shown = await acting_of.client.get("/lacak/pengaduan", headers=browser)
    assert "Tanggal 3." in shown.text
    assert "sedang ditangani" in shown.text


async def test_pages_of_a_case_need_a_live_session(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/lacak/pengaduan", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lacak")


def _token_of(page: str) -> str:
    return _between(page, 'name="csrf" value="', '"')


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]


async def test_the_years_are_told_over_http_with_who_confirmed(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    decree = "SKB 1205/2026, 3/2026, 2/2026"
    path, body = "/calendar/2027/confirm", {"decree": decree}
    of_one_agency = issuer.headers("admin", level="agency", agencies=["a-1"])
    forbidden = await client.post(path, json=body, headers=of_one_agency)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    headers = issuer.headers("admin", level="national")
    done = await client.post(path, json=body, headers=headers)
    assert done.status_code == 200, done.text
    items = (await client.get("/calendar", headers=headers)).json()["items"]
    assert [(year["year"], year["is_confirmed"]) for year in items] == [
        (2025, True),
        (2026, True),
        (2027, True),
    ]
    assert (items[-1]["confirmed_by"], items[-1]["decree"]) == (done.json()["confirmed_by"], decree)
    assert items[0]["confirmed_by"] is None
    refused = await client.post(path, json={"decree": "SKB 9/2026"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "decree_differs")
    assert refused.json()["field"] == "decree"


async def test_every_clock_tells_as_data_and_in_words_why_it_is_due_then(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    await clock.set(wib(2026, 1, 6))
    await acting_of.act("complaint_officer", made["id"], "request-completion", 1, missing="Kapan itu?")
    await clock.set(wib(2026, 1, 14))  # counted are the 14th, the 15th and the 19th: the 16th is off
    await acting_of.act("complaint_officer", made["id"], "complete", 2, text="Tanggal 3.")
    headers = acting_of.headers("complaint_officer")
    told = (await acting_of.client.get(f"/cases/{made['id']}/deadlines", headers=headers)).json()["items"]
    by_rule = {(one["rule_id"], one["status"]): one for one in told}
    d1 = by_rule["D1", "armed"]
    assert (d1["start_fact"], d1["length"], d1["unit"], d1["scope"]) == ("received", 3, "wd", "national")
    assert d1["due_text"] == "19 Januari 2026 pukul 24.00 WIB"
    assert d1["is_confirmed"] is False
    assert "PermenPANRB" in d1["source"]
    assert [(day["date"], day["kind"]) for day in d1["not_counted"]] == [("2026-01-16", "national")]
    [pause] = d1["pauses"]
    assert (pause["start_at"], pause["end_at"]) == ("2026-01-06T02:00:00Z", "2026-01-14T02:00:00Z")
    [change] = d1["changes"]
    assert (change["reason"], change["old_due_at"], change["new_due_at"]) == (
        "resumed",
        "2026-01-08T17:00:00Z",
        "2026-01-19T17:00:00Z",
    )
    assert d1["words"][0] == (
        "Mulai 5 Januari 2026 pukul 09.00 WIB, saat pengaduan diterima; hitungan mulai hari berikutnya."
    )
    assert any("Isra Mikraj" in line for line in d1["words"])
    cap = by_rule["D6C", "armed"]
    assert (cap["start_fact"], by_rule["D6C", "superseded"]["start_fact"]) == ("file_completed", "received")


async def test_policies_are_told_with_their_source_and_whether_somebody_has_read_it(
    acting_of: Acting,
) -> None:
    headers = acting_of.headers("complaint_officer")

    async def told(query: str) -> list[dict[str, Any]]:
        answer = await acting_of.client.get(f"/policies?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    assert [one["version"] for one in await told("kind=permintaan_informasi")] == [
        "D2.1",
        "D8.1",
        "D15.1",
        "D16.1",
        "D10.1",
        "D9-permintaan-informasi.1",
    ]
    [cap] = await told("rule=D6C")
    assert (cap["start"], cap["length"], cap["unit"], cap["is_confirmed"]) == (
        ["received", "file_completed", "returned"],
        60,
        "cd",
        False,
    )
    assert cap["source"].startswith("Perpres 76/2013")
    assert [rung["code"] for rung in cap["rungs"] if rung["is_due"]] == ["due"]
    assert cap["valid_from"] is None
    shown = await acting_of.client.get("/policies/D6C.1", headers=headers)
    assert shown.json() == cap
    missing = await acting_of.client.get("/policies/D77.1", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


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
