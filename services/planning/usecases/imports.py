"""Take a read workbook over into one layer of a worksheet: all of it or nothing."""

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.worksheets import ImportMode, Worksheet
from services.planning.domain.writers import Layer
from services.planning.store import worksheets
from services.planning.usecases.evidence import note_file
from services.planning.usecases.worksheets import check_may_write, check_seen, write
from services.planning.workbook.merging import Change, Kept, differences
from services.planning.workbook.reading import WorkbookReading
from shared.files.inspection.content import MEDIA_TYPES
from shared.files.store import ReceivedFile
from shared.kernel import DomainError
from shared.security import Principal


class WorkbookRefusedError(DomainError):
    """The workbook has an error, so nothing of it was written; `errors` names every one by its cell.

    Each also has `sheet`, `cell`, `row`, `item_code`, `value`, `reason` and `allowed`, as in a dry run (where
    `item_code` is `code`).
    """

    code: ClassVar[str] = "workbook_refused"


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook would change or has changed, and what is kept although it is blank or otherwise there.

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
    mode: ImportMode,
    reason: str | None,
) -> Import:
    """Return findings and changes without writing anything; errors in the workbook give no changes.

    `reason` says why `replace` erases. Raises what `check_may_write` raises.
    """
    worksheet = await check_may_write(session, actor, unit_id, year, layer)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    changes, kept = differences(reading, present, mode, reason) if reading.is_accepted else ((), ())
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
    mode: ImportMode,
    reason: str | None,
) -> Import:
    """Write every item that differs, note the original file, and return what changed.

    Raises `WorkbookRefusedError` with all errors of the workbook, `StaleVersionError` as `answer_items`, and
    what `check_workbook` raises.
    """
    refuse_errors(reading)
    worksheet = await check_may_write(session, actor, unit_id, year, layer, lock=True)
    present = await worksheets.present_answers(session, unit_id, year, layer)
    changes, kept = differences(reading, present, mode, reason)
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
