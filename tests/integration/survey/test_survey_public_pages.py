"""What anybody may read of surveys: results, once there are any, and the texts that people agreed to."""

import httpx2
import pytest

from services.survey.consent_text import consent_versions
from tests.integration.survey.test_survey_api import BROWSER, app, client

__all__ = ["app", "client"]


async def test_the_page_of_results_says_that_there_are_none_and_what_will_be_there(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.get("/hasil", headers=BROWSER)
    assert answer.status_code == 200
    assert "Belum ada hasil survei yang diumumkan" in answer.text
    assert 'href="/lapor"' in answer.text


@pytest.mark.parametrize("version", consent_versions())
async def test_each_consent_text_that_people_were_shown_is_a_page(
    client: httpx2.AsyncClient, version: str
) -> None:
    answer = await client.get(f"/survei/persetujuan/{version}", headers=BROWSER)
    assert answer.status_code == 200
    assert "Survei ini diselenggarakan oleh [nama unit]" in answer.text
    assert "dihapus 365 hari setelah survei ditutup" in answer.text


@pytest.mark.parametrize("version", ["0", "2026", "..%2Fconsent", "2026-3%20"])
async def test_no_other_consent_text_is_there(client: httpx2.AsyncClient, version: str) -> None:
    answer = await client.get(f"/survei/persetujuan/{version}", headers=BROWSER)
    assert (answer.status_code, "[nama unit]" in answer.text) == (404, False)
