"""Lists by key: an opaque cursor says where the next page starts, so pages stay right while rows come.

A cursor comes from outside, whoever made it: each list names the parts of its key, and what does not read as
these is refused.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, Field

from shared.http.fields import read_digits
from shared.kernel import MAX_BIGINT, DomainError, is_in_time, is_subject, is_unit_id, read_uuid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR = 2000
"""Room for a name of 200 characters, each escaped, and what else a key holds."""

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-]?[0-9]{1,2})?")

T = TypeVar("T")
Row = TypeVar("Row")


class CursorInvalidError(DomainError):
    """The cursor is not one we gave out for this list (422)."""

    code: ClassVar[str] = "cursor_invalid"

    def __init__(self) -> None:
        message = "Penanda halaman tidak sah."
        fault = {"field": "cursor", "code": self.code, "message": message}
        super().__init__(message, field="cursor", errors=[fault])


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is null on the last one."""

    items: list[T]
    next: str | None = Field(default=None, description="Cursor of the next page: pass it as ?cursor=")

    @classmethod
    def of(
        cls,
        rows: Sequence[Row],
        limit: int,
        *,
        key: Callable[[Row], Sequence[str | int]],
        item: Callable[[Row], T],
    ) -> Self:
        """Make a page of rows that were read with `LIMIT limit + 1` in the order of `key`."""
        shown = rows[:limit]
        following = encode_cursor(key(shown[-1])) if len(rows) > limit else None
        return cls(items=[item(row) for row in shown], next=following)


@dataclass(frozen=True, slots=True)
class PageParameters:
    """`after` is the key of the last row seen, as `paged` names its parts; None on the first page."""

    limit: int
    after: tuple[Any, ...] | None


Part = Callable[[Any], Any]
"""Reads one part of a key; raises `ValueError` or `TypeError` for what no row of its list can have there."""


def _text(part: Any) -> str:
    if not isinstance(part, str):
        raise TypeError("not text")
    return part


def whole(part: Any) -> int:
    """Read a version or a number of rows: 0 to the largest of a column."""
    if type(part) is not int or not 0 <= part <= MAX_BIGINT:
        raise ValueError("no whole number of a column")
    return part


def identity(part: Any) -> UUID:
    """Read an id."""
    return read_uuid(_text(part))


def unit(part: Any) -> str:
    """Read a unit's id."""
    if not is_unit_id(_text(part)):
        raise ValueError("no unit id")
    return str(part)


def subject(part: Any) -> str:
    """Read whom a token names."""
    if not is_subject(_text(part)):
        raise ValueError("no subject")
    return str(part)


def moment(part: Any) -> datetime:
    """Read a moment with its zone."""
    found = datetime.fromisoformat(_text(part))
    if not part.isascii() or found.tzinfo is None or not is_in_time(found):
        raise ValueError("no moment of ours")
    return found


def number(part: Any) -> Decimal:
    """Read an exact number as `str(Decimal)` writes it; endless ones are none."""
    if _NUMBER.fullmatch(_text(part)) is None:
        raise ValueError("no number")
    return Decimal(part)


def encode_cursor(key: Sequence[str | int]) -> str:
    """Return an opaque cursor for the key of the last row of a page."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    """Return the key in a cursor; raises `CursorInvalidError`."""
    try:
        key = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise CursorInvalidError from error
    if not isinstance(key, list) or not all(type(part) in {str, int} for part in key):
        raise CursorInvalidError
    return tuple(key)


def read_key(cursor: str, parts: Sequence[Part]) -> tuple[Any, ...]:
    """Return the key in a cursor, each part read as its list has it; raises `CursorInvalidError`."""
    key = decode_cursor(cursor)
    if len(key) != len(parts):
        raise CursorInvalidError
    try:
        return tuple(read(part) for read, part in zip(parts, key, strict=True))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise CursorInvalidError from error


def paged(*parts: Part) -> Any:
    """Return the dependency that reads `?limit=&cursor=` of a list whose key has these parts.

    page: Annotated[PageParameters, paged(moment, identity)]
    """

    async def read(
        limit: Annotated[
            int, Query(ge=1, le=MAX_LIMIT, description="Rows per page"), BeforeValidator(read_digits)
        ] = DEFAULT_LIMIT,
        cursor: Annotated[
            str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")
        ] = None,
    ) -> PageParameters:
        return PageParameters(limit, read_key(cursor, parts) if cursor else None)

    return Depends(read)


PageById = Annotated[PageParameters, paged(identity)]
"""A page of a list in the order of its ids."""
