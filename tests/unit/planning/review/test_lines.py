"""Where assessors differ: filters, the first sentence, points per area and the gates they turn."""

from fractions import Fraction

import pytest

from services.planning.layers import Layer
from services.planning.pages.review.effects import effects
from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.review.items import review_item, why
from services.planning.pages.review.lines import (
    ReviewFilter,
    ReviewLine,
    filters,
    left_words,
    narrowed,
    review_lines,
    verdict,
)
from services.planning.pages.review.sheet import progress_texts
from services.planning.stages.domain.differences import check_explained, standing_before
from services.planning.stages.domain.refusals import UnexplainedDifferencesError
from services.planning.stages.domain.rounds import GivenAnswer
from services.planning.worksheets.domain import AnswerVersion
from shared.instruments.lke import Answer
from tests.support import lke
from tests.support.review_pages import NOON, review
from tests.support.worksheet_pages import PROOF, answered, proof

TPI, TPN = Layer.TPI, Layer.TPN
CONTROL, PLAN = "A.II.5.i.a", "A.I.4.i.a"


def whole_unit(**changes: object) -> list[AnswerVersion]:
    sheet = lke.best(**changes)
    return [answered(code, one.letter or one.index or one.inputs) for code, one in sheet.items() if one]


def left(found: list[AnswerVersion], by: ReviewFilter, **options: object) -> list[str]:
    facts = review(*found, **options)  # type: ignore[arg-type]
    return [line.code for line in narrowed(review_lines(facts), by)]


def test_each_filter_leaves_what_it_says() -> None:
    found = [
        answered(CONTROL, "A", version=1),
        answered(PLAN, "A", version=5),
        answered("A.I.1.i.a", "Ya", version=2),
        answered(CONTROL, "C", version=6, layer=TPI, note="Dua layanan manual."),
        answered(PLAN, "B", version=7, layer=TPI),
        answered("A.I.1.i.a", "Ya", version=8, layer=TPI),
    ]
    assert left(found, ReviewFilter.DIFFERS) == [PLAN, CONTROL]
    assert left(found, ReviewFilter.BARE) == [PLAN]
    assert len(left(found, ReviewFilter.OPEN)) == 113 - 3
    assert left(found, ReviewFilter.CHANGED, handed_in=4) == [PLAN]
    assert {code.split(".")[2] for code in left(found, ReviewFilter.MINE, areas=(5,))} == {"5"}
    assert len(left(found, ReviewFilter.MINE, areas=())) == 113
    assert left(found, ReviewFilter.MINE) == []
    assert len(left(found, ReviewFilter.ALL)) == 113


def test_a_filter_is_offered_where_it_can_leave_something() -> None:
    assert set(ReviewFilter) - set(filters(review())) == {ReviewFilter.CHANGED, ReviewFilter.MINE}
    assert set(filters(review(handed_in=3, areas=()))) == set(ReviewFilter)


def test_what_assessors_left_blank_is_neither_assessed_nor_a_difference() -> None:
    found = [answered(CONTROL, "A"), answered(CONTROL, "", layer=TPI, version=2)]
    assert left(found, ReviewFilter.DIFFERS) == []
    assert CONTROL in left(found, ReviewFilter.OPEN)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "TPI belum menilai: 113 butir menunggu; nilai unit 100,00."),
        ([(CONTROL, "A")], "TPI setuju pada semua 1 butir yang sudah dinilai; nilai tetap 100,00."),
        (
            [(CONTROL, "E"), (PLAN, "A")],
            "TPI berbeda pada 1 dari 2 butir yang sudah dinilai; nilai 100,00 menjadi 97,50.",
        ),
    ],
)
def test_the_first_sentence_says_how_far_and_what_becomes_of_the_score(
    given: list[tuple[str, str]], said: str
) -> None:
    found = review(*whole_unit(), *(answered(code, letter, layer=TPI) for code, letter in given))
    assert verdict(found, review_lines(found)) == said


def test_what_is_left_names_open_items_and_missing_reasons() -> None:
    found = review(*whole_unit(), answered(CONTROL, "E", layer=TPI))
    assert left_words(review_lines(found)) == "112 butir belum dinilai, 1 perbedaan belum beralasan."
    full = review(
        *whole_unit(),
        *(
            answered(code, one.letter or one.index or one.inputs, layer=TPI, version=2)
            for code, one in lke.best().items()
            if one
        ),
    )
    assert left_words(review_lines(full)) == "Semua butir dinilai dan setiap perbedaan beralasan."


