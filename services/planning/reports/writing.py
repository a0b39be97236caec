"""Reports as files: which kinds there are, in which formats, and how many are written side by side."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import ClassVar

from services.planning.layers import Layer
from services.planning.reports.domain import ReportFacts
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.lhe.document import lhe
from services.planning.reports.sheet import worksheet
from shared.documents.document import Document
from shared.documents.wire import to_json
from shared.files.confinement.running import TooHeavyError, run_confined
from shared.held import in_thread
from shared.kernel import DomainError


class LayerUnusedError(DomainError):
    """A layer was named for a report that tells all of them."""

    code: ClassVar[str] = "layer_unused"


class ReportTooHeavyError(DomainError):
    """The report would take more memory or time than one may."""

    code: ClassVar[str] = "report_too_heavy"


_CHILD = "services.planning.reports.child"
_MEMORY_BYTES = 1536 * 1024**2
"""What the largest LHE takes and half as much again: 5,650 pieces of evidence."""
_SECONDS = 60
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
    """Writes reports in processes, so many side by side: each takes a core for as long as it lasts."""

    def __init__(self, at_once: int) -> None:
        self._gate = asyncio.Semaphore(at_once)

    async def write(
        self, facts: ReportFacts, kind: ReportKind, layer: Layer | None, form: ReportFormat
    ) -> Report:
        """Return the report as a file; `layer` narrows a worksheet to one. Raises `ReportTooHeavyError`."""
        async with self._gate:
            document = await in_thread(document_of, facts, kind, layer)
            content = await in_thread(_written, document, form)
        return Report(_file_name(facts, kind, layer, form), MEDIA_TYPES[form], content)


def check_layer(kind: ReportKind, layer: Layer | None) -> None:
    """Raise `LayerUnusedError` for a layer of a report that tells all of them."""
    if layer is not None and kind is not ReportKind.WORKSHEET:
        raise LayerUnusedError("Lapis hanya dapat dipilih untuk kind=worksheet.", field="layer")


def document_of(facts: ReportFacts, kind: ReportKind, layer: Layer | None) -> Document:
    """Return what a report says, whatever file it becomes."""
    return lhe(facts) if kind is ReportKind.LHE else worksheet(facts, layer)


def _written(document: Document, form: ReportFormat) -> bytes:
    """Return a document as a file, written by a process of its own; blocks."""
    order = {"format": form.value, "memory_bytes": _MEMORY_BYTES, "seconds": _SECONDS}
    try:
        return run_confined(_CHILD, order, to_json(document), seconds=_SECONDS)
    except TooHeavyError as heavy:
        raise ReportTooHeavyError(
            "Laporan ini terlalu besar untuk ditulis. Unduh lembar kerja per lapis."
        ) from heavy


def _file_name(facts: ReportFacts, kind: ReportKind, layer: Layer | None, form: ReportFormat) -> str:
    """Return a name of plain letters; a draft says so in it."""
    parts = [_NAMES[kind], facts.unit.unit_id, str(facts.programme.year)]
    if kind is ReportKind.WORKSHEET and layer is not None:
        parts.append(layer.value)
    if not facts.is_final:
        parts.append("draf")
    return f"{'-'.join(parts)}.{form.value}"
