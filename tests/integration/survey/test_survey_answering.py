import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.survey.consent_text import consent_text
from services.survey.domain.answers import AlreadyAnsweredError, InvalidAnswersError, ResponseConflictError
from services.survey.domain.campaign import CampaignClosedError
from services.survey.domain.consent import ConsentFinalError, ConsentTextError, Decision, NoConsentError
from services.survey.domain.invitation import TokenUnknownError
from services.survey.usecases import upkeep
from shared.db import Database, identity_role
from tests.integration.survey.conftest import Survey, make_survey

UUID_TEXT = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


async def test_consent_said_twice_counts_once(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token)
    await survey.decide(token)
    assert (await survey.status()).campaign.willing == 1
    assert [fact["willing"] for fact in await survey.facts("consent.given")] == [1]
    assert [fact["willing"] for fact in await survey.facts("tally.changed")] == [0, 1]


async def test_refusal_is_a_fact_that_moves_no_count_and_may_be_reversed(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token, Decision.REFUSED)
    assert await survey.kinds() == ["campaign.opened", "tally.changed", "consent.refused"]
    await survey.decide(token)
    given = (await survey.facts("consent.given"))[0]
    assert (given["version"], given["willing"]) == (2, 1)


async def test_putting_off_is_kept_and_is_no_fact(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token, Decision.LATER)
    assert await survey.kinds() == ["campaign.opened", "tally.changed"]
    assert await survey.owner.fetchval("SELECT decision FROM identity.decision") == "later"


async def test_consent_keeps_version_and_hash_of_the_text_that_was_shown(survey: Survey) -> None:
    (token,) = await survey.invite()
    with pytest.raises(ConsentTextError):
        await survey.decide(token, version="2019-1")
    await survey.decide(token)
    row = await survey.owner.fetchrow("SELECT * FROM identity.decision")
    assert row["text_version"] == "2026-3"
    assert len(row["text_sha256"]) == 64
    assert row["channel"] == "form"
    shown = await survey.owner.fetchval(
        "SELECT paragraphs FROM identity.consent_text WHERE sha256 = $1", row["text_sha256"]
    )
    assert tuple(shown) == consent_text(survey.campaign).paragraphs
    assert hashlib.sha256("\n".join(shown).encode()).hexdigest() == row["text_sha256"]


async def test_no_decision_is_ever_overwritten(survey: Survey) -> None:
    (token,) = await survey.invite()
    for decision in (Decision.LATER, Decision.REFUSED, Decision.WILLING):
        await survey.decide(token, decision)
    await survey.withdraw(token)
    rows = await survey.owner.fetch("SELECT number, decision, version FROM identity.decision ORDER BY number")
    assert [tuple(row) for row in rows] == [
        (1, "later", 0),
        (2, "refused", 1),
        (3, "willing", 2),
        (4, "withdrawn", 3),
    ]
    for change in (
        "UPDATE identity.decision SET decision = 'willing'",
        "UPDATE identity.decision SET text_sha256 = ''",
        "DELETE FROM identity.decision",
        "UPDATE identity.consent_text SET paragraphs = '{}'",
        "DELETE FROM identity.consent_text",
    ):
        with pytest.raises(DBAPIError):
            async with survey.db.transaction() as session, identity_role(session, "survey"):
                await session.execute(text(change))


async def test_no_answer_without_consent(survey: Survey) -> None:
    (token,) = await survey.invite()
    for decision in (None, Decision.LATER, Decision.REFUSED):
        if decision is not None:
            await survey.decide(token, decision)
        with pytest.raises(NoConsentError):
            await survey.submit(token)
    assert (await survey.status()).campaign.n == 0


