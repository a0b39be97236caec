"""Scoring one layer of answers, in the mode asked for."""

from shared.instruments.lke import workbook_mode, zero_mode
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import Instrument
from shared.instruments.lke.policies import Policies, default_policies
from shared.instruments.lke.result import Mode, Score


def score(
    answers: Answers,
    mode: Mode = "zero",
    policies: Policies | None = None,
    instrument: Instrument | None = None,
) -> Score:
    """Score one layer on its own answers alone, exactly; codes absent or None are blank.

    By the shipped instrument if no other is given. `zero` counts a blank or undefined item as 0 in the mean;
    `workbook` gives what Excel shows, errors included. No rounding between levels. Raises
    `UnscorableAnswerError` in zero mode for an answer outside its scale or range. Source: lke.md section 5;
    PermenPANRB 90/2021 Lampiran III.
    """
    count = zero_mode.score if mode == "zero" else workbook_mode.score
    return count(answers, policies or default_policies(), instrument or lke_instrument())
