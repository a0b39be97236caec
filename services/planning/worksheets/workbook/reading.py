"""From the grid of an official sheet to answers, notes and findings: all of them at once, nothing guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.planning.layers import Layer
from services.planning.spreadsheets.findings import Finding, Severity, of_refusal
from services.planning.spreadsheets.grid import Grid
from services.planning.spreadsheets.grid_reader import read_grid
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.weights import wrong_rows
from services.planning.worksheets.workbook.cells import AnswerCells
from services.planning.worksheets.workbook.layout import (
    LAYOUT,
    data_rows,
    find_columns,
    inputs_of,
    rows_of,
    sheet_name,
)
from services.planning.worksheets.workbook.points_check import Comparison, compare
from services.planning.worksheets.workbook.portal import (
    MOST_ROWS,
    find_portal_columns,
    portal_sheet_name,
)
from services.planning.worksheets.workbook.references import Cited, references
from services.planning.worksheets.workbook.totals import as_shown
from services.planning.worksheets.workbook.typed_percent import typed_percent
from shared.files.inspection.package import RefusedPackageError
from shared.indonesian import number
from shared.instruments.lke import (
    PORTAL,
    TOTAL,
    Answer,
    AnswerFinding,
    InvalidAnswerError,
    Question,
    QuestionType,
    answer_warnings,
    lke_instrument,
    parse_answer,
    score,
    total_warnings,
)

_LONGEST_NUMBER = 32


@dataclass(frozen=True, slots=True)
class WorkbookReading:
    """What a workbook says. With one error among the findings nothing of it may be written.

    `answers`, `notes` and `cells` are keyed by question code; a blank cell is no answer and has no entry.
    `cells` names the answer's cell, for a % question that of the percentage. `blank_counts` names the cells
    of counts left blank by key, `blank_notes` the questions with one note cell blank beside a filled one;
    `references` holds the evidence named or linked beside each question.
    `summed` names the questions whose total is only the formula of its parts; `layout` is the rows' one.
    `comparisons` holds our workbook-mode points beside the stored ones, for every node, hasil item and total.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    blank_counts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    blank_notes: frozenset[str] = frozenset()
    references: Mapping[str, tuple[Cited, ...]] = field(default_factory=dict)
    summed: frozenset[str] = frozenset()
    layout: str = LAYOUT
    findings: tuple[Finding, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    @property
    def is_accepted(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def total(self) -> Comparison | None:
        """The comparison of TOTAL, None where the sheet has no column `Nilai`."""
        return next((entry for entry in self.comparisons if entry.code == TOTAL), None)


def read_workbook(content: bytes, limits: Limits | None = None, layer: Layer = Layer.UNIT) -> WorkbookReading:
    """Read an .xlsx file for a layer: of layout 2021, or PortalRB's sheet, whichever is in it.

    Never raises for what is in the file; blocks, so use a thread. A file that cannot be read at all gives a
    reading with one error and nothing else.
    """
    limits = limits or Limits()
    sheets = {sheet_name(): limits.rows, portal_sheet_name(): MOST_ROWS}
    try:
        return interpret(read_grid(content, sheets, limits), layer)
    except RefusedPackageError as refused:
        return WorkbookReading(findings=(of_refusal(refused),))


def interpret(grid: Grid, layer: Layer = Layer.UNIT) -> WorkbookReading:
    """Read the grid of a sheet: header by text, rows by map, weights checked before any answer.

    `LKE ZI` holds one layer, whichever; PortalRB's sheet holds two, each in its columns.
    Raises `RefusedPackageError` when the header is not found, or not the layer.
    """
    if grid.sheet == portal_sheet_name():
        columns, said = find_portal_columns(grid, layer)
        layout, name = PORTAL, "PortalRB"
    else:
        columns, said = find_columns(grid), ()
        layout, name = LAYOUT, "2021"
    if wrong := wrong_rows(grid, columns.weight, lke_instrument().weights_by_row(layout), name):
        return WorkbookReading(layout=layout, findings=(wrong,))
    sheet = AnswerCells(grid, columns, layout, [*said])
    answers: dict[str, Answer] = {}
    shown: dict[str, Answer] = {}
    for question in lke_instrument().questions.values():
        raw = _read(sheet, question)
        in_excel = _as_shown(sheet, question, raw)
        if in_excel is not None:
            shown[question.code] = in_excel
        answer = _canonical(sheet, question, raw)
        if answer is not None:
            answers[question.code] = answer
    for warning in (*answer_warnings(answers), *total_warnings(answers)):
        _add(sheet, Severity.WARNING, lke_instrument().questions[warning.code], warning)
    _compare_percents(sheet, answers)
    _remark_unused(sheet)
    comparisons = compare(grid, columns, as_shown(shown))
    notes = _notes(sheet)
    _remark_total(sheet, comparisons)
    questions = lke_instrument().questions
    return WorkbookReading(
        answers=answers,
        notes=notes,
        cells={code: sheet.name(sheet.row(questions[code].place)) for code in {**answers, **notes}},
        blank_counts={code: _blank_counts(sheet, questions[code]) for code in answers},
        blank_notes=frozenset(code for code in notes if "" in _note_cells(sheet, questions[code])),
        references=references(sheet),
        summed=frozenset(
            item.code
            for item in questions.values()
            if item.optional_total and sheet.is_sum(item.optional_total)
        ),
        layout=layout,
        findings=tuple(sorted(sheet.findings, key=lambda finding: finding.row or 0)),
        comparisons=comparisons,
    )


Raw = str | Decimal | dict[str, str | Decimal] | None


def _read(sheet: AnswerCells, question: Question) -> Raw:
    if question.type is not QuestionType.PERCENT:
        return sheet.raw(sheet.row(question.place), question.code, question.allowed)
    _check_percent_cell(sheet, question)
    counts: dict[str, str | Decimal] = {}
    for entry in inputs_of(question):
        row = sheet.row(entry.place)
        if sheet.is_sum(entry):
            continue
        raw = sheet.raw(row, f"{question.code}.{entry.key}", question.allowed)
        if raw is not None:
            counts[entry.key] = raw
    return counts


def _blank_counts(sheet: AnswerCells, question: Question) -> dict[str, str]:
    """Return the cells of counts that hold nothing by key; a formula for the total is its parts' sum."""
    rows = {entry.key: sheet.row(entry.place) for entry in inputs_of(question)}
    return {
        key: sheet.name(row)
        for key, row in rows.items()
        if sheet.at(row).formula is None and not sheet.at(row).text.strip()
    }


def _canonical(sheet: AnswerCells, question: Question, raw: Raw) -> Answer | None:
    try:
        return parse_answer(question.code, raw)
    except InvalidAnswerError as refused:
        for finding in refused.findings:
            _add(sheet, Severity.ERROR, question, finding)
        return None


def _as_shown(sheet: AnswerCells, question: Question, raw: Raw) -> Answer | None:
    """Return the answer as Excel reads it from the cells: letters untrimmed, numbers in any range."""
    if question.scale is not None:
        return Answer(letter=raw) if isinstance(raw, str) else None
    if question.type is QuestionType.INDEX:
        number = _number(raw)
        return None if number is None else Answer(index=number)
    percent = sheet.at(sheet.row(question.place))
    if percent.formula is None and percent.kind == "number":
        return Answer(index=Decimal(percent.text))
    counts = {key: _number(value) for key, value in raw.items()} if isinstance(raw, dict) else {}
    whole = {
        key: int(value)
        for key, value in counts.items()
        if value is not None and value == value.to_integral_value()
    }
    return Answer(inputs=whole) if whole else None


def _number(raw: object) -> Decimal | None:
    if isinstance(raw, Decimal):
        return raw
    text = raw.strip().replace(",", ".") if isinstance(raw, str) else ""
    is_plain = len(text) <= _LONGEST_NUMBER and text.isascii() and text.replace(".", "", 1).isdecimal()
    return Decimal(text) if is_plain else None


def _check_percent_cell(sheet: AnswerCells, question: Question) -> None:
    """An Excel error, date or boolean typed over the formula is an error; its own formula may show any."""
    cell = sheet.at(sheet.row(question.place))
    if cell.formula is None:
        sheet.raw(sheet.row(question.place), question.code, question.allowed)


def _compare_percents(sheet: AnswerCells, answers: Mapping[str, Answer]) -> None:
    result = score(answers)
    for question in lke_instrument().questions.values():
        row = sheet.row(question.place)
        cell = sheet.at(row)
        is_typed = question.type is QuestionType.PERCENT and cell.formula is None
        if not is_typed or cell.kind not in {"number", "text"} or not cell.text.strip():
            continue
        ours, typed = result.questions[question.code].value, typed_percent(cell)
        if ours is None:
            said = f'persentase "{cell.text[:20]}" tanpa isian jumlah; butir dianggap belum dijawab'
            sheet.add(Severity.REMARK, "percent_without_inputs", said, row, question.code, question.allowed)
        elif typed is None or not typed.agrees(ours):
            shown = number(100 * ours)
            said = f'"{cell.text[:20]}" berbeda dari hitungan isiannya, {shown}%; yang dipakai hitungan'
            sheet.add(Severity.WARNING, "percent_differs", said, row, question.code, question.allowed)


def _remark_unused(sheet: AnswerCells) -> None:
    instrument = lke_instrument()
    known = {row for item in instrument.questions.values() for row in rows_of(item, sheet.layout)}
    for row in data_rows(sheet.layout):
        cell = sheet.at(row)
        if row not in known and cell.text.strip():
            said = f'"{cell.text[:20]}" diabaikan; baris ini tidak memuat butir'
            sheet.add(Severity.REMARK, "row_without_item", said, row, "")


def _remark_total(sheet: AnswerCells, comparisons: tuple[Comparison, ...]) -> None:
    differing = [entry for entry in comparisons if entry.agrees is False]
    if not differing:
        return
    first = differing[-1]
    ours = first.our_error or ("-" if first.our_points is None else number(first.our_points, 4))
    stored = first.file_error or str(first.file_points).replace(".", ",")
    said = f"nilai tersimpan {stored}, hitungan kami cara buku kerja {ours}; {len(differing)} sel berbeda"
    sheet.findings.append(
        Finding(
            Severity.REMARK,
            "points_differ",
            said,
            sheet.grid.sheet,
            first.cell,
            int(first.cell[1:]),
            first.code,
            stored,
        )
    )


def _notes(sheet: AnswerCells) -> dict[str, str]:
    """Return the notes by question; those beside its counts are joined below its own."""
    notes = {
        question.code: "\n".join(text for text in _note_cells(sheet, question) if text)
        for question in lke_instrument().questions.values()
    }
    return {code: note for code, note in notes.items() if note}


def _note_cells(sheet: AnswerCells, question: Question) -> list[str]:
    """Return what stands in the note cells of a question and its counts; none without a column of notes."""
    column = sheet.columns.note
    if column is None:
        return []
    return [sheet.text(row, column) for row in rows_of(question, sheet.layout)]


def _add(sheet: AnswerCells, severity: Severity, question: Question, finding: AnswerFinding) -> None:
    """Record a finding of the instrument at the cell it speaks of."""
    rows = {entry.key: sheet.row(entry.place) for entry in inputs_of(question)}
    row = rows.get(finding.field or "", sheet.row(question.place))
    code = question.code if finding.field is None else f"{question.code}.{finding.field}"
    sheet.add(severity, finding.reason, finding.said, row, code, finding.allowed, finding.value)
