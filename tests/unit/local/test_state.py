"""The state folder belongs to one run at a time and is deleted only on purpose."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local import process
from deploy.local import state as state_module
from deploy.local.ports import DEFAULTS, choose_ports
from deploy.local.process import LocalError, free_ports
from deploy.local.state import StateFolder, full_disk_as_sentence
from deploy.local.waiting import Waiting

HOLD = """
import pathlib, sys, time
from deploy.local.state import StateFolder
with StateFolder(pathlib.Path(sys.argv[1])).claimed():
    print("claimed", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    with subprocess.Popen([sys.executable, "-c", HOLD, state.path], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"claimed\n"
        assert state.holder() == first.pid
        with pytest.raises(LocalError, match=f"in use by process {first.pid}"), state.claimed():
            pass
        with pytest.raises(LocalError, match="make stop"):
            state.delete()
        assert state.stop_holder(Waiting(lambda _line: None))
        assert first.wait(timeout=10) == -15
    assert state.holder() is None
    assert not state.stop_holder(Waiting(lambda _line: None))


def test_a_folder_that_is_not_ours_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(LocalError, match="nothing was deleted"):
        StateFolder(tmp_path).delete()
    assert (tmp_path / "thesis.odt").exists()


def test_delete_leaves_nothing(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    with state.claimed():
        state.secrets()
    state.delete()
    assert not state.path.exists()


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    first = state.secrets()
    assert len(set(first.values())) == len(first) == 12
    assert state.secrets() == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_addresses_appear_whole(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    state.write_addresses({"planning": "http://127.0.0.1:1"})
    assert json.loads(state.addresses_file.read_text()) == {"planning": "http://127.0.0.1:1"}
    assert [file.name for file in tmp_path.iterdir()] == ["addresses.json"]


def test_a_nearly_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(LocalError, match="make room first"), StateFolder(tmp_path).claimed():
        pass


def test_a_disk_that_fills_up_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(LocalError, match="is full; make room"),
        full_disk_as_sentence(tmp_path),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x" * 100_000)


@pytest.fixture
def free_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.setenv(f"ZI_{name.upper()}_PORT", "0")


@pytest.mark.usefixtures("free_defaults")
def test_zero_picks_different_free_ports() -> None:
    ports = choose_ports()
    assert ports.keys() == DEFAULTS.keys()
    assert len(set(ports.values())) == len(ports)


@pytest.mark.usefixtures("free_defaults")
def test_a_chosen_port_is_none_that_an_outgoing_connection_gets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "sys/net/ipv4/ip_local_port_range"
    given.parent.mkdir(parents=True)
    given.write_text("15000\t60999\n")
    monkeypatch.setattr(process, "PROCESSES", tmp_path)
    assert all(process.LOWEST_PORT <= port < 15_000 for port in choose_ports().values())
    assert all(port < 15_000 for port in free_ports(900))


@pytest.mark.usefixtures("free_defaults")
def test_a_port_in_use_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("ZI_SURVEY_PORT", str(port))
        with pytest.raises(LocalError, match=f"Port {port} for survey is in use.*ZI_SURVEY_PORT"):
            choose_ports()


@pytest.mark.usefixtures("free_defaults")
@pytest.mark.parametrize("text", ["http", "-1", "65536"])
def test_a_port_must_be_a_port(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ZI_KAFKA_PORT", text)
    with pytest.raises(LocalError, match="ZI_KAFKA_PORT must be a port"):
        choose_ports()


@pytest.mark.usefixtures("free_defaults")
def test_one_port_serves_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_KAFKA_PORT", "29999")
    monkeypatch.setenv("ZI_IDP_PORT", "29999")
    with pytest.raises(LocalError, match="more than one part"):
        choose_ports()


def test_a_stop_returns_when_the_run_has_ended(tmp_path: Path) -> None:
    slow = HOLD.replace("time.sleep(60)", "signal.sigwait({15}); time.sleep(0.5)").replace(
        "import pathlib", "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {15})\nimport pathlib"
    )
    state = StateFolder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", slow, state.path], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        run.stdout.readline()
        asked_at = time.monotonic()
        assert state.stop_holder(Waiting(lambda _line: None))
        assert time.monotonic() - asked_at >= 0.5
        assert run.wait(timeout=10) == 0
