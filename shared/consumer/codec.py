"""Turn every record into an event or a bad record; never raise."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from pydantic import ValidationError

from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.contracts.topics import contract
from shared.kernel import UNASSIGNED_UNIT

log = structlog.get_logger(__name__)

MAX_VALUE_BYTES = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REQUIRED = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"}


class Record(Protocol):
    """What we need of a Kafka record, whichever client read it; `timestamp` in Unix milliseconds.

    A header name that is not UTF-8 holds its odd bytes as surrogates (`surrogateescape`).
    """

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A record that decoded to a known contract. `sha256` is over the value bytes."""

    event: Event
    record: Record

    @property
    def data(self) -> EventData:
        return self.event.data

    @property
    def payload_hash(self) -> bytes:
        return hashlib.sha256(self.record.value or b"").digest()


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be taken as it is."""

    record: Record
    reason: DeadLetterReason


@dataclass(frozen=True, slots=True)
class Rejected:
    """A well-formed fact that cannot be true; it becomes a dead letter, its neighbours go on."""

    received: Received
    reason: DeadLetterReason


def decode(record: Record) -> Received | Bad:
    """Decode one record by its CloudEvents headers and its registered contract.

    What nobody foresaw is `undecodable`: no record may stop its neighbours.
    """
    try:
        _check_frame(record)
        headers, identity, moment = _envelope(record)
        data = _data(record, headers["ce_type"])
    except _BadRecordError as fault:
        return Bad(record, fault.reason)
    except Exception as error:  # noqa: BLE001 - only this record can have provoked it
        log.warning(
            "record_undecodable", error=type(error).__name__, topic=record.topic, offset=record.offset
        )
        return Bad(record, DeadLetterReason.UNDECODABLE)
    event = Event(data, headers["ce_source"], moment, identity, headers.get("traceparent"))
    return Received(event, record)


def moment_of(record: Record) -> datetime | None:
    """Return a record's time; None for one that neither Python nor PostgreSQL can hold."""
    try:
        return _EPOCH + timedelta(milliseconds=record.timestamp)
    except OverflowError:
        return None


def fingerprint(record: Record) -> bytes:
    """Return a SHA-256 over place, time, key and value: what the watermark remembers of a record."""
    digest = hashlib.sha256()
    place = f"{record.topic}:{record.partition}:{record.offset}:{record.timestamp}"
    for part in (place.encode(), record.key or b"", record.value or b""):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


class _BadRecordError(Exception):
    def __init__(self, reason: DeadLetterReason) -> None:
        super().__init__(reason)
        self.reason = reason


def _check_frame(record: Record) -> None:
    if record.value is None:
        raise _BadRecordError(DeadLetterReason.NULL_VALUE)
    if record.key is None:
        raise _BadRecordError(DeadLetterReason.NULL_KEY)
    if len(record.value) > MAX_VALUE_BYTES:
        raise _BadRecordError(DeadLetterReason.TOO_LARGE)
    if not record.headers:
        raise _BadRecordError(DeadLetterReason.NO_HEADERS)


def _envelope(record: Record) -> tuple[dict[str, str], UUID, datetime]:
    """Return headers, event id and time; one that is null, not UTF-8, missing or senseless is refused."""
    try:
        headers = {name: value.decode() for name, value in record.headers}  # type: ignore[union-attr]
        "".join(headers).encode()
        if not headers.keys() >= _REQUIRED:
            raise _BadRecordError(DeadLetterReason.BAD_HEADER)
        return headers, UUID(headers["ce_id"]), _moment(headers["ce_time"])
    except (AttributeError, ValueError, OverflowError) as error:  # a time UTC cannot hold overflows
        raise _BadRecordError(DeadLetterReason.BAD_HEADER) from error


def _data(record: Record, event_type: str) -> EventData:
    model = contract(event_type)
    if model is None:
        raise _BadRecordError(
            DeadLetterReason.UNKNOWN_VERSION
            if _is_other_version(event_type)
            else DeadLetterReason.UNKNOWN_TYPE
        )
    data = _parse(model, record.value or b"")
    if data.topic_name() != record.topic:
        raise _BadRecordError(DeadLetterReason.WRONG_TOPIC)
    if data.key().encode() != record.key:
        raise _BadRecordError(DeadLetterReason.WRONG_KEY)
    if data.unit_id == UNASSIGNED_UNIT and not data.may_lack_unit:
        raise _BadRecordError(DeadLetterReason.RESERVED_UNIT)
    return data


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("time without zone")
    return moment.astimezone(UTC)


def _is_other_version(event_type: str) -> bool:
    stem, _, version = event_type.rpartition(".")
    return version.startswith("v") and version != "v1" and contract(f"{stem}.v1") is not None


def _parse(model: type[EventData], value: bytes) -> EventData:
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        is_json = all(fault["type"] != "json_invalid" for fault in faults)
        raise _BadRecordError(DeadLetterReason.WRONG_SCHEMA if is_json else _json_fault(value)) from error


def _json_fault(value: bytes) -> DeadLetterReason:
    """Tell broken JSON from bytes that are not even text."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return DeadLetterReason.BAD_UTF8
    return DeadLetterReason.BAD_JSON
