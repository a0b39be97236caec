"""Pre-evaluation on the TPI's score: exact, in zero mode, each failed gate named with what it lacks."""

from services.planning.nomination.domain.gates import GatesFailedError, failed_gates
from shared.instruments.lke import Answer
from tests.support.lke import answers, case

RULES = "panrb-90-2021"
SPECIMEN = answers(case("02-specimen")["answers"])
DIRECTORATE = answers(case("03-directorate")["answers"])


def test_the_specimen_of_the_regulation_passes_both_predicates() -> None:
    assert failed_gates(SPECIMEN, "WBK", RULES) == failed_gates(SPECIMEN, "WBBM", RULES) == ()


def test_the_directorate_fails_area_four_of_wbbm_alone() -> None:
    (failed,) = failed_gates(DIRECTORATE, "WBBM", RULES)
    assert (failed.gate.code, failed_gates(DIRECTORATE, "WBK", RULES)) == ("A.*.4", ())
    refused = GatesFailedError([failed])
    assert refused.message == (
        "Nilai TPI belum memenuhi syarat: Penguatan akuntabilitas (A.*.4) 7,39 dari 7,50, kurang 0,11."
    )
    assert refused.details["gates"] == [
        {
            "gate": "A.*.4",
            "name": "Penguatan akuntabilitas",
            "value": "7.388888888889",
            "minimum": "7.500000000000",
            "shortfall": "0.111111111111",
            "shortfall_exact": "1/9",
        }
    ]


def test_a_total_above_its_floor_is_no_pass_and_a_blank_counts_nothing() -> None:
    without_survey: dict[str, Answer | None] = {**SPECIMEN, "B.I.a": None}
    assert [gate.gate.code for gate in failed_gates(without_survey, "WBK", RULES)] == ["B.I", "B.I.a"]
    assert len(failed_gates({}, "WBK", RULES)) == 12
