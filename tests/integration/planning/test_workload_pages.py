"""What waits for assessors, who has which unit, and the windows of a year, as pages."""

import re
from uuid import uuid4

import pytest

from services.planning.stages.domain.stage import Stage
from shared.security import Scope
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.planning_browser import Browser, log_in
from tests.support.stages import lead_to

TASKS, WORK, WINDOWS = "/lembar-kerja/tugas", "/lembar-kerja/pembagian", "/lembar-kerja/masa"


@pytest.fixture
def agency() -> str:
    return f"a-{uuid4().hex[:8]}"


@pytest.fixture
async def admin(planning: Planning, agency: str) -> Browser:
    return await log_in(planning, "admin", f"admin-{agency}", agency)


async def test_an_assessor_lands_on_what_waits_for_them(planning: Planning, agency: str) -> None:
    waiting = await planning.programme(agency=agency)
    filling = await planning.programme(agency=agency)
    me = f"penilai-{agency}"
    await lead_to(planning, waiting, Stage.PENILAIAN_TPI, me, agency=agency)
    await lead_to(planning, filling, Stage.PENGISIAN, me, agency=agency)
    mine = await log_in(planning, "tpi", me, agency)
    page = (await mine.get(TASKS)).text
    assert "1 unit menunggu penilaian Anda" in page
    links = re.findall(rf"/lembar-kerja/([^/]+)/{YEAR}/penilaian/tpi", page)
    assert links == [waiting, filling]
    assert "0/113" in page
    assert "bukan giliran Anda" in page
    other = await log_in(planning, "tpi", "orang-lain", agency)
    assert "Belum ada unit yang ditugaskan kepada Anda" in (await other.get(TASKS)).text


async def test_counts_that_lack_one_of_their_set_are_not_assessed_yet(planning: Planning) -> None:
    unit = await planning.programme()
    me = f"penilai-{unit}"
    await lead_to(planning, unit, Stage.PENILAIAN_TPI, me)
    given = (
        {"item_code": "A.I.1.i.a", "letter": "Ya"},
        {"item_code": "A.II.5.ii.a", "inputs": {"n1": 9}},
        {"item_code": "A.II.5.iii.a", "inputs": {"n0": 9, "n4": 9}},
        {"item_code": "B.I.a", "index": "3.5"},
    )
    made = await planning.answer(unit, *given, layer="tpi", subject=me)
    assert made.status_code == 200, made.text
    assert "3/113" in (await (await log_in(planning, "tpi", me, AGENCY)).get(TASKS)).text


async def test_an_administrator_registers_and_divides_the_work(
    planning: Planning, agency: str, admin: Browser
) -> None:
    unit = await planning.programme(agency=agency)
    team = f"tim-{agency}"
    year = f"?tahun={YEAR}"
    await admin.get(WORK, tahun=str(YEAR))
    made = await admin.post(f"{WORK}/tim{year}", team_id=team, name="Tim Inspektorat", layer="tpi")
    assert made.status_code == 303, made.text
    await admin.get(WORK, tahun=str(YEAR))
    person = {"team": team, "subject": f"orang-{agency}", "role": "ketua"}
    refused = await admin.post(f"{WORK}/penilai{year}", **person)
    assert refused.status_code == 422
    assert 'id="e-organisation"' in refused.text
    assert f'value="orang-{agency}"' in refused.text
    made = await admin.post(f"{WORK}/penilai{year}", **person, organisation="Inspektorat Utama")
    assert made.status_code == 303, made.text
    await admin.get(WORK, tahun=str(YEAR))
    unknown = await admin.post(f"{WORK}/beri{year}", unit="tidak-ada", to_team=team)
    assert unknown.status_code == 404
    assert 'value="tidak-ada"' in unknown.text
    given = await admin.post(f"{WORK}/beri{year}", unit=unit, to_team=team)
    assert given.status_code == 303, given.text
    page = (await admin.get(WORK, tahun=str(YEAR))).text
    assert "1 dari paling banyak 14 unit, 390 menit" in re.sub(r"<[^>]+>", "", page)
    assert "Inspektorat Utama" in page
    assert "0/113 butir dinilai" in page


async def test_a_team_outside_the_scope_is_not_shown(planning: Planning, agency: str) -> None:
    unit = await planning.programme(agency=agency)
    await lead_to(planning, unit, Stage.PENILAIAN_TPI, "x", agency=agency)
    scope = Scope("agency", agencies=frozenset({"a-lain"}))
    other = await log_in(planning, "agency_head", "head-9", "a-lain", scope)
    assert f"team-of-{unit}" not in (await other.get(WORK, tahun=str(YEAR))).text


async def test_a_window_is_announced_and_moved_with_a_reason(admin: Browser) -> None:
    path = f"{WINDOWS}?tahun={YEAR}"
    await admin.get(WINDOWS, tahun=str(YEAR))
    none = await admin.post(path, window="pengisian")
    assert none.status_code == 422
    assert "Isi hari pertama, hari terakhir, atau keduanya." in none.text
    done = await admin.post(path, window="pengisian", closes_on="2099-10-01")
    assert done.status_code == 303, done.text
    await admin.get(WINDOWS, tahun=str(YEAR))
    moved = await admin.post(path, window="pengisian", closes_on="2099-11-01")
    assert moved.status_code == 422
    assert "memerlukan alasan" in moved.text
    assert 'value="2099-11-01"' in moved.text
    done = await admin.post(path, window="pengisian", closes_on="2099-11-01", reason="Mundur sebulan.")
    assert done.status_code == 303
    page = (await admin.get(WINDOWS, tahun=str(YEAR))).text
    assert "1 November 2099 pukul 24.00" in page
    assert "Mundur sebulan." in page


