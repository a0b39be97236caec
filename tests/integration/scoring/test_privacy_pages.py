"""The privacy notice is a page for everybody, in each of its versions."""

import httpx2
import pytest
from fastapi import FastAPI

from shared.http.state import state_of

BROWSER = {"Accept": "text/html"}


async def test_anybody_reads_the_notice_and_each_version_of_it(client: httpx2.AsyncClient) -> None:
    for address in ("/privasi", "/privasi/1"):
        answer = await client.get(address, headers=BROWSER)
        assert answer.status_code == 200
        assert "Versi 1, yang berlaku sekarang." in answer.text
        assert "Kontak pelindungan data belum diisi" in answer.text


@pytest.mark.parametrize("version", ["0", "2026", "..%2Ffeeds", "1.json", "%F0%9F%99%82"])
async def test_no_other_version_is_there(client: httpx2.AsyncClient, version: str) -> None:
    assert (await client.get(f"/privasi/{version}", headers=BROWSER)).status_code == 404


async def test_the_notice_names_whom_the_operator_of_the_system_entered(
    app: FastAPI, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = {"privacy_controller": "Badan <Contoh>", "privacy_contact": "pdp@contoh.test"}
    changed = state_of(app).settings.model_copy(update=entered)
    monkeypatch.setattr(state_of(app), "settings", changed)
    page = (await client.get("/privasi", headers=BROWSER)).text
    assert "Pengendali data pribadi adalah Badan &lt;Contoh&gt;." in page
    assert "<strong>pdp@contoh.test</strong>" in page
    assert "belum diisi" not in page
