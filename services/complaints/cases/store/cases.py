"""Cases, their acts and their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import DISMISSED, State
from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.store.officers import holds_in
from services.complaints.cases.store.people import Reader, has_left, today
from services.complaints.cases.tables import (
    ANSWER,
    APPEAL,
    CASE,
    CASE_EVENT,
    INSPECTION,
    OFFICER,
    PROPOSAL,
    WITHDRAWN_DRAFT,
)
from services.complaints.deadlines.store.deadlines import IS_WATCH, LATE
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_FIRED
from services.complaints.decrees.store import is_appointed
from services.complaints.tables import UNIT, row_of
from shared.db.arrays import among
from shared.kernel import Zone

STORED = [CASE.c[field.name] for field in fields(Case) if field.name in CASE.c]
"""The columns of a case; its draft and what is proposed lie in other tables."""
_IS_OPEN_DRAFT = (ANSWER.c.approved_at.is_(None), ANSWER.c.withdrawn_at.is_(None))
IS_DRAFT = (ANSWER.c.case_id == CASE.c.id, ANSWER.c.cycle == CASE.c.cycle, *_IS_OPEN_DRAFT)
IS_PROPOSED = (
    PROPOSAL.c.case_id == CASE.c.id,
    PROPOSAL.c.version == CASE.c.version,
    PROPOSAL.c.decided_at.is_(None),
)
_CASES = select(
    *STORED,
    ANSWER.c.case_id.is_not(None).label("has_draft"),
    ANSWER.c.drafted_by,
    PROPOSAL.c.act.label("proposed_act"),
    PROPOSAL.c.proposed_by,
).select_from(CASE.outerjoin(ANSWER, and_(*IS_DRAFT)).outerjoin(PROPOSAL, and_(*IS_PROPOSED)))
_IS_IT = CASE.c.id == bindparam("id")
_ONE = _CASES.where(_IS_IT)
_LOCK = select(CASE.c.id).where(_IS_IT).with_for_update()
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
    asked = select(*INSPECTION.c["order_number", "ordered_on", "team"]).where(INSPECTION.c.case_id == case_id)
    return (await session.execute(asked.order_by(INSPECTION.c.version))).mappings().all()


async def log(session: AsyncSession, case: Case, done: Done) -> None:
    """Append an act, at the version the case has after it."""
    row = row_of(done, CASE_EVENT) | {"evidence": list(done.evidence), "state": case.state.value}
    await session.execute(CASE_EVENT.insert().values(**row, case_id=case.id, version=case.version))


async def save_draft(session: AsyncSession, case: Case, answer: Answer, officer: str, at: datetime) -> None:
    """Store the drafted answer of the case's cycle, in place of an earlier draft."""
    draft = row_of(answer, ANSWER) | {"outcome": answer.outcome.value, "evidence": list(answer.evidence)}
    draft |= {"content": answer.text, "drafted_by": officer, "drafted_at": at, "withdrawn_at": None}
    made = insert_into(ANSWER).values(**draft, case_id=case.id, cycle=case.cycle)
    await session.execute(made.on_conflict_do_update(index_elements=list(ANSWER.primary_key), set_=draft))


async def withdraw_draft(session: AsyncSession, case: Case, cycle: int, at: datetime) -> None:
    """Let the draft of a cycle go no further; it is kept, at the version the case has after it."""
    is_draft = (ANSWER.c.case_id == case.id, ANSWER.c.cycle == cycle, *_IS_OPEN_DRAFT)
    withdrawn = ANSWER.update().where(*is_draft).values(withdrawn_at=at).returning(*ANSWER.c).cte("withdrawn")
    kept = [column.name for column in WITHDRAWN_DRAFT.c if column.name != "version"]
    rows = select(literal(case.version, BigInteger), *(withdrawn.c[name] for name in kept))
    await session.execute(WITHDRAWN_DRAFT.insert().from_select(["version", *kept], rows))


