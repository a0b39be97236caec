"""`zi score` of a year that nobody assesses is an error, not a nought."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.cli.main import main
from tests.unit.cli.conftest import FakeSystem


def run(*arguments: str) -> Any:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@pytest.fixture
def scoring(system: FakeSystem, folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystem:
    addresses = json.loads((folder / "addresses.json").read_text())
    monkeypatch.setenv("ZI_SCORING_URL", addresses["planning"])
    return system


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ([2026, 2024], "zi: u1 has no programme of 2031; it has one of 2026, 2024\n"),
        (
            [],
            (
                "zi: u1 has no programme of 2031, nor of any other year: "
                "zi programme create --unit u1 --year 2031 --target WBK\n"
            ),
        ),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_year_without_programme_is_an_error_that_names_the_years_that_have_one(
    scoring: FakeSystem,
    capsys: pytest.CaptureFixture[str],
    years: list[int],
    said: str,
    options: tuple[str, ...],
) -> None:
    found = {"unit": "u1", "year": 2031, "target": None, "programme_years": years, "version": 0}
    scoring.answer = lambda _method, _path: (200, found)
    assert run("score", "u1", "--year", "2031", *options) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", said)


def test_a_programme_that_is_not_known_yet_is_waited_for_with_the_version(
    scoring: FakeSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([None, None, "WBK"])

    def answer(_method: str, _path: str) -> tuple[int, Any]:
        target = next(answers)
        return 200, {"unit": "u1", "year": 2026, "target": target, "programme_years": [], "version": 3}

    scoring.answer = answer
    assert run("score", "u1", "--year", "2026", "--wait-version", "3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["target"] == "WBK"
