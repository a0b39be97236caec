"""The whole access matrix, every role, inside and outside its scope."""

from uuid import uuid4

import pytest

from services.planning.access import MATRIX
from services.planning.layers import WRITER_ROLE, Layer
from services.planning.stages.domain.acts import Act, roles_of, rows_of
from shared.security import AccessMatrix, Operation
from shared.security.roles import TOKEN_ROLES
from tests.support.matrix import Call, Place, broken_rules
from tests.support.planning import PDF, YEAR, Planning
from tests.support.stages import lead_to
from tests.support.workbook import workbook

ID = str(uuid4())
IF_MATCH = {"If-Match": '"1"'}
SHEET = f"/units/{{unit}}/worksheets/{YEAR}"
STAGE = f"/units/{{unit}}/stages/{YEAR}"
PROPOSAL = f"/usulan/a1/{YEAR}"
PAGES = f"/lembar-kerja/{{unit}}/{YEAR}"
YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}
FACTS = {"facts": [{"code": "spip", "value": "3"}]}
DECREE = {"number": "SK-1", "dated_on": "2024-12-10", "signatory": "Menteri"}
PROPOSED = [{"unit_id": "nobody", "category": "WBK"}]

CALLS = {
    "create_unit": Call("POST", "/units", json={"unit_id": "matrix", "name": "Kantor"}),
    "change_unit": Call("PATCH", "/units/{unit}", json={"echelon": "II"}, headers=IF_MATCH),
    "merge_unit": Call("POST", "/units/{unit}/merge", json={"into": "nobody"}, headers=IF_MATCH),
    "unmerge_unit": Call("POST", "/units/{unit}/unmerge", headers=IF_MATCH),
    "import_units": Call(
        "POST",
        "/unit-register/import?dry_run=true",
        files={"file": ("a.csv", b"Kode unit;Nama unit\na;A\n", "text/csv")},
    ),
    "export_units": Call("GET", "/unit-register"),
    "add_person": Call(
        "POST",
        "/people",
        json={
            "unit_id": "{unit}",
            "name": "Sari",
            "employee_number": "7",
            "category": "contract",
            "active_from": "2026-01-02",
        },
    ),
    "import_people": Call(
        "POST",
        "/person-register/import?dry_run=true",
        files={"file": ("a.csv", b"Nomor pegawai;Kode unit;Nama\n1;a;Sari\n", "text/csv")},
    ),
    "list_people": Call("GET", "/people?unit={unit}"),
    "show_person": Call("GET", f"/people/{ID}"),
    "change_person": Call("PATCH", f"/people/{ID}", json={"is_leader": True}, headers=IF_MATCH),
    "leave_unit": Call("POST", f"/people/{ID}/leave", json={"active_to": "2026-02-02"}, headers=IF_MATCH),
    "substitute_person": Call(
        "POST",
        f"/people/{ID}/substitutes",
        json={
            "substitute_id": ID,
            "kind": "plh",
            "decree_number": "PRIN-7",
            "first": "2026-03-02",
            "last": "2026-03-06",
        },
        headers=IF_MATCH,
    ),
    "end_substitution": Call(
        "POST", f"/people/{ID}/substitutes/{ID}/end", json={"last": "2026-03-03"}, headers=IF_MATCH
    ),
    "page_people": Call("GET", "/orang?unit={unit}", is_page=True),
    "page_person": Call("GET", f"/orang/{ID}", is_page=True),
    "page_people_import": Call("GET", "/orang/impor", is_page=True),
    "page_send_people_import": Call(
        "POST", "/orang/impor", files={"file": ("a.csv", b"Nomor pegawai\n", "text/csv")}, is_page=True
    ),
    "page_apply_people_import": Call("POST", "/orang/impor/terapkan", is_page=True),
    "page_new_person": Call("GET", "/orang/baru?unit={unit}", is_page=True),
    "page_enter_person": Call("POST", "/orang/baru?unit={unit}", is_page=True),
    "page_edit_person": Call("GET", f"/orang/{ID}/ubah", is_page=True),
    "page_change_person": Call("POST", f"/orang/{ID}/ubah", is_page=True),
    "page_ask_leave": Call("GET", f"/orang/{ID}/keluar", is_page=True),
    "page_leave_unit": Call("POST", f"/orang/{ID}/keluar", is_page=True),
    "page_ask_substitute": Call("GET", f"/orang/{ID}/pengganti", is_page=True),
    "page_name_substitute": Call("POST", f"/orang/{ID}/pengganti", is_page=True),
    "page_ask_end_substitution": Call("GET", f"/orang/{ID}/pengganti/{ID}", is_page=True),
    "page_end_substitution": Call("POST", f"/orang/{ID}/pengganti/{ID}", is_page=True),
    "page_home": Call("GET", "/", is_page=True),
    "page_units": Call("GET", "/unit-kerja", is_page=True),
    "page_unit": Call("GET", "/unit-kerja/unit/{unit}", is_page=True),
    "page_new_unit": Call("GET", "/unit-kerja/baru", is_page=True),
    "page_create_unit": Call("POST", "/unit-kerja/baru", is_page=True),
    "page_edit_unit": Call("GET", "/unit-kerja/unit/{unit}/ubah", is_page=True),
    "page_change_unit": Call("POST", "/unit-kerja/unit/{unit}/ubah", is_page=True),
    "page_open_programme": Call("POST", "/unit-kerja/unit/{unit}/program", is_page=True),
    "page_merge_unit": Call("GET", "/unit-kerja/unit/{unit}/gabung", is_page=True),
    "page_send_merge": Call("POST", "/unit-kerja/unit/{unit}/gabung", is_page=True),
    "page_unmerge_unit": Call("GET", "/unit-kerja/unit/{unit}/pisah", is_page=True),
    "page_send_unmerge": Call("POST", "/unit-kerja/unit/{unit}/pisah", is_page=True),
    "page_import": Call("GET", "/unit-kerja/impor", is_page=True),
    "page_send_import": Call(
        "POST", "/unit-kerja/impor", files={"file": ("a.csv", b"Kode unit\n", "text/csv")}, is_page=True
    ),
    "page_apply_import": Call("POST", "/unit-kerja/impor/terapkan", is_page=True),
    "page_export": Call("GET", "/unit-kerja/ekspor", is_page=True),
    "page_first_day": Call("GET", "/unit-kerja/mulai", is_page=True),
    "create_portal_token": Call("POST", "/agencies/a1/portal-tokens", json={"expires_on": "2099-01-01"}),
    "list_portal_tokens": Call("GET", "/agencies/a1/portal-tokens"),
    "revoke_portal_token": Call("POST", f"/portal-tokens/{ID}/revoke", headers=IF_MATCH),
    "list_portal_pulls": Call("GET", "/agencies/a1/portal-pulls"),
    "list_portal_reviews": Call("GET", f"/agencies/a1/portal-reviews/{YEAR}"),
    "set_portal_review": Call(
        "PUT",
        f"/agencies/a1/portal-reviews/{YEAR}/{{unit}}",
        json={"state": "sesuai"},
        headers=IF_MATCH,
    ),
    "page_portal": Call("GET", f"{PROPOSAL}/portalrb", is_page=True),
    "page_portal_unit": Call("GET", f"{PROPOSAL}/portalrb/unit/{{unit}}", is_page=True),
    "page_review_portal_unit": Call("POST", f"{PROPOSAL}/portalrb/unit/{{unit}}/tinjauan", is_page=True),
    "page_portal_pulls": Call("GET", f"{PROPOSAL}/portalrb/penarikan", is_page=True),
    "page_portal_tokens": Call("GET", f"{PROPOSAL}/portalrb/token", is_page=True),
    "page_create_portal_token": Call("POST", f"{PROPOSAL}/portalrb/token", is_page=True),
    "page_ask_revoke_portal_token": Call("GET", f"{PROPOSAL}/portalrb/token/{ID}/cabut", is_page=True),
    "page_revoke_portal_token": Call("POST", f"{PROPOSAL}/portalrb/token/{ID}/cabut", is_page=True),
    "page_worksheets": Call("GET", "/lembar-kerja", is_page=True),
    "page_worksheet": Call("GET", PAGES, is_page=True),
    "page_worksheet_progress": Call("GET", f"{PAGES}/ringkas.json", is_page=True),
    "page_area": Call("GET", f"{PAGES}/5", is_page=True),
    "page_save_area": Call("POST", f"{PAGES}/5", is_page=True),
    "page_save_answers": Call("POST", f"{PAGES}/jawaban", is_page=True),
    "page_item_evidence": Call("GET", f"{PAGES}/bukti/A.I.1.i.a", is_page=True),
    "page_pick_evidence": Call("POST", f"{PAGES}/bukti/A.I.1.i.a", is_page=True),
    "page_write_evidence": Call("POST", f"{PAGES}/bukti/A.I.1.i.a/tulis", is_page=True),
    "page_upload_evidence": Call(
        "POST",
        f"{PAGES}/bukti/A.I.1.i.a/berkas",
        files={"file": ("a.pdf", PDF, "application/pdf")},
        is_page=True,
    ),
    "page_report": Call("GET", f"{PAGES}/laporan/lhe.pdf", is_page=True),
    "page_open_evidence": Call("GET", f"{PAGES}/dokumen/{ID}", is_page=True),
    "export_worksheet": Call("GET", f"{SHEET}/export?format=layers"),
    "fill_workbook": Call(
        "POST", f"{SHEET}/export", files={"file": ("a.xlsx", b"PK", "application/octet-stream")}
    ),
    "page_download_worksheet": Call("GET", f"{PAGES}/unduh", is_page=True),
    "page_review": Call("GET", f"{PAGES}/penilaian/tpi", is_page=True),
    "page_review_area": Call("GET", f"{PAGES}/penilaian/tpi/5", is_page=True),
    "page_review_progress": Call("GET", f"{PAGES}/penilaian/tpi/ringkas.json", is_page=True),
    "page_save_review": Call("POST", f"{PAGES}/penilaian/tpi", is_page=True),
    "page_save_review_area": Call("POST", f"{PAGES}/penilaian/tpi/5", is_page=True),
    "page_save_review_answers": Call("POST", f"{PAGES}/penilaian/tpi/jawaban", is_page=True),
    "page_stages": Call("GET", f"{PAGES}/tahap", is_page=True),
    "page_ask_act": Call("GET", f"{PAGES}/tahap/serahkan", is_page=True),
    "page_act": Call("POST", f"{PAGES}/tahap/serahkan", is_page=True),
    "page_round": Call("GET", f"{PAGES}/putaran/unit/1", is_page=True),
    "page_findings": Call("GET", f"{PAGES}/temuan", is_page=True),
    "page_answer_finding": Call("POST", f"{PAGES}/temuan", is_page=True),
    "page_new_finding": Call("GET", f"{PAGES}/temuan/A.I.1.i.a", is_page=True),
    "page_raise_finding": Call("POST", f"{PAGES}/temuan/A.I.1.i.a", is_page=True),
    "page_tasks": Call("GET", "/lembar-kerja/tugas", is_page=True),
    "page_workload": Call("GET", "/lembar-kerja/pembagian", is_page=True),
    "page_create_team": Call("POST", "/lembar-kerja/pembagian/tim", is_page=True),
    "page_register_assessor": Call("POST", "/lembar-kerja/pembagian/penilai", is_page=True),
    "page_assign_team": Call("POST", "/lembar-kerja/pembagian/beri", is_page=True),
    "page_windows": Call("GET", "/lembar-kerja/masa", is_page=True),
    "page_announce_window": Call("POST", "/lembar-kerja/masa", is_page=True),
    "page_proposals": Call("GET", "/usulan", is_page=True),
    "page_proposal": Call("GET", PROPOSAL, is_page=True),
    "page_package": Call("GET", f"{PROPOSAL}/paket/{ID}/1.json", is_page=True),
    "page_candidates": Call("GET", f"{PROPOSAL}/calon", is_page=True),
    "page_propose": Call("POST", f"{PROPOSAL}/calon", is_page=True),
    "page_proposed_unit": Call("GET", f"{PROPOSAL}/unit/{{unit}}", is_page=True),
    "page_change_proposed": Call("POST", f"{PROPOSAL}/unit/{{unit}}", is_page=True),
    "page_release_unit": Call("POST", f"{PROPOSAL}/unit/{{unit}}/lepas", is_page=True),
    "page_kawasan": Call("GET", f"{PROPOSAL}/kawasan", is_page=True),
    "page_group_units": Call("POST", f"{PROPOSAL}/kawasan", is_page=True),
    "page_agency_preconditions": Call("GET", f"{PROPOSAL}/prasyarat", is_page=True),
    "page_tell_agency_preconditions": Call("POST", f"{PROPOSAL}/prasyarat", is_page=True),
    "page_unit_preconditions": Call("GET", f"{PROPOSAL}/prasyarat/{{unit}}", is_page=True),
    "page_tell_unit_preconditions": Call("POST", f"{PROPOSAL}/prasyarat/{{unit}}", is_page=True),
    "page_papers": Call("GET", f"{PROPOSAL}/dokumen", is_page=True),
    "page_open_paper": Call("GET", f"{PROPOSAL}/dokumen/{ID}", is_page=True),
    "page_add_paper": Call(
        "POST", f"{PROPOSAL}/dokumen", files={"file": ("a.pdf", PDF, "application/pdf")}, is_page=True
    ),
    "page_submit_proposal": Call("POST", f"{PROPOSAL}/serahkan", is_page=True),
    "page_ask_freeze": Call("GET", f"{PROPOSAL}/bekukan", is_page=True),
    "page_freeze": Call("POST", f"{PROPOSAL}/bekukan", is_page=True),
    "page_ask_withdraw": Call("GET", f"{PROPOSAL}/tarik", is_page=True),
    "page_withdraw": Call("POST", f"{PROPOSAL}/tarik", is_page=True),
    "page_predicates": Call("GET", "/predikat/{unit}", is_page=True),
    "page_add_predicate": Call("POST", "/predikat/{unit}", is_page=True),
    "page_ask_revoke": Call("GET", f"/predikat/{{unit}}/{ID}/cabut", is_page=True),
    "page_revoke_predicate": Call("POST", f"/predikat/{{unit}}/{ID}/cabut", is_page=True),
    "list_units": Call("GET", "/units"),
    "show_unit": Call("GET", "/units/{unit}"),
    "create_programme": Call(
        "POST", "/programmes", json={"unit_id": "{unit}", "year": YEAR, "target": "WBK"}
    ),
    "list_programmes": Call("GET", "/programmes"),
    "show_programme": Call("GET", f"/units/{{unit}}/programmes/{YEAR}"),
    "plan_activity": Call(
        "POST",
        "/activities",
        json={"unit_id": "{unit}", "year": YEAR, "indicator_code": "A.I.1.i", "title": "Rapat"},
    ),
    "complete_activity": Call("POST", f"/activities/{ID}/complete", json={}, headers=IF_MATCH),
    "list_activities": Call("GET", f"/units/{{unit}}/programmes/{YEAR}/activities"),
    "show_activity": Call("GET", f"/activities/{ID}"),
    "list_evidence": Call("GET", "/units/{unit}/evidence"),
    "download_evidence": Call("GET", f"/evidence/{ID}/content"),
    "show_evidence": Call("GET", f"/evidence/{ID}"),
    "revise_evidence": Call(
        "PUT",
        f"/evidence/{ID}/content",
        files={"file": ("a.pdf", PDF, "application/pdf")},
        headers=IF_MATCH,
    ),
    "revise_reference": Call(
        "PUT", f"/evidence/{ID}/reference", json={"form": "text", "body": "x"}, headers=IF_MATCH
    ),
    "show_stage": Call("GET", STAGE),
    "list_rounds": Call("GET", f"{STAGE}/rounds"),
    "show_round": Call("GET", f"{STAGE}/rounds/unit/1"),
    "list_findings": Call("GET", f"{STAGE}/findings"),
    "raise_finding": Call(
        "POST", f"{STAGE}/findings", json={"item_code": "A.I.1.i.a", "text": "Mana SK-nya?"}
    ),
    "answer_finding": Call("POST", f"/findings/{ID}/answer", json={"answer": "Ada."}, headers=IF_MATCH),
    "list_windows": Call("GET", "/windows"),
    "announce_window": Call(
        "PUT", f"/windows/{YEAR}/pengisian?agency_id=a1", json={"closes_on": "2026-10-01"}, headers=IF_MATCH
    ),
    "show_agency": Call("GET", "/agencies/a1"),
    "set_agency_type": Call("PUT", "/agencies/a1", json={"agency_type": "lembaga"}, headers=IF_MATCH),
    "create_assessor_team": Call(
        "POST",
        "/assessor-teams",
        json={"team_id": "matrix", "layer": "tpi", "name": "Tim", "agency_id": "a1"},
    ),
    "list_assessor_teams": Call("GET", "/assessor-teams"),
    "register_assessor": Call(
        "POST", "/assessors", json={"team_id": "nobody", "subject": "x", "organisation": "KPK"}
    ),
    "change_assessor": Call("PATCH", f"/assessors/{ID}", json={"role": "ketua"}, headers=IF_MATCH),
    "list_assessors": Call("GET", "/assessors"),
    "list_assessor_workload": Call("GET", f"/assessor-workload?year={YEAR}"),
    "assign_assessor_team": Call("PUT", f"{STAGE}/team", json={"team_id": "nobody"}, headers=IF_MATCH),
    "show_worksheet": Call("GET", SHEET),
    "download_report": Call("GET", f"{SHEET}/report"),
    "add_document": Call(
        "POST",
        "/agencies/a1/documents?kind=letter",
        files={"file": ("a.pdf", PDF, "application/pdf")},
    ),
    "list_documents": Call("GET", "/agencies/a1/documents"),
    "download_document": Call("GET", f"/documents/{ID}/content"),
    "show_agency_preconditions": Call("GET", f"/agencies/a1/preconditions/{YEAR}"),
    "tell_agency_preconditions": Call(
        "POST", f"/agencies/a1/preconditions/{YEAR}", json=FACTS, headers=IF_MATCH
    ),
    "show_unit_preconditions": Call("GET", f"/units/{{unit}}/preconditions/{YEAR}"),
    "tell_unit_preconditions": Call(
        "POST", f"/units/{{unit}}/preconditions/{YEAR}", json=FACTS, headers=IF_MATCH
    ),
    "list_candidates": Call("GET", f"/candidates?year={YEAR}"),
    "list_predicates": Call("GET", "/units/{unit}/predicates"),
    "add_predicate": Call("POST", "/units/{unit}/predicates", json={"predicate": "WBK", "decree": DECREE}),
    "revoke_predicate": Call(
        "POST", f"/predicates/{ID}/revoke", json={"decree": DECREE, "reason": "x"}, headers=IF_MATCH
    ),
    "propose_units": Call("POST", "/nominations", json={"agency_id": "a1", "year": YEAR, "units": PROPOSED}),
    "list_nominations": Call("GET", "/nominations"),
    "show_nomination": Call("GET", f"/nominations/{ID}"),
    "change_proposal": Call("PUT", f"/nominations/{ID}", json={"units": PROPOSED}, headers=IF_MATCH),
    "submit_proposal": Call(
        "POST", f"/nominations/{ID}/submit", json={"letter_id": ID, "sptjm_id": ID}, headers=IF_MATCH
    ),
    "withdraw_proposal": Call("POST", f"/nominations/{ID}/withdraw", json={"reason": "x"}, headers=IF_MATCH),
    "preview_package": Call("GET", f"/nominations/{ID}/preview"),
    "freeze_package": Call("POST", f"/nominations/{ID}/packages", json={}, headers=IF_MATCH),
    "list_packages": Call("GET", f"/nominations/{ID}/packages"),
    "download_package": Call("GET", f"/nominations/{ID}/packages/1"),
    "show_pre_evaluation": Call("GET", f"/units/{{unit}}/pre-evaluation/{YEAR}"),
    "list_answer_versions": Call("GET", f"{SHEET}/answers/unit/A.I.1.i.a"),
    "show_wording": Call("GET", "/instruments/lke/2021/wording"),
    "load_wording": Call(
        "POST",
        "/instruments/lke/2021/wording?dry_run=true",
        files={"file": ("a.xlsx", workbook({}), "application/octet-stream")},
    ),
    "show_lke_item": Call("GET", "/instruments/lke/items/A.I.1.i.a"),
}

