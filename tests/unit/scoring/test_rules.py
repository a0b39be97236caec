import hashlib
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.scoring.domain import survey, verdict
from services.scoring.domain.changes import sentence
from services.scoring.domain.precedence import layered, which
from services.scoring.domain.sheets import Answers, Layer, certain, dump, fault, unpack
from services.scoring.rebuilding.buried import known
from shared.contracts.dead_letters import DeadLetterReason
from shared.instruments.lke import (
    Answer,
    GateResult,
    Measure,
    cells_of,
    evaluate_gates,
    lke_instrument,
    measure,
    nearest,
    rule_set,
    score,
)
from tests.support import lke

COMPLAINTS = "A.II.5.ii.a"
WBK = rule_set("panrb-90-2021")


def letter(value: str) -> Answer:
    return Answer(letter=value)


def test_the_counts_of_a_percent_item_come_from_one_layer_as_a_set() -> None:
    unit = {COMPLAINTS: Answer(inputs={"n1": 9, "n2": 0, "n3": 9})}
    fact = {COMPLAINTS: Answer(inputs={"n1": 5, "n2": 2, "n3": 3})}
    layers = layered({"unit": unit}, fact)
    assert layers["effective"][COMPLAINTS] == unit[COMPLAINTS]
    assert layers["live"][COMPLAINTS] == fact[COMPLAINTS]


PARTIAL, NOTHING = Answer(inputs={"n1": 9}), Answer(inputs={"n1": 0, "n2": 0, "n3": 0})
WHOLE = Answer(inputs={"n1": 5, "n2": 2, "n3": 3})


@pytest.mark.parametrize(
    ("sheets", "fact", "counts"),
    [
        ({"unit": PARTIAL}, WHOLE, "live"),
        ({"tpn": PARTIAL, "unit": WHOLE}, None, "unit"),
        ({"tpn": PARTIAL, "tpi": PARTIAL, "unit": WHOLE}, NOTHING, "unit"),
        ({"tpi": NOTHING, "unit": WHOLE}, None, "tpi"),
        ({"tpi": PARTIAL, "unit": PARTIAL}, None, "tpi"),
        ({"tpi": PARTIAL}, None, "tpi"),
        ({}, WHOLE, "live"),
    ],
)
def test_a_set_that_lacks_a_count_leaves_the_item_to_the_next_layer(
    sheets: dict[Layer, Answer], fact: Answer | None, counts: Layer
) -> None:
    live = None if fact is None else {COMPLAINTS: fact}
    everything: dict[Layer, Answers] = {name: {COMPLAINTS: answer} for name, answer in sheets.items()}
    everything |= {} if live is None else {"live": live}
    assert which(everything, "effective", COMPLAINTS) == counts
    known = {str(name): answers for name, answers in everything.items() if name != "live"}
    assert layered(known, live)["effective"][COMPLAINTS] == everything[counts][COMPLAINTS]


def test_a_layer_that_was_never_written_has_no_score_and_effective_always_has() -> None:
    assert set(layered({}, None)) == {"effective"}
    assert set(layered({"tpi": {}}, {})) == {"tpi", "live", "effective"}


def test_packed_sheets_unpack_to_the_same_answers() -> None:
    sheets = {
        "unit": {code: answer for code, answer in lke.best().items() if answer is not None},
        "tpn": {"B.I.a": Answer(index=Decimal("3.710")), COMPLAINTS: Answer(inputs={"n1": 0})},
        "tpi": {},
    }
    packed = dump({name: cells_of(answers) for name, answers in sheets.items()})
    assert unpack(packed) == sheets


