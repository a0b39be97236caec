"""Versions over HTTP: `ETag: "3"` out, `If-Match: "3"` in.

A weak tag is read as the strong one: whoever compresses an answer on its way makes its tag weak, and its
version says no less then.
"""

import re
from typing import Annotated, ClassVar

from fastapi import Depends, Header, Response

from shared.kernel import DomainError

_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')


class PreconditionRequiredError(DomainError):
    """The caller must say which version it changes (428)."""

    code: ClassVar[str] = "precondition_required"


class IfMatchInvalidError(DomainError):
    """The header is not one version tag (400)."""

    code: ClassVar[str] = "if_match_invalid"


def version_of(tag: str) -> int | None:
    """Return the version that a tag names, None for any other text."""
    found = _TAG.fullmatch(tag.strip())
    return None if found is None else int(found[1])


async def if_match(
    value: Annotated[
        str | None, Header(alias="If-Match", description='Version the change is based on, e.g. "3"')
    ] = None,
) -> int:
    """Return the version the caller expects; the use case raises `StaleVersionError` when it differs."""
    if value is None:
        raise PreconditionRequiredError('Sebutkan versi data yang diubah dengan If-Match: "<versi>".')
    version = version_of(value)
    if not version:
        raise IfMatchInvalidError('If-Match harus berbentuk "<versi>", misalnya "3".')
    return version


IfMatch = Annotated[int, Depends(if_match)]


def etag(response: Response, version: int) -> None:
    """Set the version of what is answered."""
    response.headers["ETag"] = f'"{version}"'
