"""How much of a stranger's file we are willing to read."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Own limits (lke.md section 11); sizes in bytes, times in seconds.

    `pixels` bounds each picture in it; `text_bytes` the text of all cells together: a small file may repeat
    one long text everywhere.
    """

    packed_bytes: int = 10 * _MIB
    unpacked_bytes: int = 64 * _MIB
    members: int = 200
    rows: int = 400
    columns: int = 26
    text_bytes: int = 8 * _MIB
    memory_bytes: int = 512 * _MIB
    seconds: int = 30
    pixels: int = 100_000_000
