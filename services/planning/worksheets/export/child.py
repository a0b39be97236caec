"""The filling process: a template of a stranger's in, the filled workbook out, within limits set before.

Its order is `limits` and `at`; its input is a line of JSON, what is to be written, and then the template.
Standard output: the workbook, or one JSON object: what `RefusedPackageError` holds, or `findings`.
"""

import json
import sys
from dataclasses import asdict, fields
from datetime import datetime

from services.planning.spreadsheets.limits import Limits
from shared.files.confinement.inside import confine, given_file, given_order
from shared.files.inspection.package import RefusedPackageError


def main() -> None:
    order = given_order()
    limits = Limits(**{field.name: order["limits"][field.name] for field in fields(Limits)})
    confine(limits.memory_bytes, limits.seconds)
    from services.planning.worksheets.export import into  # noqa: PLC0415 - parsers load under the limits

    told, _, template = given_file().partition(b"\n")
    try:
        findings, filled = into.filled(
            template, json.loads(told), limits, datetime.fromisoformat(order["at"])
        )
        answer = (
            filled if not findings else json.dumps({"findings": [asdict(one) for one in findings]}).encode()
        )
    except RefusedPackageError as refused:
        answer = json.dumps(vars(refused)).encode()
    except MemoryError:
        answer = json.dumps({"reason": "too_heavy", "said": "Berkas terlalu berat untuk diisi."}).encode()
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
