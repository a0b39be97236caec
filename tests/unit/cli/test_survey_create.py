"""`zi survey create` waits for a unit that is on its way to survey, and for no other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from tests.unit.cli.conftest import FakeSystem

MISSING = {"code": "unit_not_found", "status": 404, "detail": "Unit itu tidak ada."}
MADE = {
    "campaign_id": "c1",
    "unit_id": "kantor-a",
    "version": 1,
    "closes_at": "2027-04-02T17:00:00Z",
    "zone": "WIB",
}


class Survey:
    """Hears of the unit after so many questions; planning answers with `planning`."""

    def __init__(self, asked: int, planning: tuple[int, Any]) -> None:
        self.left = asked
        self.planning = planning

    def __call__(self, method: str, path: str) -> tuple[int, Any]:
        if method == "GET":
            return self.planning if path == "/units/kantor-a" else (200, {"items": [], "next": None})
        if path == "/campaigns" and self.left:
            self.left -= 1
            return 404, MISSING
        return 200, MADE


@pytest.fixture
def survey(system: FakeSystem, folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    addresses = json.loads((folder / "addresses.json").read_text())
    monkeypatch.setenv("ZI_SURVEY_URL", addresses["planning"])
    return system


def create(*options: str) -> Any:
    with pytest.raises(SystemExit) as ended:
        main(("survey", "create", "--unit", "kantor-a", "--year", "2026", *options))
    return ended.value.code


def test_a_unit_that_planning_shows_is_waited_for(
    survey: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    survey.answer = Survey(2, (200, {"unit_id": "kantor-a"}))
    assert create("--json") == 0
    assert json.loads(capsys.readouterr().out)["campaign_id"] == "c1"
    keys = {headers["idempotency-key"] for _, path, headers, _ in survey.requests if path == "/campaigns"}
    assert len(keys) == 1, "however often it is asked, it is one campaign"


def test_a_unit_that_planning_keeps_from_the_caller_may_be_on_its_way(survey: FakeSystem) -> None:
    survey.answer = Survey(2, (403, {"code": "forbidden", "status": 403}))
    assert create() == 0


def test_a_unit_that_planning_does_not_know_is_refused_at_once(
    survey: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    survey.answer = Survey(10**6, (404, {"code": "not_found", "status": 404}))
    assert create() == 1
    assert "there is no such unit, or not for you" in capsys.readouterr().err
    assert sum(path == "/campaigns" for _, path, _, _ in survey.requests) == 1


def test_a_wait_ends_at_the_given_limit(survey: FakeSystem, capsys: pytest.CaptureFixture[str]) -> None:
    survey.answer = Survey(10**6, (200, {"unit_id": "kantor-a"}))
    assert create("--wait-seconds", "0") == 1
    told = r"zi: survey has not heard of kantor-a yet, or your account does not reach it, after \d+ s"
    assert re.match(told, capsys.readouterr().err)
