"""CloudEvents 1.0 in Kafka's binary mode: what surrounds the data of every record.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2 (attributes as `ce_` headers, data as value).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from shared.contracts.base import EventData
from shared.kernel import new_id

CONTENT_TYPE = "application/json; charset=utf-8"


def source_of(service: str) -> str:
    """Return `ce_source` of a service's events."""
    return f"zi/{service}"


_SPECIFICATION = ("ce_specversion", b"1.0")
_CONTENT = ("content-type", CONTENT_TYPE.encode())


def time_text(moment: datetime) -> str:
    """Return `ce_time` of an aware UTC moment."""
    return _utc_text(moment) if moment.tzinfo is UTC else moment.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _utc_text(moment: datetime) -> str:
    """Return the text of a moment that the events of a command share: writing it costs 1.3 us."""
    return moment.isoformat().replace("+00:00", "Z")


def headers(
    identity: str, source: str, kind: str, time: str, subject: str, version: int, traceparent: str | None
) -> list[tuple[str, bytes]]:
    """Return the headers of a record, always in this order: a repeated send is byte-identical."""
    made = [
        _SPECIFICATION,
        ("ce_id", identity.encode()),
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
        ("ce_time", time.encode()),
        ("ce_subject", subject.encode()),
        ("ce_sequence", b"%d" % version),
        _CONTENT,
    ]
    if traceparent is not None:
        made.append(("traceparent", traceparent.encode()))
    return made


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

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the record headers as they are sent."""
        return headers(
            str(self.id),
            self.source,
            self.type,
            time_text(self.time),
            self.data.subject(),
            self.data.version,
            self.traceparent,
        )

    def value(self) -> bytes:
        """Return the JSON bytes of the data."""
        return self.data.model_dump_json().encode()
