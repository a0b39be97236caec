"""The scoreboard as a file: every unit of the filters, in the order shown, with the same columns."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from fractions import Fraction

from fastapi.responses import Response, StreamingResponse
from sqlalchemy import RowMapping

from services.scoring.domain.verdict import places_apart
from services.scoring.pages.board_texts import floor_of, row_texts
from shared.documents.rows import CSV, XLSX, Cell, csv_of, saved_as, xlsx_of
from shared.instruments.lke import Predicate, rule_set, rule_set_for_year
from shared.kernel import half_up

HEAD = (
    "Unit",
    "ID unit",
    "Wilayah",
    "Sasaran",
    "Nilai",
    "Minimum",
    "Syarat terpenuhi",
    "Syarat seluruhnya",
    "Syarat terdekat yang kurang",
    "Ambang survei",
    "Butir terisi",
    "Butir seluruhnya",
)


async def file_of(kind: str, year: int, found: Sequence[RowMapping]) -> Response:
    """Return the file; CSV is written while it goes out."""
    rows = _cells(found, year)
    headers = saved_as(f"papan-nilai-{year}.{kind}")
    if kind == "csv":
        return StreamingResponse(csv_of(HEAD, rows), media_type=CSV, headers=headers)
    return Response(await xlsx_of(f"Papan nilai {year}", HEAD, rows), media_type=XLSX, headers=headers)


async def _cells(rows: Sequence[RowMapping], year: int) -> AsyncIterator[Sequence[Cell]]:
    for row in rows:
        yield cells(row, year)


def cells(row: RowMapping, year: int) -> Sequence[Cell]:
    """Return a unit's row; points with as many decimals as the page shows, words as it says them."""
    target: Predicate = row["target"] or "WBK"
    gates = rule_set(rule_set_for_year(year)).of(target)
    texts = row_texts(row, year)
    total, floor = None if row["total"] is None else Fraction(row["total"]), floor_of(year, target)
    places = places_apart(total or Fraction(0), floor)
    return (
        row["name"],
        row["unit_id"],
        row["region"],
        row["target"],
        None if total is None else Decimal(half_up(total, places)),
        Decimal(half_up(floor, places)),
        sum(name.startswith(f"{target}:") for name in row["gates_met"] or ()),
        len(gates),
        texts["kurang"],
        texts["kata"],
        row["answered"],
        row["items"],
    )
