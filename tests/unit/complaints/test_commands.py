"""What `zi complaint` prints for people; scripts get the API's JSON as it is."""

import json
from typing import Any

import pytest

from services.complaints.commands.calls import show_cases
from services.complaints.commands.reading import STATE_COLUMNS
from shared.cli.output import until

CASE: dict[str, Any] = {
    "id": "c1",
    "unit_id": "kantor-a",
    "state": "DITERIMA",
    "waits_for": "officer",
    "due_rule": "D1",
    "due_at": "2026-01-08T17:00:00Z",
    "due_zone": "WIB",
    "due_text": "8 Januari 2026 pukul 24.00 WIB",
}


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        ("2026-01-08T17:00:00Z", "WIB", "2026-01-08 24:00 WIB"),
        ("2026-01-08T17:00:00Z", "WITA", "2026-01-09 01:00 WITA"),
        ("2026-04-17T03:00:00Z", "WIB", "2026-04-17 10:00 WIB"),
    ],
)
def test_an_end_is_the_day_it_ends_or_its_hour(moment: str, zone: str, text: str) -> None:
    assert until(moment, zone) == text


def test_lists_show_the_due_day_and_whose_step_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_cases(
        {"items": [CASE, CASE | {"due_at": None, "waits_for": None}], "next": None}, False, STATE_COLUMNS
    )
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["id", "unit_id", "state", "waits_for", "due_rule", "due"]
    assert first.split() == ["c1", "kantor-a", "DITERIMA", "officer", "D1", "2026-01-08", "24:00", "WIB"]
    assert second.split() == ["c1", "kantor-a", "DITERIMA", "-", "D1", "-"]


def test_one_case_shows_it_of_every_clock_in_english_only(capsys: pytest.CaptureFixture[str]) -> None:
    clock = {name: CASE[name] for name in ("waits_for", "due_at", "due_zone", "due_text")}
    show_cases(CASE | {"deadlines": [{"rule_id": "D1"} | clock]}, False)
    shown = capsys.readouterr().out
    assert shown.count("2026-01-08 24:00 WIB") == 2
    assert "T17:00" not in shown
    assert "Januari" not in shown


@pytest.mark.parametrize(("is_late", "whose"), [(False, "reporter"), (True, "reporter or officer")])
def test_a_reporter_whose_time_is_over_is_not_waited_for_alone(
    capsys: pytest.CaptureFixture[str], is_late: bool, whose: str
) -> None:
    asked = CASE | {"state": "MENUNGGU_KELENGKAPAN", "waits_for": "reporter", "is_late": is_late}
    show_cases(asked, False)
    (shown,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("waits_for")]
    assert shown.split(maxsplit=1)[1] == whose


def test_scripts_get_the_instant(capsys: pytest.CaptureFixture[str]) -> None:
    show_cases(CASE, True)
    assert json.loads(capsys.readouterr().out) == CASE
