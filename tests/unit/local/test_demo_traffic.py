"""Demo traffic works in the units it was given and swings within bounds."""

import json
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.local.demo import steps
from deploy.local.demo.answers import one_higher, unit_answers
from deploy.local.demo.api import Api
from deploy.local.demo.complaints import PATHS
from deploy.local.demo.load import SEED
from deploy.local.demo.sample import Sample
from deploy.local.demo.situations import SITUATIONS
from deploy.local.demo.steps import (
    FEWEST,
    LIGHT_CASES,
    MOST,
    OPEN_CASES,
    SURVEYED,
    AnswerSteps,
    ComplaintSteps,
    SurveySteps,
)

UNITS = ["contoh-melati", "contoh-pala"]
YEAR = 2026
ADDRESSES = {name: f"http://{name}.invalid" for name in ("planning", "complaints", "survey", "idp")}


class Services:
    """Answers as the services would; `asked` holds every command as (path, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.versions: Counter[str] = Counter()
        self.left_open: list[dict[str, Any]] = []
        self.responses = 0

    def api(self) -> Api:
        return Api(ADDRESSES, patience=1, transport=httpx2.MockTransport(self))

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/dev/token":
            return httpx2.Response(200, json={"access_token": "t"})
        if request.method == "GET":
            return httpx2.Response(200, json={"items": self._list(request), "next": None})
        body = json.loads(request.content or b"null")
        self.asked.append((path, body))
        if match := re.fullmatch(r"/cases/(c\d+)/\S+", path):
            assert request.headers["if-match"] == f'"{self.versions[match[1]]}"'
        return httpx2.Response(200, json=self._done(path))

    def _list(self, request: httpx2.Request) -> list[dict[str, Any]]:
        if request.url.path == "/campaigns":
            return [{"campaign_id": "s1", "state": "open", "year": YEAR, "n": self.responses}]
        if request.url.path == "/handling-units":
            return []
        state = request.url.params["state"]
        return [case for case in self.left_open if case["state"] == state]

    def _done(self, path: str) -> dict[str, Any]:
        if path == "/cases":
            case = f"c{len(self.versions) + 1}"
            self.versions[case] = 1
            return {"id": case, "version": 1, "receipt": f"receipt of {case}"}
        if path.startswith("/cases/"):
            case = path.split("/")[2]
            self.versions[case] += 1
            return {"version": self.versions[case]}
        self.responses += {"/respondent/responses": 1, "/respondent/withdrawal": -1}.get(path, 0)
        return {
            "version": 9,
            "token": "t",
            "text_version": "1",
            "items": [{"token": f"token {len(self.asked)}", "link": "-"}],
        }

    def acts(self, case: str) -> list[str]:
        """Return the acts of officers on a case, in order."""
        return [path.split("/")[3] for path, _ in self.asked if path.startswith(f"/cases/{case}/")]


@pytest.fixture
def services() -> Services:
    return Services()


async def test_complaints_are_led_to_acceptance_a_few_at_a_time(services: Services) -> None:
    async with services.api() as api:
        one = ComplaintSteps(api, random.Random(1), UNITS)
        for _ in range(200):
            await one.step()
            assert len(one.cases) <= OPEN_CASES + LIGHT_CASES
    entered = [body for path, body in services.asked if path == "/cases"]
    assert {body["unit_id"] for body in entered} == set(UNITS)
    assert {body["channel"] for body in entered} == {"sms"}
    accepted = sum(path == "/public/my-case/accept" for path, _ in services.asked)
    assert accepted > 10
    wanted = [name.replace("_", "-") for name in PATHS["DITANGGAPI"]]
    assert all(services.acts(case) == wanted[: len(services.acts(case))] for case in services.versions)


async def test_a_light_complaint_is_left_until_its_time_has_passed(services: Services) -> None:
    async with services.api() as api:
        one = ComplaintSteps(api, random.Random(1), UNITS)
        while not any(one.ready_at for one in one.cases):
            await one.step()
        (burning,) = [one for one in one.cases if one.ready_at]
        for _ in range(100):
            await one.step()
    entered = [body for path, body in services.asked if path == "/cases"]
    received = datetime.fromisoformat(entered[int(burning.case.id[1:]) - 1]["received_at"])
    left = received + timedelta(hours=4) - datetime.now(UTC)
    assert timedelta(minutes=7) < left <= timedelta(minutes=8)
    assert services.acts(burning.case.id) == ["verify", "dispose"]


async def test_only_what_the_stream_entered_itself_is_taken_up_again(services: Services) -> None:
    case = {"version": 4, "stream": "masyarakat", "case_class": "normatif", "has_draft": False}
    services.versions["c1"] = 4
    services.left_open = [
        case | {"id": "c1", "channel_kind": "sms", "unit_id": UNITS[0], "state": "DIPROSES"},
        case | {"id": "c2", "channel_kind": "surat", "unit_id": UNITS[0], "state": "DIPROSES"},
        case | {"id": "c3", "channel_kind": "sms", "unit_id": "unit-lain", "state": "DITERIMA"},
    ]
    async with services.api() as api:
        one = ComplaintSteps(api, random.Random(1), UNITS)
        await one.resume()
        assert [(one.case.id, one.todo) for one in one.cases] == [("c1", ["respond", "approve"])]
        while one.cases:
            await one.step()
            one.cases = [one for one in one.cases if one.case.id == "c1"]
    assert services.acts("c1") == ["respond", "approve"]


async def test_answers_swing_between_the_samples_and_the_one_above(services: Services) -> None:
    async with services.api() as api:
        one = AnswerSteps(api, random.Random(1), [*UNITS, "contoh-jati", "contoh-ulin"], YEAR)
        for _ in range(100):
            await one.step()
    samples = {unit: unit_answers(f"{SEED}/{unit}", SITUATIONS[unit], YEAR) for unit in UNITS}
    written: dict[str, set[str]] = {}
    for path, body in services.asked:
        unit = path.split("/")[2]
        sample = samples[unit]  # never where the sample is case 03 or empty
        for answer in body["answers"]:
            code = answer["item_code"]
            above = one_higher(code, sample[code])
            assert above is not None
            assert answer["letter"] in {sample[code].letter, above.letter}
            written.setdefault(unit, set()).add(code)
    assert all(len(codes) == steps.MOVING_ITEMS for codes in written.values())


async def test_the_survey_fills_up_and_then_people_come_and_go(services: Services) -> None:
    services.responses = 4
    seen = []
    async with services.api() as api:
        one = SurveySteps(api, random.Random(1), [SURVEYED], YEAR)
        for _ in range(250):
            await one.step()
            seen.append(services.responses)
    assert max(seen) <= MOST
    assert min(seen[60:]) >= FEWEST
    assert seen[:20] == list(range(5, 25))


async def test_no_survey_is_touched_where_the_unit_is_not_ours(services: Services) -> None:
    async with services.api() as api:
        await SurveySteps(api, random.Random(1), UNITS, YEAR).step()
    assert services.asked == []


def test_a_load_that_was_cut_short_goes_on_from_the_same_instant(tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    first = Sample.of(file, datetime(YEAR, 3, 2, 8, 0, tzinfo=UTC))
    first.keep()
    again = Sample.of(file, datetime(YEAR, 3, 2, 9, 0, tzinfo=UTC))
    assert (again.since, again.is_complete) == (first.since, False)
    again.is_complete = True
    again.survey_link = "http://127.0.0.1:8003/s/abc"
    again.keep()
    assert Sample.of(file, datetime(YEAR, 12, 31, tzinfo=UTC)) == again


def test_a_new_year_is_loaded_anew(tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    Sample(file, YEAR, datetime(YEAR, 3, 2, tzinfo=UTC), is_complete=True).keep()
    fresh = Sample.of(file, datetime(YEAR + 1, 1, 1, tzinfo=UTC))
    assert (fresh.year, fresh.is_complete) == (YEAR + 1, False)
