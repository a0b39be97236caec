"""Evaluations of conflicts of interest have figures, and give away nothing that is kept from superiors."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from shared.db import Database
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.people import tell, told
from tests.integration.complaints.test_desk import Desk, words
from tests.integration.complaints.test_handling_evaluations import PATH
from tests.integration.complaints.test_handling_evaluations import told as told_events
from tests.integration.complaints.test_integrity_conflicts import Deciding, deciding

__all__ = ["deciding"]
KP = "complaint_supervisor"
PERIOD = "2026-Q1"


async def evaluate(deciding: Deciding, period: str = PERIOD, based_on: int = 0) -> dict[str, Any]:
    body = {
        "unit_id": "u-1",
        "stream": "benturan_kepentingan",
        "period": period,
        "conclusion": "Berjalan baik.",
        "findings": "Tidak ada temuan.",
        "follow_up": "Tidak diperlukan.",
        "based_on": based_on,
    }
    made = await deciding.send("POST", "/evaluations", "pengawas", KP, body)
    assert made.status_code == 201, made.text
    return dict(made.json()["conflicts"])


async def seen(deciding: Deciding, subject: str, role: str) -> dict[str, Any]:
    answer = await deciding.send("GET", "/evaluations", subject, role)
    [one] = answer.json()["items"]
    return dict(one["conflicts"])


async def decide(deciding: Deciding, made: str) -> None:
    await deciding.act(made, "assess", 1, note="Diperiksa dengan dokumen.")
    done = await deciding.act(made, "decide", 2, is_conflict=False, reason="Tidak ada hubungan.")
    assert done.status_code == 200, done.text


async def test_r117_an_evaluation_of_conflicts_freezes_how_they_were_decided_and_how_far_the_map_was_seen(
    deciding: Deciding, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2025, 12, 30))
    await deciding.declare()
    await deciding.enter()
    await clock.set(wib(2026, 2, 2))
    in_time, late, _ = [await deciding.declare() for _ in range(3)]
    await decide(deciding, in_time)
    await clock.set(wib(2026, 3, 20))
    await decide(deciding, late)
    await deciding.enter(position="Bendahara")
    await evaluate(deciding)
    figures = await seen(deciding, "auditor-1", "inspector")
    assert figures == {
        "declared": 3,
        "decided_in_time": 1,
        "decided_late": 1,
        "open": 1,
        "has_hidden": True,
        "map_entries": 2,
        "map_reviewed": 1,
    }
    await deciding.declare()
    assert await seen(deciding, "auditor-1", "inspector") == figures, "they are those of its moment"
    [event] = await told_events(filer, "handling")
    assert event["counts"] is None, "what is kept from superiors goes on no topic"


async def test_whoever_may_not_see_hidden_declarations_reads_the_same_with_and_without_one(
    deciding: Deciding, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 2))
    await tell(
        db,
        told("sari", "sari", above="kepala"),
        told("kepala", "kepala", above="auditor-2"),
        told("auditor-2", "auditor-2"),
        told("auditor-1", "auditor-1"),
    )
    for _ in range(5):
        await decide(deciding, await deciding.declare())
    before = await evaluate(deciding)
    assert (before["declared"], before["decided_in_time"], before["has_hidden"]) == (5, 5, False)
    await deciding.declare(concerns_superior=True)
    assert await evaluate(deciding, based_on=1) == before
    for subject, role in (("pengawas", KP), ("pimpinan", "agency_head"), ("auditor-2", "inspector")):
        assert await seen(deciding, subject, role) == before
    every = await seen(deciding, "auditor-1", "inspector")
    assert (every["declared"], every["open"], every["has_hidden"]) == (6, 1, True)


async def test_few_declarations_are_told_to_nobody_who_may_not_see_them_all(
    deciding: Deciding, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    made = [await deciding.declare() for _ in range(4)]
    few = await evaluate(deciding)
    assert [few[name] for name in ("declared", "decided_in_time", "decided_late", "open")] == [None] * 4
    made += [await deciding.declare() for _ in range(2)]
    await decide(deciding, made[0])
    some = await evaluate(deciding, based_on=1)
    assert [some[name] for name in ("declared", "decided_in_time", "decided_late", "open")] == [
        6, None, None, None,
    ]  # fmt: skip


@pytest.mark.usefixtures("clock")
async def test_the_page_says_the_figures_in_words_as_its_reader_may_know_them(
    app: FastAPI, client: httpx2.AsyncClient, deciding: Deciding, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 2))
    await deciding.declare()
    await evaluate(deciding)
    desk = Desk(app, client)
    page = words((await desk.get(PATH, role=KP)).text)
    assert "Pernyataan benturan kepentingan: kurang dari 5, tidak dirinci." in page
    assert "Yang menyangkut atasan tidak dihitung di sini." in page
    page = words((await desk.get(PATH, role="inspector", subject="auditor-1")).text)
    assert "1; 0 diputus tepat waktu, 0 diputus terlambat, 1 belum diputus." in page
    assert "Peta benturan: 0 dari 0 butir sudah ditinjau." in page
