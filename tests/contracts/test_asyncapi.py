"""Each service's AsyncAPI 3.0 document is valid, complete, true to the registry and stored."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.examples import example
from shared.contracts.topics import TOPICS, Topic, consumed_by, produced_by
from shared.db.roles import SERVICES

# From the npm package @asyncapi/specs 6.11.1 (schemas/3.0.0-without-$id.json, Apache-2.0), unchanged.
SCHEMA = json.loads((Path(__file__).parent / "data" / "asyncapi-3.0.0.schema.json").read_text())


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from references(part)


def resolve(document: Any, reference: str) -> Any:
    """Follow a local reference; `KeyError` when it leads nowhere."""
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


def errors(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft7Validator(SCHEMA).iter_errors(document)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_valid_asyncapi_3(service: str) -> None:
    assert errors(asyncapi_document(service)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("info"),
        lambda document: document.update(asyncapi="2.6.0"),
        lambda document: next(iter(document["operations"].values())).update(action="publish"),
        lambda document: next(iter(document["channels"].values())).update(surprise=1),
    ],
)
def test_a_broken_document_is_refused(spoil: Any) -> None:
    document = deepcopy(asyncapi_document("scoring"))
    spoil(document)
    assert errors(document)


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere(service: str) -> None:
    document = asyncapi_document(service)
    for reference in references(document):
        assert resolve(document, reference), reference


@pytest.mark.parametrize("service", SERVICES)
def test_operations_name_messages_of_their_own_channel(service: str) -> None:
    for operation in asyncapi_document(service)["operations"].values():
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sends_and_receives_what_the_registry_says(service: str) -> None:
    document = asyncapi_document(service)
    dead_letters = {entry.dead_letter for entry in TOPICS if service in entry.consumers}
    by_action: dict[str, set[str]] = {"send": set(), "receive": set()}
    for operation in document["operations"].values():
        by_action[operation["action"]].add(resolve(document, operation["channel"]["$ref"])["address"])
    assert by_action["send"] == {entry.name for entry in produced_by(service)} | dead_letters
    assert by_action["receive"] == set(consumed_by(service))


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_suits_its_payload(service: str) -> None:
    for message in asyncapi_document(service)["components"]["messages"].values():
        for shown in message["examples"]:
            assert list(Draft202012Validator(message["payload"]).iter_errors(shown["payload"])) == []


@pytest.mark.parametrize("service", SERVICES)
def test_servers_are_named_without_an_address_of_anybody(service: str) -> None:
    document = asyncapi_document(service)
    servers = document["servers"]
    assert {server["protocol"] for server in servers.values()} == {"kafka", "kafka-secure"}
    assert {server["host"] for server in servers.values()} == {"{bootstrap}"}
    assert all(server["variables"]["bootstrap"]["description"] for server in servers.values())
    (scheme,) = servers["outside"]["security"]
    assert resolve(document, scheme["$ref"])["type"] == "scramSha512"


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_record_s_key_is_the_field_that_registry_and_document_name(topic: Topic) -> None:
    messages = asyncapi_document(topic.producer)["components"]["messages"]
    for contract in topic.events:
        told = messages[contract.event_type]["bindings"]["kafka"]["key"]["description"]
        assert told == f"The data's {topic.key}"
        assert example(contract).key() == example(contract).model_dump()[topic.key]


@pytest.mark.parametrize(
    "topic", [one for one in TOPICS if one.cleanup == "compact"], ids=lambda one: one.name
)
def test_a_compacted_topic_is_keyed_by_what_it_keeps_the_newest_state_of(topic: Topic) -> None:
    for contract in topic.events:
        assert example(contract).key() == example(contract).subject()
