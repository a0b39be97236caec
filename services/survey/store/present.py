"""What stands in the tables now, page by page, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, case, cast, func, select, union_all, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import State
from services.survey.domain.consent import Consent, Decision
from services.survey.store.identities import as_identities, of_consent
from services.survey.tables import CAMPAIGN, DECISION, PARTICIPANT, RESPONSE, TOLD_RESPONSE
from shared.outbox.snapshot import PAGE, stream


@dataclass(frozen=True, slots=True)
class ToldConsent:
    """A consent as its last event told it: `willing` people of its campaign, None when not noted."""

    consent: Consent
    campaign_id: UUID
    willing: int | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ToldResponse:
    """A response as its last event told it."""

    response_id: UUID
    campaign_id: UUID
    is_withdrawn: bool
    version: int


_RESPONSE = (
    RESPONSE.c.response_id,
    RESPONSE.c.campaign_id,
    RESPONSE.c.scores.is_(None).label("is_withdrawn"),
    RESPONSE.c.version,
)
_TOLD_RESPONSE = (
    TOLD_RESPONSE.c.response_id,
    TOLD_RESPONSE.c.campaign_id,
    TOLD_RESPONSE.c.is_withdrawn,
    TOLD_RESPONSE.c.version,
)


async def campaign_ids(session: AsyncSession) -> list[UUID]:
    """Return every campaign, the oldest first."""
    return list(await session.scalars(select(CAMPAIGN.c.campaign_id).order_by(CAMPAIGN.c.campaign_id)))


async def consents(session: AsyncSession) -> AsyncIterator[ToldConsent]:
    """Yield every consent that was published; the identity role is held for each page's statement alone."""
    after = UUID(int=0)
    while True:
        async with as_identities(session):
            rows = await session.execute(
                select(DECISION, PARTICIPANT.c.campaign_id)
                .join(PARTICIPANT)
                .ext(distinct_on(DECISION.c.consent_id))
                .where(DECISION.c.version > 0, DECISION.c.consent_id > after)
                .order_by(DECISION.c.consent_id, DECISION.c.number.desc())
                .limit(PAGE)
            )
            page = rows.all()
        for row in page:
            yield _consent(row, row.campaign_id)
        if len(page) < PAGE:
            return
        after = page[-1].consent_id


async def responses(session: AsyncSession) -> AsyncIterator[ToldResponse]:
    """Yield every response, withdrawn ones too, and those that have become anonymous under their old ids."""
    every = union_all(select(*_RESPONSE), select(*_TOLD_RESPONSE)).order_by("response_id")
    async for row in stream(session, every):
        yield _response(row)


async def lift_campaign(
    session: AsyncSession, campaign_id: UUID, floor: int, *, ended_at: datetime | None
) -> None:
    """Raise the count of a campaign's events above the floor; a draft's so that opening it goes above.

    One that `ended_at` a time takes no answers after it and is closed by the timer, as of then.
    """
    state, closes_at = CAMPAIGN.c.state, CAMPAIGN.c.closes_at
    await session.execute(
        update(CAMPAIGN)
        .where(CAMPAIGN.c.campaign_id == campaign_id)
        .values(
            version=_at_least(CAMPAIGN.c.version, floor + 1) + cast(state != State.DRAFT, Integer),
            closes_at=case((state == State.CLOSED, closes_at), else_=func.least(closes_at, ended_at)),
        )
    )


async def lift_tally(
    session: AsyncSession, campaign_id: UUID, floor: int, *, take_back: bool, freeze: bool
) -> None:
    """Raise the version of a campaign's tally above the floor; a draft has not told one yet.

    It is to be told as it stands, so that nothing waits any more.
    With `take_back` its figures are taken back; with `freeze` none is ever released again.
    """
    is_told = cast(CAMPAIGN.c.state != State.DRAFT, Integer)
    changes: dict[str, Any] = {
        "tally_version": _at_least(CAMPAIGN.c.tally_version, floor) + is_told,
        "told_tally": None,
    }
    if take_back or freeze:
        changes |= {
            "released_n": 0,
            "released_totals": {},
            "released_outlooks": {},
            "is_taken_back": True,
            "waiting_since": None,
        }
    if freeze:
        changes["is_frozen"] = True
    await session.execute(update(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id).values(changes))


async def lift_consent(session: AsyncSession, consent_id: UUID, floor: int) -> ToldConsent | None:
    """Raise a consent's version above the floor, with the present count of willing people."""
    whose = await of_consent(session, consent_id)
    if whose is None:
        return None
    campaign_id, _ = whose
    willing = await session.scalar(select(CAMPAIGN.c.willing).where(CAMPAIGN.c.campaign_id == campaign_id))
    own = DECISION.alias()
    newest = select(func.max(own.c.number)).where(own.c.consent_id == consent_id).scalar_subquery()
    is_fact = cast(DECISION.c.decision != Decision.LATER, Integer)
    async with as_identities(session):
        rows = await session.execute(
            update(DECISION)
            .where(DECISION.c.consent_id == consent_id, DECISION.c.number == newest)
            .values(willing=willing, version=_at_least(DECISION.c.version, floor) + is_fact)
            .returning(DECISION)
        )
        return _consent(rows.one(), campaign_id)


async def lift_response(session: AsyncSession, response_id: UUID, floor: int) -> ToldResponse | None:
    """Raise a response's version above the floor."""
    version = _at_least(RESPONSE.c.version, floor) + 1
    is_released = RESPONSE.c.released_version == RESPONSE.c.version
    lifted = await session.execute(
        update(RESPONSE)
        .where(RESPONSE.c.response_id == response_id)
        .values(
            version=version,
            released_version=case((is_released, version), else_=RESPONSE.c.released_version),
        )
        .returning(*_RESPONSE)
    )
    anonymous = await session.execute(
        update(TOLD_RESPONSE)
        .where(TOLD_RESPONSE.c.response_id == response_id)
        .values(version=_at_least(TOLD_RESPONSE.c.version, floor) + 1)
        .returning(*_TOLD_RESPONSE)
    )
    row = lifted.one_or_none() or anonymous.one_or_none()
    return None if row is None else _response(row)


def _at_least(version: ColumnElement[int], floor: int) -> ColumnElement[int]:
    return func.greatest(version, floor)


def _consent(row: Row[Any], campaign_id: UUID) -> ToldConsent:
    consent = Consent(row.consent_id, Decision(row.decision), row.text_version, row.version)
    return ToldConsent(consent, campaign_id, row.willing, row.decided_at)


def _response(row: Row[Any]) -> ToldResponse:
    return ToldResponse(row.response_id, row.campaign_id, row.is_withdrawn, row.version)
