"""The scoreboard as a file: every unit of the filters, in the order shown, with the same columns."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from fastapi.responses import Response
from sqlalchemy import RowMapping

from services.scoring.pages.board_texts import gates_of, row_texts
from shared.documents.rows import Cell
from shared.http.pages.lists import csv_answer, xlsx_answer
from shared.instruments.lke import TOTAL, Predicate
from shared.instruments.lke.stages import STAGE_WORDS
from shared.kernel import half_up, places_apart

HEAD = (
    "Unit",
    "ID unit",
    "Wilayah",
    "Sasaran",
    "Tahap",
    "Diusulkan",
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
    """Return the file."""
    name, rows = f"papan-nilai-{year}", [cells(row, year) for row in found]
    if kind == "csv":
        return await csv_answer(name, HEAD, rows)
    return await xlsx_answer(name, f"Papan nilai {year}", HEAD, rows)


def cells(row: RowMapping, year: int) -> Sequence[Cell]:
    """Return a unit's row; points with as many decimals as the page shows, words as it says them."""
    target: Predicate = row["target"] or "WBK"
    gates = gates_of(row, year)
    texts = row_texts(row, year)
    total, floor = None if row["total"] is None else Fraction(row["total"]), gates[TOTAL].minimum
    places = places_apart(total or Fraction(0), floor)
    return (
        row["name"],
        row["unit_id"],
        row["region"],
        row["target"],
        STAGE_WORDS.get(row["stage"], row["stage"]) if row["target"] else None,
        "ya" if row["is_nominated"] else "tidak",
        None if total is None else Decimal(half_up(total, places)),
        Decimal(half_up(floor, places)),
        sum(name.startswith(f"{target}:") for name in row["gates_met"] or ()),
        len(gates),
        texts["kurang"],
        texts["kata"],
        row["answered"],
        row["items"],
    )
