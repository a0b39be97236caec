"""Totals of who must report: when a sheet's own formula gives them, and when somebody typed another one."""

from collections.abc import Mapping

from services.planning.worksheets.workbook.layout import LHKPN_TOTAL_ROW
from shared.instruments.lke import Answer, Answers, lke_instrument

_PARTS = ("n1", "n2", "n3")


def parts_sum(counts: Mapping[str, int]) -> int | None:
    """Return the sum of n1, n2 and n3, None while one is missing."""
    if not counts.keys() >= set(_PARTS):
        return None
    return sum(counts[key] for key in _PARTS)


def is_typed_total(counts: Mapping[str, int]) -> bool:
    """Tell whether K178 is typed over: n0 is there and says something else than the parts."""
    return "n0" in counts and counts["n0"] != parts_sum(counts)


def as_shown(answers: Answers) -> Answers:
    """Return the answers as the formulas of a workbook compute with them.

    A total typed over K178 counts there, while workbook mode divides by its parts: the parts are told as one.
    """
    code = _lhkpn()
    answer = answers.get(code)
    if answer is None or answer.inputs is None or not is_typed_total(answer.inputs):
        return answers
    counts = {"n1": answer.inputs["n0"], "n2": 0, "n3": 0}
    counts |= {key: count for key, count in answer.inputs.items() if key == "n4"}
    return {**answers, code: Answer(inputs=counts)}


def as_stored(stored: Answer | None, given: Answer | None, *, is_summed: bool) -> Answer | None:
    """Return what is stored where a sheet says the same, only less exactly; else what it gives.

    A total that is a formula (`is_summed`) confirms one of the same size; a number in a cell has 17 digits.
    """
    if stored is None or given is None:
        return given
    if given.inputs is not None and stored.inputs is not None:
        said = dict(given.inputs)
        if is_summed and (total := parts_sum(said)) is not None:
            said["n0"] = total
        return stored if stored.inputs == said else given
    if given.index is not None and stored.index is not None and float(stored.index) == float(given.index):
        return stored
    return given


def _lhkpn() -> str:
    """Return the item whose total stands in K178."""
    return next(
        code
        for code, question in lke_instrument().questions.items()
        if question.optional_total and question.optional_total.place.workbook_row == LHKPN_TOTAL_ROW
    )
