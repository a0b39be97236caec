import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from shared.cli import main as cli
from shared.cli.addresses import address
from shared.cli.output import present
from tests.unit.cli.conftest import FakeSystem

HEAVY = ("sqlalchemy", "fastapi", "pydantic", "aiokafka", "rich")


def run(*arguments: str) -> int:
    """Run `zi` in this process and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def test_a_token_is_printed_alone(system: FakeSystem, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("token", "--role", "tpi", "--unit", "u1") == 0
    assert capsys.readouterr().out == "demo-token\n"
    assert system.asked_of_idp() == [{"role": "tpi", "unit": "u1"}]


@pytest.mark.parametrize(
    "words", [("--as", "ratna", "token"), ("token", "--as=ratna"), ("token", "--as", "ratna")]
)
def test_the_user_may_be_named_anywhere(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ZI_AS", "")
    assert run(*words, "--role", "tpi") == 0
    assert system.asked_of_idp() == [{"user": "ratna"}]


def test_a_failure_is_one_sentence_and_exit_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("token", "--role", "tpi") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("zi: ")
    assert captured.err.count("\n") == 1


def test_a_refusal_stands_whole_on_standard_output_for_scripts(
    system: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"detail": "Bukan wewenang Anda.", "code": "forbidden", "errors": []}
    system.answer = lambda _method, _path: (403, problem)
    assert run("unit", "show", "u1", "--json") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == problem
    assert captured.err == "zi: your role does not allow this\n  detail: Bukan wewenang Anda.\n"
    assert run("unit", "show", "u1") == 1
    assert capsys.readouterr().out == ""


def test_a_mistyped_command_is_asked_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scoer", "kantor-a") == 2
    assert "No such command 'scoer': did you mean score?" in capsys.readouterr().err
    assert run("dlq", "lst") == 2
    assert "Did you mean 'list'?" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("show", "kantor-aa"), ("show", "Kantor-A")])
def test_a_mistyped_unit_is_asked_back(
    system: FakeSystem, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    units = {"items": [{"unit_id": "kantor-a"}, {"unit_id": "balai-z"}], "next": None}
    problem = {"detail": "Unit itu tidak ada.", "code": "not_found"}
    system.answer = lambda _method, path: (200, units) if path.startswith("/units?") else (404, problem)
    assert run("unit", *words) == 1
    assert "did you mean kantor-a?" in capsys.readouterr().err


def test_a_unit_that_only_a_fault_names_is_asked_back(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZI_COMPLAINTS_URL", address("planning"))
    units = {"items": [{"unit_id": "kantor-a"}], "next": None}
    fault = {"field": "unit_id", "code": "unknown_unit", "message": "Unit tidak dikenal."}
    problem = {"detail": "Unit tidak dikenal.", "code": "intake_refused", "errors": [fault]}
    system.answer = lambda method, path: (
        (200, units) if path.startswith("/units?") else (200, {}) if method == "GET" else (422, problem)
    )
    assert run("complaint", "submit", "--public", "--unit", "kantr-a", "--text", "x" * 30) == 1
    assert "did you mean kantor-a?" in capsys.readouterr().err


def test_a_mistyped_question_of_a_survey_is_asked_back(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZI_SURVEY_URL", address("planning"))
    sheet = {
        "campaign_id": "c",
        "decision": "willing",
        "text_version": "1",
        "questions": [{"key": "informasi"}],
    }
    system.answer = lambda _method, _path: (200, sheet)
    assert run("survey", "respond", "t" * 22, "--scores", "informsi=6") == 1
    assert capsys.readouterr().err == "zi: informsi is no question here: did you mean informasi?\n"


@pytest.mark.parametrize("word", ["kantor-a", "xyz"])
def test_nothing_is_asked_about_a_unit_that_exists_or_is_like_none(
    system: FakeSystem, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    units = {"items": [{"unit_id": "kantor-a"}, {"unit_id": "kantor-b"}], "next": None}
    problem = {"detail": "Tidak ada.", "code": "not_found"}
    system.answer = lambda _method, path: (200, units) if path.startswith("/units?") else (404, problem)
    assert run("unit", "show", word) == 1
    assert "did you mean" not in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told_without_numbers(
    system: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    system.answer = lambda _method, _path: (200, {"items": [1], "next": None})
    assert run("lke", "import", "/nowhere/lke.xlsx", "--unit", "u1", "--year", "2026") == 1
    assert capsys.readouterr().err == "zi: /nowhere/lke.xlsx: No such file or directory\n"


def test_a_fault_of_our_own_is_a_sentence_too(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system.answer = lambda _method, _path: (200, {"unexpected": 1})
    assert run("unit", "list") == 1
    captured = capsys.readouterr().err
    assert captured.startswith("zi: this is a fault of zi itself (KeyError: 'items')")
    assert captured.count("\n") == 1
    monkeypatch.setenv("ZI_TRACEBACK", "1")
    with pytest.raises(KeyError):
        cli.main(["unit", "list"])


@pytest.mark.parametrize("words", [("token",), ("unheard-of",), ("token", "--role"), ("token", "--as")])
def test_wrong_use_is_exit_two(words: tuple[str, ...]) -> None:
    assert run(*words) == 2


def test_commands_of_a_service_that_is_not_in_this_image_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = EntryPoint("absent", "services.absent.commands:absent", cli.GROUP)
    present_ = EntryPoint("token", "shared.cli.token:token", cli.GROUP)
    monkeypatch.setattr(cli, "entry_points", lambda group: [absent, present_])
    assert run("--help") == 0
    assert "absent" not in capsys.readouterr().out
    assert run("absent") == 2


def test_demo_traffic_is_wanted_while_its_flag_exists(system: FakeSystem, folder: Path) -> None:
    assert system.requests == []
    assert run("demo", "start") == 0
    assert (folder / "demo").exists()
    assert run("demo", "stop", "--json") == 0
    assert run("demo", "stop") == 0
    assert not (folder / "demo").exists()


def test_demo_traffic_needs_a_local_run(folder: Path) -> None:
    assert run("demo", "start") == 1
    assert not (folder / "demo").exists()


def test_a_command_imports_nothing_heavy() -> None:
    code = "import sys; from shared.cli import main, token; print(*(name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())


def test_the_help_of_a_command_loads_little() -> None:
    """What a start costs is what it imports: counted, because no test passes or fails by a clock."""
    code = (
        "import sys, contextlib; from shared.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['token', '--help'])\n"
        "print(len(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert "Example: zi token" in done.stdout
    assert int(done.stdout.split()[-1]) < 300


def test_results_are_json_for_scripts_and_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    present({"id": "é", "n": None}, as_json=True)
    assert capsys.readouterr().out == '{\n  "id": "é",\n  "n": null\n}\n'
    present({"id": "u1", "tags": ["a", "b"], "n": None, "is_late": False}, as_json=False)
    assert capsys.readouterr().out == "id       u1\ntags     a, b\nn        -\nis_late  no\n"


def test_an_objects_lists_follow_it_as_tables_and_nothing_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    present({"events": [{"act": "verify" * 40, "at": "2026-11-21T08:57:20.967Z"}], "id": "u1"}, False)
    expected = ["id      u1", "", "events", f"{'act':<240}  at", f"{'verify' * 40}  2026-11-21T08:57:20Z"]
    assert capsys.readouterr().out.splitlines() == expected


def test_lists_are_tables_with_the_asked_columns(capsys: pytest.CaptureFixture[str]) -> None:
    present(
        {"items": [{"id": "u1", "name": "Satu"}, {"id": "u2"}], "next": None}, False, columns=["name", "id"]
    )
    header, first, second = (line.split() for line in capsys.readouterr().out.splitlines())
    assert (header, first, second) == (["name", "id"], ["Satu", "u1"], ["-", "u2"])
    present([], as_json=False)
    assert capsys.readouterr().out == "nothing to show\n"


def test_no_line_of_the_kafka_client_buries_the_sentence_that_counts() -> None:
    program = """
import logging
from aiokafka.errors import CommitFailedError
from shared.cli.main import run_async

async def at_work():
    logging.getLogger("aiokafka.consumer.group_coordinator").error("OffsetCommit failed, will rejoin")
    raise CommitFailedError

run_async(at_work())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "the consumer is at work" in done.stderr
    assert "will rejoin" not in done.stderr
