"""The fact that a record could not be taken: where it lies and why, never its key or bytes."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.base import MAX_BIGINT, MAX_INT, Code, Count, EventData


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
