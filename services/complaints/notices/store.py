"""What is owed to roles and reporters, taken by one process at a time, and what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, case, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.store import cases, people
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import CASE, REPORTER_NOTICE
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_FIRED, NOTIFICATION
from services.complaints.duties.store import readers
from services.complaints.integrity.domain.lives import CONFLICT as CONFLICT_KIND
from services.complaints.integrity.tables import CONFLICT
from services.complaints.matters.tables import DOSSIER
from services.complaints.notices.domain import STALE, About, Outcome, Owed
from services.complaints.tables import PERSON_LOG_IN, UNIT

BATCH = 200
STALE_BATCH = 5000
SERVICE = "complaints"

_later, _later_fired = NOTIFICATION.alias(), DEADLINE_FIRED.alias()
_OPEN = NOTIFICATION.c.sent_at.is_(None)
_IS_SUPERSEDED = (
    exists()
    .where(
        _later_fired.c.deadline_id == DEADLINE_FIRED.c.deadline_id,
        _later.c.event_key == _later_fired.c.event_key,
        _later.c.recipient_role == NOTIFICATION.c.recipient_role,
        _later.c.not_before <= bindparam("now"),
        _later.c.not_before > NOTIFICATION.c.not_before,
    )
    .correlate(DEADLINE_FIRED, NOTIFICATION)
)
_IS_NEWS = (DEADLINE.c.status == "armed") & (DEADLINE.c.due_at <= DEADLINE_FIRED.c.due_at)
_OWED = (
    select(
        NOTIFICATION.c.event_key,
        NOTIFICATION.c.recipient_role,
        NOTIFICATION.c.case_ref,
        DEADLINE_FIRED.c.kind,
        DEADLINE_FIRED.c.rule,
        DEADLINE.c.policy,
        DEADLINE_FIRED.c.fact,
        DEADLINE_FIRED.c.due_at,
        _IS_NEWS,
        _IS_SUPERSEDED,
    )
    .join_from(NOTIFICATION, DEADLINE_FIRED, DEADLINE_FIRED.c.event_key == NOTIFICATION.c.event_key)
    .join(DEADLINE, DEADLINE.c.id == DEADLINE_FIRED.c.deadline_id)
    .where(
        _OPEN,
        NOTIFICATION.c.not_before <= bindparam("now"),
        or_(NOTIFICATION.c.next_look_at.is_(None), NOTIFICATION.c.next_look_at <= bindparam("now")),
    )
    .order_by(NOTIFICATION.c.not_before, NOTIFICATION.c.event_key)
    .limit(BATCH)
    .with_for_update(of=NOTIFICATION, skip_locked=True)
)
_ID = tuple_(NOTIFICATION.c.event_key, NOTIFICATION.c.recipient_role)


_RETURNED = (REPORTER_NOTICE.c.fact == literal("responded", literal_execute=True)) & (
    REPORTER_NOTICE.c.outcome.in_(
        [literal("bounced", literal_execute=True), literal("to_post", literal_execute=True)]
    )
)
"""An answer whose notice came back, written as its index has it."""
_BOUNCED, _TO_POST = "bounced", "to_post"
_IS_AWAITED = ((CASE.c.state == State.DITANGGAPI.value) & (REPORTER_NOTICE.c.cycle == CASE.c.cycle)) | (
    CASE.c.state == State.DUPLIKAT.value
)
"""Nobody acted on the answer since: one who objected or accepted has read it."""


@dataclass(frozen=True, slots=True)
class ReturnedAnswer:
    """The answer of a case's cycle whose notice came back."""

    case_id: UUID
    key: str
    cycle: int


@dataclass(frozen=True, slots=True)
class OwedToReporter:
    """Something that the reporter of a case is to be told of."""

    case_id: UUID
    key: str
    fact: str


async def take(session: AsyncSession, now: datetime) -> list[Owed]:
    """Lock and return what roles are owed by now, what has waited longest first; 1 ms each at 100,000."""
    return [Owed(*row) for row in await session.execute(_OWED, {"now": now})]


