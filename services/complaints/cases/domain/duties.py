"""What an act must bring and whose it is: duties are separate, nobody acts on what they have not read."""

from collections.abc import Collection

from services.complaints.cases.domain.acts import Act, ActName
from services.complaints.cases.domain.case import Answer, Case
from services.complaints.cases.domain.refusals import (
    IllegalActError,
    IncompleteActError,
    NotAssignedError,
    OthersActError,
    OwnProposalError,
    ProposalChangedError,
    SameHandlerError,
)


def require_role(act: Act, roles: Collection[str]) -> None:
    """Refuse an act on a case of this kind that is none of the caller's roles'."""
    if act.by.isdisjoint(roles):
        raise OthersActError(sorted(act.by - {"reporter", "engine"}))


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


def require_proposed(case: Case, act: ActName) -> None:
    """Refuse to decide about an act that nobody proposed."""
    if case.proposed_act != act:
        raise IllegalActError(
            "Tidak ada usulan seperti itu yang menunggu persetujuan.", state=case.state.value, act=act
        )


def require_confirmer(case: Case, act: ActName, officer: str) -> None:
    """Refuse to confirm an act that nobody proposed, or that the same person did."""
    require_proposed(case, act)
    if case.proposed_by == officer:
        raise OwnProposalError("Usulan harus disetujui oleh orang lain daripada pengusulnya.")
