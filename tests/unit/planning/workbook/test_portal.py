"""PortalRB's sheet: both layers, read by header, the ministry's copy of 2024 too."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from services.planning.evidence.domain import Form
from services.planning.layers import Layer
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.exports import render
from services.planning.worksheets.workbook.reading import WorkbookReading, read_workbook
from services.planning.worksheets.workbook.writing import Filled
from shared.instruments.lke import PORTAL, Answer, lke_instrument
from tests.support.exporting import evidence, exported
from tests.support.workbook import Formula, packed

UNIT = Filled(
    {
        "A.I.1.i.a": Answer(letter="Ya"),
        "A.II.1.i.a": Answer(inputs={"n1": 4, "n2": 3}),
        "A.II.5.iii.a": Answer(inputs={"n0": 9, "n1": 1, "n4": 1}),
    },
    {"A.I.1.i.a": "=catatan", "A.II.1.i.a": "agen"},
    {"A.I.1.i.a": [evidence(Form.FILE, "SK Tim.pdf")]},
)
TPI = Filled({"A.I.1.i.a": Answer(letter="Tidak")}, {"A.I.1.i.a": "belum ada SK"}, {})


def portal(cells: dict[str, Any], *, left: int = 0, heads: dict[str, str] | None = None) -> bytes:
    """Return a synthetic sheet, its columns of answers `left` places to the left of ours."""
    instrument = lke_instrument()
    found: dict[str, Any] = {
        f"{column}1": head
        for column, head in (
            heads or {"H": "Bobot", "J": "Pilihan Jawaban", "K": "Jawaban Unit", "L": "Catatan Unit"}
        ).items()
    }
    weight = chr(ord("H") - left)
    found |= {f"{weight}{row}": value for row, (_, value) in instrument.weights_by_row(PORTAL).items()}
    return packed(found | cells, sheet="Jawaban")


COPY_2024 = {
    "G": "Bobot", "I": "Pilihan Jawaban", "J": "Jawaban Unit Kerja", "K": "Catatan Unit", "L": "Bukti Dukung",
    "M": "Jawaban TPI", "N": "Catatan TPI", "O": "Jawaban TPI", "P": "Catatan TPI",
}  # fmt: skip


def reasons(reading: WorkbookReading) -> list[str]:
    return [finding.reason for finding in reading.findings]


@pytest.mark.parametrize(("layer", "filled"), [(Layer.UNIT, UNIT), (Layer.TPI, TPI)])
def test_an_export_is_read_back_layer_by_layer(layer: Layer, filled: Filled) -> None:
    reading = read_workbook(render(exported(unit=UNIT, tpi=TPI), ExportFormat.PORTALRB, layer), layer=layer)
    assert reading.errors == ()
    assert dict(reading.answers) == filled.answers
    assert dict(reading.notes) == filled.notes


def test_answers_stand_in_the_confirmed_columns_and_rows() -> None:
    content = render(exported(unit=UNIT, tpi=TPI), ExportFormat.PORTALRB, Layer.UNIT)
    sheet = load_workbook(BytesIO(content))["Jawaban"]
    found = {place: sheet[place].value for place in ("A6", "K6", "L6", "M6", "N6", "Q6", "K126", "L126")}
    assert found == {
        "A6": 1, "K6": "Ya", "L6": "=catatan", "M6": "SK Tim.pdf", "N6": "Tidak", "Q6": "belum ada SK",
        "K126": 4, "L126": "agen",
    }  # fmt: skip
    assert sheet["L6"].data_type == "s"


def test_the_copy_of_2024_is_read_by_its_header_and_the_last_round_of_tpi() -> None:
    cells = {"J6": "Ya", "K6": "unit", "M6": "Tidak", "N6": "satu", "O6": "Ya", "P6": "dua", "J2205": " "}
    content = portal(cells, left=1, heads=COPY_2024)
    unit, tpi = (read_workbook(content, layer=layer) for layer in (Layer.UNIT, Layer.TPI))
    assert (unit.answers["A.I.1.i.a"], unit.notes["A.I.1.i.a"]) == (Answer(letter="Ya"), "unit")
    assert (tpi.answers["A.I.1.i.a"], tpi.notes["A.I.1.i.a"]) == (Answer(letter="Ya"), "dua")
    (remark,) = tpi.findings
    assert (remark.reason, remark.cell) == ("last_tpi_round", "O1")
    assert "2 putaran" in remark.message


def test_notes_of_an_earlier_round_are_not_those_of_the_last() -> None:
    heads = COPY_2024 | {"P": "Lain-lain"}
    reading = read_workbook(portal({"N6": "satu", "O6": "Ya"}, left=1, heads=heads), layer=Layer.TPI)
    assert dict(reading.notes) == {}


def test_faults_are_told_by_sheet_cell_and_code() -> None:
    reading = read_workbook(portal({"K6": "E", "K126": "dua"}))
    assert [finding.message.split(":")[0] for finding in reading.errors] == [
        "Jawaban!K6 (A.I.1.i.a)",
        "Jawaban!K126 (A.II.1.i.a.n1)",
    ]


@pytest.mark.parametrize(
    ("cells", "layer", "reason"),
    [
        ({}, Layer.TPN, "layer_missing"),
        ({}, Layer.TPI, "header_missing"),
        ({"K1": "Isian"}, Layer.UNIT, "header_missing"),
        ({"M1": "Jawaban Unit"}, Layer.UNIT, "header_twice"),
        ({"H3": 31}, Layer.UNIT, "weight_differs"),
    ],
)
def test_another_sheet_is_one_sentence(cells: dict[str, Any], layer: Layer, reason: str) -> None:
    assert reasons(read_workbook(portal(cells), layer=layer)) == [reason]


def test_a_total_that_is_a_formula_is_none() -> None:
    cells = {"K175": Formula("K176+K177+K178", 11), "K176": 1, "K177": 10, "K178": 0, "K179": 10}
    counts = {"n1": 1, "n2": 10, "n3": 0, "n4": 10}
    assert read_workbook(portal(cells)).answers["A.II.5.iii.a"] == Answer(inputs=counts)
