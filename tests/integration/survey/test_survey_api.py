"""The routes and pages over HTTP: access, versions, keys, tokens, the public form."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from services.survey import main
from services.survey.access import MATRIX
from services.survey.settings import Settings
from services.survey.usecases import upkeep
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.service.assembly import Databases
from tests.integration.survey.conftest import KEYS
from tests.support.database import KeptOpen
from tests.support.forms import carried
from tests.support.http import analysed_once
from tests.support.matrix import Call, Place, broken_rules
from tests.support.tokens import ISSUER, TestIssuer

ORIGIN = "https://survey.test"
CAMPAIGN = f"/campaigns/{uuid4()}"
TOKEN = "x" * 22
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
REASON = "Permintaan lisan di loket"
MAKE = {"unit_id": "u-1", "regime": "mandiri.2023", "period": "2026"}


@pytest.fixture
async def app(
    database: ServiceDatabase, issuer: TestIssuer, one_pool: KeptOpen, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FastAPI]:
    monkeypatch.setattr(main, "open_databases", lambda _: Databases(one_pool, one_pool))
    settings = Settings(
        database_url=database.app_url,
        kafka_bootstrap="127.0.0.1:1",
        issuer=ISSUER,
        secret_key="a secret of the tests, long enough",
        public_url=ORIGIN,
    )
    made = analysed_once(main.build(settings, "api", issuer.verifier()))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ORIGIN) as opened:
        yield opened


class Acting:
    """An operator at the API."""

    def __init__(self, client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
        self.client = client
        self.issuer = issuer

    def headers(self, role: str = "survey_operator", **more: str) -> dict[str, str]:
        return self.issuer.headers(role, agencies=["a-1"], units=["u-1"]) | more

    async def open_campaign(self, **fields: Any) -> dict[str, Any]:
        made = await self.client.post("/campaigns", json=MAKE | fields, headers=self.headers())
        assert made.status_code == 201, made.text
        opened = await self.client.post(
            f"{made.headers['location']}/open", headers=self.headers(**{"If-Match": made.headers["etag"]})
        )
        assert opened.status_code == 200, opened.text
        return dict(opened.json())

    async def invite(self, campaign: dict[str, Any], count: int = 1) -> list[str]:
        return [item["token"] for item in await self.invitations(campaign, count)]

    async def invitations(self, campaign: dict[str, Any], count: int = 1) -> list[dict[str, str]]:
        answer = await self.client.post(
            f"/campaigns/{campaign['campaign_id']}/invitations", json={"count": count}, headers=self.headers()
        )
        assert answer.status_code == 201, answer.text
        return list(answer.json()["items"])

    async def withdraw(
        self, campaign: dict[str, Any], person: dict[str, str], headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        """Withdraw a person who asked for it."""
        path = f"/campaigns/{campaign['campaign_id']}/invitations/{person['participant_id']}/withdraw"
        return await self.client.post(path, json={"reason": REASON}, headers=headers or self.headers())

    async def answer(self, token: str, score: int) -> None:
        await self.agree(token)
        body = {"response_id": str(uuid4()), "scores": dict.fromkeys(KEYS, score)}
        assert (await self.post("responses", token, **body)).status_code == 201

    async def status(self, campaign: dict[str, Any]) -> dict[str, Any]:
        path = f"/campaigns/{campaign['campaign_id']}"
        answer = await self.client.get(path, headers=self.headers("verifier"))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, token: str, **body: Any) -> httpx2.Response:
        return await self.client.post(f"/respondent/{path}", json={"token": token} | body)

    async def agree(self, token: str) -> None:
        sheet = (await self.post("sheet", token)).json()
        answer = await self.post("consent", token, decision="willing", text_version=sheet["text_version"])
        assert answer.json() == {"decision": "willing"}


@pytest.fixture
def acting(client: httpx2.AsyncClient, issuer: TestIssuer) -> Acting:
    return Acting(client, issuer)


async def test_the_matrix_holds(app: FastAPI, issuer: TestIssuer) -> None:
    version = {"If-Match": '"1"'}
    calls = {
        "create_campaign": Call("POST", "/campaigns", json=MAKE | {"unit_id": "{unit}"}),
        "set_campaign_policies": Call(
            "POST",
            f"{CAMPAIGN}/policies",
            json={"policies": {"conversion": "affine"}, "reason": "Keputusan pimpinan 12/2026"},
            headers=version,
        ),
        "open_campaign": Call("POST", f"{CAMPAIGN}/open", headers=version),
        "close_campaign": Call("POST", f"{CAMPAIGN}/close", headers=version),
        "list_campaigns": Call("GET", "/campaigns"),
        "show_campaign": Call("GET", CAMPAIGN),
        "invite": Call("POST", f"{CAMPAIGN}/invitations", json={"count": 1}),
        "reissue_invitation": Call("POST", f"{CAMPAIGN}/invitations/{uuid4()}/reissue"),
        "withdraw_participant": Call(
            "POST", f"{CAMPAIGN}/invitations/{uuid4()}/withdraw", json={"reason": "Permintaan di loket"}
        ),
        "open_sheet": Call("POST", "/respondent/sheet", json={"token": TOKEN}),
        "decide_consent": Call(
            "POST",
            "/respondent/consent",
            json={"token": TOKEN, "decision": "willing", "text_version": "2026-3"},
        ),
        "submit_response": Call(
            "POST", "/respondent/responses", json={"token": TOKEN, "response_id": str(uuid4()), "scores": {}}
        ),
        "withdraw": Call("POST", "/respondent/withdrawal", json={"token": TOKEN}),
        "page_home": Call("GET", "/", is_page=True),
        "page_campaigns": Call("GET", "/survei", is_page=True),
        "page_campaigns_file": Call("GET", "/survei/daftar.csv", is_page=True),
        "page_results": Call("GET", "/hasil", is_page=True),
        "page_consent_text": Call("GET", "/survei/persetujuan/2026-3", is_page=True),
        "page_invitation": Call("GET", f"/s/{TOKEN}", is_page=True),
        "page_sheet": Call("GET", "/s", is_page=True),
        "page_consent": Call("POST", "/s/persetujuan", data={}, is_page=True),
        "page_answers": Call("POST", "/s/jawaban", data={}, is_page=True),
        "page_confirm_withdrawal": Call("GET", "/s/tarik-diri", is_page=True),
        "page_withdraw": Call("POST", "/s/tarik-diri", data={}, is_page=True),
        "page_leave": Call("POST", "/s/keluar", data={}, is_page=True),
    }
    own, other = Place("u-1", "a-1"), Place("u-9", "a-9")
    assert await broken_rules(app, MATRIX, calls, issuer, own=own, other=other) == []


async def test_campaign_runs_over_http_from_draft_to_status(acting: Acting) -> None:
    campaign = await acting.open_campaign()
    (token,) = await acting.invite(campaign)
    await acting.agree(token)
    body = {"response_id": str(uuid4()), "scores": dict.fromkeys(KEYS, 6)}
    assert (await acting.post("responses", token, **body)).status_code == 201
    assert (await acting.post("responses", token, **body)).status_code == 200
    status = await acting.status(campaign)
    assert (status["n"], status["willing"], status["invited"]) == (1, 1, 1)
    assert (status["figures"], status["released_n"], status["ipak"], status["items"]) == ("none", 0, None, [])
    assert status["policy_ids"][0] == "conversion.ratio"
    assert (status["index_basis"], status["is_deciding"]) == ("own", True)
    assert status["thresholds"]["WBK"]["failed"] == ["willing", "respondents", "ipak", "ipkp"]
    assert status["thresholds"]["WBK"]["unknown"] == ["ipak", "ipkp"]
    willing, respondents, ipak, ipkp = status["thresholds"]["WBK"]["gates"]
    assert willing["margin"] == respondents["margin"] == {"exact": "-29", "display": "-29.00"}
    assert ipak == {"gate": "ipak", "minimum": "3.60", "margin": None, "met": False}
    assert (ipkp["margin"], status["fewest_more"]) == (None, {})
    assert (await acting.post("withdrawal", token)).status_code == 204
    assert (await acting.status(campaign))["n"] == 0


async def test_satisfaction_survey_has_grade_and_no_thresholds(acting: Acting) -> None:
    campaign = await acting.open_campaign(regime="skm.2017", excluded_items=["biaya"])
    tokens = await acting.invite(campaign, 10)
    sheet = (await acting.post("sheet", tokens[0])).json()
    scores = {question["key"]: 3 for question in sheet["questions"]}
    assert len(scores) == 8
    for token in tokens:
        await acting.agree(token)
        sent = await acting.post("responses", token, response_id=str(uuid4()), scores=scores)
        assert sent.status_code == 201
    status = await acting.status(campaign)
    assert (status["ikm"]["display"], status["grade"], status["thresholds"]) == ("75.00", "C", {})


async def test_faulty_answers_are_named_field_by_field(acting: Acting) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await acting.agree(token)
    scores = dict.fromkeys(KEYS, 5) | {"waktu": 7, "pungli": "5", "parkir": 1}
    del scores["biaya"]
    answer = await acting.post("responses", token, response_id=str(uuid4()), scores=scores)
    assert answer.status_code == 422
    assert {fault["field"]: fault["code"] for fault in answer.json()["errors"]} == {
        "waktu": "off_scale",
        "pungli": "off_scale",
        "biaya": "missing",
        "parkir": "unknown_item",
    }


async def test_sums_by_item_are_for_those_who_need_them_and_from_ten_answers_on(acting: Acting) -> None:
    campaign = await acting.open_campaign()
    seen = []
    for number, token in enumerate(await acting.invite(campaign, 15)):
        await acting.agree(token)
        scores = dict.fromkeys(KEYS, 1 + number % 6)
        await acting.post("responses", token, response_id=str(uuid4()), scores=scores)
        status = await acting.status(campaign)
        seen.append((status["released_n"], len(status["items"])))
    assert seen == [(0, 0)] * 9 + [(5, 0)] * 5 + [(10, len(KEYS))]
    assert status["items"][0] == {
        "key": KEYS[0], "n": 10, "total": 31, "mean": {"exact": "31/10", "display": "3.1000"},
    }  # fmt: skip
    path = f"/campaigns/{campaign['campaign_id']}"
    for role, items in (
        ("verifier", 13),
        ("survey_operator", 0),
        ("unit_leader", 0),
        ("tpi", 0),
        ("unit_operator", 0),
    ):
        answer = await acting.client.get(path, headers=acting.headers(role))
        assert (len(answer.json()["items"]), answer.json()["released_n"]) == (items, 10), role


async def test_how_answers_are_counted_is_the_agencys_choice_and_never_the_operators(acting: Acting) -> None:
    affine = {"conversion": "affine"}
    refused = await acting.client.post(
        "/campaigns", json=MAKE | {"policies": affine}, headers=acting.headers()
    )
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert (fault["field"], fault["code"]) == ("policies.conversion", "not_yours")
    draft = (await acting.client.post("/campaigns", json=MAKE, headers=acting.headers())).json()
    path, version = f"/campaigns/{draft['campaign_id']}", {"If-Match": '"1"'}
    body = {"policies": affine, "reason": "Keputusan pimpinan 12/2026"}
    for role in ("survey_operator", "unit_leader"):
        answer = await acting.client.post(
            f"{path}/policies", json=body, headers=acting.headers(role, **version)
        )
        assert answer.status_code == 403
    head = acting.headers("agency_head", **version)
    without = await acting.client.post(f"{path}/policies", json={"policies": affine}, headers=head)
    assert without.status_code == 422
    chosen = await acting.client.post(f"{path}/policies", json=body, headers=head)
    assert (chosen.json()["policies"]["conversion"], chosen.json()["version"]) == ("affine", 2)
    opened = await acting.client.post(f"{path}/open", headers=acting.headers(**{"If-Match": '"2"'}))
    assert opened.json()["policy_ids"][0] == "conversion.affine"
    head = acting.headers("agency_head", **{"If-Match": '"3"'})
    late = await acting.client.post(f"{path}/policies", json=body, headers=head)
    assert (late.status_code, late.json()["code"]) == (409, "campaign_state")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"regime": "tpn_external.2021"}, 422, "campaign_invalid"),
        ({"period": "2026-Q9"}, 422, "campaign_invalid"),
        ({"unit_id": "u-7"}, 404, "unit_not_found"),
        ({"color": "blue"}, 422, "validation_failed"),
    ],
)
async def test_faulty_campaigns_are_refused(
    acting: Acting, fields: dict[str, str], status: int, code: str
) -> None:
    answer = await acting.client.post("/campaigns", json=MAKE | fields, headers=acting.headers())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_second_campaign_of_the_period_is_a_conflict(acting: Acting) -> None:
    await acting.open_campaign()
    answer = await acting.client.post("/campaigns", json=MAKE, headers=acting.headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "campaign_overlaps")


async def test_a_person_who_lost_the_link_is_withdrawn_by_the_operator_and_figures_follow(
    acting: Acting, owner: asyncpg.Connection
) -> None:
    campaign = await acting.open_campaign()
    people = await acting.invitations(campaign, 14)
    for person in people[:10]:
        await acting.answer(person["token"], 3)
    key = acting.headers(**{"Idempotency-Key": "one withdrawal of one person"})
    first, again = [await acting.withdraw(campaign, people[0], key) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (
        200, {"decision": "withdrawn"},
    )  # fmt: skip
    assert (await acting.withdraw(campaign, people[0])).json() == first.json()  # and without the key
    status = await acting.status(campaign)
    assert (status["n"], status["willing"], status["released_n"]) == (9, 9, 5)
    for person in people[10:]:
        await acting.answer(person["token"], 6)
    status = await acting.status(campaign)
    assert (status["n"], status["released_n"]) == (13, 8)
    assert (await acting.post("sheet", people[0]["token"])).json()["decision"] == "withdrawn"
    rows = await owner.fetch(
        "SELECT actor, roles, reason, changes::text, correlation_id,"
        " at = date_trunc('day', at, 'Asia/Jakarta') AS is_day FROM audit WHERE operation = 'withdraw'"
    )
    [row] = rows
    assert (row["roles"], row["reason"], row["correlation_id"], row["is_day"]) == (
        ["survey_operator"], REASON, None, True,
    )  # fmt: skip
    assert row["actor"] != "respondent"
    assert people[0]["participant_id"] not in str(dict(row))
    told = await owner.fetch("SELECT payload FROM outbox WHERE type LIKE '%.withdrawn.v1'")
    assert len(told) == 2
    assert REASON.encode() not in b"".join(fact["payload"] for fact in told)


async def test_nobody_is_withdrawn_out_of_scope_or_without_consent(
    acting: Acting, issuer: TestIssuer
) -> None:
    campaign = await acting.open_campaign()
    person, silent = await acting.invitations(campaign, 2)
    await acting.answer(person["token"], 5)
    stranger = issuer.headers("survey_operator", units=["u-9"])
    elsewhere = await acting.open_campaign(period="2027")
    for answer in (
        await acting.withdraw(campaign, person, stranger),
        await acting.withdraw(elsewhere, person),
        await acting.withdraw(campaign, {"participant_id": str(uuid4())}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    refused = await acting.withdraw(campaign, silent)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_consent")
    path = f"/campaigns/{campaign['campaign_id']}/invitations/{person['participant_id']}/withdraw"
    for body in ({}, {"reason": "singkat"}):
        without = await acting.client.post(path, json=body, headers=acting.headers())
        assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "reason")
    assert (await acting.status(campaign))["n"] == 1


async def test_answers_that_are_anonymous_are_withdrawn_by_nobody(
    acting: Acting, db: Database, owner: asyncpg.Connection
) -> None:
    campaign = await acting.open_campaign()
    (person,) = await acting.invitations(campaign)
    await acting.answer(person["token"], 5)
    leader = acting.headers("unit_leader", **{"If-Match": '"2"'})
    await acting.client.post(f"/campaigns/{campaign['campaign_id']}/close", headers=leader)
    await owner.execute("UPDATE campaign SET closed_at = now() - make_interval(days => 91)")
    async with db.transaction() as session:
        await upkeep.forget(session)
    for refused in (
        await acting.withdraw(campaign, person),
        await acting.post("withdrawal", person["token"]),
    ):
        assert (refused.status_code, refused.json()["code"]) == (410, "answers_anonymous")
        assert refused.json()["detail"].startswith("Kurang dari 5 jawaban tersisa")  # one, so it is erased
    await acting.client.get(f"/s/{person['token']}")
    assert "Kurang dari 5 jawaban tersisa" in (await acting.client.get("/s")).text
    assert (await acting.status(campaign))["n"] == 1


async def test_leader_closes_with_the_version_in_hand(acting: Acting) -> None:
    campaign = await acting.open_campaign()
    path = f"/campaigns/{campaign['campaign_id']}/close"
    assert (await acting.client.post(path, headers=acting.headers("unit_leader"))).status_code == 428
    stale = acting.headers("unit_leader", **{"If-Match": '"1"'})
    assert (await acting.client.post(path, headers=stale)).status_code == 412
    right = acting.headers("unit_leader", **{"If-Match": '"2"'})
    assert (await acting.client.post(path, headers=right)).json()["state"] == "closed"
    (listed,) = (await acting.client.get("/campaigns", headers=acting.headers())).json()["items"]
    assert listed["state"] == "closed"


async def test_guessing_tokens_is_braked_and_answering_is_not(acting: Acting) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    statuses = [(await acting.post("sheet", f"guess-number-{number:08}")).status_code for number in range(32)]
    assert statuses == [404] * 30 + [429] * 2
    assert (await acting.post("sheet", token)).status_code == 200


# -- pages --------------------------------------------------------------------------------------------------


class Browser:
    """A browser without script: follows redirects, keeps cookies, fills forms of the page it shows."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.csrf = ""
        self.invitation = ""

    async def get(self, path: str) -> httpx2.Response:
        return self._show(await self.client.get(path, headers=BROWSER, follow_redirects=True))

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        sent = {"csrf": self.csrf, "invitation": self.invitation, **fields}
        return self._show(await self.client.post(path, data=sent, headers=BROWSER, follow_redirects=True))

    def _show(self, page: httpx2.Response) -> httpx2.Response:
        found = re.search(r'name="csrf" value="([A-Za-z0-9_-]{86})"', page.text)
        self.csrf = found[1] if found else ""
        bound = re.search(r'name="invitation" value="([^"]+)"', page.text)
        self.invitation = bound[1] if bound else self.invitation
        return page

    @staticmethod
    def hidden(page: httpx2.Response, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
        assert found is not None, f"no hidden field {name}"
        return found[1]


@pytest.fixture
def browser(client: httpx2.AsyncClient) -> Browser:
    return Browser(client)


async def test_address_with_the_token_leads_to_one_without_and_records_nothing(
    acting: Acting, browser: Browser
) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    first = await browser.client.get(f"/s/{token}", headers=BROWSER)
    assert (first.status_code, first.headers["location"]) == (303, "/s")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("__Host-zi-survey-invitation=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax"))
    page = await browser.get("/s")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert token not in page.text


