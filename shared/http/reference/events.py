"""What a page tells of an AsyncAPI document: topics that a service sends or receives, with their events."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.http.reference.kinds import Field, fields_of

_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a topic. `like` names the event whose fields it has where they are the same."""

    type: str
    meaning: str
    fields: tuple[Field, ...]
    example: str
    like: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A topic as the service meets it."""

    name: str
    action: str
    meaning: str
    key: str
    partitions: int
    retention: str
    headers: tuple[Field, ...]
    events: tuple[Event, ...]


def streams(document: Mapping[str, Any]) -> list[Stream]:
    """Return what the document's operations send and receive, in its order."""
    return [_stream(document, operation) for operation in document["operations"].values()]


def _stream(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Stream:
    channel = document["channels"][operation["channel"]["$ref"].rsplit("/", 1)[1]]
    messages = [document["components"]["messages"][name] for name in channel["messages"]]
    kafka = channel["bindings"]["kafka"]
    return Stream(
        name=channel["address"],
        action=operation["action"],
        meaning=channel["description"],
        key=messages[0]["bindings"]["kafka"]["key"]["description"],
        partitions=kafka["partitions"],
        retention=_retention(kafka["topicConfiguration"]),
        headers=tuple(_headers(messages)),
        events=tuple(_events(messages)),
    )


def _headers(messages: list[Mapping[str, Any]]) -> Iterator[Field]:
    """Yield the headers that the events of a topic share; the type, which they do not, is their heading."""
    for field in fields_of(messages[0]["headers"]):
        if field.name != "ce_type":
            yield field


def _events(messages: list[Mapping[str, Any]]) -> Iterator[Event]:
    first: dict[tuple[Field, ...], str] = {}
    for message in messages:
        fields = tuple(fields_of(message["payload"]))
        like = first.setdefault(fields, message["name"])
        example = json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False)
        yield Event(
            message["name"], message["summary"], fields, example, "" if like == message["name"] else like
        )


def _retention(configuration: Mapping[str, Any]) -> str:
    if configuration["cleanup.policy"] == ["compact"]:
        return "compacted: the newest event of each key is kept"
    kept = configuration["retention.ms"]
    return "kept without limit" if kept < 0 else f"kept for {kept // _DAY_MS} days"
