"""Over HTTP: anybody checks that something was filed, years later, and learns no more than that."""

import hashlib
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from shared.http.limits.bursts import Bursts
from shared.http.state import state_of
from shared.security.signing import Signer
from tests.integration.complaints.acting import BROWSER, ENTRY, FORM, Acting, hidden
from tests.integration.complaints.conftest import ORIGIN

NOT_GENUINE = {
    "is_genuine": False,
    "tracking_id": None,
    "unit_id": None,
    "unit_name": None,
    "received_at": None,
    "channel": None,
    "content_sha256": None,
}


async def proof(acting: Acting, made: dict[str, Any]) -> dict[str, Any]:
    opened = await acting.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
    headers = {"X-Receipt-Session": opened.json()["token"]}
    answer = await acting.client.get("/public/my-case/proof", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def checked(client: httpx2.AsyncClient, code: str) -> dict[str, Any]:
    answer = await client.get(f"/public/proofs/{code}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_proof_says_what_was_filed_and_never_its_text(acting_of: Acting) -> None:
    made = await acting_of.enter()
    mine = await proof(acting_of, made)
    told = await checked(acting_of.client, mine["code"])
    content = f"{made['tracking_id']}\n{ENTRY['text']}".encode()
    assert told == {
        "is_genuine": True,
        "tracking_id": made["tracking_id"],
        "unit_id": "u-1",
        "unit_name": "Kantor Satu",
        "received_at": "2026-01-05T02:00:00Z",
        "channel": "loket",
        "content_sha256": hashlib.sha256(content).hexdigest(),
    }
    assert mine["url"] == f"{ORIGIN}/keaslian/{mine['code']}"
    assert (await proof(acting_of, made))["code"] == mine["code"]
    page = await acting_of.client.get(f"/keaslian/{mine['code']}")
    assert "Asli: pengaduan ini benar kami terima." in page.text
    assert "5 Januari 2026 pukul 09.00 WIB" in page.text
    assert "Loket tutup" not in page.text


async def test_of_a_secret_report_a_proof_says_that_it_is_genuine_alone(acting_of: Acting) -> None:
    made = await acting_of.enter(is_content_secret=True)
    mine = await proof(acting_of, made)
    assert await checked(acting_of.client, mine["code"]) == NOT_GENUINE | {"is_genuine": True}
    page = await acting_of.client.get(f"/keaslian/{mine['code']}")
    assert "Asli" in page.text
    assert made["tracking_id"] not in page.text
    assert "Kantor Satu" not in page.text


async def test_a_proof_outlives_the_case_and_the_unit(
    acting_of: Acting, one_owner: asyncpg.Connection
) -> None:
    made = await acting_of.enter()
    code = (await proof(acting_of, made))["code"]
    before = await checked(acting_of.client, code)
    await one_owner.execute("TRUNCATE case_file, deadline, unit CASCADE")
    assert await checked(acting_of.client, code) == before | {"unit_name": None}


async def test_a_proof_stays_genuine_when_the_secret_behind_it_changes(
    acting_of: Acting, app: FastAPI
) -> None:
    code = (await proof(acting_of, await acting_of.enter()))["code"]
    app.state.signer = Signer("the secret of the years after, as long", "proof-of-filing")
    assert (await checked(acting_of.client, code))["is_genuine"] is True
    newer = (await proof(acting_of, await acting_of.enter()))["code"]
    assert (await checked(acting_of.client, newer))["is_genuine"] is True


async def test_a_key_that_was_never_used_here_proves_nothing(
    acting_of: Acting, app: FastAPI, one_owner: asyncpg.Connection
) -> None:
    ours, foreign = app.state.signer, Signer("the secret of somebody else, as long", "proof-of-filing")
    app.state.signer = foreign
    code = (await proof(acting_of, await acting_of.enter()))["code"]
    await one_owner.execute("DELETE FROM proof_key WHERE key_id = $1", foreign.key_id)
    app.state.signer = ours
    assert await checked(acting_of.client, code) == NOT_GENUINE


@pytest.mark.parametrize(
    "typed", ["x", "A" * 300, "AQ", "%00", "123456789012", "<script>", "é", "%F0%9F%92%A9"]
)
async def test_everything_else_gets_one_answer_and_is_not_shown_again(
    client: httpx2.AsyncClient, typed: str
) -> None:
    answer = await client.get(f"/public/proofs/{typed}")
    if answer.status_code != 422:
        assert (answer.status_code, answer.json()) == (200, NOT_GENUINE)
    page = await client.get("/keaslian", params={"kode": f"{typed} penipuan"})
    assert page.status_code == 200
    assert "Tidak asli: kode ini bukan bukti dari kami." in page.text
    assert "penipuan" not in page.text


async def test_checking_is_limited_by_source(client: httpx2.AsyncClient, app: FastAPI) -> None:
    state_of(app).bursts = Bursts()
    for _ in range(60):
        assert (await client.get("/public/proofs/x")).status_code == 200
    refused = await client.get("/public/proofs/x")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")


async def test_the_receipt_and_the_case_lead_to_the_proof(client: httpx2.AsyncClient) -> None:
    page = await client.get("/lapor")
    sent = await client.post("/lapor", data=FORM | {"key": hidden(page.text, "key")}, headers=BROWSER)
    shown = (await client.get(sent.headers["location"])).text
    place = shown.partition('href="https://complaints.test/keaslian/')[2].partition('"')[0]
    assert "Asli" in (await client.get(f"/keaslian/{place}")).text
    on = {"untuk": hidden(shown, "untuk"), "lanjut": "berkas"}
    await client.post("/lapor/selesai", data=on, headers=BROWSER)
    assert 'href="/lacak/pengaduan/bukti"' in (await client.get("/lacak/pengaduan")).text
    printed = (await client.get("/lacak/pengaduan/bukti")).text
    assert f"/keaslian/{place}" in printed
    assert "<svg" in printed
    assert FORM["text"] not in printed
    assert FORM["name"] not in printed


async def test_checking_a_proof_draws_no_picture(acting_of: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (await proof(acting_of, await acting_of.enter()))["code"]

    def drawn(*_: Any, **__: Any) -> None:
        pytest.fail("a picture was drawn that nobody sees")

    monkeypatch.setattr("segno.make_qr", drawn)
    page = await acting_of.client.get(f"/keaslian/{code}")
    assert "Asli: pengaduan ini benar kami terima." in page.text


async def test_without_a_receipt_there_is_no_proof(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/public/my-case/proof")).status_code == 404
    away = await client.get("/lacak/pengaduan/bukti")
    assert (away.status_code, away.headers["location"]) == (303, "/lacak")
