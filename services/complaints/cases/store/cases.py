"""Cases, their acts and who has had a hand in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, bindparam, func, literal, select, union
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import DISMISSED, State
from services.complaints.cases.domain.case import Case, Outcome
from services.complaints.cases.store.answers import IS_DRAFT
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import (
    ANSWER,
    APPEAL,
    CASE,
    CASE_EVENT,
    INSPECTION,
    PROPOSAL,
    WITHDRAWN_DRAFT,
)
from services.complaints.tables import row_of
from shared.db.arrays import among

STORED = [CASE.c[field.name] for field in fields(Case) if field.name in CASE.c]
"""The columns of a case; its draft and what is proposed lie in other tables."""
IS_PROPOSED = (
    PROPOSAL.c.case_id == CASE.c.id,
    PROPOSAL.c.version == CASE.c.version,
    PROPOSAL.c.decided_at.is_(None),
)
CASES = select(
    *STORED,
    ANSWER.c.case_id.is_not(None).label("has_draft"),
    ANSWER.c.drafted_by,
    PROPOSAL.c.act.label("proposed_act"),
    PROPOSAL.c.proposed_by,
).select_from(CASE.outerjoin(ANSWER, and_(*IS_DRAFT)).outerjoin(PROPOSAL, and_(*IS_PROPOSED)))
IS_IT = CASE.c.id == bindparam("id")
IS_APPEALED = CASE.c.id.in_(select(APPEAL.c.case_id).where(APPEAL.c.decided_at.is_(None)))
"""Whether an appeal against the end of a case waits for a decision."""
_ONE = CASES.where(IS_IT)
_LOCK = select(CASE.c.id).where(IS_IT).with_for_update()
_FIXED = frozenset({"id", "channel_kind", "received_at"})


@dataclass(frozen=True, slots=True)
class Filing:
    """What receiving a case stores beside the case itself."""

    tracking_id: str
    backdate_reason: str | None
    taken_by: str | None
    event_on: date | None
    content: str
    is_name_hidden: bool
    is_content_secret: bool
    identity_kind: str
    privacy_notice: str


@dataclass(frozen=True, slots=True)
class Done:
    """One act as the log keeps it."""

    act: str
    actor: str
    at: datetime
    note: str | None = None
    evidence: tuple[str, ...] = ()
    no_evidence_reason: str | None = None
    is_public: bool = False


def within(asked: Select[*tuple[Any, ...]], reader: Reader, **only: str | None) -> Select[*tuple[Any, ...]]:
    """Narrow to the cases within sight, and of those to the ones with these values; None narrows nothing."""
    narrower = (CASE.c[name] == value for name, value in only.items() if value is not None)
    return asked.where(reader.sees(), *narrower)


async def insert(session: AsyncSession, case: Case, filing: Filing) -> None:
    """Insert a new case."""
    await session.execute(CASE.insert().values(**row_of(case, CASE), **row_of(filing, CASE)))


async def update(session: AsyncSession, case: Case) -> None:
    """Write a locked case back."""
    row = {name: value for name, value in row_of(case, CASE).items() if name not in _FIXED}
    await session.execute(CASE.update().where(CASE.c.id == case.id).values(**row))


async def lock(session: AsyncSession, case_id: UUID, reader: Reader | None = None) -> Case | None:
    """Lock and return a case within sight (None: any); its deadlines are locked after it, never before."""
    await session.execute(_LOCK, {"id": case_id})
    asked = _ONE if reader is None else within(_ONE, reader)
    found = (await session.execute(asked, {"id": case_id})).mappings().one_or_none()
    return case_of(found) if found else None


async def get(session: AsyncSession, case_id: UUID, reader: Reader | None = None) -> Case | None:
    """Return a case within sight (None: any) as it stands, without its lock."""
    asked = _ONE if reader is None else within(_ONE, reader)
    found = (await session.execute(asked, {"id": case_id})).mappings().one_or_none()
    return case_of(found) if found else None


async def id_of(session: AsyncSession, tracking_id: str) -> UUID | None:
    """Return the id of the case with this public number, whoever may see it."""
    found: UUID | None = await session.scalar(select(CASE.c.id).where(CASE.c.tracking_id == tracking_id))
    return found


async def lock_orphan(session: AsyncSession) -> UUID | None:
    """Lock and return a case that repeats one which ended without an answer; None when nobody else's is left.

    One whose reporter appeals waits for that decision.
    """
    parent = CASE.alias("parent")
    is_orphan = (
        CASE.c.state == literal(State.DUPLIKAT.value, literal_execute=True),
        parent.c.state.in_(sorted((DISMISSED - {State.DUPLIKAT}) | {State.DICABUT})),
        ~IS_APPEALED,
    )
    asked = select(CASE.c.id).join(parent, parent.c.id == CASE.c.parent_id).where(*is_orphan)
    asked = asked.order_by(CASE.c.id).limit(1).with_for_update(of=CASE, skip_locked=True)
    found: UUID | None = await session.scalar(asked)
    return found


async def actors(session: AsyncSession, case_id: UUID) -> set[str]:
    """Return everybody who has had a hand in a case: by acts, proposals, drafts, or as its handler."""
    of = {
        CASE_EVENT: ("actor",),
        PROPOSAL: ("proposed_by", "decided_by"),
        ANSWER: ("drafted_by", "approved_by"),
        WITHDRAWN_DRAFT: ("drafted_by",),
    }
    asked = [
        select(table.c[name]).where(table.c.case_id == case_id, table.c[name].is_not(None))
        for table, names in of.items()
        for name in names
    ]
    handler = select(CASE.c.handler).where(CASE.c.id == case_id, CASE.c.handler.is_not(None))
    return set(await session.scalars(union(handler, *asked)))


async def numbered(session: AsyncSession, numbers: Sequence[str], reader: Reader) -> Sequence[RowMapping]:
    """Return what acts on several cases begin with, of those that are within sight, by intake."""
    asked = select(*CASE.c["id", "tracking_id", "version", "unit_id", "agency_id", "stream"])
    asked = within(asked.where(among(CASE.c.tracking_id, numbers)), reader).order_by(CASE.c.id)
    return (await session.execute(asked)).mappings().all()


async def held_by(session: AsyncSession, subjects: Sequence[str]) -> Mapping[str, int]:
    """Return how many open cases each of these accounts handles; who has none is left out."""
    is_held = (among(CASE.c.handler, subjects), CASE.c.closed_at.is_(None))
    asked = select(CASE.c.handler, func.count().label("held")).where(*is_held)
    rows = await session.execute(asked.group_by(CASE.c.handler))
    return {row.handler: row.held for row in rows}


async def answered_in(session: AsyncSession, case_id: UUID) -> UUID:
    """Return the case whose answers a case has: itself, or what it repeats, however often."""
    chain = select(CASE.c.id, CASE.c.parent_id).where(CASE.c.id == case_id).cte("chain", recursive=True)
    parents = select(CASE.c.id, CASE.c.parent_id).join(chain, CASE.c.id == chain.c.parent_id)
    chain = chain.union(parents)
    found: UUID = (await session.scalars(select(chain.c.id).where(chain.c.parent_id.is_(None)))).one()
    return found


async def note_inspection(
    session: AsyncSession, case: Case, order_number: str, ordered_on: date, team: Sequence[str]
) -> None:
    """Keep the order of an inspection, at the version the case has after it."""
    row = {"order_number": order_number, "ordered_on": ordered_on, "team": list(team)}
    await session.execute(INSPECTION.insert().values(**row, case_id=case.id, version=case.version))


async def inspections(session: AsyncSession, case_id: UUID) -> Sequence[RowMapping]:
    """Return the inspections that were ordered for a case, in order."""
    asked = select(*INSPECTION.c["order_number", "ordered_on", "team", "began_on"]).where(
        INSPECTION.c.case_id == case_id
    )
    return (await session.execute(asked.order_by(INSPECTION.c.version))).mappings().all()


async def note_begun(session: AsyncSession, case_id: UUID, began_on: date) -> None:
    """Keep on which day the inspection that was ordered last began."""
    of = INSPECTION.c
    newest = select(func.max(of.version)).where(of.case_id == case_id).scalar_subquery()
    begun = INSPECTION.update().where(of.case_id == case_id, of.version == newest)
    await session.execute(begun.values(began_on=began_on))


async def log(session: AsyncSession, case: Case, done: Done) -> None:
    """Append an act, at the version the case has after it."""
    row = row_of(done, CASE_EVENT) | {"evidence": list(done.evidence), "state": case.state.value}
    await session.execute(CASE_EVENT.insert().values(**row, case_id=case.id, version=case.version))


async def reviewed(session: AsyncSession, case_id: UUID) -> tuple[str | None, datetime | None]:
    """Return which account reviewed a case last, and when: whoever handles it by now may be another one."""
    of = CASE_EVENT.c
    asked = select(of.actor, of.at).where(of.case_id == case_id, of.act == "follow_up")
    row = (await session.execute(asked.order_by(of.version.desc()).limit(1))).one_or_none()
    return (None, None) if row is None else (row.actor, row.at)


async def events(session: AsyncSession, case_id: UUID, *, is_public: bool) -> Sequence[RowMapping]:
    """Return the acts of a case in order; for the reporter, notes are only those meant for them."""
    left_out = ("case_id", "note", "is_public") if is_public else ("case_id", "note")
    told = [column for column in CASE_EVENT.c if column.name not in left_out]
    note = case_when((CASE_EVENT.c.is_public, CASE_EVENT.c.note)).label("note")
    asked = select(*told, note if is_public else CASE_EVENT.c.note).where(CASE_EVENT.c.case_id == case_id)
    return (await session.execute(asked.order_by(CASE_EVENT.c.version))).mappings().all()


def case_of(row: RowMapping | Mapping[str, Any]) -> Case:
    """Return the case that a row with these columns holds."""
    values: dict[str, Any] = dict(row)
    values["state"] = State(row["state"])
    values["state_before"] = State(row["state_before"]) if row["state_before"] else None
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    return Case(**values)
