"""How results appear: a readable table by default, JSON for scripts."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
YearOption = Annotated[int, typer.Option("--year", help="Programme year.", min=2000, max=2100)]
UnitOption = Annotated[str, typer.Option("--unit", help="Unit id.")]
UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="Unit id.")]


def present(data: Any, as_json: bool, *, columns: Sequence[str] | None = None) -> None:
    """Print a result: JSON when asked, else a table for lists of objects and lines for one object.

    `columns` picks and orders the table's columns; unknown ones stay empty.
    """
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return
    if isinstance(data, Mapping) and isinstance(data.get("items"), list):
        data = data["items"]
    if isinstance(data, list):
        _table(data, columns)
    elif isinstance(data, Mapping):
        width = max((len(name) for name in data), default=0)
        for name, value in data.items():
            print(f"{name:<{width}}  {_text(value)}")
    else:
        print(_text(data))


def _table(rows: Sequence[Any], columns: Sequence[str] | None) -> None:
    from rich.console import Console  # noqa: PLC0415 - rich is only needed for tables
    from rich.table import Table  # noqa: PLC0415

    if not rows:
        print("nothing to show")
        return
    if not isinstance(rows[0], Mapping):
        for row in rows:
            print(_text(row))
        return
    names = list(columns or rows[0])
    table = Table(*names, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in names))
    Console().print(table)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
