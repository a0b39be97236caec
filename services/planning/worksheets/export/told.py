"""What a filling process is told to write: one line of JSON, there and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.planning.worksheets.workbook.writing import Entries, Entry


def told(entries: Entries, about: Sequence[Sequence[str]]) -> bytes:
    """Return the cells of a layer and the rows about them as one line."""
    cells = [[row, field, entry.kind, entry.value, entry.target] for (row, field), entry in entries.items()]
    return json.dumps({"cells": cells, "about": [list(row) for row in about]}).encode()


def entries_told(order: Mapping[str, Any]) -> Entries:
    """Return the cells of what `told` wrote, parsed."""
    return {(row, field): Entry(kind, value, target) for row, field, kind, value, target in order["cells"]}