PULLS = {
    "pull_wbk_units": "/portalrb/pengusulan/unit-wbk",
    "pull_wbbm_units": "/portalrb/pengusulan/unit-wbbm",
    "pull_unit_answers": "/portalrb/lke/jawaban-unit/{unit}",
}
"""What a token of the portal opens, and no role of a person."""


def layered(layer: Layer) -> dict[str, Call]:
    """The operations whose layer decides which of the three writers may call them."""
    return {
        "upload_evidence": Call(
            "POST",
            f"/units/{{unit}}/evidence?kind=notulen&layer={layer}",
            files={"file": ("a.pdf", PDF, "application/pdf")},
        ),
        "add_reference": Call(
            "POST",
            "/units/{unit}/evidence/references",
            json={"kind": "sk", "title": "SK", "form": "text", "body": "Lemari 2", "layer": layer},
        ),
        "answer_worksheet": Call(
            "POST", f"{SHEET}/answers", json={"layer": layer, "answers": [YA]}, headers={"If-Match": "*"}
        ),
        "import_worksheet": Call(
            "POST",
            f"{SHEET}/import?dry_run=true&layer={layer}",
            files={"file": ("a.xlsx", workbook({}), "application/octet-stream")},
        ),
    }


def acting(act: Act) -> Call:
    """Return the call of an act that is never done, for its version is none that ever was."""
    return Call("POST", f"{STAGE}/acts/{act}", json={"reason": "x"}, headers={"If-Match": '"99"'})


