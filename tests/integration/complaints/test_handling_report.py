"""The report of handling: its counts equal the case log, by unit, stream and period, within reach alone."""

import io
import json
import random
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import event

from services.complaints.cases.domain.refusals import IllegalActError
from services.complaints.cases.usecases.officers import enter_handler
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.handling.domain.figures import Figures, counters_of, counts_of
from services.complaints.handling.usecases.report import Report, report
from services.scoring.usecases.reading import known_year
from shared.contracts.base import EventData
from shared.contracts.complaints import CaseFact
from shared.contracts.topics import contract
from shared.db import Database
from shared.kernel import DomainError
from shared.security import Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import SUPERVISOR, Believing, Filer, MovedClock, wib
from tests.integration.complaints.engine import drain
from tests.integration.complaints.test_case_life import Walk
from tests.integration.complaints.test_desk import Desk, words
from tests.integration.complaints.test_reachable_end import KINDS, World
from tests.support.database import DatabaseMaker
from tests.support.scoring import fold_all, programme, registered
from tests.support.tokens import TestIssuer

NATIONAL = Principal("pembaca", frozenset({"verifier"}), Scope("national"))
ZONES = {"u-1": 7, "u-2": 8, "unassigned": 7}
ENDS = ("DITOLAK", "DUPLIKAT", "BUKAN_WEWENANG", "DITUTUP_TIDAK_LENGKAP", "DICABUT")


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


@pytest.fixture
async def walk(filer: Filer, clock: MovedClock) -> Walk:
    return Walk(filer, (await filer.submit()).case)


async def reported(filer: Filer, period: str, actor: Principal = SUPERVISOR, **narrow: Any) -> Report:
    async with filer.db.reading() as session:
        return await report(session, filer.engine.policies, actor, period, **narrow)