def test_sheets_are_stored_in_an_order_that_never_changes() -> None:
    """Databases hold packed sheets: another order of the questions needs a rebuild."""
    codes = " ".join(lke_instrument().questions)
    assert hashlib.sha256(codes.encode()).hexdigest()[:16] == "2abd51bb4a5f3416"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (("A.I.1.i.a", "Ya", None, None), None),
        (("A.I.1.i.a", None, None, None), None),
        (("A.I.1.i.a", "ya", None, None), "invalid_answer"),
        (("A.I.1", "Ya", None, None), "unknown_item"),
        (("B.I.a", None, "4.01", None), "invalid_answer"),
        (("B.I.a", "A", None, None), "invalid_answer"),
        ((COMPLAINTS, None, None, {"n1": 2, "n9": 1}), "invalid_answer"),
        ((COMPLAINTS, None, None, {"n1": -2}), "invalid_answer"),
        ((COMPLAINTS, "A", None, {"n1": 2}), "invalid_answer"),
    ],
)
def test_an_answer_off_its_scale_cannot_be_true(
    answer: tuple[str, str | None, str | None, dict[str, int] | None], reason: str | None
) -> None:
    assert fault(*answer) == reason


def test_the_nearest_gate_is_the_one_that_lacks_least_of_its_minimum() -> None:
    gates = evaluate_gates(score(lke.best(B_I_a="3.55", B_I_b="E")), WBK, "WBK")
    found = nearest(gates)
    assert found is not None
    assert found.gate.code == "B.I.a"


def test_an_index_gate_is_measured_in_the_index_and_others_in_points() -> None:
    gates = {gate.gate.code: gate for gate in evaluate_gates(score(lke.best(B_I_a="3.55")), WBK, "WBK")}
    ipak = measure(gates["B.I.a"])
    assert (ipak.value, ipak.floor, ipak.full) == (Fraction("3.55"), Fraction("3.6"), Fraction(4))
    total = measure(gates["TOTAL"])
    assert (total.floor, total.full) == (Fraction(75), Fraction(100))


@pytest.mark.parametrize(("index", "places"), [("3.55", 2), ("3.6", 2), ("3.595", 3), ("3.59996", 5)])
def test_a_value_below_its_floor_gets_as_many_decimals_as_keep_them_apart(index: str, places: int) -> None:
    assert Measure(Fraction(index), Fraction("3.6"), Fraction(4)).places == places


def survey_of(predicate: str = "WBK", **extra: Any) -> survey.SurveyVerdict:
    row: dict[str, Any] = {
        "predicate": predicate,
        "campaign_id": "c",
        "period": "2026",
        "regime": "mandiri.2023",
        "result": "not_met" if extra.get("failed") else "met",
        "failed": [],
        "unknown": [],
        "willing": 30,
        "finished": 30,
        "willing_minimum": 30,
        "finished_minimum": 30,
        "index_basis": "own",
        "live_willing": None,
        "live_n": None,
    }
    found = survey.survey_verdict(row | extra)
    assert found is not None
    return found


MET = evaluate_gates(score(lke.best()), WBK, "WBK")
SHORT = evaluate_gates(score(lke.best(B_I_a="3.55")), WBK, "WBK")
SHORT_TEXT = "Belum WBK: 1 dari 12 syarat kurang; terdekat IPAK 3,55 dari 3,60."