async def test_a_link_that_was_cut_short_opens_nobody_elses_invitation(
    acting: Acting, browser: Browser
) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    for length in (1, len(token) - 1):
        assert (await browser.get(f"/s/{token}")).status_code == 200
        cut = await browser.get(f"/s/{token[:length]}")
        assert (cut.status_code, "sampai huruf terakhirnya" in cut.text) == (404, True)
        assert 'href="/s"' not in cut.text, "it would lead here again"


async def test_consent_comes_first_then_questions_then_thanks(acting: Acting, browser: Browser) -> None:
    campaign = await acting.open_campaign()
    (token,) = await acting.invite(campaign)
    page = await browser.get(f"/s/{token}")
    assert "Bersediakah Anda" in page.text
    assert 'name="pungli"' not in page.text
    page = await browser.post(
        "/s/persetujuan", decision="willing", text_version=browser.hidden(page, "text_version")
    )
    assert page.text.count("<fieldset") == len(KEYS)
    page = await browser.post(
        "/s/jawaban", response_id=browser.hidden(page, "response_id"), **dict.fromkeys(KEYS, "6")
    )
    assert "jawaban Anda sudah diterima" in page.text
    assert (await acting.status(campaign))["n"] == 1
    page = await browser.get("/s/tarik-diri")
    assert "tidak dapat dibatalkan" in page.text
    page = await browser.post("/s/tarik-diri")
    assert "Anda sudah menarik diri" in page.text
    assert (await acting.status(campaign))["n"] == 0


