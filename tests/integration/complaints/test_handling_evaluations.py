"""Evaluations freeze the figures of their period, replace each other without a loss, and are told once."""

import html
import json
import re
from typing import Any

import asyncpg
import httpx2
import pytest
from alembic import command
from fastapi import FastAPI

from services.complaints.cases.usecases import acts
from services.complaints.handling.jobs import Statistics
from services.complaints.snapshot import lift, states
from shared.contracts.complaints import HandlingFact, StatisticsFact
from shared.outbox.snapshot import Behind
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import SUPERVISOR, Filer, MovedClock, wib
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_desk import Desk
from tests.support.database import DatabaseMaker
from tests.support.forms import carried
from tests.support.migrations import at

EVALUATION: dict[str, Any] = {
    "unit_id": "u-1",
    "stream": "masyarakat",
    "period": "2026",
    "conclusion": "Penanganan tepat waktu.",
    "findings": "Satu pengaduan terlambat didisposisikan.",
    "follow_up": "Jadwal piket pengawas diperbaiki.",
    "evidence": ["Notulen 3/2026"],
}
KP = "complaint_supervisor"
PATH = "/pengaduan/laporan/evaluasi"


async def evaluate(acting: Acting, **changed: Any) -> httpx2.Response:
    body = EVALUATION | changed
    return await acting.client.post("/evaluations", json=body, headers=acting.headers(KP))


async def told(filer: Filer, entity: str) -> list[dict[str, Any]]:
    rows = await filer.rows(
        "SELECT convert_from(payload, 'UTF8') AS payload FROM outbox WHERE type LIKE :type ORDER BY position",
        type=f"id.zi.complaints.{entity}.%",
    )
    return [json.loads(row.payload) for row in rows]


@pytest.mark.parametrize(
    ("stream", "has_counts"),
    [("masyarakat", True), ("pelayanan", True), ("benturan_kepentingan", False)],
    ids=["r108", "r134", "r117"],
)
async def test_an_evaluation_freezes_what_its_stream_counts_and_says_so_to_others(
    acting_of: Acting, filer: Filer, clock: MovedClock, stream: str, has_counts: bool
) -> None:
    await acting_of.answered()
    made = await evaluate(acting_of, stream=stream)
    assert made.status_code == 201, made.text
    [event] = await told(filer, "handling")
    assert (event["handling_id"], event["version"], event["edition"]) == (f"u-1:{stream}:2026", 1, 1)
    assert event["counts"] == made.json()["counts"]
    assert (event["counts"] is not None) is has_counts
    if stream == "masyarakat":
        assert (event["counts"]["received"], event["counts"]["due"]) == (1, 1)
    assert "terlambat" not in json.dumps(event)
    await acting_of.answered()
    [kept] = (await acting_of.client.get("/evaluations", headers=acting_of.headers(KP))).json()["items"]
    assert kept == made.json()