async def test_answer_moves_the_inner_sums_and_shows_nobody_its_scores(survey: Survey) -> None:
    (token,) = await survey.invite()
    response_id = await survey.respond(token, 5)
    status = await survey.status()
    assert (status.campaign.n, status.campaign.willing) == (1, 1)
    assert {item.total for item in (await survey.inner()).values()} == {5}
    assert (status.indices.ipak, status.indices.ipkp, status.sums) == (None, None, {})
    tally = (await survey.facts("tally.changed"))[-1]
    assert (tally["n"], tally["willing"], tally["ipak"], tally["ipkp"]) == (1, 1, None, None)
    captured = (await survey.facts("response.captured"))[0]
    assert captured["response_id"] == str(response_id)
    assert captured["flags"] == []  # that all scores are alike is said of one response alone
    assert await survey.owner.fetchval("SELECT flags FROM response") == ["straight_line"]


async def test_no_counter_tells_what_an_answer_says(survey: Survey) -> None:
    def counted() -> dict[tuple[str, str], float]:
        return {
            (sample.name, str(sample.labels)): sample.value
            for family in REGISTRY.collect()
            for sample in family.samples
            if sample.name.startswith("zi_survey_") and sample.name.endswith("_total")
        }

    alike, mixed = await survey.invite(2)
    moved = []
    for token, pungli in ((alike, 5), (mixed, 1)):
        await survey.decide(token)
        before = counted()
        await survey.submit(token, 5, pungli=pungli)
        moved.append({name: value - before.get(name, 0) for name, value in counted().items()})
    assert moved[0] == moved[1]
    assert sum(moved[0].values()) == 1


async def test_abandoned_try_does_not_spend_the_token(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token)
    with pytest.raises(InvalidAnswersError):
        await survey.submit(token, pungli=None)
    assert (await survey.submit(token)).is_new
    assert (await survey.status()).campaign.n == 1


async def test_same_response_again_is_accepted_without_effect(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token)
    sent_id = uuid4()
    assert (await survey.submit(token, 5, sent_id)).is_new
    before = await survey.kinds()
    assert not (await survey.submit(token, 5, sent_id)).is_new
    assert await survey.kinds() == before
    with pytest.raises(ResponseConflictError):
        await survey.submit(token, 6, sent_id)
    with pytest.raises(AlreadyAnsweredError):
        await survey.submit(token, 5)


async def test_an_id_sent_by_another_person_is_never_looked_for(survey: Survey) -> None:
    first, second = await survey.invite(2)
    sent_id = uuid4()
    for token in (first, second):
        await survey.decide(token)
        assert (await survey.submit(token, 5, sent_id)).is_new
    assert (await survey.status()).campaign.n == 2
    told = {fact["response_id"] for fact in await survey.facts("response.captured")}
    assert len(told) == 2
    assert str(sent_id) not in told


async def test_no_id_that_others_can_read_tells_whether_scores_are_guessed_right(survey: Survey) -> None:
    """Whoever made the invitation holds its token; topic and audit must not give them the rest."""
    (token,) = await survey.invite()
    await survey.respond(token, 6)
    rows = await survey.owner.fetch(
        "SELECT encode(payload, 'escape') || headers::text AS said FROM outbox UNION ALL "
        "SELECT to_jsonb(audit)::text FROM audit"
    )
    ids = {UUID(found) for row in rows for found in re.findall(UUID_TEXT, row["said"])}
    assert len(ids) > 10
    for read in ids:
        for guess in (6, 1):
            with pytest.raises(AlreadyAnsweredError):
                await survey.submit(token, guess, read)


