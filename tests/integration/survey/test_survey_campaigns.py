from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.survey.consumer import fold_units
from services.survey.domain.campaign import (
    CampaignOverlapsError,
    CampaignStateError,
    State,
    UnitNotFoundError,
)
from services.survey.domain.invitation import TokenUnknownError
from services.survey.domain.plan import InvalidCampaignError
from services.survey.usecases import campaigns, inviting, visits
from shared.db import Database
from shared.db.clock import database_now
from shared.kernel import NotFoundError, StaleVersionError
from tests.integration.survey.conftest import LEADER, OPERATOR, STRANGER, Survey, make_survey, unit_record


async def create(db: Database, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "unit_id": "u-1",
        "regime_id": "mandiri.2023",
        "period": "2026",
        "policies": {},
        "excluded_items": [],
        "closes_at": None,
    }
    async with db.transaction() as session:
        return await campaigns.create_campaign(session, OPERATOR, **(values | changes))


async def test_every_campaign_ends_and_none_ends_too_late(db: Database, owner: asyncpg.Connection) -> None:
    made = await create(db)
    async with db.reading() as session:
        now = await database_now(session)
    latest = made.period.latest_end(made.unit.zone, now)
    assert made.closes_at == latest
    with pytest.raises(InvalidCampaignError) as caught:
        await create(db, period="2027", closes_at=latest + timedelta(days=366))
    assert [(one["field"], one["code"]) for one in caught.value.details["errors"]] == [
        ("closes_at", "too_late")
    ]
    assert (await create(db, period="2027", closes_at=latest)).closes_at == latest
    # a draft that can never open any more leaves its period to another
    with pytest.raises(CampaignOverlapsError):
        await create(db)
    await owner.execute("UPDATE campaign SET closes_at = now() WHERE campaign_id = $1", made.campaign_id)
    assert (await create(db)).closes_at == latest


async def test_draft_is_no_fact_and_opening_publishes_an_empty_tally(
    db: Database, owner: asyncpg.Connection
) -> None:
    survey = await make_survey(db, owner, is_open=False)
    assert await survey.kinds() == []
    async with db.transaction() as session:
        await campaigns.open_campaign(session, OPERATOR, survey.id, 1)
    assert await survey.kinds() == ["campaign.opened", "tally.changed"]
    opened, tally, threshold = await survey.facts()
    assert (opened["version"], opened["regime"], opened["period"]) == (1, "mandiri.2023", "2026")
    assert (tally["version"], tally["n"], tally["willing"], tally["ipak"]) == (1, 0, 0, None)
    assert "conversion.ratio" in tally["policy_ids"]
    assert (threshold["version"], threshold["policy_ids"]) == (1, tally["policy_ids"])


async def test_closing_is_the_second_fact_and_final(survey: Survey) -> None:
    await survey.close()
    assert (await survey.facts("campaign.closed"))[0]["version"] == 2
    with pytest.raises(CampaignStateError):
        await survey.close()
    assert (await survey.status()).campaign.state is State.CLOSED


async def test_stale_version_is_refused(survey: Survey) -> None:
    with pytest.raises(StaleVersionError):
        async with survey.db.transaction() as session:
            await campaigns.close_campaign(session, LEADER, survey.id, 1)


async def test_campaigns_of_one_unit_and_regime_share_no_month(db: Database) -> None:
    await create(db, period="2026-Q3")
    for period in ("2026", "2026-S2", "2026-08", "2026-Q3"):
        with pytest.raises(CampaignOverlapsError):
            await create(db, period=period)
    await create(db, period="2026-Q4")
    await create(db, period="2027")
    await create(db, regime_id="skm.2017")


@pytest.mark.parametrize("period", ["2094", "2000", "20२७", "２０２６", "2026-0１"])
async def test_a_period_is_of_a_year_near_the_present_one_in_ascii_digits(db: Database, period: str) -> None:
    with pytest.raises(InvalidCampaignError) as refused:
        await create(db, period=period)
    assert [fault["field"] for fault in refused.value.details["errors"]] == ["period"]


@pytest.mark.parametrize("unit_id", ["u-9", "u-2", "nowhere"])
async def test_campaign_of_a_unit_out_of_scope_is_as_if_the_unit_were_missing(
    db: Database, unit_id: str
) -> None:
    with pytest.raises(UnitNotFoundError):
        await create(db, unit_id=unit_id)


async def test_campaign_out_of_scope_is_as_if_missing(survey: Survey) -> None:
    for act in (campaigns.open_campaign, campaigns.close_campaign):
        with pytest.raises(NotFoundError):
            async with survey.db.transaction() as session:
                await act(session, STRANGER, survey.id, 2)
    async with survey.db.reading() as session:
        assert await campaigns.list_campaigns(session, STRANGER, unit_id=None, after=None, limit=10) == []
        with pytest.raises(NotFoundError):
            await campaigns.campaign_status(session, STRANGER, survey.id)


async def test_draft_whose_closing_time_passed_does_not_open(db: Database, owner: asyncpg.Connection) -> None:
    survey = await make_survey(db, owner, is_open=False, closes_at=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(InvalidCampaignError):
        async with db.transaction() as session:
            await campaigns.open_campaign(session, OPERATOR, survey.id, 1)


async def test_reissued_token_kills_the_old_one(survey: Survey) -> None:
    async with survey.db.transaction() as session:
        (first,) = await inviting.invite(
            session, OPERATOR, survey.id, [inviting.Invitee("Sari", "sari@x.id")]
        )
        second = await inviting.reissue_invitation(session, OPERATOR, survey.id, first.participant_id)
    await survey.decide(second.token)
    with pytest.raises(TokenUnknownError):
        await survey.decide(first.token)


async def test_answered_invitation_is_not_reissued(survey: Survey) -> None:
    async with survey.db.transaction() as session:
        (invitation,) = await inviting.invite(session, OPERATOR, survey.id, [inviting.Invitee()])
    await survey.respond(invitation.token)
    with pytest.raises(TokenUnknownError):
        async with survey.db.transaction() as session:
            await inviting.reissue_invitation(session, OPERATOR, survey.id, invitation.participant_id)


async def test_looking_at_an_invitation_records_nothing(survey: Survey) -> None:
    (token,) = await survey.invite()
    before = await survey.kinds()
    async with survey.db.reading() as session:
        sheet = await visits.look_up(session, token)
    assert (sheet.decision, sheet.is_finished, sheet.is_open) == (None, False, True)
    assert await survey.kinds() == before


async def test_every_command_leaves_one_audit_row(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.respond(token)
    await survey.withdraw(token)
    await survey.close()
    rows = await survey.owner.fetch("SELECT operation, actor FROM audit ORDER BY operation")
    assert [row["operation"] for row in rows] == [
        "close_campaign",
        "create_campaign",
        "decide_consent",
        "invite",
        "open_campaign",
        "submit_response",
        "withdraw",
    ]
    assert {row["actor"] for row in rows} == {"operator", "leader", "respondent"}


async def test_unit_that_is_no_longer_active_gets_no_campaign(db: Database) -> None:
    async with db.transaction() as session:
        await fold_units(session, [unit_record(2, "Kantor", is_active=False)])
    with pytest.raises(UnitNotFoundError):
        await create(db, unit_id="u-5")
