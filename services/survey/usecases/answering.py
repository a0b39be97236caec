"""What an invited person does with a token: look, decide, answer, withdraw; the last also by an operator.

Locks are taken in one order, person before campaign. The person's lock makes two submits with one token wait
for each other; the campaign's lock orders everything that moves its sums and tally.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events, metrics
from services.survey.consent_text import ConsentText, consent_text
from services.survey.domain import (
    AlreadyAnsweredError,
    Answer,
    AnswersAnonymousError,
    Campaign,
    CampaignClosedError,
    Consent,
    ConsentStep,
    ConsentTextError,
    Decision,
    NoConsentError,
    ResponseConflictError,
    TokenUnknownError,
    check_answers,
    decide,
    flags_of,
    moves,
    response_link,
)
from services.survey.store import answers, campaigns, identities
from services.survey.store.identities import Participant
from services.survey.usecases import telling
from shared import audit, outbox
from shared.contracts.base import EventData
from shared.db import on_commit
from shared.kernel import NotFoundError
from shared.security import Principal, Scope
from shared.security.sealing import token_hash

RESPONDENT = Principal("respondent", frozenset({"respondent"}), Scope("unit"))
"""Who acts by token, in the audit trail: never which person."""
_ANY_UNIT = Scope("national")
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
class Receipt:
    """An accepted response. `is_new` is false when the same response had been accepted before."""

    is_new: bool


@dataclass(frozen=True, slots=True)
class _Visit:
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
    visit = await _visit(session, token, lock=False)
    person, campaign = visit.person, visit.campaign
    decision = person.consent.decision if person.consent is not None else None
    return Sheet(
        participant_id=person.participant_id,
        campaign=campaign,
        text=consent_text(campaign),
        decision=decision,
        is_finished=visit.is_finished,
        is_open=campaign.takes_answers(visit.now),
        can_withdraw=decision is Decision.WILLING and (person.secret is not None or not visit.is_finished),
    )


async def decide_consent(
    session: AsyncSession, token: str, wanted: Decision, *, text_version: str, channel: str
) -> Decision:
    """Take a person's decision on the text they were shown, and count it; return the decision that stands.

    Repeating a decision changes nothing. Raises `TokenUnknownError`, `CampaignClosedError`,
    `ConsentTextError` (another text is current), `ConsentGivenError`, `ConsentFinalError`.
    """
    visit = await _visit(session, token, lock=True)
    person, campaign = visit.person, visit.campaign
    current = person.consent
    step = decide(current.decision if current is not None else None, wanted)
    if step is None:
        return current.decision if current is not None else wanted
    _require_open(visit)
    text = consent_text(campaign)
    if text_version != text.version:
        raise ConsentTextError("Naskah persetujuan sudah diperbarui. Baca kembali sebelum memutuskan.")
    consent = Consent(
        current.consent_id if current is not None else uuid4(),
        step.decision,
        text.version,
        (current.version if current is not None else 0) + int(step.is_fact),
        (current.number if current is not None else 0) + 1,
    )
    await identities.add_decision(
        session,
        person.participant_id,
        consent,
        shown=text,
        channel=channel,
        now=visit.now,
        willing=campaign.willing + step.willing,
    )
    own: list[EventData] = []
    made_known: list[EventData] = []
    if step.is_fact:
        if step.willing:
            campaign, made_known = await telling.count(
                session, campaign, visit.now, willing=step.willing, gone=step.gone
            )
        else:
            campaign, made_known = await telling.count_people(session, campaign, gone=step.gone)
        own.append(events.consent_fact(campaign, consent))
    await _record(
        session, visit, "decide_consent", "consent", consent.consent_id, consent.version, own, made_known
    )
    on_commit(session, lambda: metrics.CONSENTS.labels(step.decision).inc())
    return step.decision


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
    visit = await _visit(session, token, lock=True)
    person, campaign = visit.person, visit.campaign
    if visit.is_finished:
        return await _repeated(session, visit, sent_id, scores)
    _require_open(visit)
    if person.consent is None or person.consent.decision is not Decision.WILLING or person.secret is None:
        raise NoConsentError("Nyatakan dahulu kesediaan Anda mengikuti survei.")
    given = check_answers(campaign.items, campaign.instrument, scores)
    answer = Answer(uuid4(), 1, given, sent_id)
    link = response_link(person.secret, person.participant_id)
    await answers.insert(session, campaign.campaign_id, link, answer, campaign.mode, flags_of(given))
    await answers.move_sums(session, campaign.campaign_id, moves(None, answer))
    campaign, made_known = await telling.count(session, campaign, visit.now, n=1)
    told_as = answer.response_id
    own = [events.captured_fact(campaign, told_as, answer.version)]
    await _record(session, visit, "submit_response", "response", told_as, answer.version, own, made_known)
    on_commit(session, lambda: metrics.RESPONSES.labels(campaign.mode, "captured").inc())
    return Receipt(is_new=True)


async def withdraw(session: AsyncSession, token: str, *, channel: str) -> None:
    """Take consent back: the person's answer leaves all inner sums at once and cannot return.

    Figures that cover it follow with the next release, or are taken back. Also after close, until the
    campaign's secret is destroyed. Repeating it changes nothing. Raises `TokenUnknownError`,
    `NoConsentError` (nothing to withdraw), `AnswersAnonymousError`.
    """
    await _withdraw(session, await _visit(session, token, lock=True), channel=channel)


async def withdraw_participant(
    session: AsyncSession, actor: Principal, campaign_id: UUID, participant_id: UUID, *, reason: str
) -> Decision:
    """Withdraw a person who asked for it and has no link, as `withdraw` does; return what stands then.

    The audit trail keeps who did it and why. Raises `NotFoundError`, `NoConsentError`,
    `AnswersAnonymousError`. Source: survey.md sections 4 and 6.3.
    """
    await identities.lock(session, participant_id)
    found = await campaigns.find(session, campaign_id, actor.scope, lock=True)
    person = await identities.by_id(session, campaign_id, participant_id)
    if found is None or person is None:
        raise NotFoundError
    visit = _Visit(person, *found, await answer_of(session, person))
    await _withdraw(session, visit, channel="operator", actor=actor, reason=reason)
    return Decision.WITHDRAWN


async def _withdraw(
    session: AsyncSession,
    visit: _Visit,
    *,
    channel: str,
    actor: Principal = RESPONDENT,
    reason: str | None = None,
) -> None:
    current = visit.person.consent
    step = decide(current.decision if current is not None else None, Decision.WITHDRAWN)
    if step is None or current is None:
        return
    if visit.is_finished and visit.person.secret is None:
        raise AnswersAnonymousError(
            "Kurang dari lima jawaban tersisa, sehingga semua jawaban sudah dihapus."
            if visit.campaign.is_erased
            else "Jawaban sudah anonim dan tidak dapat ditemukan lagi."
        )
    consent, own, made_known = await _leave(session, visit, current, step, channel=channel)
    await _record(
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


async def _leave(
    session: AsyncSession, visit: _Visit, current: Consent, step: ConsentStep, *, channel: str
) -> tuple[Consent, list[EventData], list[EventData]]:
    """Take a person's consent and answer out; return the withdrawal, its facts, and what it makes known."""
    person, campaign, found = visit.person, visit.campaign, visit.answer
    text = consent_text(campaign)
    consent = replace(
        current,
        decision=step.decision,
        text_version=text.version,
        version=current.version + 1,
        number=current.number + 1,
    )
    await identities.add_decision(
        session,
        person.participant_id,
        consent,
        shown=text,
        channel=channel,
        now=visit.now,
        willing=campaign.willing + step.willing,
    )
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
    return events.withdrawn_fact(campaign, tombstone.response_id, tombstone.version)


