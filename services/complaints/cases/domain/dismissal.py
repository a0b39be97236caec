"""Why a case ends without an answer, and what must be so before. Source: complaints.md section 2."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self
from uuid import UUID

from services.complaints.cases.domain.acts import DISMISSED, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import (
    CompletionTimeLeftError,
    FieldRefusedError,
    RemindersMissingError,
)
from services.complaints.deadlines.domain.schedule import Deadline

DismissalState = Literal[State.DITOLAK, State.DUPLIKAT, State.BUKAN_WEWENANG, State.DITUTUP_TIDAK_LENGKAP]
ReasonCode = Literal["tidak_memadai", "bukan_pengaduan", "sedang_diadili", "sudah_dijawab", "dikecualikan"]
"""Why a case is refused: not enough to work on, no complaint, before a court, answered before, exempt."""
REASON_TEXT: Mapping[ReasonCode, str] = {
    "tidak_memadai": "laporan tidak memadai untuk ditindaklanjuti",
    "bukan_pengaduan": "laporan tidak berisi pengaduan",
    "sedang_diadili": "hal yang dilaporkan sedang diperiksa pengadilan",
    "sudah_dijawab": "hal yang dilaporkan sudah pernah dijawab",
    "dikecualikan": "informasi yang diminta dikecualikan",
}
REQUIRED: Mapping[State, frozenset[str]] = {
    State.DITOLAK: frozenset({"reason_code"}),
    State.DUPLIKAT: frozenset({"parent_id"}),
    State.BUKAN_WEWENANG: frozenset({"agency", "letter"}),
    State.DITUTUP_TIDAK_LENGKAP: frozenset(),
}
"""What each end requires besides its words."""
ALL_REQUIRED = frozenset().union(*REQUIRED.values())


@dataclass(frozen=True, slots=True)
class Dismissal:
    """How a case shall end, with what that end requires: a reason code, a parent, or agency and letter."""

    to: State
    text: str
    reason_code: ReasonCode | None = None
    parent_id: UUID | None = None
    agency: str | None = None
    letter: str | None = None

    @property
    def told(self) -> str:
        """What the reporter reads."""
        if self.to is State.BUKAN_WEWENANG:
            return f"{self.text} Diteruskan kepada {self.agency} dengan surat {self.letter}."
        if self.reason_code is not None:
            return f"{self.text} Alasan: {REASON_TEXT[self.reason_code]}."
        return self.text

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        return {
            "to": self.to.value,
            "text": self.text,
            "reason_code": self.reason_code,
            "parent_id": None if self.parent_id is None else str(self.parent_id),
            "agency": self.agency,
            "letter": self.letter,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        parent = data["parent_id"]
        return cls(**{**data, "to": State(data["to"]), "parent_id": None if parent is None else UUID(parent)})


def require_parent(case: Case, parent: Case | None) -> None:
    """Refuse a parent that nobody sees, that is the case itself, of another kind, or ended unanswered."""
    if parent is None or parent.id == case.id or parent.kind != case.kind:
        raise FieldRefusedError(
            "parent_id", "unknown_parent", "Perkara induk tidak ditemukan di antara perkara sejenis."
        )
    if parent.state in DISMISSED or parent.state is State.DICABUT:
        raise FieldRefusedError(
            "parent_id", "parent_ended", "Perkara induk berakhir tanpa tanggapan; pilih yang masih ditangani."
        )


def require_time_over(case: Case, requests: Iterable[Deadline]) -> None:
    """Refuse to end an incomplete case before the reporter's time to complete it is over."""
    asked = list(requests)
    if case.state is not State.MENUNGGU_KELENGKAPAN or any(one.breached_at is None for one in asked):
        raise CompletionTimeLeftError(
            "Pelapor belum diminta atau masih dapat melengkapi. Usulkan setelah batas waktunya lewat."
        )


def require_reminded(reminders: int, fired: int) -> None:
    """Refuse to end an incomplete case whose reporter was not reminded as often as the ladder says."""
    if fired < reminders:
        raise RemindersMissingError(
            f"Pelapor baru diingatkan {fired} dari {reminders} kali. Lanjutkan tanpa kelengkapan,"
            " atau usulkan penutupan dengan alasan lain.",
            reminders=reminders,
            fired=fired,
        )
