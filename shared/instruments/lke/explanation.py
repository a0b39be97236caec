"""Why a node has its points: from its children down to each answer, its formula and its contribution."""

from dataclasses import dataclass
from fractions import Fraction

from shared.instruments.lke.answer import Answer, AnswerFinding
from shared.instruments.lke.consistency import answer_warnings
from shared.instruments.lke.formulas import REPORTED_OF_OBLIGED
from shared.instruments.lke.model import TOTAL, Question, QuestionType
from shared.instruments.lke.result import ExcelError, NodeScore, QuestionScore, Score, State
from shared.kernel import half_up


@dataclass(frozen=True, slots=True)
class QuestionExplanation:
    """One item: its answer, value 0-1, formula text with the counts put in, and points of its node.

    `contribution` is value x w/n; the contributions of a node's items sum to its points exactly. `lost` is
    what the item does not earn. `when_undefined` says why a counted item has no value.
    """

    code: str
    text: str
    type: QuestionType
    state: State
    answer: Answer | None
    value: Fraction | None
    working: str | None
    weight: Fraction
    contribution: Fraction | None
    lost: Fraction
    error: ExcelError | None
    warnings: tuple[AnswerFinding, ...]


@dataclass(frozen=True, slots=True)
class NodeExplanation:
    """A node, the nodes or items right below it, and everything under it that is open or doubtful."""

    node: NodeScore
    lost: Fraction
    children: tuple[NodeScore, ...]
    questions: tuple[QuestionExplanation, ...]
    blank: tuple[str, ...]
    partial: tuple[str, ...]
    undefined: tuple[str, ...]
    warnings: tuple[AnswerFinding, ...]


def explain(score: Score, code: str = TOTAL) -> NodeExplanation:
    """Explain TOTAL or a node of a score; `KeyError` for an unknown code.

    Who answered, when, and with which evidence is known to the service that keeps the answers.
    """
    instrument = score.instrument
    node = score.total if code == TOTAL else score.nodes[code]
    below = instrument.components if code == TOTAL else instrument.nodes[code].children
    items = () if code == TOTAL else instrument.nodes[code].questions
    under = {item.code for item in instrument.questions_under(code)}
    found = tuple(warning for warning in answer_warnings(score.answers, instrument) if warning.code in under)
    return NodeExplanation(
        node=node,
        lost=node.weight - (node.points or Fraction(0)),
        children=tuple(score.nodes[child.code] for child in below),
        questions=tuple(_explained(item, score, found) for item in items),
        blank=score.unanswered(code, "blank"),
        partial=score.unanswered(code, "partial"),
        undefined=score.unanswered(code, "undefined"),
        warnings=found,
    )


def explain_question(score: Score, code: str) -> QuestionExplanation:
    """Explain one item of a score; `KeyError` for an unknown code."""
    instrument = score.instrument
    return _explained(instrument.questions[code], score, answer_warnings(score.answers, instrument))


def _explained(question: Question, score: Score, found: tuple[AnswerFinding, ...]) -> QuestionExplanation:
    result = score.questions[question.code]
    answer = score.answers.get(question.code)
    return QuestionExplanation(
        code=question.code,
        text=question.text,
        type=question.type,
        state=result.state,
        answer=answer,
        value=result.value,
        working=None if answer is None else _working(question, answer, result),
        weight=result.weight,
        contribution=result.points,
        lost=result.weight - (result.points or Fraction(0)),
        error=result.error,
        warnings=tuple(warning for warning in found if warning.code == question.code),
    )


def _working(question: Question, answer: Answer, result: QuestionScore) -> str:
    """Return the way to the value as text: `n3/n1 = 157/170 = 0,9235` (4 decimals, half up)."""
    value = "tidak terdefinisi" if result.value is None else _comma(result.value)
    if question.scale is not None:
        return f"{answer.letter} = {value}"
    if answer.index is not None:
        return f"{answer}/4 = {value}"
    counts = answer.inputs or {}
    if result.state == "partial" or question.formula is None:
        return f"{answer} (isian belum lengkap)"
    names = question.formula.working
    if question.formula is REPORTED_OF_OBLIGED:
        names = "n4/n0" if "n0" in counts else "n4/(n1+n2+n3)"
    figures = names
    for key, count in counts.items():
        figures = figures.replace(key, str(count))
    return f"{names} = {figures} = {value}"


def _comma(value: Fraction) -> str:
    text = half_up(value, 4)
    return text.rstrip("0").rstrip(".").replace(".", ",")
