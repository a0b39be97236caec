"""What the ministry's portal pulls, and how it is refused, over HTTP and a real database. Kafka is away."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from jsonschema import Draft202012Validator

from services.planning import main
from services.planning.portal import pull_api
from services.planning.portal.domain.pulls import allowed_pulls
from services.planning.portal.usecases.tokens import known_token
from services.planning.settings import Settings
from shared.db.bootstrap import ServiceDatabase
from tests.support.clock import run_by, stand_still
from tests.support.http import AWAY, ORIGIN, client_of
from tests.support.lke import raw_answers, sent_answers
from tests.support.nominating import AGENCY_FACTS
from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import Browser
from tests.support.portal import (
    ANSWERS,
    ERROR,
    UNIT,
    UNITS,
    WBBM,
    WBK,
    Portal,
    freeze_units,
    in_days,
    issue,
    let_in,
    write,
)
from tests.support.proposal_pages import Agency
from tests.support.stages import announce
from tests.support.tokens import TestIssuer

SECRET_LETTERS = 43
"""How many signs of a token are the secret, at its end."""
MALFORMED = (".punya-siapa", "a" * 65, "a%20b", "unit%00", "ünit")


def is_good(answer: httpx2.Response, schema: dict[str, Any]) -> Any:
    """Return the body of an answer that is what the guide says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    Draft202012Validator(schema).validate(answer.json())
    return answer.json()


