"""The looking process: an evidence file in, nothing or the reason of a refusal out.

Its order is `name` and `limits`. Standard output: one JSON object, empty or `{"said"}`.
"""

import json
import sys

from shared.files.confinement.inside import confine, given_file, given_order
from shared.files.inspection.limits import Limits


def main() -> None:
    order = given_order()
    limits = Limits(**order["limits"])
    confine(limits.memory_bytes, limits.seconds)
    from shared.files.inspection.content import check_content  # noqa: PLC0415
    from shared.files.inspection.refusal import RefusedFileError  # noqa: PLC0415 - under the limits

    answer = {}
    try:
        check_content(given_file(), order["name"], limits)
    except RefusedFileError as refused:
        answer = {"said": str(refused)}
    except (MemoryError, RecursionError):
        answer = {"said": "Berkas terlalu berat untuk diperiksa."}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
