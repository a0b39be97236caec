"""What an import has to say about a workbook, cell by cell."""

from dataclasses import dataclass
from enum import StrEnum


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
