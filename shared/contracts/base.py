"""What every event contract is: facts about one entity after the fact, with that entity's version."""

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from shared.kernel import UNIT_ID_PATTERN

Id = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$", description="Opaque id, without meaning to others"),
]
Code = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.*_-]{0,59}$", description="Code of a closed list kept as data"),
]
MAX_INT = 2**31 - 1
MAX_BIGINT = 2**63 - 1


def _is_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _is_in_utc(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the years 1 to 9999 of UTC") from error
    return moment


Day = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="Business date in the unit's zone",
        json_schema_extra={"format": "date"},
    ),
    AfterValidator(_is_day),
]
Moment = Annotated[AwareDatetime, AfterValidator(_is_in_utc)]
"""A time with its zone that every database column can hold."""
Count = Annotated[int, Field(ge=0, le=MAX_INT)]
CountKey = Annotated[str, Field(pattern=r"^n[0-4]$")]
UnitId = Annotated[str, Field(pattern=UNIT_ID_PATTERN, description="Unit the fact is about; the record key")]
Version = Annotated[
    int, Field(ge=1, le=MAX_BIGINT, description="Version of the entity after this fact, 1..n without gap")
]
ExactText = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9]+(/[1-9][0-9]*)?$",
        max_length=1000,
        description="Exact number as fraction text, e.g. 27957887/306000",
    ),
]
Year = Annotated[int, Field(ge=2000, le=2100, description="Programme year")]


def is_none(value: object) -> bool:
    """Tell whether an optional field has nothing to say and is left out."""
    return value is None


class EventData(BaseModel):
    """Base of all contracts: the state after the fact, never a delta, never personal data.

    Unknown fields are ignored so that a newer producer may add optional ones. A contract's validator is built
    when it is first asked: a service reads and writes few of them all.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    event_type: ClassVar[str]
    """The `ce_type`: `id.zi.<service>.<entity>.<fact>.v1`, fact in the past tense."""
    topic: ClassVar[str]
    """The topic the fact is published on: `zi.<service>.<entity>.v1`."""
    beside: ClassVar[frozenset[str]] = frozenset()
    """Fields that go out beside the state, once: no table can tell them again, and two facts that differ in
    them alone say the same."""
    may_lack_unit: ClassVar[bool] = False
    """Whether `unit_id` may be the reserved word for "nobody knows it yet"; consumers refuse it elsewhere."""

    unit_id: UnitId
    version: Version

    def subject(self) -> str:
        """Return the id of the entity the version counts; the CloudEvents subject."""
        raise TypeError(f"{type(self).__name__} must name its entity")

    def part(self) -> str:
        """Return which part of the entity a later fact replaces: all of it, unless the contract says so."""
        return self.subject()

    def topic_name(self) -> str:
        """Return the topic this fact goes to."""
        return self.topic

    def key(self) -> str:
        """Return the record key: the unit, so that facts of a unit keep their order."""
        return self.unit_id
