"""Where campaigns stand on the thresholds of each predicate: classes, told when one of them changed.

Counts are judged as they are, indices as they were last released: nothing that leaves may depend on an answer
that no figure covers. Source: survey.md section 10 and decision 0021.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.domain.campaign import Campaign, State
from services.survey.domain.deciding import Candidate, ToldThresholds, deciding
from services.survey.domain.release import Released
from services.survey.store import campaigns, releases, thresholds
from shared.contracts.base import EventData
from shared.contracts.survey import PredicateThreshold, ThresholdChanged
from shared.instruments.survey import (
    IndexOutlook,
    Indices,
    ItemSum,
    Progress,
    ThresholdStatus,
    floors,
    index_outlook,
    mean_needed,
    outlook,
    threshold_status,
)
from shared.instruments.survey.chance import Spread, chance_to_reach
from shared.instruments.survey.outlook import Floor
from shared.kernel import PREDICATES, Predicate


async def judge(session: AsyncSession, campaign: Campaign) -> list[EventData]:
    """Return what is to be told of the thresholds of a locked campaign, and of those beside it in the year.

    Counts are judged as they are, indices as they were last released: nothing that leaves may depend on an
    answer that no figure covers. Only a class that changed is told, since tallies tell the counts, and
    nothing of a regime without floors.
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
    fact = _fact(campaign, before, is_deciding=chosen == campaign.campaign_id)
    facts: list[EventData] = []
    if fact is not None:
        await _keep(session, campaign, fact)
        facts.append(fact)
    for other in beside:
        told = told_before.get(other.campaign_id)
        is_deciding = chosen == other.campaign_id
        if told is not None and told.fact["is_deciding"] != is_deciding:
            flipped = events.threshold_again(
                ToldThresholds(told.version + 1, {**told.fact, "is_deciding": is_deciding})
            )
            await _keep(session, other, flipped)
            facts.append(flipped)
    return facts


async def _keep(session: AsyncSession, campaign: Campaign, fact: ThresholdChanged) -> None:
    told = ToldThresholds(fact.version, fact.model_dump(mode="json", exclude={"version"}))
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


def _fact(campaign: Campaign, before: ToldThresholds | None, *, is_deciding: bool) -> ThresholdChanged | None:
    """Return what stands now at the next version, None when its classes were told last."""
    known = campaign.indices(campaign.released.sums())
    progress = Progress(campaign.n, campaign.willing, campaign.more, campaign.invited)
    entries = []
    for predicate in PREDICATES:
        status = _verdict(campaign, known, predicate)
        entries.append(
            PredicateThreshold(
                predicate=predicate,
                result=status.result,
                failed=list(status.failed),
                unknown=list(status.unknown),
                outlook=outlook(
                    status,
                    progress,
                    campaign.released.outlooks.get(predicate, "UNCERTAIN"),
                    is_final=campaign.state is State.CLOSED,
                ),
            )
        )
    minimum = _verdict(campaign, known, "WBK").minimum
    version = 1 if before is None else before.version + 1
    fact = events.threshold_fact(campaign, version, entries, minimum, is_deciding=is_deciding)
    if before is None:
        return fact
    moved = {"version": version, "willing": fact.willing, "finished": fact.finished}
    return None if events.threshold_again(before).model_copy(update=moved) == fact else fact


def _verdict(campaign: Campaign, known: Indices, predicate: Predicate) -> ThresholdStatus:
    return threshold_status(
        predicate, campaign.n, campaign.willing, known.ipak, known.ipkp, regime_id=campaign.regime_id
    )


async def index_outlooks(
    session: AsyncSession, campaign: Campaign, made: Released
) -> dict[str, IndexOutlook]:
    """Return what can still become of the indices of a release, by predicate.

    All who may still answer can move them, and those whose answers wait.
    """
    if not campaign.regime.gates:
        return {}
    more = max(0, campaign.invited - campaign.gone - made.n)
    sums = made.sums()
    keys: dict[str, list[str]] = {}
    for item in campaign.items:
        keys.setdefault(item.index, []).append(item.key)
    seen = await releases.spreads(session, campaign.campaign_id, keys)
    found: dict[str, IndexOutlook] = {}
    for predicate in PREDICATES if made.is_shown else ():
        wanted = floors(campaign.regime, campaign.items, predicate, campaign.policies)
        found[predicate] = index_outlook(
            more,
            campaign.regime,
            wanted,
            sums,
            partial(_chance, more, wanted, sums, seen),
            before=campaign.released.outlooks.get(predicate),
        )
    return found


def _chance(
    more: int, wanted: list[Floor], sums: Mapping[str, ItemSum], seen: Mapping[str, Spread]
) -> float | None:
    """Return the chance of the worse index; None while nothing can be said of one."""
    chances = []
    for floor in wanted:
        if floor.index not in seen or more < 1:
            return None
        spread = seen[floor.index]
        total = sum(sums[item.key].total for item in floor.items)
        needed: Fraction = mean_needed(floor.raw, spread.n, total, len(floor.items), more)
        chances.append(chance_to_reach(spread, more, float(needed)))
    known = [chance for chance in chances if chance is not None]
    return min(known) if known and len(known) == len(chances) else None
