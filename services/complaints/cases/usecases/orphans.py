"""What the engine does for a case whose answer was to be that of another one, which ended without any.

It goes back to where it was received, as nobody may have verified it: the desk looks at it as at a new one.
Source: complaints.md sections 2.0 and 3.3.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import cases
from services.complaints.cases.usecases.acts.moving import open_case
from services.complaints.cases.usecases.acts.reviewing import ANEW
from services.complaints.deadlines.usecases.engine import DeadlineEngine

WORDS = "Pengaduan induknya berakhir tanpa tanggapan. Pengaduan ini sekarang ditangani sendiri."
"""What its reporter reads."""


async def take_up_next(session: AsyncSession, engine: DeadlineEngine) -> bool:
    """Take up one such case again, in a new cycle; False when there is none that nobody else works on."""
    case_id = await cases.lock_orphan(session)
    if case_id is None:
        return False
    opened = await open_case(session, engine, "resume_duplicate", case_id)
    await opened.perform(
        None,
        note=WORDS,
        is_public=True,
        cycle=opened.case.cycle + 1,
        file_complete_at=opened.now,
        handler=None,
        parent_id=None,
        **ANEW,
    )
    return True
