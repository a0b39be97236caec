"""The cleaning process: a stranger's file in, what may be kept of it out.

Its order is `name`, `limits` and `taken` (media types by extension). Standard output: a line of JSON, empty,
`{"said"}` or `{"is_too_large"}`, and behind it the picture written anew, nothing for what is kept as it came.
"""

import json
import sys
from pathlib import PurePath
from typing import Any

from shared.files.confinement.inside import confine, given_file, given_order
from shared.files.inspection.limits import Limits


def main() -> None:
    order = given_order()
    limits = Limits(**order["limits"])
    confine(limits.memory_bytes, limits.seconds)
    from shared.files.inspection.anew import FORMATS, written_anew  # noqa: PLC0415
    from shared.files.inspection.content import check_content  # noqa: PLC0415
    from shared.files.inspection.refusal import RefusedFileError  # noqa: PLC0415 - under the limits

    answer: dict[str, Any]
    answer, made, extension = {}, b"", PurePath(order["name"]).suffix.lower()
    try:
        content = given_file()
        check_content(content, order["name"], limits, order["taken"])
        if extension in FORMATS:
            made = written_anew(content, extension)
        if len(made) > limits.packed_bytes:
            answer, made = {"is_too_large": True}, b""
    except RefusedFileError as refused:
        answer = {"said": str(refused)}
    except (MemoryError, RecursionError):
        answer = {"said": "Berkas terlalu berat untuk diperiksa."}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
