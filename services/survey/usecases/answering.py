"""What an invited person does with a token: decide, and answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events, metrics
from services.survey.consent_text import consent_text
from services.survey.domain.answers import (
    AlreadyAnsweredError,
    Answer,
    ResponseConflictError,
    check_answers,
    flags_of,
    moves,
)
from services.survey.domain.consent import (
    Consent,
    ConsentStep,
    ConsentTextError,
    Decision,
    NoConsentError,
    decide,
)
from services.survey.domain.invitation import response_link
from services.survey.store import answers
from services.survey.usecases import telling
from services.survey.usecases.visits import Visit, keep_decision, record, require_open, visit_by_token
from shared.contracts.base import EventData
from shared.db import on_commit


@dataclass(frozen=True, slots=True)
class Receipt:
    """An accepted response. `is_new` is false when the same response had been accepted before."""

    is_new: bool


async def decide_consent(
    session: AsyncSession, token: str, wanted: Decision, *, text_version: str, channel: str
) -> Decision:
    """Take a person's decision on the text they were shown, and count it; return the decision that stands.

    Repeating a decision changes nothing. Raises `TokenUnknownError`, `CampaignClosedError`,
    `ConsentTextError` (another text is current), `ConsentGivenError`, `ConsentFinalError`.
    """
    visit = await visit_by_token(session, token, lock=True)
    step = decide(visit.person.decision, wanted)
    if step is None:
        return visit.person.decision or wanted
    require_open(visit)
    if text_version != consent_text(visit.campaign).version:
        raise ConsentTextError("Naskah persetujuan sudah diperbarui. Baca kembali sebelum memutuskan.")
    consent = await keep_decision(session, visit, step, channel=channel)
    own, made_known = await _count_decision(session, visit, step, consent)
    await record(
        session, visit, "decide_consent", "consent", consent.consent_id, consent.version, own, made_known
    )
    on_commit(session, lambda: metrics.CONSENTS.labels(step.decision).inc())
    return step.decision


async def _count_decision(
    session: AsyncSession, visit: Visit, step: ConsentStep, consent: Consent
) -> tuple[list[EventData], list[EventData]]:
    """Count a decision that is a fact; return it, and what it makes known."""
    if not step.is_fact:
        return [], []
    if step.willing:
        campaign, made_known = await telling.count(
            session, visit.campaign, visit.now, willing=step.willing, gone=step.gone
        )
    else:
        campaign, made_known = await telling.count_people(session, visit.campaign, gone=step.gone)
    return [events.consent_fact(campaign, consent)], made_known


async def submit_response(
    session: AsyncSession, token: str, sent_id: UUID, scores: Mapping[str, Any]
) -> Receipt:
    """Take a finished response into the sums: all in this transaction, but nothing that names its person.

    Its link makes it the only one of the person; that the person has finished is noted later, beside others.
    The same response again (the sender's id and scores) is accepted without effect; the id of anybody else is
    never looked for. What is told goes by another id, made here, so that no reader of a topic can ask whether
    somebody's scores are these. Raises `TokenUnknownError`, `ResponseConflictError` (id known with other
    scores), `AlreadyAnsweredError`, `CampaignClosedError`, `NoConsentError`, `InvalidAnswersError`.
    """
    visit = await visit_by_token(session, token, lock=True)
    person, campaign = visit.person, visit.campaign
    if visit.is_finished:
        return await _repeated(session, visit, sent_id, scores)
    require_open(visit)
    if person.decision is not Decision.WILLING or person.secret is None:
        raise NoConsentError("Nyatakan dahulu kesediaan Anda mengikuti survei.")
    given = check_answers(campaign.items, campaign.instrument, scores)
    answer = Answer(uuid4(), 1, given, sent_id)
    link = response_link(person.secret, person.participant_id)
    await answers.insert(session, campaign.campaign_id, link, answer, campaign.mode, flags_of(given))
    await answers.move_sums(session, campaign.campaign_id, moves(None, answer))
    campaign, made_known = await telling.count(session, campaign, visit.now, n=1)
    own = [events.response_fact(campaign, answer.response_id, answer.version)]
    await record(
        session, visit, "submit_response", "response", answer.response_id, answer.version, own, made_known
    )
    on_commit(session, lambda: metrics.RESPONSES.labels(campaign.mode, "captured").inc())
    return Receipt(is_new=True)


async def _repeated(session: AsyncSession, visit: Visit, sent_id: UUID, scores: Mapping[str, Any]) -> Receipt:
    """Tell a repeated submission from another one by the same person."""
    known = visit.answer
    if known is None or known.sent_id != sent_id:
        raise AlreadyAnsweredError("Undangan ini sudah dipakai untuk menjawab.")
    if known.scores is None or dict(known.scores) != dict(scores):
        raise ResponseConflictError("Jawaban dengan nomor ini sudah diterima dengan isi lain.")
    on_commit(session, lambda: metrics.RESPONSES.labels(visit.campaign.mode, "repeated").inc())
    return Receipt(is_new=False)
