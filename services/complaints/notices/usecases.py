"""Hand on what roles and reporters are owed: to the people behind them, as notices in the queue.

A notice names kind, unit, rule and due day, and nothing of a case; a reporter's only that there is something
new. Once per recipient and rung: the rung's key is the notice's. Source: complaints.md sections 4.2, 5, 7.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.usecases import recipients
from services.complaints.cases.usecases.recipients import BEYOND, Recipients
from services.complaints.deadlines.domain.policy import DECLARANT, REPORTER
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.lives import DATA
from services.complaints.duties.store.readers import OFFICES
from services.complaints.integrity.domain.lives import CONFLICT, GIFT, MAP
from services.complaints.notices import store
from services.complaints.notices.addresses import officers
from services.complaints.notices.domain import (
    ANY_KIND,
    KINDS,
    NEXT_LOOK,
    NO_UNIT,
    STALE,
    YOUR_TURN,
    About,
    Outcome,
    Owed,
    case_of,
    recipient_of,
    template_of,
)
from services.complaints.notices.texts import catalogue
from services.complaints.secrecy.usecases.opening import way_to_reporter
from shared.db.clock import database_now
from shared.http.addresses import TRACK, case_page, conflict_page, duty_page, gift_page, map_page
from shared.indonesian import until
from shared.kernel import Zone, is_subject
from shared.notices import Notice, put
from shared.notices.address import Way
from shared.notices.store import Ending

_PAGES: Mapping[str, Callable[[About], str]] = {
    GIFT: lambda about: gift_page(str(about.id)),
    CONFLICT: lambda about: conflict_page(str(about.id)),
    MAP: lambda about: map_page(units.key_of(about.unit_id)),
    **dict.fromkeys(OFFICES, lambda about: duty_page(str(about.id))),
}


def page_of(about: About) -> str:
    """Return the address of what a notice is about."""
    page = _PAGES.get(about.kind)
    return case_page(str(about.id)) if page is None else page(about)


async def hand_on(
    session: AsyncSession, engine: DeadlineEngine, ways: Collection[Way]
) -> tuple[dict[Outcome, int], bool]:
    """Hand on what roles are owed by now; return what came of it, and whether more may wait.

    A role that nobody is known or reachable in hands it to the next level, in the end to the inspectorate.
    What finds nobody waits, and is looked at again each hour until it is no news any more.
    """
    now = await database_now(session)
    stale = await store.end_stale(session, now)
    owed = await store.take(session, now)
    ended: dict[Outcome, list[Owed]] = defaultdict(list)
    nobody: list[Owed] = []
    notices: list[Notice] = []
    for one in owed:
        outcome, found = await _resolve(session, engine, ways, one, now)
        notices += found
        if outcome == "nobody":
            nobody.append(one)
        else:
            ended[outcome].append(one)
    await put(session, catalogue(), notices)
    await store.end(session, ended, now)
    await store.look_later(session, nobody, now + NEXT_LOOK)
    counts: dict[Outcome, int] = {outcome: len(those) for outcome, those in ended.items()}
    if stale:
        counts["stale"] = stale
    return counts, len(owed) == store.BATCH or stale == store.STALE_BATCH


async def hand_on_to_reporters(session: AsyncSession, ways: Collection[Way]) -> tuple[int, bool]:
    """Queue what reporters are to be told of; return how many, and whether more may wait.

    Who left nothing that one of the ways leads to is told by the receipt alone: what they may see counts as
    told.
    """
    now = await database_now(session)
    owed = await store.take_of_reporters(session, now)
    reached = [one for one in owed if await way_to_reporter(session, one.case_id) in ways]
    notices = [
        await _to_reporter(session, one.case_id, one.key, template_of(one.fact), {}, None) for one in reached
    ]
    await put(session, catalogue(), notices)
    await store.passed(session, reached, now, by_receipt=False)
    await store.passed(session, [one for one in owed if one not in reached], now, by_receipt=True)
    return len(notices), len(owed) == store.BATCH


async def note_ending(session: AsyncSession, ending: Ending) -> None:
    """Keep what became of reporters' notices: one that came back did not reach them."""
    now = await database_now(session)
    outcome = {"sent": "sent", "parked": "bounced", "no_address": "by_receipt"}[ending.outcome]
    for recipient, key in ending.notices:
        if (case_id := case_of(recipient)) is not None:
            await store.note_ending(session, case_id, key, outcome, now)


