"""Parameters that several routes share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Request

from services.planning.schemas.base import ItemCode, UnitId, Year
from shared.db import Database
from shared.http.paging import CursorInvalidError, PageParameters
from shared.http.state import state_of
from shared.http.versions import IfMatchInvalidError, PreconditionRequiredError
from shared.kernel import is_unit_id

UnitPath = Annotated[UnitId, Path()]
YearPath = Annotated[Year, Path()]
ItemPath = Annotated[ItemCode, Path()]

FIRST_ID = UUID(int=0)
NEWEST = 2**62
"""Above every version there will be, and within a bigint."""


def _database(request: Request) -> Database:
    return state_of(request.app).db


Db = Annotated[Database, Depends(_database)]


def after_id(page: PageParameters) -> UUID:
    """Return the id to list after; the first possible one on the first page."""
    key = page.after_key(str)
    try:
        return UUID(key[0]) if key else FIRST_ID
    except ValueError as error:
        raise CursorInvalidError("Penanda halaman tidak sah.") from error


def after_unit(page: PageParameters) -> str:
    """Return the unit id to list after."""
    key = page.after_key(str)
    if key and not is_unit_id(key[0]):
        raise CursorInvalidError("Penanda halaman tidak sah.")
    return key[0] if key else ""


def before_version(page: PageParameters) -> int:
    """Return the version to list below, one above all on the first page."""
    key = page.after_key(int)
    if key and not 0 < key[0] < NEWEST:
        raise CursorInvalidError("Penanda halaman tidak sah.")
    return key[0] if key else NEWEST


def seen_version(
    value: Annotated[
        str | None,
        Header(alias="If-Match", description='Worksheet version the writer has read, e.g. "17", or *'),
    ] = None,
) -> int | None:
    """Return the worksheet version the writer has read, None for `*`, which overwrites on purpose.

    Unlike other resources a worksheet starts at 0 and has many writers: only items of the same layer written
    after this version are refused as stale.
    """
    if value is None:
        raise PreconditionRequiredError('Sebutkan versi lembar kerja dengan If-Match: "<versi>" atau *.')
    bare = value.strip().strip('"')
    if bare == "*":
        return None
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 18):  # noqa: PLR2004 - fits a bigint
        raise IfMatchInvalidError('If-Match harus berbentuk "<versi>" atau *.')
    return int(bare)


Seen = Annotated[int | None, Depends(seen_version)]
