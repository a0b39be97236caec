"""What the official workbook of 2021 shows, error by error. Never gate or rank on it.

Source: formulas of sheet `LKE ZI`: columns K and L, cells K178, L175, L198, L202, L203, L205.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.formulas import REDUCTION, Counts, obliged
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import TOTAL, Instrument, Node, Question, QuestionType
from shared.instruments.lke.policies import Policies
from shared.instruments.lke.result import (
    INDEX_TOP,
    TOTAL_NAME,
    ExcelError,
    NodeScore,
    QuestionScore,
    Score,
    State,
    UnscorableAnswerError,
    exact_sum,
)
from shared.instruments.lke.zero_mode import state_and_value

Cell = Fraction | ExcelError | None
"""A cell of column L: a number, an error, or None for text such as `Blm Diisi`."""

LHKPN, LHKASN = "A.II.5.iii.a", "A.II.5.iii.b"
_REFORM_FIRST = ("A.II", "A.I")  # L198 = SUM(L125, L5): of two errors Excel shows that of A.II
_PENGUNGKIT = "A"


def score(answers: Answers, policies: Policies) -> Score:
    """Score as Excel does: blanks skipped, indicators without any number `#DIV/0!` up to TOTAL.

    Takes answers as they stand in the cells: letters outside the scale count as blank (case ignored, spaces
    not), an index above 4 or negative counts are computed with, and an `index` on a % item is a percentage
    typed over its formula.
    """
    instrument = lke_instrument()
    cells = {code: cell_of(question, answers.get(code)) for code, question in instrument.questions.items()}
    points = _all_nodes(instrument, cells)
    filled = {code: cell if isinstance(cell, Fraction) else Fraction(1) for code, cell in cells.items()}
    upper = points if filled == cells else _all_nodes(instrument, filled)
    states = {
        code: _state(question, answers.get(code), policies) for code, question in instrument.questions.items()
    }
    nodes = {
        code: _node_score(code, node.level, node.name, points[code], upper[code], states)
        for code, node in instrument.nodes.items()
    }
    total = _node_score(TOTAL, "total", TOTAL_NAME, points[TOTAL], upper[TOTAL], states)
    questions = {
        item.code: _question_score(node, item, cells, filled, states[item.code])
        for node in instrument.nodes.values()
        for item in node.questions
    }
    return Score("workbook", answers, policies, total, nodes, questions)


def _all_nodes(instrument: Instrument, cells: Mapping[str, Cell]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for component in instrument.components:
        _roll_up(component, cells, found)
    found[TOTAL] = _sum([found[component.code] for component in instrument.components])
    return found


def cell_of(question: Question, answer: Answer | None) -> Cell:
    """Return what column L shows for one item before its weight."""
    if answer is None:
        return None
    if answer.index is not None and question.scale is None:
        typed = Fraction(answer.index)
        return typed / INDEX_TOP if question.type is QuestionType.INDEX else typed
    if question.scale is not None:
        letter = (answer.letter or "").casefold()
        return next((value for key, value in question.scale.values.items() if key.casefold() == letter), None)
    return _percent(question, answer.inputs or {})


def _percent(question: Question, counts: Counts) -> Cell:
    if question.optional_total is not None:
        return _reported(question, counts)
    if any(entry.key not in counts for entry in question.inputs):
        return None
    first = counts["n1"]
    if question.formula is REDUCTION:
        if first == counts["n2"] == 0:
            return Fraction(1)
        return ExcelError.DIV0 if first == 0 else max(Fraction(0), Fraction(first - counts["n2"], first))
    numerator = question.formula.ratio(counts)[0] if question.formula and question.formula.ratio else 0
    return ExcelError.DIV0 if first == 0 else min(Fraction(1), Fraction(numerator, first))


def _reported(question: Question, counts: Counts) -> Cell:
    if "n4" not in counts:
        return None
    parts = {key: counts[key] for key in ("n1", "n2", "n3") if key in counts}
    if question.code == LHKASN and "n0" in counts:
        parts = {"n0": counts["n0"]}
    elif len(parts) < len(question.inputs) - 1:
        # K178 is the text "Blm Diisi" then, and dividing by text fails; K185 is simply blank.
        return ExcelError.VALUE if question.code == LHKPN else None
    total = obliged(parts)
    return min(Fraction(1), Fraction(counts["n4"], total)) if total else ExcelError.DIV0


def _roll_up(node: Node, cells: Mapping[str, Cell], found: dict[str, Cell]) -> None:
    """Put the cells of a node and of all below it into `found`."""
    for child in node.children:
        _roll_up(child, cells, found)
    if node.level == "indicator":
        found[node.code] = _mean(_averaged(node, cells), node.weight)
    elif node.questions:
        found[node.code] = _sum([_weighted(cells[item.code], item.share) for item in node.questions])
    else:
        order = _REFORM_FIRST if node.code == _PENGUNGKIT else [child.code for child in node.children]
        found[node.code] = _sum([found[code] for code in order])


def _averaged(node: Node, cells: Mapping[str, Cell]) -> list[Cell]:
    """Return the cells that an indicator's AVERAGE reaches: L175 stops before the LHKASN block."""
    reached = [cells[item.code] for item in node.questions if item.code != LHKASN]
    if any(item.code == LHKPN for item in node.questions):
        return [ExcelError.DIV0 if cell is None else cell for cell in reached]  # L176 averages one text
    return reached


