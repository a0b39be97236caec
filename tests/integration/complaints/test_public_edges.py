"""What strangers send: what counts and what does not, keys of several callers, and leaving for good."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.complaints.intake import limits, receipts
from services.complaints.intake.data import intake_rules
from shared.http.limits.bursts import parse
from shared.http.limits.waiting import Wait, WaitingRoom
from shared.http.state import state_of
from shared.security.sealing import derive_key, unseal
from tests.integration.complaints.acting import BROWSER, FORM, REPORT, WRONG, hidden, receipt_on, try_receipt
from tests.integration.complaints.conftest import ORIGIN, SECRET, Filer
from tests.support.forms import carried, filled
from tests.support.tokens import TestIssuer


@asynccontextmanager
async def calling(app: FastAPI, source: str = "192.0.2.1") -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, client=(source, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with calling(app) as made:
        yield made


async def report(client: httpx2.AsyncClient, key: str = "", **headers: str) -> httpx2.Response:
    sent = {"Idempotency-Key": key or uuid4().hex} | headers
    return await client.post("/public/cases", json=REPORT, headers=sent)


async def counted(filer: Filer, rule: str = "intake") -> int:
    [(hits,)] = await filer.rows(
        "SELECT coalesce(sum(hits), 0) FROM rate_limit WHERE rule = :rule", rule=rule
    )
    return int(hits)


async def used_up(filer: Filer, hits: int, rule: str = "intake") -> None:
    """Let the source that was counted have been counted so often in this window."""
    async with filer.db.transaction() as session:
        await session.execute(
            text("UPDATE rate_limit SET hits = :hits WHERE rule = :rule"), {"hits": hits, "rule": rule}
        )


# -- what counts --------------------------------------------------------------------------------------------


async def test_a_repetition_and_a_refusal_cost_nothing(client: httpx2.AsyncClient, filer: Filer) -> None:
    key = uuid4().hex
    first = await report(client, key)
    for _ in range(8):
        assert (await report(client, key)).json() == first.json()
    for wrong in (
        {"text": "pendek"},
        {"unit_id": "u-77"},
        {"event_on": "2026-01-06"},
        {"privacy_notice": "0"},
    ):
        assert (await client.post("/public/cases", json=REPORT | wrong)).status_code == 422
        form = FORM | {"key": uuid4().hex} | wrong | ({"place": "unit:u-77"} if "unit_id" in wrong else {})
        form.pop("unit_id", None)
        assert (await client.post("/lapor", data=form, headers=BROWSER)).status_code == 422
    assert await counted(filer) == await counted(filer, "intake-unit") == 1


async def test_the_first_answer_is_given_again_also_at_the_limit(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    key = uuid4().hex
    first = await report(client, key)
    await used_up(filer, 60)
    assert (await report(client)).status_code == 429
    again = await report(client, key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_report_that_fails_in_the_end_is_not_counted(
    client: httpx2.AsyncClient, filer: Filer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("shared.recording.audit.record", never)
        assert (await report(client)).status_code == 503
    assert await counted(filer) == 0


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "at once"])
async def test_no_more_than_the_free_reports_of_an_hour_pass_without_waiting(
    app: FastAPI, client: httpx2.AsyncClient, filer: Filer, one_by_one: bool
) -> None:
    free = intake_rules().reports_per_unit_and_hour.free
    if one_by_one:
        statuses = [(await report(client)).status_code for _ in range(free + 2)]
    else:
        answers = await asyncio.gather(*(report(client) for _ in range(free + 2)))
        statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [201] * free + [429] * 2
    assert await counted(filer) == await counted(filer, "intake-unit") == free


async def test_neighbours_of_a_64_are_one_source_and_mapped_addresses_are_ipv4(
    app: FastAPI, filer: Filer
) -> None:
    for source in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "192.0.2.7", "::ffff:192.0.2.7"):
        async with calling(app, source) as client:
            assert (await report(client)).status_code == 201
    rows = await filer.rows("SELECT hits FROM rate_limit WHERE rule = 'intake'")
    assert [row.hits for row in rows] == [2, 2]


# -- waiting ------------------------------------------------------------------------------------------------


async def test_above_the_free_number_a_wait_lets_one_report_through(
    app: FastAPI, client: httpx2.AsyncClient, filer: Filer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(client)
    await used_up(filer, 10)
    key = uuid4().hex
    told = await report(client, key)
    assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (429, "wait_first", "30")
    token = told.json()["wait_token"]
    early = await report(client, key, **{"X-Wait-Token": token})
    assert (early.status_code, early.json()["wait_token"]) == (429, token)
    assert 1 <= int(early.headers["retry-after"]) <= 30
    monkeypatch.setattr(limits, "_RULES", replace(intake_rules(), wait=Wait(0, 0, 0)))
    for _ in range(2):
        passed = await report(client, key, **{"X-Wait-Token": token})
        assert passed.status_code == 201
    assert await counted(filer) == 11


async def test_tokens_that_waited_beside_each_other_let_one_report_through(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    free = intake_rules().reports_per_unit_and_hour.free
    for _ in range(free):
        assert (await report(client)).status_code == 201
    assert await counted(filer, "intake-at") == 0, "nothing tells when those wrote who need not wait"
    waiting = {key: await report(client, key) for key in (uuid4().hex for _ in range(8))}
    sent = {key: {"X-Wait-Token": told.json()["wait_token"]} for key, told in waiting.items()}
    for key, headers in sent.items():  # as if all had begun to wait long ago
        headers["X-Wait-Token"] = waited(headers["X-Wait-Token"], key)
    async with filer.db.transaction() as session:
        await session.execute(
            text(
                "UPDATE rate_limit SET window_start = window_start - interval '1 minute' "
                "WHERE rule = 'intake-unit-at'"
            )
        )
    answers = await _together(*(report(client, key, **headers) for key, headers in sent.items()))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [429] * 7
    told = next(answer for answer in answers if answer.status_code == 429)
    assert told.json()["code"] == "wait_first"
    assert 30 <= int(told.headers["retry-after"]) <= 60, "the next one waits for its own time"
    assert await counted(filer, "intake-unit") == free + 1


async def test_a_wait_belongs_to_one_key_and_cannot_be_made_up(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    await report(client)
    await used_up(filer, 10)
    token = (await report(client)).json()["wait_token"]
    since, _, signature = token.partition(".")
    for wrong in (token, f"{int(since) - 300}.{signature}", f"0.{signature}", "", ".", "9" * 80, "²³.x"):
        answer = await client.post(
            "/public/cases",
            json=REPORT,
            headers={
                b"Idempotency-Key": uuid4().hex.encode(),
                b"X-Wait-Token": wrong.encode("latin-1"),
            },
        )
        assert answer.headers["retry-after"] == "30", wrong


async def test_without_a_key_there_is_nothing_to_wait_with(client: httpx2.AsyncClient, filer: Filer) -> None:
    await report(client)
    await used_up(filer, 10)
    told = await client.post("/public/cases", json=REPORT)
    assert told.status_code == 429
    assert "wait_token" not in told.json()
    assert "Idempotency-Key" in told.json()["detail"]


async def test_above_the_most_of_an_hour_no_wait_helps(client: httpx2.AsyncClient, filer: Filer) -> None:
    await report(client)
    await used_up(filer, 60)
    told = await report(client)
    assert (told.status_code, told.json()["code"]) == (429, "rate_limited")
    page = await client.post("/lapor", data=FORM | {"key": "k" * 32}, headers=BROWSER)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) >= 1
    assert FORM["text"] in page.text
    assert 'value="Wulan Contoh"' in page.text


async def test_the_waiting_page_keeps_what_was_typed_and_needs_no_script(
    client: httpx2.AsyncClient, filer: Filer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(client)
    await used_up(filer, 10)
    page = await client.post("/lapor", data=FORM | {"key": "k" * 32}, headers=BROWSER)
    assert (page.status_code, page.headers["retry-after"]) == (429, "30")
    assert "Tunggu 30 detik" in page.text
    assert FORM["text"] in page.text
    sent_again = FORM | {name: hidden(page.text, name) for name in ("key", "wait")}
    assert sent_again["key"] == "k" * 32
    monkeypatch.setattr(limits, "_RULES", replace(intake_rules(), wait=Wait(0, 0, 0)))
    done = await client.post("/lapor", data=sent_again, headers=BROWSER)
    assert 'id="tanda-terima"' in done.text
    without = await client.post("/lapor", data=sent_again | {"wait": ""}, headers=BROWSER)
    assert receipt_on(without.text) == receipt_on(done.text), "an answer that got lost is given again"


# -- guessed receipts ---------------------------------------------------------------------------------------


async def show(client: httpx2.AsyncClient, receipt: str, wait: str = "") -> httpx2.Response:
    headers = {"X-Wait-Token": wait}
    return await client.post("/public/receipt-sessions", json={"receipt": receipt}, headers=headers)


def waited(token: str, key: str) -> str:
    """Return the token as of somebody who began to wait long before."""
    return WaitingRoom(SECRET, intake_rules().wait)._token(key, int(token.partition(".")[0]) - 3000)


async def test_only_wrong_receipts_count(client: httpx2.AsyncClient, filer: Filer) -> None:
    made = (await report(client)).json()
    for _ in range(3):
        assert await try_receipt(client, made["receipt"]) == 201
    assert await try_receipt(client) == 404
    assert await counted(filer, "receipt") == await counted(filer, "receipt-overall") == 1


async def test_a_slip_of_the_pen_counts_for_nothing(client: httpx2.AsyncClient, filer: Filer) -> None:
    for slip in (WRONG[:-1] + "B", "not a receipt", ""):
        assert await try_receipt(client, slip) == 404
    assert await counted(filer, "receipt") == await counted(filer, "receipt-overall") == 0
    assert await try_receipt(client) == 404
    await used_up(filer, 10_000, "receipt")
    assert await try_receipt(client, WRONG[:-1] + "B") == 404, "who mistypes hears so without a wait"


async def test_behind_a_source_that_guessed_a_receipt_opens_after_a_wait(
    client: httpx2.AsyncClient, filer: Filer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await report(client)).json()
    assert await try_receipt(client) == 404
    await used_up(filer, 10_000, "receipt")
    told = await show(client, made["receipt"])
    assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (429, "wait_first", "300")
    page = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    assert (page.status_code, page.headers["retry-after"]) == (429, "300")
    assert "Tunggu 300 detik" in page.text
    assert made["receipt"] in page.text
    early = {"receipt": made["receipt"], "wait": hidden(page.text, "wait")}
    assert (await client.post("/lacak", data=early, headers=BROWSER)).status_code == 429
    receipt = made["receipt"].replace("-", "")
    over = waited(told.json()["wait_token"], receipt)
    assert (await show(client, WRONG, over)).status_code == 429, "the wait fits one receipt"
    assert (await show(client, made["receipt"], over)).status_code == 201
    done = await client.post("/lacak", data=early | {"wait": over}, headers=BROWSER)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")


async def test_a_refused_source_takes_no_place_from_those_who_show_a_receipt(
    app: FastAPI, client: httpx2.AsyncClient, filer: Filer
) -> None:
    made = (await report(client)).json()
    assert await try_receipt(client) == 404
    await used_up(filer, 10_000, "receipt")
    async with AsyncExitStack() as stack, calling(app, "198.51.100.9") as other:
        for _ in range(receipts.TRIES_AT_ONCE):
            await stack.enter_async_context(app.state.receipts.trying())
        assert await try_receipt(client) == 429, "it heard of its limit, so it was in no line"
        assert await try_receipt(other, made["receipt"]) == 503


async def test_a_burst_of_receipts_is_refused_without_asking_the_database(
    app: FastAPI, client: httpx2.AsyncClient, filer: Filer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_BURST", parse("3/minute"))
    made = (await report(client)).json()
    for _ in range(3):
        assert await try_receipt(client, made["receipt"]) == 201
    async with calling(app, "198.51.100.9") as other:
        assert await try_receipt(other, made["receipt"]) == 201, "the burst of one source is its own"

    async def never(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(state_of(app).db, "read", never)
    assert await try_receipt(client, made["receipt"]) == 429
    page = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    assert page.status_code == 429
    assert made["receipt"] in page.text


async def test_many_addresses_guess_together_but_make_nobody_wait_who_hardly_missed(
    app: FastAPI, client: httpx2.AsyncClient, filer: Filer
) -> None:
    limits = intake_rules().receipt_misses
    made = (await report(client)).json()
    assert await try_receipt(client) == 404
    await used_up(filer, limits.overall, "receipt-overall")
    async with calling(app, "198.51.100.9") as other:
        for _ in range(limits.first):
            assert await try_receipt(other) == 404
        told = await show(other, WRONG)
        assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (
            429,
            "wait_first",
            "30",
        )
    assert await try_receipt(client, made["receipt"]) == 201
    await used_up(filer, limits.overall_for_anybody, "receipt-overall")
    told = await show(client, made["receipt"])
    assert (told.json()["code"], told.headers["retry-after"]) == ("wait_first", "40")
    over = waited(told.json()["wait_token"], made["receipt"].replace("-", ""))
    assert (await show(client, made["receipt"], over)).status_code == 201, "everybody gets in after a wait"


async def test_one_48_makes_its_own_sources_wait_and_nobody_else(app: FastAPI, filer: Filer) -> None:
    limits = intake_rules().receipt_misses

    async def miss(source: str) -> int:
        async with calling(app, source) as client:
            return await try_receipt(client)

    assert await miss("2001:db8:0:1::1") == 404
    await used_up(filer, limits.per_site - 1, "receipt-site")
    assert [await miss("2001:db8:0:2::1") for _ in range(4)] == [404, 404, 404, 429]
    assert await counted(filer, "receipt-overall") == 2, "what is above a site's number counts for it alone"
    await used_up(filer, limits.per_site_for_anybody, "receipt-site")
    assert await miss("2001:db8:0:3::1") == 429
    assert await miss("2001:db8:1:1::1") == 404


# -- keys ---------------------------------------------------------------------------------------------------


async def test_the_same_key_of_two_callers_is_two_commands(
    client: httpx2.AsyncClient, issuer: TestIssuer, filer: Filer
) -> None:
    key = {"Idempotency-Key": "one key that several callers happen to use"}
    entry = REPORT | {"channel": "loket"}

    def officer(name: str) -> dict[str, str]:
        return issuer.headers("complaint_officer", subject=name, agencies=["a-1"], units=["u-1"]) | key

    async def all_of_them() -> list[httpx2.Response]:
        return await _together(
            client.post("/public/cases", json=REPORT, headers=key),
            client.post("/cases", json=entry, headers=officer("petugas-1")),
            client.post("/cases", json=entry, headers=officer("petugas-2")),
        )

    first, again = await all_of_them(), await all_of_them()
    assert [answer.status_code for answer in first] == [201] * 3
    assert [answer.json() for answer in again] == [answer.json() for answer in first]
    assert len({answer.json()["receipt"] for answer in first}) == 3
    for answer in first:
        assert await try_receipt(client, answer.json()["receipt"]) == 201


async def test_a_key_after_its_time_is_another_command(client: httpx2.AsyncClient, filer: Filer) -> None:
    key = uuid4().hex
    first = (await report(client, key)).json()
    async with filer.db.transaction() as session:
        await session.execute(text("UPDATE idempotency SET created_at = created_at - interval '73 hours'"))
    answers = await asyncio.gather(*(report(client, key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    later = {answer.json()["receipt"] for answer in answers}
    assert len(later) == 1
    assert later != {first["receipt"]}
    for receipt in (first["receipt"], *later):
        assert await try_receipt(client, receipt) == 201


async def test_simultaneous_repetitions_show_one_receipt_that_is_kept_nowhere(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    key = uuid4().hex
    answers = await asyncio.gather(*(report(client, key) for _ in range(6)))
    [body] = {answer.text: answer.json() for answer in answers if "receipt" in answer.json()}.values()
    assert len(await filer.rows("SELECT 1 FROM case_file")) == 1
    assert await try_receipt(client, body["receipt"]) == 201
    [row] = await filer.rows("SELECT answer FROM idempotency")
    stored = unseal(derive_key(key, "idempotency-answer"), bytes(row.answer), "submit_report")
    assert body["tracking_id"] in stored.decode()
    assert body["receipt"] not in stored.decode()


async def test_a_form_sent_again_with_another_text_can_be_sent_as_a_new_report(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    first = await client.post("/lapor", data=FORM | {"key": "k" * 32}, headers=BROWSER)
    changed = FORM | {"text": "Petugas loket meminta uang di luar tarif."}
    refused = await client.post("/lapor", data=changed | {"key": "k" * 32}, headers=BROWSER)
    assert refused.status_code == 422
    assert changed["text"] in refused.text
    assert "pengaduan baru" in refused.text
    fresh = changed | {"key": hidden(refused.text, "key")}
    second = await client.post("/lapor", data=fresh, headers=BROWSER)
    shown = await client.get(second.headers["location"], headers=BROWSER)
    assert receipt_on(shown.text) != receipt_on(first.text)
    assert len(await filer.rows("SELECT 1 FROM case_file")) == 2


async def test_the_keys_of_two_reporters_never_meet_and_outlive_a_session(
    client: httpx2.AsyncClient, filer: Filer, issuer: TestIssuer
) -> None:
    key = {"Idempotency-Key": "one key that several reporters use"}
    officer = issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"])
    made = [(await report(client)).json() for _ in range(2)]
    for case in made:
        asked = await client.post(
            f"/cases/{case['id']}/request-completion",
            json={"missing": "Kapan kejadiannya?"},
            headers=officer | {"If-Match": '"1"'},
        )
        assert asked.status_code == 200, asked.text
    answers = []
    for case in (*made, made[0]):
        opened = await client.post("/public/receipt-sessions", json={"receipt": case["receipt"]})
        headers = key | {"X-Receipt-Session": opened.json()["token"]}
        body = {"text": "Tanggal tiga."}
        answers.append(await client.post("/public/my-case/complete", json=body, headers=headers))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[2].json() != answers[1].json()


# -- how fast a session may ask -----------------------------------------------------------------------------


class Standing:
    """The clock of bursts, standing still until the test moves it."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def second(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Standing:
    """A second of the limit as it is shipped; the test says when the next begins."""
    standing = Standing()
    monkeypatch.setattr(limits, "_BURST_OF_SESSION", parse(intake_rules().receipt_session_burst))
    monkeypatch.setattr(state_of(app).bursts, "_monotonic", standing)
    return standing


