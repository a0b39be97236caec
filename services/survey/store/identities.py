"""Who was invited and what they decided: only here, only under the identity role."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import ConsentText
from services.survey.domain.consent import Consent, Decision
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
    """What a token opens. `secret` is null once the campaign's secret is destroyed.

    `is_finished` follows the answer some time later: while the secret lives the answer's link tells.
    """

    participant_id: UUID
    campaign_id: UUID
    is_finished: bool
    consent: Consent | None
    secret: bytes | None

    @property
    def decision(self) -> Decision | None:
        return None if self.consent is None else self.consent.decision


@asynccontextmanager
async def _identities(session: AsyncSession) -> AsyncIterator[None]:
    async with identity_role(session, "survey"):
        yield


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


async def reissue(session: AsyncSession, participant_id: UUID, token_hash: bytes) -> None:
    """Replace a person's token, which kills the old one."""
    async with _identities(session):
        await session.execute(
            text("UPDATE identity.participant SET token_hash = :token_hash WHERE participant_id = :id"),
            {"id": participant_id, "token_hash": token_hash},
        )


_LOCK = "pg_advisory_xact_lock(hashtextextended(cast({} AS text), 2))"
"""Lets a person act once at a time, until the transaction ends.

No row is locked: a row keeps the number of the transaction that locked it, and that would be the one that
wrote the answer.
"""


async def lock_by_token(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Let the person act alone to whom a token belongs; return their campaign."""
    async with _identities(session):
        return cast(
            "UUID | None",
            await session.scalar(
                text(f"""
                    SELECT campaign_id, {_LOCK.format("participant_id")} FROM identity.participant
                    WHERE token_hash = :token_hash
                """),
                {"token_hash": token_hash},
            ),
        )


async def lock(session: AsyncSession, participant_id: UUID) -> None:
    """Let a person act alone."""
    await session.execute(text(f"SELECT {_LOCK.format(':id')}"), {"id": str(participant_id)})


_FOUND = """
    SELECT p.participant_id, p.campaign_id, p.is_finished, s.secret,
           c.consent_id, c.decision, c.text_version, c.version, c.number
    FROM identity.participant p
    LEFT JOIN LATERAL (
        SELECT * FROM identity.decision d WHERE d.participant_id = p.participant_id
        ORDER BY number DESC LIMIT 1
    ) c ON true
    LEFT JOIN identity.campaign_secret s USING (campaign_id)
"""


async def by_token(session: AsyncSession, token_hash: bytes) -> Participant | None:
    """Return whom a token belongs to and what they decided last."""
    return await _find(session, "p.token_hash = :token_hash", {"token_hash": token_hash})


async def of_consent(session: AsyncSession, consent_id: UUID) -> tuple[UUID, UUID] | None:
    """Return the campaign and the person whose consent this is."""
    async with _identities(session):
        row = (
            await session.execute(
                text("""
                    SELECT participant_id, p.campaign_id
                    FROM identity.decision d JOIN identity.participant p USING (participant_id)
                    WHERE d.consent_id = :id LIMIT 1
                """),
                {"id": consent_id},
            )
        ).one_or_none()
    return None if row is None else (row.campaign_id, row.participant_id)


async def by_id(session: AsyncSession, campaign_id: UUID, participant_id: UUID) -> Participant | None:
    """Return a person of a campaign."""
    where = "p.campaign_id = :campaign_id AND p.participant_id = :id"
    return await _find(session, where, {"campaign_id": campaign_id, "id": participant_id})


async def _find(session: AsyncSession, where: str, values: dict[str, object]) -> Participant | None:
    async with _identities(session):
        row = (await session.execute(text(f"{_FOUND} WHERE {where}"), values)).one_or_none()
    if row is None:
        return None
    consent = None
    if row.consent_id is not None:
        consent = Consent(
            row.consent_id, Decision(row.decision), row.text_version, row.version, number=row.number
        )
    return Participant(row.participant_id, row.campaign_id, row.is_finished, consent, row.secret)


async def add_decision(
    session: AsyncSession,
    participant_id: UUID,
    consent: Consent,
    *,
    shown: ConsentText,
    channel: str,
    now: datetime,
    willing: int,
) -> None:
    """Keep a person's decision beside the earlier ones, with the text it was given on.

    `willing` is what its event counts.
    """
    async with _identities(session):
        await session.execute(
            text("""
                INSERT INTO identity.consent_text (sha256, version, paragraphs)
                VALUES (:sha256, :version, :paragraphs) ON CONFLICT (sha256) DO NOTHING
            """),
            {"sha256": shown.sha256, "version": shown.version, "paragraphs": list(shown.paragraphs)},
        )
        await session.execute(
            text("""
                INSERT INTO identity.decision (participant_id, number, consent_id, decision, text_version,
                                               text_sha256, channel, decided_at, version, willing)
                VALUES (:participant_id, :number, :consent_id, :decision, :text_version, :text_sha256,
                        :channel, :now, :version, :willing)
            """),
            {
                "participant_id": participant_id,
                "number": consent.number,
                "consent_id": consent.consent_id,
                "decision": consent.decision,
                "text_version": consent.text_version,
                "text_sha256": shown.sha256,
                "channel": channel,
                "now": now,
                "version": consent.version,
                "willing": willing,
            },
        )


async def erase_names(session: AsyncSession, campaign_ids: Sequence[UUID]) -> set[UUID]:
    """Erase names and contacts; return the campaigns of which a person was erased now."""
    async with _identities(session):
        return set(
            await session.scalars(
                text("""
                    UPDATE identity.participant SET name = NULL, contact = NULL
                    WHERE campaign_id = ANY(cast(:ids AS uuid[]))
                      AND (name IS NOT NULL OR contact IS NOT NULL)
                    RETURNING campaign_id
                """),
                {"ids": list(campaign_ids)},
            )
        )
