"""The kinds, states and acts of duties, and what happens to them that deadlines start with.

The rows of each kind are data (`duties/kinds`). Source: complaints.md section 5, D13 and D17.
"""

from enum import StrEnum
from typing import Literal, get_args

from services.complaints.matters import domain as lives

Kind = Literal["permintaan_data", "insiden_data", "lhp_ombudsman"]
KINDS: frozenset[str] = frozenset(get_args(Kind))
DATA: Kind = "permintaan_data"
BREACH: Kind = "insiden_data"
OMBUDSMAN: Kind = "lhp_ombudsman"
FACTS = frozenset({"data_asked_for", "breach_detected", "findings_received"})
"""What happens to them that deadlines may start with."""
ActName = Literal[
    "file",
    "ask_proof",
    "answer",
    "withdraw",
    "close",
    "assess",
    "notify",
    "rule_out",
    "record_action",
    "report",
]
ACT_NAMES: frozenset[str] = frozenset(get_args(ActName))


class State(StrEnum):
    """Where one stands."""

    DIMINTA = "DIMINTA"
    DIJAWAB = "DIJAWAB"
    DICABUT = "DICABUT"
    DITEMUKAN = "DITEMUKAN"
    DINILAI = "DINILAI"
    DIBERITAHUKAN = "DIBERITAHUKAN"
    BUKAN_INSIDEN = "BUKAN_INSIDEN"
    DITERIMA = "DITERIMA"
    DILAPORKAN = "DILAPORKAN"
    SELESAI = "SELESAI"


FINAL = frozenset({State.SELESAI, State.DICABUT, State.BUKAN_INSIDEN})
Act = lives.Act[State, ActName]
Table = lives.Table[State, ActName]
