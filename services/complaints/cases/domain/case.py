"""A case as acts, deadlines and events know it, and the answer it gets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.complaints.cases.domain.acts import DISMISSED, ActName, State
from services.complaints.deadlines.domain.policy import StartFact
from services.complaints.decrees import domain as decrees


class Outcome(StrEnum):
    """What the answer says about the complaint."""

    TERBUKTI = "terbukti"
    TERBUKTI_SEBAGIAN = "terbukti_sebagian"
    TIDAK_TERBUKTI = "tidak_terbukti"
    TIDAK_DAPAT_DIBUKTIKAN = "tidak_dapat_dibuktikan"
    INFORMASI_DIBERIKAN = "informasi_diberikan"


SUBJECT = decrees.SUBJECT
Stream = decrees.Stream
ClosedBy = Literal["reporter", "silence", "officer"]
CountsAs = Literal["in_progress", "completed", "none"]
Party = Literal["reporter", "officer"]
STATE_TEXT = {
    State.DITERIMA: "diterima",
    State.MENUNGGU_KELENGKAPAN: "menunggu kelengkapan",
    State.DIVERIFIKASI: "diverifikasi",
    State.DIDISPOSISIKAN: "didisposisikan",
    State.DIPROSES: "diproses",
    State.DIPERIKSA: "diperiksa",
    State.DITANGGAPI: "ditanggapi",
    State.DIBUKA_KEMBALI: "dibuka kembali",
    State.SELESAI: "selesai",
    State.DICABUT: "dicabut pelapor",
    State.DITOLAK: "ditolak",
    State.DUPLIKAT: "digabung dengan pengaduan lain",
    State.BUKAN_WEWENANG: "diteruskan karena bukan wewenang",
    State.DITUTUP_TIDAK_LENGKAP: "ditutup karena tidak lengkap",
}
COUNTED_KIND = "pengaduan"
"""The LKE counts complaints alone. Source: complaints.md section 11."""


def counts_as(kind: str, state: State) -> CountsAs:
    """Return how the LKE counts a case: in progress from receipt on, completed when closed.

    One that its reporter withdrew or that was dismissed counts nowhere, nor does any other kind of case.
    """
    if kind != COUNTED_KIND or state is State.DICABUT or state in DISMISSED:
        return "none"
    return "completed" if state is State.SELESAI else "in_progress"


@dataclass(frozen=True, slots=True)
class Case:
    """A case without its content: what decides about acts and deadlines, and what events tell."""

    id: UUID
    version: int
    unit_id: str | None
    agency_id: str
    kind: str
    stream: Stream
    case_class: str | None
    channel_kind: str
    state: State
    state_before: State | None
    cycle: int
    received_at: datetime
    file_complete_at: datetime
    is_backdated: bool
    handler: str | None
    has_draft: bool
    drafted_by: str | None
    first_follow_up_at: datetime | None
    closed_at: datetime | None
    closed_by: ClosedBy | None
    outcome: Outcome | None
    is_standard_breach: bool
    period_year: int
    proposed_act: ActName | None = None
    """What somebody would do that another one must confirm."""
    proposed_by: str | None = None
    parent_id: UUID | None = None
    """The case that this one repeats: its answer is the answer of this one too."""

    @property
    def counts_as(self) -> CountsAs:
        """Return how the LKE counts the case."""
        return counts_as(self.kind, self.state)

    def start_of(self, fact: StartFact, now: datetime) -> datetime:
        """Return when a fact made now counts from: a file may be complete, or received, before."""
        of_file = {"file_complete": self.file_complete_at, "file_completed": self.file_complete_at}
        return {"received": self.received_at, "forwarded": self.received_at, **of_file}.get(fact, now)


@dataclass(frozen=True, slots=True)
class Answer:
    """A drafted answer: outcome, text and evidence, or the reason why there is none."""

    outcome: Outcome
    text: str
    evidence: tuple[str, ...]
    no_evidence_reason: str | None
    is_standard_breach: bool | None
