"""What becomes of what somebody sent: a canonical answer, a blank, or every fault at once."""

from decimal import Decimal
from fractions import Fraction

import pytest

from shared.instruments.lke import (
    Answer,
    InvalidAnswerError,
    answer_warnings,
    letter_for_percent,
    parse_answer,
    parse_answers,
)
from shared.instruments.lke.answer import is_blank


def refusal(code: str, raw: object) -> tuple[str, str]:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_answer(code, raw)
    assert len(caught.value.findings) == 1
    return caught.value.findings[0].reason, caught.value.message


@pytest.mark.parametrize("raw", ["A", "a", " A ", "\u00a0a\u00a0"])
def test_letters_are_trimmed_and_folded(raw: str) -> None:
    assert parse_answer("A.I.1.i.b", raw) == Answer(letter="A")


@pytest.mark.parametrize("raw", ["Ya", "ya", "YA"])
def test_yes_is_canonical_in_any_case(raw: str) -> None:
    assert parse_answer("A.I.1.i.a", raw) == Answer(letter="Ya")


@pytest.mark.parametrize("raw", [None, "", "  ", "\u00a0"])
@pytest.mark.parametrize("code", ["A.I.1.i.a", "B.I.a", "A.II.1.i.a"])
def test_nothing_is_a_blank(code: str, raw: object) -> None:
    assert parse_answer(code, raw) is None


def test_answers_worth_zero_are_answers_and_not_blanks() -> None:
    assert parse_answer("A.I.1.i.a", "Tidak") == Answer(letter="Tidak")
    assert parse_answer("B.I.a", 0) == Answer(index=Decimal(0))
    assert parse_answer("A.II.1.i.a", {"n1": 0, "n2": 0}) == Answer(inputs={"n1": 0, "n2": 0})
    assert not is_blank(0)


def test_a_letter_outside_the_scale_is_refused_by_name() -> None:
    assert refusal("A.I.3.v.a", "E") == ("outside_scale", 'A.I.3.v.a: "E" bukan pilihan A/B/C/D')


@pytest.mark.parametrize("raw", ["3.71", "3,71", 3.71, Decimal("3.71"), " 3,71 "])
def test_an_index_takes_comma_or_point(raw: object) -> None:
    assert parse_answer("B.I.a", raw) == Answer(index=Decimal("3.71"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("4,01", "out_of_range"),
        (5, "out_of_range"),
        ("-0.1", "out_of_range"),
        ("NaN", "not_a_number"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        (Decimal("1e-999999"), "not_a_number"),
        ("1e0", "not_a_number"),
        ("3.7.1", "not_a_number"),
        (True, "not_a_number"),
        ("٣", "not_a_number"),
        ("1" * 5000, "not_a_number"),
    ],
)
def test_an_index_outside_0_to_4_or_unreadable_is_refused(raw: object, reason: str) -> None:
    assert refusal("B.I.a", raw)[0] == reason


def test_an_index_keeps_every_decimal() -> None:
    raw = "3.7142857142857142857"
    answer = parse_answer("B.II.a", raw)
    assert answer is not None
    assert answer.index_text == raw


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (-1, "negative"),
        ("-1", "negative"),
        (1.5, "fractional"),
        (Decimal("0.5"), "fractional"),
        ("1.234", "ambiguous"),
        ("1,234", "ambiguous"),
        ("1.5", "not_a_count"),
        ("empat", "not_a_count"),
        (True, "not_a_count"),
        (float("nan"), "not_a_count"),
        (10**12, "too_large"),
        ([1], "not_a_count"),
    ],
)
def test_a_count_is_whole_and_not_negative(raw: object, reason: str) -> None:
    assert refusal("A.II.1.i.a", {"n1": raw, "n2": 1})[0] == reason


@pytest.mark.parametrize("raw", [4, "4", " 4 ", 4.0, Decimal("4.0")])
def test_a_whole_count_may_come_as_text_or_number(raw: object) -> None:
    assert parse_answer("A.II.1.i.a", {"n1": raw}) == Answer(inputs={"n1": 4})


def test_a_count_error_names_item_and_input() -> None:
    said = 'A.II.1.i.a.n1: "-1" bukan bilangan bulat 0 atau lebih'
    assert refusal("A.II.1.i.a", {"n1": -1}) == ("negative", said)


def test_an_unknown_input_is_refused_with_those_accepted() -> None:
    said = "A.II.1.i.a.n9: bukan isian butir ini; yang diterima n1, n2"
    assert refusal("A.II.1.i.a", {"n1": 1, "n9": None}) == ("unknown_input", said)


def test_a_ready_percentage_is_refused() -> None:
    assert refusal("A.II.1.i.a", "100%")[0] == "needs_inputs"


@pytest.mark.parametrize("key", ["value", "weight", "score", "percent", "nilai"])
@pytest.mark.parametrize("code", ["A.I.1.i.a", "A.II.1.i.a", "B.I.a"])
def test_values_computed_by_the_sender_are_refused(code: str, key: str) -> None:
    assert refusal(code, {key: 1})[0] == "computed"


