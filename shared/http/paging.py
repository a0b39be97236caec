"""Lists by key: an opaque cursor says where the next page starts, so pages stay right while rows come."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, Field

from shared.kernel import DomainError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR = 500

T = TypeVar("T")
Row = TypeVar("Row")


class CursorInvalidError(DomainError):
    """The cursor is not one we gave out (422)."""

    code: ClassVar[str] = "cursor_invalid"


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
    """`after` is the key of the last row seen, None on the first page."""

    limit: int
    after: tuple[Any, ...] | None

    def after_key(self, *kinds: type) -> tuple[Any, ...] | None:
        """Return the key, checked to have these types in this order; raises `CursorInvalidError`."""
        if self.after is not None and (
            len(self.after) != len(kinds)
            or not all(type(part) is kind for part, kind in zip(self.after, kinds, strict=True))
        ):
            raise CursorInvalidError("Penanda halaman tidak sah.")
        return self.after


def encode_cursor(key: Sequence[str | int]) -> str:
    """Return an opaque cursor for the key of the last row of a page."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    """Return the key in a cursor; raises `CursorInvalidError`."""
    try:
        key = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise CursorInvalidError("Penanda halaman tidak sah.") from error
    if not isinstance(key, list) or not all(type(part) in {str, int} for part in key):
        raise CursorInvalidError("Penanda halaman tidak sah.")
    return tuple(key)


def page_parameters(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")
    ] = None,
) -> PageParameters:
    """Read `?limit=&cursor=`."""
    return PageParameters(limit, decode_cursor(cursor) if cursor else None)


PageRequest = Annotated[PageParameters, Depends(page_parameters)]