async def approve_draft(
    session: AsyncSession, case: Case, officer: str, at: datetime
) -> tuple[Outcome, bool | None]:
    """Approve the draft; return its outcome and whether a service standard was breached."""
    is_draft = (
        ANSWER.c.case_id == case.id,
        ANSWER.c.cycle == case.cycle,
        *_IS_OPEN_DRAFT,
    )
    approved = ANSWER.update().where(*is_draft).values(approved_by=officer, approved_at=at)
    row = await session.execute(approved.returning(ANSWER.c.outcome, ANSWER.c.is_standard_breach))
    outcome, is_standard_breach = row.one()
    return Outcome(outcome), is_standard_breach


# -- reading ------------------------------------------------------------------------------------------------

THEIRS = DEADLINE.c.rule == any_(bindparam("theirs", type_=ARRAY(Text)))
"""Whether a deadline is of the reporter's own time; `theirs` are the rules that say so.

An array: with `in_`, which stands here negated too, an empty list would hold every rule.
"""
_ARMED = (DEADLINE.c.case_ref == CASE.c.id, DEADLINE.c.status == "armed", IS_WATCH)
_AT = UNIT.alias("at")
_DUE_ZONE = func.coalesce(DEADLINE.c.due_zone, _AT.c.zone, Zone.WIB.value).label("due_zone")


_IS_HANDLER = (OFFICER.c.subject == CASE.c.handler, OFFICER.c.role == "case_handler")
IS_HANDLER_KNOWN = exists().where(*_IS_HANDLER, holds_in(CASE.c.unit_id, CASE.c.agency_id)) & ~has_left(
    CASE.c.handler, today(UNIT.c.zone)
)
"""Whether who handles a case is known to do so in its unit, and works there today."""
IS_APPEALED = CASE.c.id.in_(select(APPEAL.c.case_id).where(APPEAL.c.decided_at.is_(None)))
"""Whether an appeal against the end of a case waits for a decision."""


