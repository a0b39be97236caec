"""LibreOffice without its windows: the judge of what a spreadsheet program makes of our workbooks."""

import shutil
import subprocess
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from deploy.local.install import OFFICE

SECONDS = 240
Cells = Mapping[str, Any]


def office() -> str:
    """Return the program; a machine without it fails the test, for nothing else tells what Excel shows."""
    found = shutil.which(OFFICE)
    assert found, "there is no LibreOffice: `make test` installs it (Debian: libreoffice-calc-nogui)"
    return found


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Return workbooks as the program saves them after computing every formula; one process for all."""
    given, saved = folder / "given", folder / "saved"
    given.mkdir()
    saved.mkdir()
    for name, content in books.items():
        (given / f"{name}.xlsx").write_bytes(content)
    command = [
        office(),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--convert-to", "xlsx:Calc MS Excel 2007 XML"),
        *("--outdir", str(saved)),
        *(str(given / f"{name}.xlsx") for name in books),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return {name: (saved / f"{name}.xlsx").read_bytes() for name in books}


def column(content: bytes, sheet: str, letter: str) -> dict[int, Any]:
    """Return what the cells of a column show, by row; blank ones are not there."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=True)
    number = ord(letter) - ord("A") + 1
    rows = book[sheet].iter_rows(min_col=number, max_col=number)
    found = {cell.row: cell.value for (cell,) in rows if cell.value is not None}
    book.close()
    return found
