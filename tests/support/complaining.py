"""Complaints that the use case receives, with all their clocks, for tests and benches without HTTP."""

from uuid import UUID

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.intake import usecases
from services.complaints.intake.receipts import Receipts
from services.complaints.intake.store import Person
from services.complaints.intake.usecases import Report
from shared.db import Database
from shared.kernel import new_id
from shared.security import PUBLIC


async def file_cases(db: Database, engine: DeadlineEngine, unit_id: str, count: int) -> list[UUID]:
    """Receive so many reports of one unit from the public form; return the ids of their cases."""
    codes = Receipts("a secret of the tests, long enough")
    cases = []
    for number in range(count):
        case_id = new_id()
        report = Report(
            unit_id=unit_id,
            agency_id=None,
            kind="pengaduan",
            content=f"Loket tutup sebelum jam layanan berakhir. {number}",
            stream="masyarakat",
            event_on=None,
            person=Person(None, None),
            is_name_hidden=False,
            is_content_secret=False,
            privacy_notice="1",
        )
        receipt = await codes.issue(case_id, f"a key of the tests {number}")
        async with db.transaction() as session:
            await usecases.receive(session, engine, receipt, PUBLIC, report)
        cases.append(case_id)
    return cases
