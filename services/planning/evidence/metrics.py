"""Prometheus objects of the file store."""

from shared.observability.metrics import counter

FILE_BYTES = counter("zi_planning_file_bytes_total", "Bytes of files taken into the object store")
FILES_CORRUPT = counter(
    "zi_planning_files_corrupt_total", "Stored files found gone or with other bytes than their sha256 says"
)
FILES_SWEPT = counter("zi_planning_files_swept_total", "Files without a metadata row that were deleted")
