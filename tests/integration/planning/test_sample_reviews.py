"""The assessments of the sample agency pass the real rules of stages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import httpx2
import pytest

from deploy.local.demo import filling
from deploy.local.demo.agency import UNITS
from deploy.local.demo.api import Api
from deploy.local.demo.load import Loading
from deploy.local.demo.sample import Sample
from deploy.local.demo.situations import SITUATIONS
from deploy.local.idp.people import PEOPLE, made_up
from shared.db.bootstrap import ServiceDatabase
from tests.support.clock import run_by, stand_still
from tests.support.planning import YEAR, Planning
from tests.support.tokens import TestIssuer

NOW = datetime(YEAR, 8, 3, 2, tzinfo=UTC)
"""After the last day of proposals, for which the sample announces another one."""


class Running(httpx2.AsyncBaseTransport):
    """The service itself, and an identity provider that knows the demo people."""

    def __init__(self, planning: Planning) -> None:
        self._service = httpx2.ASGITransport(planning.app)
        self._issuer: TestIssuer = planning.issuer

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path != "/dev/token":
            return await self._service.handle_async_request(request)
        form = {name: values[0] for name, values in parse_qs((await request.aread()).decode()).items()}
        person = PEOPLE[form["user"]] if "user" in form else made_up(**form)
        claims: dict[str, Any] = {"sub": person.sub, "roles": list(person.roles), **person.scope.claims()}
        return httpx2.Response(200, json={"access_token": self._issuer.token(**claims)})


@pytest.fixture
async def on_a_day_of_the_year(planning_database: ServiceDatabase) -> AsyncIterator[None]:
    """The database's clock stands on the day that the sample is entered."""
    owner = await asyncpg.connect(planning_database.owner_url)
    await stand_still(owner, NOW)
    yield
    await run_by(owner, "clock_timestamp()")
    await owner.close()


@pytest.mark.usefixtures("on_a_day_of_the_year")
async def test_the_sample_s_assessments_pass_the_rules_of_stages(planning: Planning, tmp_path: Path) -> None:
    reviewed = [unit for unit in UNITS if SITUATIONS[unit.id].is_handed_in]
    sample = Sample.of(tmp_path / "sample.json", NOW)
    async with Api(
        {"planning": "https://toy.test", "idp": "https://toy.test"}, patience=1, transport=Running(planning)
    ) as api:
        loading = Loading(api, sample)
        for unit in reviewed:
            assert await filling.register(api, unit, key=f"register-the-unit-{unit.id}")
            key = f"open-programme-{unit.id}"
            await filling.open_programme(api, unit.id, sample.year, SITUATIONS[unit.id].target, key=key)
        await loading.worksheets(reviewed)
    rows = await planning.rows("SELECT unit_id, stage FROM stage WHERE unit_id LIKE 'contoh-%'")
    assert {row.unit_id: row.stage for row in rows} == {
        "contoh-anggrek": "pengisian", "contoh-flamboyan": "penilaian_tpi", "contoh-meranti": "desk",
    }  # fmt: skip
    rows = await planning.rows("SELECT unit_id, item_code, answer FROM finding WHERE unit_id LIKE 'contoh-%'")
    assert [tuple(row) for row in rows] == [("contoh-anggrek", "A.I.1.i.a", None)]
    rows = await planning.rows("SELECT team_id, organisation FROM assessor WHERE team_id LIKE 'contoh-%'")
    assert {tuple(row) for row in rows} == {
        ("contoh-tpi-1", "Inspektorat"), ("contoh-tpn-1", "Kementerian PANRB"),
    }  # fmt: skip
    rows = await planning.rows("SELECT unit_id, layer, team_id FROM assignment WHERE unit_id LIKE 'contoh-%'")
    assert ("contoh-meranti", "tpn", "contoh-tpn-1") in {tuple(row) for row in rows}
    for unit in reviewed:
        shown = await planning.call("GET", f"/units/{unit.id}/stages/{YEAR}", "tpn", unit.id)
        windows = {one["window"]: one["closes_on"] for one in shown.json()["windows"]}
        assert {day for day in windows.values() if day} == {f"{YEAR}-12-31"}