async def recounted(filer: Filer, first: datetime, end: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    """Count from the log of acts and from what was told, one case after the other, by unit and stream.

    `first` and `end` are the period in Jakarta; it begins an hour earlier in u-2.
    """
    told, overdue, met = dict[str, Any](), defaultdict[str, set[Any]](set), defaultdict[str, set[Any]](set)
    for row in await filer.rows(
        "SELECT type, convert_from(payload, 'UTF8') AS payload FROM outbox ORDER BY position"
    ):
        data = json.loads(row.payload)
        entity, fact = row.type.split(".")[3:5]
        if entity == "case":
            told[data["case_id"]] = data
        elif fact in ("overdue", "met"):
            known = overdue if fact == "overdue" else met
            known[data["case_id"]].add((data["rule_id"], data["cycle"], data["holder"]))
    log = defaultdict[str, list[Any]](list)
    for row in await filer.rows("SELECT case_id, act, actor, state, at FROM case_event ORDER BY version"):
        log[str(row.case_id)].append(row)
    found = defaultdict[tuple[str, str], Counter[str]](Counter)
    responses = defaultdict[tuple[str, str], list[float]](list)
    for case_id, events in log.items():
        data, acts = told[case_id], Counter(one.act for one in events)
        received = datetime.fromisoformat(data["received_at"])
        shift = timedelta(hours=ZONES[data["unit_id"]] - 7)
        is_in, is_before = first - shift <= received < end - shift, received < first - shift
        counts, state = found[data["unit_id"], data["stream"]], events[-1].state
        if is_before:
            was_open = not any(one.at < first - shift for one in events if one.state in (*ENDS, "SELESAI"))
            counts["carried_over"] += data["kind"] == "pengaduan" and was_open
        if not is_in:
            continue
        is_due = data["kind"] == "pengaduan" and state not in ENDS
        late = {rule for rule, _, holder in overdue[case_id] if holder not in ("reporter", "privacy_officer")}
        d4 = {rule for rule, cycle, _ in overdue[case_id] if rule == "D4" and cycle == 1}
        d4_met = {rule for rule, cycle, _ in met[case_id] if rule == "D4" and cycle == 1}
        first_acts = [one.at for one in events if one.act in ("follow_up", "approve", "answer_in_person")]
        if first_acts:
            responses[data["unit_id"], data["stream"]].append((min(first_acts) - received).total_seconds())
        counts.update(
            {
                "received": 1,
                "due": is_due,
                "completed": is_due and state == "SELESAI",
                "in_progress": is_due and state != "SELESAI",
                "closed": state == "SELESAI",
                "closed_by_silence": state == "SELESAI"
                and [one.actor for one in events if one.act == "close"][-1:] == ["engine"],
                "withdrawn": state == "DICABUT",
                "late": bool(late),
                "first_due": bool(d4 | d4_met),
                "first_in_time": bool(d4_met - d4),
                "late_pauses": acts["confirm_completion"],
                "late_reclassifications": acts["confirm_reclassification"],
                "objections": acts["object"],
                "reopenings": acts["reopen"],
                f"kind {data['kind']}": 1,
                f"channel {data['channel_kind']}": 1,
                f"dismissed {state}": state in ENDS[:4],
            }
        )
    return {
        place: {name: int(count) for name, count in counts.items() if count}
        | ({"median": round(median(responses[place]))} if responses[place] else {})
        for place, counts in found.items()
        if counts.total()
    }


def told_of(figures: Figures) -> dict[str, int]:
    named = {"kinds": "kind", "channels": "channel", "dismissed": "dismissed"}
    counts = counts_of(figures) | {
        f"{named[group]} {name}": count
        for group, found in counters_of(figures).items()
        for name, count in found.items()
    }
    unlogged = ("carried_over_completed", "answered_in_last_hour", "standard_breaches")
    counts = {name: count for name, count in counts.items() if count and name not in unlogged}
    spent = figures.median_first_response
    return counts | ({} if spent is None else {"median": round(spent.total_seconds())})


@pytest.mark.parametrize("seed", range(4))
async def test_r108_counts_of_the_report_equal_the_case_log(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, seed: int
) -> None:
    rng = random.Random(seed)
    await clock.set(wib(2025, 12, 29))
    world = World(filer, clock, poller, rng)
    for _ in range(10):
        unit = rng.choice(("u-1", "u-1", "u-2", None))
        world.id = (await filer.submit(kind=rng.choice(KINDS), unit_id=unit)).case.id
        for _ in range(rng.randrange(25)):
            await rng.choice((world.any_act, world.any_act, world.any_act, world.people_change))()
            await clock.forward(hours=rng.choice((0, 1, 20, 60)))
        await world.engine()
    for name, first, end in (
        ("2026", wib(2026, 1, 1, 0), wib(2027, 1, 1, 0)),
        ("2025", wib(2025, 1, 1, 0), wib(2026, 1, 1, 0)),
        ("2026-01", wib(2026, 1, 1, 0), wib(2026, 2, 1, 0)),
        ("2026-Q1", wib(2026, 1, 1, 0), wib(2026, 4, 1, 0)),
        ("2026-S1", wib(2026, 1, 1, 0), wib(2026, 7, 1, 0)),
    ):
        found = {
            (line.unit_id or "unassigned", line.stream): told_of(line.figures)
            for line in (await reported(filer, name)).lines
        }
        assert found == await recounted(filer, first, end), name


async def test_lines_of_agencies_and_totals_are_sums_and_their_medians_are_of_all_cases(
    filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    await walk.to_work()
    await clock.forward(hours=2)
    await walk.follow_up()
    other = Walk(filer, (await filer.submit()).case)
    await other.to_work()
    await clock.forward(hours=6)
    await other.follow_up()
    await filer.submit(unit_id="u-2")
    found = await reported(filer, "2026", by="agency")
    [line] = found.lines
    assert (line.agency_id, line.unit_id, line.figures.received) == ("a-1", None, 3)
    assert line.figures.median_first_response == timedelta(hours=4)
    assert found.totals["masyarakat"].received == 3
    assert found.totals["masyarakat"].median_first_response == timedelta(hours=4)
    assert found.totals["pelayanan"].received == 0
    units = await reported(filer, "2026", unit_id="u-2")
    assert [(one.unit_id, one.unit_name) for one in units.lines] == [("u-2", "Kantor Dua")]
    assert set((await reported(filer, "2026", stream="pelayanan")).totals) == {"pelayanan"}


async def test_a_report_reaches_as_far_as_its_reader(filer: Filer, clock: MovedClock) -> None:
    await filer.submit()
    await filer.submit(unit_id="u-2")
    await filer.submit(unit_id=None)
    narrow = Principal("petugas", SUPERVISOR.roles, Scope("unit", units=frozenset({"u-1"})))
    assert [line.unit_id for line in (await reported(filer, "2026", narrow)).lines] == ["u-1"]
    assert (await reported(filer, "2026", narrow, unit_id="u-2")).lines == []
    stranger = Principal("petugas", SUPERVISOR.roles, Scope("agency", agencies=frozenset({"a-9"})))
    assert (await reported(filer, "2026", stranger)).totals["masyarakat"].received == 0
    assert len((await reported(filer, "2026")).lines) == 3


async def test_an_answer_in_the_last_hour_is_counted_apart(
    filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    await walk.to_work()
    await walk.follow_up()
    [due] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D5'")
    await clock.set(due.due_at - timedelta(minutes=59))
    await walk.answer()
    assert (await reported(filer, "2026")).totals["masyarakat"].answered_in_last_hour == 1


async def test_a_case_that_was_kept_long_enough_is_not_late(
    filer: Filer, clock: MovedClock, walk: Walk, poller: DeadlinePoller
) -> None:
    await walk.to_work()
    await walk.follow_up()
    await walk.answer()
    await walk.accept()
    await clock.set(wib(2031, 2, 3))
    await drain(poller)
    [row] = await filer.rows("SELECT rule FROM deadline WHERE breached_at IS NOT NULL")
    assert row.rule == "D9"
    assert (await reported(filer, "2026")).totals["masyarakat"].late == 0


async def test_clocks_are_read_from_indexes_that_hold_all_that_is_counted(
    filer: Filer, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    await filer.submit()
    await one_owner.execute("VACUUM deadline")
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    event.listen(filer.db.engine.sync_engine, "before_cursor_execute", note)
    await reported(filer, "2026")
    event.remove(filer.db.engine.sync_engine, "before_cursor_execute", note)
    [(statement, parameters)] = [one for one in asked if "deadline" in one[0]]
    async with one_owner.transaction():
        await one_owner.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in await one_owner.fetch(f"EXPLAIN {statement}", *parameters))
    for index in ("deadline_breached", "deadline_met"):
        assert f"Index Only Scan using {index} " in plan, plan


async def test_r165_the_median_first_response_is_told_over_the_api(
    acting_of: Acting, clock: MovedClock, issuer: TestIssuer
) -> None:
    made = await acting_of.answered()
    assert made["version"] == 1
    headers = issuer.headers("agency_head", level="agency", agencies=["a-1"])
    answer = await acting_of.client.get("/reports/handling?period=2026-01", headers=headers)
    figures = answer.json()["totals"]["masyarakat"]
    assert figures["median_first_response_seconds"] is not None
    assert figures["first_in_time"] == {"part": 1, "whole": 1, "share": "1.0000"}
    assert answer.json()["totals"]["pelayanan"]["first_in_time"]["share"] is None
    odd = await acting_of.client.get("/reports/handling?period=2026-Q5", headers=headers)
    assert [error["field"] for error in odd.json()["errors"]] == ["period"]


async def test_files_hold_what_the_page_shows(desk: Desk, filer: Filer, clock: MovedClock) -> None:
    await filer.submit()
    page = await desk.get("/pengaduan/laporan")
    assert "Pengaduan masyarakat tahun 2026: 0 dari 1 selesai (0,0 %)." in words(page.text)
    assert "Kantor Satu" in page.text
    text = (await desk.get("/pengaduan/laporan.csv?masa=2026")).text
    assert text.splitlines()[1].startswith("a-1;u-1;Kantor Satu;masyarakat;1;1;1;0;0,00;0;0;")
    book = load_workbook(io.BytesIO((await desk.get("/pengaduan/laporan.xlsx?masa=2026")).content))
    [sheet] = book.worksheets
    assert [cell.value for cell in sheet[2]][:8] == [
        "a-1", "u-1", "Kantor Satu", "masyarakat", 1, 1, 1, 0,
    ]  # fmt: skip
    empty = await desk.get("/pengaduan/laporan?masa=2024")
    assert "Tidak ada pengaduan dalam masa ini" in empty.text
    assert (await desk.get("/pengaduan/laporan?masa=2026-Q9")).status_code == 422


async def test_words_of_the_report_say_the_part_of_the_time_that_the_data_say(
    desk: Desk, filer: Filer, app: FastAPI
) -> None:
    await filer.submit()
    policies = replace(filer.engine.policies, second_person_after=65)
    app.state.engine = replace(filer.engine, policies=policies)
    assert "setelah 65 % waktu" in words((await desk.get("/pengaduan/laporan")).text)
    heads = (await desk.get("/pengaduan/laporan.csv")).text.splitlines()[0]
    assert "Jeda setelah 65 %;Penggolongan kembali setelah 65 %" in heads
    told = app.openapi()["components"]["schemas"]["FiguresOut"]["properties"]
    assert "%" not in told["late_pauses"]["description"] + told["late_reclassifications"]["description"]


async def drawn(filer: Filer, clock: MovedClock, poller: DeadlinePoller, seed: int) -> None:
    """Let people do as they like to a few complaints over the turn of the year, and carry one to its end."""
    rng = random.Random(seed)
    await clock.set(wib(2025, 12, 30))
    world = World(filer, clock, poller, rng)
    for _ in range(8):
        world.id = (await filer.submit(unit_id=rng.choice(("u-1", "u-2")))).case.id
        for _ in range(rng.randrange(30)):
            await world.any_act()
            await clock.forward(hours=rng.choice((0, 1, 20, 60)))
        await world.engine()
    async with filer.db.transaction() as session:
        with suppress(DomainError):
            await enter_handler(session, SUPERVISOR, "u-1", "penangan")
    ended = Walk(filer, (await filer.submit()).case)
    await ended.to_work()
    await ended.answer()
    await ended.accept()


@pytest.mark.parametrize("seed", range(2))
async def test_r160_the_live_ratio_of_the_lke_equals_a_recount_from_the_report(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, make_database: DatabaseMaker, seed: int
) -> None:
    await drawn(filer, clock, poller, seed)
    facts: list[EventData] = []
    rows = await filer.rows("SELECT type, convert_from(payload, 'UTF8') AS payload FROM outbox")
    for row in rows:
        made = contract(row.type)
        if made is not None and issubclass(made, CaseFact):
            facts.append(made.model_validate_json(row.payload))
    random.Random(seed).shuffle(facts)
    scoring = Database((await make_database("scoring")).app_url)
    try:
        for unit in ("u-1", "u-2"):
            await fold_all(scoring, [registered(unit, agency_id="a-1"), programme(unit)])
        await fold_all(scoring, [*facts, *facts[: len(facts) // 2]], batch=7)
        for unit in ("u-1", "u-2"):
            async with scoring.reading() as session:
                live = (await known_year(session, NATIONAL, unit, 2026)).live.get("A.II.5.ii.a")
            totals = (await reported(filer, "2026", unit_id=unit)).totals["masyarakat"]
            counted = {"n1": totals.due, "n2": totals.in_progress, "n3": totals.completed}
            assert (None if live is None else live.inputs) == (counted if totals.due else None)
        assert (await reported(filer, "2026")).totals["masyarakat"].completed > 0
    finally:
        await scoring.close()


async def test_r225_the_report_over_the_api_says_what_the_case_log_says(
    acting_of: Acting, filer: Filer, clock: MovedClock, poller: DeadlinePoller, issuer: TestIssuer
) -> None:
    await drawn(filer, clock, poller, 3)
    headers = issuer.headers("agency_head", level="agency", agencies=["a-1"])
    answer = await acting_of.client.get("/reports/handling?period=2026-Q1", headers=headers)
    logged = await recounted(filer, wib(2026, 1, 1, 0), wib(2026, 4, 1, 0))
    told = {
        (line["unit_id"], line["stream"], name): line["figures"][name]
        for line in answer.json()["lines"]
        for name in ("received", "due", "in_progress", "completed", "objections", "withdrawn", "carried_over")
        if line["figures"][name]
    }
    assert told
    assert told == {
        (*place, name): count
        for place, counts in logged.items()
        for name, count in counts.items()
        if name in ("received", "due", "in_progress", "completed", "objections", "withdrawn", "carried_over")
    }


async def test_r107_state_changes_are_timed_a_breach_is_told_once_and_nothing_closes_unanswered(
    filer: Filer, clock: MovedClock, walk: Walk
) -> None:
    with pytest.raises(IllegalActError):
        await walk.accept()
    await walk.to_work()
    await clock.forward(days=40)
    for _ in range(2):  # a process that starts anew knows nothing but the tables
        again = DeadlinePoller(filer.db, DeadlineEngine(load_policies(), Believing()))
        await drain(again)
    told = await filer.rows("SELECT type FROM outbox WHERE type LIKE '%.overdue.v1'")
    rows = await filer.rows(
        "SELECT deadline_id, count(*) FROM deadline_fired WHERE fact = 'overdue' GROUP BY 1"
    )
    assert rows
    assert len(told) == len(rows) == sum(row.count for row in rows)
    await walk.follow_up()
    await walk.answer()
    await walk.accept()
    log = await filer.rows("SELECT act, state, at FROM case_event ORDER BY version")
    assert [row.state for row in log] == [
        "DITERIMA", "DIVERIFIKASI", "DIDISPOSISIKAN", "DIPROSES", "DIPROSES", "DITANGGAPI", "SELESAI",
    ]  # fmt: skip
    assert all(row.at is not None for row in log)
    assert [row.at for row in log] == sorted(row.at for row in log)
