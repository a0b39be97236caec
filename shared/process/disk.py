"""A full disk, told from other faults by what the operating system or a bucket's server says."""

import errno

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WORDS = (
    "No space left",
    "Disk quota exceeded",
    "InsufficientStorage",
    "507 Insufficient Storage",
    "StorageFull",
)
"""What libraries pass on that know no error numbers: POSIX, S3, MinIO (`XMinioStorageFull`)."""


def is_disk_full(error: BaseException) -> bool:
    """Tell whether a file could not be written for want of room, here or in a bucket."""
    if getattr(error, "errno", None) in _FULL:
        return True
    text = str(error)
    return any(words in text for words in _WORDS)
