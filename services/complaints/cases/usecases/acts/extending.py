"""Giving an answer more time, once and for a reason, where the policy allows it.

Source: complaints.md sections 2.3 and 5 (D10).
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_confirmer
from services.complaints.cases.domain.refusals import NotExtendableError, ProposalChangedError
from services.complaints.cases.store import proposals
from services.complaints.cases.usecases.acts.moving import Opened, open_case
from services.complaints.cases.usecases.acts.proposing import propose_late
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal


async def extend(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    reason: str,
) -> Case:
    """Extend the time to answer; the reporter reads why.

    When most of the time is over it is only proposed, and nothing moves until somebody else confirms it.
    Raises `NotExtendableError`.
    """
    opened = await open_case(session, engine, "extend", case_id, officer=actor, expected=expected)
    extendable = engine.extendable(opened.running)
    if not extendable:
        raise NotExtendableError("Waktu menjawab tidak dapat diperpanjang, atau sudah pernah diperpanjang.")
    if not await engine.is_late(session, extendable, opened.now):
        return await _extended(opened, actor, reason)
    return await propose_late(opened, actor, "extend", {"reason": reason}, "propose_extension")


async def confirm_extension(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    reason: str,
) -> Case:
    """Confirm an extension that somebody else proposed, by its reason.

    Raises `ProposalChangedError` when the proposal gives another reason, `NotExtendableError` when the time
    ran out before.
    """
    opened = await open_case(session, engine, "confirm_extension", case_id, officer=actor, expected=expected)
    require_confirmer(opened.case, "extend", actor.subject, await opened.beside_proposer(actor))
    proposed = await proposals.decide(session, opened.case, actor.subject, opened.now, is_confirmed=True)
    if proposed != {"reason": reason}:
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    if not engine.extendable(opened.running):
        raise NotExtendableError("Waktu menjawab sudah habis; tanggapan dinyatakan terlambat.")
    return await _extended(opened, actor, reason)


async def _extended(opened: Opened, actor: Principal, reason: str) -> Case:
    facts = await opened.engine.extend(opened.session, opened.running, opened.now, actor.subject)
    return await opened.perform(actor, note=reason, is_public=True, moved=facts)