@pytest.mark.parametrize(
    ("gates", "survey_now", "said"),
    [
        (
            MET,
            survey_of(),
            "Semua 12 syarat nilai WBK dan ambang survei terpenuhi; penetapan menunggu keputusan.",
        ),
        (MET, None, "Belum WBK. Syarat nilai terpenuhi; belum ada survei."),
        (
            MET,
            survey_of(failed=["willing"], willing=28),
            "Belum WBK. Syarat nilai terpenuhi; survei 28 dari 30 bersedia.",
        ),
        (
            MET,
            survey_of(
                failed=["willing", "respondents", "ipak", "ipkp"],
                unknown=["ipak", "ipkp"],
                willing=28,
                finished=12,
            ),
            (
                "Belum WBK. Syarat nilai terpenuhi; survei 28 dari 30 bersedia, 12 dari 30 responden, "
                "IPAK dan IPKP belum diketahui."
            ),
        ),
        (
            MET,
            survey_of(failed=["ipak", "ipkp"], unknown=["ipak"]),
            "Belum WBK. Syarat nilai terpenuhi; IPAK survei belum diketahui, IPKP survei di bawah 3,20.",
        ),
        (
            MET,
            survey_of(failed=["ipak"], index_basis="external"),
            "Belum WBK. Syarat nilai terpenuhi; IPAK eksternal di bawah 3,60.",
        ),
        (SHORT, survey_of(), f"{SHORT_TEXT} Ambang survei terpenuhi."),
        (SHORT, None, f"{SHORT_TEXT} Belum ada survei."),
        (
            SHORT,
            survey_of(failed=["respondents"], finished=29),
            f"{SHORT_TEXT} Survei 29 dari 30 responden.",
        ),
    ],
)
def test_the_verdict_says_which_of_score_and_survey_is_missing(
    gates: Sequence[GateResult], survey_now: survey.SurveyVerdict | None, said: str
) -> None:
    assert verdict.sentence("WBK", gates, 113, survey_now) == said
    assert verdict.is_ready(gates, survey_now) == said.startswith("Semua")


def test_the_floor_of_an_index_is_that_of_the_predicate() -> None:
    missing = survey_of("WBBM", failed=["ipkp"])
    assert verdict.missing_words(missing) == "IPKP di bawah 3,60"


def test_a_survey_without_status_is_not_called_missing() -> None:
    assert verdict.survey_words(None, has_survey=True) == "belum ada status ambang survei"


def test_an_empty_sheet_says_so_and_where_its_survey_stands() -> None:
    empty = "Belum ada jawaban: lembar kerja masih kosong."
    assert verdict.sentence("WBK", MET, 0, None) == empty
    missing = survey_of(failed=["willing"], willing=28)
    assert verdict.sentence("WBK", MET, 0, missing) == f"{empty} Survei 28 dari 30 bersedia."


@pytest.mark.parametrize(("live", "shown"), [(29, 29), (30, 28), (None, 28)])
def test_a_live_count_stands_unless_it_contradicts_the_class(live: int | None, shown: int) -> None:
    """Tally and threshold are two streams: for a moment one of them is ahead."""
    assert survey_of(failed=["willing"], willing=28, live_willing=live).willing == shown


def pair(worksheet: str | None, released: str | None, **extra: Any) -> verdict.IndexPair:
    gates = evaluate_gates(score(lke.answers({"B.I.a": worksheet} if worksheet else {})), WBK, "WBK")
    told = {} if released is None else {"ipak": (Fraction(released), 25)}
    layers = {"B.I.a": "tpn" if worksheet else None, "B.II.a": None}
    return verdict.index_pairs(gates, survey_of(**extra), layers, told)[0]


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        (pair("3.6", "18/5"), False),
        (pair("3.62", "18/5"), True),
        (pair("3.62", None), False),
        (pair("3.62", None, failed=["ipak"]), True),
        (pair("3.5", None, failed=["ipak"], index_basis="external"), False),
        (pair("3.7", "18/5", index_basis="external"), False),  # what is released is not what was judged
        (pair(None, None, failed=["ipak"], unknown=["ipak"]), False),
        (pair(None, "18/5"), True),
    ],
)
def test_an_index_differs_by_value_or_by_the_side_of_its_floor(
    found: verdict.IndexPair, differs: bool
) -> None:
    assert found.differs == differs


def test_both_sources_of_an_index_are_named_with_their_values() -> None:
    found = pair("3.62", "3.598", failed=["ipak"])
    assert verdict.pair_sentence(found, "TPN") == (
        "IPAK berbeda menurut sumbernya: lembar kerja (TPN) 3,620, terpenuhi; "
        "survei 2026 3,598 dari 25 jawaban yang dirilis, kurang."
    )
    outside = pair(None, None, index_basis="external")
    assert verdict.pair_sentence(outside, "") == (
        "IPAK berbeda menurut sumbernya: lembar kerja belum diisi, kurang; "
        "indeks eksternal pada survei 2026, terpenuhi."
    )


