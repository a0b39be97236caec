import hashlib
from decimal import Decimal
from fractions import Fraction

import pytest

from services.scoring.domain import survey, verdict
from services.scoring.domain.changes import sentence
from services.scoring.domain.feeds import case_feeds, facts_of
from services.scoring.domain.sheets import fault, layered, pack, unpack
from shared.instruments.lke import Answer, evaluate_gates, lke_instrument, rule_set, score
from tests.support import lke

COMPLAINTS = "A.II.5.ii.a"
WBK = rule_set("panrb-90-2021")


def letter(value: str) -> Answer:
    return Answer(letter=value)


def test_the_feed_map_feeds_exactly_the_complaints_item_in_this_edition() -> None:
    assert [feed.item_code for feed in case_feeds()] == [COMPLAINTS]


def test_open_and_finished_cases_of_the_public_stream_become_the_three_counts() -> None:
    cases = {
        ("masyarakat", "in_progress"): 2,
        ("masyarakat", "completed"): 3,
        ("masyarakat", "none"): 5,
        ("pelayanan", "completed"): 7,
    }
    assert facts_of(cases) == {COMPLAINTS: Answer(inputs={"n1": 5, "n2": 2, "n3": 3})}


def test_without_a_case_that_counts_there_is_no_fact_rather_than_nought_of_nought() -> None:
    assert facts_of({}) == {}
    assert facts_of({("masyarakat", "none"): 4}) == {}


def test_the_counts_of_a_percent_item_come_from_one_layer_as_a_set() -> None:
    unit = {COMPLAINTS: Answer(inputs={"n1": 9})}
    fact = {COMPLAINTS: Answer(inputs={"n1": 5, "n2": 2, "n3": 3})}
    layers = layered({"unit": unit}, fact)
    assert layers["effective"][COMPLAINTS] == unit[COMPLAINTS]
    assert layers["live"][COMPLAINTS] == fact[COMPLAINTS]


def test_a_layer_that_was_never_written_has_no_score_and_effective_always_has() -> None:
    assert set(layered({}, None)) == {"effective"}
    assert set(layered({"tpi": {}}, {})) == {"tpi", "live", "effective"}


def test_packed_sheets_unpack_to_the_same_answers() -> None:
    sheets = {
        "unit": {code: answer for code, answer in lke.best().items() if answer is not None},
        "tpn": {"B.I.a": Answer(index=Decimal("3.710")), COMPLAINTS: Answer(inputs={"n1": 0})},
        "tpi": {},
    }
    assert unpack(pack(sheets)) == sheets


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
    found = verdict.nearest(gates)
    assert found is not None
    assert found.gate.code == "B.I.a"


def test_an_index_gate_is_measured_in_the_index_and_others_in_points() -> None:
    gates = {gate.gate.code: gate for gate in evaluate_gates(score(lke.best(B_I_a="3.55")), WBK, "WBK")}
    ipak = verdict.measure(gates["B.I.a"], Fraction(35, 2))
    assert (ipak.value, ipak.floor, ipak.full) == (Fraction("3.55"), Fraction("3.6"), Fraction(4))
    total = verdict.measure(gates["TOTAL"], Fraction(100))
    assert (total.floor, total.full) == (Fraction(75), Fraction(100))


@pytest.mark.parametrize(("index", "places"), [("3.55", 2), ("3.6", 2), ("3.595", 3), ("3.59996", 5)])
def test_a_value_below_its_floor_gets_as_many_decimals_as_keep_them_apart(index: str, places: int) -> None:
    assert verdict.Measure(Fraction(index), Fraction("3.6"), Fraction(4)).places == places


def test_the_verdict_says_how_many_gates_are_missing() -> None:
    gates = evaluate_gates(score(lke.best(B_I_a="3.55")), WBK, "WBK")
    said = verdict.sentence("WBK", gates, 113, "IPAK 3,55 dari 3,60")
    assert said == "Belum WBK: 1 dari 12 syarat kurang; terdekat IPAK 3,55 dari 3,60."
    met = evaluate_gates(score(lke.best()), WBK, "WBK")
    assert verdict.sentence("WBK", met, 113, "").startswith("Semua 12 syarat nilai WBK terpenuhi")
    assert verdict.sentence("WBK", met, 0, "") == "Belum ada jawaban: lembar kerja masih kosong."


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


def test_a_survey_of_the_unit_itself_has_no_thresholds() -> None:
    tally = survey.Tally("s", "u", 2026, "skm.2017", 30, 30, None, None)
    assert survey.statuses(tally) == {}


def test_twenty_nine_willing_people_fail_at_once() -> None:
    tally = survey.Tally("s", "u", 2026, "mandiri.2023", 30, 29, Fraction(4), Fraction(4))
    assert survey.statuses(tally)["WBK"].failed == ("willing",)


def test_a_tally_outside_the_scale_or_of_an_unknown_regime_cannot_be_true() -> None:
    assert survey.fault("mandiri.2023", "401/100", None) == "index_out_of_range"
    assert survey.fault("lain", None, None) == "unknown_regime"
    assert survey.fault("mandiri.2023", "4", "0") is None
