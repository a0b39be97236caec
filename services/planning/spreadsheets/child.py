"""The reading process: workbook bytes in, grid out, within limits it sets itself before it reads.

Its order is `sheet` and `limits`. Standard output: one JSON object, either a grid or what
`RefusedPackageError` holds.
"""

import json
import sys
from dataclasses import fields

from services.planning.spreadsheets.limits import Limits
from shared.files.confinement.inside import confine, given_file, given_order
from shared.files.inspection.package import RefusedPackageError


def main() -> None:
    order = given_order()
    limits = Limits(**{field.name: order["limits"][field.name] for field in fields(Limits)})
    confine(limits.memory_bytes, limits.seconds)
    from services.planning.spreadsheets.extract import extract  # noqa: PLC0415 - parsers load under the limits

    try:
        answer = extract(given_file(), order["sheet"], limits).to_json()
    except RefusedPackageError as refused:
        answer = json.dumps(vars(refused))
    except MemoryError:
        answer = json.dumps({"reason": "too_heavy", "said": "Berkas terlalu berat untuk dibaca."})
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
