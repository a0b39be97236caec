"""The formulas of layout 2021, by row, as the official workbook has them, its oddities kept.

Source: sheet `LKE ZI` of the workbook to PermenPANRB 90/2021, columns K, L and M.
"""

from collections.abc import Mapping, Sequence

from services.planning.worksheets.workbook.layout import (
    LHKPN_TOTAL_ROW,
    inputs_of,
    lhkpn_sum,
    rows_of,
    total_row,
)
from shared.instruments.lke import Instrument, Node, Question, QuestionType, Scale, lke_instrument
from shared.instruments.lke.formulas import REDUCTION

BLANK = '"Blm Diisi"'
EMPTY_ROW = 90
"""A row without a question: its K takes Ya or Tidak, and L shows nothing, for no scale is printed."""
WITHOUT_SHARE = frozenset({"A.II.4"})
"""The node whose cell of column M is empty."""
PERCENT_HEADINGS = ("A.II.5.ii", "A.II.5.iii")
"""Indicators with a `%` in column J, which no formula reads."""
_SUMS = {"A.I.6": ("i", "ii", "iv", "v", "iii")}
"""Children in another order than that of their rows."""
_AVERAGED_TO = {"A.II.5.iii": 179}
"""The last row of an average that stops early: LHKASN is never reached."""
_ALONE_AS_RANGE = frozenset({"A.II.5.i"})
"""Where the average of one row is written as a range."""
_LAST_TESTED_SECOND = frozenset({"A.II.5.ii.a"})
"""Where the third count is asked for before the second."""
_INDEX_TOP = 4


def sub_headings() -> Mapping[int, tuple[int, str]]:
    """Return rows with a heading for one question, the end of its average, and what the heading is."""
    questions = lke_instrument().questions
    return {
        questions[code].place.workbook_row - 1: (_last_row(questions[code]), questions[code].text)
        for code in ("A.II.5.iii.a", "A.II.5.iii.b")
    }


def value_formulas() -> dict[int, str]:
    """Return column L by row: items, nodes, sub-headings and totals."""
    instrument = lke_instrument()
    found = {EMPTY_ROW: _item(EMPTY_ROW)}
    for question in instrument.questions.values():
        row = question.place.workbook_row
        found[row] = _item(row)
        for entry in inputs_of(question):
            found[entry.place.workbook_row] = _item(entry.place.workbook_row)
        if question.type is QuestionType.INDEX:
            found[row] = f'IF(K{row}="",{BLANK},K{row}/{_INDEX_TOP})*H{row}'
        elif instrument.nodes[question.parent].level != "indicator":
            found[row] += f"*H{row}"
    for node in instrument.nodes.values():
        found[node.workbook_row] = _node(instrument, node)
        if node.total_row is not None:
            found[node.workbook_row] = f"L{node.total_row}"
            found[node.total_row] = _node(instrument, node)
    for row, (last, _) in sub_headings().items():
        found[row] = f"AVERAGE(L{row + 1}:L{last})*H{row}"
    totals = [f"L{node.total_row}" for node in instrument.components]
    found[total_row()] = f"SUM({','.join(totals)})"
    return found


def share_formulas() -> dict[int, str]:
    """Return column M by row: the part of its weight that a node has earned."""
    rows = [node.workbook_row for code, node in lke_instrument().nodes.items() if code not in WITHOUT_SHARE]
    return {row: f"L{row}/H{row}" for row in rows}


def answer_formulas() -> dict[int, str]:
    """Return column K by row: the percentages, and the LHKPN total."""
    questions = lke_instrument().questions.values()
    found = {
        question.place.workbook_row: _percent(question)
        for question in questions
        if question.type is QuestionType.PERCENT
    }
    return found | {LHKPN_TOTAL_ROW: lhkpn_sum()}


def _item(row: int) -> str:
    """Return the value of one item, or the text `Blm Diisi`, by the scale that is printed in J."""
    formula = f'IF(J{row}="","","-")'
    for printed in ("Rupiah", "Jumlah"):
        formula = f'IF(J{row}="{printed}",IF(K{row}="",{BLANK},""),{formula})'
    formula = f'IF(J{row}="%",IF(K{row}="",{BLANK},K{row}),{formula})'
    for scale in reversed(_scales()):
        chosen = BLANK
        for letter, value in reversed(list(scale.values.items())):
            chosen = f'IF(K{row}="{letter}",{_plain(value.numerator, value.denominator)},{chosen})'
        formula = f'IF(J{row}="{scale.printed}",{chosen},{formula})'
    return formula


def _plain(numerator: int, denominator: int) -> str:
    """Return the value of a letter as the sheet writes it, with two decimals at most."""
    whole, rest = divmod(100 * numerator // denominator, 100)
    return str(whole) if not rest else f"{whole}.{rest:02}".rstrip("0")


def _node(instrument: Instrument, node: Node) -> str:
    if node.level == "indicator":
        first = node.workbook_row + 1
        last = _AVERAGED_TO.get(node.code, max(map(_last_row, node.questions)))
        is_one = first == last and node.code not in _ALONE_AS_RANGE
        reached = f"L{first}" if is_one else f"L{first}:L{last}"
        return f"AVERAGE({reached})*H{node.workbook_row}"
    if node.questions:
        summed = [f"L{question.place.workbook_row}" for question in node.questions]
    else:
        below = [child.code for child in node.children]
        if node.code in _SUMS:
            below = [f"{node.code}.{name}" for name in _SUMS[node.code]]
        elif node.total_row is not None and instrument.nodes[below[0]].children:
            below.reverse()  # L198 = SUM(L125,L5): of two errors the first one shows
        summed = [f"L{instrument.nodes[code].workbook_row}" for code in below]
    return f"SUM({','.join(summed)})"


def _last_row(question: Question) -> int:
    return max(rows_of(question))


def _percent(question: Question) -> str:
    """Return the percentage, or the text `Blm Diisi` while one of its counts is blank."""
    cells = {entry.key: f"K{entry.place.workbook_row}" for entry in inputs_of(question)}
    if "n0" in cells:
        cells = {"n0": cells["n0"], "n4": cells["n4"]}
    keys = list(cells)
    if question.code in _LAST_TESTED_SECOND:
        keys = [keys[0], keys[2], keys[1]]
    blank = ",".join(f'{cells[key]}=""' for key in keys)
    return f"IF(OR({blank}),{BLANK},{_ratio(question, cells)})"


def _ratio(question: Question, cells: Mapping[str, str]) -> str:
    last, this = cells.get("n1", ""), cells.get("n2", "")
    if question.formula is REDUCTION:
        less = f"({last}-{this})/{last}"
        return f"IF(AND({last}=0,{this}=0),1,IF({less}<0,0,{less}))"
    names = list(cells)
    ratio = f"{cells[names[-1]]}/{cells[names[0]]}"
    return f"IF({ratio}>1,1,{ratio})"


def _scales() -> Sequence[Scale]:
    """Return the scales in the order in which the formulas ask for them."""
    found = {one.type: one.scale for one in lke_instrument().questions.values() if one.scale is not None}
    return [found[kind] for kind in QuestionType if kind in found]