async def test_odd_versions_of_windows_are_refused_at_the_form(admin: Browser) -> None:
    await admin.get(WINDOWS, tahun=str(YEAR))
    odd = {"window": "pengisian", "closes_on": "2099-10-01", "versions": "desk:1panel:2"}
    assert (await admin.post(f"{WINDOWS}?tahun={YEAR}", **odd)).status_code == 422


async def test_windows_for_all_are_read_before_those_of_five_hundred_agencies(planning: Planning) -> None:
    year = YEAR - 4
    await planning.rows(
        """
        INSERT INTO stage_window (window_id, year, "window", agency_id, closes_on, version)
        SELECT gen_random_uuid(), :year, 'pengisian', nullif('a-' || lpad(n::text, 4, '0'), 'a-0600'),
            '2099-12-31', 7 FROM generate_series(0, 600) AS n RETURNING 1
        """,
        year=year,
    )
    national = await log_in(planning, "admin", "pusat", "a-pusat", Scope("national"))
    page = (await national.get(WINDOWS, tahun=str(year))).text
    assert 'value="pengisian:7"' in page, "the window for all is shown with its version"


async def test_an_agency_is_offered_the_windows_that_are_its_own(admin: Browser) -> None:
    page = (await admin.get(WINDOWS, tahun=str(YEAR))).text
    offered = re.findall(r'<option value="([^"]+)"', page)
    assert [one for one in offered if one] == ["pengisian", "penilaian_pendahuluan", "penilaian_tpi"]
    refused = await admin.post(f"{WINDOWS}?tahun={YEAR}", window="pengusulan", closes_on="2099-10-01")
    assert refused.status_code == 403


async def test_a_window_that_somebody_announced_meanwhile_is_not_overwritten(
    planning: Planning, agency: str, admin: Browser
) -> None:
    path = f"{WINDOWS}?tahun={YEAR}"
    other = await log_in(planning, "admin", f"other-{agency}", agency)
    for one in (admin, other):
        await one.get(WINDOWS, tahun=str(YEAR))
    assert (await other.post(path, window="penilaian_tpi", closes_on="2099-10-01")).status_code == 303
    await other.get(WINDOWS, tahun=str(YEAR))
    assert (await other.post(path, window="pengisian", closes_on="2099-09-01")).status_code == 303
    mine = {"window": "pengisian", "closes_on": "2099-12-01", "reason": "Menunggu survei."}
    stale = await admin.post(path, **mine)
    assert stale.status_code == 412
    assert "diumumkan orang lain sejak halaman Anda terbuka" in stale.text
    assert "1 September 2099 pukul 24.00" in stale.text
    assert 'value="2099-12-01"' in stale.text
    assert "Menunggu survei.</textarea>" in stale.text
    assert (await admin.post(path, **mine)).status_code == 303
    assert "1 Desember 2099 pukul 24.00" in (await admin.get(WINDOWS, tahun=str(YEAR))).text


async def test_a_unit_that_a_team_has_moves_only_when_that_was_said(
    planning: Planning, agency: str, admin: Browser
) -> None:
    unit, other_unit = [await planning.programme(agency=agency) for _ in range(2)]
    page = f"{WORK}?tahun={YEAR}"
    for team in ("satu", "dua"):
        for word, typed in (
            ("tim", {"team_id": f"{team}-{agency}", "name": f"Tim {team}", "layer": "tpi"}),
            ("penilai", {"team": f"{team}-{agency}", "subject": team, "organisation": "X", "role": "ketua"}),
        ):
            await admin.get(page)
            made = await admin.post(f"{WORK}/{word}?tahun={YEAR}", **typed)
            assert made.status_code == 303, made.text
    path = f"{WORK}/beri?tahun={YEAR}"
    late = await log_in(planning, "admin", f"other-{agency}", agency)
    for one in (admin, late):
        await one.get(page)
    assert (await admin.post(path, unit=unit, to_team=f"satu-{agency}")).status_code == 303
    stale = await late.post(path, unit=unit, to_team=f"dua-{agency}")
    assert stale.status_code == 412
    assert f"Unit {unit} sekarang dipegang Tim satu." in stale.text
    assert f'value="{unit}"' in stale.text
    assert f'<option value="dua-{agency}" selected>' in stale.text
    await admin.get(page)
    assert (await admin.post(path, unit=other_unit, to_team=f"satu-{agency}")).status_code == 303
    assert (await late.post(path, unit=other_unit, to_team=f"dua-{agency}")).status_code == 412, (
        "what was told of one unit does not move another"
    )
    moved = await late.post(path, unit=other_unit, to_team=f"dua-{agency}")
    assert moved.status_code == 303, moved.text
    rows = await planning.rows("SELECT unit_id, team_id FROM assignment WHERE unit_id IN (:a, :b)",
                               a=unit, b=other_unit)  # fmt: skip
    assert dict(tuple(row) for row in rows) == {unit: f"satu-{agency}", other_unit: f"dua-{agency}"}
