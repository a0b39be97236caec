"""Look into a stranger's file in a process of its own, and return what may be kept of it."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from shared.files.confinement.running import TooHeavyError, run_confined
from shared.files.inspection.content import MEDIA_TYPES_OF_PHONES, media_type_of
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from shared.files.store import FileTooLargeError

_CHILD = "shared.files.inspection.cleaner"


@dataclass(frozen=True, slots=True)
class CleanFile:
    """What may be kept: its bytes from the start, its media type, and the extension of a name of ours."""

    file: BinaryIO
    media_type: str
    extension: str
    size_bytes: int


def cleaned(
    file: BinaryIO,
    name: str,
    *,
    limit_bytes: int,
    limits: Limits,
    taken: Mapping[str, str] = MEDIA_TYPES_OF_PHONES,
) -> CleanFile:
    """Return a file that may be stored, for the caller to close: a picture written anew, or as it came.

    Of the name the extension alone is looked at. Blocks: call from a thread. Raises `RefusedFileError`: what
    `check_content` and `written_anew` refuse, also when the process hits its limits; `FileTooLargeError`
    above `limit_bytes`, also when only the picture written anew is that large.
    """
    extension = PurePath(name).suffix.lower()
    media_type = media_type_of(name, taken)
    _check_size(file, limit_bytes)
    order = {"name": f"berkas{extension}", "limits": asdict(limits), "taken": dict(taken)}
    try:
        answer, _, made = run_confined(_CHILD, order, file, seconds=limits.seconds).partition(b"\n")
    except TooHeavyError as heavy:
        raise RefusedFileError(str(heavy), field="file") from heavy
    told = json.loads(answer)
    if "said" in told:
        raise RefusedFileError(told["said"], field="file")
    if "is_too_large" in told:
        raise _too_large(limits.packed_bytes)
    kept = _on_disk(made) if made else file
    return CleanFile(kept, media_type, extension.replace(".jpeg", ".jpg"), _check_size(kept, limit_bytes))


def _on_disk(content: bytes) -> BinaryIO:
    """Return the content as a file without a name: ten pictures wait there for each other."""
    made = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - its caller closes it
    made.write(content)
    return made


def _check_size(file: BinaryIO, limit_bytes: int) -> int:
    """Return the size of a file, put at its start; raises `FileTooLargeError`."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > limit_bytes:
        raise _too_large(limit_bytes)
    return size


def _too_large(limit_bytes: int) -> FileTooLargeError:
    return FileTooLargeError(f"Berkas lebih besar dari {limit_bytes // 1024**2} MiB.", field="file")