@pytest.mark.parametrize("path", ["/s/persetujuan", "/s/jawaban", "/s/tarik-diri", "/s/keluar"])
async def test_a_form_needs_the_token_of_this_invitation(acting: Acting, browser: Browser, path: str) -> None:
    campaign = await acting.open_campaign()
    first, second = await acting.invite(campaign, 2)
    page = await browser.get(f"/s/{first}")
    of_first = browser.csrf
    await browser.get(f"/s/{second}")
    fields = {"decision": "willing", "text_version": browser.hidden(page, "text_version")}
    for wrong in ({"csrf": ""}, {"csrf": "0" * 64}, {"csrf": of_first}):
        refused = await browser.client.post(path, data=fields | wrong, headers=BROWSER)
        assert refused.status_code == 403
    assert (await browser.get("/s")).text.count("Kirim keputusan") == 1
    assert (await acting.status(campaign))["n"] == 0


@pytest.mark.parametrize("path", ["/s/persetujuan", "/s/jawaban", "/s/tarik-diri"])
async def test_a_form_of_one_tab_never_lands_at_the_invitation_of_another(
    acting: Acting, browser: Browser, path: str
) -> None:
    """Two invitations in one browser: its cookie stands for the one that was opened last."""
    campaign = await acting.open_campaign()
    first, second = await acting.invite(campaign, 2)
    if path != "/s/persetujuan":
        await acting.agree(first)
        await acting.agree(second)
    page = await browser.get(f"/s/{first}")
    if path == "/s/tarik-diri":
        page = await browser.get(path)
    made_for_first = carried(page.text, path)
    chosen = {
        "/s/persetujuan": {"decision": "willing"},
        "/s/jawaban": dict.fromkeys(KEYS, "2"),
        "/s/tarik-diri": {},
    }[path]
    before = await acting.status(campaign)

    await browser.get(f"/s/{second}")
    refused = await browser.post(path, **made_for_first | chosen)
    assert refused.status_code == 403  # the token of another cookie
    await browser.get("/s")
    again = await browser.post(path, **made_for_first | chosen | {"csrf": browser.csrf})
    assert again.status_code == 409
    assert "Undangan lain sedang terbuka" in again.text
    assert ("Isian Anda tidak hilang" in again.text) == bool(chosen)
    assert await acting.status(campaign) == before

    await browser.get(f"/s/{first}")  # its own invitation opened again: the refused form can be sent
    await browser.post(path, **made_for_first | chosen | {"csrf": browser.csrf})
    theirs, other = [(await acting.post("sheet", token)).json() for token in (first, second)]
    assert (await acting.status(campaign)) != before
    moved = {"/s/persetujuan": "willing", "/s/jawaban": "willing", "/s/tarik-diri": "withdrawn"}[path]
    assert (theirs["decision"], theirs["is_finished"]) == (moved, path == "/s/jawaban")
    assert (other["decision"], other["is_finished"]) == (
        None if path == "/s/persetujuan" else "willing", False,
    )  # fmt: skip


