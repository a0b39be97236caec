"""Acts of the reporter, who knows no versions but says which request or answer was there to read."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_newest_question, require_newest_read
from services.complaints.cases.usecases.acts.moving import REPORTER, completed, open_case
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal


async def complete(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int | None,
    *,
    note: str,
    is_reporter: bool,
    read: int | None = None,
) -> Case:
    """Take the missing facts, from the reporter or on paper; the deadlines run again.

    `read` is the number of the request that was there to read, None where nobody says; raises
    `ProposalChangedError` when another came since.

    Before verification the file counts as complete from now on, so that the answer's deadline starts here.
    When the time to complete ran out before, the deadlines run again as of then: nobody gains by an outage.
    """
    officer = None if is_reporter else actor
    opened = await open_case(session, engine, "complete", case_id, officer=officer, expected=expected)
    require_newest_question(opened.question, read)
    by = REPORTER if is_reporter else None
    return await opened.perform(actor, by=by, note=note, is_public=True, **completed(opened, opened.now))


async def accept(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, *, read: int | None = None
) -> Case:
    """Close an answered case because its reporter accepts the answer, `read` as `object_to_answer` says."""
    opened = await open_case(session, engine, "close", case_id)
    require_newest_read(opened.case, read)
    return await opened.perform(actor, by=REPORTER, closed_at=opened.now, closed_by="reporter")


async def object_to_answer(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    *,
    reason: str,
    read: int | None = None,
) -> Case:
    """Let the reporter object to the answer (keberatan): a new cycle begins, as if handed out just now.

    No answer is in force until the next one is approved, so what the last one found is taken back. `read` is
    the cycle of the answer that was there to read, None where nobody says; raises `ProposalChangedError` when
    another came since.
    """
    opened = await open_case(session, engine, "object", case_id)
    require_newest_read(opened.case, read)
    return await opened.perform(
        actor,
        by=REPORTER,
        note=reason,
        is_public=True,
        cycle=opened.case.cycle + 1,
        file_complete_at=opened.now,
        outcome=None,
        is_standard_breach=False,
    )


async def withdraw(session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID) -> Case:
    """End an open case because its reporter takes it back; nobody waits for anything any more."""
    opened = await open_case(session, engine, "withdraw", case_id)
    return await opened.perform(
        actor, by=REPORTER, closed_at=opened.now, closed_by="reporter", state_before=None
    )
