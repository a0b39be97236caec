"""Take a read workbook over into one layer of a worksheet: all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import store as files
from services.planning.evidence.domain import Evidence, written
from services.planning.evidence.usecases import note_file
from services.planning.layers import Layer
from services.planning.spreadsheets.findings import refuse_errors
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.domain import AnswerVersion, ImportMode, Worksheet
from services.planning.worksheets.usecases import check_may_write, check_seen, write
from services.planning.worksheets.workbook.beside import beyond
from services.planning.worksheets.workbook.merging import Change, Kept, differences
from services.planning.worksheets.workbook.reading import WorkbookReading
from services.planning.worksheets.workbook.references import KIND, Cited
from shared.files.inspection.content import MEDIA_TYPES
from shared.files.store import ReceivedFile
from shared.kernel import new_id
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook would change or has changed, and what is kept although it is blank or otherwise there.

    `references` are the evidences that the changes link anew; `worksheet` is as it stands then.
    """

    worksheet: Worksheet
    reading: WorkbookReading
    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]
    references: tuple[Evidence, ...]
    is_written: bool


async def check_workbook(
    session: AsyncSession,
    actor: Principal,
    reading: WorkbookReading,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    mode: ImportMode,
    reason: str | None,
) -> Import:
    """Return findings and changes without writing anything; errors in the workbook give no changes.

    `reason` says why `replace` erases. Raises what `check_may_write` raises.
    """
    worksheet = await check_may_write(session, actor, unit_id, year, layer)
    if not reading.is_accepted:
        return Import(worksheet, reading, (), (), (), is_written=False)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    evidence = await _cited(session, reading, present, unit_id, layer)
    changes, kept = differences(reading, present, mode, reason, evidence.by_item)
    return Import(worksheet, reading, changes, kept, evidence.of(changes), is_written=False)


async def import_workbook(
    session: AsyncSession,
    actor: Principal,
    reading: WorkbookReading,
    received: ReceivedFile,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    seen: int | None,
    mode: ImportMode,
    reason: str | None,
) -> Import:
    """Write every item that differs, note the original file, and return what changed.

    Raises `WorkbookRefusedError` with all errors of the workbook, `StaleVersionError` as `answer_items`, and
    what `check_workbook` raises.
    """
    refuse_errors(reading.errors)
    worksheet = await check_may_write(session, actor, unit_id, year, layer, lock=True)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    evidence = await _cited(session, reading, present, unit_id, layer)
    changes, kept = differences(reading, present, mode, reason, evidence.by_item)
    await check_seen(session, worksheet, layer, [change.draft.item_code for change in changes], seen)
    drafts = [change.draft for change in changes]
    made = evidence.made(changes)
    await files.insert_evidence(session, made, actor.subject)
    worksheet = await write(
        session,
        actor,
        worksheet,
        layer,
        drafts,
        operation="import_worksheet",
        beside={"evidence": [str(one.evidence_id) for one in made]},
    )
    await note_file(session, received, MEDIA_TYPES[".xlsx"])
    await worksheets.insert_import(session, worksheet, layer, received.sha256, actor.subject)
    return Import(worksheet, reading, changes, kept, evidence.of(changes), is_written=True)


@dataclass(frozen=True, slots=True)
class _Cited:
    """The evidence that a workbook cites: by item, and each by its id, those that are new apart."""

    by_item: Mapping[str, tuple[UUID, ...]]
    every: Mapping[UUID, Evidence]
    new: frozenset[UUID]

    def of(self, changes: Sequence[Change]) -> tuple[Evidence, ...]:
        """Return what the changes link, each once."""
        linked = dict.fromkeys(one for change in changes for one in change.references)
        return tuple(self.every[one] for one in linked)

    def made(self, changes: Sequence[Change]) -> list[Evidence]:
        """Return what is to be written: new, and linked by a change."""
        return [one for one in self.of(changes) if one.evidence_id in self.new]


async def _cited(
    session: AsyncSession,
    reading: WorkbookReading,
    present: Sequence[AnswerVersion],
    unit_id: str,
    layer: Layer,
) -> _Cited:
    """Find or make an evidence for each text and address; what the layer has already serves again."""
    new = await _beyond(session, reading, present, unit_id, layer)
    if not new:
        return _Cited({}, {}, frozenset())
    at = datetime.now(UTC)
    known = {
        (one.content.form, one.content.body): one
        for one in await files.written_of_layer(session, unit_id, layer)
    }
    old = {one.evidence_id for one in known.values()}
    by_item: dict[str, tuple[UUID, ...]] = {}
    for code, references in new.items():
        for one in references:
            if (one.form, one.body) not in known:
                content = written(one.title, one.form, one.body, at)
                evidence = Evidence(new_id(), unit_id, layer, KIND, one.title, 1, content)
                known[one.form, one.body] = evidence
        by_item[code] = tuple(known[one.form, one.body].evidence_id for one in references)
    every = {one.evidence_id: one for one in known.values()}
    return _Cited(by_item, every, frozenset(every.keys() - old))


async def _beyond(
    session: AsyncSession,
    reading: WorkbookReading,
    present: Sequence[AnswerVersion],
    unit_id: str,
    layer: Layer,
) -> Mapping[str, Sequence[Cited]]:
    """Return by item what the workbook cites beside the evidence that the item has."""
    linked = {
        version.draft.item_code: version.draft.evidence_ids
        for version in present
        if version.draft.item_code in reading.references
    }
    ids = {one for evidence_ids in linked.values() for one in evidence_ids}
    found = await files.evidence_of_layer(session, unit_id, layer, ids) if ids else []
    stored = {one.evidence_id: one for one in found}
    new = {
        code: beyond(cited, [stored[one] for one in linked.get(code, ()) if one in stored])
        for code, cited in reading.references.items()
    }
    return {code: cited for code, cited in new.items() if cited}
