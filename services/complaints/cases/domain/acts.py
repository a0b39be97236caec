"""The kinds of cases, their states and acts, and what happens to them that deadlines may start with.

The rows of each kind are data (`cases/kinds`); nothing else moves a case. Source: complaints.md section 2.
"""

from enum import StrEnum
from typing import Literal, get_args

from services.complaints.matters import domain as lives

Kind = Literal["pengaduan", "aspirasi", "konsultasi", "permintaan_informasi"]
KINDS: frozenset[str] = frozenset(get_args(Kind))
FACTS = frozenset(
    {
        "received",
        "requested",
        "verified",
        "transferred",
        "disposed",
        "forwarded",
        "objected",
        "reopened",
        "file_complete",
        "file_completed",
        "reviewed",
        "review_corrected",
        "review_decided",
        "inspection_ordered",
        "inspection_begun",
        "answered",
        "answer_returned",
        "dismissal_proposed",
        "appealed",
        "returned",
        "ended",
    }
)
"""What happens to cases that deadlines may start with."""


class State(StrEnum):
    """Where a case stands, in the words of the complaint desk."""

    DITERIMA = "DITERIMA"
    MENUNGGU_KELENGKAPAN = "MENUNGGU_KELENGKAPAN"
    DIVERIFIKASI = "DIVERIFIKASI"
    DIDISPOSISIKAN = "DIDISPOSISIKAN"
    DIPROSES = "DIPROSES"
    DIPERIKSA = "DIPERIKSA"
    DITANGGAPI = "DITANGGAPI"
    DIBUKA_KEMBALI = "DIBUKA_KEMBALI"
    SELESAI = "SELESAI"
    DICABUT = "DICABUT"
    DITOLAK = "DITOLAK"
    DUPLIKAT = "DUPLIKAT"
    BUKAN_WEWENANG = "BUKAN_WEWENANG"
    DITUTUP_TIDAK_LENGKAP = "DITUTUP_TIDAK_LENGKAP"


DISMISSED = frozenset({State.DITOLAK, State.DUPLIKAT, State.BUKAN_WEWENANG, State.DITUTUP_TIDAK_LENGKAP})
FINAL = DISMISSED | {State.SELESAI, State.DICABUT}
OPEN = frozenset(State) - FINAL
ActName = Literal[
    "receive",
    "request_completion",
    "confirm_completion",
    "complete",
    "proceed",
    "verify",
    "dispose",
    "reassign",
    "transfer",
    "confirm_transfer",
    "reclassify",
    "confirm_reclassification",
    "follow_up",
    "correct_review",
    "decide_review",
    "order_inspection",
    "begin_inspection",
    "report_inspection",
    "respond",
    "approve",
    "answer_in_person",
    "extend",
    "confirm_extension",
    "close",
    "object",
    "reopen",
    "propose_dismissal",
    "confirm_dismissal",
    "refuse_dismissal",
    "resume_duplicate",
    "withdraw",
    "appeal",
    "uphold_appeal",
    "reject_appeal",
]
ACT_NAMES: frozenset[str] = frozenset(get_args(ActName))


Act = lives.Act[State, ActName]
Table = lives.Table[State, ActName]
