"""`zi outbox reconcile`, `snapshot` and `list` over all services: one that is away hides no other."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.cli.main import main
from shared.cli.operator import comparing, outbox
from shared.db import DatabaseAwayError
from shared.outbox.parking import Page
from shared.outbox.reconcile import Reconciliation
from shared.outbox.snapshot import Said

SERVICES = ["planning", "complaints", "survey", "scoring"]


@pytest.fixture(autouse=True)
def kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_KAFKA_BOOTSTRAP", "kafka.test:9092")


def planning_is_away(answer: object) -> Callable[[str, Any], Awaitable[object]]:
    async def work(service: str, _: Any) -> object:
        if service == "planning":
            raise DatabaseAwayError("gone")
        return answer

    return work


def zi(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["outbox", *words])
    return int(ended.value.code or 0)


def test_reconcile_tells_what_it_found_beside_a_service_that_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparing, "in_database", planning_is_away(Reconciliation(checked=7)))
    assert zi("reconcile", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["planning"] == {"fault": "the database cannot be reached: gone"}
    assert {name: found[name]["checked"] for name in SERVICES[1:]} == dict.fromkeys(SERVICES[1:], 7)
    assert zi("reconcile") == 1
    table = capsys.readouterr().out
    assert "missing_states" in table
    assert "the database cannot be reached: gone" in table


def test_a_snapshot_tells_what_it_said_beside_a_service_that_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparing, "in_database", planning_is_away(Said(states=5)))
    assert zi("snapshot", "--json") == 1
    found = {row["service"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["planning"]["fault"] == "the database cannot be reached: gone"
    assert {name: found[name]["states"] for name in SERVICES[1:]} == dict.fromkeys(SERVICES[1:], 5)


def test_a_service_asked_alone_fails_with_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparing, "in_database", planning_is_away(Said()))
    assert zi("snapshot", "--service", "planning") == 1
    assert capsys.readouterr().err == "zi: the database cannot be reached: gone\n"


def test_a_list_of_all_services_names_the_next_page_of_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"position": 41, "reason": "too_large", "since": datetime(2026, 3, 2, tzinfo=UTC)}
    monkeypatch.setattr(outbox, "in_transaction", planning_is_away(Page(3, [row])))
    assert zi("list", "--limit", "1", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["next"] == dict.fromkeys(SERVICES[1:], 41)
    assert [away["service"] for away in found["faults"]] == ["planning"]
    assert zi("list", "--limit", "1") == 1
    text = capsys.readouterr().out
    assert "zi outbox list --service survey --after 41" in text
    assert "the database cannot be reached: gone" in text


def test_a_page_of_all_services_at_once_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert zi("list", "--after", "41") == 1
    assert "--after needs --service" in capsys.readouterr().err
