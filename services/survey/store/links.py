"""The secrets that tie answers to people, and what follows by them: only under the identity role."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.store.identities import _identities


async def keep_secret(session: AsyncSession, campaign_id: UUID, secret: bytes) -> None:
    """Store the campaign's secret."""
    async with _identities(session):
        await session.execute(
            text("INSERT INTO identity.campaign_secret (campaign_id, secret) VALUES (:id, :secret)"),
            {"id": campaign_id, "secret": secret},
        )


async def finished_by_campaign(session: AsyncSession) -> dict[UUID, int]:
    """Return how many people are known to have finished, of the campaigns whose secret lives."""
    async with _identities(session):
        rows = await session.execute(
            text("""
                SELECT campaign_id, count(*) FILTER (WHERE p.is_finished) AS n
                FROM identity.campaign_secret s JOIN identity.participant p USING (campaign_id) GROUP BY 1
            """)
        )
        return {row.campaign_id: row.n for row in rows}


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A campaign's people who are not known to have finished, with the secret that finds their answers."""

    campaign_id: UUID
    secret: bytes
    participants: Sequence[UUID]


async def unsettled(session: AsyncSession, campaign_ids: Sequence[UUID]) -> list[Unsettled]:
    """Return the people of these campaigns who are not known to have finished."""
    async with _identities(session):
        rows = await session.execute(
            text("""
                SELECT campaign_id, s.secret, array_agg(p.participant_id) AS people
                FROM identity.campaign_secret s JOIN identity.participant p USING (campaign_id)
                WHERE campaign_id = ANY(cast(:ids AS uuid[])) AND NOT p.is_finished
                GROUP BY 1, 2
            """),
            {"ids": list(campaign_ids)},
        )
        return [Unsettled(row.campaign_id, row.secret, row.people) for row in rows]


async def finish(session: AsyncSession, participant_ids: Sequence[UUID]) -> None:
    """Note people as finished, all of them at once: their tokens answer no more."""
    async with _identities(session):
        await session.execute(
            text("""
                UPDATE identity.participant SET is_finished = true
                WHERE participant_id = ANY(cast(:ids AS uuid[]))
            """),
            {"ids": list(participant_ids)},
        )


async def destroy_links(session: AsyncSession, zones: dict[UUID, str]) -> set[UUID]:
    """Destroy the secrets of campaigns, given with their time zones, and what lines times up with answers.

    Returns the campaigns that still had a secret. Times of decisions are cut to their local day, and every
    row of these people is written anew, so that all of them are of one transaction.
    """
    ids, names = list(zones), list(zones.values())
    async with _identities(session):
        await session.execute(
            text("""
                UPDATE identity.decision d SET decided_at = date_trunc('day', d.decided_at, z.zone)
                FROM identity.participant p
                JOIN unnest(cast(:ids AS uuid[]), cast(:zones AS text[])) AS z (campaign_id, zone)
                    USING (campaign_id)
                WHERE d.participant_id = p.participant_id
            """),
            {"ids": ids, "zones": names},
        )
        await session.execute(
            text("""
                UPDATE identity.participant SET is_finished = is_finished
                WHERE campaign_id = ANY(cast(:ids AS uuid[]))
            """),
            {"ids": ids},
        )
        return set(
            await session.scalars(
                text("""
                    DELETE FROM identity.campaign_secret WHERE campaign_id = ANY(cast(:ids AS uuid[]))
                    RETURNING campaign_id
                """),
                {"ids": ids},
            )
        )
