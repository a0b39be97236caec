"""AsyncAPI 3.0 document of a service, made from the topic registry: what it sends and what it receives."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

from shared.contracts.base import EventData
from shared.contracts.dead_letters import RecordDeadLettered
from shared.contracts.envelope import CONTENT_TYPE
from shared.contracts.examples import example
from shared.contracts.schemas import event_schema
from shared.contracts.topics import (
    DAY_TOPICS,
    DEAD_LETTER_RETENTION_MS,
    Topic,
    consumed_by,
    produced_by,
    topic,
)

KAFKA_BINDING = "0.5.0"


_SERVERS: dict[str, Any] = {
    "inside": {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Plaintext, for programs in the operator's own network; the services use it",
        "variables": {
            "bootstrap": {
                "description": "The first brokers as host:port, as in ZI_KAFKA_BOOTSTRAP",
                "default": "127.0.0.1:9092",
            }
        },
        "bindings": {"kafka": {"bindingVersion": KAFKA_BINDING}},
    },
    "outside": {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "TLS with a user of one's own, for readers elsewhere, where the operator opens it",
        "variables": {
            "bootstrap": {
                "description": "The first brokers as host:port, as the operator tells them",
                "default": "kafka.example:9093",
            }
        },
        "security": [{"$ref": "#/components/securitySchemes/user"}],
        "bindings": {"kafka": {"bindingVersion": KAFKA_BINDING}},
    },
}


@dataclass(frozen=True, slots=True)
class _Channel:
    """A topic as one service meets it."""

    action: Literal["send", "receive"]
    address: str
    description: str
    partitions: int
    cleanup: str
    retention_ms: int
    contracts: tuple[type[EventData], ...]


@cache
def asyncapi_document(service: str) -> dict[str, Any]:
    """Return the service's AsyncAPI 3.0 document; it holds nothing but names from the registry.

    Servers are named with a placeholder: the broker's address is the deployment's and told to nobody here.
    """
    channels = _channels(service)
    contracts = sorted({c for channel in channels for c in channel.contracts}, key=lambda c: c.event_type)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Zona Integritas, {service}",
            "version": version("zona-integritas"),
            "description": "CloudEvents 1.0 on Kafka in binary mode: attributes in headers, JSON as value.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": _SERVERS,
        "channels": {channel.address: _channel(channel) for channel in channels},
        "operations": {f"{c.action}.{c.address}": _operation(c) for c in channels},
        "components": {
            "messages": {contract.event_type: _message(contract) for contract in contracts},
            "securitySchemes": {
                "user": {"type": "scramSha512", "description": "User and password by the operator"}
            },
        },
    }


def _channels(service: str) -> list[_Channel]:
    sent = [_of_topic("send", entry) for entry in produced_by(service)]
    received = [topic(name) for name in consumed_by(service)]
    return [
        *sent,
        *(_of_topic("receive", entry) for entry in received),
        *(_of_dead_letters(entry) for entry in received),
    ]


def _of_topic(action: Literal["send", "receive"], entry: Topic) -> _Channel:
    return _Channel(
        action,
        entry.name,
        entry.description,
        entry.partitions,
        entry.cleanup,
        entry.retention_ms,
        entry.events,
    )


def _of_dead_letters(entry: Topic) -> _Channel:
    return _Channel(
        "send",
        entry.dead_letter,
        f"Records of {entry.name} that a consumer set aside",
        1,
        "delete",
        DEAD_LETTER_RETENTION_MS,
        (RecordDeadLettered,),
    )


def _channel(channel: _Channel) -> dict[str, Any]:
    return {
        "address": channel.address,
        "description": channel.description,
        "messages": {
            contract.event_type: {"$ref": f"#/components/messages/{contract.event_type}"}
            for contract in channel.contracts
        },
        "bindings": {
            "kafka": {
                "topic": channel.address,
                "partitions": channel.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [channel.cleanup],
                    "retention.ms": channel.retention_ms,
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation(channel: _Channel) -> dict[str, Any]:
    here = f"#/channels/{channel.address}"
    return {
        "action": channel.action,
        "channel": {"$ref": here},
        "messages": [{"$ref": f"{here}/messages/{contract.event_type}"} for contract in channel.contracts],
    }


def _message(contract: type[EventData]) -> dict[str, Any]:
    schema = event_schema(contract)
    return {
        "name": contract.event_type,
        "summary": schema["description"],
        "contentType": CONTENT_TYPE,
        "headers": _headers(contract),
        "payload": {name: part for name, part in schema.items() if name not in ("$schema", "description")},
        "bindings": {"kafka": {"key": _key(contract), "bindingVersion": KAFKA_BINDING}},
        "examples": [{"name": "example", "payload": example(contract).model_dump(mode="json")}],
    }


def _headers(contract: type[EventData]) -> dict[str, Any]:
    is_day = contract is not RecordDeadLettered and contract.topic in DAY_TOPICS
    when = "When the fact's local day began, UTC" if is_day else "Time of the fact, UTC"
    properties: dict[str, Any] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {
            "type": "string",
            "format": "uuid",
            "description": "One per fact; a repeat is the same event",
        },
        "ce_source": {"type": "string", "description": "zi/<service>"},
        "ce_type": {"const": contract.event_type},
        "ce_time": {"type": "string", "format": "date-time", "description": when},
        "ce_subject": {"type": "string", "description": "Id of the entity"},
        "ce_sequence": {"type": "string", "pattern": r"^\d+$", "description": "Version of the entity"},
        "content-type": {"const": CONTENT_TYPE},
    }
    required = list(properties)
    properties["traceparent"] = {"type": "string", "description": "W3C trace context of a traced command"}
    return {"type": "object", "properties": properties, "required": required}


def _key(contract: type[EventData]) -> dict[str, Any]:
    field = "consumer" if contract is RecordDeadLettered else topic(contract.topic).key
    return {"type": "string", "description": f"The data's {field}"}
