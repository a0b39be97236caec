"""The reading process: bytes of an xlsx or csv file in, grid out, within limits it sets itself beforehand.

Its order is `limits`. Standard output: one JSON object, either a grid or what `RefusedPackageError` holds.
"""

import json
import sys
from dataclasses import fields

from services.planning.spreadsheets.grid import Grid
from services.planning.spreadsheets.limits import Limits
from shared.files.confinement.inside import confine, given_file, given_order
from shared.files.inspection.package import OLE_START, RefusedPackageError

_ZIP_START = b"PK"


def main() -> None:
    order = given_order()
    limits = Limits(**{field.name: order["limits"][field.name] for field in fields(Limits)})
    confine(limits.memory_bytes, limits.seconds)
    try:
        answer = _grid(given_file(), limits).to_json()
    except RefusedPackageError as refused:
        answer = json.dumps(vars(refused))
    except MemoryError:
        answer = json.dumps({"reason": "too_heavy", "said": "Berkas terlalu berat untuk dibaca."})
    sys.stdout.write(answer)


def _grid(content: bytes, limits: Limits) -> Grid:
    if content.startswith(OLE_START):
        raise RefusedPackageError("old_excel", "Berkas .xls lama tidak dibaca; simpan sebagai .xlsx.")
    if content.startswith(_ZIP_START):
        from services.planning.spreadsheets.extract import extract  # noqa: PLC0415 - loads under the limits

        return extract(content, None, limits)
    from services.planning.spreadsheets.csv_grid import csv_grid  # noqa: PLC0415 - as above

    return csv_grid(content, limits)


if __name__ == "__main__":
    main()
