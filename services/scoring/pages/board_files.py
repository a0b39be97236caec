"""The scoreboard as a file: every unit of the filters, in the order shown, with the same columns."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fastapi.responses import Response, StreamingResponse
from sqlalchemy import RowMapping

from services.scoring.pages.board_texts import floor_of, near_words, row_texts
from services.scoring.store.board import Order, key
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
AT_ONCE = 200
Ask = Callable[[tuple[Any, ...] | None, int], Awaitable[Sequence[RowMapping]]]
"""Reads the rows behind a key, at most so many."""


async def file_of(kind: str, year: int, order: Order, ask: Ask) -> Response:
    """Return the file; CSV goes out while it is read, a page of rows at a time."""
    rows = _cells(year, order, ask)
    headers = saved_as(f"papan-nilai-{year}.{kind}")
    if kind == "csv":
        return StreamingResponse(csv_of(HEAD, rows), media_type=CSV, headers=headers)
    return Response(await xlsx_of(f"Papan nilai {year}", HEAD, rows), media_type=XLSX, headers=headers)


async def _cells(year: int, order: Order, ask: Ask) -> AsyncIterator[Sequence[Cell]]:
    after: tuple[Any, ...] | None = None
    while True:
        rows = await ask(after, AT_ONCE)
        for row in rows:
            yield cells(row, year)
        if len(rows) < AT_ONCE:
            return
        *parts, unit_id = key(rows[-1], order)
        after = (*(part if order == "name" else Decimal(part) for part in parts), unit_id)


def cells(row: RowMapping, year: int) -> Sequence[Cell]:
    """Return a unit's row; points with two decimals, as the page shows them."""
    target: Predicate = row["target"] or "WBK"
    gates = rule_set(rule_set_for_year(year)).of(target)
    texts = row_texts(row, year)
    return (
        row["name"],
        row["unit_id"],
        row["region"],
        row["target"],
        None if row["total"] is None else Decimal(half_up(Fraction(row["total"]), 2)),
        Decimal(half_up(floor_of(year, target), 2)),
        sum(name.startswith(f"{target}:") for name in row["gates_met"] or ()),
        len(gates),
        near_words(row, year),
        texts["kata"],
        row["answered"],
        row["items"],
    )
