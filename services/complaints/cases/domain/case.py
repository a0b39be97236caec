"""A case as acts, deadlines and events know it, and the answer it gets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.complaints.cases.domain.acts import ACTS, ActName, State
from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.deadlines.domain.policy import StartFact


class Outcome(StrEnum):
    """What the answer says about the complaint."""

    TERBUKTI = "terbukti"
    TERBUKTI_SEBAGIAN = "terbukti_sebagian"
    TIDAK_TERBUKTI = "tidak_terbukti"
    TIDAK_DAPAT_DIBUKTIKAN = "tidak_dapat_dibuktikan"
    INFORMASI_DIBERIKAN = "informasi_diberikan"


SUBJECT = r"^[!-~]{1,128}$"
"""How an account may be written that is named for a case."""
Stream = Literal["masyarakat", "pelayanan"]
ClosedBy = Literal["reporter", "silence"]
CountsAs = Literal["in_progress", "completed", "none"]
Party = Literal["reporter", "officer"]
_STATE_TEXT = {
    State.DITERIMA: "diterima",
    State.MENUNGGU_KELENGKAPAN: "menunggu kelengkapan",
    State.DIVERIFIKASI: "diverifikasi",
    State.DIDISPOSISIKAN: "didisposisikan",
    State.DIPROSES: "diproses",
    State.DITANGGAPI: "ditanggapi",
    State.SELESAI: "selesai",
    State.DICABUT: "dicabut pelapor",
}


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
    proposed_by: str | None = None
    """Who would ask the reporter for facts so late that somebody else must confirm it."""

    @property
    def counts_as(self) -> CountsAs:
        """Return how the LKE counts the case: in progress from receipt on, completed when closed.

        One that its reporter withdrew counts nowhere.
        """
        if self.state is State.DICABUT:
            return "none"
        return "completed" if self.state is State.SELESAI else "in_progress"

    def start_of(self, fact: StartFact, now: datetime) -> datetime:
        """Return when a fact made now counts from: a file may be complete, or received, before."""
        return {"received": self.received_at, "file_complete": self.file_complete_at}.get(fact, now)

    def target_of(self, name: ActName) -> State:
        """Return the state after the act; raises `IllegalActError` when the state does not allow it."""
        act = ACTS[name]
        is_early = name == "reassign" and self.handler is None
        if self.state not in act.sources or is_early:
            raise IllegalActError(
                f"Pengaduan berstatus {_STATE_TEXT[self.state]}; tindakan ini tidak dapat dilakukan.",
                state=self.state.value,
                act=name,
                allowed=sorted(source.value for source in act.sources),
            )
        if name in ("complete", "proceed"):
            return self.state_before or State.DITERIMA
        return act.target or self.state


@dataclass(frozen=True, slots=True)
class Answer:
    """A drafted answer: outcome, text and evidence, or the reason why there is none."""

    outcome: Outcome
    text: str
    evidence: tuple[str, ...]
    no_evidence_reason: str | None
    is_standard_breach: bool | None
