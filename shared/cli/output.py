"""How results appear: a readable table by default, JSON for scripts."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from shared.kernel import Zone, last_moment

_FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d+Z$")
"""A time's part of a second, which says nothing to people."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
YearOption = Annotated[int, typer.Option("--year", help="Programme year.", min=2000, max=2100)]
UnitOption = Annotated[str, typer.Option("--unit", help="Unit id.")]
UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="Unit id.")]


def until(moment: str, zone: str) -> str:
    """Return the end of a time as people read it: `2026-01-08 24:00 WIB`, not 00:00 of the next day."""
    last, hour = last_moment(datetime.fromisoformat(moment), Zone(zone))
    return f"{last.isoformat()} {hour} {zone}"


def present(data: Any, as_json: bool, *, columns: Sequence[str] | None = None) -> None:
    """Print a result: JSON when asked, else a table for lists of objects and lines for one object.

    `columns` picks and orders the table's columns; unknown ones stay empty. An object's own lists of objects
    follow it as tables.
    """
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return
    if isinstance(data, Mapping) and isinstance(data.get("items"), list):
        data = data["items"]
    if isinstance(data, list):
        _list(data, columns)
    elif isinstance(data, Mapping):
        _object(data)
    else:
        print(_text(data))


def _object(data: Mapping[str, Any]) -> None:
    tables = {name: value for name, value in data.items() if _is_table(value)}
    width = max((len(name) for name in data), default=0)
    for name, value in data.items():
        if name not in tables:
            print(f"{name:<{width}}  {_text(value)}")
    for name, rows in tables.items():
        print(f"\n{name}")
        _table(rows, rows[0])


def _list(rows: Sequence[Any], columns: Sequence[str] | None) -> None:
    if not rows:
        print("nothing to show")
    elif _is_table(rows):
        _table(rows, columns or rows[0])
    else:
        for row in rows:
            print(_text(row))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> None:
    """Print columns as wide as their contents: nothing is wrapped or cut, so that ids can be copied."""
    lines = [list(columns)]
    lines += [[_text(row.get(name)) for name in lines[0]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _text(value: Any) -> str:
    """Return a value as people read it; what has no plain form stays JSON."""
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(map(_text, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _FRACTION.sub("Z", str(value))
