"""Take a read workbook over into one layer of a worksheet: all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.layers import Layer
from services.planning.domain.worksheets import AnswerVersion, Draft, Origin, Worksheet
from services.planning.evidence.file_store import ReceivedFile
from services.planning.inspection.content import MEDIA_TYPES
from services.planning.store import worksheets
from services.planning.usecases.evidence import note_file
from services.planning.usecases.worksheets import check_may_write, check_seen, write
from services.planning.workbook.reading import WorkbookReading
from shared.instruments.lke import Answer, lke_instrument
from shared.kernel import DomainError
from shared.security import Principal


class WorkbookRefusedError(DomainError):
    """The workbook has an error, so nothing of it was written; `errors` names every one by its cell.

    Each also has `sheet`, `cell`, `row`, `item_code`, `value`, `reason` and `allowed`, as in a dry run (where
    `item_code` is `code`).
    """

    code: ClassVar[str] = "workbook_refused"


@dataclass(frozen=True, slots=True)
class Change:
    """One item that the workbook would write: its present answer and note beside the new ones."""

    before: Answer | None
    note_before: str | None
    draft: Draft


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of an item that the workbook leaves blank beside others: `field` is a count's key or `note`."""

    item_code: str
    field: str
    cell: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook would change or has changed, and what of these items it leaves blank and is kept.

    `worksheet` is as it stands then.
    """

    worksheet: Worksheet
    reading: WorkbookReading
    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]
    is_written: bool


async def check_workbook(
    session: AsyncSession,
    actor: Principal,
    reading: WorkbookReading,
    *,
    unit_id: str,
    year: int,
    layer: Layer,
    reason: str | None,
) -> Import:
    """Return findings and changes without writing anything; errors in the workbook give no changes.

    `reason` None keeps answers and counts that are blank in the workbook; with a reason they are erased.
    Raises what `check_may_write` raises.
    """
    worksheet = await check_may_write(session, actor, unit_id, year, layer)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    changes, kept = differences(reading, present, reason) if reading.is_accepted else ((), ())
    return Import(worksheet, reading, changes, kept, is_written=False)


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
    reason: str | None,
) -> Import:
    """Write every item that differs, note the original file, and return what changed.

    Raises `WorkbookRefusedError` with all errors of the workbook, `StaleVersionError` as `answer_items`, and
    what `check_workbook` raises.
    """
    refuse_errors(reading)
    worksheet = await check_may_write(session, actor, unit_id, year, layer, lock=True)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    changes, kept = differences(reading, present, reason)
    await check_seen(session, worksheet, layer, [change.draft.item_code for change in changes], seen)
    drafts = [change.draft for change in changes]
    worksheet = await write(session, actor, worksheet, layer, drafts, operation="import_worksheet")
    await note_file(session, received, MEDIA_TYPES[".xlsx"])
    await worksheets.insert_import(session, worksheet, layer, received.sha256, actor.subject)
    return Import(worksheet, reading, changes, kept, is_written=True)


def refuse_errors(reading: WorkbookReading) -> None:
    """Raise `WorkbookRefusedError` naming every error of the workbook."""
    if reading.is_accepted:
        return
    raise WorkbookRefusedError(
        f"Buku kerja memuat {len(reading.errors)} kesalahan; tidak ada yang ditulis.",
        errors=[
            {
                "field": f"{finding.sheet}!{finding.cell}" if finding.cell else "file",
                "code": finding.reason,
                "message": finding.message,
                "sheet": finding.sheet,
                "cell": finding.cell,
                "row": finding.row,
                "item_code": finding.code,
                "value": finding.value,
                "reason": finding.reason,
                "allowed": finding.allowed,
            }
            for finding in reading.errors
        ],
    )


def differences(
    reading: WorkbookReading, present: Sequence[AnswerVersion], reason: str | None
) -> tuple[tuple[Change, ...], tuple[Kept, ...]]:
    """Return what differs and what is kept, in the order of the sheet; evidence links stay as they are."""
    drafts = {version.draft.item_code: version.draft for version in present}
    changes: list[Change] = []
    kept: list[Kept] = []
    for code in lke_instrument().questions:
        before = drafts.get(code, Draft(code, None))
        draft, blanks = _draft(before, reading, reason)
        kept += blanks
        if (draft.answer, draft.note) != (before.answer, before.note):
            changes.append(Change(before.answer, before.note, draft))
    return tuple(changes), tuple(kept)


def _draft(before: Draft, reading: WorkbookReading, reason: str | None) -> tuple[Draft, list[Kept]]:
    """Return an item as the workbook leaves it: what is blank there stays, unless a reason erases it."""
    code = before.item_code
    answer, note = reading.answers.get(code), reading.notes.get(code, before.note)
    kept: list[Kept] = []
    if reason is None:
        answer, kept_counts = _filled(before, answer, reading)
        note, kept_lines = _with_lines(before, note, reading)
        kept = kept_counts + kept_lines
    draft = Draft(
        item_code=code,
        answer=answer,
        note=note,
        evidence_ids=before.evidence_ids,
        reason=reason if _parts(before.answer) - _parts(answer) else None,
        origin=Origin.IMPORT,
        cell=reading.cells.get(code),
    )
    return draft, kept


def _parts(answer: Answer | None) -> set[str]:
    """Return what of an answer is there: its counts by key, or the one value."""
    if answer is None:
        return set()
    return {"value"} if answer.inputs is None else set(answer.inputs)


def _filled(
    before: Draft, answer: Answer | None, reading: WorkbookReading
) -> tuple[Answer | None, list[Kept]]:
    """Return the workbook's answer with the counts that are blank there as they are."""
    if answer is None or before.answer is None:
        return answer or before.answer, []
    stored, given = before.answer.inputs, answer.inputs
    if stored is None or given is None:
        return answer, []
    blanks = {
        key: cell for key, cell in reading.blank_counts.get(before.item_code, {}).items() if key in stored
    }
    kept = [Kept(before.item_code, key, cell, str(stored[key])) for key, cell in blanks.items()]
    return Answer(inputs={key: stored[key] for key in blanks} | dict(given)), kept


def _with_lines(before: Draft, note: str | None, reading: WorkbookReading) -> tuple[str | None, list[Kept]]:
    """Return the workbook's note; where some of its cells are blank, with the lines that fell away."""
    if before.note is None or note is None or before.item_code not in reading.blank_notes:
        return note, []
    lines, stored = note.split("\n"), before.note.split("\n")
    if len(lines) >= len(stored):
        return note, []
    missing = [line for line in stored if line not in lines]
    has_only_blanks = len(missing) + len(lines) == len(stored)  # then not even their order is news
    note = before.note if has_only_blanks else "\n".join([*lines, *missing])
    return note, [Kept(before.item_code, "note", None, line) for line in missing]