async def test_r134_the_handling_of_service_complaints_is_evaluated_apart_from_the_public_ones(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await acting_of.answered()
    counts = (await evaluate(acting_of, stream="pelayanan")).json()["counts"]
    assert (counts["received"], counts["median_first_response_seconds"]) == (0, None)


async def test_r117_the_handling_of_conflicts_of_interest_is_evaluated_in_words(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    made = await evaluate(acting_of, stream="benturan_kepentingan", period="2026-Q1")
    assert (made.status_code, made.json()["conclusion"]) == (201, EVALUATION["conclusion"])
    [event] = await told(filer, "handling")
    assert (event["stream"], event["period"], event["evidence_count"]) == (
        "benturan_kepentingan", "2026-Q1", 1,
    )  # fmt: skip


async def test_a_later_evaluation_replaces_the_one_it_was_based_on_which_is_kept(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await evaluate(acting_of)
    blind = await evaluate(acting_of, conclusion="Tanpa membaca yang lama.")
    assert (blind.status_code, blind.json()["code"]) == (412, "stale_version")
    again = await evaluate(acting_of, conclusion="Sesudah membacanya.", based_on=1)
    assert (again.status_code, again.json()["version"]) == (201, 2)
    other = await evaluate(acting_of, period="2026-01")
    assert (other.status_code, other.json()["version"]) == (201, 1)
    headers = acting_of.headers(KP)
    held = (await acting_of.client.get("/evaluations?period=2026", headers=headers)).json()["items"]
    assert [(one["version"], one["conclusion"]) for one in held] == [(2, "Sesudah membacanya.")]
    every = await acting_of.client.get("/evaluations?with_replaced=true&limit=2", headers=headers)
    rest = await acting_of.client.get(
        f"/evaluations?with_replaced=true&cursor={every.json()['next']}", headers=headers
    )
    found = [(one["period"], one["version"]) for one in every.json()["items"] + rest.json()["items"]]
    assert sorted(found) == [("2026", 1), ("2026", 2), ("2026-01", 1)]
    assert [(one["edition"], one["version"]) for one in await told(filer, "handling")] == [
        (1, 1), (2, 2), (1, 1),
    ]  # fmt: skip


async def test_the_report_of_a_unit_says_what_its_decree_and_evaluations_prove(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    async def met(period: str, unit: str = "u-1") -> list[str]:
        found = await acting_of.client.get(
            f"/reports/handling?period={period}&unit={unit}", headers=acting_of.headers(KP)
        )
        return [one["item"] for one in found.json()["proofs"] if one["is_met"]]

    await evaluate(acting_of, period="2026-Q1")
    assert await met("2026") == ["A.I.5.iii.c", "A.I.6.iii.b"]
    assert await met("2026-01") == ["A.I.6.iii.b"], "a quarter is not within a month"
    assert await met("2026", "u-2") == []
    narrow = "/reports/handling?period=2026&unit=u-1&stream="
    for stream, is_told in (("pelayanan", False), ("masyarakat", True)):
        found = await acting_of.client.get(narrow + stream, headers=acting_of.headers(KP))
        told = [one["item"] for one in found.json()["proofs"]]
        assert ("A.I.5.iii.b" in told) is is_told, "what was not counted is not said to be nothing"


async def test_nobody_evaluates_what_has_not_begun_or_lies_out_of_reach(
    acting_of: Acting, clock: MovedClock
) -> None:
    early = await evaluate(acting_of, period="2026-Q2")
    assert (early.status_code, early.json()["code"]) == (422, "period_not_begun")
    assert [error["field"] for error in early.json()["errors"]] == ["period"]
    assert (await evaluate(acting_of, unit_id="u-2")).status_code == 404
    assert (await evaluate(acting_of, conclusion="Ya")).status_code == 422


async def test_the_page_keeps_what_was_typed_and_creates_once(
    desk: Desk, filer: Filer, clock: MovedClock
) -> None:
    form = {
        "unit": "u-1", "jalur": "masyarakat", "masa": "2026", "kesimpulan": "Penanganan tepat waktu.",
        "temuan": "Tidak ada temuan.", "tindak_lanjut": "Tidak diperlukan.",
        "bukti": "Notulen 3/2026\n\n Foto rapat ",
    }  # fmt: skip
    page = await desk.get(PATH, role=KP)
    assert "Penanganan belum pernah dievaluasi" in page.text
    hidden = carried(page.text, PATH)
    short = await desk.post(PATH, hidden | form | {"temuan": "x"}, role=KP)
    assert (short.status_code, "Notulen 3/2026" in short.text) == (422, True)
    for _ in range(2):
        sent = await desk.post(PATH, hidden | form, role=KP)
        assert sent.status_code == 303, sent.text
    rows = await filer.rows("SELECT version, evidence FROM handling_evaluation")
    assert [tuple(row) for row in rows] == [(1, ["Notulen 3/2026", "Foto rapat"])]
    page = await desk.get(PATH, role=KP)
    anew = carried(page.text, PATH) | form | {"temuan": "Ada satu temuan."}
    stale = await desk.post(PATH, anew, role=KP)
    assert (stale.status_code, "sudah dievaluasi" in stale.text) == (412, True)
    replaced = await desk.post(PATH, carried(stale.text, PATH) | form, role=KP)
    assert replaced.status_code == 303
    assert "versi 2" in (await desk.get(PATH, role=KP)).text
    assert "Evaluasi baru" not in (await desk.get(PATH)).text


FORM = {
    "unit": "u-1", "jalur": "masyarakat", "masa": "2026", "kesimpulan": "Penanganan tepat waktu.",
    "temuan": "Tidak ada temuan.", "tindak_lanjut": "Tidak diperlukan.",
}  # fmt: skip


@pytest.mark.usefixtures("clock")
async def test_documents_that_are_too_long_or_too_many_are_refused_at_their_field(
    desk: Desk, filer: Filer
) -> None:
    form = carried((await desk.get(PATH, role=KP)).text, PATH) | FORM
    for lines, told in ((["x" * 201], "Maksimal 200 karakter"), (["BA-1"] * 21, "Maksimal 20 butir")):
        text = "\n".join(lines)
        sent = await desk.post(PATH, form | {"bukti": text}, role=KP)
        assert (sent.status_code, told in sent.text, text in sent.text) == (422, True, True)
    sent = await desk.post(PATH, form | {"bukti": "\n".join(["x" * 200] * 20)}, role=KP)
    assert sent.status_code == 303
    [row] = await filer.rows("SELECT evidence FROM handling_evaluation")
    assert row.evidence == ["x" * 200] * 20


@pytest.mark.usefixtures("clock")
async def test_the_page_counts_all_evaluations_and_leads_to_those_that_it_does_not_show(
    desk: Desk, acting_of: Acting
) -> None:
    for period in ("2026", "2026-S1", "2026-Q1"):
        await evaluate(acting_of, period=period)
    first = (await desk.get(f"{PATH}?limit=2")).text
    assert "3 evaluasi penanganan berlaku." in first
    [following] = re.findall(r'href="([^"]*cursor=[^"]*)"', first)
    rest = (await desk.get(f"{html.unescape(following)}&limit=2")).text
    assert "3 evaluasi penanganan berlaku." in rest
    assert "cursor=" not in rest
    shown = [re.findall(r'<th scope="row"><span>([^<]*)', page) for page in (first, rest)]
    assert shown == [["Triwulan 1 tahun 2026", "Semester 1 tahun 2026"], ["Tahun 2026"]]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("changed", "status"), [({"masa": "2026-Q2"}, 422), ({"unit": "u-77"}, 404), ({"versi": "3"}, 412)]
)
async def test_the_page_answers_a_refusal_with_the_status_that_the_api_has_for_it(
    desk: Desk, changed: dict[str, str], status: int
) -> None:
    hidden = carried((await desk.get(PATH, role=KP)).text, PATH)
    refused = await desk.post(PATH, hidden | FORM | changed, role=KP)
    assert (refused.status_code, "Tidak ada temuan." in refused.text) == (status, True)


async def test_counts_that_were_told_bar_the_way_back_below_their_table(make_database: DatabaseMaker) -> None:
    made = await make_database("complaints")
    await at("complaints", made.owner_url, command.stamp, "complaints_0017")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute(
        "INSERT INTO handling_told VALUES ('u-1:masyarakat:2026', 'recorded', 4, '{}', now())"
    )
    with pytest.raises(Exception, match="told counts would be lost"):
        await at("complaints", made.owner_url, command.downgrade, "complaints_0016")
    assert await owner.fetchval("SELECT version FROM handling_told") == 4
    await owner.execute("DELETE FROM handling_told")
    await at("complaints", made.owner_url, command.downgrade, "complaints_0016")
    assert await owner.fetchval("SELECT to_regclass('handling_told')") is None
    await owner.close()


async def test_the_night_tells_what_became_otherwise_once_a_day(
    filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    job = Statistics(filer.db, filer.engine.policies)
    await job.step()
    await walk.verify()
    await job.step()
    assert [(one["statistics_id"], one["version"]) for one in await told(filer, "statistics")] == [
        ("u-1:masyarakat:2026", 1)
    ]
    await clock.set(wib(2026, 1, 6, 0))
    await job.step()
    assert len(await told(filer, "statistics")) == 1
    await filer.submit()
    await filer.submit(unit_id=None)
    await clock.set(wib(2026, 1, 9))
    await job.step()
    newest = (await told(filer, "statistics"))[-1]
    assert (newest["version"], newest["counts"]["received"]) == (2, 2)


async def test_a_place_whose_cases_went_elsewhere_is_told_once_to_have_none(
    client: httpx2.AsyncClient, filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    job = Statistics(filer.db, filer.engine.policies)
    await job.step()
    await walk.verify()
    await walk.act(acts.transfer, SUPERVISOR, unit_id="u-2", reason="Terjadi di kantor dua.")
    for day in (6, 7):
        await clock.set(wib(2026, 1, day))
        await job.step()
    counts = [
        (one["unit_id"], one["version"], one["counts"]["received"]) for one in await told(filer, "statistics")
    ]
    assert counts == [("u-1", 1, 1), ("u-1", 2, 0), ("u-2", 1, 1)]
    public = (await client.get("/public/statistics")).json()["items"]
    assert [one["unit_id"] for one in public] == ["u-2"]


async def test_a_new_year_leaves_the_old_one_to_be_counted_while_its_cases_are_worked_on(
    filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    job = Statistics(filer.db, filer.engine.policies)
    await job.step()
    await clock.set(wib(2027, 1, 4))
    await filer.submit()
    await job.step()
    assert [(one["period"], one["version"]) for one in await told(filer, "statistics")] == [
        ("2026", 1), ("2027", 1),
    ]  # fmt: skip


async def test_what_was_told_is_said_again_as_it_was(
    acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await acting_of.answered()
    await evaluate(acting_of)
    await evaluate(acting_of, based_on=1)
    await Statistics(filer.db, filer.engine.policies).step()
    async with filer.db.reading() as session:
        said = [
            one.fact async for one in states(session) if isinstance(one.fact, HandlingFact | StatisticsFact)
        ]
    said_at = clock.now()
    async with filer.db.transaction() as session:
        behind = Behind(said[0], 7, (), said_at)
        [lifted] = await lift(session, behind) or []
    assert (lifted.version, lifted.model_copy(update={"version": 2})) == (8, said[0])
    newest = {fact["version"]: fact for fact in await told(filer, "handling")}[2]
    assert [one.model_dump(mode="json") for one in said] == [newest, *await told(filer, "statistics")]


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)
