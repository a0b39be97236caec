"""The desk of campaigns: who sees which, what it says of answers, and no figure before the API tells it."""

import csv
import io
import re

import httpx2
import pytest
from fastapi import FastAPI, Response

from shared.http.state import state_of
from shared.security import Principal, Scope
from tests.integration.survey.test_survey_api import BROWSER, Acting, acting, app, client

__all__ = ["acting", "app", "client"]
UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


class Desk:
    """A browser in which one person after another is logged in."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._app = app
        self._client = client

    async def get(self, path: str, scope: Scope = AGENCY, role: str = "survey_operator") -> httpx2.Response:
        answer = Response()
        person = Principal("operator", frozenset({role}), scope)
        await state_of(self._app).sessions.open(answer, person, "Operator Contoh")
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return await self._client.get(path, headers=BROWSER | {"Cookie": cookie})

    async def text(self, path: str = "/survei", scope: Scope = AGENCY, role: str = "survey_operator") -> str:
        answer = await self.get(path, scope, role)
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def desk(app: FastAPI, client: httpx2.AsyncClient) -> Desk:
    return Desk(app, client)


async def test_the_first_sentence_says_how_many_have_answers_enough(desk: Desk, acting: Acting) -> None:
    assert "Tidak ada survei yang sedang terbuka." in await desk.text()
    assert "Belum ada survei" in await desk.text()
    campaign = await acting.open_campaign()
    (token, _) = await acting.invite(campaign, 2)
    await acting.answer(token, 5)
    page = await desk.text()
    assert "0 dari 1 survei terbuka sudah mencapai 30 responden; yang terdekat kurang 29." in page
    assert "Kantor Satu" in page
    assert "1 dari 30" in page
    assert "▲ kurang 29" in page
    assert "belum ada: tampil sesudah cukup banyak jawaban" in page


async def test_people_see_the_campaigns_of_their_scope(desk: Desk, acting: Acting) -> None:
    await acting.open_campaign()
    assert "Kantor Satu" in await desk.text(scope=UNIT_1, role="unit_leader")
    for scope in (Scope("unit", units=frozenset({"u-2"})), Scope("agency", agencies=frozenset({"a-9"}))):
        page = await desk.text(scope=scope)
        assert "Kantor Satu" not in page
        assert "Tidak ada survei yang sedang terbuka." in page
        assert "Kantor Satu" not in (await desk.get("/survei/daftar.csv", scope)).text


@pytest.mark.parametrize("role", ["complaint_officer", "admin", "auditor"])
async def test_who_reads_no_surveys_is_refused(desk: Desk, acting: Acting, role: str) -> None:
    await acting.open_campaign()
    for path in ("/survei", "/survei/daftar.csv"):
        answer = await desk.get(path, role=role)
        assert (answer.status_code, "Kantor Satu" in answer.text) == (403, False)


async def test_filters_stand_in_the_address_and_the_file_is_what_is_shown(desk: Desk, acting: Acting) -> None:
    await acting.open_campaign()
    made = await acting.client.post(
        "/campaigns",
        json={"unit_id": "u-1", "regime": "skm.2017", "period": "2026"},
        headers=acting.headers(),
    )
    assert made.status_code == 201
    assert "Survei Kepuasan Masyarakat" in await desk.text("/survei?state=draft&unit=u-1")
    assert "Survei Kepuasan Masyarakat" not in await desk.text("/survei?state=open&unit=")
    assert "Tidak ada survei dengan saringan ini" in await desk.text("/survei?state=closed")
    first = await desk.get("/survei?limit=1")
    following = re.search(r'href="(/survei\?cursor=[^"]*)"', first.text)
    assert following is not None
    for path in ("?limit=1", following[1].removeprefix("/survei") + "&limit=1"):
        rows = csv.reader(
            io.StringIO((await desk.get(f"/survei/daftar.csv{path}")).text.removeprefix("\ufeff")),
            delimiter=";",
        )
        (_, row) = list(rows)
        assert row[1] in await desk.text(f"/survei{path}")
    for odd in ("state=x", "unit=%27", "cursor=x"):
        assert (await desk.get(f"/survei?{odd}")).status_code == 422


async def test_the_desk_tells_no_index_before_the_api_does(desk: Desk, acting: Acting) -> None:
    campaign = await acting.open_campaign()
    tokens = await acting.invite(campaign, 11)
    for number, token in enumerate(tokens, 1):
        await acting.answer(token, 1 + number % 6)
        status = await acting.status(campaign)
        page = await desk.text(role="verifier")
        told = re.search(r"IPAK (\d,\d\d), IPKP (\d,\d\d) \((\d+) jawaban\)", page)
        if status["figures"] == "released":
            assert told is not None
            shown = (status["ipak"]["display"], status["ipkp"]["display"], status["released_n"])
            assert (told[1].replace(",", "."), told[2].replace(",", "."), int(told[3])) == shown
        else:
            assert told is None
    assert (await acting.status(campaign))["figures"] == "released"
