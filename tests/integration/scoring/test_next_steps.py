"""A unit's page says what to do next; an item's page what each answer is worth."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from importlib.resources import files
from typing import cast

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import RowMapping

from services.scoring.domain.due import NOT_THE_UNITS, due_soon, until_when
from services.scoring.pages.next_texts import MOST_DUE, MOST_FOLDED, change_texts
from services.scoring.pages.unit import looking, sight
from services.scoring.store.reading import running_deadlines
from services.scoring.usecases.reading import ChangeLine, present_year
from shared.contracts.base import EventData
from shared.contracts.complaints import CASE_KINDS
from shared.db import Database
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.integration.scoring.test_pages import HEAD, sample, words
from tests.support.scoring import (
    YEAR,
    activity,
    answered,
    deadline,
    fold_all,
    log_in,
    programme,
    registered,
)

PRESENT = datetime.now(UTC).astimezone(Zone.WIB.tz).year


def soon(hours: int) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


async def page_of(client: httpx2.AsyncClient, unit: str = "u1", year: int = YEAR) -> str:
    answer = await client.get(f"/nilai/{unit}?year={year}")
    assert answer.status_code == 200
    return answer.text


async def test_a_missed_gate_comes_first_with_the_answer_that_closes_it(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    text = words(await page_of(leader))
    assert "Persepsi korupsi (IPAK) 3,55" in text or "3,55" in text
    assert "■ kurang 0,05 Cukup satu jawaban: B.I.a 3,55 ke 3,60 (+0,22) ." in text
    assert text.index("Yang masih kurang") < text.index("11 syarat terpenuhi")


async def test_what_gains_most_is_listed_with_its_points_and_link(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [*sample(), answered("u1", 901, "A.II.3.i.a", "C")])
    page = await page_of(leader)
    rows = re.findall(r'id="g\.\d">([^<]+)</span><div><a id="gt\.\d" href="([^"]+)"', page)
    assert rows[0] == ("+0,22", f"/nilai/u1/butir/B.I.a?year={YEAR}")
    assert rows[1][1] == f"/nilai/u1/butir/A.II.3.i.a?year={YEAR}"
    assert "B.I.a, 3,55 ke 3,60 · ● menutup syarat" in words(page)
    assert "rasio sampai 100%, indeks sampai minimum yang belum tercapai" in words(page)


async def test_activities_and_complaints_due_soon_stand_with_the_overdue_first(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    today = datetime.now(UTC).astimezone(Zone.WIB.tz).date()
    year = PRESENT
    plan: list[EventData] = [
        activity("u1", 7).model_copy(
            update={"year": year, "due_on": (today - timedelta(days=40)).isoformat()}
        ),
        activity("u1", 8).model_copy(update={"year": year, "due_on": today.isoformat()}),
        activity("u1", 9).model_copy(
            update={"year": year, "due_on": (today + timedelta(days=60)).isoformat()}
        ),
    ]
    clocks = [
        deadline("u1", 1, due_at=soon(-30), rule_id="D1"),
        deadline("u1", 2, due_at=soon(-30), rule_id="D1"),
        deadline("u1", 3, due_at=soon(30), rule_id="D5", holder="case_handler"),
        deadline("u1", 4, due_at=soon(30), rule_id="D2", holder="reporter"),
        deadline("u1", 5, due_at=soon(300), rule_id="D4"),
        deadline("u1", 6, 2, "met", due_at=soon(3), rule_id="D4"),
        deadline("u1", 7, 2, "paused", due_at=soon(3), rule_id="D4"),
        deadline("u2", 8, due_at=soon(3), rule_id="D3"),
    ]
    await fold_all(db, [registered("u1"), programme("u1", year), *plan, *clocks])
    text = words(await page_of(leader, year=year))
    due = text[text.index("Pekan ini", text.index("Yang masih kurang")) : text.index("Kegiatan selesai")]
    assert due.count("pengaduan:") == 2
    assert due.index("1 kegiatan A.I.1.i") < due.index("2 pengaduan: verifikasi") < due.index("Hari ini")
    assert "1 pengaduan: tanggapan" in due
    assert "Giliran: penangan kasus." in due
    assert due.count("kegiatan A.I.1.i") == 2
    past = words(await page_of(leader, year=2020))
    assert "pengaduan:" not in past
    assert "Tidak ada kegiatan rencana kerja yang jatuh tempo" in past


@pytest.mark.parametrize("kind", ["gratifikasi", "benturan_kepentingan", "peta_benturan", "yang_akan_ada"])
async def test_a_clock_of_what_is_no_complaint_is_told_as_none(db: Database, kind: str) -> None:
    await fold_all(
        db,
        [
            registered("u1"),
            programme("u1"),
            deadline("u1", 1, due_at=soon(30), rule_id="D11b", kind=kind),
            deadline("u1", 2, due_at=soon(30), rule_id="D4", kind="pengaduan"),
        ],
    )
    async with db.reading() as session:
        found = await running_deadlines(session, "u1", soon(100))
    assert [case for case, *_ in found] == ["c-2"]


async def test_what_does_not_fit_unfolds_below_and_is_counted_by_its_kind(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    late = {"year": PRESENT, "due_on": f"{PRESENT - 1}-06-01"}
    codes = ("A.I.1.i", "A.I.1.ii", "A.I.1.iii", "A.I.1.iv", "A.I.2.i", "A.I.2.ii", "A.I.2.iii", "A.I.3.i")
    plan = [
        activity("u1", number, indicator=code).model_copy(update=late) for number, code in enumerate(codes)
    ]
    await fold_all(db, [registered("u1"), programme("u1", PRESENT), *plan, deadline("u1", 1, due_at=soon(5))])
    page = await page_of(leader, year=PRESENT)
    text = words(page)
    assert "1 pengaduan: tindak lanjut pertama" in text
    assert "Dan 1 kegiatan lagi" in text
    folded = page[page.index("Dan 1 kegiatan lagi") : page.index("Kegiatan selesai")]
    assert "1 kegiatan A.I.3.i" in words(folded)
    assert "Di luar daftar ini" not in text


async def test_a_fold_that_is_full_says_how_much_it_leaves_out(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    first = date(PRESENT - 1, 1, 1)
    plan = [
        activity("u1", number).model_copy(
            update={"year": PRESENT, "due_on": (first + timedelta(days=number)).isoformat()}
        )
        for number in range(MOST_DUE + MOST_FOLDED + 2)
    ]
    await fold_all(db, [registered("u1"), programme("u1", PRESENT), *plan])
    text = words(await page_of(leader, year=PRESENT))
    assert f"Dan {MOST_FOLDED + 2} kegiatan lagi" in text
    assert "Di luar daftar ini masih ada 2 kegiatan." in text


@pytest.mark.parametrize(("role", "is_linked"), [("unit_leader", False), ("inspector", True)])
async def test_a_complaint_leads_to_its_case_and_several_to_their_list_for_whoever_may_open_them(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, role: str, *, is_linked: bool
) -> None:
    one = deadline("u1", 1, due_at=soon(5))
    late = [deadline("u1", number, due_at=soon(-30), rule_id="D1") for number in (2, 3)]
    several = [deadline("u1", number, due_at=soon(50), rule_id="D5") for number in (4, 5)]
    await fold_all(db, [registered("u1"), programme("u1", PRESENT), one, *late, *several])
    await log_in(app, client, Scope("agency", agencies=frozenset({"agency-1"})), role)
    page = await page_of(client, year=PRESENT)
    found = re.findall(r'<div>(?:<a href="([^"]*)">)?\d pengaduan: ([^<]+)', page)
    assert {word.strip(): href for href, word in found} == {
        "tindak lanjut pertama": "/pengaduan/c-1" if is_linked else "",
        "verifikasi": "/pengaduan?unit=u1&amp;late=1" if is_linked else "",
        "tanggapan": "/pengaduan?unit=u1" if is_linked else "",
    }


async def test_open_pages_of_both_kinds_of_readers_are_looked_at_apart(
    db: Database,
) -> None:
    await fold_all(db, [registered("u1"), programme("u1", PRESENT), deadline("u1", 1, due_at=soon(5))])
    inspector = Principal("other", frozenset({"inspector"}), HEAD.scope)
    shapes = [(await looking(db, who, "u1", PRESENT)()).shape for who in (HEAD, inspector)]
    assert shapes[0] != shapes[1]
    assert sight(HEAD) != sight(inspector)


async def test_a_deadline_of_a_unit_that_is_not_known_yet_waits_for_it(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [deadline("u1", 1, due_at=soon(5), rule_id="D3")])
    assert (await leader.get(f"/nilai/u1?year={PRESENT}")).status_code == 404
    await fold_all(db, [registered("u1"), programme("u1", PRESENT)])
    assert "1 pengaduan: disposisi" in words(await page_of(leader, year=PRESENT))


async def test_a_new_deadline_asks_the_open_page_to_load_anew(app: FastAPI, db: Database) -> None:
    await fold_all(db, [registered("u1"), programme("u1", PRESENT)])
    look = looking(db, HEAD, "u1", PRESENT)
    before = await look()
    await fold_all(db, [deadline("u1", 1, due_at=soon(5))])
    assert (await look()).shape != before.shape


def test_two_clocks_of_a_case_on_one_day_are_one_complaint() -> None:
    now = datetime(2026, 8, 27, 3, 20, tzinfo=UTC)
    clocks = [("c-1", "X1", None, now + timedelta(hours=2)), ("c-1", "X2", None, now + timedelta(hours=1))]
    (found,) = due_soon([], clocks, now, Zone.WIB)
    assert (found.amount, found.ends_at) == (1, now + timedelta(hours=1))
    (both,) = due_soon([], [*clocks, ("c-2", "X1", None, now + timedelta(hours=3))], now, Zone.WIB)
    assert both.amount == 2


def test_each_clock_goes_by_the_title_of_its_policy() -> None:
    folder = files("services.complaints.deadlines") / "data/policy"
    told = [json.loads(path.read_text()) for path in folder.iterdir() if path.name.endswith(".json")]
    policies = [policy for one in told for policy in one.get("policies", ())]
    policies = [policy for policy in policies if not CASE_KINDS.isdisjoint(policy["kinds"])]
    assert len({policy["id"] for policy in policies}) > 10
    now = datetime(2026, 8, 27, 3, 20, tzinfo=UTC)
    for policy in policies:
        found = due_soon([], [("c", policy["id"], policy["holder"], now)], now, Zone.WIB)
        if policy["holder"] in NOT_THE_UNITS:
            assert not found
        else:
            assert [due.subject.capitalize() for due in found] == [policy["title"]]


async def test_the_seventh_day_counts_to_its_end_for_complaints_as_for_activities(db: Database) -> None:
    now = datetime(2026, 8, 27, 3, 20, tzinfo=UTC)
    day, end = until_when(now, Zone.WIT)
    assert (day, end) == (date(2026, 9, 3), datetime(2026, 9, 3, 15, 0, tzinfo=UTC))
    late = end + timedelta(seconds=1)
    await fold_all(db, [deadline("u1", 1, due_at=end, rule_id="D1"), deadline("u1", 2, due_at=late)])
    async with db.reading() as session:
        running = await running_deadlines(session, "u1", end)
    (found,) = due_soon([], running, now, Zone.WIT)
    assert (found.day, found.subject) == (day, "verifikasi")


@pytest.mark.parametrize(
    ("due", "day", "is_over"),
    [
        (datetime(2026, 8, 26, 17, 0, tzinfo=UTC), date(2026, 8, 26), True),  # midnight ends the 26th in WIB
        (datetime(2026, 8, 27, 3, 20, tzinfo=UTC), date(2026, 8, 27), True),
        (datetime(2026, 8, 27, 3, 21, tzinfo=UTC), date(2026, 8, 27), False),
    ],
)
def test_a_clock_is_over_from_its_moment_on_in_the_days_of_the_unit(
    due: datetime, day: date, *, is_over: bool
) -> None:
    now = datetime(2026, 8, 27, 3, 20, tzinfo=UTC)
    (found,) = due_soon([], [("c", "D1", "complaint_officer", due)], now, Zone.WIB)
    assert (found.day, found.is_over, found.subject) == (day, is_over, "verifikasi")


@pytest.mark.parametrize(("zone", "year"), [("WIB", 2026), ("WIT", 2027)])
def test_the_present_year_is_the_one_where_the_unit_is(zone: str, year: int) -> None:
    unit = cast("RowMapping", {"zone": zone})
    assert present_year(unit, datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == year


@pytest.mark.parametrize(("delta", "text"), [(Fraction(1, 1000), "+0,001"), (Fraction(-1, 1000), "-0,001")])
def test_a_small_change_is_not_told_as_nothing(delta: Fraction, text: str) -> None:
    line = ChangeLine(1, datetime.now(UTC), False, "A.I.1.i.a", delta, "jawaban unit menjadi A")
    assert dict(change_texts([line], "u1", YEAR, line.at))["cd.0"] == text


async def test_a_change_links_to_its_item(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, sample())
    await fold_all(db, [answered("u1", 901, "A.I.1.i.b", "C", layer="tpi")])
    page = await page_of(leader)
    link = f'<a id="c.0" href="/nilai/u1/butir/A.I.1.i.b?year={YEAR}">A.I.1.i.b: jawaban TPI menjadi C</a>'
    assert link in page


async def test_what_counts_is_the_first_column_of_the_layers(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    page = await page_of(leader)
    layers = page[page.index('id="lapisan"') :]
    assert re.findall(r'<th scope="col" class="num">(\w+)</th>', layers)[:3] == ["Efektif", "Unit", "TPI"]


async def test_an_item_says_what_its_counts_options_gates_and_activities_are(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    ratio = words((await leader.get(f"/nilai/u1/butir/A.II.5.ii.a?year={YEAR}")).text)
    for part in (
        "n1",
        "n2",
        "n3",
        "Angka yang dihitung",
        "Penguatan pengawasan",
        "Syarat yang diukur dari sini",
    ):
        assert part.lower() in ratio.lower()
    option = words((await leader.get(f"/nilai/u1/butir/A.I.1.i.b?year={YEAR}")).text)
    assert "B jawaban sekarang 0,1250" in re.sub(r"\s+", " ", option)
    assert "A 0,2500 +0,13" in option
    assert "Kegiatan rencana kerja A.I.1.i ● selesai ○ direncanakan" in option or "○ direncanakan" in option
    assert "Sebelumnya: A.I.1.i.a" in option
    assert "Berikutnya: A.I.1.ii.a" in option


async def test_a_node_says_what_each_part_loses_and_leads_to_its_neighbours(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    page = (await leader.get(f"/nilai/u1/butir/A.I.1?year={YEAR}")).text
    row = next(row for row in page.split("<tr>") if "A.I.1.i<" in row or "A.I.1.i " in row)
    assert re.search(r'data-label="Kehilangan">0,13<', row)
    assert f'rel="next" href="/nilai/u1/butir/A.I.2?year={YEAR}"' in page
    total = await leader.get(f"/nilai/u1/butir/TOTAL?year={YEAR}")
    assert total.status_code == 200
    assert 'rel="next"' not in total.text