def refused(answer: httpx2.Response, status: int, code: str) -> None:
    """Assert that an answer is a refusal in the guide's form, whatever else was asked for."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    Draft202012Validator(ERROR).validate(answer.json())
    assert answer.json()["code"] == code
    assert "location" not in answer.headers


async def proposed(agency: Agency, head: Browser, **fields: Any) -> tuple[str, Portal]:
    """Return a unit of a frozen package, and the portal that is let in."""
    unit = await agency.unit(**fields)
    await freeze_units(agency, head, unit)
    return unit, await let_in(agency)


def portal_values(body: Any) -> dict[int, str | None]:
    return {one["soal_id"]: one["jawaban_unit"] for one in body["answers"]}


# -- bodies


async def test_the_bodies_are_what_the_guide_says(agency: Agency, head: Browser) -> None:
    unit = await agency.unit(name="Kantor Layanan Émeraude")
    await write(agency, unit, "unit", *sent_answers("02-specimen"))
    await write(agency, unit, "tpi", {"item_code": "B.I.a", "index": "3.71"})
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    listed = is_good(await portal.get(WBK), UNITS)
    assert listed == {
        "tahun": YEAR,
        "units": [
            {"id": unit, "nama": "Kantor Layanan Émeraude", "kategori": "WBK", "afirmasi": False},
        ],
    }
    assert is_good(await portal.get(WBBM), UNITS) == {"tahun": YEAR, "units": []}, "eligible without a unit"
    body = is_good(await portal.answers(unit), ANSWERS)
    assert (body["unit_id"], body["nama_unit"], body["tahun"]) == (unit, "Kantor Layanan Émeraude", YEAR)
    assert [one["soal_id"] for one in body["answers"]] == list(range(1, 128))
    values = portal_values(body)
    assert [values[number] for number in (1, 88, 89, 125)] == ["Ya", "2", "2", "4"]
    assert body["answers"][124]["jawaban_tpi"] == "3.71"


SPECIMENS = raw_answers("02-specimen", "02-lampiran-iii-sample")
DIRECTORATES = raw_answers("03-directorate", "03-kspstk-2024")


@pytest.mark.parametrize("name", SPECIMENS)
async def test_the_printed_specimen_is_sent_as_it_stands(agency: Agency, head: Browser, name: str) -> None:
    unit = await agency.unit()
    await write(agency, unit, "unit", *sent_answers(SPECIMENS[name]))
    await freeze_units(agency, head, unit)
    values = portal_values(is_good(await (await let_in(agency)).answers(unit), ANSWERS))
    assert [values[number] for number in (1, 88, 89, 125)] == ["Ya", "2", "2", "4"]
    assert None not in values.values()


@pytest.mark.parametrize("name", DIRECTORATES)
async def test_what_is_unanswered_is_null_and_never_a_blank_or_a_zero(
    agency: Agency, head: Browser, name: str
) -> None:
    unit = await agency.unit()
    await write(agency, unit, "unit", *sent_answers(DIRECTORATES[name]))
    await freeze_units(agency, head, unit)
    values = portal_values(is_good(await (await let_in(agency)).answers(unit), ANSWERS))
    assert {number for number, value in values.items() if value is None} == {13, 42, 74}


async def test_two_pulls_are_the_same_bytes_while_answers_change_until_a_new_package(
    agency: Agency, head: Browser
) -> None:
    unit = await agency.unit()
    await write(agency, unit, "unit", {"item_code": "A.I.1.i.a", "letter": "Ya"})
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    before = [(await portal.get(path)).content for path in (WBK, WBBM, f"{UNIT}/{unit}")]
    await write(agency, unit, "unit", {"item_code": "A.I.1.i.a", "letter": "Tidak"})
    after = [(await portal.get(path)).content for path in (WBK, WBBM, f"{UNIT}/{unit}")]
    assert before == after
    await agency.frozen(head, reason="Jawaban dibetulkan.")
    assert portal_values((await portal.answers(unit)).json())[1] == "Tidak"


async def test_a_change_that_is_not_frozen_is_not_pulled(agency: Agency, head: Browser) -> None:
    unit, portal = await proposed(agency, head)
    other = await agency.unit()
    await agency.proposed(head, other)
    assert [one["id"] for one in (await portal.get(WBK)).json()["units"]] == [unit]
    refused(await portal.answers(other), 404, "UNIT_NOT_FOUND")


async def test_afirmasi_goes_with_its_category(agency: Agency, head: Browser) -> None:
    unit = await agency.unit(name="RSUD Melati", unit_type="rsud")
    await agency.ready()
    await agency.proposed(head, unit)
    await head.get(agency.place("unit", unit))
    changed = await head.post(agency.place("unit", unit), category="WBK-AFIRMASI")
    assert changed.status_code == 303, changed.text
    await agency.handed_in(head)
    await agency.frozen(head)
    (listed,) = is_good(await (await let_in(agency)).get(WBK), UNITS)["units"]
    assert (listed["kategori"], listed["afirmasi"]) == ("WBK-AFIRMASI", True)


# -- refusals


async def test_without_a_token_of_its_own_kind_nobody_gets_in(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    unit, portal = await proposed(agency, head)
    person = agency.headers("agency_head")["Authorization"]
    refused(await planning.client.get(WBK), 401, "UNAUTHENTICATED")
    for sent in (
        person, "Bearer x", f"Bearer {portal.token}x", f"Bearer {portal.token[:-1]}", "Basic eDp5",
        f"Bearer zi_portalrb_{uuid4().hex}_{portal.token[-43:]}", f"Bearer {portal.token.upper()}",
    ):  # fmt: skip
        answer = await planning.client.get(f"{UNIT}/{unit}", headers={"Authorization": sent})
        refused(answer, 401, "UNAUTHENTICATED" if sent.startswith("Basic") else "TOKEN_INVALID")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    wrong = portal.token[:-1] + ("A" if portal.token[-1] != "A" else "B")
    refused(await Portal(planning, wrong).get(WBK), 401, "TOKEN_INVALID")


async def test_its_token_opens_nothing_else(agency: Agency, head: Browser, planning: Planning) -> None:
    unit, portal = await proposed(agency, head)
    for path in ("/units", f"/units/{unit}", "/nominations", f"/agencies/{agency.id}/portal-tokens"):
        answer = await portal.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
        assert answer.headers["content-type"] == "application/problem+json", "RFC 9457 everywhere else"


async def test_a_token_opens_its_own_agency_alone(agency: Agency, head: Browser, planning: Planning) -> None:
    unit, _ = await proposed(agency, head)
    other = Agency(planning, f"a-{uuid4().hex[:10]}")
    await other.ready_with_units()
    refused(await (await let_in(other)).answers(unit), 404, "PACKAGE_NOT_FOUND")


async def test_without_a_package_there_is_no_empty_list(agency: Agency, head: Browser) -> None:
    portal = await let_in(agency)
    unit = await agency.unit()
    for path in (WBK, WBBM, f"{UNIT}/{unit}"):
        refused(await portal.get(path), 404, "PACKAGE_NOT_FOUND")
    await agency.ready()
    await agency.proposed(head, unit)
    refused(await portal.get(WBK), 404, "PACKAGE_NOT_FOUND")


async def test_a_proposal_that_was_withdrawn_answers_no_more(agency: Agency, head: Browser) -> None:
    unit, portal = await proposed(agency, head)
    await head.get(agency.place("tarik"))
    done = await head.post(agency.place("tarik"), reason="Ditunda.")
    assert done.status_code == 303, done.text
    refused(await portal.answers(unit), 404, "PACKAGE_NOT_FOUND")


async def test_wbbm_is_forbidden_to_an_agency_that_may_not_propose_for_it(
    agency: Agency, head: Browser
) -> None:
    unit = await agency.unit()
    await agency.ready()
    low = AGENCY_FACTS | {"indeks_rb": "CC"}
    await agency.told(f"/agencies/{agency.id}/preconditions/{YEAR}", low)
    await agency.packaged(head, unit)
    portal = await let_in(agency)
    refused(await portal.get(WBBM), 403, "AGENCY_NOT_ELIGIBLE")
    assert (await portal.get(WBK)).status_code == 200


async def test_units_are_told_apart_from_what_is_no_id(agency: Agency, head: Browser) -> None:
    _, portal = await proposed(agency, head)
    refused(await portal.answers("u-unknown"), 404, "UNIT_NOT_FOUND")
    for name in MALFORMED:
        answer = await portal.answers(name)
        refused(answer, 422, "VALIDATION_FAILED" if "%00" in name else "UNIT_ID_INVALID")


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_no_slash_no_other_path_and_no_other_method_leaves_the_form(
    agency: Agency, head: Browser, planning: Planning, accept: str
) -> None:
    unit, portal = await proposed(agency, head)
    for path in (f"{WBK}/", f"{WBBM}/", f"{UNIT}/{unit}/", "/portalrb", "/portalrb/", "/portalrb/lke", UNIT):
        refused(await portal.get(path, Accept=accept), 404, "NOT_FOUND")
    headers = {"Authorization": f"Bearer {portal.token}", "Accept": accept}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused(await planning.client.request(method, WBK, headers=headers), 405, "METHOD_NOT_ALLOWED")
    anonymous = await planning.client.get(WBK, headers={"Accept": accept})
    refused(anonymous, 401, "UNAUTHENTICATED")


async def test_nothing_is_left_out_because_it_was_pulled_before(agency: Agency, head: Browser) -> None:
    unit, portal = await proposed(agency, head)
    first = await portal.answers(unit)
    again = await portal.get(
        f"{UNIT}/{unit}", **{"If-None-Match": "*", "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}
    )
    assert (again.status_code, again.content) == (200, first.content)
    assert first.headers["cache-control"] == "no-store"


async def test_a_database_that_is_away_is_a_fault_there_and_nowhere_else(
    issuer: TestIssuer, tmp_path: Path
) -> None:
    settings = Settings(
        public_url=ORIGIN,
        database_url=AWAY,
        kafka_bootstrap="127.0.0.1:1",
        issuer="https://issuer.test",
        secret_key="a secret key of this test, 32 long",
        data_dir=tmp_path,
    )
    app = main.build(settings, "api", verifier=issuer.verifier())
    token = f"zi_portalrb_{uuid4().hex}_{'t' * 43}"
    async with client_of(app) as client:
        for path in (WBK, WBBM, f"{UNIT}/u-1"):
            answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
            refused(answer, 500, "DATABASE_AWAY")
        admin = issuer.headers("admin", level="agency", agencies=["a1"])
        assert (await client.get("/units", headers=admin)).status_code == 503


async def test_a_fault_of_ours_has_the_form_too(
    agency: Agency, head: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, portal = await proposed(agency, head)

    def fail(*_: object) -> bytes:
        raise RuntimeError("secret")

    monkeypatch.setattr("services.planning.portal.usecases.pulling.answers_body", fail)
    answer = await portal.answers(unit)
    refused(answer, 500, "INTERNAL_ERROR")
    assert "secret" not in answer.text


async def test_three_tries_of_everything_go_through_and_a_flood_does_not(
    agency: Agency, head: Browser
) -> None:
    unit, portal = await proposed(agency, head)
    paths = [WBK, WBBM, f"{UNIT}/{unit}"]
    most = allowed_pulls(1)
    assert most == 3 * len(paths)
    answers = [await portal.get(paths[number % 3]) for number in range(2 * most + 1)]
    assert {one.status_code for one in answers[:most]} == {200}
    stopped = [one for one in answers if one.status_code != 200]
    assert stopped, "of three limits' worth of pulls at least one falls into a minute that is full"
    refused(stopped[0], 429, "RATE_LIMITED")
    assert 1 <= int(stopped[0].headers["retry-after"]) <= 60
    second = await let_in(agency)
    assert (await second.get(WBK)).status_code == 200, "each token has its own"


# -- years


@pytest.fixture
async def clock(planning_database: ServiceDatabase) -> Any:
    """Lets the database's clock stand at a moment, until the test ends."""
    owner = await asyncpg.connect(planning_database.owner_url)
    try:
        yield lambda year, month, day: stand_still(owner, datetime(year, month, day, 5, tzinfo=UTC))
    finally:
        await run_by(owner, "clock_timestamp()")
        await owner.close()


