"""Invitations: whom a campaign asks, each by a token that is shown once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import CampaignStateError, State
from services.survey.domain.invitation import TOKEN_BYTES, TokenUnknownError
from services.survey.store import identities
from services.survey.store.identities import NewParticipant
from services.survey.usecases import telling
from services.survey.usecases.campaigns import locked, record
from services.survey.usecases.visits import answer_of
from shared.security import Principal
from shared.security.sealing import token_hash


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person's token, seen once, by the operator who asked for it."""

    participant_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom to invite; both fields may stay empty."""

    name: str | None = None
    contact: str | None = None


async def invite(
    session: AsyncSession, actor: Principal, campaign_id: UUID, people: Sequence[Invitee]
) -> list[Invitation]:
    """Make one token per person and return them; only their hashes are kept, so they are shown once.

    Raises `NotFoundError`, `CampaignStateError` (closed).
    """
    campaign, now = await locked(session, actor, campaign_id, None)
    if campaign.state is State.CLOSED:
        raise CampaignStateError("Survei sudah ditutup.", state=campaign.state)
    made = [Invitation(uuid4(), secrets.token_urlsafe(TOKEN_BYTES)) for _ in people]
    await identities.add(
        session,
        campaign_id,
        [
            NewParticipant(
                invitation.participant_id, person.name, person.contact, token_hash(invitation.token)
            )
            for invitation, person in zip(made, people, strict=True)
        ],
    )
    campaign, facts = await telling.count_people(session, campaign, invited=len(made))
    await record(session, actor, "invite", campaign, now, facts, changes={"invited": len(made)})
    return made


async def reissue_invitation(
    session: AsyncSession, actor: Principal, campaign_id: UUID, participant_id: UUID
) -> Invitation:
    """Give a person a new token; the old one dies. Raises `TokenUnknownError` also for one who finished."""
    await identities.lock(session, participant_id)
    campaign, now = await locked(session, actor, campaign_id, None)
    if campaign.state is State.CLOSED:
        raise CampaignStateError("Survei sudah ditutup.", state=campaign.state)
    made = Invitation(participant_id, secrets.token_urlsafe(TOKEN_BYTES))
    person = await identities.by_id(session, campaign_id, participant_id)
    if person is None or person.is_finished or await answer_of(session, person) is not None:
        raise TokenUnknownError("Undangan tidak ditemukan atau sudah dipakai.")
    await identities.reissue(session, participant_id, token_hash(made.token))
    await record(session, actor, "reissue_invitation", campaign, now)
    return made
