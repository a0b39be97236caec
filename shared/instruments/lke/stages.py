"""What the stages of an assessment are called. Source: PermenPANRB 90/2021, Lampiran II; lke.md section 7."""

from collections.abc import Mapping
from types import MappingProxyType

STAGE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "pengisian": "pengisian",
        "penilaian_pendahuluan": "penilaian pendahuluan",
        "penilaian_tpi": "penilaian TPI",
        "pengusulan": "pengusulan",
        "pra_evaluasi": "pra-evaluasi",
        "desk": "evaluasi desk",
        "lapangan": "evaluasi lapangan",
        "sanggah": "masa sanggah",
        "panel": "panel",
        "ditetapkan": "ditetapkan",
        "ditarik": "ditarik",
        "ditolak": "ditolak",
        "dicabut": "dicabut",
    }
)
"""Stage as contracts name it -> how people call it, in the order of the process."""
