"""What the official workbook of 2021 shows, error by error. Never gate or rank on it.

Source: formulas of sheet `LKE ZI`: columns K and L, cells K178, L175, L198, L202, L203, L205.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.formulas import REDUCTION, Counts, obliged
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


def score(answers: Answers, policies: Policies, instrument: Instrument) -> Score:
    """Score as Excel does: blanks skipped, indicators without any number `#DIV/0!` up to TOTAL.

    Takes answers as they stand in the cells: letters outside the scale count as blank (case ignored, spaces
    not), an index above 4 or negative counts are computed with, and an `index` on a % item is a percentage
    typed over its formula.
    """
    cells = {code: cell_of(question, answers.get(code)) for code, question in instrument.questions.items()}
    points = _all_nodes(instrument, cells)
    filled = {code: cell if isinstance(cell, Fraction) else Fraction(1) for code, cell in cells.items()}
    upper = points if filled == cells else _all_nodes(instrument, filled)
    states = {
        code: _state(question, answers.get(code), policies) for code, question in instrument.questions.items()
    }
    nodes = {
        code: _node_score(instrument, code, node.level, node.name, points[code], upper[code], states)
        for code, node in instrument.nodes.items()
    }
    total = _node_score(instrument, TOTAL, "total", TOTAL_NAME, points[TOTAL], upper[TOTAL], states)
    questions = {
        item.code: item
        for node in instrument.nodes.values()
        for item in _question_scores(node, cells, states)
    }
    return Score(instrument, "workbook", answers, policies, total, nodes, questions)


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
    return error if error is not None else exact_sum(numbers) * weight / len(numbers)


def _weighted(cell: Cell, weight: Fraction) -> Cell:
    shown = _as_hasil(cell)
    return shown * weight if isinstance(shown, Fraction) else shown


def _as_hasil(cell: Cell) -> Cell:
    """Return a hasil item's cell: the text `Blm Diisi` times its weight is `#VALUE!`."""
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


def _question_scores(
    node: Node, cells: Mapping[str, Cell], states: Mapping[str, State]
) -> Iterator[QuestionScore]:
    reached = [item.code for item in node.questions if item.code != LHKASN]
    counted = [code for code in reached if cells[code] is not None]
    share = node.weight / max(1, len(counted))
    full = node.weight / max(1, len(reached))
    for item in node.questions:
        code, cell = item.code, cells[item.code]
        if node.level != "indicator":
            yield _question_score(code, _as_hasil(cell), states[code], item.share, item.share)
        elif code == LHKASN:
            yield _question_score(code, cell, states[code], Fraction(0), Fraction(0))
        else:
            yield _question_score(code, cell, states[code], share, full)


def _question_score(code: str, cell: Cell, state: State, share: Fraction, full: Fraction) -> QuestionScore:
    """Build an item's score; `share` and `full` are its points at value 1 now and with all items filled."""
    if isinstance(cell, Fraction):
        points = cell * share
        return QuestionScore(code, state, cell, points, share, points if share == full else cell * full)
    if cell is None:
        return QuestionScore(code, state, None, Fraction(0), Fraction(0), full)
    return QuestionScore(code, state, None, None, share, full, cell)


def _node_score(
    instrument: Instrument,
    code: str,
    level: str,
    name: str,
    shown: Cell,
    upper: Cell,
    states: Mapping[str, State],
) -> NodeScore:
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
