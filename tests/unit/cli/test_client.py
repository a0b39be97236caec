import json
from pathlib import Path

import pytest

from shared.cli.addresses import local_run
from shared.cli.client import Client
from shared.cli.errors import CliError
from tests.unit.cli.conftest import FakeSystem


def test_a_command_acts_with_the_demo_role_and_unit_it_needs(system: FakeSystem) -> None:
    with Client("planning", role="unit_operator", unit="u1") as api:
        assert api.get("/units/u1", year=2026, layer=None) == {"ok": True}
    assert system.asked_of_idp() == [{"role": "unit_operator", "unit": "u1"}]
    method, path, headers, _ = system.last()
    assert (method, path) == ("GET", "/units/u1?year=2026")
    assert headers["authorization"] == "Bearer demo-token"


def test_a_named_user_replaces_the_demo_role(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_AS", "ratna")
    with Client("planning", role="unit_operator", unit="u1") as api:
        api.get("/x")
    assert system.asked_of_idp() == [{"user": "ratna"}]


def test_a_given_token_is_used_as_it_is(system: FakeSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_TOKEN", "mine")
    with Client("planning", role="admin") as api:
        api.get("/x")
    assert system.asked_of_idp() == []
    assert system.last()[2]["authorization"] == "Bearer mine"


def test_public_calls_carry_no_token(system: FakeSystem) -> None:
    with Client("planning", role=None) as api:
        api.post("/x", {})
    assert "authorization" not in system.last()[2]
    assert system.asked_of_idp() == []


def test_each_change_carries_its_own_idempotency_key_and_version(system: FakeSystem) -> None:
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned("/x")
        api.put("/x", {"a": 1}, if_match=version)
        first = system.last()
        api.patch("/x", {"a": 2})
        second = system.last()
    assert first[2]["if-match"] == '"7"'
    assert json.loads(first[3]) == {"a": 1}
    assert first[2]["idempotency-key"] != second[2]["idempotency-key"]


def test_an_act_is_based_on_the_version_given_or_else_on_the_present_one(system: FakeSystem) -> None:
    with Client("planning", role="admin") as api:
        api.act("/x", "end", {"a": 1})
        present = system.last()
        api.act("/x", "end", {"a": 1}, 3)
        given = system.last()
    assert [(asked[:2], asked[2]["if-match"]) for asked in (present, given)] == [
        (("POST", "/x/end"), '"7"'),
        (("POST", "/x/end"), '"3"'),
    ]


def test_a_refusal_becomes_its_sentence_with_the_faulty_fields(system: FakeSystem) -> None:
    problem = {
        "code": "validation_failed",
        "detail": "Ada isian yang belum benar.",
        "errors": [
            {"field": "name", "code": "missing", "message": "Wajib diisi."},
            {"field": "answers.0.item_code", "code": "of_tomorrow", "message": "Butir ini belum ada."},
        ],
    }
    system.answer = lambda _method, _path: (422, problem)
    with Client("planning", role="admin") as api, pytest.raises(CliError) as refused:
        api.post("/x", {})
    assert str(refused.value).splitlines() == [
        "something given is not right",
        "  detail: Ada isian yang belum benar.",
        "  name: is required",
        "    detail: Wajib diisi.",
        "  answer 1, item code: of tomorrow",
        "    detail: Butir ini belum ada.",
    ]


@pytest.mark.parametrize("content", [b"<html>", b"[1]"])
def test_an_answer_that_is_no_problem_still_becomes_a_sentence(system: FakeSystem, content: bytes) -> None:
    system.answer = lambda _method, _path: (502, content)
    with Client("planning", role="admin") as api, pytest.raises(CliError, match="answered 502"):
        api.get("/x")


def test_a_service_that_is_away_is_named(folder: Path) -> None:
    (folder / "addresses.json").write_text(json.dumps({"planning": "http://127.0.0.1:9"}))
    with (
        Client("planning", role=None) as api,
        pytest.raises(CliError, match="planning cannot be reached") as away,
    ):
        api.get("/x")
    assert "Errno" not in str(away.value)


def test_without_a_running_system_the_sentence_says_how_to_start_one(folder: Path) -> None:
    assert not list(folder.iterdir())
    with pytest.raises(CliError, match="make run"):
        Client("planning", role=None)


def test_an_address_in_the_environment_beats_the_local_run(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = local_run()["planning"]
    monkeypatch.setenv("ZI_PLANNING_URL", f"{url}/")
    (Path(local_run()["state_dir"]) / "addresses.json").unlink()
    local_run.cache_clear()
    with Client("planning", role=None) as api:
        api.get("/x")
    assert system.last()[1] == "/x"


def test_an_unreadable_address_file_is_a_sentence(folder: Path) -> None:
    (folder / "addresses.json").write_text("{")
    with pytest.raises(CliError, match=r"addresses\.json cannot be read"):
        Client("planning", role=None)
