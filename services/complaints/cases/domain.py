"""A complaint's states and acts: who may move it where, and what each act does to its deadlines.

Source: complaints.md section 2. An act is a row of `ACTS`; nothing else moves a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from services.complaints.deadlines.domain.policy import StartFact
from shared.kernel import DomainError


class State(StrEnum):
    """Where a case stands, in the words of the complaint desk."""

    DITERIMA = "DITERIMA"
    MENUNGGU_KELENGKAPAN = "MENUNGGU_KELENGKAPAN"
    DIVERIFIKASI = "DIVERIFIKASI"
    DIDISPOSISIKAN = "DIDISPOSISIKAN"
    DIPROSES = "DIPROSES"
    DITANGGAPI = "DITANGGAPI"
    SELESAI = "SELESAI"
    DICABUT = "DICABUT"


FINAL = frozenset({State.SELESAI, State.DICABUT})
OPEN = frozenset(State) - FINAL


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
ActName = Literal[
    "request_completion",
    "complete",
    "proceed",
    "verify",
    "dispose",
    "reassign",
    "follow_up",
    "respond",
    "approve",
    "close",
    "object",
    "withdraw",
]


class IllegalActError(DomainError):
    """The case's state does not allow the act."""

    code: ClassVar[str] = "illegal_transition"


class IncompleteActError(DomainError):
    """A field the act requires is missing; `errors` names each."""

    code: ClassVar[str] = "act_incomplete"


class FieldRefusedError(DomainError):
    """A field of a report, or of what verifies it, is not acceptable; `errors` names it."""

    code: ClassVar[str] = "intake_refused"

    def __init__(self, field: str, code: str, message: str) -> None:
        error = {"field": field, "code": code, "message": message}
        super().__init__(message, field=field, errors=[error])


class OwnProposalError(DomainError):
    """The same person proposed something and would approve it."""

    code: ClassVar[str] = "own_proposal"


class ProposalChangedError(DomainError):
    """What somebody would confirm is not what is proposed now."""

    code: ClassVar[str] = "proposal_changed"


class NotAssignedError(DomainError):
    """The officer is not the one the case was assigned to."""

    code: ClassVar[str] = "not_assigned"


class HandlerUnknownError(DomainError):
    """Nobody is known to handle cases of that unit under this name."""

    code: ClassVar[str] = "handler_not_in_unit"

    def __init__(self, unit_id: str) -> None:
        message = f"Petugas ini tidak tercatat sebagai penangan pengaduan di unit {unit_id}."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class HandlerElsewhereError(DomainError):
    """The officer's own log-in reaches other units only, so they could not act in this one."""

    code: ClassVar[str] = "handler_elsewhere"

    def __init__(self, unit_id: str) -> None:
        message = (
            f"Akun petugas ini berwenang di unit lain dan tidak dapat bertindak di unit {unit_id}."
            " Minta administrator menambah wewenangnya lebih dahulu."
        )
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class SameHandlerError(DomainError):
    """The case is this officer's already."""

    code: ClassVar[str] = "same_handler"

    def __init__(self) -> None:
        message = "Pengaduan ini sudah ditangani petugas tersebut."
        super().__init__(message, errors=[{"field": "handler", "code": self.code, "message": message}])


class CompletionTimeLeftError(DomainError):
    """The reporter may still complete the file: nobody goes on without them before their time is over."""

    code: ClassVar[str] = "completion_time_left"


