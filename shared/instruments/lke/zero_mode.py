"""The default mode: a blank or undefined item counts 0 in the mean. Headline and gates use it alone."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.consistency import Answers, is_complete
from shared.instruments.lke.model import TOTAL, Instrument, Node, Question, QuestionType
from shared.instruments.lke.policies import Policies, ZeroDenominator
from shared.instruments.lke.result import (
    INDEX_TOP,
    TOTAL_NAME,
    NodeScore,
    QuestionScore,
    Score,
    State,
    UnscorableAnswerError,
    exact_sum,
)


def score(answers: Answers, policies: Policies, instrument: Instrument) -> Score:
    """Score by the default rules; raises `UnscorableAnswerError` for an answer outside scale or range."""
    options = _option_scores(instrument)
    questions = {
        code: _question_score(question, answers.get(code), policies, options)
        for code, question in instrument.questions.items()
    }
    nodes: dict[str, NodeScore] = {}
    for component in instrument.components:
        _roll_up(component, questions, nodes)
    ordered = {code: nodes[code] for code in instrument.nodes}
    return Score(instrument, "zero", answers, policies, _total(instrument, ordered), ordered, questions)


def state_and_value(
    question: Question, answer: Answer | None, policies: Policies
) -> tuple[State, Fraction | None]:
    """Return how far an item is answered and its value 0-1 (None unless answered) by the default rules.

    Raises `UnscorableAnswerError` for an answer of another kind, outside its scale or outside its range.
    """
    if answer is None:
        return "blank", None
    if question.scale is not None:
        value = question.scale.values.get(answer.letter or "")
        if value is None:
            raise UnscorableAnswerError(f"{question.code}: {answer} is not on the scale {question.allowed}")
        return "answered", value
    if question.type is QuestionType.INDEX:
        if answer.index is None or not 0 <= answer.index <= INDEX_TOP:
            raise UnscorableAnswerError(f"{question.code}: {answer} is no index 0-4")
        return "answered", Fraction(answer.index) / INDEX_TOP
    return _ratio_value(question, answer, policies)


def _ratio_value(question: Question, answer: Answer, policies: Policies) -> tuple[State, Fraction | None]:
    counts, ratio = answer.inputs, question.formula.ratio if question.formula else None
    if counts is None or ratio is None or any(count < 0 for count in counts.values()):
        raise UnscorableAnswerError(f"{question.code}: {answer} are no counts")
    if not counts:
        return "blank", None
    if not is_complete(question, counts):
        return "partial", None
    numerator, denominator = ratio(counts)
    if denominator:
        return "answered", Fraction(min(numerator, denominator), denominator)
    policy = policies.of(question.code)
    if policy is ZeroDenominator.UNDEFINED:
        return "undefined", None
    return "answered", Fraction(1 if policy is ZeroDenominator.FULL else 0)


def _question_score(
    question: Question,
    answer: Answer | None,
    policies: Policies,
    options: Mapping[str, Mapping[str, QuestionScore]],
) -> QuestionScore:
    if answer is not None and answer.letter is not None and question.scale is not None:
        known = options[question.code].get(answer.letter)
        if known is not None:
            return known
    return _computed(question, *state_and_value(question, answer, policies))


def _computed(question: Question, state: State, value: Fraction | None) -> QuestionScore:
    if value is None:
        return QuestionScore(question.code, state, None, Fraction(0), question.share, question.share)
    points = value * question.share
    return QuestionScore(question.code, state, value, points, question.share, points)


@cache
def _option_scores(instrument: Instrument) -> Mapping[str, Mapping[str, QuestionScore]]:
    """Every possible score of an option item, computed once: there are only 431."""
    return {
        item.code: {letter: _computed(item, "answered", value) for letter, value in item.scale.values.items()}
        for item in instrument.questions.values()
        if item.scale is not None
    }


def _roll_up(node: Node, questions: Mapping[str, QuestionScore], nodes: dict[str, NodeScore]) -> NodeScore:
    children = [_roll_up(child, questions, nodes) for child in node.children]
    items = [questions[question.code] for question in node.questions]
    parts: Sequence[NodeScore | QuestionScore] = children or items
    answered = sum(child.answered for child in children) + sum(item.state == "answered" for item in items)
    count = sum(child.items for child in children) + len(items)
    points = exact_sum([part.points for part in parts])
    nodes[node.code] = NodeScore(
        code=node.code,
        level=node.level,
        name=node.name,
        weight=node.weight,
        points=points,
        upper=points if answered == count else exact_sum([part.upper for part in parts]),
        answered=answered,
        items=count,
    )
    return nodes[node.code]


def _total(instrument: Instrument, nodes: Mapping[str, NodeScore]) -> NodeScore:
    parts = [nodes[component.code] for component in instrument.components]
    return NodeScore(
        code=TOTAL,
        level="total",
        name=TOTAL_NAME,
        weight=instrument.weight_of(TOTAL),
        points=exact_sum([part.points for part in parts]),
        upper=exact_sum([part.upper for part in parts]),
        answered=sum(part.answered for part in parts),
        items=sum(part.items for part in parts),
    )
