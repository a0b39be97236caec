"""What duties say, each kind in a table of its own, and their list.

A list reads what is open of its kinds by `dossier_open`, 30 us each; the requests about a case are found by
`data_request_case`.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.tables import CASE
from services.complaints.duties.domain.contents import (
    Answer,
    Assessment,
    Breach,
    DataRequest,
    Findings,
    Notice,
    Taken,
)
from services.complaints.duties.domain.lives import DATA
from services.complaints.duties.tables import (
    CORRECTIVE_ACTION,
    DATA_BREACH,
    DATA_REQUEST,
    OMBUDSMAN_REPORT,
)
from services.complaints.matters import store as matters
from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import row_of
from shared.db.arrays import among

_CONTENTS = (DATA_REQUEST, DATA_BREACH, OMBUDSMAN_REPORT)
_LISTED: Select[*tuple[Any, ...]] = matters.LISTED.add_columns(
    *(column for table in _CONTENTS for column in table.c if column.name != "dossier_id"),
    CASE.c.tracking_id,
)
for _table in _CONTENTS:
    _LISTED = _LISTED.outerjoin(_table, _table.c.dossier_id == DOSSIER.c.id)
_LISTED = _LISTED.outerjoin(CASE, CASE.c.id == DATA_REQUEST.c.case_id)


async def keep_request(session: AsyncSession, dossier_id: UUID, said: DataRequest) -> None:
    """Store what is asked for."""
    await session.execute(DATA_REQUEST.insert().values(dossier_id=dossier_id, **row_of(said, DATA_REQUEST)))


async def ask_proof(session: AsyncSession, dossier_id: UUID, proof: str) -> None:
    """Store which proof of identity is asked for; the matter is locked."""
    await session.execute(
        DATA_REQUEST.update().where(DATA_REQUEST.c.dossier_id == dossier_id).values(proof=proof)
    )


async def answer(session: AsyncSession, dossier_id: UUID, said: Answer) -> None:
    """Store what was decided; the matter is locked."""
    values = {"outcome": said.outcome, "ground": said.ground, "answer": said.text}
    await session.execute(
        DATA_REQUEST.update().where(DATA_REQUEST.c.dossier_id == dossier_id).values(**values)
    )


async def is_asked(session: AsyncSession, said: DataRequest) -> bool:
    """Tell whether the same is asked for already, about the same case."""
    asked = exists().where(
        DATA_REQUEST.c.case_id == said.case_id,
        DATA_REQUEST.c.wish == said.wish,
        DOSSIER.c.id == DATA_REQUEST.c.dossier_id,
        DOSSIER.c.state == literal("DIMINTA"),
    )
    return bool(await session.scalar(select(asked)))


async def about_case(session: AsyncSession, case_id: UUID) -> Sequence[RowMapping]:
    """Return the requests of whoever holds a case's receipt, the newest first."""
    asked = _LISTED.where(DATA_REQUEST.c.case_id == case_id).order_by(DOSSIER.c.opened_at.desc())
    return (await session.execute(asked)).mappings().all()


async def keep_breach(session: AsyncSession, dossier_id: UUID, said: Breach) -> None:
    """Store what is known of a breach first."""
    await session.execute(DATA_BREACH.insert().values(dossier_id=dossier_id, **asdict(said)))


async def change_breach(
    session: AsyncSession, dossier_id: UUID, said: Assessment | Notice | None, measures: str | None = None
) -> None:
    """Store what was found out, who was told, or what was done; the matter is locked."""
    match said:
        case Assessment():
            values = asdict(said)
        case Notice():
            values = {
                "people_told": said.people_told,
                "authority_letter": said.letter_number,
                "authority_told_on": said.letter_on,
            }
        case None:
            values = {"measures": measures}
    await session.execute(DATA_BREACH.update().where(DATA_BREACH.c.dossier_id == dossier_id).values(**values))


async def keep_findings(session: AsyncSession, dossier_id: UUID, said: Findings) -> None:
    """Store a report of the Ombudsman with its corrective actions, numbered from 1."""
    values = row_of(said, OMBUDSMAN_REPORT)
    await session.execute(OMBUDSMAN_REPORT.insert().values(dossier_id=dossier_id, **values))
    rows = [
        {"dossier_id": dossier_id, "number": number, "text": text}
        for number, text in enumerate(said.actions, 1)
    ]
    await session.execute(CORRECTIVE_ACTION.insert(), rows)


async def record_action(
    session: AsyncSession, dossier_id: UUID, number: int, said: Taken, at: datetime
) -> bool:
    """Store what was done about a corrective action, in place of what was noted; False for none of it."""
    is_it = (CORRECTIVE_ACTION.c.dossier_id == dossier_id, CORRECTIVE_ACTION.c.number == number)
    put = CORRECTIVE_ACTION.update().where(*is_it).values(**asdict(said), recorded_at=at)
    return await session.scalar(put.returning(CORRECTIVE_ACTION.c.number)) is not None


async def answer_letter(session: AsyncSession, dossier_id: UUID, values: dict[str, Any]) -> None:
    """Store by which letter the Ombudsman was told; the matter is locked."""
    await session.execute(
        OMBUDSMAN_REPORT.update().where(OMBUDSMAN_REPORT.c.dossier_id == dossier_id).values(**values)
    )


async def actions(session: AsyncSession, dossier_id: UUID) -> Sequence[RowMapping]:
    """Return the corrective actions of a report in their order; none of another kind."""
    told = CORRECTIVE_ACTION.c["number", "text", "is_done", "evidence", "note", "recorded_at"]
    asked = select(*told).where(CORRECTIVE_ACTION.c.dossier_id == dossier_id)
    return (await session.execute(asked.order_by(CORRECTIVE_ACTION.c.number))).mappings().all()


async def page(
    session: AsyncSession,
    seen: ColumnElement[bool],
    *,
    kinds: Collection[str],
    unit_id: str | None,
    is_open: bool,
    is_late: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return duties of these kinds within sight; see `matters.page` for their order."""
    asked = _LISTED.where(seen, among(DOSSIER.c.kind, kinds))
    asked = asked if unit_id is None else asked.where(DOSSIER.c.unit_id == unit_id)
    return await matters.page(session, asked, is_open=is_open, is_late=is_late, after=after, limit=limit)


async def find(
    session: AsyncSession, dossier_id: UUID, *seen: ColumnElement[bool], kind: str | None = None
) -> RowMapping | None:
    """Return a duty within sight, of any kind or of one."""
    asked = _LISTED.where(DOSSIER.c.id == dossier_id, *seen)
    asked = asked if kind is None else asked.where(DOSSIER.c.kind == kind)
    return (await session.execute(asked)).mappings().one_or_none()


def about(case_id: UUID) -> ColumnElement[bool]:
    """Return the filter of matters that are requests of whoever holds a case's receipt."""
    theirs = select(DATA_REQUEST.c.dossier_id).where(DATA_REQUEST.c.case_id == case_id)
    return (DOSSIER.c.kind == DATA) & DOSSIER.c.id.in_(theirs)
