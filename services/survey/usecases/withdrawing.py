"""A person and their answer leave a campaign: by token, through an operator, or again after a restore."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events, metrics
from services.survey.domain.answers import Answer, AnswersAnonymousError, moves
from services.survey.domain.campaign import Campaign
from services.survey.domain.consent import Consent, ConsentStep, Decision, decide
from services.survey.domain.release import FEWEST
from services.survey.store import answers, campaigns, identities
from services.survey.usecases import telling
from services.survey.usecases.visits import (
    ANY_UNIT,
    RESPONDENT,
    Visit,
    keep_decision,
    record,
    visit_by_token,
    visit_of,
)
from shared.contracts.base import EventData
from shared.db import on_commit
from shared.kernel import NotFoundError
from shared.security import Principal


async def withdraw(session: AsyncSession, token: str, *, channel: str) -> None:
    """Take consent back: the person's answer leaves all inner sums at once and cannot return.

    Figures that cover it follow with the next release, or are taken back. Also after close, until the
    campaign's secret is destroyed. Repeating it changes nothing. Raises `TokenUnknownError`,
    `NoConsentError` (nothing to withdraw), `AnswersAnonymousError`.
    """
    await _withdraw(session, await visit_by_token(session, token, lock=True), channel=channel)


async def withdraw_participant(
    session: AsyncSession, actor: Principal, campaign_id: UUID, participant_id: UUID, *, reason: str
) -> Decision:
    """Withdraw a person who asked for it and has no link, as `withdraw` does; return what stands then.

    The audit trail keeps who did it and why. Raises `NotFoundError`, `NoConsentError`,
    `AnswersAnonymousError`. Source: survey.md sections 4 and 6.3.
    """
    visit = await visit_of(session, actor.scope, campaign_id, participant_id)
    if visit is None:
        raise NotFoundError
    await _withdraw(session, visit, channel="operator", actor=actor, reason=reason)
    return Decision.WITHDRAWN


async def _withdraw(
    session: AsyncSession,
    visit: Visit,
    *,
    channel: str,
    actor: Principal = RESPONDENT,
    reason: str | None = None,
) -> None:
    step = decide(visit.person.decision, Decision.WITHDRAWN)
    if step is None:
        return
    if visit.is_finished and visit.person.secret is None:
        raise AnswersAnonymousError(
            f"Kurang dari {FEWEST} jawaban tersisa, sehingga semua jawaban sudah dihapus."
            if visit.campaign.is_erased
            else "Jawaban sudah anonim dan tidak dapat ditemukan lagi."
        )
    consent, own, made_known = await _leave(session, visit, step, channel=channel)
    await record(
        session,
        visit,
        "withdraw",
        "consent",
        consent.consent_id,
        consent.version,
        own,
        made_known,
        actor=actor,
        reason=reason,
    )
    mode, has_response = visit.campaign.mode, visit.answer is not None
    on_commit(session, lambda: _count_withdrawn(mode, has_response=has_response))


def _count_withdrawn(mode: str, *, has_response: bool) -> None:
    metrics.CONSENTS.labels(Decision.WITHDRAWN).inc()
    if has_response:
        metrics.RESPONSES.labels(mode, "withdrawn").inc()


async def _leave(
    session: AsyncSession, visit: Visit, step: ConsentStep, *, channel: str
) -> tuple[Consent, list[EventData], list[EventData]]:
    """Take a person's consent and answer out; return the withdrawal, its facts, and what it makes known."""
    campaign, found = visit.campaign, visit.answer
    consent = await keep_decision(session, visit, step, channel=channel)
    own: list[EventData] = []
    is_counted = found is not None and found.scores is not None
    if found is not None and is_counted:
        own.append(await _take_out(session, campaign, found))
    campaign, made_known = await telling.count(
        session, campaign, visit.now, n=-1 if is_counted else 0, willing=step.willing, gone=step.gone
    )
    own.insert(0, events.consent_fact(campaign, consent))
    return consent, own, made_known


async def _take_out(session: AsyncSession, campaign: Campaign, found: Answer) -> EventData:
    """Leave only the tombstone of an answer that counts, and return its fact; the sums follow at once."""
    tombstone = Answer(found.response_id, found.version + 1, None)
    await answers.move_sums(session, campaign.campaign_id, moves(found, tombstone))
    await answers.erase(session, tombstone)
    return events.response_fact(campaign, tombstone.response_id, tombstone.version, is_withdrawn=True)


async def withdraw_again(session: AsyncSession, consent_id: UUID) -> list[EventData]:
    """Withdraw whom others know to have withdrawn, though a restored database does not; say what follows.

    Empty when nothing is left to do. Figures that cover the answer and cannot follow now are taken back at
    once: how long they have been waiting is lost. What was decided in between is lost too, so this takes the
    place of whatever stands.
    """
    whose = await identities.of_consent(session, consent_id)
    visit = None if whose is None else await visit_of(session, ANY_UNIT, *whose)
    if visit is None or visit.person.decision in (None, Decision.WITHDRAWN):
        return []
    step = ConsentStep(
        Decision.WITHDRAWN,
        willing=-int(visit.person.decision is Decision.WILLING),
        gone=int(visit.person.decision is not Decision.REFUSED),
        is_fact=True,
    )
    _, own, made_known = await _leave(session, visit, step, channel="restore")
    return [*own[1:], *made_known, *await _take_back(session, visit.campaign.campaign_id)]


async def take_out_again(session: AsyncSession, response_id: UUID) -> list[EventData]:
    """Take out an answer that others know to be withdrawn, as `withdraw_again` does."""
    known = await answers.by_id(session, response_id)
    if known is None:
        return []
    campaign_id, answer = known
    found = await campaigns.find(session, campaign_id, ANY_UNIT, lock=True)
    if found is None or answer.scores is None:
        return []
    campaign, now = found
    await _take_out(session, campaign, answer)
    _, made_known = await telling.count(session, campaign, now, n=-1)
    return [*made_known, *await _take_back(session, campaign_id)]


async def _take_back(session: AsyncSession, campaign_id: UUID) -> list[EventData]:
    """Take back the figures of a campaign when they still have to follow a change."""
    found = await campaigns.find(session, campaign_id, ANY_UNIT)
    if found is None or found[0].released.waiting_since is None:
        return []
    return (await telling.take_back(session, *found))[1]
