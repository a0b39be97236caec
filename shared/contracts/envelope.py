"""CloudEvents 1.0 in Kafka's binary mode: what surrounds the data of every record.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2 (attributes as `ce_` headers, data as value).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.contracts.base import EventData
from shared.kernel import new_id

CONTENT_TYPE = "application/json; charset=utf-8"


def source_of(service: str) -> str:
    """Return `ce_source` of a service's events."""
    return f"zi/{service}"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact as published or received. `id` is unique per fact; `time` is aware UTC."""

    data: EventData
    source: str
    time: datetime
    id: UUID = field(default_factory=new_id)
    traceparent: str | None = None

    @property
    def type(self) -> str:
        return self.data.event_type

    def attributes(self) -> list[tuple[str, str]]:
        """Return the record headers as text, in a fixed order so that a repeated send is byte-identical."""
        pairs = [
            ("ce_specversion", "1.0"),
            ("ce_id", str(self.id)),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_time", self.time.isoformat().replace("+00:00", "Z")),
            ("ce_subject", self.data.subject()),
            ("ce_sequence", str(self.data.version)),
            ("content-type", CONTENT_TYPE),
        ]
        if self.traceparent is not None:
            pairs.append(("traceparent", self.traceparent))
        return pairs

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the record headers as they are sent."""
        return [(name, value.encode()) for name, value in self.attributes()]

    def value(self) -> bytes:
        """Return the JSON bytes of the data."""
        return self.data.model_dump_json().encode()