def test_the_table_says_points_per_area_and_which_gate_turns() -> None:
    found = review(
        *whole_unit(),
        answered(CONTROL, "E", layer=TPI, note="x"),
        answered(PLAN, "B", layer=TPI, note="x"),
    )
    rows = effects(found, review_lines(found))
    assert [row.key for row in rows] == ["4", "5", "total"]
    four, five, total = rows
    assert (five.gained, five.kind) == ("-2,50", "bad")
    assert (total.bar_from, total.bar_width) == ("5.00%", "45.00%")
    assert [gate.text for gate in four.gates] == ["terpenuhi"]
    assert Fraction(total.gained.replace(",", ".")) < Fraction("-2.5")
    assert [gate.text for gate in total.gates] == ["terpenuhi", "Pengungkit: terpenuhi"]


def test_a_gate_that_assessors_turn_says_now() -> None:
    found = review(*whole_unit(B_I_a="3.60"), answered("B.I.a", "3.50", layer=TPI))
    row = next(row for row in effects(found, review_lines(found)) if row.key == "hasil")
    assert any(gate.text.startswith("Indeks persepsi anti korupsi (IPAK): kini kurang") for gate in row.gates)


def test_tpn_is_compared_with_tpi_where_tpi_answered_and_else_with_the_unit() -> None:
    found = review(
        answered(CONTROL, "A"),
        answered(PLAN, "A"),
        answered(CONTROL, "C", layer=TPI, version=2, note="Sebagian."),
        answered(CONTROL, "C", layer=TPN, version=3),
        answered(PLAN, "B", layer=TPN, version=4),
        layer=TPN,
    )
    lines = {line.code: line for line in review_lines(found)}
    assert not lines[CONTROL].differs
    assert lines[PLAN].is_bare
    item = review_item(found, lines[CONTROL])
    assert item.tpi is not None
    assert (item.unit.words, item.tpi.words, item.tpi.note) == ("A, 2,50", "C, 1,25", "Sebagian.")
    assert item.agreed == '{"letter": "C"}'


def test_a_block_shows_the_unit_its_evidence_and_what_is_asked() -> None:
    found = review(
        answered(CONTROL, "A", note="Semua layanan.", proofs=(PROOF,)),
        answered(CONTROL, "C", layer=TPI, version=2),
        evidence={PROOF: proof()},
    )
    line = next(line for line in review_lines(found) if line.code == CONTROL)
    item = review_item(found, line)
    assert (item.unit.words, item.unit.note) == ("A, 2,50", "Semua layanan.")
    assert [one.title for one in item.proofs] == ["SK tim"]
    assert (item.line.mark, item.wrong) == (("bad", "-1,25"), {"note"})
    assert why(line).startswith("■ Tulis alasan")
    texts = progress_texts(found, "5")
    assert texts[f"d-{CONTROL}"] == "■ -1,25"
    assert texts[f"r-{CONTROL}"] == why(line)
    assert texts[f"c-{CONTROL}@aria-invalid"] == "true"
    assert texts["n-berbeda"] == "1"
    assert f"d-{PLAN}" not in texts


def given(code: str, letter: str | None, note: str | None = None) -> GivenAnswer:
    answer = None if letter is None else Answer(letter=letter)
    return GivenAnswer(code, answer, note, (), 1, "x", NOON)


def test_a_difference_without_a_reason_is_refused_by_its_items() -> None:
    beneath = standing_before([given(CONTROL, "A"), given(PLAN, "A")], [given(PLAN, "B")])
    own = [given(CONTROL, "C"), given(PLAN, "B"), given("A.I.1.i.a", None)]
    with pytest.raises(UnexplainedDifferencesError, match="1 perbedaan belum beralasan") as refused:
        check_explained(own, beneath)
    assert refused.value.details["items"] == [CONTROL]
    check_explained([given(CONTROL, "C", "Dua layanan manual.")], beneath)


COMPLAINTS = "A.II.5.ii.a"