async def test_missing_answer_is_shown_at_its_question_and_nothing_chosen_is_lost(
    acting: Acting, browser: Browser
) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await acting.agree(token)
    page = await browser.get(f"/s/{token}")
    given = dict.fromkeys(KEYS, "4")
    del given["waktu"]
    draft = browser.hidden(page, "response_id")
    page = await browser.post("/s/jawaban", response_id=draft, **given)
    assert page.status_code == 422
    assert 'href="#f-waktu"' in page.text
    assert 'id="e-waktu"' in page.text
    assert page.text.count(" checked") == len(KEYS) - 1
    assert browser.hidden(page, "response_id") == draft
    page = await browser.post("/s/jawaban", response_id=draft, waktu="2", **given)
    assert "sudah diterima" in page.text


async def test_no_choice_at_the_consent_form_is_an_error_at_the_field(
    acting: Acting, browser: Browser
) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await browser.get(f"/s/{token}")
    page = await browser.post("/s/persetujuan")
    assert page.status_code == 422
    assert 'href="#f-decision"' in page.text


async def test_the_consent_form_cannot_withdraw_which_would_leave_the_answers_behind(
    acting: Acting, browser: Browser
) -> None:
    campaign = await acting.open_campaign()
    (token,) = await acting.invite(campaign)
    await acting.agree(token)
    await browser.get(f"/s/{token}")
    page = await browser.post("/s/persetujuan", decision="withdrawn", text_version="2026-3")
    assert page.status_code == 422
    assert (await acting.status(campaign))["willing"] == 1


