"""What a change makes known: live counts, the figures of released answers, thresholds as classes.

All of it is written in the change's own transaction, but a tally that would follow the last one too soon:
the campaign's row remembers that it waits, and a timer tells it as it then stands. Versions count what was
told, so a consumer that folds by version always ends at the state of the database.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.domain.campaign import TALLY_PAUSE, Campaign, State
from services.survey.domain.release import (
    FEWEST,
    Released,
    Waiting,
    after_release,
    due,
    fewest_told_of,
    is_plainly_safe,
)
from services.survey.store import campaigns, releases, timers
from services.survey.usecases.judging import index_outlooks, judge
from shared import outbox
from shared.contracts.base import EventData


async def count(
    session: AsyncSession,
    campaign: Campaign,
    now: datetime,
    *,
    n: int = 0,
    willing: int = 0,
    gone: int = 0,
    is_closing: bool = False,
    at_once: bool = False,
) -> tuple[Campaign, list[EventData]]:
    """Move the counts of a locked campaign, release what is due; return it with its tally and thresholds.

    Without its tally when the last one was told a moment ago, unless it is closing or asked `at_once`.
    """
    counted = replace(
        campaign, n=campaign.n + n, willing=campaign.willing + willing, gone=campaign.gone + gone
    )
    changed = replace(counted, released=await _release(session, counted, now, is_closing=is_closing))
    if at_once or is_closing or campaign.may_tell_tally(now):
        changed, told = await _next_tally(session, changed, now)
    else:
        before = events.tally_told(campaign).model_dump(mode="json")
        changed, told = replace(changed, told_tally=before), []
        await campaigns.save_counts(session, changed)
    return changed, [*told, *await judge(session, changed)]


async def _next_tally(
    session: AsyncSession, campaign: Campaign, now: datetime
) -> tuple[Campaign, list[EventData]]:
    """Store a locked campaign, and return it with its tally at the next version."""
    told = replace(campaign, tally_version=campaign.tally_version + 1, tally_told_at=now, told_tally=None)
    await campaigns.save_counts(session, told)
    return told, [events.tally_fact(told)]


async def seconds_to_next(session: AsyncSession) -> float | None:
    """Return after how many seconds the next tally that waits may be told; None when none waits."""
    wait = await timers.wait_for_next(session, TALLY_PAUSE)
    return None if wait is None else wait.total_seconds()


async def tell_waiting(session: AsyncSession, most: int = 100) -> int:
    """Tell the tallies of some campaigns whose pause is over, as they stand now; return how many.

    At most `most` of them, so that no transaction holds many for long.
    """
    waiting = await timers.lock_waiting(session, TALLY_PAUSE, most)
    for campaign, now in waiting:
        _, facts = await _next_tally(session, campaign, now)
        await tell(session, campaign, now, facts)
    return len(waiting)


async def tell(session: AsyncSession, campaign: Campaign, now: datetime, facts: list[EventData]) -> None:
    """Tell facts about a campaign that nobody's act makes known."""
    day = campaign.unit.zone.day_start(now)
    await outbox.record(session, facts, source=events.SOURCE, at=now, day=day)


async def count_people(
    session: AsyncSession, campaign: Campaign, *, invited: int = 0, gone: int = 0
) -> tuple[Campaign, list[EventData]]:
    """Move the counts that no tally tells; return the locked campaign with what its thresholds make of it."""
    changed = replace(campaign, invited=campaign.invited + invited, gone=campaign.gone + gone)
    await campaigns.save_counts(session, changed)
    return changed, await judge(session, changed)


async def take_back(
    session: AsyncSession, campaign: Campaign, now: datetime
) -> tuple[Campaign, list[EventData]]:
    """Show no figure of a locked campaign until the next release, and keep none; told at once.

    Less the sums of all answers it would be the answer that was withdrawn.
    """
    before = campaign.released
    released = Released(number=before.number, is_taken_back=True, is_frozen=before.is_frozen)
    changed, told = await _next_tally(session, replace(campaign, released=released), now)
    return changed, [*told, *await judge(session, changed)]


async def _release(session: AsyncSession, campaign: Campaign, now: datetime, *, is_closing: bool) -> Released:
    """Return what is released after a change: a new set of answers when one is due and safe."""
    released = campaign.released
    if released.is_frozen:
        return released
    is_open = campaign.state is State.OPEN
    waiting = await releases.waiting(session, campaign.campaign_id)
    changes = due(waiting, is_open=is_open)
    if changes and await _is_safe(session, campaign, changes):
        number = released.number + 1
        taken = [one.response_id for one in changes]
        n, totals = await releases.release(session, campaign.campaign_id, taken, number)
        made = Released(number=number, n=n, totals=totals, is_coarse=not is_open and not is_closing)
        return replace(made, outlooks=await index_outlooks(session, campaign, made))
    if not is_open and _may_show_again(released, waiting):
        n, totals = await releases.release(session, campaign.campaign_id, [], released.number)
        if n >= FEWEST:
            again = replace(released, n=n, totals=totals, is_coarse=not is_closing, waiting_since=None)
            return replace(again, outlooks=await index_outlooks(session, campaign, again))
    return replace(released, waiting_since=_since(released, waiting, now, is_open, is_closing=is_closing))


def _since(
    released: Released, waiting: list[Waiting], now: datetime, is_open: bool, *, is_closing: bool
) -> datetime | None:
    """Return since when the figures have had to follow a change; None when they need not.

    What they must lose may not wait, nor what they would lack for good: new answers at the close. A figure of
    before the rule that the close showed is kept for all that: without those new answers it tells of nobody.
    """
    if not waiting or not released.is_shown:
        return None
    if any(one.is_covered for one in waiting) or is_closing:
        return released.waiting_since or now
    return None if is_open else released.waiting_since


def _may_show_again(released: Released, waiting: list[Waiting]) -> bool:
    """Tell whether a closed campaign may show what its last release covers, which others have seen already.

    So it is with figures of before the rule of releases, unless one of their people has changed since.
    """
    is_seen = released.number > 0 and not released.is_shown and not released.is_taken_back
    return is_seen and not any(one.is_covered for one in waiting)


async def _is_safe(session: AsyncSession, campaign: Campaign, changes: list[Waiting]) -> bool:
    if is_plainly_safe(changes):
        return True
    people = await releases.people_by_nodes(session, campaign.campaign_id)
    fewest = fewest_told_of(after_release(people, changes, campaign.released.number + 1))
    return fewest is None or fewest >= FEWEST