def test_a_denominator_of_0_is_said_before_the_last_round_is_refused_for_it() -> None:
    """Source: lke.md section 4: undefined is not complete."""
    ratio = "A.II.6.i.b"
    full = whole_unit()
    own = [answered(one.draft.item_code, _value(one), layer=TPI) for one in full]
    own = [one for one in own if one.draft.item_code != ratio]
    zero = answered(ratio, {"n1": 0, "n2": 0}, layer=TPI, note="Tidak ada layanan terdaftar.")
    assert left_words(review_lines(review(*full, *own, zero))) == "1 butir berpenyebut 0."


def _value(one: AnswerVersion) -> object:
    answer = one.draft.answer
    assert answer is not None
    return answer.letter or answer.index or answer.inputs


def line_of(found: ReviewFacts, code: str) -> ReviewLine:
    return next(line for line in review_lines(found) if line.code == code)


def test_counts_that_lack_one_leave_the_item_to_the_unit() -> None:
    """Source: lke.md section 7, the set that lacks an input is not present."""
    found = review(*whole_unit(), answered(COMPLAINTS, {"n1": 10}, layer=TPI))
    lines = review_lines(found)
    assert found.after == found.before
    assert found.totals_after.points("TOTAL") == found.totals_before.points("TOTAL")
    assert [(row.key, row.gained, row.kind) for row in effects(found, lines)] == [("total", "0,00", "plain")]
    assert narrowed(lines, ReviewFilter.DIFFERS) == narrowed(lines, ReviewFilter.BARE) == []
    assert verdict(found, lines) == "TPI belum menilai: 113 butir menunggu; nilai unit 100,00."
    assert left_words(lines) == "113 butir belum dinilai."


def test_counts_that_lack_one_are_shown_as_partial_and_ask_no_reason() -> None:
    found = review(*whole_unit(), answered(COMPLAINTS, {"n1": 10}, layer=TPI))
    line = line_of(found, COMPLAINTS)
    item = review_item(found, line)
    assert (line.mark, item.why, item.wrong) == (("warn", "belum lengkap"), "", set())
    assert item.own.words == "Jumlah pengaduan yang harus ditindaklanjuti: 10, belum lengkap"
    assert item.sum.startswith("Belum dihitung. Belum ada: ")
    assert item.warnings == []  # the sum says it
    assert progress_texts(found, "5")[f"d-{COMPLAINTS}"] == "▲ belum lengkap"


def test_a_set_of_tpi_that_lacks_one_leaves_tpn_beside_the_unit() -> None:
    whole = {"n1": 4, "n2": 1, "n3": 3}
    found = review(
        answered(COMPLAINTS, whole),
        answered(COMPLAINTS, {"n1": 9}, layer=TPI, version=2),
        answered(COMPLAINTS, whole, layer=TPN, version=3),
        layer=TPN,
    )
    line = line_of(found, COMPLAINTS)
    assert (line.differs, line.is_bare, line.mark) == (False, False, ("good", "setuju"))
    tpi = review_item(found, line).tpi
    assert tpi is not None
    assert tpi.words.endswith(": 9, belum lengkap")


def test_a_set_of_the_unit_that_lacks_one_is_shown_as_partial_and_nothing_to_agree_with() -> None:
    found = review(answered(COMPLAINTS, {"n1": 9}), answered(COMPLAINTS, {"n1": 4}, layer=TPI, version=2))
    item = review_item(found, line_of(found, COMPLAINTS))
    assert (item.agreed, item.line.differs) == ("", False)
    assert item.unit.words.endswith(": 9, belum lengkap")


def test_counts_with_a_denominator_of_0_are_a_difference_all_the_same() -> None:
    """Source: lke.md section 7, an undefined set is present."""
    nothing = {"n1": 0, "n2": 0, "n3": 0}
    found = review(*whole_unit(), answered(COMPLAINTS, nothing, layer=TPI))
    line = line_of(found, COMPLAINTS)
    assert (line.is_open, line.differs, line.is_bare, line.mark) == (False, True, True, ("bad", "-3,00"))
    assert review_item(found, line).own.words.endswith(
        "; Jumlah pengaduan yang selesai ditindaklanjuti: 0, tidak terdefinisi"
    )
