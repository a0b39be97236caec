"""Reports as files: which kinds there are, in which formats, and how many are written side by side."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from services.planning.layers import Layer
from services.planning.reports.domain import ReportFacts
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.lhe.document import lhe
from services.planning.reports.sheet import worksheet
from shared.documents.document import Document
from shared.held import in_thread
from shared.kernel import DomainError


class LayerUnusedError(DomainError):
    """A layer was named for a report that tells all of them."""

    code: ClassVar[str] = "layer_unused"


MEDIA_TYPES = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_NAMES = {ReportKind.LHE: "lhe", ReportKind.WORKSHEET: "lembar-kerja"}


@dataclass(frozen=True, slots=True)
class Report:
    """A report as a file. `tag` names these very bytes."""

    file_name: str
    media_type: str
    content: bytes

    @property
    def tag(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:32]


class ReportWriter:
    """Writes reports in threads, so many side by side: each takes a core for as long as it lasts."""

    def __init__(self, at_once: int) -> None:
        self._gate = asyncio.Semaphore(at_once)

    async def write(
        self, facts: ReportFacts, kind: ReportKind, layer: Layer | None, form: ReportFormat
    ) -> Report:
        """Return the report as a file; `layer` narrows a worksheet to one.

        Raises `LayerUnusedError` for a layer of an LHE, which tells all of them.
        """
        if layer is not None and kind is not ReportKind.WORKSHEET:
            raise LayerUnusedError("Lapis hanya dapat dipilih untuk kind=worksheet.", field="layer")
        async with self._gate:
            content = await in_thread(_written, facts, kind, layer, form)
        return Report(_file_name(facts, kind, layer, form), MEDIA_TYPES[form], content)


def document_of(facts: ReportFacts, kind: ReportKind, layer: Layer | None) -> Document:
    """Return what a report says, whatever file it becomes."""
    return lhe(facts) if kind is ReportKind.LHE else worksheet(facts, layer)


def _written(facts: ReportFacts, kind: ReportKind, layer: Layer | None, form: ReportFormat) -> bytes:
    return _writer(form)(document_of(facts, kind, layer))


def _writer(form: ReportFormat) -> Callable[[Document], bytes]:
    if form is ReportFormat.PDF:
        from shared.documents.pdf import pdf_file  # noqa: PLC0415 - loaded where one is written

        return pdf_file
    from shared.documents.docx import docx_file  # noqa: PLC0415 - as above

    return docx_file


def _file_name(facts: ReportFacts, kind: ReportKind, layer: Layer | None, form: ReportFormat) -> str:
    """Return a name of plain letters; a draft says so in it."""
    parts = [_NAMES[kind], facts.unit.unit_id, str(facts.programme.year)]
    if kind is ReportKind.WORKSHEET and layer is not None:
        parts.append(layer.value)
    if not facts.is_final:
        parts.append("draf")
    return f"{'-'.join(parts)}.{form.value}"
