"""A worksheet on paper: every item with its answer, points, note and evidence; one layer or all."""

from fractions import Fraction

import pytest

from services.planning.layers import Layer
from services.planning.reports.domain import ReportFacts
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.sheet import own_scores, worksheet
from services.planning.reports.writing import _file_name, document_of
from shared.documents.document import Document, Heading, Paragraph, Signatures, Table
from shared.indonesian import number
from shared.instruments.lke import lke_instrument, score


def item_rows(document: Document) -> dict[str, dict[str, str]]:
    """Return the rows of items by code."""
    codes = lke_instrument().questions
    return {
        code: dict(zip((column.title for column in block.columns), row.cells, strict=True))
        for block in document.blocks
        if isinstance(block, Table) and block.columns[0].title == "Butir"
        for row in block.rows
        if (code := row.cells[0].split()[0]) in codes
    }


@pytest.mark.parametrize("layer", [None, *Layer])
def test_every_item_stands_once_in_the_order_of_the_sheet(draft: ReportFacts, layer: Layer | None) -> None:
    rows = item_rows(worksheet(draft, layer))
    assert list(rows) == list(lke_instrument().questions)


def test_an_item_has_its_answer_points_note_and_evidence(draft: ReportFacts) -> None:
    found = score(draft.layers[Layer.UNIT].values, "zero", draft.policies)
    rows = item_rows(worksheet(draft, Layer.UNIT))
    row = rows["A.I.1.i.a"]
    assert (row["Jawaban"], row["Catatan"], row["Bukti"]) == ("Ya", "Unit: SK tim ada", "SK tim\nLaman")
    assert rows["A.I.1.i.b"]["Jawaban"] == "kosong"
    for code, one in rows.items():
        assert one["Poin"] == number(found.questions[code].points or Fraction(0))


def test_a_layer_is_counted_on_its_own_answers_alone(draft: ReportFacts) -> None:
    scores = own_scores(draft, (Layer.UNIT, Layer.TPI))
    for layer, found in scores.items():
        assert found.total.points == score(draft.layers[layer].values, "zero", draft.policies).total.points
    first = worksheet(draft).blocks[0]
    assert isinstance(first, Paragraph)
    assert "TPI: " in first.text
    assert "3/113 butir terjawab" in first.text


def test_layers_stand_side_by_side_with_whose_note_and_evidence_it_is(draft: ReportFacts) -> None:
    row = item_rows(worksheet(draft))["A.I.1.i.a"]
    assert (row["Unit"], row["TPI"]) == ("Ya", "Tidak")
    assert row["Catatan"] == "Unit: SK tim ada\nTPI: SK belum ditandatangani"
    assert row["Bukti"] == "Unit: SK tim\nUnit: Laman"


def test_the_headings_tell_the_points_of_every_area_and_the_end_is_signed(draft: ReportFacts) -> None:
    document = worksheet(draft, Layer.UNIT)
    titles = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert "A.I.2 Penataan tatalaksana, 3,50 dari 3,50" in titles
    assert len(titles) == 2 + 4 + 12
    last = document.blocks[-1]
    assert isinstance(last, Signatures)
    assert [place.capacity for place in last.places] == ["Pimpinan unit kerja"]


def test_a_file_is_named_by_what_it_is_and_a_draft_says_so(draft: ReportFacts, final: ReportFacts) -> None:
    kinds, formats = ReportKind, ReportFormat
    assert _file_name(draft, kinds.LHE, None, formats.PDF) == "lhe-kantor-a-2026-draf.pdf"
    assert _file_name(final, kinds.LHE, None, formats.DOCX) == "lhe-kantor-a-2026.docx"
    assert _file_name(final, kinds.WORKSHEET, Layer.TPI, formats.PDF) == "lembar-kerja-kantor-a-2026-tpi.pdf"
    assert document_of(draft, kinds.WORKSHEET, None).title != document_of(draft, kinds.LHE, None).title