async def withdraw_again(session: AsyncSession, consent_id: UUID) -> list[EventData]:
    """Withdraw whom others know to have withdrawn, though a restored database does not; say what follows.

    Empty when nothing is left to do. Figures that cover the answer and cannot follow now are taken back at
    once: how long they have been waiting is lost. What was decided in between is lost too, so this takes the
    place of whatever stands.
    """
    place = await identities.of_consent(session, consent_id)
    if place is None:
        return []
    participant_id, campaign_id = place
    await identities.lock(session, participant_id)
    found = await campaigns.find(session, campaign_id, _ANY_UNIT, lock=True)
    person = await identities.by_id(session, campaign_id, participant_id)
    if found is None or person is None or (current := person.consent) is None:
        return []
    if current.decision is Decision.WITHDRAWN:
        return []
    visit = _Visit(person, *found, await answer_of(session, person))
    step = ConsentStep(
        Decision.WITHDRAWN,
        willing=-int(current.decision is Decision.WILLING),
        gone=int(current.decision is not Decision.REFUSED),
        is_fact=True,
    )
    _, own, made_known = await _leave(session, visit, current, step, channel="restore")
    return [*own[1:], *made_known, *await _take_back(session, campaign_id)]


async def take_out_again(session: AsyncSession, response_id: UUID) -> list[EventData]:
    """Take out an answer that others know to be withdrawn, as `withdraw_again` does."""
    place = await answers.by_id(session, response_id)
    if place is None:
        return []
    campaign_id, answer = place
    found = await campaigns.find(session, campaign_id, _ANY_UNIT, lock=True)
    if found is None or answer.scores is None:
        return []
    campaign, now = found
    await _take_out(session, campaign, answer)
    _, made_known = await telling.count(session, campaign, now, n=-1)
    return [*made_known, *await _take_back(session, campaign_id)]


