"""The LKE Zona Integritas (PermenPANRB 90/2021): the instrument as data and its exact arithmetic."""

from shared.instruments.lke.answer import (
    Answer,
    AnswerFinding,
    InvalidAnswerError,
    is_blank,
    parse_answer,
    parse_answers,
)
from shared.instruments.lke.cells import (
    Cell,
    Cells,
    answers_of,
    blank_cells,
    cell_of,
    cells_of,
    count_places,
    is_partial,
    positions,
)
from shared.instruments.lke.checks import InvalidInstrumentError
from shared.instruments.lke.consistency import Answers, answer_warnings, companions, typed_warnings
from shared.instruments.lke.explanation import (
    NodeExplanation,
    QuestionExplanation,
    explain,
    explain_question,
)
from shared.instruments.lke.gates import (
    SCALE,
    GateResult,
    Half,
    Loss,
    evaluate_gates,
    gate_minima,
    gate_points,
    gates_met,
)
from shared.instruments.lke.hot_path import Totals, item_points, totals, totals_of_cells
from shared.instruments.lke.load import edition_for_year, lke_instrument
from shared.instruments.lke.model import (
    TOTAL,
    Edition,
    Input,
    Instrument,
    Node,
    Question,
    QuestionType,
    Scale,
)
from shared.instruments.lke.options import letter_for_percent
from shared.instruments.lke.policies import Policies, ZeroDenominator, default_policies, policy_sets
from shared.instruments.lke.result import (
    ExcelError,
    Mode,
    NodeScore,
    QuestionScore,
    Score,
    State,
    UnscorableAnswerError,
)
from shared.instruments.lke.rule_sets import (
    Gate,
    RuleSet,
    rule_set,
    rule_set_for_year,
    rule_sets,
)
from shared.instruments.lke.scoring import score
from shared.instruments.lke.zero_mode import state_and_value
from shared.kernel import PREDICATES, Predicate

__all__ = [
    "PREDICATES",
    "SCALE",
    "TOTAL",
    "Answer",
    "AnswerFinding",
    "Answers",
    "Cell",
    "Cells",
    "Edition",
    "ExcelError",
    "Gate",
    "GateResult",
    "Half",
    "Input",
    "Instrument",
    "InvalidAnswerError",
    "InvalidInstrumentError",
    "Loss",
    "Mode",
    "Node",
    "NodeExplanation",
    "NodeScore",
    "Policies",
    "Predicate",
    "Question",
    "QuestionExplanation",
    "QuestionScore",
    "QuestionType",
    "RuleSet",
    "Scale",
    "Score",
    "State",
    "Totals",
    "UnscorableAnswerError",
    "ZeroDenominator",
    "answer_warnings",
    "answers_of",
    "blank_cells",
    "cell_of",
    "cells_of",
    "companions",
    "count_places",
    "default_policies",
    "edition_for_year",
    "evaluate_gates",
    "explain",
    "explain_question",
    "gate_minima",
    "gate_points",
    "gates_met",
    "is_blank",
    "is_partial",
    "item_points",
    "letter_for_percent",
    "lke_instrument",
    "parse_answer",
    "parse_answers",
    "policy_sets",
    "positions",
    "rule_set",
    "rule_set_for_year",
    "rule_sets",
    "score",
    "state_and_value",
    "totals",
    "totals_of_cells",
    "typed_warnings",
]
