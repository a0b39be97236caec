"""Loading the sample sends every command under a key of its own, the same again on a second try."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.local.demo import load as loading
from deploy.local.demo.agency import UNITS
from deploy.local.demo.answers import unit_answers
from deploy.local.demo.api import Api
from deploy.local.demo.channels import CHANNELS
from deploy.local.demo.complaints import complaints_of
from deploy.local.demo.load import SEED, load
from deploy.local.demo.sample import Sample
from deploy.local.demo.situations import SITUATIONS
from services.complaints.channels.schemas import OpenIn

ADDRESSES = {name: f"http://{name}.invalid" for name in ("planning", "complaints", "survey", "idp")}
FOREIGN = "contoh-pala"
IDS = ("id", "activity_id", "evidence_id", "document_id", "nomination_id")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Services:
    """Accepts everything; `commands` are (path, key, body). `foreign` is somebody else's unit."""

    def __init__(self, foreign: str | None = None) -> None:
        self.foreign = foreign
        self.commands: list[tuple[str, str | None, bytes]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/dev/token":
            return httpx2.Response(200, json={"access_token": "t"})
        if request.method == "GET":
            return httpx2.Response(200, json=self._read(path), headers={"etag": '"1"'})
        body = request.content
        if path == "/units" and json.loads(body)["unit_id"] == self.foreign:
            return httpx2.Response(409, json={"code": "unit_exists"})
        if b"multipart" in request.headers.get("content-type", "").encode():
            body = b"a file"  # its boundary is random
        self.commands.append((path, request.headers.get("idempotency-key"), body))
        count = json.loads(body)["count"] if path.endswith("/invitations") else 1
        invitations = [{"token": f"{path} {number}", "link": f"http://s/{number}"} for number in range(count)]
        ids = dict.fromkeys((*IDS, "campaign_id"), f"id-{len(self.commands)}")
        answer = {
            **ids,
            "version": 1,
            "receipt": "r",
            "token": "t",
            "text_version": "1",
            "items": invitations,
        }
        return httpx2.Response(201, json=answer, headers={"etag": '"1"'})

    def _read(self, path: str) -> Any:
        units = [{"unit_id": unit.id, "is_demo": unit.id != self.foreign} for unit in UNITS]
        return units if path == "/public/units" else {"items": units, "next": None}

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(body) for sent, _, body in self.commands if sent == path]


async def loaded(
    services: Services, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str | None, bytes]]:
    """Load into the fake services; return the commands that carry keys of ours."""

    def connect(addresses: dict[str, str], *, patience: float) -> Api:
        return Api(addresses, patience=patience, transport=httpx2.MockTransport(services))

    monkeypatch.setattr(loading, "Api", connect)
    await load(ADDRESSES, sample)
    return [command for command in services.commands if (command[1] or "").startswith("demo-")]


async def test_every_unit_gets_what_its_situation_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services()
    sample = Sample.of(tmp_path / "sample.json", NOW)
    await loaded(services, sample, monkeypatch)
    assert sample.is_complete
    assert sample.survey_link is not None
    assert {unit["unit_id"] for unit in services.bodies("/units")} == SITUATIONS.keys()
    assert all(unit["is_demo"] and unit["agency_id"] == "contoh" for unit in services.bodies("/units"))
    opened = [OpenIn.model_validate(channel) for channel in services.bodies("/channels")]
    assert Counter(channel.unit_id for channel in opened) == dict.fromkeys(SITUATIONS, len(CHANNELS))
    days = [datetime.fromisoformat(case["received_at"]).date() for case in services.bodies("/cases")]
    assert all(channel.opened_on is not None and channel.opened_on < min(days) for channel in opened)
    entered = Counter(case["unit_id"] for case in services.bodies("/cases"))
    activities = Counter(activity["unit_id"] for activity in services.bodies("/activities"))
    for unit, situation in SITUATIONS.items():
        assert entered[unit] == len(complaints_of(f"{SEED}/{unit}", unit))
        assert activities[unit] == situation.planned
        written = services.bodies(f"/units/{unit}/worksheets/2026/answers")
        wanted = len(unit_answers(f"{SEED}/{unit}", situation, 2026))
        layers = ["unit", *(layer for layer in ("tpi", "tpn") if getattr(situation, layer) is not None)]
        assert [len(one["answers"]) for one in written] == ([wanted] * len(layers) if wanted else [])
        assert [one["layer"] for one in written] == (layers if wanted else [])


async def test_a_second_try_repeats_the_same_commands_under_the_same_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await loaded(Services(), Sample.of(tmp_path / "sample.json", NOW), monkeypatch)
    keys = [key for _, key, _ in first]
    assert len(set(keys)) == len(keys) > 500
    cut_short = Sample(tmp_path / "sample.json", 2026, NOW)
    again = await loaded(Services(), cut_short, monkeypatch)
    replayed = {key: body for path, key, body in again if "id-" not in path and b"id-" not in body}
    assert replayed == {key: body for path, key, body in first if "id-" not in path and b"id-" not in body}
    assert {key for _, key, _ in again} == set(keys)


async def test_a_unit_that_is_not_ours_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = Services(foreign=FOREIGN)
    await loaded(services, Sample.of(tmp_path / "sample.json", NOW), monkeypatch)
    assert [path for path, _, body in services.commands if FOREIGN in path or FOREIGN.encode() in body] == []
    assert len(services.bodies("/units")) == len(UNITS) - 1


@pytest.mark.parametrize("command", ["load", "traffic"])
def test_production_is_refused(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local.demo", command],
        env={**os.environ, "ZI_ENVIRONMENT": "production", "ZI_LOCAL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "refuses to run with ZI_ENVIRONMENT=production" in done.stderr
