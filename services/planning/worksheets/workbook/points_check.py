"""Our workbook-mode points beside the points the file itself keeps in column L."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.planning.spreadsheets.grid import Cell, Grid, address
from services.planning.worksheets.workbook.layout import Columns, points_by_row
from shared.instruments.lke import Answers, score

TOLERANCE = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One node, hasil item or TOTAL: what the file keeps and what we compute, points or Excel's error code.

    `file_points` and `file_error` are both None where the file was saved without values.
    """

    code: str
    cell: str
    file_points: Decimal | None
    file_error: str | None
    our_points: Fraction | None
    our_error: str | None

    @property
    def agrees(self) -> bool | None:
        """True within 1e-9 or for the same error; None where the file keeps nothing."""
        if self.file_error is not None:
            return self.file_error == self.our_error
        if self.file_points is None:
            return None
        return self.our_points is not None and abs(Fraction(self.file_points) - self.our_points) <= TOLERANCE


def compare(grid: Grid, columns: Columns, shown: Answers) -> tuple[Comparison, ...]:
    """Compare every cell of column L that holds points; `shown` are the answers as they stand in the file."""
    if columns.points is None:
        return ()
    ours = score(shown, "workbook")
    found = []
    for row, code in sorted(points_by_row().items()):
        cell = grid.cells.get((row, columns.points), Cell("empty", ""))
        item = ours.total if code == ours.total.code else ours.nodes.get(code) or ours.questions[code]
        found.append(
            Comparison(
                code=code,
                cell=address(columns.points, row),
                file_points=Decimal(cell.text) if cell.kind == "number" else None,
                file_error=cell.text if cell.kind == "error" else None,
                our_points=item.points,
                our_error=item.error,
            )
        )
    return tuple(found)