def _listed(*first: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Read each case with its unit and the deadline of its next step: that which is `first`, or nearest."""
    is_late = DEADLINE.c.breached_at.is_not(None).label("is_late")
    due = select(DEADLINE.c.rule.label("due_rule"), DEADLINE.c.due_at, is_late, _DUE_ZONE)
    due = due.join_from(DEADLINE, _AT, _AT.c.unit_id == DEADLINE.c.unit_id, isouter=True).where(*_ARMED)
    step = due.order_by(*first, DEADLINE.c.due_at, DEADLINE.c.id).limit(1).lateral("due")
    cases = _CASES.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id).outerjoin(step, true())
    return cases.add_columns(
        CASE.c.tracking_id,
        CASE.c.is_content_secret,
        UNIT.c.name.label("unit_name"),
        UNIT.c.zone,
        *step.c,
        case_when((CASE.c.handler.is_not(None), IS_HANDLER_KNOWN)).label("is_handler_known"),
        IS_APPEALED.label("is_appealed"),
    )


LISTED = _listed(DEADLINE.c.breached_at.is_(None) | THEIRS, ~THEIRS)
"""For officers: what they are late with, then what they wait for the reporter for."""
_IS_APPOINTED = is_appointed(
    CASE.c.handler, CASE.c.unit_id, CASE.c.agency_id, CASE.c.stream, today(UNIT.c.zone)
)
_FOUND = LISTED.where(_IS_IT).add_columns(
    *(column for column in CASE.c if column.name not in LISTED.selected_columns),
    case_when((CASE.c.handler.is_not(None), _IS_APPOINTED)).label("is_handler_appointed"),
    PROPOSAL.c.content.label("proposed"),
    PROPOSAL.c.content["missing"].astext.label("proposed_missing"),
)
_REPORTERS = _listed(~THEIRS)
_PUBLIC = ("tracking_id", "state", "received_at", "closed_at", "due_rule", "due_at", "due_zone")
_PUBLIC_VIEW = _REPORTERS.with_only_columns(*(_REPORTERS.selected_columns[name] for name in _PUBLIC)).where(
    CASE.c.tracking_id == bindparam("id"), ~CASE.c.is_content_secret
)
_IS_REQUEST = DEADLINE.c.rule == any_(bindparam("requests", type_=ARRAY(Text)))
_REQUESTS = select(func.max(DEADLINE.c.cycle)).where(*_ARMED, _IS_REQUEST)
_REPORTERS_VIEW = _REPORTERS.where(_IS_IT).add_columns(
    CASE.c.content, CASE.c.event_on, _REQUESTS.scalar_subquery().label("question")
)
_LAST_RUNG = (
    select(DEADLINE_FIRED.c.rung)
    .where(DEADLINE_FIRED.c.deadline_id == DEADLINE.c.id)
    .order_by(DEADLINE_FIRED.c.detected_at.desc(), DEADLINE_FIRED.c.fact)
    .limit(1)
)
_OVERDUE = (
    select(
        DEADLINE.c.id.label("deadline_id"),
        *DEADLINE.c["rule", "cycle", "due_at", "breached_at"],
        CASE.c.id.label("case_id"),
        *CASE.c["tracking_id", "unit_id", "state"],
        UNIT.c.name.label("unit_name"),
        _DUE_ZONE,
        _LAST_RUNG.scalar_subquery().label("rung"),
    )
    .join_from(DEADLINE, CASE, CASE.c.id == DEADLINE.c.case_ref)
    .outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id)
    .outerjoin(_AT, _AT.c.unit_id == DEADLINE.c.unit_id)
    .where(*LATE)
    .order_by(DEADLINE.c.due_at, DEADLINE.c.id)
)


def within(asked: Select[*tuple[Any, ...]], reader: Reader, **only: str | None) -> Select[*tuple[Any, ...]]:
    """Narrow to the cases within sight, and of those to the ones with these values; None narrows nothing."""
    narrower = (CASE.c[name] == value for name, value in only.items() if value is not None)
    return asked.where(reader.sees(), *narrower)


async def id_of(session: AsyncSession, tracking_id: str) -> UUID | None:
    """Return the id of the case with this public number, whoever may see it."""
    found: UUID | None = await session.scalar(select(CASE.c.id).where(CASE.c.tracking_id == tracking_id))
    return found


async def find(
    session: AsyncSession, case_id: UUID, reader: Reader, *, theirs: Sequence[str]
) -> RowMapping | None:
    """Return a case with its content, for officers who see it."""
    asked = within(_FOUND, reader)
    rows = await session.execute(asked, {"id": case_id, "theirs": theirs})
    return rows.mappings().one_or_none()


async def page(
    session: AsyncSession,
    reader: Reader,
    *,
    theirs: Sequence[str],
    unit_id: str | None,
    state: str | None,
    after: UUID,
    limit: int,
) -> Sequence[RowMapping]:
    """Return cases within sight by id, which is the order of intake."""
    asked = within(LISTED, reader, unit_id=unit_id, state=state)
    asked = asked.where(CASE.c.id > after).order_by(CASE.c.id).limit(limit)
    return (await session.execute(asked, {"theirs": theirs})).mappings().all()


async def overdue(
    session: AsyncSession,
    reader: Reader,
    *,
    unit_id: str | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[RowMapping]:
    """Return breached deadlines that still run, the oldest breach first; the reporter's own are left out."""
    asked = within(_OVERDUE, reader, unit_id=unit_id)
    asked = asked.where(tuple_(DEADLINE.c.due_at, DEADLINE.c.id) > after).limit(limit)
    return (await session.execute(asked)).mappings().all()


@dataclass(frozen=True, slots=True)
class Overdue:
    """What a board of overdue deadlines is narrowed to: a unit, those due before an instant, the last rung.

    `again` stands for a rung that is none of the `ladder`'s: a repeat after its last.
    """

    unit_id: str | None = None
    before: datetime | None = None
    rung: str | None = None
    ladder: tuple[str, ...] = ()


async def overdue_board(
    session: AsyncSession, reader: Reader, wanted: Overdue, *, after: tuple[datetime, UUID], limit: int
) -> Sequence[RowMapping]:
    """Return overdue deadlines as `overdue` does, narrowed to what is wanted."""
    asked = within(_OVERDUE, reader, unit_id=wanted.unit_id)
    if wanted.before is not None:
        asked = asked.where(DEADLINE.c.due_at < wanted.before)
    if wanted.rung is not None:
        last = _LAST_RUNG.scalar_subquery()
        is_it = last.not_in(wanted.ladder) if wanted.rung == "again" else last == wanted.rung
        asked = asked.where(is_it)
    asked = asked.where(tuple_(DEADLINE.c.due_at, DEADLINE.c.id) > after).limit(limit)
    return (await session.execute(asked)).mappings().all()


async def overdue_by_unit(session: AsyncSession, reader: Reader) -> Sequence[RowMapping]:
    """Return how many deadlines are overdue in each unit, and since when the oldest is; most first."""
    late, oldest = func.count().label("late"), func.min(DEADLINE.c.due_at).label("oldest")
    asked = select(CASE.c.unit_id, UNIT.c.name.label("unit_name"), late, oldest)
    asked = asked.join_from(DEADLINE, CASE, CASE.c.id == DEADLINE.c.case_ref)
    asked = asked.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id).where(*LATE)
    asked = within(asked, reader).group_by(CASE.c.unit_id, UNIT.c.name).order_by(late.desc(), oldest)
    return (await session.execute(asked)).mappings().all()


