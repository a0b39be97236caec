"""Whether the rows of a sheet stand where we think: by its weights, which the regulation alone changes."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from services.planning.spreadsheets.findings import Finding, Severity
from services.planning.spreadsheets.grid import Cell, Grid, address, sheets_of
from shared.kernel import half_up

_EMPTY = Cell("empty", "")


def wrong_rows(
    grid: Grid, column: int, weights: Mapping[int, tuple[str, Fraction]], layout: str
) -> Finding | None:
    """Return an error when the weights in a column are not those of the layout, by row with their codes.

    One sentence, however many differ: it names the first, how many more there are, and the sheets present.
    """
    found = {row: grid.cells.get((row, column), _EMPTY) for row in weights}
    differing = {
        row: (code, weight)
        for row, (code, weight) in sorted(weights.items())
        if found[row].kind != "number" or Fraction(Decimal(found[row].text)) != weight
    }
    if not differing:
        return None
    row, (code, weight) = next(iter(differing.items()))
    value, expected = found[row].text[:20], half_up(weight, 2).rstrip("0").rstrip(".").replace(".", ",")
    more = f" dan {len(differing) - 1} bobot lain berbeda" if len(differing) > 1 else ""
    said = (
        f'bobot "{value}" seharusnya {expected}{more}; susunan baris bukan tata letak {layout} '
        f"(baris disisipkan, dihapus, atau bobot diubah); {sheets_of(grid)}"
    )
    place = address(column, row)
    return Finding(Severity.ERROR, "weight_differs", said, grid.sheet, place, row, code, value, expected)
