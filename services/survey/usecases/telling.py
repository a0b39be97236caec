"""What a change makes known: live counts, the figures of released answers, thresholds as classes.

All of it is written in the change's own transaction: nothing has to remember that something is still to be
told, and a consumer that folds by version always ends at the state of the database.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.domain import Campaign, Released, State
from services.survey.domain.deciding import Candidate, Told, deciding
from services.survey.domain.release import (
    FEWEST,
    Waiting,
    after_release,
    due,
    fewest_told_of,
    is_plainly_safe,
)
from services.survey.store import answers, campaigns, thresholds
from shared.contracts.base import EventData
from shared.contracts.survey import PredicateThreshold, ThresholdChanged
from shared.instruments.survey import (
    Indices,
    ItemSum,
    Predicate,
    Progress,
    ThresholdStatus,
    floors,
    mean_needed,
    outlook,
    threshold_status,
)
from shared.instruments.survey.chance import Spread, chance_to_reach
from shared.instruments.survey.outlook import Floor

PREDICATES: tuple[Predicate, ...] = ("WBK", "WBBM")


async def count(
    session: AsyncSession,
    campaign: Campaign,
    now: datetime,
    *,
    n: int = 0,
    willing: int = 0,
    gone: int = 0,
    is_closing: bool = False,
) -> tuple[Campaign, list[EventData]]:
    """Move the counts of a locked campaign, release what is due; return it with its tally and thresholds."""
    released = await _release(session, campaign, now, is_closing=is_closing)
    changed = replace(
        campaign,
        n=campaign.n + n,
        willing=campaign.willing + willing,
        gone=campaign.gone + gone,
        tally_version=campaign.tally_version + 1,
        released=released,
    )
    await campaigns.save_counts(session, changed)
    return changed, [events.tally_fact(changed), *await judge(session, changed)]


async def count_people(
    session: AsyncSession, campaign: Campaign, *, invited: int = 0, gone: int = 0
) -> tuple[Campaign, list[EventData]]:
    """Move the counts that no tally tells; return the locked campaign with what its thresholds make of it."""
    changed = replace(campaign, invited=campaign.invited + invited, gone=campaign.gone + gone)
    await campaigns.save_counts(session, changed)
    return changed, await judge(session, changed)


async def take_back(session: AsyncSession, campaign: Campaign) -> tuple[Campaign, list[EventData]]:
    """Show no figure of a locked campaign until the next release."""
    released = replace(campaign.released, is_taken_back=True, waiting_since=None)
    changed = replace(campaign, tally_version=campaign.tally_version + 1, released=released)
    await campaigns.save_counts(session, changed)
    return changed, [events.tally_fact(changed)]


async def _release(session: AsyncSession, campaign: Campaign, now: datetime, *, is_closing: bool) -> Released:
    """Return what is released after a change: a new set of answers when one is due and safe."""
    released = campaign.released
    if released.is_frozen:
        return released
    is_open = campaign.state is State.OPEN
    waiting = await answers.waiting(session, campaign.campaign_id)
    changes = due(waiting, is_open=is_open)
    if changes and await _is_safe(session, campaign, changes):
        number = released.number + 1
        taken = [one.response_id for one in changes]
        n, totals = await answers.release(session, campaign.campaign_id, taken, number)
        return Released(number=number, n=n, totals=totals, is_coarse=not is_open and not is_closing)
    # new answers may wait while a campaign is open; what a figure must lose, or would lack for good, may not
    must_follow = any(one.is_covered for one in waiting) or (bool(waiting) and not is_open)
    since = (released.waiting_since or now) if must_follow and released.is_shown else None
    return replace(released, waiting_since=since)


async def _is_safe(session: AsyncSession, campaign: Campaign, changes: list[Waiting]) -> bool:
    if is_plainly_safe(changes):
        return True
    people = await answers.people_by_nodes(session, campaign.campaign_id)
    fewest = fewest_told_of(after_release(people, changes, campaign.released.number + 1))
    return fewest is None or fewest >= FEWEST


# -- thresholds ---------------------------------------------------------------------------------------------


async def judge(session: AsyncSession, campaign: Campaign) -> list[EventData]:
    """Return what is to be told of the thresholds of a locked campaign, and of those beside it in the year.

    Judged on all answers; nothing is told again that was told already, nor of a regime without floors.
    """
    if not campaign.regime.gates or campaign.state is State.DRAFT:
        return []
    await thresholds.lock_year(session, campaign.unit.unit_id, campaign.period.year)
    beside = [
        one
        for one in await campaigns.of_year(session, campaign.unit.unit_id, campaign.period.year)
        if one.regime.gates and one.campaign_id != campaign.campaign_id
    ]
    chosen = deciding([_candidate(one) for one in (campaign, *beside)])
    told_before = await thresholds.of_year(session, campaign.unit.unit_id, campaign.period.year)
    before = told_before.get(campaign.campaign_id)
    fact = await _fact(session, campaign, before, is_deciding=chosen == campaign.campaign_id)
    facts: list[EventData] = []
    if fact is not None:
        await _keep(session, campaign, fact)
        facts.append(fact)
    for other in beside:
        told = told_before.get(other.campaign_id)
        is_deciding = chosen == other.campaign_id
        if told is not None and told.fact["is_deciding"] != is_deciding:
            flipped = events.threshold_again(
                Told(told.version + 1, {**told.fact, "is_deciding": is_deciding})
            )
            await _keep(session, other, flipped)
            facts.append(flipped)
    return facts


async def _keep(session: AsyncSession, campaign: Campaign, fact: ThresholdChanged) -> None:
    told = Told(fact.version, fact.model_dump(mode="json", exclude={"version"}))
    await thresholds.save(session, campaign.campaign_id, told)


def _candidate(campaign: Campaign) -> Candidate:
    minimum = _verdict(campaign, Indices(), "WBK").minimum
    months = campaign.period.last_month - campaign.period.first_month + 1
    return Candidate(
        campaign_id=campaign.campaign_id,
        has_months=months >= campaign.regime.least_months,
        has_people=campaign.willing >= minimum["willing"] and campaign.n >= minimum["respondents"],
        months=months,
        last_month=campaign.period.last_month,
    )


async def _fact(
    session: AsyncSession, campaign: Campaign, before: Told | None, *, is_deciding: bool
) -> ThresholdChanged | None:
    """Return what stands now at the next version, None when the same was told last."""
    sums = await answers.sums(session, campaign.campaign_id)
    known = campaign.indices(sums)
    outlooks = (
        {} if before is None else {one["predicate"]: one["outlook"] for one in before.fact["predicates"]}
    )
    spreads = _Spreads(session, campaign)
    entries = []
    for predicate in PREDICATES:
        status = _verdict(campaign, known, predicate)
        wanted = floors(campaign.regime, campaign.items, predicate, campaign.policies)
        seen = await spreads.read() if _may_need_chance(campaign, status) else {}
        entries.append(
            PredicateThreshold(
                predicate=predicate,
                result=status.result,
                failed=list(status.failed),
                unknown=list(status.unknown),
                outlook=outlook(
                    status,
                    Progress(campaign.n, campaign.willing, campaign.more, campaign.invited),
                    campaign.regime,
                    wanted,
                    sums,
                    partial(_chance, campaign, wanted, sums, seen),
                    is_final=campaign.state is State.CLOSED,
                    before=outlooks.get(predicate),
                ),
            )
        )
    minimum = _verdict(campaign, known, "WBK").minimum
    version = 1 if before is None else before.version + 1
    fact = events.threshold_fact(campaign, version, entries, minimum, is_deciding=is_deciding)
    if before is not None and events.threshold_again(before) == fact.model_copy(
        update={"version": before.version}
    ):
        return None
    return fact


def _verdict(campaign: Campaign, known: Indices, predicate: Predicate) -> ThresholdStatus:
    return threshold_status(
        predicate, campaign.n, campaign.willing, known.ipak, known.ipkp, regime_id=campaign.regime_id
    )


def _may_need_chance(campaign: Campaign, status: ThresholdStatus) -> bool:
    return campaign.state is State.OPEN and campaign.n >= status.minimum["respondents"]


class _Spreads:
    """Reads how the answers spread, once and only when a chance is asked for."""

    def __init__(self, session: AsyncSession, campaign: Campaign) -> None:
        self._session = session
        self._campaign = campaign
        self._read: Mapping[str, Spread] | None = None

    async def read(self) -> Mapping[str, Spread]:
        if self._read is None:
            keys: dict[str, list[str]] = {}
            for item in self._campaign.items:
                keys.setdefault(item.index, []).append(item.key)
            self._read = await answers.spreads(self._session, self._campaign.campaign_id, keys)
        return self._read


def _chance(
    campaign: Campaign,
    wanted: list[Floor],
    sums: Mapping[str, ItemSum],
    seen: Mapping[str, Spread],
) -> float | None:
    """Return the chance of the worse index; None while nothing can be said of one."""
    chances = []
    for floor in wanted:
        if floor.index not in seen or campaign.more < 1:
            return None
        total = sum(sums[item.key].total for item in floor.items)
        needed: Fraction = mean_needed(floor.raw, campaign.n, total, len(floor.items), campaign.more)
        chances.append(chance_to_reach(seen[floor.index], campaign.more, float(needed)))
    known = [chance for chance in chances if chance is not None]
    return min(known) if known and len(known) == len(chances) else None
