"""Prometheus objects of the files that come with cases."""

from shared.observability.metrics import counter, gauge

FILE_BYTES = counter("zi_complaints_file_bytes_total", "Bytes of files taken into the object store")
FILES_CORRUPT = counter(
    "zi_complaints_files_corrupt_total", "Stored files found gone or with other bytes than their sha256 says"
)
FILES_SWEPT = counter("zi_complaints_files_swept_total", "Files without a metadata row that were deleted")
FILES_WAITING = gauge(
    "zi_complaints_files_waiting_for_scan", "Files that the scanner was away for; they are served to nobody"
)
FILES_INFECTED = counter("zi_complaints_files_infected_total", "Files in which the scanner found harm")
