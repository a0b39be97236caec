"""What an import has to say about a workbook, cell by cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase
from typing import ClassVar

from shared.files.inspection.package import RefusedPackageError
from shared.kernel import DomainError


class WorkbookRefusedError(DomainError):
    """The workbook has an error, so nothing of it was written; `errors` names every one by its cell.

    Each also has `sheet`, `cell`, `row`, `item_code`, `value`, `reason` and `allowed`, as in a dry run (where
    `item_code` is `code`).
    """

    code: ClassVar[str] = "workbook_refused"


class Severity(StrEnum):
    """`error`: nothing is written. `warning`: written, but look at it. `remark`: for information."""

    ERROR = "error"
    WARNING = "warning"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `said` is Indonesian. A fault of the whole file has neither cell nor row nor code."""

    severity: Severity
    reason: str
    said: str
    sheet: str = ""
    cell: str = ""
    row: int | None = None
    code: str = ""
    value: str = ""
    allowed: str = ""

    @property
    def message(self) -> str:
        """One line for the user: `LKE ZI!K58 (A.I.3.v.a): "E" bukan pilihan A/B/C/D`."""
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        where = f"{place} ({self.code})" if self.code else place
        return f"{where}: {self.said}" if where else self.said


def of_refusal(refused: RefusedPackageError) -> Finding:
    """Return the one finding about a file that cannot be read, with sheet and place where it has one."""
    row = int(refused.cell.lstrip(ascii_uppercase)) if refused.cell else None
    return Finding(Severity.ERROR, refused.reason, refused.said, refused.sheet, refused.cell, row)


def refuse_errors(errors: Sequence[Finding]) -> None:
    """Raise `WorkbookRefusedError` naming every one of a workbook's errors."""
    if not errors:
        return
    raise WorkbookRefusedError(
        f"Buku kerja memuat {len(errors)} kesalahan; tidak ada yang ditulis.",
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
            for finding in errors
        ],
    )