async def events(session: AsyncSession, case_id: UUID, *, is_public: bool) -> Sequence[RowMapping]:
    """Return the acts of a case in order; for the reporter, notes are only those meant for them."""
    left_out = ("case_id", "note", "is_public") if is_public else ("case_id", "note")
    told = [column for column in CASE_EVENT.c if column.name not in left_out]
    note = case_when((CASE_EVENT.c.is_public, CASE_EVENT.c.note)).label("note")
    asked = select(*told, note if is_public else CASE_EVENT.c.note).where(CASE_EVENT.c.case_id == case_id)
    return (await session.execute(asked.order_by(CASE_EVENT.c.version))).mappings().all()


async def answers(session: AsyncSession, case_id: UUID, *, is_approved: bool) -> Sequence[RowMapping]:
    """Return the answers of a case by cycle, drafts that wait included unless `is_approved`."""
    is_its = (ANSWER.c.case_id == case_id, ANSWER.c.withdrawn_at.is_(None))
    asked = select(ANSWER).where(*is_its).order_by(ANSWER.c.cycle)
    asked = asked.where(ANSWER.c.approved_at.is_not(None)) if is_approved else asked
    return (await session.execute(asked)).mappings().all()


async def withdrawn_drafts(session: AsyncSession, case_id: UUID) -> Sequence[RowMapping]:
    """Return the drafts of a case that went no further, in the order in which they were withdrawn."""
    asked = select(WITHDRAWN_DRAFT).where(WITHDRAWN_DRAFT.c.case_id == case_id)
    return (await session.execute(asked.order_by(WITHDRAWN_DRAFT.c.version))).mappings().all()


async def public_view(session: AsyncSession, tracking_id: str, theirs: Sequence[str]) -> RowMapping | None:
    """Return what anybody may know of a case; nothing of one whose content is secret."""
    rows = await session.execute(_PUBLIC_VIEW, {"id": tracking_id, "theirs": theirs})
    return rows.mappings().one_or_none()


async def reporters_view(
    session: AsyncSession, case_id: UUID, theirs: Sequence[str], requests: Sequence[str]
) -> RowMapping:
    """Return what the reporter may know of the own case, with the number of the request that waits.

    `requests` are the rules of the time to complete.
    """
    values = {"id": case_id, "theirs": theirs, "requests": requests}
    return (await session.execute(_REPORTERS_VIEW, values)).mappings().one()


def case_of_view(row: RowMapping) -> Case:
    """Return the case that a row of some view begins with."""
    return case_of({field.name: row[field.name] for field in fields(Case)})


def case_of(row: RowMapping | Mapping[str, Any]) -> Case:
    """Return the case that a row with these columns holds."""
    values: dict[str, Any] = dict(row)
    values["state"] = State(row["state"])
    values["state_before"] = State(row["state_before"]) if row["state_before"] else None
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    return Case(**values)
