"""Worksheets as files: read in one go, written to spreadsheets where nobody waits for the database."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import store as files
from services.planning.evidence.domain import Evidence
from services.planning.layers import Layer
from services.planning.plan.usecases import no_programme
from services.planning.spreadsheets.findings import Finding, of_refusal, refuse_errors
from services.planning.spreadsheets.limits import Limits
from services.planning.wording.domain import Wording
from services.planning.wording.usecases import wording_of
from services.planning.worksheets.domain import AnswerVersion, ExportFormat
from services.planning.worksheets.export.about import Exported, about, about_layers
from services.planning.worksheets.export.filling import add_about, fill
from services.planning.worksheets.export.layers_sheet import layers_book
from services.planning.worksheets.export.portal_sheet import portal_book
from services.planning.worksheets.export.template import template
from services.planning.worksheets.export.told import told
from services.planning.worksheets.metrics import EXPORTS, TEMPLATE
from services.planning.worksheets.whole import whole_sheet
from services.planning.worksheets.workbook.layout import sheet_name
from services.planning.worksheets.workbook.writing import Filled, entries_of
from shared.documents.workbook import packed
from shared.files.confinement.running import TooHeavyError, run_confined
from shared.files.inspection.package import RefusedPackageError
from shared.held import in_thread
from shared.instruments.lke import Answers, pinned_policies
from shared.security import Principal

_CHILD = "services.planning.worksheets.export.child"
_WORKBOOK_START = b"PK"


@dataclass(frozen=True, slots=True)
class Export:
    """A worksheet as it goes into files: all layers, and the loaded official texts of its edition."""

    state: Exported
    layers: Mapping[Layer, Filled]
    wording: Mapping[str, Wording]

    def file_name(self, kind: ExportFormat, layer: Layer) -> str:
        """Return what the file is called."""
        place = f"{self.state.unit_id}-{self.state.year}"
        match kind:
            case ExportFormat.LAYOUT2021:
                return f"lke-{place}-{layer}.xlsx"
            case ExportFormat.PORTALRB:
                return f"portalrb-{place}.xlsx"
            case ExportFormat.LAYERS:
                return f"tiga-lapis-{place}.xlsx"


async def read_export(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> Export:
    """Return a worksheet of a unit in scope; raises `NotFoundError`, `ProgrammeMissingError`."""
    whole = await whole_sheet(session, actor.scope, unit_id, year)
    if whole is None:
        raise await no_programme(session, actor, unit_id, year)
    linked = {one for version in whole.answers for one in version.draft.evidence_ids}
    found = await files.evidence_of_units(session, [unit_id], linked) if linked else []
    evidence = {one.evidence_id: one for one in found}
    state = Exported(
        unit_id=whole.unit_id,
        unit_name=whole.unit_name,
        zone=whole.zone,
        year=whole.year,
        edition=whole.edition,
        version=whole.version,
        at=max((version.written_at for version in whole.answers), default=None),
        policies=pinned_policies(whole.policies),
    )
    layers = {layer: _filled(whole.answers, layer, evidence) for layer in Layer}
    return Export(state, layers, await wording_of(session, whole.edition))


def render(export: Export, kind: ExportFormat, layer: Layer) -> bytes:
    """Return the file; the same state gives the same bytes. Takes 0.2 s: call from a thread."""
    state, layers = export.state, export.layers
    match kind:
        case ExportFormat.LAYOUT2021:
            book = template(export.wording)
            fill(book[sheet_name()], entries_of(layers[layer]))
            add_about(book, about(state, layer, layers[layer].answers))
        case ExportFormat.PORTALRB:
            book = portal_book(layers[Layer.UNIT], layers[Layer.TPI], export.wording)
            add_about(book, about_layers(state, _answers(export, Layer.UNIT, Layer.TPI)))
        case ExportFormat.LAYERS:
            book = layers_book(layers, state.policies)
            add_about(book, about_layers(state, _answers(export, *Layer)))
    return packed(book, state.dated)


def fill_template(export: Export, layer: Layer, given: bytes, limits: Limits) -> bytes:
    """Return a stranger's workbook of layout 2021, filled with a layer. Blocks: call from a thread.

    It is read and written in a process of its own. Raises `WorkbookRefusedError` with all that makes it no
    template.
    """
    filled = export.layers[layer]
    order = told(entries_of(filled), about(export.state, layer, filled.answers))
    answer = b""
    try:
        answer = _run(order, given, export.state, limits)
        findings = _findings(answer)
    except RefusedPackageError as refused:
        findings = [of_refusal(refused)]
    refuse_errors(findings)
    return answer


def _findings(answer: bytes) -> list[Finding]:
    """Return what a filling process has to say instead of a workbook."""
    if answer.startswith(_WORKBOOK_START):
        return []
    said = json.loads(answer)
    if "findings" in said:
        return [Finding(**one) for one in said["findings"]]
    return [of_refusal(RefusedPackageError(**said))]


class Exporter:
    """Writes files for all requests of this process, `at_once` side by side, within limits for templates."""

    def __init__(self, *, packed_bytes: int, seconds: int, at_once: int) -> None:
        self.limits = Limits(packed_bytes=packed_bytes, seconds=seconds)
        self._gate = asyncio.Semaphore(at_once)

    async def render(self, export: Export, kind: ExportFormat, layer: Layer) -> bytes:
        """Return a file as `render` writes it."""
        async with self._gate:
            content = await in_thread(render, export, kind, layer)
        EXPORTS.labels(kind.value).inc()
        return content

    async def fill(self, export: Export, layer: Layer, given: bytes) -> bytes:
        """Return a given workbook as `fill_template` fills it."""
        async with self._gate:
            content = await in_thread(fill_template, export, layer, given, self.limits)
        EXPORTS.labels(TEMPLATE).inc()
        return content


def _run(order: bytes, given: bytes, state: Exported, limits: Limits) -> bytes:
    if len(given) > limits.packed_bytes:
        most = limits.packed_bytes // (1024 * 1024)
        raise RefusedPackageError("too_large", f"Berkas lebih besar dari {most} MiB.")
    told_beside = {"limits": asdict(limits), "at": state.dated.isoformat()}
    try:
        return run_confined(_CHILD, told_beside, order + b"\n" + given, seconds=limits.seconds)
    except TooHeavyError as heavy:
        raise RefusedPackageError("too_heavy", str(heavy)) from heavy


def _answers(export: Export, *layers: Layer) -> Mapping[Layer, Answers]:
    return {layer: export.layers[layer].answers for layer in layers}


def _filled(versions: Sequence[AnswerVersion], layer: Layer, evidence: Mapping[UUID, Evidence]) -> Filled:
    drafts = [version.draft for version in versions if version.layer is layer]
    return Filled(
        answers={one.item_code: one.answer for one in drafts if one.answer is not None},
        notes={one.item_code: one.note for one in drafts if one.note},
        evidence={
            one.item_code: [evidence[id_] for id_ in one.evidence_ids if id_ in evidence] for one in drafts
        },
    )
