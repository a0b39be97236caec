"""The kinds, states and acts of what this subject keeps, and what happens to it that deadlines start with.

The rows of each kind are data (`integrity/kinds`). Source: complaints.md section 9.
"""

from enum import StrEnum
from typing import Literal, get_args

from services.complaints.matters import domain as lives

Kind = Literal["gratifikasi", "benturan_kepentingan", "peta_benturan"]
KINDS: frozenset[str] = frozenset(get_args(Kind))
GIFT: Kind = "gratifikasi"
CONFLICT: Kind = "benturan_kepentingan"
MAP: Kind = "peta_benturan"
FACTS = frozenset(
    {
        "gift_received",
        "reported",
        "data_requested",
        "forwarded",
        "taken_on",
        "settled",
        "declared",
        "year_begun",
    }
)
"""What happens to them that deadlines may start with."""
ActName = Literal[
    "file",
    "request_data",
    "complete",
    "proceed",
    "forward",
    "manage",
    "settle",
    "finish",
    "assess",
    "decide",
    "review",
    "empty",
]
ACT_NAMES: frozenset[str] = frozenset(get_args(ActName))


class State(StrEnum):
    """Where one stands, in the words of the rules."""

    DILAPORKAN = "DILAPORKAN"
    DILENGKAPI = "DILENGKAPI"
    DITERUSKAN_KPK = "DITERUSKAN_KPK"
    DIKELOLA_INSTANSI = "DIKELOLA_INSTANSI"
    DITETAPKAN = "DITETAPKAN"
    DIDEKLARASIKAN = "DIDEKLARASIKAN"
    DINILAI = "DINILAI"
    DIKENDALIKAN = "DIKENDALIKAN"
    TIDAK_ADA = "TIDAK_ADA"
    DITINJAU = "DITINJAU"
    DIKOSONGKAN = "DIKOSONGKAN"
    SELESAI = "SELESAI"


FINAL = frozenset({State.SELESAI, State.DIKOSONGKAN})
SUSPENDED = frozenset({State.DIDEKLARASIKAN, State.DINILAI})
"""While nobody has decided, the declarant decides nothing in the matter. Source: complaints.md section 9."""
Act = lives.Act[State, ActName]
Table = lives.Table[State, ActName]
