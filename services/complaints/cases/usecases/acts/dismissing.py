"""Ending a case without an answer: one officer proposes it with a reason, another one decides.

Source: complaints.md section 2, row dismiss.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.dismissal import (
    Dismissal,
    require_parent,
    require_reminded,
    require_time_over,
)
from services.complaints.cases.domain.duties import (
    require_confirmer,
    require_handler,
    require_proposed,
    require_undecided_by,
)
from services.complaints.cases.domain.refusals import ProposalChangedError
from services.complaints.cases.store import cases, people, proposals
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases.acts.moving import Opened, open_case, tell
from services.complaints.deadlines.store import firing
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.deadlines.usecases.taking_over import take_earlier
from shared.security import Principal


async def propose_dismissal(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    dismissal: Dismissal,
) -> Case:
    """Propose to end a case without an answer; every deadline runs on until somebody else decides.

    A case that somebody handles already is theirs to propose for. Raises `FieldRefusedError` for a parent
    that is none, `CompletionTimeLeftError` while the reporter may still complete the file,
    `RemindersMissingError` where that time ran out without its reminders.
    """
    opened = await open_case(session, engine, "propose_dismissal", case_id, officer=actor, expected=expected)
    if opened.case.proposed_act == "confirm_dismissal":
        require_undecided_by(opened.case, "propose_dismissal")
    if not actor.has(*opened.act.by - {"case_handler"}):
        known = await opened.people(opened.case.handler, actor.subject)
        require_handler(opened.case, actor.subject, known)
    if dismissal.to is State.DITUTUP_TIDAK_LENGKAP:
        require_time_over(opened.case, opened.requests)
        await _require_reminded(opened)
    if dismissal.parent_id is not None:
        reader = Reader(actor.subject, actor.scope)
        require_parent(opened.case, await cases.get(session, dismissal.parent_id, reader))
    case = await opened.perform(actor, note=dismissal.text)
    content = dismissal.as_json()
    await proposals.propose(session, case, "confirm_dismissal", content, actor.subject, opened.now)
    return replace(case, proposed_act="confirm_dismissal", proposed_by=actor.subject)


async def confirm_dismissal(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    to: State,
    note: str | None,
) -> Case:
    """End a case as somebody else proposed; the reporter reads the proposed words.

    A case that repeats another one lets that one be due as early as itself (complaints.md section 3.3); both
    are locked in the order of their ids, so that two confirmed as each other's do not both end.
    Raises `ProposalChangedError` when what is proposed does not end in `to`.
    """
    locked = await _lock_with_parent(session, case_id)
    opened = await open_case(session, engine, "confirm_dismissal", case_id, officer=actor, expected=expected)
    known = await opened.beside_proposer(actor)
    require_confirmer(opened.case, "confirm_dismissal", actor.subject, known)
    dismissal = Dismissal.from_json(await _decide(opened, actor, is_confirmed=True))
    if dismissal.to is not to:
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    parent: Case | None = None
    if dismissal.parent_id is not None:
        if dismissal.parent_id != locked:
            raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
        parent = await cases.get(session, dismissal.parent_id, Reader(actor.subject, actor.scope))
        require_parent(opened.case, parent)
        await people.copy_parties(session, case_id, dismissal.parent_id)
    told = dismissal.told if note is None else f"{dismissal.told} {note}"
    case = await opened.perform(
        actor,
        note=told,
        is_public=True,
        to=to,
        closed_at=opened.now,
        closed_by="officer",
        state_before=None,
        parent_id=dismissal.parent_id,
    )
    if parent is not None:
        await _hasten(opened, actor, parent)
    return case


async def _lock_with_parent(session: AsyncSession, case_id: UUID) -> UUID | None:
    parent_id = await proposals.proposed_parent(session, case_id)
    for one in sorted({case_id, parent_id or case_id}):
        await cases.lock(session, one)
    return parent_id


async def _hasten(opened: Opened, actor: Principal, parent: Case) -> None:
    session, engine, now = opened.session, opened.engine, opened.now
    await fire_case(session, engine.policies, now, parent.id)
    facts = await take_earlier(session, engine, parent.id, opened.running, now, actor.subject)
    if facts:
        await tell(session, actor, "take_earlier_due", parent, facts, now)


async def refuse_dismissal(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    reason: str,
) -> Case:
    """Keep a case open against what was proposed, for a reason; its proposer may learn it from the log."""
    opened = await open_case(session, engine, "refuse_dismissal", case_id, officer=actor, expected=expected)
    require_proposed(opened.case, "confirm_dismissal")
    await _decide(opened, actor, is_confirmed=False)
    return await opened.perform(actor, note=reason)


async def _require_reminded(opened: Opened) -> None:
    for request in opened.requests:
        reminders = opened.engine.policies.about(request.rule_id, request.policy).ladder.reminders
        fired = await firing.count_fired(opened.session, request.id, "reminded")
        require_reminded(reminders, fired)


async def _decide(opened: Opened, actor: Principal, *, is_confirmed: bool) -> Mapping[str, Any]:
    return await proposals.decide(
        opened.session, opened.case, actor.subject, opened.now, is_confirmed=is_confirmed
    )
