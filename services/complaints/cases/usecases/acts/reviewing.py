"""Looking at an ended case once more: reopened in its window, or appealed and decided by somebody new to it.

Source: complaints.md sections 2 (rows reopen and appeal) and 2.5.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case, Stream
from services.complaints.cases.domain.refusals import IncompleteActError
from services.complaints.cases.domain.reviewing import (
    require_appeal,
    require_first_appeal,
    require_new_to_case,
    require_no_open_appeal,
    require_within,
)
from services.complaints.cases.kinds import windows_by_act
from services.complaints.cases.store import appeals, cases
from services.complaints.cases.usecases.acts.moving import REPORTER, Opened, open_case
from services.complaints.deadlines.domain.policy import CaseClass
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal

ANEW: Mapping[str, Any] = {"closed_at": None, "closed_by": None, "outcome": None, "is_standard_breach": False}
"""What an ended case was found to be is taken back when it is worked on anew."""


async def reopen(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, *, reason: str
) -> Case:
    """Let the reporter take up a closed case again within its window: a new cycle begins.

    Raises `WindowOverError`.
    """
    opened = await open_case(session, engine, "reopen", case_id)
    await _require_no_appeal(opened)
    await _require_within(opened)
    return await _reopened(opened, actor, reason, by=REPORTER)


async def reopen_on_evidence(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    reason: str,
) -> Case:
    """Take up a closed case again because of new evidence, at any time: a new cycle begins."""
    opened = await open_case(session, engine, "reopen", case_id, officer=actor, expected=expected)
    await _require_no_appeal(opened)
    return await _reopened(opened, actor, reason)


async def _reopened(opened: Opened, actor: Principal, reason: str, by: str | None = None) -> Case:
    return await opened.perform(
        actor,
        by=by,
        note=reason,
        is_public=by == REPORTER,
        cycle=opened.case.cycle + 1,
        file_complete_at=opened.now,
        **ANEW,
    )


async def appeal(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, *, reason: str
) -> Case:
    """Let the reporter appeal once against the end of a case, within its window.

    Raises `AlreadyAppealedError`, `WindowOverError`.
    """
    opened = await open_case(session, engine, "appeal", case_id)
    require_first_appeal(await appeals.get(session, case_id) is not None)
    await _require_within(opened)
    await appeals.file(session, case_id, reason, opened.now)
    return await opened.perform(actor, by=REPORTER, note=reason, is_public=True)


async def uphold_appeal(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    decision: str,
    stream: Stream | None = None,
    case_class: CaseClass | None = None,
) -> Case:
    """Decide that the appeal is right: the case is worked on anew, as verified now if it never was.

    Raises `NotNewToCaseError` for somebody who acted on it before, `IncompleteActError` when its class is
    needed and missing.
    """
    opened = await open_case(session, engine, "uphold_appeal", case_id, officer=actor, expected=expected)
    await _decide(opened, actor, decision, is_upheld=True)
    known = case_class or opened.case.case_class
    if known is None and "verified" in opened.act.makes:
        raise IncompleteActError(
            "Sebutkan golongan pengaduan yang belum pernah diverifikasi.",
            errors=[{"field": "case_class", "code": "required", "message": "Golongan wajib diisi."}],
        )
    return await opened.perform(
        actor,
        note=decision,
        is_public=True,
        cycle=opened.case.cycle + 1,
        file_complete_at=opened.now,
        stream=stream or opened.case.stream,
        case_class=known,
        handler=None,
        parent_id=None,
        **ANEW,
    )


async def reject_appeal(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    decision: str,
) -> Case:
    """Decide that the case stays ended as it was. Raises `NotNewToCaseError`."""
    opened = await open_case(session, engine, "reject_appeal", case_id, officer=actor, expected=expected)
    await _decide(opened, actor, decision, is_upheld=False)
    return await opened.perform(actor, note=decision, is_public=True)


async def _require_no_appeal(opened: Opened) -> None:
    found = await appeals.get(opened.session, opened.case.id)
    require_no_open_appeal(opened.case, is_open=found is not None and found.decided_at is None)


async def _decide(opened: Opened, actor: Principal, decision: str, *, is_upheld: bool) -> None:
    session, case = opened.session, opened.case
    found = await appeals.get(session, case.id)
    require_appeal(case, opened.act.name, is_open=found is not None and found.decided_at is None)
    actors = await cases.actors(session, case.id)
    people = await opened.people(*actors, actor.subject, since=case.received_at)
    require_new_to_case(actor.subject, actors, people)
    await appeals.decide(session, case.id, decision, actor.subject, opened.now, is_upheld=is_upheld)


async def _require_within(opened: Opened) -> None:
    calendar = await opened.engine.calendar_of(opened.session, opened.case.unit_id)
    require_within(opened.case, opened.now, calendar, windows_by_act()[opened.act.name])
