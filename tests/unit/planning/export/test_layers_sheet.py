"""Three layers side by side: answers, points and notes of each, differences named."""

from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from services.planning.layers import Layer
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.export.layers_sheet import HEAD, TITLE, Row, layer_rows
from services.planning.worksheets.exports import render
from services.planning.worksheets.workbook.writing import Filled
from shared.instruments.lke import TOTAL, Answer, default_policies, lke_instrument, score
from tests.support.exporting import EMPTY, exported

YA, TIDAK = Answer(letter="Ya"), Answer(letter="Tidak")
ITEM = "A.I.1.i.a"


def rows(
    *, unit: Filled = EMPTY, tpi: Filled = EMPTY, tpn: Filled = EMPTY
) -> dict[str | Decimal | None, Row]:
    layers = {Layer.UNIT: unit, Layer.TPI: tpi, Layer.TPN: tpn}
    return {row[0]: row for row in layer_rows(layers, default_policies())}


def filled(answer: Answer, note: str = "") -> Filled:
    return Filled({ITEM: answer}, {ITEM: note} if note else {}, {})


def test_every_node_and_item_has_a_row_and_the_total_is_last() -> None:
    instrument = lke_instrument()
    found = list(rows())
    assert set(found) == {*instrument.nodes, *instrument.questions, TOTAL}
    assert found[-1] == TOTAL


def test_answers_points_and_notes_of_the_layers_stand_side_by_side() -> None:
    row = rows(unit=filled(YA, "=ada"), tpi=filled(TIDAK, "belum"))[ITEM]
    assert row == (
        ITEM, "Tim pembangunan ZI sudah dibentuk di unit", Decimal("0.250000000000"), "Ya", "Tidak", None,
        "TPI lain dari unit", Decimal("0.250000000000"), Decimal("0.000000000000"), None,
        "=ada", "belum", None,
    )  # fmt: skip


def test_a_layer_is_compared_with_the_last_one_that_answers() -> None:
    assert rows(unit=filled(YA), tpn=filled(TIDAK))[ITEM][6] == "TPN lain dari unit"
    assert rows(unit=filled(YA), tpi=filled(YA), tpn=filled(YA))[ITEM][6] == ""
    both = rows(unit=filled(YA), tpi=filled(TIDAK), tpn=filled(YA))[ITEM][6]
    assert both == "TPI lain dari unit; TPN lain dari TPI"


def test_an_index_with_other_zeros_is_no_difference() -> None:
    one, same = (Filled({"B.I.a": Answer(index=Decimal(text))}, {}, {}) for text in ("3.70", "3.7"))
    assert rows(unit=one, tpi=same)["B.I.a"][6] == ""


def test_points_are_those_of_the_way_that_counts() -> None:
    found = rows(unit=filled(YA))[TOTAL]
    assert found[7] == Decimal(str(float(score({ITEM: YA}).total.points or 0)))
    assert found[8] is None, "nobody filled the layer of TPI"


def test_no_formula_stands_in_the_file_and_differences_are_marked() -> None:
    content = render(exported(unit=filled(YA, "=1"), tpi=filled(TIDAK)), ExportFormat.LAYERS, Layer.UNIT)
    sheet = load_workbook(BytesIO(content))[TITLE]
    assert tuple(cell.value for cell in sheet[1]) == HEAD
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    fills = {row[0].value: row[3].fill.start_color.rgb for row in sheet.iter_rows(min_row=2)}
    assert (fills[ITEM], fills["A.I.1.i.b"]) == ("00FFE699", "00000000")
