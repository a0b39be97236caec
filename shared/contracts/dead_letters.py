"""The fact that a record could not be taken: where it lies and why, never its key or bytes."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.base import MAX_BIGINT, MAX_INT, Code, Count, EventData


class DeadLetterReason(StrEnum):
    """Why a record could not be taken. What stood here once is never renamed: topics and tables keep it."""

    # what the broker gave
    UNREADABLE = "unreadable"
    """A batch that no client can read."""
    NULL_VALUE = "null_value"
    NULL_KEY = "null_key"
    TOO_LARGE = "too_large"
    # the envelope
    NO_HEADERS = "no_headers"
    BAD_HEADER = "bad_header"
    """One is null, not UTF-8, missing or senseless."""
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    """A type of ours in a version that is not."""
    # the data
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    WRONG_SCHEMA = "wrong_schema"
    WRONG_TOPIC = "wrong_topic"
    WRONG_KEY = "wrong_key"
    RESERVED_UNIT = "reserved_unit"
    """The word for no unit, where a fact must have one."""
    UNDECODABLE = "undecodable"
    """What nobody foresaw."""
    # the fact
    UNEXPECTED_TYPE = "unexpected_type"
    """A contract that this consumer does not take from the topic."""
    PAYLOAD_CONFLICT = "payload_conflict"
    """Another payload under a version that is known already."""
    FOLD_FAILED = "fold_failed"
    """The fact by itself makes the fold or its transaction fail."""
    UNKNOWN_ITEM = "unknown_item"
    INVALID_ANSWER = "invalid_answer"
    """An answer that its item cannot have."""
    UNKNOWN_INDICATOR = "unknown_indicator"
    UNKNOWN_RULE_SET = "unknown_rule_set"
    UNKNOWN_POLICIES = "unknown_policies"
    UNKNOWN_REGIME = "unknown_regime"
    INDEX_OUT_OF_RANGE = "index_out_of_range"
    UNKNOWN_GATE = "unknown_gate"
    """A gate for which the regime has no floor."""
    CONTRADICTORY_RESULT = "contradictory_result"
    """A verdict that its own gates deny, or a predicate judged twice."""


class RecordDeadLettered(EventData):
    """One record of a topic was set aside by one consumer; its bytes stay in that consumer's table.

    It has no unit: the key of a bad record may hold anything, so the record is keyed by its consumer.
    """

    event_type: ClassVar[str] = "id.zi.shared.record.dead_lettered.v1"
    topic: ClassVar[str] = ""  # the dead-letter topic of `source_topic`, see `topic_name`

    unit_id: Literal["-"] = Field(default="-", description="None: the key of a bad record may hold anything")
    consumer: Code = Field(description="Service that could not take the record")
    source_topic: Code = Field(description="Topic the record lies on")
    partition: Count = Field(description="Partition the record lies on")
    offset: int = Field(ge=0, le=MAX_BIGINT, description="Offset the record lies at")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Hash of the record's key and value")
    reason: Code = Field(description="Kind of fault, from a closed list")
    attempts: int = Field(ge=1, le=MAX_INT, description="How often it was tried")

    def subject(self) -> str:
        return f"{self.consumer}:{self.source_topic}:{self.partition}:{self.offset}"

    def topic_name(self) -> str:
        return dead_letter_topic(self.source_topic)

    def key(self) -> str:
        return self.consumer


def dead_letter_topic(topic: str) -> str:
    """Return the dead-letter topic of a topic: the same name with `.dlq`."""
    return f"{topic}.dlq"
