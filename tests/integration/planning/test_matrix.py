"""The whole access matrix, every role, inside and outside its scope."""

from uuid import uuid4

import pytest

from services.planning.access import MATRIX
from services.planning.layers import WRITER_ROLE, Layer
from shared.security import AccessMatrix, Operation
from tests.support.matrix import Call, Place, broken_rules
from tests.support.planning import PDF, YEAR, Planning
from tests.support.workbook import workbook

ID = str(uuid4())
IF_MATCH = {"If-Match": '"1"'}
SHEET = f"/units/{{unit}}/worksheets/{YEAR}"
PAGES = f"/lembar-kerja/{{unit}}/{YEAR}"
YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}

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
    "show_worksheet": Call("GET", SHEET),
    "list_answer_versions": Call("GET", f"{SHEET}/answers/unit/A.I.1.i.a"),
}


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
    rows = AccessMatrix(*(Operation(id_, {WRITER_ROLE[layer]}, "unit", "") for id_ in calls))
    assert await broken_rules(planning.app, rows, calls, planning.issuer, own=own, other=other) == []


def test_every_operation_is_called_by_one_of_the_two_tests() -> None:
    assert {row.id for row in MATRIX} == CALLS.keys() | layered(Layer.UNIT).keys()
