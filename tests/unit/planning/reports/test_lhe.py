"""The evaluation report says what the instrument computes, of the layer that counts at its stage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from services.planning.layers import Layer
from services.planning.reports.domain import JudgedLayer, ReportFacts
from services.planning.reports.lhe.document import lhe, result_sentence
from services.planning.reports.lhe.points import score_rows
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.stage import Stage
from shared.documents.document import Document, Heading, Paragraph, Table
from shared.indonesian import number
from shared.instruments.lke import TOTAL, Answer, evaluate_gates, parse_answer, score


def part(document: Document, title: str) -> Sequence[object]:
    """Return the blocks below a heading."""
    blocks = list(document.blocks)
    (start,) = [at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.text == title]
    end = next((at for at in range(start + 1, len(blocks)) if isinstance(blocks[at], Heading)), len(blocks))
    return blocks[start + 1 : end]


def table_of(document: Document, title: str) -> list[dict[str, str]]:
    """Return the rows of the table below a heading, by the titles of its columns."""
    (table,) = [block for block in part(document, title) if isinstance(block, Table)]
    names = [column.title for column in table.columns]
    return [dict(zip(names, row.cells, strict=True)) for row in table.rows]


def said(document: Document, title: str) -> str:
    return " ".join(block.text for block in part(document, title) if isinstance(block, Paragraph))


def head_of(document: Document) -> dict[str, str]:
    table = next(block for block in document.blocks if isinstance(block, Table))
    return {row.cells[0]: row.cells[1] for row in table.rows}


def value(text: str) -> Fraction:
    """Return what a number on paper says."""
    return Fraction(text.replace(".", "").replace(",", ".").replace("+", ""))


def test_the_points_of_every_row_are_those_of_the_instrument(final: ReportFacts) -> None:
    standing = dict(final.layers[Layer.UNIT].values)
    for layer in Layer:
        standing |= final.layers[layer].values
        found = score(standing, "zero", final.policies)
        rows = {one.code: one.points[layer] for one in score_rows(final)}
        assert rows[TOTAL] == found.total.points
        for code, node in found.nodes.items():
            if node.level != "indicator":
                assert rows[code] == node.points
        assert rows["B.I.a"] == found.questions["B.I.a"].points


def test_the_parts_of_the_table_add_up_to_its_wholes_exactly(draft: ReportFacts) -> None:
    rows = {one.code: one for one in score_rows(draft)}
    for layer in draft.shown_layers:
        points = {code: one.points[layer] for code, one in rows.items()}
        assert points["A"] + points["B"] == points[TOTAL]
        assert points["A.I"] + points["A.II"] == points["A"]
        assert sum(points[f"A.*.{n}"] for n in range(1, 7)) == points["A"]
        for n in range(1, 7):
            assert points[f"A.I.{n}"] + points[f"A.II.{n}"] == points[f"A.*.{n}"]
        assert points["B.I.a"] + points["B.I.b"] + points["B.II.a"] == points["B"]
    assert rows[TOTAL].weight == 100


def test_a_difference_is_the_later_layer_less_the_one_before(final: ReportFacts) -> None:
    for shown, exact in zip(table_of(lhe(final), "Nilai"), score_rows(final), strict=True):
        tpi = exact.points[Layer.TPI] - exact.points[Layer.UNIT]
        tpn = exact.points[Layer.TPN] - exact.points[Layer.TPI]
        for text, moved in ((shown["TPI - Unit"], tpi), (shown["TPN - TPI"], tpn)):
            assert (value(text) > 0) is (moved > 0)
            assert (value(text) < 0) is (moved < 0)
            assert text.startswith("+") is (moved > 0)


def test_a_layer_in_which_nobody_answered_has_no_column(draft: ReportFacts) -> None:
    assert list(table_of(lhe(draft), "Nilai")[0]) == ["Kode", "Uraian", "Bobot", "Unit", "TPI", "TPI - Unit"]


@pytest.mark.parametrize(
    ("stage", "counted"),
    [
        (Stage.PENGISIAN, (Layer.UNIT,)),
        (Stage.PENILAIAN_TPI, (Layer.UNIT, Layer.TPI)),
        (Stage.PENGUSULAN, (Layer.TPI,)),
        (Stage.PRA_EVALUASI, (Layer.TPI,)),
        (Stage.LAPANGAN, (Layer.UNIT, Layer.TPI, Layer.TPN)),
        (Stage.DITETAPKAN, (Layer.UNIT, Layer.TPI, Layer.TPN)),
    ],
)
def test_all_twelve_gates_are_told_of_the_layer_that_counts(
    final: ReportFacts, stage: Stage, counted: tuple[Layer, ...]
) -> None:
    facts = replace(final, assessment=Assessment("kantor-a", 2026, stage))
    standing: dict[str, Answer] = {}
    for layer in counted:
        standing |= facts.layers[layer].values
    expected = evaluate_gates(score(standing, "zero", facts.policies), facts.rules, "WBK")
    rows = table_of(lhe(facts), "Syarat nilai WBK")
    assert [row["Kode"] for row in rows] == [one.gate.code for one in expected]
    assert len(rows) == 12
    for row, found in zip(rows, expected, strict=True):
        assert row["Keterangan"] == ("terpenuhi" if found.is_met else "kurang")
        assert (value(row["Nilai"]) >= value(row["Minimum"])) is found.is_met
        assert (value(row["Jarak"]) >= 0) is found.is_met


def test_values_that_are_not_equal_never_look_equal(draft: ReportFacts) -> None:
    ipak = next(row for row in table_of(lhe(draft), "Syarat nilai WBK") if row["Kode"] == "B.I.a")
    assert ipak["Indeks atau huruf"] == "3,595 dari 3,600"
    assert (ipak["Nilai"], ipak["Minimum"], ipak["Jarak"]) == ("15,73", "15,75", "-0,02")
    assert ipak["Keterangan"] == "kurang"


def test_points_that_differ_after_the_second_decimal_are_told_with_more(draft: ReportFacts) -> None:
    tpi = draft.layers[Layer.TPI]
    close = {**tpi.answers, "B.I.a": replace(tpi.answers["B.I.a"], answer=parse_answer("B.I.a", "3.6001"))}
    facts = replace(draft, layers={**draft.layers, Layer.TPI: replace(tpi, answers=close)})
    ipak = next(row for row in table_of(lhe(facts), "Nilai") if row["Kode"] == "B.I.a")
    assert (ipak["Unit"], ipak["TPI"], ipak["TPI - Unit"]) == ("15,7500", "15,7504", "+0,0004")


def test_the_first_sentence_tells_the_nearest_gate_while_it_is_a_draft(draft: ReportFacts) -> None:
    document = lhe(draft)
    first = document.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.text == "Belum WBK: 1 dari 12 syarat nilai kurang; terdekat IPAK 3,595 dari 3,600."
    assert document.mark == "DRAF: tahap penilaian TPI"
    assert head_of(document)["Lapis TPI"].startswith("lembar kerja yang masih terbuka; 3 dari 113")


def test_an_empty_worksheet_says_that_it_is_empty(draft: ReportFacts) -> None:
    nothing = {layer: JudgedLayer(layer, {}) for layer in Layer}
    facts = replace(draft, layers=nothing, assessment=Assessment("kantor-a", 2026))
    document = lhe(facts)
    assert result_sentence(facts) == "Belum ada jawaban: lembar kerja masih kosong."
    assert "113 dari 113 butir" in said(document, "Butir terbuka")


def test_after_the_decree_it_is_final_and_names_decree_rounds_and_package(final: ReportFacts) -> None:
    document = lhe(final)
    assert document.mark == ""
    assert result_sentence(final) == "Predikat WBK ditetapkan dengan SK SK-12/2026 tanggal 3 November 2026."
    told = head_of(document)
    assert told["Lapis TPI"].startswith("putaran 2, dibekukan 4 Mei 2026 pukul 10.30 WITA; 113 dari 113")
    assert told["Paket usulan"].endswith("34" * 32)
    assert "hasil penilaian 2026; berlaku" in table_of(document, "Riwayat predikat")[0]["Keterangan"]


def test_without_a_predicate_it_says_so_and_an_end_without_a_decree_is_no_draft(final: ReportFacts) -> None:
    refused = replace(final.assessment, is_awarded=False)
    assert result_sentence(replace(final, assessment=refused, awards=())) == "Predikat WBK tidak diberikan."
    ended = replace(final, assessment=Assessment("kantor-a", 2026, Stage.DITOLAK), awards=())
    assert lhe(ended).mark == "BERAKHIR TANPA PENETAPAN: ditolak"


def test_a_predicate_that_was_taken_back_is_told_with_both_decrees(final: ReportFacts) -> None:
    award = final.awards[0].revoked_by(Decree("SK-9/2027", date(2027, 2, 1), "Menteri PANRB"), "Temuan")
    revoked = replace(final.assessment, stage=Stage.DICABUT)
    facts = replace(final, assessment=revoked, awards=(award,))
    assert result_sentence(facts) == (
        "Predikat WBK ditetapkan dengan SK SK-12/2026 tanggal 3 November 2026, "
        "dan dicabut dengan SK SK-9/2027 tanggal 1 Februari 2027."
    )
    assert lhe(facts).mark == ""
    assert "1 Februari 2027: Temuan" in table_of(lhe(facts), "Riwayat predikat")[0]["Keterangan"]


def test_items_that_assessors_answered_otherwise_stand_with_their_notes(draft: ReportFacts) -> None:
    rows = table_of(lhe(draft), "Butir yang dinilai berbeda")
    assert [row["Butir"].split()[0] for row in rows] == ["A.I.1.i.a", "B.I.a"]
    assert (rows[0]["Unit"], rows[0]["TPI"]) == ("Ya", "Tidak")
    assert rows[0]["Catatan penilai"] == "TPI: SK belum ditandatangani"
    assert value(rows[0]["Poin"]) < 0
    total = sum((one.gained for one in draft.differences), Fraction(0))
    assert total == (draft.scores[Layer.TPI].total.points or 0) - (draft.scores[Layer.UNIT].total.points or 0)
    assert number(total).lstrip("-") in said(lhe(draft), "Butir yang dinilai berbeda")


def test_an_item_that_the_tpn_turned_back_is_still_told(final: ReportFacts) -> None:
    rows = {row["Butir"].split()[0]: row for row in table_of(lhe(final), "Butir yang dinilai berbeda")}
    turned = rows["A.I.1.i.a"]
    assert (turned["Unit"], turned["TPI"], turned["TPN"], turned["Poin"]) == ("Ya", "Tidak", "Ya", "0,00")


def test_open_items_are_told_by_kind(draft: ReportFacts) -> None:
    unit = draft.layers[Layer.UNIT]
    partial = replace(unit.answers["A.II.1.i.a"], answer=parse_answer("A.II.1.i.a", {"n1": 3}))
    undefined = replace(unit.answers["A.II.4.i.a"], answer=parse_answer("A.II.4.i.a", {"n1": 0, "n2": 0}))
    answers = {**unit.answers, "A.II.1.i.a": partial, "A.II.4.i.a": undefined}
    layers = {**draft.layers, Layer.UNIT: replace(unit, answers=answers)}
    told = said(lhe(replace(draft, layers=layers)), "Butir terbuka")
    assert "Kosong (1): A.I.1.i.b." in told
    assert "Belum lengkap (1): A.II.1.i.a." in told
    assert "Tidak terdefinisi (1): A.II.4.i.a." in told


def test_preconditions_stand_with_their_proof_and_where_they_come_from(
    draft: ReportFacts, final: ReportFacts
) -> None:
    met, unknown = table_of(lhe(draft), "Prasyarat")
    assert (met["Keadaan"], met["Keterangan"], met["Bukti"]) == ("WTP", "terpenuhi", f"sha256 {'12' * 8}…")
    assert (unknown["Keadaan"], unknown["Keterangan"], unknown["Bukti"]) == ("–", "belum diketahui", "–")
    assert "keadaan terakhir" in said(lhe(draft), "Prasyarat")
    assert "paket usulan versi 1" in said(lhe(final), "Prasyarat")


def test_the_manifest_tells_what_evidence_is_and_which_items_use_it(draft: ReportFacts) -> None:
    paper, link = table_of(lhe(draft), "Daftar bukti dukung")
    assert (paper["Bukti"], paper["Revisi"], paper["Isi"]) == ("SK tim", "2", "5 kB")
    assert (paper["sha256"], paper["Butir"]) == ("cd" * 32, "A.I.1.i.a, A.I.1.ii.a")
    assert (link["Isi"], link["Butir"]) == ("alamat: https://contoh.go.id/sk", "A.I.1.i.a")


def test_at_pre_evaluation_an_item_that_tpi_left_blank_counts_nothing(draft: ReportFacts) -> None:
    facts = replace(draft, assessment=Assessment("kantor-a", 2026, Stage.PRA_EVALUASI))
    rows = {row["Kode"]: row for row in table_of(lhe(facts), "Syarat nilai WBK")}
    assert facts.layers[Layer.UNIT].values["B.I.b"].letter == "A"
    assert (rows["B.I.b"]["Nilai"], rows["B.I.b"]["Indeks atau huruf"]) == ("0,00", "–")
    assert said(lhe(facts), "Syarat nilai WBK").endswith("jawaban TPI sendiri.")


def test_a_long_note_begins_in_its_row_and_stands_whole_in_the_annex(draft: ReportFacts) -> None:
    tpi, note = draft.layers[Layer.TPI], "kata " * 1_000
    answers = {**tpi.answers, "A.I.1.i.a": replace(tpi.answers["A.I.1.i.a"], note=note)}
    document = lhe(replace(draft, layers={**draft.layers, Layer.TPI: replace(tpi, answers=answers)}))
    first = table_of(document, "Butir yang dinilai berbeda")[0]["Catatan penilai"]
    assert first.startswith("TPI: kata kata")
    assert first.endswith("… (selengkapnya di lampiran)")
    (whole,) = table_of(document, "Lampiran: catatan panjang")
    assert (whole["Butir"], whole["Lapis"], whole["Catatan"]) == ("A.I.1.i.a", "TPI", note)
    assert "Lampiran: catatan panjang" not in [
        one.text for one in lhe(draft).blocks if isinstance(one, Heading)
    ]
