"""Over HTTP: which years, policies and clocks there are, and why something is due when it is."""

from typing import Any

import httpx2

from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import MovedClock, wib
from tests.support.tokens import TestIssuer


async def test_the_years_are_told_over_http_with_who_confirmed(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    decree = "SKB 1205/2026, 3/2026, 2/2026"
    path, body = "/calendar/2027/confirm", {"decree": decree}
    of_one_agency = issuer.headers("admin", level="agency", agencies=["a-1"])
    forbidden = await client.post(path, json=body, headers=of_one_agency)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    headers = issuer.headers("admin", level="national")
    done = await client.post(path, json=body, headers=headers)
    assert done.status_code == 200, done.text
    items = (await client.get("/calendar", headers=headers)).json()["items"]
    assert [(year["year"], year["is_confirmed"]) for year in items] == [
        (2025, True),
        (2026, True),
        (2027, True),
    ]
    assert (items[-1]["confirmed_by"], items[-1]["decree"]) == (done.json()["confirmed_by"], decree)
    assert items[0]["confirmed_by"] is None
    refused = await client.post(path, json={"decree": "SKB 9/2026"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "decree_differs")
    assert refused.json()["field"] == "decree"


async def test_every_clock_tells_as_data_and_in_words_why_it_is_due_then(
    acting_of: Acting, clock: MovedClock
) -> None:
    made = await acting_of.enter()
    await clock.set(wib(2026, 1, 6))
    await acting_of.act("complaint_officer", made["id"], "request-completion", 1, missing="Kapan itu?")
    await clock.set(wib(2026, 1, 14))  # counted are the 14th, the 15th and the 19th: the 16th is off
    await acting_of.act("complaint_officer", made["id"], "complete", 2, text="Tanggal 3.")
    headers = acting_of.headers("complaint_officer")
    told = (await acting_of.client.get(f"/cases/{made['id']}/deadlines", headers=headers)).json()["items"]
    by_rule = {(one["rule_id"], one["status"]): one for one in told}
    d1 = by_rule["D1", "armed"]
    assert (d1["start_fact"], d1["length"], d1["unit"], d1["scope"]) == ("received", 3, "wd", "national")
    assert d1["due_text"] == "19 Januari 2026 pukul 24.00 WIB"
    assert d1["is_confirmed"] is False
    assert "PermenPANRB" in d1["source"]
    assert [(day["date"], day["kind"]) for day in d1["not_counted"]] == [("2026-01-16", "national")]
    [pause] = d1["pauses"]
    assert (pause["start_at"], pause["end_at"]) == ("2026-01-06T02:00:00Z", "2026-01-14T02:00:00Z")
    [change] = d1["changes"]
    assert (change["reason"], change["old_due_at"], change["new_due_at"]) == (
        "resumed",
        "2026-01-08T17:00:00Z",
        "2026-01-19T17:00:00Z",
    )
    assert d1["words"][0] == (
        "Mulai 5 Januari 2026 pukul 09.00 WIB, saat pengaduan diterima; hitungan mulai hari berikutnya."
    )
    assert any("Isra Mikraj" in line for line in d1["words"])
    cap = by_rule["D6C", "armed"]
    assert (cap["start_fact"], by_rule["D6C", "superseded"]["start_fact"]) == ("file_completed", "received")


async def test_policies_are_told_with_their_source_and_whether_somebody_has_read_it(
    acting_of: Acting,
) -> None:
    headers = acting_of.headers("complaint_officer")

    async def told(query: str) -> list[dict[str, Any]]:
        answer = await acting_of.client.get(f"/policies?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    assert [one["version"] for one in await told("kind=permintaan_informasi")] == [
        "D2.1",
        "D8.1",
        "D8P.1",
        "D15.1",
        "D16.1",
        "D10.1",
        "D9-permintaan-informasi.1",
    ]
    [cap] = await told("rule=D6C")
    assert (cap["start"], cap["length"], cap["unit"], cap["is_confirmed"]) == (
        ["received", "forwarded", "file_completed", "returned"],
        60,
        "cd",
        False,
    )
    assert cap["source"].startswith("Perpres 76/2013")
    assert [rung["code"] for rung in cap["rungs"] if rung["is_due"]] == ["due"]
    assert cap["valid_from"] is None
    shown = await acting_of.client.get("/policies/D6C.1", headers=headers)
    assert shown.json() == cap
    missing = await acting_of.client.get("/policies/D77.1", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