async def two_places(planning: Planning) -> tuple[Place, Place]:
    own, other = await planning.programme(), await planning.programme(agency="a2")
    return Place(own, "a1"), Place(other, "a2")


async def test_the_matrix_holds(planning: Planning) -> None:
    own, other = await two_places(planning)
    rows = AccessMatrix(*(row for row in MATRIX if row.id in CALLS))
    assert await broken_rules(planning.app, rows, CALLS, planning.issuer, own=own, other=other) == []


@pytest.mark.parametrize("layer", list(Layer))
async def test_the_matrix_holds_for_what_each_layer_writes(planning: Planning, layer: Layer) -> None:
    own, other = await two_places(planning)
    calls = layered(layer)
    if layer is not Layer.UNIT:
        await lead_to(planning, own.unit, "desk" if layer is Layer.TPN else "penilaian_tpi", "test-tpi")
    rows = AccessMatrix(*(Operation(id_, {WRITER_ROLE[layer]}, "unit", "") for id_ in calls))
    assert await broken_rules(planning.app, rows, calls, planning.issuer, own=own, other=other) == []


@pytest.mark.parametrize("act", list(Act))
async def test_the_matrix_holds_for_every_act(planning: Planning, act: Act) -> None:
    own, other = await two_places(planning)
    (reach,) = {row.reach for row in rows_of(act)}
    rows = AccessMatrix(Operation("act_on_stage", roles_of(act), reach, ""))
    calls = {"act_on_stage": acting(act)}
    assert await broken_rules(planning.app, rows, calls, planning.issuer, own=own, other=other) == []


@pytest.mark.parametrize("operation", PULLS)
async def test_no_role_of_a_person_pulls_as_the_portal_does(planning: Planning, operation: str) -> None:
    unit = await planning.programme()
    for role in sorted(TOKEN_ROLES):
        headers = planning.issuer.headers(role, level="national")
        answer = await planning.client.get(PULLS[operation].format(unit=unit), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_INVALID"), role


def test_every_operation_is_called_by_one_of_these_tests() -> None:
    called = CALLS.keys() | layered(Layer.UNIT).keys() | PULLS.keys() | {"act_on_stage"}
    assert {row.id for row in MATRIX} == called
