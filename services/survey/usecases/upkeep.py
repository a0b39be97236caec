"""What time asks for: following changes, forgetting, and looking whether the sums are still right."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import identity_days, link_days
from services.survey.domain.campaign import Campaign
from services.survey.domain.invitation import response_link
from services.survey.domain.release import FEWEST, WAIT
from services.survey.store import answers, campaigns, identities, links, timers
from services.survey.usecases import telling
from services.survey.usecases.campaigns import record
from shared import audit
from shared.instruments.survey import regimes


async def note_finished(session: AsyncSession) -> int:
    """Note who has finished, of all campaigns whose links live; return how many people that were.

    An answer is written without its person; this follows, for several people at once, and finds by the links
    whatever an earlier round left undone.
    """
    given = await answers.counts_by_campaign(session)
    noted = await links.finished_by_campaign(session)
    return await _settle(session, [id_ for id_, n in given.items() if n != noted.get(id_, 0)])


async def _settle(session: AsyncSession, campaign_ids: Sequence[UUID]) -> int:
    finished: list[UUID] = []
    for campaign in await links.unsettled(session, sorted(campaign_ids)):
        people = {response_link(campaign.secret, person): person for person in campaign.participants}
        finished += [people[link] for link in await answers.has_links(session, list(people))]
    if finished:
        await links.finish(session, sorted(finished))
    return len(finished)


async def take_back_overdue(session: AsyncSession) -> int:
    """Take back figures that have not followed a change for 72 hours; return of how many campaigns."""
    overdue = await timers.lock_overdue(session, WAIT)
    await _take_back(session, overdue)
    return len(overdue)


async def _take_back(session: AsyncSession, locked: Sequence[tuple[Campaign, datetime]]) -> None:
    for campaign, now in locked:
        changed, facts = await telling.take_back(session, campaign, now)
        # 72 hours before, to the second, somebody withdrew
        await record(session, None, "take_back_figures", changed, now, facts, tells_moment=False)


def _with_floors() -> list[str]:
    return [regime.id for regime in regimes().values() if regime.gates]


async def tell_untold(session: AsyncSession, most: int = 100) -> int:
    """Tell the figures and thresholds of some campaigns of which an older way was told last; return how many.

    At most `most` of them, so that no transaction holds many for long.
    """
    untold = await timers.lock_untold(session, _with_floors(), most)
    for campaign, now in untold:
        _, facts = await telling.count(session, campaign, now, at_once=True)
        await telling.tell(session, campaign, now, facts)
    await timers.note_told(session, [campaign.campaign_id for campaign, _ in untold])
    return len(untold)


async def forget(session: AsyncSession) -> None:
    """Make answers anonymous and erase identities when the days that the consent text promised have passed.

    One audit row per campaign tells that the promise was kept; a round that erases nothing leaves none.
    """
    cut = await _cut_links(session)
    names = await identities.erase_names(session, await timers.past_days(session, identity_days()))
    for campaign_id in sorted(cut.keys() | names):
        erased = {"secret": False, **cut.get(campaign_id, {}), "identities": campaign_id in names}
        await audit.record(
            session,
            actor=None,
            operation="forget_identities",
            entity="campaign",
            entity_id=str(campaign_id),
            changes=erased,
        )


async def _cut_links(session: AsyncSession) -> dict[UUID, dict[str, bool]]:
    """Destroy what ties answers to people, where it is due; none while the answers' table is being read.

    Returns the campaigns, each with what was destroyed: its `secret`, if one was left, and its `answers` when
    they were too few to be kept: whoever knows the others' could tell the last one by elimination. Those
    whose secret is gone already are among them: an order of arrival and times tie as well.

    Campaigns that are still to be told wait for that. The others are locked first: whoever withdraws now has
    done so before, or finds no secret any more. Figures that still wait to follow a change are taken back,
    since they never can follow it afterwards.
    """
    due = await timers.past_days(session, link_days())
    locked = await timers.lock_linked(session, due, _with_floors())
    if not locked:
        return {}
    zones = {campaign.campaign_id: campaign.unit.zone.tz.key for campaign, _ in locked}
    await _take_back(session, [one for one in locked if one[0].released.waiting_since is not None])
    await _settle(session, list(zones))
    few = await answers.anonymise(session, list(zones), fewest=FEWEST)
    if few is None:
        return {}
    await timers.note_anonymous(session, list(zones), few)
    had_secret = await links.destroy_links(session, zones)
    return {
        campaign.campaign_id: {"secret": campaign.campaign_id in had_secret}
        | ({"answers": True} if campaign.n > 0 and campaign.campaign_id in few else {})
        for campaign, _ in locked
    }


async def willing_by_regime(session: AsyncSession) -> Mapping[str, int]:
    """Return the willing people of all open campaigns, for every regime."""
    return dict.fromkeys(regimes(), 0) | await campaigns.willing_by_regime(session)


async def drift(session: AsyncSession) -> int:
    """Return by how much running sums differ from a recount of all responses; 0 when all is right."""
    return await answers.drift(session)
