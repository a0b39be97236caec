"""Parameters that several routes share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BeforeValidator

from services.planning.fields import ItemCode
from shared.db import Database
from shared.http.api.paging import PageParameters, paged, unit, whole
from shared.http.api.versions import IfMatchInvalidError, PreconditionRequiredError, version_of
from shared.http.fields import UnitId, YearText, read_digits
from shared.http.state import state_of

UnitPath = Annotated[UnitId, Path()]
YearPath = Annotated[YearText, Path()]
RevisionQuery = Annotated[
    int | None, Query(ge=1, le=2**31, description="An earlier one"), BeforeValidator(read_digits)
]
ItemPath = Annotated[ItemCode, Path()]

MIB = 1024 * 1024
BESIDE_FILE_BYTES = 64 * 1024
"""What a form may hold beside its file."""
FIRST_ID = UUID(int=0)
NEWEST = 2**62
"""Above every version there will be, and within a bigint."""


async def _database(request: Request) -> Database:
    return state_of(request.app).db


Db = Annotated[Database, Depends(_database)]


def after_id(page: PageParameters) -> UUID:
    """Return the id to list after; the first possible one on the first page."""
    return page.after[0] if page.after else FIRST_ID


SearchQuery = Annotated[
    str, Query(max_length=100, description="Only what holds this in its id, name or region")
]
PageByUnit = Annotated[PageParameters, paged(unit)]
PageByVersion = Annotated[PageParameters, paged(whole)]


def seen_version(value: str | None) -> int | None:
    """Return the version that the caller has read, None for `*`, which overwrites on purpose.

    For what is there before anybody wrote it, at version 0: worksheets, stages, windows. A worksheet has many
    writers: only items of the same layer written after this version are refused as stale.
    """
    if value is None:
        raise PreconditionRequiredError('Sebutkan versi yang sudah dibaca dengan If-Match: "<versi>" atau *.')
    bare = value.strip()
    if bare in {"*", '"*"'}:
        return None
    version = version_of(f'"{bare}"' if bare.isascii() and bare.isdigit() else bare)
    if version is None:
        raise IfMatchInvalidError('If-Match harus berbentuk "<versi>" atau *.')
    return version


async def _seen(
    value: Annotated[
        str | None,
        Header(alias="If-Match", description='Version the caller has read, e.g. "17", or *'),
    ] = None,
) -> int | None:
    return seen_version(value)


Seen = Annotated[int | None, Depends(_seen)]
