"""Official texts are loaded whole or not at all, kept with what was before, and shown beside ours."""

from typing import Any

import httpx2
import pytest

from services.planning.wording.usecases import wording_of
from shared.instruments.lke import lke_instrument
from tests.support.planning import Planning
from tests.support.wording import criteria_of, question_of, worded

ITEM = "A.I.1.i.b"
OTHER = "Teks lain dari butir ini"


async def load(
    planning: Planning, content: bytes, edition: str = "2021", *, dry_run: bool = False
) -> httpx2.Response:
    """Load a workbook as an administrator of all agencies."""
    return await planning.client.post(
        f"/instruments/lke/{edition}/wording",
        params={"dry_run": dry_run},
        files={"file": ("lke.xlsx", content, "application/octet-stream")},
        headers=planning.issuer.headers("admin", level="national", subject="pusat"),
    )


async def shown(planning: Planning, path: str) -> Any:
    found = await planning.call("GET", f"/instruments/lke/{path}", "tpi", "none")
    assert found.status_code == 200, found.text
    return found.json()


async def test_texts_are_looked_at_loaded_shown_and_loaded_anew(planning: Planning) -> None:
    """One story, as the tests of a file share a database: an edition begins with nothing once."""
    assert (await shown(planning, "2021/wording")) == {
        "edition": "2021", "version": 0, "sha256": None, "loaded_at": None, "items": [],
    }  # fmt: skip
    assert (await shown(planning, f"items/{ITEM}"))["wording"] == []

    told = (await load(planning, worded(), dry_run=True)).json()
    assert (told["is_accepted"], told["is_written"], told["version"]) == (True, False, 0)
    assert (told["questions"], told["criteria"], len(told["changed"]), told["findings"]) == (
        113,
        113,
        113,
        [],
    )
    assert (await shown(planning, "2021/wording"))["items"] == []

    done = await load(planning, worded())
    assert done.status_code == 200, done.text
    assert (done.json()["is_written"], done.json()["version"], done.headers["etag"]) == (True, 1, '"1"')
    wording = await shown(planning, "2021/wording")
    assert [one["item_code"] for one in wording["items"]] == list(lke_instrument().questions)
    (beside,) = (await shown(planning, f"items/{ITEM}"))["wording"]
    assert beside == {
        "edition": "2021",
        "question": question_of(ITEM),
        "criteria": criteria_of(lke_instrument().questions[ITEM]),
        "options": {letter: f"Contoh {letter} dari {ITEM}" for letter in "ABC"},
    }
    async with planning.db.reading() as session:
        texts = await wording_of(session, "2021")
        assert await wording_of(session, "2021") is texts
        assert await wording_of(session, "2026") == {}

    again = (await load(planning, worded(cells={"K8": "Ya"}))).json()
    assert (again["is_written"], again["changed"], again["version"]) == (False, [], 1)
    newer = worded(cells={"G9": OTHER})
    assert (await load(planning, newer, dry_run=True)).json()["changed"] == [ITEM]
    assert (await load(planning, newer)).json()["version"] == 2
    assert (await shown(planning, f"items/{ITEM}"))["wording"][0]["question"] == OTHER
    async with planning.db.reading() as session:
        assert (await wording_of(session, "2021"))[ITEM].question == OTHER
    kept = await planning.rows(
        "SELECT version, question FROM wording WHERE edition = '2021' AND item_code = :i ORDER BY 1", i=ITEM
    )
    assert [tuple(row) for row in kept] == [(1, question_of(ITEM)), (2, OTHER)]
    audited = await planning.rows(
        "SELECT version, changes -> 'changed' FROM audit WHERE entity = 'wording' ORDER BY version"
    )
    assert [(version, len(changed)) for version, changed in audited] == [(1, 113), (2, 1)]


async def test_one_fault_writes_nothing_and_every_fault_is_named(planning: Planning) -> None:
    content = worded("2026", {"G8": None, "I9": 3})
    told = (await load(planning, content, "2026", dry_run=True)).json()
    assert (told["is_accepted"], told["changed"]) == (False, [])
    named = {finding["cell"] for finding in told["findings"] if finding["severity"] == "error"}
    refused = await load(planning, content, "2026")
    assert (refused.status_code, refused.json()["code"]) == (422, "workbook_refused")
    assert {error["cell"] for error in refused.json()["errors"]} == named
    assert named
    assert await planning.rows("SELECT 1 FROM wording_load WHERE edition = '2026'") == []


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"PK\x03\x04" + bytes(99)])
async def test_what_is_no_workbook_is_refused_in_a_sentence(planning: Planning, content: bytes) -> None:
    refused = await load(planning, content, "2026")
    assert (refused.status_code, refused.json()["code"]) == (422, "workbook_refused")
    assert refused.json()["errors"][0]["field"] == "file"


@pytest.mark.parametrize("path", ["2019/wording", "items/A.I.1", "items/x"])
async def test_an_edition_or_item_that_there_is_not_is_not_found(planning: Planning, path: str) -> None:
    answer = await planning.call("GET", f"/instruments/lke/{path}", "tpi", "none")
    assert answer.status_code == 404
    assert (await load(planning, worded(), "2019")).status_code == 404
