"""What an act must bring and whose it is: duties are separate, nobody acts on what they have not read."""

from collections.abc import Collection

from services.complaints.cases.domain.acts import Act, ActName
from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.domain.people import NOBODY, People
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    OthersActError,
    OwnProposalError,
    ProposalChangedError,
    ProposalOpenError,
    SameHandlerError,
)

FACE_TO_FACE = "loket"
"""The channel of those who stand before an officer."""


def require_role(act: Act, roles: Collection[str]) -> None:
    """Refuse an act on a case of this kind that is none of the caller's roles'."""
    if act.by.isdisjoint(roles):
        raise OthersActError(sorted(act.by - {"reporter", "engine"}))


def require_owed(case: Case, act: Act, owed: Collection[str]) -> None:
    """Refuse an act that is only open while a deadline runs that it meets, when none does."""
    if act.is_owed and act.name not in owed:
        raise IllegalActError(
            "Tidak ada tenggat berjalan yang dipenuhi tindakan ini.", state=case.state.value, act=act.name
        )


def require_superior(reviewer: str | None, officer: str, people: People = NOBODY) -> None:
    """Refuse to let whoever reviewed a case correct the review: accounts and substitutes are one."""
    if reviewer is not None and people.are_one(reviewer, officer):
        raise OwnProposalError("Telaah harus dikoreksi oleh orang lain daripada penelaahnya.")


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
    require_standard(case, answer.is_standard_breach)


def require_standard(case: Case, is_standard_breach: bool | None) -> None:
    """Refuse an answer to a service complaint that does not say whether the standard was breached."""
    if case.stream == "pelayanan" and is_standard_breach is None:
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


def require_face_to_face(case: Case) -> None:
    """Refuse to end a consultation as answered face to face that did not come in so."""
    if case.channel_kind != FACE_TO_FACE:
        raise IllegalActError(
            "Konsultasi ini tidak datang langsung ke loket; susunlah tanggapan.",
            state=case.state.value,
            act="answer_in_person",
        )


def require_handler(case: Case, officer: str, people: People = NOBODY) -> None:
    """Refuse an officer to whom the case is not assigned, and who does not act for whom it is."""
    if case.handler is None or not people.acts_for(officer, case.handler):
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


def require_approver(case: Case, approver: str, people: People = NOBODY) -> None:
    """Refuse approval without a draft, or by the person who drafted it: accounts and substitutes are one."""
    if not case.has_draft:
        raise IllegalActError(
            "Belum ada rancangan tanggapan untuk disetujui.", state=case.state.value, act="approve"
        )
    if case.drafted_by is not None and people.are_one(case.drafted_by, approver):
        raise OwnProposalError("Tanggapan harus disetujui oleh orang lain daripada perancangnya.")


def require_undecided_by(case: Case, act: ActName) -> None:
    """Refuse to propose an act while somebody still has to decide about another one."""
    if case.proposed_act not in (None, act):
        raise ProposalOpenError("Usulan lain masih menunggu keputusan; putuskan atau tunggu dahulu.")


def require_proposed(case: Case, act: ActName) -> None:
    """Refuse to decide about an act that nobody proposed."""
    if case.proposed_act != act:
        raise IllegalActError(
            "Tidak ada usulan seperti itu yang menunggu persetujuan.", state=case.state.value, act=act
        )


def require_confirmer(case: Case, act: ActName, officer: str, people: People = NOBODY) -> None:
    """Refuse to confirm an act that nobody proposed, or that the same person did.

    Accounts of one person are one, and so are a person and their substitute.
    """
    require_proposed(case, act)
    if case.proposed_by is not None and people.are_one(case.proposed_by, officer):
        raise OwnProposalError("Usulan harus disetujui oleh orang lain daripada pengusulnya.")