def test_a_node_code_is_named_as_such() -> None:
    assert refusal("A.I.1.i", "A") == ("node_code", "A.I.1.i: ini kode indikator, bukan butir")


def test_an_unknown_code_is_refused() -> None:
    assert refusal("A.I.9.x", "A")[0] == "unknown_code"


def test_partial_counts_are_kept() -> None:
    assert parse_answer("A.II.3.iii.a", {"n1": 3, "n2": "", "n3": None}) == Answer(inputs={"n1": 3})


def test_all_faults_of_a_batch_come_at_once() -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_answers(
            [
                ("A.I.1.i.a", "Mungkin"),
                ("A.II.5.ii.a", {"n1": -1, "n2": "x", "n4": 1}),
                ("B.I.a", "9"),
                ("A.I.1.i.b", "A"),
                ("A.I.1.i.b", "B"),
            ]
        )
    reasons = [(finding.code, finding.field, finding.reason) for finding in caught.value.findings]
    assert reasons == [
        ("A.I.1.i.a", None, "outside_scale"),
        ("A.II.5.ii.a", "n1", "negative"),
        ("A.II.5.ii.a", "n2", "not_a_count"),
        ("A.II.5.ii.a", "n4", "unknown_input"),
        ("B.I.a", None, "out_of_range"),
        ("A.I.1.i.b", None, "duplicate"),
    ]


def test_long_values_are_cut_in_messages() -> None:
    assert len(refusal("A.I.1.i.a", "x" * 10_000)[1]) < 200


@pytest.mark.parametrize("parts", [{}, {"letter": "A", "index": Decimal(1)}])
def test_an_answer_is_exactly_one_thing(parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Answer(**parts)  # type: ignore[arg-type]


def reasons(**raws: object) -> list[tuple[str, str]]:
    answers = parse_answers({code.replace("_", "."): raw for code, raw in raws.items()})
    return [(warning.code, warning.reason) for warning in answer_warnings(answers)]


def test_a_numerator_above_its_denominator_is_warned_about() -> None:
    assert reasons(A_II_1_i_a={"n1": 4, "n2": 15}) == [("A.II.1.i.a", "capped")]


def test_a_zero_denominator_is_warned_about() -> None:
    assert reasons(A_II_6_i_b={"n1": 0, "n2": 0}) == [("A.II.6.i.b", "zero_denominator")]


def test_a_typed_total_unlike_its_parts_is_warned_about() -> None:
    counts = {"n0": 10, "n1": 1, "n2": 10, "n3": 0, "n4": 10}
    assert reasons(A_II_5_iii_a=counts) == [("A.II.5.iii.a", "total_unlike_parts")]
    assert reasons(A_II_5_iii_a=counts | {"n0": 11}) == []
    assert reasons(A_II_5_iii_a={"n0": 10, "n4": 10}) == []


def test_changes_counted_twice_must_be_the_same() -> None:
    made = {"n1": 20, "n2": 15}
    assert reasons(A_II_1_i_a=made, A_II_1_i_b={"n1": 15, "n2": 1}) == []
    assert reasons(A_II_1_i_a=made, A_II_1_i_b={"n1": 14, "n2": 1}) == [("A.II.1.i.b", "changes_differ")]


def test_complaints_in_process_and_done_add_up_to_all() -> None:
    assert reasons(A_II_5_ii_a={"n1": 170, "n2": 13, "n3": 157}) == []
    assert reasons(A_II_5_ii_a={"n1": 9, "n2": 1, "n3": 7}) == [("A.II.5.ii.a", "complaints_do_not_add_up")]


@pytest.mark.parametrize(
    ("code", "percent", "letter"),
    [
        ("A.I.3.iii.c", 24, "A"),
        ("A.I.3.iii.c", 25, None),
        ("A.I.3.iii.c", 50, None),
        ("A.I.3.iii.c", 51, "C"),
        ("A.II.1.ii.a", 81, "A"),
        ("A.II.1.ii.a", 80, None),
        ("A.II.1.ii.a", 50, None),
        ("A.II.1.ii.a", 49, "C"),
        ("A.II.2.i.a", 100, "A"),
        ("A.II.2.i.a", 50, None),
        ("A.I.3.iii.c", 75, None),
        ("A.I.3.iii.c", 0, "A"),
        ("A.II.1.ii.a", 0, None),
        ("A.II.2.i.a", 99, "B"),
        ("A.II.2.i.a", 101, None),
        ("A.II.4.ii.a", 51, "B"),
        ("A.II.4.ii.a", 50, None),
        ("A.II.4.ii.a", 100, "A"),
    ],
)
def test_an_edge_of_the_option_facts_fits_no_option(code: str, percent: int, letter: str | None) -> None:
    assert letter_for_percent(code, Fraction(percent)) == letter