async def end(session: AsyncSession, ended: Mapping[Outcome, Sequence[Owed]], now: datetime) -> None:
    """Note what came of notices that are locked."""
    for outcome, those in ended.items():
        found = _ID.in_([(one.event_key, one.role) for one in those])
        await session.execute(update(NOTIFICATION).where(found).values(sent_at=now, outcome=outcome))


async def look_later(session: AsyncSession, those: Sequence[Owed], at: datetime) -> None:
    """Let notices that nobody could be found for wait."""
    if those:
        found = _ID.in_([(one.event_key, one.role) for one in those])
        await session.execute(update(NOTIFICATION).where(found).values(next_look_at=at))


async def end_stale(session: AsyncSession, now: datetime) -> int:
    """End notices that are no news any more; those that were looked at found nobody. Return how many."""
    old = select(NOTIFICATION.c.event_key, NOTIFICATION.c.recipient_role)
    old = old.where(_OPEN, NOTIFICATION.c.not_before < now - STALE)
    old = old.limit(STALE_BATCH).with_for_update(skip_locked=True)
    outcome = case((NOTIFICATION.c.next_look_at.is_not(None), "nobody"), else_="stale")
    ended = update(NOTIFICATION).where(_ID.in_(old)).values(sent_at=now, outcome=outcome)
    return len((await session.execute(ended.returning(NOTIFICATION.c.event_key))).all())


async def to_nobody(session: AsyncSession) -> dict[str, int]:
    """Return how many notices wait because nobody is known behind their role, by role."""
    asked = select(NOTIFICATION.c.recipient_role, func.count().label("notices")).where(
        _OPEN, NOTIFICATION.c.next_look_at.is_not(None)
    )
    rows = await session.execute(asked.group_by(NOTIFICATION.c.recipient_role))
    return {row.recipient_role: row.notices for row in rows}


async def about(session: AsyncSession, ref: UUID) -> About | None:
    """Return the case or matter with this id."""
    found = await cases.get(session, ref)
    if found is not None:
        return About(found.id, found.kind, found.unit_id, found.agency_id, found)
    is_hidden = exists().where(
        CONFLICT.c.dossier_id == ref, CONFLICT.c.concerns_superior, DOSSIER.c.kind == CONFLICT_KIND
    )
    asked = select(*DOSSIER.c["id", "kind", "unit_id", "agency_id", "opened_by"], is_hidden.label("hidden"))
    row = (await session.execute(asked.where(DOSSIER.c.id == ref))).one_or_none()
    return row and About(
        row.id, row.kind, row.unit_id, row.agency_id, opened_by=row.opened_by, is_hidden=row.hidden
    )


async def is_kept_from(session: AsyncSession, ref: UUID, subject: str) -> bool:
    """Tell whether a matter is a request about a case of which an account must see nothing."""
    return bool(
        await session.scalar(select(exists().where(DOSSIER.c.id == ref, readers.is_kept_from(subject))))
    )


async def is_above(session: AsyncSession, subject: str, other: str) -> bool:
    """Tell whether an account is another's own, or of somebody above."""
    theirs = PERSON_LOG_IN.c.person_id.in_(people.below(subject))
    asked = exists().where(PERSON_LOG_IN.c.subject == other, theirs)
    return subject == other or bool(await session.scalar(select(asked)))


async def take_of_reporters(session: AsyncSession, now: datetime) -> list[OwedToReporter]:
    """Lock and return what reporters are to be told of, the oldest first."""
    asked = select(*REPORTER_NOTICE.c["case_id", "key", "fact"])
    asked = asked.where(REPORTER_NOTICE.c.passed_at.is_(None), REPORTER_NOTICE.c.at <= now)
    asked = asked.order_by(REPORTER_NOTICE.c.at, REPORTER_NOTICE.c.key).limit(BATCH)
    rows = await session.execute(asked.with_for_update(skip_locked=True))
    return [OwedToReporter(*row) for row in rows]


