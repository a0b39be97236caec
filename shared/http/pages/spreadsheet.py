"""A list as a file for spreadsheets: exactly the rows that its page shows."""

from collections.abc import AsyncIterator, Iterable, Sequence

from fastapi.responses import StreamingResponse

from shared.documents.rows import CSV, Cell, csv_of


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """Return rows under headings as `<name>.csv`, to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(csv_of(headings, _in_turn(rows)), media_type=CSV, headers=headers)


async def _in_turn(rows: Iterable[Sequence[Cell]]) -> AsyncIterator[Sequence[Cell]]:
    for row in rows:
        yield row
