"""Cases, their acts and their answers.

What is read with the deadline of its next step is written out: a lateral join per case, by the index of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy import case as case_when
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Answer, Case, Outcome
from services.complaints.cases.store.officers import HOLDS_IN_CASE
from services.complaints.cases.tables import ANSWER, CASE, CASE_EVENT, COMPLETION_PROPOSAL
from services.complaints.tables import row_of
from shared.security import Scope

STORED_CASE = ", ".join(f"c.{field.name}" for field in fields(Case) if field.name in CASE.c)
_FROM = """case_file c
    LEFT JOIN answer a ON a.case_id = c.id AND a.cycle = c.cycle AND a.approved_at IS NULL
    LEFT JOIN completion_proposal p ON p.case_id = c.id AND p.version = c.version"""
_DRAFT = "a.case_id IS NOT NULL AS has_draft, a.drafted_by, p.proposed_by"
_FIXED = frozenset({"id", "kind", "channel_kind", "received_at"})


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


async def lock(session: AsyncSession, case_id: UUID, scope: Scope | None = None) -> Case | None:
    """Lock and return a case within a scope (None: any); its deadlines are locked after it, never before."""
    where, params = ("TRUE", {}) if scope is None else scope.sql("c.unit_id", "c.agency_id")
    await session.execute(text("SELECT 1 FROM case_file WHERE id = :id FOR UPDATE"), {"id": case_id})
    rows = await session.execute(
        text(f"SELECT {STORED_CASE}, {_DRAFT} FROM {_FROM} WHERE c.id = :id AND {where}"),
        {"id": case_id, **params},
    )
    found = rows.mappings().one_or_none()
    return case_of(found) if found else None


async def log(session: AsyncSession, case: Case, done: Done) -> None:
    """Append an act, at the version the case has after it."""
    row = row_of(done, CASE_EVENT) | {"evidence": list(done.evidence), "state": case.state.value}
    await session.execute(CASE_EVENT.insert().values(**row, case_id=case.id, version=case.version))


async def save_draft(session: AsyncSession, case: Case, answer: Answer, officer: str, at: datetime) -> None:
    """Store the drafted answer of the case's cycle, in place of an earlier draft."""
    draft = row_of(answer, ANSWER) | {"outcome": answer.outcome.value, "evidence": list(answer.evidence)}
    draft |= {"content": answer.text, "drafted_by": officer, "drafted_at": at}
    made = insert_into(ANSWER).values(**draft, case_id=case.id, cycle=case.cycle)
    await session.execute(made.on_conflict_do_update(index_elements=list(ANSWER.primary_key), set_=draft))


async def approve_draft(
    session: AsyncSession, case: Case, officer: str, at: datetime
) -> tuple[Outcome, bool | None]:
    """Approve the draft; return its outcome and whether a service standard was breached."""
    is_draft = (
        ANSWER.c.case_id == case.id,
        ANSWER.c.cycle == case.cycle,
        ANSWER.c.approved_at.is_(None),
    )
    approved = ANSWER.update().where(*is_draft).values(approved_by=officer, approved_at=at)
    row = await session.execute(approved.returning(ANSWER.c.outcome, ANSWER.c.is_standard_breach))
    outcome, is_standard_breach = row.one()
    return Outcome(outcome), is_standard_breach


async def propose_completion(
    session: AsyncSession, case: Case, missing: str, officer: str, at: datetime
) -> None:
    """Keep a request for facts until somebody confirms it or the case changes; the newest counts."""
    proposal = {"missing": missing, "proposed_by": officer, "proposed_at": at}
    made = insert_into(COMPLETION_PROPOSAL).values(**proposal, case_id=case.id, version=case.version)
    key = list(COMPLETION_PROPOSAL.primary_key)
    await session.execute(made.on_conflict_do_update(index_elements=key, set_=proposal))