async def test_two_submits_with_one_token_at_once_give_one_response(survey: Survey) -> None:
    (token,) = await survey.invite()
    await survey.decide(token)
    results = await asyncio.gather(
        *(survey.submit(token, score) for score in (2, 3, 4, 5)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 3
    assert all(isinstance(error, AlreadyAnsweredError) for error in refused)
    assert await survey.owner.fetchval("SELECT count(*) FROM response") == 1
    assert len(await survey.facts("response.captured")) == 1


async def test_consent_at_once_counts_once(survey: Survey) -> None:
    (token,) = await survey.invite()
    await asyncio.gather(*(survey.decide(token) for _ in range(4)))
    assert (await survey.status()).campaign.willing == 1
    assert len(await survey.facts("consent.given")) == 1


async def test_withdrawal_takes_the_answer_out_of_all_sums_for_good(survey: Survey) -> None:
    first, second = await survey.invite(2)
    gone = await survey.respond(first, 1)
    await survey.respond(second, 6)
    await survey.withdraw(first)
    await survey.withdraw(first)
    status = await survey.status()
    assert (status.campaign.n, status.campaign.willing) == (1, 1)
    assert {(item.n, item.total) for item in (await survey.inner()).values()} == {(1, 6)}
    row = await survey.owner.fetchrow("SELECT scores, version FROM response WHERE response_id = $1", gone)
    assert (row["scores"], row["version"]) == (None, 2)
    assert await survey.kinds() == [
        "campaign.opened",
        "tally.changed",
        *["consent.given", "tally.changed", "response.captured", "tally.changed"] * 2,
        "consent.withdrawn",
        "response.withdrawn",
        "tally.changed",
    ]
    with pytest.raises(ConsentFinalError):
        await survey.decide(first)
    with pytest.raises(AlreadyAnsweredError):
        await survey.submit(first, 1, gone)


async def test_last_withdrawal_makes_the_index_unknown_and_not_zero(survey: Survey) -> None:
    tokens = await survey.invite(10)
    for token in tokens:
        await survey.respond(token)
    assert (await survey.facts("tally.changed"))[-1]["ipak"] == "10/3"
    for token in tokens:
        await survey.withdraw(token)
    last = (await survey.facts("tally.changed"))[-1]
    assert (last["n"], last["released_n"], last["ipak"]) == (0, 0, None)
    assert (await survey.threshold())["unknown"] == ["ipak", "ipkp"]


async def test_nothing_is_taken_after_the_closing_instant_and_withdrawal_still_is(
    db: Database, owner: asyncpg.Connection
) -> None:
    survey = await make_survey(db, owner, closes_at=datetime.now(UTC) + timedelta(hours=1))
    first, second, third = await survey.invite(3)
    await survey.respond(first)
    await survey.decide(second)
    await owner.execute("UPDATE campaign SET closes_at = now()")
    with pytest.raises(CampaignClosedError):
        await survey.submit(second)
    with pytest.raises(CampaignClosedError):
        await survey.decide(third)
    await survey.withdraw(first)
    assert (await survey.status()).campaign.n == 0


async def test_destroyed_secret_makes_answers_anonymous_and_final(survey: Survey) -> None:
    finished, only_willing = await survey.invite(2)
    await survey.respond(finished)
    await survey.decide(only_willing)
    await survey.close()
    await survey.owner.execute("UPDATE identity.participant SET name = 'Sari', contact = 'sari@x.id'")

    async def after(days: int) -> None:
        await survey.owner.execute("UPDATE campaign SET closed_at = now() - make_interval(days => $1)", days)
        async with survey.db.transaction() as session:
            await upkeep.forget(session)

    await after(89)
    assert await survey.owner.fetchval("SELECT count(*) FROM identity.campaign_secret") == 1
    await after(91)
    assert await survey.owner.fetchval("SELECT count(*) FROM identity.campaign_secret") == 0
    with pytest.raises(CampaignClosedError):
        await survey.withdraw(finished)
    await survey.withdraw(only_willing)
    assert await survey.owner.fetchval("SELECT count(name) FROM identity.participant") == 2
    await after(366)
    assert await survey.owner.fetchval("SELECT count(name) + count(contact) FROM identity.participant") == 0
    assert (await survey.status()).campaign.n == 1


async def test_draft_takes_no_decision(db: Database, owner: asyncpg.Connection) -> None:
    survey = await make_survey(db, owner, is_open=False)
    (token,) = await survey.invite()
    with pytest.raises(CampaignClosedError):
        await survey.decide(token)


async def test_unknown_token_opens_nothing(survey: Survey) -> None:
    with pytest.raises(TokenUnknownError):
        await survey.decide("x" * 22)