@pytest.mark.parametrize(
    ("decision", "words"), [("later", "memutuskan nanti"), ("refused", "tidak bersedia")]
)
async def test_later_and_no_lead_back_to_the_choice(
    acting: Acting, browser: Browser, decision: str, words: str
) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    page = await browser.get(f"/s/{token}")
    page = await browser.post(
        "/s/persetujuan", decision=decision, text_version=browser.hidden(page, "text_version")
    )
    assert words in page.text
    assert "Kirim keputusan" in page.text


async def test_closed_survey_says_so_and_draft_too(acting: Acting, browser: Browser) -> None:
    campaign = await acting.open_campaign()
    (token,) = await acting.invite(campaign)
    headers = acting.headers("unit_leader", **{"If-Match": '"2"'})
    await acting.client.post(f"/campaigns/{campaign['campaign_id']}/close", headers=headers)
    assert "Survei sudah ditutup" in (await browser.get(f"/s/{token}")).text
    draft = (
        await acting.client.post("/campaigns", json=MAKE | {"period": "2027"}, headers=acting.headers())
    ).json()
    (early,) = await acting.invite(draft)
    assert "Survei belum dibuka" in (await browser.get(f"/s/{early}")).text


@pytest.mark.parametrize("path", ["/s", "/s/tarik-diri", f"/s/{TOKEN}", "/s/bad.token"])
async def test_without_a_known_invitation_there_is_a_page_that_says_what_to_do(
    browser: Browser, path: str
) -> None:
    page = await browser.get(path)
    assert page.status_code == 404
    assert "autan" in page.text
    assert "Masuk" not in re.sub(r"<header.*?</header>", "", page.text, flags=re.DOTALL)


