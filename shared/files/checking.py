"""Look into an evidence file in a process of its own, before anything of it is stored."""

import json
import os
from dataclasses import asdict
from typing import BinaryIO

from shared.files.confinement.running import TooHeavyError, run_confined
from shared.files.inspection.content import media_type_of
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from shared.files.store import FileTooLargeError

_CHILD = "shared.files.inspection.child"


def checked_type(file: BinaryIO, name: str, *, limit_bytes: int, limits: Limits | None = None) -> str:
    """Return the media type of a file that may be stored; its position is at the start then.

    Blocks: call from a thread. Raises `RefusedFileError`: what `check_content` refuses, also when the process
    hits its limits; `FileTooLargeError` above `limit_bytes`.
    """
    media_type = media_type_of(name)
    if file.seek(0, os.SEEK_END) > limit_bytes:
        raise FileTooLargeError(f"Berkas lebih besar dari {limit_bytes // 1024**2} MiB.", field="file")
    allowed = limits or Limits(packed_bytes=limit_bytes, memory_bytes=Limits().memory_bytes + 2 * limit_bytes)
    order = {"name": name, "limits": asdict(allowed)}
    try:
        told = json.loads(run_confined(_CHILD, order, file, seconds=allowed.seconds))
    except TooHeavyError as heavy:
        raise RefusedFileError(str(heavy), field="file") from heavy
    if "said" in told:
        raise RefusedFileError(told["said"], field="file")
    file.seek(0)
    return media_type
