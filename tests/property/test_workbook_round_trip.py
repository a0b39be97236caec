"""A worksheet that is exported and imported is the same worksheet, in both layouts, whatever it says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.planning.evidence.domain import Evidence, Form
from services.planning.layers import Layer
from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets.domain import ExportFormat, ImportMode
from services.planning.worksheets.exports import render
from services.planning.worksheets.workbook.beside import beyond
from services.planning.worksheets.workbook.layout import sheet_name
from services.planning.worksheets.workbook.merging import differences
from services.planning.worksheets.workbook.portal import portal_sheet_name
from services.planning.worksheets.workbook.reading import WorkbookReading, interpret
from services.planning.worksheets.workbook.totals import parts_sum
from services.planning.worksheets.workbook.writing import Filled
from shared.instruments.lke import Answer, Question, QuestionType, lke_instrument
from tests.support.exporting import evidence, exported, stored

FEW = settings(
    max_examples=8,  # each writes a workbook and reads it, half a second, and holds a dozen items
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
STARTS = ("", "=", "+", "-", "@", "\t", "＝1", "＋", "－", "＠", "'", '=HYPERLINK("x")', "_x0041_", "1.234")
SIGNS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])
WORDS = st.text(SIGNS, max_size=12)
CODES = tuple(lke_instrument().questions)
SHEETS = {sheet_name(): Limits().rows, portal_sheet_name(): 2_500}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a text as the API stores it: trimmed, of one line or two, of any beginning."""
    lines = [draw(st.sampled_from(STARTS)) + draw(WORDS) for _ in range(draw(st.integers(1, 2)))]
    text = "\n".join(lines).strip()
    return text or "catatan"


def answers_to(question: Question) -> st.SearchStrategy[Answer]:
    if question.scale is not None:
        return st.sampled_from(list(question.scale.values)).map(lambda letter: Answer(letter=letter))
    if question.type is QuestionType.INDEX:
        return st.decimals(0, 4, places=6).map(lambda index: Answer(index=index))
    counts = st.sampled_from((0, 1, 2, 7, 10**11))
    given_counts = st.fixed_dictionaries({}, optional=dict.fromkeys(question.input_keys, counts))
    return given_counts.filter(bool).map(lambda inputs: Answer(inputs=inputs))


ANSWERS = {code: answers_to(question) for code, question in lke_instrument().questions.items()}
EVIDENCE = st.lists(
    st.one_of(
        texts().map(lambda text: evidence(Form.FILE, text.replace("\n", " "))),
        texts().map(lambda text: evidence(Form.TEXT, "Judul", text)),
        st.sampled_from(("a", "b?x=1&y=2", "c/d.")).map(
            lambda path: evidence(Form.ADDRESS, f"Berkas {path}", f"https://contoh.example/{path}")
        ),
    ),
    max_size=3,
    unique_by=lambda one: one.evidence_id,
)


@st.composite
def layers(draw: st.DrawFn) -> Filled:
    codes = draw(st.lists(st.sampled_from(CODES), max_size=12, unique=True))
    some = draw(st.lists(st.sampled_from(["A.II.5.iii.a", "A.II.5.iii.b", "B.I.a"]), unique=True))
    answers = {code: draw(ANSWERS[code]) for code in dict.fromkeys([*codes, *some])}
    notes = {code: draw(texts()) for code in codes[:4]}
    return Filled(answers, notes, {code: draw(EVIDENCE) for code in codes[:3]})


def read(content: bytes, layer: Layer) -> WorkbookReading:
    return interpret(extract(content, SHEETS, Limits()), layer)


def told(answers: Mapping[str, Any], reading: WorkbookReading) -> dict[str, Any]:
    """Return answers without a total that its parts give: where nothing is stored, a sheet cannot tell it."""
    found = {}
    for code, answer in answers.items():
        counts = dict(answer.inputs or {})
        if code in reading.summed and "n0" in counts and counts["n0"] == parts_sum(counts):
            del counts["n0"]
        found[code] = Answer(inputs=counts) if counts else answer
    return found


def is_readable(one: Evidence) -> bool:
    return any(sign.isalnum() for sign in one.content.body or one.title)


@pytest.mark.parametrize("kind", [ExportFormat.LAYOUT2021, ExportFormat.PORTALRB])
@pytest.mark.parametrize("layer", [Layer.UNIT, Layer.TPI])
@given(filled=layers(), other=layers())
@FEW
def test_export_and_import_give_the_same_worksheet(
    kind: ExportFormat, layer: Layer, filled: Filled, other: Filled
) -> None:
    if kind is ExportFormat.PORTALRB and layer is Layer.TPI:
        filled = Filled(filled.answers, filled.notes, {})  # the sheet has no column for evidence of TPI
    both = {Layer.UNIT: other, Layer.TPI: other} | {layer: filled}
    content = render(exported(unit=both[Layer.UNIT], tpi=both[Layer.TPI]), kind, layer)
    reading = read(content, layer)
    assert reading.errors == ()
    assert told(reading.answers, reading) == told(filled.answers, reading)
    assert dict(reading.notes) == dict(filled.notes)
    for code, cited in reading.references.items():
        assert beyond(cited, filled.evidence.get(code, ())) == ()
    assert {code for code, found in filled.evidence.items() if any(map(is_readable, found))} <= (
        reading.references.keys()
    )
    for mode in ImportMode:
        assert differences(reading, stored(layer, filled), mode, "alasan")[0] == ()


@given(filled=layers())
@settings(FEW, max_examples=2)
def test_the_same_state_is_the_same_file(filled: Filled) -> None:
    for kind in ExportFormat:
        assert render(exported(unit=filled), kind, Layer.UNIT) == render(
            exported(unit=filled), kind, Layer.UNIT
        )


@given(index=st.decimals(0, 4, places=20))
@settings(FEW, max_examples=2)
def test_an_index_with_more_digits_than_a_cell_holds_stays_as_it_is_stored(index: Decimal) -> None:
    filled = Filled({"B.I.a": Answer(index=index)}, {}, {})
    reading = read(render(exported(unit=filled), ExportFormat.LAYOUT2021, Layer.UNIT), Layer.UNIT)
    assert differences(reading, stored(Layer.UNIT, filled))[0] == ()