async def test_after_the_days_of_proposals_the_same_package_answers_until_the_year_ends(
    agency: Agency, head: Browser, planning: Planning, clock: Callable[[int, int, int], Any]
) -> None:
    await clock(YEAR, 5, 20)
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency, expires_on=f"{YEAR + 1}-02-01")
    shut = await announce(
        planning, "pengusulan", agency=agency.id, closes_on=f"{YEAR}-05-31", reason="Sudah cukup."
    )
    assert shut.status_code == 200, shut.text
    during = await portal.answers(unit)
    await clock(YEAR, 12, 31)
    assert (await portal.answers(unit)).content == during.content
    await clock(YEAR + 1, 1, 2)
    refused(await portal.answers(unit), 404, "PACKAGE_NOT_FOUND")


async def test_days_that_were_moved_into_the_next_year_keep_the_package(
    agency: Agency, head: Browser, planning: Planning, clock: Callable[[int, int, int], Any]
) -> None:
    await clock(YEAR, 12, 20)
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency, expires_on=f"{YEAR + 1}-02-01")
    await clock(YEAR + 1, 1, 2)
    assert (await portal.answers(unit)).status_code == 200, "the last day is far away"


async def test_a_package_that_was_frozen_early_waits_for_its_year(
    agency: Agency, head: Browser, clock: Callable[[int, int, int], Any]
) -> None:
    """Else it would hide the package that the ministry pulls now."""
    await clock(YEAR, 5, 20)
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    await clock(YEAR - 1, 12, 20)
    portal = await let_in(agency, expires_on=f"{YEAR}-02-01")
    refused(await portal.answers(unit), 404, "PACKAGE_NOT_FOUND")
    await clock(YEAR, 1, 2)
    assert (await portal.answers(unit)).status_code == 200


