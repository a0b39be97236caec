"""Evidence files: what may come in, and where the bytes lie."""

from services.planning.evidence.store import (
    FileCorruptError,
    FileStore,
    FileTooLargeError,
    ReceivedFile,
    StorageAwayError,
    StorageFullError,
)
from services.planning.evidence.types import MEDIA_TYPES, RefusedFileError, check_content

__all__ = [
    "MEDIA_TYPES",
    "FileCorruptError",
    "FileStore",
    "FileTooLargeError",
    "ReceivedFile",
    "RefusedFileError",
    "StorageAwayError",
    "StorageFullError",
    "check_content",
]
