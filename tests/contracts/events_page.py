"""`docs/events.md`, made from the topic registry."""

from collections.abc import Iterator
from typing import Any

from shared.contracts.base import EventData
from shared.contracts.dead_letters import RecordDeadLettered
from shared.contracts.schemas import event_schema
from shared.contracts.topics import DEAD_LETTER_RETENTION_MS, TOPICS, Topic

_DAY_MS = 24 * 3600 * 1000

_HEAD = """\
# Events

Made from `shared/contracts/` by `make docs`; do not edit.

Every record is a CloudEvents 1.0 event in Kafka's binary mode: the attributes are headers
(`ce_id`, `ce_source`, `ce_type`, `ce_time`, `ce_subject`, `ce_sequence`, ...), the value is JSON.
It carries the state of one entity **after** the fact, and `version`, which counts that entity's facts
without gap: a consumer keeps the highest version and may see an event twice or out of order between topics.
`ce_subject` is the entity's id and `ce_sequence` its version. No event holds personal data.
Exact numbers are fractions as text (`27957887/306000`), times are UTC. Where a topic says so, record times,
`ce_time` and ids tell the day of the fact alone.

JSON schemas and examples: `tests/contracts/stored/`. AsyncAPI documents: `docs/asyncapi/`, served by every
service at `/asyncapi.json`.
"""


def events_page() -> str:
    """Return the whole page as Markdown."""
    parts = [_HEAD, _overview(), *(_section(topic) for topic in TOPICS), _dead_letters()]
    return "\n".join(parts)


def _overview() -> str:
    rows = (
        f"| [`{topic.name}`](#{_anchor(topic.name)}) | {topic.producer} | {_names(topic.consumers)} |"
        for topic in TOPICS
    )
    return "\n".join(["| topic | producer | consumers |", "|---|---|---|", *rows, ""])


def _names(consumers: tuple[str, ...]) -> str:
    return ", ".join(consumers) or "–"


def _anchor(heading: str) -> str:
    """Return the anchor that Markdown readers give a heading: lower case without dots."""
    return heading.replace(".", "").lower()


def _section(topic: Topic) -> str:
    facts = [
        f"{topic.description}.",
        f"Key `{topic.key}`, {topic.partitions} partitions, {_retention(topic)}.",
        f"Producer: {topic.producer}. Consumers: {_names(topic.consumers)}.",
    ]
    if topic.tells_days_only:
        facts.append("Records carry the local day of the fact and no moment.")
    if topic.consumers:
        facts.append(f"Dead letters: `{topic.dead_letter}`.")
    return "\n".join([f"## {topic.name}", "", *facts, "", *_tables(topic.events)])


def _dead_letters() -> str:
    facts = [
        "One per consumed topic, named `<topic>.dlq`;",
        f"key `consumer`, 1 partition, kept {DEAD_LETTER_RETENTION_MS // _DAY_MS} days.",
        "A dead letter tells where the record lies, never what it holds: that stays in the consumer's table.",
    ]
    return "\n".join(["## Dead-letter topics", "", *facts, "", *_tables((RecordDeadLettered,))])


def _tables(contracts: tuple[type[EventData], ...]) -> Iterator[str]:
    """Yield the lines of the events' table, then of each distinct table of fields: usually they share one."""
    yield from ("| event | means |", "|---|---|")
    for contract in contracts:
        yield f"| `{contract.event_type}` | {event_schema(contract)['description']} |"
    yield ""
    for fields in dict.fromkeys(tuple(_fields(contract)) for contract in contracts):
        yield from ("| field | type | meaning |", "|---|---|---|", *fields, "")


def _retention(topic: Topic) -> str:
    if topic.cleanup == "compact":
        return "compacted: the newest event of each unit is kept"
    return "kept without limit" if topic.retention_ms < 0 else f"kept {topic.retention_ms // _DAY_MS} days"


def _fields(contract: type[EventData]) -> Iterator[str]:
    yield from _lines(event_schema(contract))


def _lines(schema: dict[str, Any], within: str = "") -> Iterator[str]:
    """Yield a line per field; the fields of a list's entries follow it as `list[].field`."""
    for name, field in schema["properties"].items():
        optional = "" if name in schema["required"] else ", optional"
        yield f"| `{within}{name}` | {_type(field)}{optional} | {_described(field)} |"
        if "properties" in (entry := field.get("items", {})):
            yield from _lines(entry, f"{within}{name}[].")


def _described(field: dict[str, Any]) -> str:
    """Return a field's own description, or that of the type it is one of."""
    within = [field, *field.get("anyOf", [])]
    return next((part["description"] for part in within if "description" in part), "")


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(part) for part in field["anyOf"])
    if "properties" in field:
        return "objects"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    return _BY_TYPE.get(field["type"], _plain)(field)


def _plain(field: dict[str, Any]) -> str:
    return str(field["type"])


def _list(field: dict[str, Any]) -> str:
    return f"list of {_type(field['items'])}"


def _map(field: dict[str, Any]) -> str:
    return ", ".join(
        f"map of `{_unbarred(key)}` to {_type(part)}" for key, part in field["patternProperties"].items()
    )


def _text(field: dict[str, Any]) -> str:
    if "format" in field:
        return str(field["format"])
    return f"text `{_unbarred(field['pattern'])}`" if "pattern" in field else f"text to {field['maxLength']}"


def _unbarred(pattern: str) -> str:
    """Return a pattern that may stand in a Markdown table's cell."""
    return pattern.replace("|", "\\|")


def _integer(field: dict[str, Any]) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if high is not None:
        return f"integer {low}–{high}"
    return "integer" if low is None else f"integer from {low}"


_BY_TYPE = {"array": _list, "object": _map, "string": _text, "integer": _integer}
