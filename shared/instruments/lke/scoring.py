"""Scoring one layer of answers, in the mode asked for."""

from shared.instruments.lke import workbook_mode, zero_mode
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.policies import Policies, default_policies
from shared.instruments.lke.result import Mode, Score


def score(answers: Answers, mode: Mode = "zero", policies: Policies | None = None) -> Score:
    """Score one layer on its own answers alone, exactly; codes absent or None are blank.

    `zero` counts a blank or undefined item as 0 in the mean; `workbook` gives what Excel shows, errors
    included. No rounding between levels. Raises `UnscorableAnswerError` in zero mode for an answer outside
    its scale or range. Source: lke.md section 5; PermenPANRB 90/2021 Lampiran III.
    """
    chosen = policies or default_policies()
    return zero_mode.score(answers, chosen) if mode == "zero" else workbook_mode.score(answers, chosen)