async def passed(
    session: AsyncSession, those: Sequence[OwedToReporter], now: datetime, *, by_receipt: bool
) -> None:
    """Note that what reporters are to be told of was queued, or that the receipt alone shows it."""
    if those:
        changes = {"outcome": "by_receipt", "ended_at": now} if by_receipt else {}
        found = tuple_(REPORTER_NOTICE.c.case_id, REPORTER_NOTICE.c.key).in_(
            [(one.case_id, one.key) for one in those]
        )
        await session.execute(update(REPORTER_NOTICE).where(found).values(passed_at=now, **changes))


async def note_ending(session: AsyncSession, case_id: UUID, key: str, outcome: str, now: datetime) -> None:
    """Note what became of a reporter's notice; what is to be posted, or was, stays so."""
    row = REPORTER_NOTICE.c
    is_open = row.outcome.is_(None) | row.outcome.not_in(("to_post", "posted"))
    asked = update(REPORTER_NOTICE).where(row.case_id == case_id, row.key == key, is_open)
    await session.execute(asked.values(outcome=outcome, ended_at=now))


async def tracking_id(session: AsyncSession, case_id: UUID) -> str | None:
    """Return the public number of a case; None for one that is secret, whose number no message carries."""
    asked = select(CASE.c.tracking_id).where(CASE.c.id == case_id, ~CASE.c.is_content_secret)
    found: str | None = await session.scalar(asked)
    return found


async def bounced(session: AsyncSession) -> UUID | None:
    """Return the case whose answer's notice came back first and was not looked at yet."""
    asked = select(REPORTER_NOTICE.c.case_id).where(_RETURNED, REPORTER_NOTICE.c.outcome == _BOUNCED)
    found: UUID | None = await session.scalar(asked.order_by(REPORTER_NOTICE.c.ended_at).limit(1))
    return found


async def lock_bounced(session: AsyncSession, case_id: UUID) -> ReturnedAnswer | None:
    """Lock and return the newest answer of a locked case whose notice came back and was not looked at yet."""
    row = REPORTER_NOTICE.c
    asked = select(row.key, row.cycle).where(_RETURNED, row.case_id == case_id, row.outcome == _BOUNCED)
    asked = asked.order_by(row.at.desc()).limit(1).with_for_update()
    found = (await session.execute(asked)).one_or_none()
    return found and ReturnedAnswer(case_id, found.key, found.cycle)


async def lock_to_post(session: AsyncSession, case_id: UUID) -> ReturnedAnswer | None:
    """Lock and return the newest answer of a locked case that is to be posted still."""
    row = REPORTER_NOTICE.c
    asked = select(row.key, row.cycle).join_from(REPORTER_NOTICE, CASE, CASE.c.id == row.case_id)
    asked = asked.where(_RETURNED, row.case_id == case_id, row.outcome == _TO_POST, _IS_AWAITED)
    asked = asked.order_by(row.at.desc()).limit(1).with_for_update(of=REPORTER_NOTICE)
    found = (await session.execute(asked)).one_or_none()
    return found and ReturnedAnswer(case_id, found.key, found.cycle)


async def settle(session: AsyncSession, answer: ReturnedAnswer, **values: Any) -> None:
    """Note what comes of an answer whose notice came back."""
    row = REPORTER_NOTICE.c
    asked = update(REPORTER_NOTICE).where(row.case_id == answer.case_id, row.key == answer.key)
    await session.execute(asked.values(**values))


async def to_post(
    session: AsyncSession, reader: Reader, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[RowMapping]:
    """Return the cases within sight whose answer is to be posted, by since when; a look at an index."""
    row = REPORTER_NOTICE.c
    asked = (
        select(
            *CASE.c["id", "tracking_id", "unit_id"],
            row.ended_at.label("since"),
            UNIT.c.name.label("unit_name"),
            UNIT.c.zone,
        )
        .join_from(REPORTER_NOTICE, CASE, CASE.c.id == row.case_id)
        .join(UNIT, UNIT.c.unit_id == CASE.c.unit_id, isouter=True)
        .where(_RETURNED, row.outcome == _TO_POST, _IS_AWAITED, reader.sees())
        .order_by(row.ended_at, row.case_id)
        .limit(limit)
    )
    if after is not None:
        asked = asked.where(tuple_(row.ended_at, row.case_id) > after)
    return (await session.execute(asked)).mappings().all()