def _mean(cells: Sequence[Cell], weight: Fraction) -> Cell:
    error = _first_error(cells)
    numbers = [cell for cell in cells if isinstance(cell, Fraction)]
    if error is None and not numbers:
        error = ExcelError.DIV0
    return error if error is not None else exact_sum(numbers) / len(numbers) * weight


def _weighted(cell: Cell, weight: Fraction) -> Cell:
    """Return a hasil item's cell: the text `Blm Diisi` times a weight is `#VALUE!`."""
    if isinstance(cell, Fraction):
        return cell * weight
    return ExcelError.VALUE if cell is None else cell


def _sum(cells: Sequence[Cell]) -> Cell:
    error = _first_error(cells)
    return error if error is not None else exact_sum(cell for cell in cells if isinstance(cell, Fraction))


def _first_error(cells: Sequence[Cell]) -> ExcelError | None:
    return next((cell for cell in cells if isinstance(cell, ExcelError)), None)


def _state(question: Question, answer: Answer | None, policies: Policies) -> State:
    try:
        return state_and_value(question, answer, policies)[0]
    except UnscorableAnswerError:
        return "blank"


def _share(node: Node, cells: Mapping[str, Cell], item: Question) -> Fraction:
    """Return the points an item earns at value 1 among the items that count here."""
    if node.level != "indicator":
        return item.share
    counted = sum(cells[other.code] is not None for other in node.questions if other.code != LHKASN)
    return Fraction(0) if item.code == LHKASN else node.weight / max(1, counted)


def _question_score(
    node: Node, item: Question, cells: Mapping[str, Cell], filled: Mapping[str, Fraction], state: State
) -> QuestionScore:
    cell = cells[item.code]
    if cell is None and node.level != "indicator":
        cell = ExcelError.VALUE
    error = cell if isinstance(cell, ExcelError) else None
    value = cell if isinstance(cell, Fraction) else None
    share = _share(node, cells, item)
    return QuestionScore(
        code=item.code,
        state=state,
        value=value,
        points=None if error is not None else (value or Fraction(0)) * share,
        weight=Fraction(0) if cell is None else share,
        upper=filled[item.code] * _share(node, filled, item),
        error=error,
    )


def _node_score(
    code: str, level: str, name: str, shown: Cell, upper: Cell, states: Mapping[str, State]
) -> NodeScore:
    instrument = lke_instrument()
    under = instrument.questions_under(code)
    return NodeScore(
        code=code,
        level=level,
        name=name,
        weight=instrument.weight_of(code),
        points=shown if isinstance(shown, Fraction) else None,
        upper=upper if isinstance(upper, Fraction) else Fraction(0),
        answered=sum(states[item.code] == "answered" for item in under),
        items=len(under),
        error=shown if isinstance(shown, ExcelError) else None,
    )
