"""Deadline policies on a page: each version with its source, its ladder, and how many clocks run under it."""

import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

import httpx2
import pytest
from fastapi import FastAPI, Response

from services.complaints.cases.pages.ladders import ladder_of
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER
from tests.integration.complaints.conftest import Filer, MovedClock

POLICIES = load_policies()
UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
AGENCY = Scope("agency", agencies=frozenset({"a-1"}))
NATIONAL = Scope("national")
Show = Callable[..., Awaitable[httpx2.Response]]


def rule(version: str) -> Rule:
    return POLICIES.version(version)


@pytest.fixture
def show(app: FastAPI, client: httpx2.AsyncClient) -> Show:
    async def get(path: str, scope: Scope = UNIT_1, role: str = "complaint_officer") -> httpx2.Response:
        answer = Response()
        person = Principal("petugas", frozenset({role}), scope)
        await state_of(app).sessions.open(answer, person, "Petugas Contoh")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return await client.get(path, headers=BROWSER | {"Cookie": cookie})

    return get


def told(answer: httpx2.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def section(page: str, version: str) -> str:
    return page.partition(f'<section id="{version}"')[2].partition("</section>")[0]


async def test_every_version_stands_at_its_own_place_with_source_flag_and_ladder(show: Show) -> None:
    for kind in ("pengaduan", "permintaan_informasi"):
        page = await show(f"/pengaduan/aturan?jenis={kind}")
        assert page.status_code == 200, page.text
        for one in (one for one in POLICIES.rules if kind in one.kinds):
            found = html.unescape(section(page.text, one.version))
            assert one.source in found
            assert "■" in found or "▲" in found or "●" in found, one.version
            assert ("belum dicocokkan" in found) == (not one.is_confirmed)
            assert 'class="ladder"' in found
            assert "Jatuh tempo: saat waktunya habis" in found


async def test_running_clocks_are_counted_under_their_version_within_the_reader_s_scope(
    show: Show, filer: Filer, clock: MovedClock
) -> None:
    await filer.submit()
    await filer.submit()
    await filer.submit(unit_id="u-2")
    await filer.submit(unit_id=None)
    for scope, role, running in (
        (UNIT_1, "complaint_officer", 2),
        (AGENCY, "inspector", 3),
        (NATIONAL, "admin", 4),
        (Scope("unit", units=frozenset({"u-9"})), "complaint_officer", 0),
    ):
        page = await show("/pengaduan/aturan", scope, role)
        found = section(page.text, "D1.1")
        assert f"{running} tenggat berjalan dengan versi ini" in found, (scope, role)


async def test_versions_stand_side_by_side_with_what_differs_and_since_when(
    app: FastAPI, show: Show, engine: DeadlineEngine
) -> None:
    old = replace(rule("D1.1"), valid_to=date(2026, 6, 30))
    new = replace(
        old, version="D1.2", length=2, is_confirmed=True, valid_from=date(2026, 7, 1), valid_to=date.max
    )
    others = tuple(one for one in POLICIES.rules if one.version != "D1.1")
    app.state.engine = DeadlineEngine(replace(POLICIES, rules=(old, new, *others)), engine.clock)
    page = told(await show("/pengaduan/aturan"))
    assert "Verifikasi: 2 versi berdampingan Hanya yang berbeda." in page
    assert "Lama 3 hari kerja 2 hari kerja" in page
    assert "Berlaku sejak awal sampai 30 Juni 2026 mulai 1 Juli 2026" in page
    assert "Dicocokkan dengan sumber belum sudah" in page
    beside = page.partition("2 versi berdampingan")[2].partition("Tanggapan")[0]
    assert "Terpenuhi" not in beside, "what is the same is not repeated"


async def test_each_clock_of_a_case_leads_to_the_version_it_runs_under(
    show: Show, filer: Filer, clock: MovedClock
) -> None:
    made = await filer.submit()
    page = await show(f"/pengaduan/{made.tracking_id}")
    assert set(re.findall(r'href="(/pengaduan/aturan\?jenis=pengaduan#[^"]+)"', page.text)) == {
        "/pengaduan/aturan?jenis=pengaduan#D1.1",
        "/pengaduan/aturan?jenis=pengaduan#D6C.1",
    }
    rules = await show("/pengaduan/aturan?jenis=pengaduan")
    assert 'id="D6C.1"' in rules.text


def test_a_ladder_says_when_it_comes_and_whom_it_tells() -> None:
    steps = [(one.name, one.when, one.to) for one in ladder_of(rule("D4.1"), POLICIES.superiors).steps]
    assert steps == [
        ("Pengingat", "hari kerja ke-3 saat buka, 50 % waktunya", "Penangan kasus"),
        ("Pengingat", "hari kerja ke-4 saat buka, 80 % waktunya", "Penangan kasus"),
        ("Jatuh tempo", "saat waktunya habis", "Penangan kasus, Penyetuju tanggapan"),
        ("Eskalasi", "1 hari kerja sesudah jatuh tempo diberitahukan", "Penyetuju tanggapan"),
        ("Eskalasi", "3 hari kerja sesudah jatuh tempo diberitahukan", "Aparat pengawasan"),
        ("Eskalasi", "5 hari kerja sesudah jatuh tempo diberitahukan", "Pimpinan instansi"),
        ("Diulang", "lalu tiap 7 hari, sampai dipenuhi", "Pimpinan instansi"),
    ]


def test_a_reminder_that_would_come_with_an_earlier_one_is_left_out() -> None:
    """Of one working day both halves and the day before fall away or together: only the first is told."""
    days = [one.when for one in ladder_of(rule("D3.1"), POLICIES.superiors).steps if one.name == "Pengingat"]
    assert days == ["hari kerja ke-1 saat buka, 50 % waktunya"]
    verify = [
        one.when for one in ladder_of(rule("D1.1"), POLICIES.superiors).steps if one.name == "Pengingat"
    ]
    assert verify == ["hari kerja ke-2 saat buka, 50 % waktunya", "hari kerja ke-3 saat buka, 80 % waktunya"]


async def test_only_deadlines_that_are_in_force_today_are_counted(
    show: Show, filer: Filer, clock: MovedClock
) -> None:
    kind = "pengaduan"
    for day in (date(2026, 1, 5), date(1990, 1, 5)):
        await clock.set(datetime(day.year, day.month, day.day, 9, tzinfo=Zone.WIB.tz))
        counted = sum(kind in one.kinds and one.valid_from <= day <= one.valid_to for one in POLICIES.rules)
        assert f"{counted} tenggat berlaku hari ini bagi pengaduan." in told(
            await show(f"/pengaduan/aturan?jenis={kind}")
        ), day