async def confirm_completion(
    session: AsyncSession, case: Case, missing: str, officer: str, at: datetime
) -> bool:
    """Confirm the proposed request; false when it asks for something else by now."""
    table = COMPLETION_PROPOSAL
    is_it = (table.c.case_id == case.id, table.c.version == case.version, table.c.missing == missing)
    confirmed = table.update().where(*is_it).values(confirmed_by=officer, confirmed_at=at)
    return await session.scalar(confirmed.returning(table.c.version)) is not None


# -- reading ------------------------------------------------------------------------------------------------

_LISTED = f"""{STORED_CASE}, {_DRAFT}, c.tracking_id, c.is_content_secret, u.name AS unit_name, u.zone,
    due.rule AS due_rule, due.due_at, due.is_late, due.zone AS due_zone,
    CASE WHEN c.handler IS NOT NULL THEN EXISTS (
        SELECT 1 FROM officer o WHERE o.subject = c.handler AND o.role = 'case_handler' AND {HOLDS_IN_CASE}
    ) END AS is_handler_known"""
_THEIRS = "d.rule = ANY(cast(:theirs AS text[]))"
"""Whether a deadline is of the reporter's own time; `theirs` are the rules that say so."""


def _list_from(first: str) -> str:
    """Join each case with its unit and the deadline of its next step: that which is `first`, or nearest."""
    return f"""{_FROM} LEFT JOIN unit u ON u.unit_id = c.unit_id LEFT JOIN LATERAL (
        SELECT d.rule, d.due_at, d.breached_at IS NOT NULL AS is_late, coalesce(at.zone, 'WIB') AS zone
        FROM deadline d LEFT JOIN unit at ON at.unit_id = d.unit_id
        WHERE d.case_ref = c.id AND d.status = 'armed'
        ORDER BY {first}, d.due_at, d.id LIMIT 1
    ) due ON TRUE"""


_LIST_FROM = _list_from(f"d.breached_at IS NULL OR {_THEIRS}, NOT {_THEIRS}")
"""For officers: what they are late with, then what they wait for the reporter for."""
_REPORTERS_FROM = _list_from(f"NOT {_THEIRS}")


_SEEN = "(cast(:handler AS text) IS NULL OR c.handler = :handler)"
"""Narrows to the cases of one handler; null sees all of the scope."""


async def find(
    session: AsyncSession, case_id: UUID, scope: Scope, *, handler: str | None, theirs: Sequence[str]
) -> RowMapping | None:
    """Return a case with its content, for officers."""
    where, params = scope.sql("c.unit_id", "c.agency_id")
    rows = await session.execute(
        text(f"""
            SELECT {_LISTED}, c.content, c.event_on, c.identity_kind, c.is_name_hidden, c.taken_by,
                   c.backdate_reason, c.recorded_at, p.missing AS proposed_missing
            FROM {_LIST_FROM} WHERE c.id = :id AND {where} AND {_SEEN}
        """),
        {"id": case_id, "handler": handler, "theirs": theirs, **params},
    )
    return rows.mappings().one_or_none()


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    handler: str | None,
    theirs: Sequence[str],
    unit_id: str | None,
    state: str | None,
    after: UUID,
    limit: int,
) -> Sequence[RowMapping]:
    """Return cases in scope by id, which is the order of intake."""
    where, params = scope.sql("c.unit_id", "c.agency_id")
    rows = await session.execute(
        text(f"""
            SELECT {_LISTED} FROM {_LIST_FROM}
            WHERE c.id > :after AND {where} AND {_SEEN}
              AND (cast(:unit_id AS text) IS NULL OR c.unit_id = :unit_id)
              AND (cast(:state AS text) IS NULL OR c.state = :state)
            ORDER BY c.id LIMIT :n
        """),
        {
            "after": after,
            "handler": handler,
            "theirs": theirs,
            "unit_id": unit_id,
            "state": state,
            "n": limit,
            **params,
        },
    )
    return rows.mappings().all()


