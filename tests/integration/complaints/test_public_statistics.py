"""Anybody may read how many complaints a unit got, as of the last night; nothing points at people."""

import httpx2
import pytest

from services.complaints.handling.jobs import Statistics
from tests.integration.complaints.acting import BROWSER
from tests.integration.complaints.conftest import Filer, MovedClock, wib


@pytest.fixture
async def counted(filer: Filer, clock: MovedClock) -> None:
    """Six complaints in one unit and two in the other, counted in the night after."""
    for unit in ("u-1",) * 6 + ("u-2",) * 2:
        await filer.submit(unit_id=unit)
    await clock.set(wib(2026, 1, 6))
    await Statistics(filer.db, filer.engine.policies).step()


@pytest.mark.usefixtures("counted")
async def test_small_counts_are_left_out_and_the_answer_may_be_kept_for_minutes(
    client: httpx2.AsyncClient, filer: Filer
) -> None:
    found = await client.get("/public/statistics")
    assert found.headers["cache-control"] == "public, max-age=300"
    assert [(one["unit_id"], one["received"], one["in_progress"]) for one in found.json()["items"]] == [
        ("u-2", None, None),
        ("u-1", 6, 6),
    ]
    await filer.submit()
    assert (await client.get("/public/statistics")).json() == found.json(), "it is of the last night"
    assert (await client.get("/public/statistics?year=2025")).json()["items"] == []
    assert (await client.get("/public/statistics?year=1")).status_code == 422


@pytest.mark.usefixtures("counted")
async def test_pages_follow_each_other_by_name(client: httpx2.AsyncClient) -> None:
    first = (await client.get("/public/statistics?limit=1")).json()
    rest = (await client.get(f"/public/statistics?limit=1&cursor={first['next']}")).json()
    assert [one["unit_name"] for one in first["items"] + rest["items"]] == ["Kantor Dua", "Kantor Satu"]
    assert rest["next"] is None
    page = (await client.get("/statistik-pengaduan", headers=BROWSER)).text
    assert "kurang dari 5" in page
    assert "Kantor Satu" in page
    assert "Belum ada angka" in (await client.get("/statistik-pengaduan?tahun=2024", headers=BROWSER)).text
