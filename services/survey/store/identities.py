"""Who was invited and what they decided: only here, only under the identity role."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.consent_text import ConsentText
from services.survey.domain.consent import Consent, Decision
from services.survey.tables import CAMPAIGN_SECRET, CONSENT_TEXT, DECISION, PARTICIPANT
from shared.db import identity_role
from shared.db.arrays import among


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


def as_identities(session: AsyncSession) -> AbstractAsyncContextManager[None]:
    """Act as the role that alone reaches identities, for the statements inside."""
    return identity_role(session, "survey")


async def add(session: AsyncSession, campaign_id: UUID, people: Sequence[NewParticipant]) -> None:
    """Add invited people."""
    async with as_identities(session):
        await session.execute(
            insert(PARTICIPANT).values(campaign_id=campaign_id, is_finished=False), list(map(asdict, people))
        )


async def reissue(session: AsyncSession, participant_id: UUID, token_hash: bytes) -> None:
    """Replace a person's token, which kills the old one."""
    async with as_identities(session):
        await session.execute(
            update(PARTICIPANT)
            .where(PARTICIPANT.c.participant_id == participant_id)
            .values(token_hash=token_hash)
        )


def _alone(participant_id: object) -> ColumnElement[Any]:
    """Let a person act once at a time, until the transaction ends.

    No row is locked: a row keeps the number of the transaction that locked it, and that would be the one that
    wrote the answer.
    """
    return func.pg_advisory_xact_lock(func.hashtextextended(cast(participant_id, Text), 2))


_IS_TOKEN = PARTICIPANT.c.token_hash == bindparam("token_hash")
_ALONE_BY_TOKEN = select(PARTICIPANT.c.campaign_id, _alone(PARTICIPANT.c.participant_id)).where(_IS_TOKEN)
_LAST = (
    select(DECISION)
    .where(DECISION.c.participant_id == PARTICIPANT.c.participant_id)
    .order_by(DECISION.c.number.desc())
    .limit(1)
    .lateral("last")
)
_FOUND = select(
    PARTICIPANT.c.participant_id,
    PARTICIPANT.c.campaign_id,
    PARTICIPANT.c.is_finished,
    CAMPAIGN_SECRET.c.secret,
    _LAST.c.consent_id,
    _LAST.c.decision,
    _LAST.c.text_version,
    _LAST.c.version,
    _LAST.c.number,
).select_from(
    PARTICIPANT.outerjoin(_LAST, true()).outerjoin(
        CAMPAIGN_SECRET, CAMPAIGN_SECRET.c.campaign_id == PARTICIPANT.c.campaign_id
    )
)
_BY_TOKEN = _FOUND.where(_IS_TOKEN)
_BY_ID = _FOUND.where(
    PARTICIPANT.c.campaign_id == bindparam("campaign_id"), PARTICIPANT.c.participant_id == bindparam("id")
)


async def lock_by_token(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Let the person act alone to whom a token belongs; return their campaign."""
    async with as_identities(session):
        found: UUID | None = await session.scalar(_ALONE_BY_TOKEN, {"token_hash": token_hash})
        return found


async def lock(session: AsyncSession, participant_id: UUID) -> None:
    """Let a person act alone."""
    await session.execute(select(_alone(str(participant_id))))


async def by_token(session: AsyncSession, token_hash: bytes) -> Participant | None:
    """Return whom a token belongs to and what they decided last."""
    return await _find(session, _BY_TOKEN, {"token_hash": token_hash})


async def by_id(session: AsyncSession, campaign_id: UUID, participant_id: UUID) -> Participant | None:
    """Return a person of a campaign."""
    return await _find(session, _BY_ID, {"campaign_id": campaign_id, "id": participant_id})


async def of_consent(session: AsyncSession, consent_id: UUID) -> tuple[UUID, UUID] | None:
    """Return the campaign and the person whose consent this is."""
    async with as_identities(session):
        rows = await session.execute(
            select(PARTICIPANT.c.campaign_id, PARTICIPANT.c.participant_id)
            .join(DECISION)
            .where(DECISION.c.consent_id == consent_id)
            .limit(1)
        )
        row = rows.one_or_none()
    return None if row is None else (row.campaign_id, row.participant_id)


async def _find(session: AsyncSession, wanted: Select[Any], values: dict[str, object]) -> Participant | None:
    async with as_identities(session):
        row = (await session.execute(wanted, values)).one_or_none()
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
    async with as_identities(session):
        await session.execute(
            insert(CONSENT_TEXT).on_conflict_do_nothing(index_elements=[CONSENT_TEXT.c.sha256]),
            {"sha256": shown.sha256, "version": shown.version, "paragraphs": list(shown.paragraphs)},
        )
        await session.execute(
            insert(DECISION),
            {
                **asdict(consent),
                "participant_id": participant_id,
                "text_sha256": shown.sha256,
                "channel": channel,
                "decided_at": now,
                "willing": willing,
            },
        )


async def erase_names(session: AsyncSession, campaign_ids: Sequence[UUID]) -> set[UUID]:
    """Erase names and contacts; return the campaigns of which a person was erased now."""
    async with as_identities(session):
        erased = await session.scalars(
            update(PARTICIPANT)
            .where(
                among(PARTICIPANT.c.campaign_id, campaign_ids),
                or_(PARTICIPANT.c.name.is_not(None), PARTICIPANT.c.contact.is_not(None)),
            )
            .values(name=None, contact=None)
            .returning(PARTICIPANT.c.campaign_id)
        )
        return set(erased)
