"""What a person may do to a case that they see, what it waits for, and what an act would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import Act, ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.offers import OWED, Officer, Standing, awaited, offered, turn_of
from services.complaints.cases.domain.people import People
from services.complaints.cases.kinds import tables
from services.complaints.cases.store import cases, people
from services.complaints.cases.usecases.acts.by_officers import days_to_ask
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.db.clock import database_now
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Offers:
    """The acts that are open to a person, what kind of turn the case waits for, and by which rows."""

    case: Case
    acts: tuple[ActName, ...]
    turn: str
    awaited: tuple[Act, ...]

    @property
    def next(self) -> ActName | None:
        """The person's own next act: the first that the case waits for and they may take."""
        return next((row.name for row in self.awaited if row.name in self.acts), None)


async def offers(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, found: Mapping[str, Any]
) -> Offers:
    """Return what an officer may do to a case as `queries.case_detail` tells it.

    Asks nine small questions by keys, whatever the number of cases.
    """
    case = case_in(found)
    table, now = tables()[case.kind], await database_now(session)
    running = await _running(session, case, now)
    requests = [one for one in running if one.rule_id in engine.policies.requests]
    extendable = engine.extendable(running)
    draft = next((one for one in found["answers"] if _is_draft(one, case)), None)
    standing = Standing(
        has_open_appeal=found["is_appealed"],
        is_reporters_time_over=all(one.breached_at is not None for one in requests),
        days_to_ask=await days_to_ask(session, engine, case),
        asks_late=await engine.is_late_pause(session, running, now),
        is_extendable=bool(extendable),
        extends_late=await engine.is_late(session, extendable, now),
        is_draft_whole=draft is None or case.stream != "pelayanan" or draft["is_standard_breach"] is not None,
        owed=engine.acts_owed(running),
        next_owed=engine.policies.opening(OWED).get(found["due_rule"]),
        is_handler_known=found["is_handler_known"] is not False,
    )
    officer = await _officer(session, engine, actor, case, now, draft, has_appeal=standing.has_open_appeal)
    acts = offered(case, table, officer, standing)
    return Offers(case, acts, turn_of(case, table, standing), awaited(case, table, standing))


def case_in(found: Mapping[str, Any]) -> Case:
    """Return the case that a row with more columns holds."""
    return cases.case_of({field.name: found[field.name] for field in fields(Case)})


def _is_draft(answer: Mapping[str, Any], case: Case) -> bool:
    return answer["cycle"] == case.cycle and answer["approved_at"] is None


async def _running(session: AsyncSession, case: Case, now: datetime) -> Sequence[Deadline]:
    """Return the running deadlines as an act would find them: what is due by now is breached."""
    known = await deadlines.of_case(session, case.id)
    running = [one for one in known if one.status in ("armed", "paused")]
    return [
        replace(one, breached_at=one.due_at)
        if one.status == "armed" and one.breached_at is None and one.due_at <= now
        else one
        for one in running
    ]


async def _officer(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case: Case,
    now: datetime,
    draft: Mapping[str, Any] | None,
    *,
    has_appeal: bool,
) -> Officer:
    local = (await engine.calendar_of(session, case.unit_id)).local_date
    actors = await cases.actors(session, case.id) if has_appeal else set[str]()
    reviewer, reviewed_at = await cases.reviewed(session, case.id)
    about = filter(None, (actor.subject, case.handler, case.drafted_by, case.proposed_by, reviewer, *actors))
    today = People(local(now), await people.load(session, about))
    proposed_at = None if case.proposed_act is None else await people.proposed_at(session, case)

    def since(moment: datetime | None) -> People:
        return replace(today, since=None if moment is None else local(moment))

    return Officer(
        actor.subject,
        actor.roles,
        today,
        since(None if draft is None else draft["drafted_at"]),
        since(proposed_at),
        since(case.received_at),
        since(reviewed_at),
        reviewer,
        actors,
    )
