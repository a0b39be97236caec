"""The kinds of field that requests are made of, and the base of all bodies.

What is odd ends here, as a 422 that names its field, before any rule or table sees it. JSON says what it
means: a number is no date, `true` no number, and "2026" is text. Only what comes as text anyway (paths,
queries, forms) is read from text, in ASCII digits alone.
"""

import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.kernel import (
    EARLIEST,
    LATEST,
    MAX_BIGINT,
    UNIT_ID_PATTERN,
    is_in_time,
    is_storable,
)

MAX_DEPTH = 12
"""How deep a body may nest; ours need 4."""
_SHOWN_KEY = 60
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_DIGITS = re.compile(r"-?[0-9]{1,19}")


class Body(BaseModel):
    """Base of what callers send: unknown fields are refused, and so is what no table or answer can hold."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, sent: Any) -> Any:
        if faults := list(_faults(sent, ())):
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return sent


def _faults(value: Any, at: tuple[str | int, ...]) -> Iterator[InitErrorDetails]:
    """Yield the place of each text with NUL or half a surrogate pair, and of each number without a column."""
    if (kind := _oddity(value)) is not None:
        yield _fault(kind, at)
    elif isinstance(value, dict | list) and len(at) >= MAX_DEPTH:
        yield _fault("too_deep", at)
    elif isinstance(value, dict):
        for key, inner in value.items():
            place = (*at, shown_key(key))
            if not is_storable(key):
                yield _fault("unstorable", place)
            yield from _faults(inner, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _faults(inner, (*at, number))


def _oddity(value: Any) -> str | None:
    """Return the kind of fault of a text or a number, None for a good one and for all else."""
    if isinstance(value, str):
        return None if is_storable(value) else "unstorable"
    if isinstance(value, float):
        return None if math.isfinite(value) else "finite_number"
    return "number_too_large" if isinstance(value, int) and abs(value) > MAX_BIGINT else None


def _fault(kind: str, at: tuple[str | int, ...]) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, "not to be kept"), loc=at, input=None)


def shown_key(key: str) -> str:
    """Return a name that a caller made up so that an answer can hold it."""
    return (key if key.isprintable() else ascii(key)[1:-1])[:_SHOWN_KEY]


def _day_text(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value) is None:
        raise PydanticCustomError("date_parsing", "not YYYY-MM-DD")
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise PydanticCustomError("date_type", "not text")
    return value


def _in_days(day: date) -> date:
    if not EARLIEST.year <= day.year < LATEST.year:
        raise PydanticCustomError("out_of_time", "outside 2000 to 2099")
    return day


def _moment_text(value: Any) -> Any:
    if isinstance(value, str) and _MOMENT.fullmatch(value) is None:
        raise PydanticCustomError("datetime_parsing", "not ISO 8601")
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_type", "not text")
    return value


def _in_moments(moment: datetime) -> datetime:
    if not is_in_time(moment):
        raise PydanticCustomError("out_of_time", "outside 2000 to 2099")
    return moment


def read_digits(value: Any) -> Any:
    """Refuse a number of a path or query that is not in ASCII digits; for a `BeforeValidator`."""
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise PydanticCustomError("int_parsing", "not ASCII digits")
    return value


Day = Annotated[date, BeforeValidator(_day_text), AfterValidator(_in_days)]
"""A business date, written YYYY-MM-DD, of the years 2000 to 2099."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment_text), AfterValidator(_in_moments)]
"""A moment with its zone, written as ISO 8601 says, of the years 2000 to 2099 in all our zones."""
Whole = Annotated[int, Strict()]
"""A whole number in JSON: no text, no `true`, no 1.0."""
Flag = Annotated[bool, Strict()]
"""`true` or `false` in JSON, and nothing that resembles them."""
Digits = Annotated[int, Field(ge=0, le=MAX_BIGINT), BeforeValidator(read_digits)]
"""A whole number in a path or a query: 0 to the largest of a column, in ASCII digits."""
UnitId = Annotated[
    str, Field(pattern=UNIT_ID_PATTERN, description="1-64 letters, digits, dot, dash, underscore")
]
Year = Annotated[Whole, Field(ge=2000, le=2100, description="Programme year")]
"""A year in JSON."""
YearText = Annotated[int, Field(ge=2000, le=2100, description="Programme year"), BeforeValidator(read_digits)]
"""A year in a path or a query."""