@pytest.mark.parametrize(
    ("cause", "detail", "said"),
    [
        (
            "complaints",
            {"before": {"n1": 2, "n2": 2, "n3": 0}, "after": {"n1": 2, "n2": 1, "n3": 1}},
            "pengaduan selesai ditindaklanjuti",
        ),
        ("complaints", {"before": {}, "after": {"n1": 1, "n2": 1, "n3": 0}}, "pengaduan baru diterima"),
        ("answer", {"layer": "tpi", "answer": "B", "origin": "typed"}, "jawaban TPI menjadi B"),
        ("answer", {"layer": "unit", "answer": "A", "origin": "import"}, "jawaban unit menjadi A (impor)"),
        ("answer", {"layer": "unit", "answer": None, "origin": "typed"}, "jawaban unit dikosongkan"),
        ("gate", {"predicate": "WBK", "is_met": True}, "syarat WBK terpenuhi"),
        (
            "survey",
            {"predicate": "WBK", "result": "not_met", "failed": ["willing", "ipak"]},
            "ambang survei WBK belum terpenuhi: jumlah bersedia, IPAK",
        ),
    ],
)
def test_a_change_is_told_in_words(cause: str, detail: dict[str, object], said: str) -> None:
    assert sentence(cause, detail) == said


def test_a_tally_outside_the_scale_or_of_an_unknown_regime_cannot_be_true() -> None:
    assert survey.tally_fault("mandiri.2023", "401/100", None) == "index_out_of_range"
    assert survey.tally_fault("lain", None, None) == "unknown_regime"
    assert survey.tally_fault("mandiri.2023", "4", "0") is None


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], None),
        ([("WBK", "met", [], [])], None),
        ([("WBK", "not_met", ["ipak"], ["ipak"])], None),
        ([("WBK", "met", ["ipak"], [])], "contradictory_result"),
        ([("WBK", "not_met", [], [])], "contradictory_result"),
        ([("WBK", "not_met", ["ipak"], ["ipkp"])], "contradictory_result"),
        ([("WBK", "met", [], []), ("WBK", "met", [], [])], "contradictory_result"),
        ([("WBK", "not_met", ["nilai"], [])], "unknown_gate"),
    ],
)
def test_thresholds_that_contradict_themselves_cannot_be_true(
    entries: list[tuple[str, str, list[str], list[str]]], reason: str | None
) -> None:
    assert survey.threshold_fault("mandiri.2023", entries) == reason
    assert survey.threshold_fault("lain", entries) == "unknown_regime"


def test_a_reason_that_another_release_gave_stops_no_rebuild() -> None:
    assert known("unknown_item") is DeadLetterReason.UNKNOWN_ITEM
    assert known("said_tomorrow") is DeadLetterReason.FOLD_FAILED


def test_answers_that_are_taken_at_a_glance_have_no_fault_and_are_all_of_that_kind() -> None:
    options = [item for item in lke_instrument().questions.values() if item.scale]
    assert all(fault(code, letter, None, None) is None for code, letter in certain())
    assert {code for code, _ in certain()} == {item.code for item in options}
    assert not certain() & {(item.code, "F") for item in options}


@pytest.mark.parametrize(
    ("origin", "said"), [("typed", ""), ("import", " (impor)"), ("live", " (dari fakta)")]
)
def test_a_line_of_an_answer_says_where_it_came_from(origin: str, said: str) -> None:
    detail = {"layer": "unit", "origin": origin, "answer": "A"}
    assert sentence("answer", detail) == f"jawaban unit menjadi A{said}"