async def test_a_token_that_is_revoked_between_its_check_and_the_pull_opens_nothing(
    agency: Agency, head: Browser, planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, portal = await proposed(agency, head)
    found = list[Any]()

    async def known_before(session: Any, text: str) -> Any:
        found.append(found[0] if found else await known_token(session, text))
        return found[0]

    monkeypatch.setattr(pull_api, "known_token", known_before)
    assert (await portal.answers(unit)).status_code == 200
    gone = f"/portal-tokens/{found[0].token_id}/revoke"
    revoked = await planning.client.post(gone, headers=agency.headers("admin") | {"If-Match": '"1"'})
    assert revoked.status_code == 200, revoked.text
    refused(await portal.answers(unit), 401, "TOKEN_INVALID")


# -- what is noted


async def test_every_pull_leaves_a_row_whatever_its_answer(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    unit, portal = await proposed(agency, head)
    for path in (WBK, f"{UNIT}/{unit}", f"{UNIT}/u-unknown", f"{UNIT}/.x", WBBM):
        await portal.get(path)
    await planning.client.get(WBK)
    found = await planning.client.get(f"/agencies/{agency.id}/portal-pulls", headers=agency.headers("admin"))
    assert [
        (one["route"], one["unit_id"], one["version"], one["status"]) for one in found.json()["items"]
    ] == [
        ("unit-wbbm", None, 1, 200),
        ("jawaban-unit", None, 1, 422),
        ("jawaban-unit", "u-unknown", 1, 404),
        ("jawaban-unit", unit, 1, 200),
        ("unit-wbk", None, 1, 200),
    ]
    with pytest.raises(Exception, match="permission denied"):
        await planning.rows("DELETE FROM portal_pull RETURNING 1")


async def test_pulls_are_listed_by_pages_the_newest_first(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    _, portal = await proposed(agency, head)
    for _ in range(5):
        await portal.get(WBK)
    path, headers = f"/agencies/{agency.id}/portal-pulls", agency.headers("agency_head")
    whole = (await planning.client.get(path, headers=headers)).json()["items"]
    seen: list[Any] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await planning.client.get(path, params=query, headers=headers)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert (seen, len(seen)) == (whole, 5)


# -- tokens


async def test_two_tokens_are_valid_at_once_for_rotation_and_a_third_waits_for_one_to_go(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    _, old = await proposed(agency, head)
    new = await let_in(agency)
    assert [(await one.get(WBK)).status_code for one in (old, new)] == [200, 200]
    third = await issue(agency)
    assert (third.status_code, third.json()["code"]) == (409, "portal_tokens_full")
    assert (await issue(agency, client="Uji Coba")).status_code == 201, "another client has its own two"
    path, headers = f"/agencies/{agency.id}/portal-tokens", agency.headers("admin")
    listed = (await planning.client.get(path, headers=headers)).json()["tokens"]
    (first,) = [one for one in listed if one["token_id"].replace("-", "") in old.token]
    gone = f"/portal-tokens/{first['token_id']}/revoke"
    stale = await planning.client.post(gone, headers=headers | {"If-Match": '"7"'})
    assert stale.status_code == 412
    done = await planning.client.post(gone, headers=headers | {"If-Match": '"1"'})
    assert (done.status_code, done.json()["revoked_by"]) == (200, f"api-admin-{agency.id}")
    refused(await old.get(WBK), 401, "TOKEN_INVALID")
    assert (await new.get(WBK)).status_code == 200
    assert (await issue(agency)).status_code == 201
    acts = await planning.rows(
        "SELECT operation FROM audit WHERE entity_id = :token ORDER BY id", token=first["token_id"]
    )
    assert [row[0] for row in acts] == ["create_portal_token", "revoke_portal_token"]


async def test_a_token_ends_after_its_last_day(
    agency: Agency, head: Browser, clock: Callable[[int, int, int], Any]
) -> None:
    await clock(YEAR, 5, 20)
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency, expires_on=f"{YEAR}-05-21")
    await clock(YEAR, 5, 21)
    assert (await portal.get(WBK)).status_code == 200
    await clock(YEAR, 5, 22)
    refused(await portal.get(WBK), 401, "TOKEN_INVALID")


@pytest.mark.parametrize("day", [in_days(-2), in_days(500)])
async def test_a_token_ends_neither_before_it_begins_nor_far_away(agency: Agency, day: str) -> None:
    made = await issue(agency, expires_on=day)
    assert (made.status_code, made.json()["code"]) == (422, "portal_token_expiry")


async def test_a_token_is_told_once_and_kept_as_a_hash(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    _, portal = await proposed(agency, head)
    await portal.get(WBK)
    listed = await planning.client.get(
        f"/agencies/{agency.id}/portal-tokens", headers=agency.headers("admin")
    )
    secret = portal.token[-SECRET_LETTERS:]  # it may hold underscores of its own
    assert secret not in listed.text
    (one,) = listed.json()["tokens"]
    assert one["last_used_on"] is not None
    rows = await planning.rows(
        "SELECT row_to_json(portal_token)::text FROM portal_token UNION ALL"
        " SELECT row_to_json(audit)::text FROM audit UNION ALL"
        " SELECT row_to_json(portal_pull)::text FROM portal_pull"
    )
    assert [row[0] for row in rows if secret in row[0]] == []


async def test_no_log_line_holds_a_token(
    agency: Agency, head: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    unit, portal = await proposed(agency, head)
    await portal.answers(unit)
    await portal.answers("u-unknown")
    await Portal(agency.planning, portal.token[:-1] + "_").get(WBK)
    await portal.get("/units")
    said = "".join(capfd.readouterr())
    assert "http_request" in said, "the log was written"
    assert "token_refused" in said, "operators are told to look for it"
    assert portal.token[-43:-1] not in said
    assert "zi_portalrb_" not in said
