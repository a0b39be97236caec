"""Who was invited and what they decided: only here, only under the identity role."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain import Consent, Decision
from shared.db import identity_role


@dataclass(frozen=True, slots=True)
class NewParticipant:
    """A person to invite; `token_hash` is all that is kept of the token."""

    participant_id: UUID
    name: str | None
    contact: str | None
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Participant:
    """What a token opens. `secret` is null once the campaign's secret is destroyed."""

    participant_id: UUID
    campaign_id: UUID
    is_finished: bool
    consent: Consent | None
    secret: bytes | None


@asynccontextmanager
async def _identities(session: AsyncSession) -> AsyncIterator[None]:
    async with identity_role(session, "survey"):
        yield


async def keep_secret(session: AsyncSession, campaign_id: UUID, secret: bytes) -> None:
    """Store the campaign's secret."""
    async with _identities(session):
        await session.execute(
            text("INSERT INTO identity.campaign_secret (campaign_id, secret) VALUES (:id, :secret)"),
            {"id": campaign_id, "secret": secret},
        )


async def add(session: AsyncSession, campaign_id: UUID, people: Sequence[NewParticipant]) -> None:
    """Add invited people in one statement."""
    async with _identities(session):
        await session.execute(
            text("""
                INSERT INTO identity.participant
                    (participant_id, campaign_id, name, contact, token_hash, is_finished)
                SELECT p.id, :campaign_id, p.name, p.contact, p.token_hash, false
                FROM unnest(cast(:ids AS uuid[]), cast(:names AS text[]), cast(:contacts AS text[]),
                            cast(:hashes AS bytea[])) AS p (id, name, contact, token_hash)
            """),
            {
                "campaign_id": campaign_id,
                "ids": [person.participant_id for person in people],
                "names": [person.name for person in people],
                "contacts": [person.contact for person in people],
                "hashes": [person.token_hash for person in people],
            },
        )


async def reissue(session: AsyncSession, campaign_id: UUID, participant_id: UUID, token_hash: bytes) -> bool:
    """Replace a person's token, which kills the old one; False for an unknown person or one who finished."""
    async with _identities(session):
        done = await session.scalar(
            text("""
                UPDATE identity.participant SET token_hash = :token_hash
                WHERE participant_id = :participant_id AND campaign_id = :campaign_id AND NOT is_finished
                RETURNING 1
            """),
            {"campaign_id": campaign_id, "participant_id": participant_id, "token_hash": token_hash},
        )
    return done is not None


async def by_token(session: AsyncSession, token_hash: bytes, *, lock: bool = False) -> Participant | None:
    """Return whom a token belongs to; `lock` holds the row, so that one person acts once at a time.

    The lock is a statement of its own: one that waits for it would still see the consent of before its wait.
    """
    async with _identities(session):
        if lock:
            await session.execute(
                text("SELECT 1 FROM identity.participant WHERE token_hash = :token_hash FOR UPDATE"),
                {"token_hash": token_hash},
            )
        row = (
            await session.execute(
                text("""
                    SELECT p.participant_id, p.campaign_id, p.is_finished, s.secret,
                           c.consent_id, c.decision, c.text_version, c.version
                    FROM identity.participant p
                    LEFT JOIN identity.consent c USING (participant_id)
                    LEFT JOIN identity.campaign_secret s USING (campaign_id)
                    WHERE p.token_hash = :token_hash
                """),
                {"token_hash": token_hash},
            )
        ).one_or_none()
    if row is None:
        return None
    consent = None
    if row.consent_id is not None:
        consent = Consent(row.consent_id, Decision(row.decision), row.text_version, row.version)
    return Participant(row.participant_id, row.campaign_id, row.is_finished, consent, row.secret)


async def save_consent(
    session: AsyncSession,
    participant_id: UUID,
    consent: Consent,
    *,
    text_sha256: str,
    channel: str,
    now: datetime,
    willing: int,
) -> None:
    """Keep a person's newest decision, the text it was given on and what its event counts as willing."""
    async with _identities(session):
        await session.execute(
            text("""
                INSERT INTO identity.consent AS c (participant_id, consent_id, decision, text_version,
                                                   text_sha256, channel, decided_at, version, willing)
                VALUES (:participant_id, :consent_id, :decision, :text_version, :text_sha256, :channel,
                        :now, :version, :willing)
                ON CONFLICT (participant_id) DO UPDATE SET decision = excluded.decision,
                    text_version = excluded.text_version, text_sha256 = excluded.text_sha256,
                    channel = excluded.channel, decided_at = excluded.decided_at,
                    version = excluded.version, willing = excluded.willing
            """),
            {
                "participant_id": participant_id,
                "consent_id": consent.consent_id,
                "decision": consent.decision,
                "text_version": consent.text_version,
                "text_sha256": text_sha256,
                "channel": channel,
                "now": now,
                "version": consent.version,
                "willing": willing,
            },
        )


async def finish(session: AsyncSession, participant_id: UUID) -> None:
    """Spend a person's token: it answers no more, but still withdraws."""
    async with _identities(session):
        await session.execute(
            text("UPDATE identity.participant SET is_finished = true WHERE participant_id = :id"),
            {"id": participant_id},
        )


async def invited(session: AsyncSession, campaign_id: UUID) -> int:
    """Return how many people were invited."""
    async with _identities(session):
        count = await session.scalar(
            text("SELECT count(*) FROM identity.participant WHERE campaign_id = :id"), {"id": campaign_id}
        )
    return int(count or 0)


async def forget(session: AsyncSession, *, link_days: int, identity_days: int) -> tuple[set[UUID], set[UUID]]:
    """Destroy secrets and erase names and contacts of campaigns closed longer ago than these days.

    Returns the campaigns whose secret was destroyed now, and those of which a person was erased now. A draft
    whose closing time has passed can never open: for its people that time is the close.
    """
    closed = """
        SELECT campaign_id FROM campaign
        WHERE coalesce(closed_at, closes_at) < zi_now() - make_interval(days => :days)
    """
    due_links = list(await session.scalars(text(closed), {"days": link_days}))
    due_names = list(await session.scalars(text(closed), {"days": identity_days}))
    async with _identities(session):
        links = await session.scalars(
            text("""
                DELETE FROM identity.campaign_secret WHERE campaign_id = ANY(cast(:ids AS uuid[]))
                RETURNING campaign_id
            """),
            {"ids": due_links},
        )
        names = await session.scalars(
            text("""
                UPDATE identity.participant SET name = NULL, contact = NULL
                WHERE campaign_id = ANY(cast(:ids AS uuid[])) AND (name IS NOT NULL OR contact IS NOT NULL)
                RETURNING campaign_id
            """),
            {"ids": due_names},
        )
        return set(links), set(names)
