"""The pages beside a unit's own: its way, what if, its year, and two scores beside each other."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx2
from playwright.async_api import Browser
from sqlalchemy import text

from shared.contracts.base import EventData
from shared.db import Database
from shared.indonesian import day
from shared.kernel import Zone
from tests.integration.scoring.test_looks import BROKEN, low, serve
from tests.integration.scoring.test_pages import ready, sample, words
from tests.support.browser import HEIGHT, WIDTHS, browsing, inspect
from tests.support.http import ORIGIN
from tests.support.scoring import YEAR, answered, fold_all, programme, registered


async def page_of(client: httpx2.AsyncClient, part: str, status: int = 200, unit: str = "u1") -> str:
    answer = await client.get(f"/nilai/{unit}/{part}")
    assert answer.status_code == status
    return answer.text


async def grow(db: Database, events: Sequence[EventData], days: Sequence[int]) -> None:
    """Fold events in as many parts as there are days, each of them so many days ago."""
    size = -(-len(events) // len(days))
    for place, ago in enumerate(days):
        await fold_all(db, events[place * size : (place + 1) * size])
        async with db.transaction() as session:
            await session.execute(
                text(
                    "UPDATE history SET at = at - make_interval(days => :ago)"
                    " WHERE at > now() - interval '1 hour'"
                ),
                {"ago": ago},
            )


async def test_the_way_names_the_fewest_answers_and_each_missed_gate(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [*sample(), answered("u1", 901, "B.I.b", "D")])
    page = await page_of(leader, f"jalan?year={YEAR}")
    told = words(page)
    assert "Paling sedikit 2 jawaban perlu naik untuk memenuhi semua syarat nilai WBK." in told
    assert "B.I.a, 3,55 ke 3,60" in told
    assert f'href="/nilai/u1/butir/B.I.b?year={YEAR}"' in page
    assert 'name="without" value="B.I.b"' in page


async def test_an_item_that_may_not_rise_is_spared_and_what_then_stays_missing_is_said(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    page = await page_of(leader, f"jalan?year={YEAR}&without=B.I.a&most_areas=")
    told = words(page)
    assert "Dengan batas ini WBK tidak tercapai:" in told
    assert "kurang 0,22 poin" in told
    assert 'value="B.I.a" checked' in page


async def test_a_unit_with_all_gates_is_told_what_is_left(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, ready("u1"))
    told = words(await page_of(leader, f"jalan?year={YEAR}&predicate=WBBM"))
    assert "Semua 12 syarat nilai WBBM sudah terpenuhi." in told
    assert "Ambang survei, prasyarat, dan keputusan tetap syarat tersendiri." in told


async def test_the_way_can_be_tried_as_a_supposition(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, [*sample(), answered("u1", 901, "B.I.b", "D")])
    page = await page_of(leader, f"jalan?year={YEAR}")
    (href,) = re.findall(r'href="([^"]*/andai\?[^"]*)">Coba', page)
    answer = await leader.get(href.replace("&amp;", "&"))
    told = words(answer.text)
    assert "syarat WBK 12 dari 12 (sekarang 9)." in told
    assert "terpenuhi: 3,60 dari 3,60" in told


async def test_a_supposition_keeps_what_was_typed_and_names_what_cannot_be(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    page = await page_of(leader, f"andai?year={YEAR}&j.B.I.a=4,5&j.B.I.b=A&butir=A.II.4.i.a", 422)
    told = words(page)
    assert "di luar 0-4" in told
    assert 'value="4,5"' in page
    assert "A.II.4.i.a" in told
    one = words(await page_of(leader, f"andai?year={YEAR}&j.A.II.4.i.a.n1=4&butir=A.II.4.i.a"))
    assert "-1,50" in one  # n2 stays 1
    counts = await page_of(leader, f"andai?year={YEAR}&j.A.II.4.i.a.n1=4&j.A.II.4.i.a.n2=0&j.B.I.b=kosong")
    assert " menjadi " in words(counts)
    assert "B.I.b" in words(counts)


async def test_a_year_is_a_line_with_its_gates_and_what_changed_between_two_days(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [registered("u1"), programme("u1"), answered("u1", 1, "B.I.b", "C")])
    async with db.transaction() as session:
        await session.execute(text("UPDATE history SET at = at - interval '3 days'"))
    await fold_all(db, [answered("u1", 2, "A.I.1.i.b", "B"), answered("u1", 3, "B.I.b", "D")])
    page = await page_of(leader, f"riwayat?year={YEAR}")
    told = words(page)
    assert "Nilai efektif naik" in told
    assert "Kinerja pelayanan publik" in told or "terpenuhi" in told
    assert "tidak lagi terpenuhi" in told
    assert "3 perubahan tercatat; jumlahnya tepat sama dengan perubahan nilai." in told
    today = datetime.now(UTC).astimezone(Zone.WIB.tz).date()
    some = words(await page_of(leader, f"riwayat?year={YEAR}&first={today}&last={today}"))
    assert "Nilai efektif turun" in some
    assert f"poin pada {day(today)}" in some
    assert "2 perubahan tercatat" in some
    unit = words(await page_of(leader, f"riwayat?year={YEAR}&layer=unit"))
    assert "Sebab setiap perubahan tercatat pada lapisan efektif" in unit
    none = words(await page_of(leader, f"riwayat?year={YEAR}&layer=tpn"))
    assert "Lapisan ini belum pernah bernilai; pilih lapisan lain di atas." in none


async def test_days_the_wrong_way_round_are_named_and_kept(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, sample())
    page = await page_of(leader, f"riwayat?year={YEAR}&first=2026-03-02&last=2026-03-01", 422)
    assert "Tanggal akhir harus sama dengan atau setelah tanggal awal." in words(page)
    assert 'value="2026-03-01"' in page


async def test_a_day_that_is_none_is_named_at_its_field_and_an_empty_one_stays_empty(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    page = await page_of(leader, f"riwayat?year={YEAR}&first=2026-02-30&last=kemarin", 422)
    assert words(page).count("Isi dengan tanggal yang ada, misalnya 2026-03-31.") == 4
    assert 'value="kemarin"' in page
    early = await page_of(leader, f"riwayat?year={YEAR}&first=&last=2026-01-01")
    assert "None" not in early


async def test_a_year_without_scores_says_where_its_story_begins(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    told = words(await page_of(leader, f"riwayat?year={YEAR - 1}"))
    assert "Riwayat dimulai dengan jawaban pertama pada lembar kerja." in told


async def test_two_units_are_compared_after_one_was_sought(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(
        db,
        [
            *sample(),
            registered("u2"),
            programme("u2"),
            answered("u2", 1, "B.I.b", "C"),
            registered("x9", agency_id="other"),
        ],
    )
    page = await page_of(leader, f"banding?year={YEAR}&cari=kantor")
    assert "Pilih tahun, lapisan, atau unit lain untuk dibandingkan." in words(page)
    assert "Kantor u2" in words(page)
    assert "Kantor x9" not in words(page)
    (href,) = re.findall(r'href="([^"]*with_unit=u2[^"]*)"', page)
    told = words((await leader.get(href.replace("&amp;", "&"))).text)
    assert re.search(r"Kantor u2 [\d,]+ poin lebih rendah daripada Kantor u1", told)
    assert "butir berbeda; selisihnya berjumlah tepat" in told
    assert (await leader.get(f"/nilai/u1/banding?year={YEAR}&with_unit=x9")).status_code == 404


async def test_a_year_that_nobody_scored_is_no_nought_to_compare_with(
    leader: httpx2.AsyncClient, db: Database
) -> None:
    await fold_all(db, sample())
    told = words(await page_of(leader, f"banding?year={YEAR}&with_year={YEAR - 1}"))
    assert f"{YEAR - 1} belum ada nilainya; tidak ada yang dapat dibandingkan." in told
    assert "Nilai berdampingan" not in told


async def test_two_layers_are_compared(leader: httpx2.AsyncClient, db: Database) -> None:
    await fold_all(db, sample())
    told = words(await page_of(leader, f"banding?year={YEAR}&layer=unit&with_layer=tpi"))
    assert "TPI" in told
    assert "lebih rendah daripada Unit" in told


async def test_a_year_of_many_days_on_a_phone_and_on_a_desk(
    leader: httpx2.AsyncClient, db: Database, chromium: Browser
) -> None:
    await grow(db, low("u7"), days=(270, 200, 150, 90, 40, 0))
    async with browsing(chromium) as profile:
        page = await profile.new_page()
        await serve(page, leader)
        await page.goto(f"{ORIGIN}/nilai/u7/riwayat")
        await inspect(page, "history")
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            assert await page.evaluate(BROKEN) == [], f"{width} px breaks words"
