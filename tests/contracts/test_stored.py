"""Published contracts only grow: past events stay readable, today's events suit past readers."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from pydantic import create_model

from shared.contracts import examples
from shared.contracts.base import Code, EventData, Id
from shared.contracts.schemas import event_schema
from tests.contracts.registry import CONTRACTS
from tests.contracts.stored import (
    FOLDER,
    IncompatibleError,
    breaking,
    example_data,
    example_paths,
    schema_path,
    store,
)

BY_TYPE = {contract.event_type: contract for contract in CONTRACTS}


class Kept(EventData):
    """A thing was kept."""

    event_type: ClassVar[str] = "id.zi.test.thing.kept.v1"
    topic: ClassVar[str] = "zi.test.thing.v1"

    thing_id: Id
    state: Code
    owner_count: int = 0


def changed(**fields: Any) -> type[EventData]:
    """Return `Kept` with some fields declared otherwise."""
    return create_model("Changed", __base__=Kept, **fields)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_stored_schema_is_the_contract_of_today(contract: type[EventData]) -> None:
    assert json.loads(schema_path(contract).read_text()) == event_schema(contract)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.example-*.json")), ids=lambda path: path.name)
def test_todays_contract_reads_every_past_example(path: Path) -> None:
    contract = BY_TYPE[path.name.rpartition(".example-")[0]]
    past = json.loads(path.read_text())
    read = contract.model_validate_json(path.read_bytes()).model_dump(mode="json")
    assert {name: read.get(name) for name in past} == past, "what is null may be left out"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_todays_example_suits_the_stored_schema(contract: type[EventData]) -> None:
    schema = json.loads(schema_path(contract).read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(example_data(contract))] == []


def test_every_contract_has_an_example_and_nothing_else_is_stored() -> None:
    assert all(example_paths(contract) for contract in CONTRACTS)
    kinds = {path.name.rpartition(".schema.json")[0] or path.name.rpartition(".example-")[0]
             for path in FOLDER.iterdir()}  # fmt: skip
    assert kinds == set(BY_TYPE)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_field_says_what_it_means(contract: type[EventData]) -> None:
    silent = [
        name
        for name, field in event_schema(contract)["properties"].items()
        if not any("description" in part for part in (field, *field.get("anyOf", [])))
    ]
    assert silent == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_reader_ignores_fields_it_does_not_know(contract: type[EventData]) -> None:
    shown = example_data(contract)
    assert contract.model_validate({**shown, "field_of_tomorrow": 1}) == contract.model_validate(shown)


def test_an_optional_field_may_be_added() -> None:
    grown = changed(place=(Code | None, None))
    assert breaking(event_schema(Kept), event_schema(grown)) == []


def test_words_may_be_mended() -> None:
    mended = event_schema(Kept)
    mended["properties"]["state"]["description"] = "Better words"
    assert breaking(event_schema(Kept), mended) == []


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (changed(place=(Code, ...)), "new field place is required"),
        (changed(state=(Id, ...)), "field state has another type, range or default"),
        (changed(state=(Code | None, None)), "field state has another type, range or default"),
        (changed(owner_count=(int, 1)), "field owner_count has another type, range or default"),
        (EventData, "field state is gone"),
    ],
)
def test_anything_else_breaks_readers(after: type[EventData], told: str) -> None:
    current = event_schema(after) if after is not EventData else {"properties": {}, "required": []}
    assert told in breaking(event_schema(Kept), current)


def test_a_field_may_not_become_required_or_optional() -> None:
    stored, current = event_schema(Kept), event_schema(Kept)
    current["required"] = [*stored["required"], "owner_count"]
    assert breaking(stored, current) == ["field owner_count is now required"]
    assert breaking(current, stored) == ["field owner_count is no longer required"]


def test_writing_adds_an_example_for_new_fields_and_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(examples.BY_TOPIC, Kept.topic, {"thing_id": "t-1", "state": "kept", "place": "shelf"})
    first = store(Kept, tmp_path)
    kept = {path: path.read_text() for path in first if ".example-" in path.name}
    assert store(Kept, tmp_path) == []
    store(changed(place=(Code | None, None)), tmp_path)
    assert [path.name for path in example_paths(Kept, tmp_path)] == [
        "id.zi.test.thing.kept.v1.example-1.json",
        "id.zi.test.thing.kept.v1.example-2.json",
    ]
    assert all(path.read_text() == text for path, text in kept.items())


def test_writing_refuses_a_breaking_change_and_leaves_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(examples.BY_TOPIC, Kept.topic, {"thing_id": "t-1", "state": "kept"})
    before = {path: path.read_text() for path in store(Kept, tmp_path)}
    with pytest.raises(IncompatibleError, match=r"field state has another type.*\.v2"):
        store(changed(state=(Id, ...)), tmp_path)
    assert {path: path.read_text() for path in tmp_path.iterdir()} == before
