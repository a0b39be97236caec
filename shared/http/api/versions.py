"""Versions over HTTP: `ETag: "3"` out, `If-Match: "3"` in."""

import re
from typing import Annotated, ClassVar

from fastapi import Depends, Header, Response

from shared.kernel import DomainError

_STRONG = re.compile(r'^"([1-9][0-9]{0,17})"$')


class PreconditionRequiredError(DomainError):
    """The caller must say which version it changes (428)."""

    code: ClassVar[str] = "precondition_required"


class IfMatchInvalidError(DomainError):
    """The header is not one strong version tag (400)."""

    code: ClassVar[str] = "if_match_invalid"


async def if_match(
    value: Annotated[
        str | None, Header(alias="If-Match", description='Version the change is based on, e.g. "3"')
    ] = None,
) -> int:
    """Return the version the caller expects; the use case raises `StaleVersionError` when it differs."""
    if value is None:
        raise PreconditionRequiredError('Sebutkan versi data yang diubah dengan If-Match: "<versi>".')
    found = _STRONG.match(value.strip())
    if found is None:
        raise IfMatchInvalidError('If-Match harus berbentuk "<versi>", misalnya "3".')
    return int(found[1])


IfMatch = Annotated[int, Depends(if_match)]


def etag(response: Response, version: int) -> None:
    """Set the version of what is answered."""
    response.headers["ETag"] = f'"{version}"'
