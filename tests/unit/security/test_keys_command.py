"""`python -m shared.security.keys`: made once, rotated, and ended by hand."""

import sys
from pathlib import Path

import pytest

from shared.security.keys.__main__ import main
from shared.security.keys.local import LocalKeys
from tests.support.key_service import token_file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(monkeypatch, capsys)


class Run:
    """Runs the command and returns its exit code and all it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "argv", ["keys", *words])
        code = main()
        said = self._capsys.readouterr()
        return code, said.out + said.err


def test_a_file_is_made_once_then_rotated_then_its_old_versions_end(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    address = path.as_uri()
    assert run("create", address)[0] == 0
    first = path.read_bytes()
    code, said = run("create", address)
    assert (code, "not touched" in said, path.read_bytes()) == (2, True, first)
    assert run("rotate", address) == (
        0,
        "version 2 wraps from now on; the service wraps the others anew\n",
    )
    assert run("destroy", address)[0] == 2
    assert run("destroy", address, "--before", "9") == (2, "there is no version 9\n")
    assert run("destroy", address, "--before", "2") == (0, "versions before 2 are destroyed\n")
    LocalKeys(path).check()


def test_what_is_no_address_or_a_missing_file_is_said_in_one_sentence(run: Run, tmp_path: Path) -> None:
    assert run("rotate", "keys.json")[1].startswith("the address is no address like")
    code, said = run("rotate", (tmp_path / "none.json").as_uri())
    assert (code, "is missing" in said, said.count("\n")) == (2, True, 1)


def test_a_key_service_that_is_away_is_said_so_and_makes_its_keys_itself(run: Run, tmp_path: Path) -> None:
    words = ("http://127.0.0.1:1/transit/zona", "--token-file", str(token_file(tmp_path)))
    code, said = run("destroy", *words, "--before", "1")
    assert (code, "cannot be reached" in said) == (2, True)
    assert run("create", *words) == (2, "a key service makes its keys itself\n")
