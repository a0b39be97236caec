"""Take a read workbook over into one layer of a worksheet: all of it or nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain import (
    AnswerVersion,
    Draft,
    Layer,
    Origin,
    Worksheet,
)
from services.planning.evidence import MEDIA_TYPES, ReceivedFile
from services.planning.store import worksheets
from services.planning.usecases.evidence import note_file
from services.planning.usecases.worksheets import check_may_write, check_seen, write
from services.planning.workbook import WorkbookReading
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
    """One item that the workbook would write: its present answer beside the new one."""

    before: Answer | None
    draft: Draft


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook would change or has changed; `worksheet` is as it stands then."""

    worksheet: Worksheet
    reading: WorkbookReading
    changes: tuple[Change, ...]
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

    `reason` None keeps the answers to items that are blank in the workbook; with a reason they are erased.
    Raises what `check_may_write` raises.
    """
    worksheet = await check_may_write(session, actor, unit_id, year, layer)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    changes = _changes(reading, present, reason) if reading.is_accepted else ()
    return Import(worksheet, reading, changes, is_written=False)


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
    changes = _changes(reading, present, reason)
    await check_seen(session, worksheet, layer, [change.draft.item_code for change in changes], seen)
    drafts = [change.draft for change in changes]
    worksheet = await write(session, actor, worksheet, layer, drafts, operation="import_worksheet")
    await note_file(session, received, MEDIA_TYPES[".xlsx"])
    await worksheets.insert_import(
        session, worksheet, layer, received.sha256, worksheet.version, actor.subject
    )
    return Import(worksheet, reading, changes, is_written=True)


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


def _changes(
    reading: WorkbookReading, present: Sequence[AnswerVersion], reason: str | None
) -> tuple[Change, ...]:
    """Return what differs, in the order of the sheet; evidence links stay with their item."""
    return tuple(
        _changes_of({version.draft.item_code: version.draft for version in present}, reading, reason)
    )


def _changes_of(present: dict[str, Draft], reading: WorkbookReading, reason: str | None) -> Iterator[Change]:
    for code in lke_instrument().questions:
        before = present.get(code, Draft(code, None))
        answer = reading.answers.get(code)
        is_erased = answer is None and before.answer is not None and reason is not None
        if answer is None and not is_erased:
            answer = before.answer
        note = reading.notes.get(code, before.note)
        if answer == before.answer and note == before.note:
            continue
        draft = Draft(
            item_code=code,
            answer=answer,
            note=note,
            evidence_ids=before.evidence_ids,
            reason=reason if is_erased else None,
            origin=Origin.IMPORT,
            cell=reading.cells.get(code),
        )
        yield Change(before.answer, draft)
