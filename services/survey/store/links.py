"""The secrets that tie answers to people, and what follows by them: only under the identity role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, column, delete, func, insert, literal, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.store.identities import as_identities
from services.survey.tables import CAMPAIGN_SECRET, DECISION, PARTICIPANT
from shared.db.arrays import among

_LINKED = CAMPAIGN_SECRET.join(PARTICIPANT, PARTICIPANT.c.campaign_id == CAMPAIGN_SECRET.c.campaign_id)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A campaign's people who are not known to have finished, with the secret that finds their answers."""

    campaign_id: UUID
    secret: bytes
    participants: Sequence[UUID]


async def keep_secret(session: AsyncSession, campaign_id: UUID, secret: bytes) -> None:
    """Store the campaign's secret."""
    async with as_identities(session):
        await session.execute(insert(CAMPAIGN_SECRET), {"campaign_id": campaign_id, "secret": secret})


async def finished_by_campaign(session: AsyncSession) -> dict[UUID, int]:
    """Return how many people are known to have finished, of the campaigns whose secret lives."""
    async with as_identities(session):
        rows = await session.execute(
            select(CAMPAIGN_SECRET.c.campaign_id, func.count().filter(PARTICIPANT.c.is_finished).label("n"))
            .select_from(_LINKED)
            .group_by(CAMPAIGN_SECRET.c.campaign_id)
        )
        return {row.campaign_id: row.n for row in rows}


async def unsettled(session: AsyncSession, campaign_ids: Sequence[UUID]) -> list[Unsettled]:
    """Return the people of these campaigns who are not known to have finished."""
    async with as_identities(session):
        rows = await session.execute(
            select(CAMPAIGN_SECRET, func.array_agg(PARTICIPANT.c.participant_id).label("people"))
            .select_from(_LINKED)
            .where(among(CAMPAIGN_SECRET.c.campaign_id, campaign_ids), not_(PARTICIPANT.c.is_finished))
            .group_by(CAMPAIGN_SECRET.c.campaign_id, CAMPAIGN_SECRET.c.secret)
        )
        return [Unsettled(row.campaign_id, row.secret, row.people) for row in rows]


async def finish(session: AsyncSession, participant_ids: Sequence[UUID]) -> None:
    """Note people as finished, all of them at once: their tokens answer no more."""
    async with as_identities(session):
        await session.execute(
            update(PARTICIPANT)
            .where(among(PARTICIPANT.c.participant_id, participant_ids))
            .values(is_finished=True)
        )


async def destroy_links(session: AsyncSession, zones: Mapping[UUID, str]) -> set[UUID]:
    """Destroy the secrets of campaigns, given with their time zones, and what lines times up with answers.

    Returns the campaigns that still had a secret. Times of decisions are cut to their local day, and every
    row of these people is written anew, so that all of them are of one transaction.
    """
    zone = (
        func.unnest(literal(list(zones), ARRAY(Uuid)), literal(list(zones.values()), ARRAY(Text)))
        .table_valued(column("campaign_id", Uuid), column("zone", Text))
        .render_derived(name="z")
    )
    async with as_identities(session):
        await session.execute(
            update(DECISION)
            .where(
                DECISION.c.participant_id == PARTICIPANT.c.participant_id,
                PARTICIPANT.c.campaign_id == zone.c.campaign_id,
            )
            .values(decided_at=func.date_trunc("day", DECISION.c.decided_at, zone.c.zone))
        )
        await session.execute(
            update(PARTICIPANT)
            .where(among(PARTICIPANT.c.campaign_id, zones))
            .values(is_finished=PARTICIPANT.c.is_finished)
        )
        destroyed = await session.scalars(
            delete(CAMPAIGN_SECRET)
            .where(among(CAMPAIGN_SECRET.c.campaign_id, zones))
            .returning(CAMPAIGN_SECRET.c.campaign_id)
        )
        return set(destroyed)
