"""Reports as files: bytes of the state alone, whatever people wrote into it."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader

from services.planning.layers import Layer
from services.planning.reports.domain import ReportFacts
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.writing import (
    LayerUnusedError,
    ReportTooHeavyError,
    ReportWriter,
    check_layer,
    document_of,
)
from shared.documents.docx import docx_file
from shared.documents.pdf import pdf_file, png_pages
from shared.indonesian import number

PICTURES = Path(__file__).resolve().parents[4] / "test-output" / "pages"
ALL = [(kind, form) for kind in ReportKind for form in ReportFormat]
WRITERS = {ReportFormat.PDF: pdf_file, ReportFormat.DOCX: docx_file}
HOSTILE = "#panic() $x$ *a* @b \\ <w:p> \x00\x1b \u202eX\u202c \ud800 中文 " + "y" * 10_000


@pytest.fixture
def writer() -> ReportWriter:
    return ReportWriter(at_once=2)


def text_of(content: bytes, form: ReportFormat) -> str:
    if form is ReportFormat.PDF:
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    read = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return " ".join([*(one.text for one in read.paragraphs), *cells])


@pytest.mark.parametrize(("kind", "form"), ALL)
async def test_equal_states_give_equal_bytes_in_whatever_process(
    writer: ReportWriter, build_facts: Callable[[], ReportFacts], kind: ReportKind, form: ReportFormat
) -> None:
    first = await writer.write(build_facts(), kind, None, form)
    assert first.content == WRITERS[form](document_of(build_facts(), kind, None))


@pytest.mark.parametrize("form", ReportFormat)
def test_unlike_states_give_unlike_bytes(draft: ReportFacts, form: ReportFormat) -> None:
    states = (
        draft,
        replace(draft, worksheet_version=draft.worksheet_version + 1),
        replace(draft, told_at=draft.told_at + timedelta(minutes=1)),
        replace(draft, unit=replace(draft.unit, name="Kantor B")),
    )
    assert len({WRITERS[form](document_of(one, ReportKind.LHE, None)) for one in states}) == len(states)


@pytest.mark.parametrize(("kind", "form"), ALL)
async def test_whatever_people_wrote_stays_text(
    writer: ReportWriter, draft: ReportFacts, kind: ReportKind, form: ReportFormat
) -> None:
    unit = draft.layers[Layer.UNIT]
    answers = {**unit.answers, "A.I.1.i.a": replace(unit.answers["A.I.1.i.a"], note=HOSTILE)}
    tpi = draft.layers[Layer.TPI]
    assessed = {**tpi.answers, "A.I.1.i.a": replace(tpi.answers["A.I.1.i.a"], note=HOSTILE)}
    proofs = tuple(replace(one, title=HOSTILE[:200]) for one in draft.evidence[Layer.UNIT])
    facts = replace(
        draft,
        unit=replace(draft.unit, name=HOSTILE[:200]),
        layers={**draft.layers, Layer.UNIT: replace(unit, answers=answers),
                Layer.TPI: replace(tpi, answers=assessed)},
        evidence={**draft.evidence, Layer.UNIT: proofs},
        steps=(replace(draft.steps[0], reason=HOSTILE),),
    )  # fmt: skip
    written = await writer.write(facts, kind, None, form)
    assert "#panic() $x$ *a* @b" in " ".join(text_of(written.content, form).split())


async def test_both_files_of_a_report_hold_the_same_figures(writer: ReportWriter, final: ReportFacts) -> None:
    told = {
        form: text_of((await writer.write(final, ReportKind.LHE, None, form)).content, form)
        for form in ReportFormat
    }
    total = final.scores[Layer.TPN].total.points
    for form in ReportFormat:
        for figure in ("SK-12/2026", "putaran 2", "34" * 32, number(total)):
            assert figure.replace(" ", "") in "".join(told[form].split()), (form, figure)


async def test_a_report_that_takes_too_much_is_refused_and_the_service_goes_on(
    writer: ReportWriter, draft: ReportFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as narrow:
        narrow.setattr("services.planning.reports.writing._MEMORY_BYTES", 64 * 1024**2)
        with pytest.raises(ReportTooHeavyError, match="terlalu besar"):
            await writer.write(draft, ReportKind.LHE, None, ReportFormat.PDF)
    assert (await writer.write(draft, ReportKind.LHE, None, ReportFormat.PDF)).content


def test_a_layer_is_refused_where_all_are_told() -> None:
    check_layer(ReportKind.WORKSHEET, Layer.TPI)
    with pytest.raises(LayerUnusedError, match="kind=worksheet"):
        check_layer(ReportKind.LHE, Layer.TPI)


@pytest.mark.parametrize("kind", ReportKind)
def test_every_page_can_be_looked_at(draft: ReportFacts, kind: ReportKind) -> None:
    """With ZI_PICTURES set, the pages are kept beside those of the browser tests."""
    is_kept = "ZI_PICTURES" in os.environ
    pages = png_pages(document_of(draft, kind, None), ppi=96 if is_kept else 20)
    assert len(pages) > 1
    if is_kept:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for number_, content in enumerate(pages, 1):
            (PICTURES / f"planning-report-{kind.value}-{number_}.png").write_bytes(content)
