"""Who comes with a token, and what it opens.

Locks are taken in one order, person before campaign. The person's lock makes two submits with one token wait
for each other; the campaign's lock orders everything that moves its sums and tally.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.consent_text import ConsentText, consent_text
from services.survey.domain.answers import Answer
from services.survey.domain.campaign import Campaign, CampaignClosedError
from services.survey.domain.consent import Consent, ConsentStep, Decision
from services.survey.domain.invitation import TokenUnknownError, response_link
from services.survey.store import answers, campaigns, identities
from services.survey.store.identities import Participant
from shared import recording
from shared.contracts.base import EventData
from shared.security import Principal, Scope
from shared.security.sealing import token_hash

RESPONDENT = Principal("respondent", frozenset({"respondent"}), Scope("unit"))
"""Who acts by token, in the audit trail: never which person."""


ANY_UNIT = Scope("national")
"""The token itself is the right to its campaign."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a token opens now, and whose it is."""

    participant_id: UUID
    campaign: Campaign
    text: ConsentText
    decision: Decision | None
    is_finished: bool
    is_open: bool
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came with a token. `answer` is theirs, as long as it can be found."""

    person: Participant
    campaign: Campaign
    now: datetime
    answer: Answer | None

    @property
    def is_finished(self) -> bool:
        return self.person.is_finished or self.answer is not None

    @property
    def day(self) -> datetime:
        """Return when the unit's day began: what is told of a person's acts has no other time."""
        return self.campaign.unit.zone.day_start(self.now)


async def look_up(session: AsyncSession, token: str) -> Sheet:
    """Return what a token opens, recording nothing: link scanners fetch it too.

    Raises `TokenUnknownError`.
    """
    visit = await visit_by_token(session, token, lock=False)
    person, campaign = visit.person, visit.campaign
    return Sheet(
        participant_id=person.participant_id,
        campaign=campaign,
        text=consent_text(campaign),
        decision=person.decision,
        is_finished=visit.is_finished,
        is_open=campaign.takes_answers(visit.now),
        can_withdraw=person.decision is Decision.WILLING
        and (person.secret is not None or not visit.is_finished),
    )


async def visit_by_token(session: AsyncSession, token: str, *, lock: bool) -> Visit:
    """Return who came.

    With `lock`, what the token opens is read when the waiting is over: it may have been replaced meanwhile,
    and the secret destroyed.
    """
    hashed = token_hash(token)
    found = None
    if lock:
        campaign_id = await identities.lock_by_token(session, hashed)
        if campaign_id is not None:
            found = await campaigns.find(session, campaign_id, ANY_UNIT, lock=True)
    person = await identities.by_token(session, hashed)
    if person is not None and not lock:
        found = await campaigns.find(session, person.campaign_id, ANY_UNIT)
    if person is None or found is None:
        raise TokenUnknownError(
            "Tautan ini tidak dikenal atau sudah diganti. Salin tautan undangan sampai huruf terakhirnya."
        )
    return Visit(person, *found, await answer_of(session, person))


async def visit_of(
    session: AsyncSession, scope: Scope, campaign_id: UUID, participant_id: UUID
) -> Visit | None:
    """Let a person of a campaign within scope act alone, through somebody else; None when unknown."""
    await identities.lock(session, participant_id)
    found = await campaigns.find(session, campaign_id, scope, lock=True)
    person = await identities.by_id(session, campaign_id, participant_id)
    if found is None or person is None:
        return None
    return Visit(person, *found, await answer_of(session, person))


async def answer_of(session: AsyncSession, person: Participant) -> Answer | None:
    """Return a person's answer, or its tombstone; None without one, or when it can no longer be found."""
    if person.secret is None:
        return None
    link = response_link(person.secret, person.participant_id)
    return await answers.by_link(session, person.campaign_id, link)


def require_open(visit: Visit) -> None:
    if not visit.campaign.takes_answers(visit.now):
        raise CampaignClosedError("Survei ini sedang tidak menerima jawaban.")


async def keep_decision(session: AsyncSession, visit: Visit, step: ConsentStep, *, channel: str) -> Consent:
    """Keep what a step leads to as the person's decision on the present text, and return it."""
    person, campaign, text = visit.person, visit.campaign, consent_text(visit.campaign)
    before = person.consent or Consent(uuid4(), step.decision, text.version, version=0, number=0)
    consent = before.then(step, text.version)
    await identities.add_decision(
        session,
        person.participant_id,
        consent,
        shown=text,
        channel=channel,
        now=visit.now,
        willing=campaign.willing + step.willing,
    )
    return consent


async def record(
    session: AsyncSession,
    visit: Visit,
    operation: str,
    entity: str,
    entity_id: UUID,
    version: int,
    own: Sequence[EventData],
    made_known: Sequence[EventData],
    *,
    actor: Principal = RESPONDENT,
    reason: str | None = None,
) -> None:
    """Tell a person's `own` facts and what they make known.

    The audit row names the own ones alone: the others stand in one order for all people.
    """
    await recording.record(
        session,
        actor,
        operation,
        source=events.SOURCE,
        entity=entity,
        entity_id=entity_id,
        facts=own,
        beside=made_known,
        version=version,
        changes={"campaign_id": str(visit.campaign.campaign_id)},
        reason=reason,
        at=visit.now,
        day=visit.day,
        tells_moment=False,
    )
