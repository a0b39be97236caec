"""A worksheet as a whole: what is left to do, what filters leave, and the minima of its areas."""

from fractions import Fraction

import pytest

from services.planning.layers import Layer
from services.planning.pages.worksheets.facts import Beside, SheetFacts
from services.planning.pages.worksheets.listing import progress_texts
from services.planning.pages.worksheets.sheet import (
    Filter,
    area_of,
    area_view,
    areas,
    counts,
    filters,
    lines_of,
    narrowed,
    next_act,
    questions_of,
    verdict,
)
from shared.instruments.lke import lke_instrument
from tests.support import lke
from tests.support.worksheet_pages import PROOF, answered, facts

COUNTS = "A.II.5.ii.a"


def left(found: SheetFacts, by: Filter) -> list[str]:
    return [line.question.code for line in narrowed(lines_of(found), by)]


def full(proofs: bool = True, **changes: object) -> SheetFacts:
    sheet = lke.best(**changes)
    return facts(
        *(
            answered(code, answer.letter or answer.index or answer.inputs, proofs=(PROOF,) if proofs else ())
            for code, answer in sheet.items()
            if answer is not None
        )
    )


def test_the_six_areas_hold_both_halves_and_the_results_stand_apart() -> None:
    assert list(areas()) == ["1", "2", "3", "4", "5", "6", "hasil"]
    assert areas()["5"].nodes == ("A.I.5", "A.II.5")
    assert areas()["hasil"].title == "Hasil"
    codes = [question.code for key in areas() for question in questions_of(key)]
    assert sorted(codes) == sorted(lke_instrument().questions)
    assert (area_of("A.II.6.i.b"), area_of("B.II.a")) == ("6", "hasil")


def test_each_filter_leaves_what_it_says() -> None:
    found = facts(
        answered("A.I.1.i.a", "Ya", version=1, proofs=(PROOF,)),
        answered("A.I.1.i.b", "A", version=5),
        answered(COUNTS, {"n1": 4}, version=2, proofs=(PROOF,)),
        answered("A.II.4.i.a", {"n1": 0, "n2": 0}, version=3, proofs=(PROOF,)),
        answered("A.I.1.i.b", "C", version=6, layer=Layer.TPI),
        answered("A.I.1.i.a", "Ya", version=7, layer=Layer.TPI),
        beside=Beside(submitted=4),
    )
    assert left(found, Filter.PARTIAL) == ["A.II.4.i.a", COUNTS]
    assert left(found, Filter.BARE) == ["A.I.1.i.b"]
    assert left(found, Filter.DIFFERS) == ["A.I.1.i.b"]
    assert left(found, Filter.CHANGED) == ["A.I.1.i.b"]
    assert len(left(found, Filter.BLANK)) == 113 - 4
    assert len(left(found, Filter.ALL)) == 113


def test_what_tpi_left_blank_is_no_difference() -> None:
    found = facts(answered("A.I.1.i.a", "Ya"), answered("A.I.1.i.a", "", layer=Layer.TPI, version=2))
    assert left(found, Filter.DIFFERS) == []


def test_a_filter_is_offered_where_it_can_leave_something() -> None:
    assert Filter.CHANGED not in filters(facts())
    assert Filter.DIFFERS not in filters(facts())
    assert Filter.CHANGED in filters(facts(beside=Beside(submitted=0)))
    assert Filter.DIFFERS in filters(facts(answered("A.I.1.i.a", "Ya", layer=Layer.TPI)))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (facts(), "Belum ada yang diisi: 113 butir menunggu jawaban."),
        (full(), "Lengkap: 113 butir terisi dan berbukti."),
        (full(proofs=False), "Tinggal 113 butir belum berbukti."),
        (full(A_I_1_i_a=None, A_I_1_i_b=None), "Tinggal 2 dari 113 butir kosong."),
        (
            full(proofs=False, A_I_1_i_a=None),
            "Tinggal 1 dari 113 butir kosong dan 112 butir belum berbukti.",
        ),
        (
            full(A_I_1_i_a=None, A_II_5_ii_a={"n1": 2}),
            "Tinggal 1 dari 113 butir kosong dan 1 butir belum lengkap.",
        ),
    ],
)
def test_the_first_sentence_says_what_is_left(found: SheetFacts, said: str) -> None:
    assert verdict(counts(lines_of(found))) == said


def test_the_next_act_is_to_fill_then_to_complete_then_to_prove() -> None:
    acts = [
        next_act(lines_of(one))
        for one in (
            full(proofs=False, A_I_2_i_a=None, A_II_5_ii_a={"n1": 2}),
            full(proofs=False, A_II_5_ii_a={"n1": 2}),
            full(proofs=False),
            full(),
        )
    ]
    assert [act.code if act else None for act in acts] == ["A.I.2.i.a", COUNTS, "A.I.1.i.a", None]


def test_an_area_says_how_far_it_is_from_its_minimum() -> None:
    found = facts(answered("A.I.1.i.a", "Ya"), answered("A.I.1.i.b", "A"))
    with pytest.raises(KeyError):
        questions_of("7")
    view = area_view(found, areas()["1"], lines_of(found))
    (floor,) = view.floors
    assert (view.filled, view.points, view.weight) == ("2/16", Fraction(1, 2), Fraction(8))
    assert (floor.shortfall, floor.kind) == (Fraction("4.3"), "bad")
    empty = area_view(facts(), areas()["5"], lines_of(facts()))
    assert empty.floors[0].text == "0,00 dari 15,00; kurang 9,00 dari minimum 9,00 (WBK)"
    assert empty.floors[0].brief == "kurang 9,00 dari 9,00"
    assert (empty.floors[0].kind, empty.filled, empty.mark[0]) == ("bad", "0/22", "warn")


def test_the_results_have_the_minima_of_each_of_them_by_name() -> None:
    found = area_view(full(), areas()["hasil"], lines_of(full()))
    assert [floor.text.partition(":")[0] for floor in found.floors] == [
        "Birokrasi yang bersih dan akuntabel",
        "Indeks persepsi anti korupsi (IPAK)",
        "Capaian kinerja lebih baik",
        "Indeks persepsi kualitas pelayanan (IPKP)",
    ]
    assert {floor.kind for floor in found.floors} == {"good"}


def test_the_sums_that_a_page_renews_are_those_that_it_showed() -> None:
    texts = progress_texts(full(A_I_5_i_a=None), "5")
    assert texts["jawab"] == "Tinggal 1 dari 113 butir kosong."
    assert (texts["n-kosong"], texts["n-semua"], texts["a-5"], texts["a-1"]) == (
        "1",
        "22",
        "▲ 21/22",
        "● 16/16",
    )
    assert texts["b-1@width"] == "100.00%"
    assert "minimum 9,00" in texts["f-0"]
    assert progress_texts(full(A_I_5_i_a=None), None)["n-semua"] == "113"