async def test_leaving_forgets_the_invitation_in_this_browser(acting: Acting, browser: Browser) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await browser.get(f"/s/{token}")
    page = await browser.post("/s/keluar")
    assert "tautan undangan" in page.text
    assert (await browser.get("/s")).status_code == 404


# -- nothing typed is lost ----------------------------------------------------------------------------------


async def test_a_decision_on_an_outdated_text_stays_chosen(acting: Acting, browser: Browser) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await browser.get(f"/s/{token}")
    page = await browser.post("/s/persetujuan", decision="later", text_version="2020-1")
    assert page.status_code == 409
    assert 'value="later" checked' in page.text
    assert "Kirim keputusan" in page.text


@pytest.mark.parametrize("change", ["reissued", "undecided", "closed"])
async def test_answers_that_have_no_form_any_more_come_back_with_the_refusal(
    acting: Acting, browser: Browser, change: str
) -> None:
    campaign = await acting.open_campaign()
    place = f"/campaigns/{campaign['campaign_id']}"
    headers = acting.headers()
    invited = await acting.client.post(f"{place}/invitations", json={"count": 1}, headers=headers)
    [person] = invited.json()["items"]
    if change != "undecided":
        await acting.agree(person["token"])
    await browser.get(f"/s/{person['token']}")
    if change == "reissued":
        await acting.client.post(f"{place}/invitations/{person['participant_id']}/reissue", headers=headers)
    if change == "closed":
        leader = acting.headers("unit_leader", **{"If-Match": '"2"'})
        closed = await acting.client.post(f"{place}/close", headers=leader)
        assert closed.status_code == 200, closed.text
    given = dict(zip(KEYS, "4321" * len(KEYS), strict=False))
    page = await browser.post("/s/jawaban", **given)
    assert page.status_code == {"reissued": 404, "undecided": 409, "closed": 410}[change]
    assert "Isian Anda tidak hilang" in page.text
    assert {name: browser.hidden(page, name) for name in KEYS} == given


async def test_nothing_of_a_questionnaire_stays_behind_back(acting: Acting, browser: Browser) -> None:
    (token,) = await acting.invite(await acting.open_campaign())
    await acting.agree(token)
    shown = await browser.get(f"/s/{token}")
    assert shown.headers["cache-control"] == "no-store"
    fields = {
        "csrf": browser.csrf, "invitation": browser.invitation, **dict.fromkeys(KEYS, "4")
    }  # fmt: skip
    sent = await browser.client.post("/s/jawaban", data=fields, headers=BROWSER)
    assert (sent.status_code, sent.headers["location"]) == (303, "/s")
    left = await browser.client.post("/s/keluar", data={"csrf": browser.csrf}, headers=BROWSER)
    assert left.headers["clear-site-data"] == '"cache"'
    assert token not in str(browser.client.cookies)
