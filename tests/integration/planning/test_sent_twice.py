"""A form of planning's pages that creates something does so once, however often it is sent."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import uuid4

import httpx2
import pytest

from shared.security import Scope
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.planning_browser import Browser, log_in
from tests.support.stages import lead_to

ITEM = "A.I.1.i.a"
TEXT = "SK tim belum ditandatangani."


class Form(NamedTuple):
    """A form: the page that has it, where it leads, what is typed, and the rows that it makes one of."""

    mine: Browser
    page: str
    path: str
    fields: dict[str, str]
    rows: str
    of: dict[str, Any]
    files: Any = None

    async def open(self) -> None:
        assert (await self.mine.get(self.page)).status_code == 200

    async def send(self, **fields: str) -> httpx2.Response:
        return await self.mine.post(self.path, files=self.files, **(self.fields | fields))

    async def made(self) -> int:
        (row,) = await self.mine.planning.rows(f"SELECT count(*) FROM {self.rows}", **self.of)
        return int(row[0])


async def finding(planning: Planning) -> Form:
    unit = await planning.programme()
    await lead_to(planning, unit, "penilaian_tpi")
    mine = await log_in(planning, "tpi", f"tpi-of-{unit}", AGENCY)
    path = f"/lembar-kerja/{unit}/{YEAR}/temuan/{ITEM}"
    return Form(mine, path, path, {"finding": TEXT}, "finding WHERE unit_id = :unit", {"unit": unit})


async def evidence(planning: Planning, word: str) -> Form:
    unit = await planning.programme()
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    mine = await log_in(planning, "unit_operator", f"operator-of-{unit}", AGENCY, scope)
    page = f"/lembar-kerja/{unit}/{YEAR}/bukti/{ITEM}"
    typed = {"title": "Berita", "kind": "lainnya", "form": "text", "body": TEXT}
    files = None
    if word == "berkas":
        typed, files = {"file_title": "SK"}, {"file": ("sk.pdf", PDF, "application/pdf")}
    rows = "evidence WHERE unit_id = :unit"
    return Form(mine, page, f"{page}/{word}", typed, rows, {"unit": unit}, files)


async def words(planning: Planning) -> Form:
    return await evidence(planning, "tulis")


async def file(planning: Planning) -> Form:
    return await evidence(planning, "berkas")


async def new_unit(planning: Planning) -> Form:
    mine = await log_in(planning)
    unit = f"u-{uuid4().hex[:8]}"
    typed = {"unit_id": unit, "name": "Kantor", "unit_type": "kantor", "echelon": "II", "zone": "WIB"}
    return Form(
        mine, "/unit-kerja/baru", "/unit-kerja/baru", typed, "unit WHERE unit_id = :unit", {"unit": unit}
    )


async def programme(planning: Planning) -> Form:
    unit = await planning.unit(agency=AGENCY)
    mine = await log_in(planning, agency=AGENCY)
    here = f"/unit-kerja/unit/{unit}"
    rows = "programme WHERE unit_id = :unit"
    return Form(mine, here, f"{here}/program", {"year": str(YEAR), "target": "WBK"}, rows, {"unit": unit})


async def team(planning: Planning) -> Form:
    team = f"tim-{uuid4().hex[:8]}"
    typed = {"team_id": team, "name": "Tim", "layer": "tpi"}
    rows = "assessor_team WHERE team_id = :team"
    return Form(await log_in(planning), WORK, f"{WORK_OF}tim?tahun={YEAR}", typed, rows, {"team": team})


async def person(planning: Planning) -> Form:
    made = await team(planning)
    await made.open()
    assert (await made.send()).status_code == 303
    of = made.of
    typed = {"team": of["team"], "subject": "orang-1", "organisation": "Inspektorat", "role": "ketua"}
    path = f"{WORK_OF}penilai?tahun={YEAR}"
    return Form(made.mine, WORK, path, typed, "assessor WHERE team_id = :team", of)


WORK_OF = "/lembar-kerja/pembagian/"
WORK = f"/lembar-kerja/pembagian?tahun={YEAR}"
Maker = Callable[[Planning], Awaitable[Form]]
FORMS = (finding, words, file, new_unit, programme, team, person)


@pytest.mark.parametrize("make", FORMS)
async def test_two_sendings_at_once_do_it_once_and_get_the_same_reply(
    planning: Planning, make: Maker
) -> None:
    form = await make(planning)
    await form.open()
    both = await asyncio.gather(form.send(), form.send())
    assert [one.status_code for one in both] == [303, 303], [one.text for one in both]
    assert both[0].headers["location"] == both[1].headers["location"]
    again = await form.send()
    assert (again.status_code, again.headers["location"]) == (303, both[0].headers["location"])
    assert await form.made() == 1


@pytest.mark.parametrize("make", [finding, words])
async def test_a_form_opened_anew_is_another(planning: Planning, make: Maker) -> None:
    form = await make(planning)
    for _ in range(2):
        await form.open()
        assert (await form.send()).status_code == 303
    assert await form.made() == 2


async def test_another_text_in_a_form_that_was_sent_is_kept_and_asked_for_once_more(
    planning: Planning,
) -> None:
    form = await finding(planning)
    await form.open()
    assert (await form.send()).status_code == 303
    asked = await form.send(finding="Yang lain.")
    assert asked.status_code == 422
    assert "sudah pernah terkirim dengan isi lain" in asked.text
    assert re.search(r"<textarea[^>]*>Yang lain\.</textarea>", asked.text)
    assert await form.made() == 1
    assert (await form.send(finding="Yang lain.")).status_code == 303
    assert await form.made() == 2


async def test_a_refusal_leaves_the_form_to_be_sent(planning: Planning) -> None:
    form = await finding(planning)
    await form.open()
    refused = await form.send(finding="")
    assert refused.status_code == 422
    await lead_to(planning, form.of["unit"], "pengisian")
    assert (await form.send()).status_code in {403, 409}
    await lead_to(planning, form.of["unit"], "penilaian_tpi")
    assert (await form.send()).status_code == 303
    assert await form.made() == 1