async def overdue(
    session: AsyncSession,
    scope: Scope,
    *,
    handler: str | None,
    unit_id: str | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[RowMapping]:
    """Return breached deadlines that still run, the oldest breach first; the reporter's own are left out."""
    where, params = scope.sql("c.unit_id", "c.agency_id")
    rows = await session.execute(
        text(f"""
            SELECT d.id AS deadline_id, d.rule, d.cycle, d.due_at, d.breached_at, c.id AS case_id,
                   c.tracking_id, c.unit_id, u.name AS unit_name, c.state,
                   coalesce(at.zone, 'WIB') AS due_zone,
                   (SELECT f.rung FROM deadline_fired f WHERE f.deadline_id = d.id
                    ORDER BY f.detected_at DESC, f.fact LIMIT 1) AS rung
            FROM deadline d JOIN case_file c ON c.id = d.case_ref LEFT JOIN unit u ON u.unit_id = c.unit_id
            LEFT JOIN unit at ON at.unit_id = d.unit_id
            WHERE d.status = 'armed' AND d.breached_at IS NOT NULL AND d.rung_to[d.due_rung + 1] <> ''
              AND (d.due_at, d.id) > (:due_at, :id) AND {where} AND {_SEEN}
              AND (cast(:unit_id AS text) IS NULL OR c.unit_id = :unit_id)
            ORDER BY d.due_at, d.id LIMIT :n
        """),
        {
            "due_at": after[0],
            "id": after[1],
            "handler": handler,
            "unit_id": unit_id,
            "n": limit,
            **params,
        },
    )
    return rows.mappings().all()


async def events(session: AsyncSession, case_id: UUID, *, is_public: bool) -> Sequence[RowMapping]:
    """Return the acts of a case in order; for the reporter, notes are only those meant for them."""
    told = [column for column in CASE_EVENT.c if column.name not in ("case_id", "note", "is_public")]
    note = case_when((CASE_EVENT.c.is_public, CASE_EVENT.c.note)).label("note")
    asked = select(*told, note if is_public else CASE_EVENT.c.note).where(CASE_EVENT.c.case_id == case_id)
    return (await session.execute(asked.order_by(CASE_EVENT.c.version))).mappings().all()


async def answers(session: AsyncSession, case_id: UUID, *, is_approved: bool) -> Sequence[RowMapping]:
    """Return the answers of a case by cycle, drafts included unless `is_approved`."""
    asked = select(ANSWER).where(ANSWER.c.case_id == case_id).order_by(ANSWER.c.cycle)
    asked = asked.where(ANSWER.c.approved_at.is_not(None)) if is_approved else asked
    return (await session.execute(asked)).mappings().all()


async def public_view(session: AsyncSession, tracking_id: str, theirs: Sequence[str]) -> RowMapping | None:
    """Return what anybody may know of a case; nothing of one whose content is secret."""
    rows = await session.execute(
        text(f"""
            SELECT c.tracking_id, c.state, c.received_at, c.closed_at, due.rule AS due_rule, due.due_at,
                   due.zone AS due_zone
            FROM {_REPORTERS_FROM} WHERE c.tracking_id = :id AND NOT c.is_content_secret
        """),
        {"id": tracking_id, "theirs": theirs},
    )
    return rows.mappings().one_or_none()


async def reporters_view(
    session: AsyncSession, case_id: UUID, theirs: Sequence[str], requests: Sequence[str]
) -> RowMapping:
    """Return what the reporter may know of the own case, with the number of the request that waits.

    `requests` are the rules of the time to complete.
    """
    rows = await session.execute(
        text(f"""
            SELECT {_LISTED}, c.content, c.event_on,
                   (SELECT max(d.cycle) FROM deadline d
                    WHERE d.case_ref = c.id AND d.rule = ANY(cast(:requests AS text[]))
                      AND d.status = 'armed') AS question
            FROM {_REPORTERS_FROM} WHERE c.id = :id
        """),
        {"id": case_id, "theirs": theirs, "requests": requests},
    )
    return rows.mappings().one()


def case_of(row: RowMapping | Mapping[str, Any]) -> Case:
    """Return the case that a row with these columns holds."""
    values: dict[str, Any] = dict(row)
    values["state"] = State(row["state"])
    values["state_before"] = State(row["state_before"]) if row["state_before"] else None
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    return Case(**values)
