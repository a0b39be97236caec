"""Turn every record into an event or a bad record; never raise."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Protocol
from uuid import UUID

import msgspec
import structlog
from pydantic import ValidationError

from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.contracts.quick import Quick, quick
from shared.contracts.topics import TOPICS, contract
from shared.kafka.client import MOST_NAMES, SEPARATOR, ReadRecord
from shared.kernel import UNASSIGNED_UNIT

log = structlog.get_logger(__name__)

MAX_VALUE_BYTES = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IS_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_ID_LENGTH, _ID_DASHES = 36, (8, 13, 18, 23)
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


class Received(msgspec.Struct, eq=False, gc=False):
    """A record that decoded to a known contract, the first time round or by its quick twin.

    `fact` has the contract's fields and names, whichever read it; `data` is the contract itself. `id` is the
    event's as text, `time` aware UTC.
    """

    contract: type[EventData]
    fact: Any
    id: str
    time: datetime
    record: Record
    _data: EventData | None = None

    @classmethod
    def of(cls, event: Event, record: Record) -> "Received":
        """Return an event with the record that it came in."""
        return cls(type(event.data), event.data, str(event.id), event.time, record)

    @property
    def data(self) -> EventData:
        """Return the fact as its contract; one that was read quickly is read again."""
        if self._data is None:
            is_contract = isinstance(self.fact, EventData)
            self._data = (
                self.fact if is_contract else self.contract.model_validate_json(self.record.value or b"")
            )
        return self._data

    @property
    def payload_hash(self) -> bytes:
        """Return SHA-256 over the value bytes."""
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
    return Received(type(data), data, str(identity), moment, record)


def decode_all(records: Sequence[Record]) -> list[Received | Bad]:
    """Decode records in their order: quickly what is beyond doubt, the rest as `decode` does."""
    return [found or decode(record) for found, record in zip(_quickly(records), records, strict=True)]


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


def _quickly(records: Sequence[Record]) -> list[Received | None]:
    """Return the records that are good beyond doubt, None for the others.

    What holds for each by itself is asked in the loop; headers, ids and texts are looked at by the set.
    """
    found: list[Received | None] = [None] * len(records)
    read: dict[Quick, list[tuple[int, Received]]] = defaultdict(list)
    headers: list[bytes] = []
    readers, time_of = _readers(), datetime.fromisoformat
    for place, record in enumerate(records):
        try:
            type_at, time_at, id_at, said = _headers(record)
            told = said.split(SEPARATOR)
            reader = readers[told[type_at]]
            value: Any = record.value
            fact = reader.decode(value)
            moment = time_of(told[time_at].decode())
            if (
                len(value) <= MAX_VALUE_BYTES
                and moment.tzinfo is UTC
                and fact.key().encode() == record.key
                and fact.topic_name() == record.topic
                and (fact.unit_id != UNASSIGNED_UNIT or fact.may_lack_unit)
            ):
                identity = told[id_at].decode()
                found[place] = received = Received(reader.contract, fact, identity, moment, record)
                read[reader].append((place, received))
                headers.append(said)
        except (KeyError, TypeError, AttributeError, ValueError, msgspec.MsgspecError):
            continue
    for reader, of_reader in read.items():
        facts = [received.fact for _, received in of_reader]
        ids = [received.id for _, received in of_reader]
        values = [received.record.value or b"" for _, received in of_reader]
        for doubtful in (*reader.doubtful(facts, values), *_odd_ids(ids)):
            found[of_reader[doubtful][0]] = None
    if not b"".join(headers).isascii():
        return [one if one and _headers(one.record)[3].isascii() else None for one in found]
    return found


def _headers(record: Record) -> tuple[int, int, int, bytes]:
    """Return where type, time and id stand among a record's headers, and what all say, by `SEPARATOR`.

    Raises `KeyError` or `TypeError` for headers that are in doubt.
    """
    if isinstance(record, ReadRecord):
        names, told = record.names, record.told
    else:
        names, told = tuple(name for name, _ in record.headers), tuple(said for _, said in record.headers)
    if isinstance(told, tuple):
        if any(SEPARATOR in said for said in told):  # type: ignore[operator]  # null raises
            raise KeyError
        told = SEPARATOR.join(told)  # type: ignore[arg-type]
    return *_places(names), told


@lru_cache(maxsize=MOST_NAMES)
def _places(names: tuple[str, ...]) -> tuple[int, int, int]:
    """Return where type, time and id stand, each the last of its name; raises `KeyError` for odd names."""
    if not ("".join(names).isascii() and _REQUIRED.issubset(names)):
        raise KeyError(names)
    last = {name: place for place, name in enumerate(names)}
    return last["ce_type"], last["ce_time"], last["ce_id"]


def _odd_ids(ids: Sequence[str]) -> Sequence[int]:
    """Return the places of those that are no ids of events; mostly all are, which is asked of all at once."""
    joined, dashes = "".join(ids).encode(), b"-" * len(ids)
    if (
        set(map(len, ids)) == {_ID_LENGTH}
        and all(joined[at::_ID_LENGTH] == dashes for at in _ID_DASHES)
        and joined.translate(None, b"0123456789abcdef") == dashes * len(_ID_DASHES)
    ):
        return ()
    return [place for place, identity in enumerate(ids) if _IS_UUID(identity) is None]


@cache
def _readers() -> Mapping[bytes, Quick]:
    """Return the quick readers by `ce_type`."""
    readers = {one.event_type: quick(one) for entry in TOPICS for one in entry.events}
    return {name.encode(): reader for name, reader in readers.items() if reader is not None}


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