async def _take_back(session: AsyncSession, campaign_id: UUID) -> list[EventData]:
    """Take back the figures of a campaign when they still have to follow a change."""
    found = await campaigns.find(session, campaign_id, _ANY_UNIT)
    if found is None or found[0].released.waiting_since is None:
        return []
    return (await telling.take_back(session, *found))[1]


async def _visit(session: AsyncSession, token: str, *, lock: bool) -> _Visit:
    """Return who came.

    With `lock`, what the token opens is read when the waiting is over: it may have been replaced meanwhile,
    and the secret destroyed.
    """
    hashed = token_hash(token)
    found = None
    if lock:
        campaign_id = await identities.lock_by_token(session, hashed)
        if campaign_id is not None:
            found = await campaigns.find(session, campaign_id, _ANY_UNIT, lock=True)
    person = await identities.by_token(session, hashed)
    if person is not None and not lock:
        found = await campaigns.find(session, person.campaign_id, _ANY_UNIT)
    if person is None or found is None:
        raise _unknown()
    return _Visit(person, *found, await answer_of(session, person))


def _unknown() -> TokenUnknownError:
    return TokenUnknownError("Tautan ini tidak dikenal atau sudah diganti.")


async def answer_of(session: AsyncSession, person: Participant) -> Answer | None:
    """Return a person's answer, or its tombstone; None without one, or when it can no longer be found."""
    if person.secret is None:
        return None
    link = response_link(person.secret, person.participant_id)
    return await answers.by_link(session, person.campaign_id, link)


def _require_open(visit: _Visit) -> None:
    if not visit.campaign.takes_answers(visit.now):
        raise CampaignClosedError("Survei ini sedang tidak menerima jawaban.")


async def _repeated(
    session: AsyncSession, visit: _Visit, sent_id: UUID, scores: Mapping[str, Any]
) -> Receipt:
    """Tell a repeated submission from another one by the same person."""
    known = visit.answer
    if known is None or known.sent_id != sent_id:
        raise AlreadyAnsweredError("Undangan ini sudah dipakai untuk menjawab.")
    if known.scores is None or dict(known.scores) != dict(scores):
        raise ResponseConflictError("Jawaban dengan nomor ini sudah diterima dengan isi lain.")
    on_commit(session, lambda: metrics.RESPONSES.labels(visit.campaign.mode, "repeated").inc())
    return Receipt(is_new=False)


async def _record(
    session: AsyncSession,
    visit: _Visit,
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
    ids = await outbox.record(session, [*own, *made_known], source=events.SOURCE, at=visit.now, day=visit.day)
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity=entity,
        entity_id=str(entity_id),
        version=version,
        changes={"campaign_id": str(visit.campaign.campaign_id)},
        reason=reason,
        event_ids=ids[: len(own)],
        day=visit.day,
    )


def _count_withdrawn(mode: str, *, has_response: bool) -> None:
    metrics.CONSENTS.labels(Decision.WITHDRAWN).inc()
    if has_response:
        metrics.RESPONSES.labels(mode, "withdrawn").inc()
