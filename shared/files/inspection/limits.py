"""How much of an evidence file we are willing to look into."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Own limits; sizes in bytes, times in seconds, `pixels` of one picture (A3 at 600 dpi: 70 million).

    `unpacked_bytes` bounds everything that a file holds packed, together; `streams` those of one PDF.
    """

    packed_bytes: int = 25 * _MIB
    unpacked_bytes: int = 512 * _MIB
    members: int = 10_000
    pixels: int = 100_000_000
    streams: int = 50_000
    memory_bytes: int = 512 * _MIB
    seconds: int = 30
