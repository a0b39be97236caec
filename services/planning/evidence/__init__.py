"""Evidence files: what may come in, and where the bytes lie."""

from services.planning.evidence.sandbox import checked_type
from services.planning.evidence.store import (
    FileCorruptError,
    FileStore,
    FileTooLargeError,
    ReceivedFile,
    StorageAwayError,
    StorageFullError,
)
from services.planning.inspection.content import MEDIA_TYPES
from services.planning.inspection.refusal import RefusedFileError

__all__ = [
    "MEDIA_TYPES",
    "FileCorruptError",
    "FileStore",
    "FileTooLargeError",
    "ReceivedFile",
    "RefusedFileError",
    "StorageAwayError",
    "StorageFullError",
    "checked_type",
]
