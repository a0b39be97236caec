"""`make run` from outside: what it prints, what it survives, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest

from deploy.local.demo.steps import SURVEYED
from deploy.local.idp.people import PEOPLE
from deploy.local.ports import ops
from deploy.local.state import SERVICES
from tests.support.system import PARTS, ROOT, LocalSystem, shell

YEAR = str(datetime.now(UTC).year)


def output_of(system: LocalSystem) -> str:
    return (system.folder.parent / f"{system.folder.name}.out").read_text()


def second_run(folder: Path, **ports: str) -> subprocess.CompletedProcess[str]:
    """Try to start a system in `folder`, on free ports unless told otherwise."""
    environment = {f"ZI_{part}_PORT": "0" for part in PARTS} | {"ZI_LOCAL_DIR": str(folder)} | ports
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", "run"],
        cwd=ROOT,
        env={**shell(), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def children(pid: int) -> list[int]:
    """Return the process ids below `pid`, at every depth."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *children(child)]
    return found


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_says_ready_and_shows_where_everything_is_and_who_may_log_in(system: LocalSystem) -> None:
    text = output_of(system)
    assert re.search(r"^READY in \d+\.\d s", text, re.MULTILINE)
    table = text[: text.index("READY")]
    for name in ("front", *SERVICES, "idp", "kafka"):
        assert system.addresses[name] in table
    assert f"{system.addresses['front']}/lapor" in table
    assert f"{system.addresses['front']}/lacak" in table
    assert re.search(re.escape(f"{system.addresses['front']}/s/") + r"\S+", table)
    assert all(person.sub in table and person.name in table for person in PEOPLE.values())


def test_progress_is_shown_in_the_order_of_the_start(system: LocalSystem) -> None:
    text = output_of(system)
    steps = [
        "PostgreSQL is up",
        "Kafka is up",
        "scoring is up",
        "front door is up",
        "Loading the sample agency",
        "READY",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_addresses_are_written_for_scripts_and_lie_on_this_machine_alone(system: LocalSystem) -> None:
    written = json.loads((system.folder / "addresses.json").read_text())
    assert set(written) == {*map(str.lower, PARTS), "state_dir"}
    assert written["state_dir"] == str(system.folder)
    for name in ("front", *SERVICES, *map(ops, SERVICES), "idp"):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", written[name])
    assert (system.folder / "addresses.json").stat().st_mode & 0o077 == 0


def test_the_public_forms_it_names_open_without_log_in(system: LocalSystem) -> None:
    text = output_of(system)
    links = re.findall(r"http://\S+/(?:lapor|lacak|s/\S+)", text[: text.index("READY")])
    assert len(links) == 3
    for link in links:
        page = httpx2.get(link, follow_redirects=True, timeout=10)
        assert page.status_code == HTTPStatus.OK
        assert '<form class="long"' in page.text


def test_a_second_run_on_the_same_folder_is_one_sentence(system: LocalSystem) -> None:
    refused = second_run(system.folder)
    assert refused.returncode == 1
    assert refused.stderr.strip().count("\n") == 0
    assert f"is in use by process {system.process.pid}" in refused.stderr


@pytest.mark.parametrize("part", ["planning", "planning_ops"])
def test_a_port_in_use_is_one_sentence_that_names_the_setting(
    system: LocalSystem, tmp_path: Path, part: str
) -> None:
    port = system.addresses[part].rpartition(":")[2]
    setting = f"ZI_{part.upper()}_PORT"
    refused = second_run(tmp_path, **{setting: port})
    assert refused.returncode == 1
    assert refused.stderr.strip().count("\n") == 0
    assert f"Port {port} for {part} is in use" in refused.stderr
    assert setting in refused.stderr


def test_a_service_that_is_killed_comes_back_with_a_line_that_says_so(system: LocalSystem) -> None:
    (pid,) = system.pids("services.survey.main")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "survey ended unasked (signal 9); restarting it" in output_of(system), seconds=10)
    wait_until(lambda: answers(f"{system.addresses['survey_ops']}/readyz"), seconds=60)
    assert system.pids("services.survey.main") != [pid]


def test_demo_traffic_comes_and_goes_and_stays_in_units_of_its_own(system: LocalSystem) -> None:
    assert system.pids("deploy.local.demo") == []
    for arguments in (
        ("unit", "create", "--id", "bukan-demo", "--name", "Kantor Sendiri"),
        ("programme", "create", "--unit", "bukan-demo", "--year", YEAR, "--target", "WBK"),
    ):
        system.zi(*arguments, "--as", "ratna", "--json").json()  # in the very agency of the sample
    before = Activity.of(system)
    assert system.zi("demo", "start").code == 0
    try:
        wait_until(lambda: Activity.of(system).has_all_moved_since(before), seconds=90)
    finally:
        assert system.zi("demo", "stop").code == 0
    wait_until(lambda: system.pids("deploy.local.demo") == [], seconds=15)
    own = system.zi("score", "bukan-demo", "--year", YEAR, "--json").json()
    assert own["completeness"] == "0/113"
    assert system.zi("complaint", "list", "--unit", "bukan-demo", "--json").json()["items"] == []
    assert system.zi("survey", "status", "--unit", "bukan-demo", "--json").json()["items"] == []


@dataclass(frozen=True)
class Activity:
    """How much has been done in the sample agency, by kind."""

    complaints: int
    answers: int
    responses: int

    @classmethod
    def of(cls, system: LocalSystem) -> "Activity":
        (campaign,) = system.zi("survey", "status", "--unit", SURVEYED, "--json").json()["items"]
        return cls(
            complaints=system.log("complaints").count('"route":"/cases"'),
            answers=system.log("planning").count('"route":"/units/{unit_id}/worksheets/{year}/answers"'),
            responses=campaign["n"],
        )

    def has_all_moved_since(self, before: "Activity") -> bool:
        return (
            self.complaints > before.complaints
            and self.answers > before.answers
            and self.responses > before.responses
        )


def test_it_stops_in_order_leaves_nothing_behind_and_starts_again_where_it_was(system: LocalSystem) -> None:
    assert system.zi("demo", "start").code == 0
    wait_until(lambda: len(system.pids("deploy.local.demo")) == 1, seconds=60)
    system.zi("unit", "create", "--id", "tetap", "--name", "Kantor Tetap", "--json").json()
    case_03 = unit_total(system)
    below = children(system.process.pid)
    assert len(below) >= 7

    assert system.stop() == 0
    assert [pid for pid in below if is_running(pid)] == []
    assert not (system.folder / "addresses.json").exists()
    stopped = re.findall(r"(\S+(?: \S+)?) stopped", output_of(system))
    assert stopped[:2] == ["demo traffic", "front door"]
    assert set(stopped[2:6]) == {"planning", "complaints", "survey", "scoring"}
    assert stopped[6:] == ["identity provider", "Kafka", "PostgreSQL"]

    system.start_again()  # as most people do, with demo traffic
    assert "The sample agency is there." in output_of(system)
    wait_until(lambda: len(system.pids("deploy.local.demo")) == 1, seconds=60)
    assert system.zi("demo", "stop").code == 0
    assert system.zi("unit", "show", "tetap", "--json").json()["name"] == "Kantor Tetap"
    assert unit_total(system) == case_03 == "27957887/306000"


def unit_total(system: LocalSystem) -> str:
    """Return the exact total of the unit that has the answers of case 03."""
    score = system.zi("score", "contoh-jati", "--year", YEAR, "--layer", "unit", "--json").json()
    return str(score["total_exact"])


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code == HTTPStatus.OK
    except httpx2.TransportError:
        return False
