"""What stands in the tables now, page by page, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.consent import Consent, Decision
from shared.db import identity_role
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


async def campaign_ids(session: AsyncSession) -> list[UUID]:
    """Return every campaign, the oldest first."""
    return list(await session.scalars(text("SELECT campaign_id FROM campaign ORDER BY campaign_id")))


async def consents(session: AsyncSession) -> AsyncIterator[ToldConsent]:
    """Yield every consent that was published; the identity role is held for each page's statement alone."""
    after = UUID(int=0)
    while True:
        async with identity_role(session, "survey"):
            rows = await session.execute(
                text("""
                    SELECT DISTINCT ON (c.consent_id) c.consent_id, c.decision, c.text_version, c.version,
                           c.willing, c.decided_at, p.campaign_id
                    FROM identity.decision c JOIN identity.participant p USING (participant_id)
                    WHERE c.version > 0 AND c.consent_id > :after
                    ORDER BY c.consent_id, c.number DESC LIMIT :n
                """),
                {"after": after, "n": PAGE},
            )
            page = rows.all()
        for row in page:
            consent = Consent(row.consent_id, Decision(row.decision), row.text_version, row.version)
            yield ToldConsent(consent, row.campaign_id, row.willing, row.decided_at)
        if len(page) < PAGE:
            return
        after = page[-1].consent_id


async def responses(session: AsyncSession) -> AsyncIterator[ToldResponse]:
    """Yield every response, withdrawn ones too, and those that have become anonymous under their old ids."""
    async for row in stream(
        session,
        """
            SELECT response_id, campaign_id, scores IS NULL AS is_withdrawn, version FROM response
            UNION ALL SELECT response_id, campaign_id, is_withdrawn, version FROM told_response
            ORDER BY response_id
        """,
    ):
        yield _response(row)


async def lift_campaign(
    session: AsyncSession, campaign_id: UUID, floor: int, *, ended_at: datetime | None
) -> None:
    """Raise the count of a campaign's events above the floor; a draft's so that opening it goes above.

    One that `ended_at` a time takes no answers after it and is closed by the timer, as of then.
    """
    await session.execute(
        text("""
            UPDATE campaign SET version = CASE state WHEN 'draft' THEN greatest(version, :floor + 1)
                                          ELSE greatest(version, :floor + 1) + 1 END,
                closes_at = CASE state WHEN 'closed' THEN closes_at
                            ELSE least(closes_at, cast(:ended_at AS timestamptz)) END
            WHERE campaign_id = :id
        """),
        {"id": campaign_id, "floor": floor, "ended_at": ended_at},
    )


async def lift_tally(
    session: AsyncSession, campaign_id: UUID, floor: int, *, take_back: bool, freeze: bool
) -> None:
    """Raise the version of a campaign's tally above the floor; a draft has not told one yet.

    It is to be told as it stands, so that nothing waits any more.
    With `take_back` its figures are taken back; with `freeze` none is ever released again.
    """
    await session.execute(
        text("""
            UPDATE campaign SET tally_version = greatest(tally_version, :floor) + (state <> 'draft')::int,
                released_n = CASE WHEN :blank THEN 0 ELSE released_n END,
                released_totals = CASE WHEN :blank THEN '{}' ELSE released_totals END,
                released_outlooks = CASE WHEN :blank THEN '{}' ELSE released_outlooks END,
                is_frozen = is_frozen OR :freeze, is_taken_back = is_taken_back OR :blank,
                waiting_since = CASE WHEN :blank THEN NULL ELSE waiting_since END, told_tally = NULL
            WHERE campaign_id = :id
        """),
        {"id": campaign_id, "floor": floor, "freeze": freeze, "blank": take_back or freeze},
    )


async def lift_consent(session: AsyncSession, consent_id: UUID, floor: int) -> ToldConsent | None:
    """Raise a consent's version above the floor, with the present count of willing people."""
    async with identity_role(session, "survey"):
        campaign_id = await session.scalar(
            text("""
                SELECT p.campaign_id FROM identity.decision c
                JOIN identity.participant p USING (participant_id) WHERE c.consent_id = :id LIMIT 1
            """),
            {"id": consent_id},
        )
    if campaign_id is None:
        return None
    willing = await session.scalar(
        text("SELECT willing FROM campaign WHERE campaign_id = :id"), {"id": campaign_id}
    )
    async with identity_role(session, "survey"):
        rows = await session.execute(
            text("""
                UPDATE identity.decision SET willing = :willing,
                    version = greatest(version, :floor) + (decision <> 'later')::int
                WHERE consent_id = :id
                  AND number = (SELECT max(number) FROM identity.decision WHERE consent_id = :id)
                RETURNING consent_id, decision, text_version, version, decided_at
            """),
            {"id": consent_id, "floor": floor, "willing": willing},
        )
        row = rows.one()
    consent = Consent(row.consent_id, Decision(row.decision), row.text_version, row.version)
    return ToldConsent(consent, campaign_id, willing, row.decided_at)


async def lift_response(session: AsyncSession, response_id: UUID, floor: int) -> ToldResponse | None:
    """Raise a response's version above the floor."""
    rows = await session.execute(
        text("""
            WITH lifted AS (
                UPDATE response SET version = greatest(version, :floor) + 1,
                    released_version = CASE WHEN released_version = version
                                       THEN greatest(version, :floor) + 1 ELSE released_version END
                WHERE response_id = :id
                RETURNING response_id, campaign_id, scores IS NULL AS is_withdrawn, version
            ), anonymous AS (
                UPDATE told_response SET version = greatest(version, :floor) + 1 WHERE response_id = :id
                RETURNING response_id, campaign_id, is_withdrawn, version
            )
            SELECT * FROM lifted UNION ALL SELECT * FROM anonymous
        """),
        {"id": response_id, "floor": floor},
    )
    row = rows.one_or_none()
    return None if row is None else _response(row)


def _response(row: Row[Any]) -> ToldResponse:
    return ToldResponse(row.response_id, row.campaign_id, row.is_withdrawn, row.version)
