"""Lists whose filters stand in their address, and which people take away as a file."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from fastapi import Request, Response

from shared.documents.rows import CSV, XLSX, Cell, csv_file, xlsx_file
from shared.held import in_thread


def address(path: str, values: Mapping[str, str | None]) -> str:
    """Return a list's address with the filters that narrow something."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


def place(request: Request) -> dict[str, str]:
    """Return what of an address tells which page of the list it is."""
    return {name: request.query_params[name] for name in ("cursor", "limit") if name in request.query_params}


async def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return rows as `<name>.csv`, to be saved."""
    return Response(await in_thread(csv_file, head, rows), media_type=CSV, headers=_saved_as(f"{name}.csv"))


async def xlsx_answer(name: str, title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return rows as `<name>.xlsx`, to be saved; `title` is the sheet's."""
    content = await in_thread(xlsx_file, title, head, rows)
    return Response(content, media_type=XLSX, headers=_saved_as(f"{name}.xlsx"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