class PauseCapError(DomainError):
    """The deadlines of this case have stood still as long as they may."""

    code: ClassVar[str] = "pause_cap_reached"


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the table: from which states, to which (None: the state stays), and what it does.

    `makes` are the facts that deadlines start with; which deadlines those are, which the act meets and which
    it cancels is in the policy data. `pauses` tells that the officers' deadlines stand still from it,
    `resumes` that the paused ones run again, `begins_cycle` that the case is worked on anew. An act that
    leads to a final state ends every deadline that still runs.
    """

    past: str
    sources: frozenset[State]
    target: State | None
    makes: tuple[StartFact, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False


_WORK = frozenset({State.DIDISPOSISIKAN, State.DIPROSES})
_ASKED = frozenset({State.MENUNGGU_KELENGKAPAN})
_ANSWERED = frozenset({State.DITANGGAPI})
_HANDED_OUT: tuple[StartFact, ...] = ("disposed", "file_complete")

ACTS: Mapping[ActName, Act] = {
    "request_completion": Act(
        "completion_requested",
        _WORK | {State.DITERIMA},
        State.MENUNGGU_KELENGKAPAN,
        makes=("requested",),
        pauses=True,
    ),
    "complete": Act("completed", _ASKED, None, resumes=True),
    "proceed": Act("proceeded", _ASKED, None, resumes=True),
    "verify": Act("verified", frozenset({State.DITERIMA}), State.DIVERIFIKASI, makes=("verified",)),
    "dispose": Act("disposed", frozenset({State.DIVERIFIKASI}), State.DIDISPOSISIKAN, makes=_HANDED_OUT),
    "reassign": Act("reassigned", _WORK | _ASKED | _ANSWERED, None),
    "follow_up": Act("followed_up", _WORK, State.DIPROSES),
    "respond": Act("drafted", _WORK, None),
    "approve": Act("responded", _WORK, State.DITANGGAPI, makes=("answered",)),
    "close": Act("closed", _ANSWERED, State.SELESAI),
    "object": Act("objected", _ANSWERED, State.DIPROSES, makes=_HANDED_OUT, begins_cycle=True),
    "withdraw": Act("withdrawn", OPEN, State.DICABUT),
}
RECEIVING = Act("received", frozenset(), State.DITERIMA, makes=("received",))
"""What happens as a case begins."""

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


def require_evidence(evidence: tuple[str, ...], no_evidence_reason: str | None) -> None:
    """Refuse an act that names neither evidence nor a reason for none."""
    if not evidence and not no_evidence_reason:
        raise IncompleteActError(
            "Sebutkan bukti, atau alasan mengapa tidak ada bukti.",
            errors=[{"field": "evidence", "code": "required", "message": "Bukti atau alasan wajib diisi."}],
        )


def require_answer(case: Case, answer: Answer) -> None:
    """Refuse an answer that misses what the table requires.

    A service complaint must say whether the service standard was breached.
    """
    require_evidence(answer.evidence, answer.no_evidence_reason)
    if case.stream == "pelayanan" and answer.is_standard_breach is None:
        raise IncompleteActError(
            "Nyatakan apakah standar pelayanan dilanggar.",
            errors=[
                {
                    "field": "is_standard_breach",
                    "code": "required",
                    "message": "Wajib untuk pengaduan pelayanan.",
                }
            ],
        )


def require_handler(case: Case, officer: str) -> None:
    """Refuse an officer to whom the case is not assigned."""
    if case.handler != officer:
        raise NotAssignedError("Pengaduan ini ditugaskan kepada petugas lain.")


def require_newest_read(case: Case, read: int | None) -> None:
    """Refuse what a reporter says of an answer after which another one came; None: nobody says which."""
    if read is not None and read != case.cycle:
        raise ProposalChangedError(
            "Sejak halaman ini dibuka ada tanggapan yang baru. Baca dahulu tanggapan itu."
        )


def require_newest_question(newest: int, read: int | None) -> None:
    """Refuse facts for a request after which another one came; None: nobody says which they answer."""
    if read is not None and read != newest:
        raise ProposalChangedError(
            "Sejak halaman ini dibuka ada permintaan kelengkapan yang baru. Baca dahulu permintaan itu."
        )


def require_other_handler(case: Case, officer: str) -> None:
    """Refuse to hand a case to the officer who has it."""
    if case.handler == officer:
        raise SameHandlerError


def require_approver(case: Case, approver: str) -> None:
    """Refuse approval without a draft, or by the person who drafted it."""
    if not case.has_draft:
        raise IllegalActError(
            "Belum ada rancangan tanggapan untuk disetujui.", state=case.state.value, act="approve"
        )
    if case.drafted_by == approver:
        raise OwnProposalError("Tanggapan harus disetujui oleh orang lain daripada perancangnya.")


def require_confirmer(case: Case, officer: str) -> None:
    """Refuse to confirm a request for facts that nobody proposed, or that the same person did."""
    if case.proposed_by is None:
        raise IllegalActError(
            "Tidak ada permintaan kelengkapan yang menunggu persetujuan.",
            state=case.state.value,
            act="confirm_completion",
        )
    if case.proposed_by == officer:
        raise OwnProposalError("Permintaan kelengkapan harus disetujui oleh orang lain daripada pengusulnya.")