async def asked_for_facts(client: httpx2.AsyncClient, issuer: TestIssuer) -> dict[str, str]:
    """Return a new case with a request that waits for its reporter."""
    made: dict[str, str] = (await report(client)).json()
    officer = issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"])
    asked = await client.post(
        f"/cases/{made['id']}/request-completion",
        json={"missing": "Kapan kejadiannya?"},
        headers=officer | {"If-Match": '"1"'},
    )
    assert asked.status_code == 200, asked.text
    return made


async def test_a_session_asks_five_times_a_second_and_then_waits(
    client: httpx2.AsyncClient, second: Standing
) -> None:
    assert intake_rules().receipt_session_burst == "5/second"
    made = (await report(client)).json()
    tokens = []
    for _ in "12":
        opened = await client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
        tokens.append({"X-Receipt-Session": opened.json()["token"]})
    answers = [await client.get("/public/my-case", headers=tokens[0]) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (answers[5].json()["code"], answers[5].headers["retry-after"]) == ("rate_limited", "1")
    assert (await client.get("/public/my-case", headers=tokens[1])).status_code == 200, "each has its own"
    assert (await client.delete("/public/receipt-sessions", headers=tokens[1])).status_code == 204
    second.now += 1
    assert (await client.get("/public/my-case", headers=tokens[0])).status_code == 200


async def test_a_session_that_asks_too_fast_still_gets_its_first_answers_again(
    client: httpx2.AsyncClient, issuer: TestIssuer, filer: Filer, second: Standing
) -> None:
    made = await asked_for_facts(client, issuer)
    opened = await client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    session = {"X-Receipt-Session": opened.json()["token"]}
    body, key = {"text": "Tanggal tiga."}, {"Idempotency-Key": uuid4().hex}
    for _ in range(8):
        refused = await client.post("/public/my-case/complete", json=body | {"question": 7}, headers=session)
        assert (refused.status_code, refused.json()["code"]) == (409, "proposal_changed")
        unfit = await client.post("/public/my-case/complete", json={"text": ""}, headers=session)
        assert unfit.status_code == 422
    first = await client.post("/public/my-case/complete", json=body, headers=session | key)
    assert first.status_code == 200
    while (await client.get("/public/my-case", headers=session)).status_code == 200:
        pass
    assert (await client.post("/public/my-case/withdraw", headers=session)).status_code == 429
    again = await client.post("/public/my-case/complete", json=body, headers=session | key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await filer.rows("SELECT 1 FROM case_file WHERE state = 'DICABUT'") == []


async def test_what_was_typed_too_fast_comes_back_and_is_taken_a_second_later(
    client: httpx2.AsyncClient, issuer: TestIssuer, second: Standing
) -> None:
    made = await asked_for_facts(client, issuer)
    opened = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
    client.cookies.clear()
    path = "/lacak/pengaduan/lengkapi"
    page = await client.get("/lacak/pengaduan", headers=browser)
    form = carried(page.text, path) | {"text": "Kejadiannya tanggal tiga, di loket dua."}
    for _ in range(8):
        unfit = await client.post(path, data=form | {"text": "x"}, headers=browser)
        assert unfit.status_code == 422
    while (looked := await client.get("/lacak/pengaduan", headers=browser)).status_code == 200:
        pass
    assert (looked.status_code, looked.headers["retry-after"]) == (429, "1")
    refused = await client.post(path, data=form, headers=browser)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert f">\n{form['text']}</textarea>" in refused.text
    second.now += 1
    done = await client.post(path, data=carried(refused.text, path) | form, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "/lacak/pengaduan")


# -- leaving ------------------------------------------------------------------------------------------------


async def test_leaving_ends_the_session_on_the_server(client: httpx2.AsyncClient) -> None:
    made = (await report(client)).json()
    opened = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    stolen = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
    client.cookies.clear()
    page = await client.get("/lacak/pengaduan", headers=stolen)
    assert page.headers["cache-control"] == "no-store"
    left = await client.post("/lacak/keluar", data={"csrf": hidden(page.text, "csrf")}, headers=stolen)
    assert (left.status_code, left.headers["location"]) == (303, "/lacak")
    assert left.headers["clear-site-data"] == '"cache"'
    after = await client.get("/lacak/pengaduan", headers=stolen)
    assert (after.status_code, after.headers["location"]) == (303, "/lacak")


async def test_a_receipt_session_of_the_api_ends_when_told(client: httpx2.AsyncClient) -> None:
    made = (await report(client)).json()
    opened = await client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    session = {"X-Receipt-Session": opened.json()["token"]}
    assert (await client.get("/public/my-case", headers=session)).status_code == 200
    for headers in (session, session, {}):
        assert (await client.delete("/public/receipt-sessions", headers=headers)).status_code == 204
    assert (await client.get("/public/my-case", headers=session)).status_code == 404


async def test_a_text_typed_when_the_session_had_ended_comes_back(client: httpx2.AsyncClient) -> None:
    made = (await report(client)).json()
    opened = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
    client.cookies.clear()
    page = await client.get("/lacak/pengaduan", headers=browser)
    typed = {
        "csrf": hidden(page.text, "csrf"),
        "case": made["id"],
        "text": "Kejadiannya tanggal tiga, di loket dua.",
    }
    await client.post("/lacak/keluar", data=typed, headers=browser)
    for fields in (typed, typed | {"text": "x"}):
        refused = await client.post("/lacak/pengaduan/lengkapi", data=fields, headers=browser)
        assert refused.status_code == 404
        assert fields["text"] in refused.text
        form = filled(refused.text, "/lacak/pengaduan/lengkapi")
        assert form is not None
        opened = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
        client.cookies.clear()
        anew = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
        sent = await client.post("/lacak/pengaduan/lengkapi", data=form, headers=anew)
        assert sent.status_code != 403, "one press after the receipt was shown again"


async def test_a_text_that_nobody_waits_for_comes_back_with_the_refusal(client: httpx2.AsyncClient) -> None:
    made = (await report(client)).json()
    opened = await client.post("/lacak", data={"receipt": made["receipt"]}, headers=BROWSER)
    browser = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
    client.cookies.clear()
    page = await client.get("/lacak/pengaduan", headers=browser)
    for text_typed in ("Kejadiannya tanggal tiga, di loket dua.", "x"):
        typed = {"csrf": hidden(page.text, "csrf"), "case": made["id"], "text": text_typed}
        refused = await client.post("/lacak/pengaduan/lengkapi", data=typed, headers=browser)
        assert refused.status_code == 409
        assert f">\n{text_typed}</textarea>" in refused.text


async def _together(*asked: Awaitable[httpx2.Response]) -> list[httpx2.Response]:
    return list(await asyncio.gather(*asked))
