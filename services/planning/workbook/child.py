"""The reading process: workbook bytes in, grid out, within limits it sets itself before it reads.

Standard input: one JSON line (`sheet`, `limits`), then the file. Standard output: one JSON object, either a
grid or `{"reason", "said"}`.
"""

import json
import resource
import sys
from dataclasses import fields
from typing import Any

from services.planning.workbook.limits import Limits, RefusedFileError


def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**{field.name: order["limits"][field.name] for field in fields(Limits)})
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from services.planning.workbook.extract import extract  # noqa: PLC0415 - parsers load under the limits

    try:
        answer = extract(sys.stdin.buffer.read(), order["sheet"], limits).to_json()
    except RefusedFileError as refused:
        answer = json.dumps({"reason": refused.reason, "said": refused.said})
    except MemoryError:
        answer = json.dumps({"reason": "too_heavy", "said": "Berkas terlalu berat untuk dibaca."})
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