async def _resolve(
    session: AsyncSession, engine: DeadlineEngine, ways: Collection[Way], owed: Owed, now: datetime
) -> tuple[Outcome, list[Notice]]:
    """Return what comes of a notice that a role is owed, and the notices that do."""
    about = await store.about(session, owed.case_ref)
    if about is None or not owed.is_news:
        return "over", []
    if owed.is_superseded:
        return "superseded", []
    zone = await _zone(session, about)
    told = {"until": until(owed.due_at, zone)}
    expires_at = owed.due_at if owed.fact == "reminded" else now + STALE
    key = f"rung:{owed.event_key}"
    if owed.role == REPORTER:
        if await way_to_reporter(session, about.id) not in ways:
            return "by_receipt", []
        return "queued", [await _to_reporter(session, about.id, key, YOUR_TURN, told, expires_at)]
    told |= await _data(session, engine, owed, about)
    subjects = await _people(session, engine, about, owed.role, now)
    notices = [Notice(one, key, owed.fact, zone, told, expires_at) for one in sorted(subjects)]
    return ("queued" if notices else "nobody"), notices


async def _people(
    session: AsyncSession, engine: DeadlineEngine, about: About, role: str, now: datetime
) -> frozenset[str]:
    """Return the accounts that can be told: of the role, else of the first level above that has any."""
    tried: list[str] = []
    while role not in tried:
        tried.append(role)
        to = await _recipients(session, engine, about, role, now)
        known = sorted(one for one in to.subjects or () if is_subject(one))
        reachable = frozenset(await officers(session, known))
        if reachable:
            return reachable
        role = BEYOND if to.aside_from else engine.policies.superiors.get(role, BEYOND)
    return frozenset()


async def _recipients(
    session: AsyncSession, engine: DeadlineEngine, about: About, role: str, now: datetime
) -> Recipients:
    """Return whom something for a role goes to today.

    What concerns the superiors of a declarant goes to the inspectorate alone, and to nobody there above
    them; nobody is asked to decide about the own declaration. A duty is for its offices, and a request about
    a case for nobody whom that is about.
    """
    if about.case is not None:
        return await recipients.recipients(session, engine, about.case, role, now)
    if role == DECLARANT:
        return Recipients(role, frozenset({about.opened_by}) if about.opened_by else None)
    if about.is_hidden and role != BEYOND:
        return Recipients(BEYOND, None, aside_from=role)
    if role not in OFFICES.get(about.kind, {role}):
        return Recipients(role, None)
    holders = await recipients.in_role(session, role, about.unit_id, about.agency_id)
    reached = await recipients.instead_of(session, engine, about.unit_id, holders, now)
    if about.kind == DATA:
        reached -= {one for one in reached if await store.is_kept_from(session, about.id, one)}
    if about.kind == CONFLICT and about.opened_by is not None:
        declarant = about.opened_by
        kept = {one for one in reached if await _is_kept_out(session, about, one, declarant)}
        reached -= kept
    return Recipients(role, reached or None)


async def _is_kept_out(session: AsyncSession, about: About, subject: str, declarant: str) -> bool:
    if about.is_hidden:
        return await store.is_above(session, subject, declarant)
    return subject == declarant


async def _to_reporter(
    session: AsyncSession,
    case_id: Any,
    key: str,
    template: str,
    told: dict[str, Any],
    expires_at: datetime | None,
) -> Notice:
    about = await store.about(session, case_id)
    zone = Zone.WIB if about is None else await _zone(session, about)
    data = {"tracking_id": await store.tracking_id(session, case_id), "path": TRACK} | told
    return Notice(recipient_of(case_id), key, template, zone, data, expires_at)


async def _zone(session: AsyncSession, about: About) -> Zone:
    unit = None if about.unit_id is None else await units.get(session, about.unit_id)
    return Zone.WIB if unit is None else unit.zone


async def _data(session: AsyncSession, engine: DeadlineEngine, owed: Owed, about: About) -> dict[str, Any]:
    unit = None if about.unit_id is None else await units.get(session, about.unit_id)
    return {
        "kind": KINDS.get(about.kind, ANY_KIND),
        "unit": NO_UNIT if unit is None else unit.name,
        "title": engine.policies.title_of(owed.rule_id, owed.policy),
        "path": page_of(about),
    }
