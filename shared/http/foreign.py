"""APIs that another system's guide describes: below one path, callers and refusals are as the guide says.

    create_app(..., foreign=[ForeignApi("/portalrb", router, caller, refusal, PortalError, STATUSES)])

All else is as for every route: limits, headers, log lines, metrics, the access matrix.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.security import Principal

Refusal = Callable[[int, str, str, Mapping[str, str]], Response]
"""Gives the answer for our status, code, sentence and headers."""


@dataclass(frozen=True, slots=True)
class ForeignApi:
    """The routes below `base`, and what is another's there.

    `caller` is a dependency that tells who calls. `refusal` words every refusal of every part of the
    application, also of a path below `base` that has no route. `error` is the body of one and `statuses` are
    those it may have, for the OpenAPI document.
    """

    base: str
    router: APIRouter
    caller: Callable[..., Awaitable[Principal]]
    refusal: Refusal
    error: type[BaseModel]
    statuses: Mapping[int, str]

    def covers(self, path: str) -> bool:
        """Tell whether a path is one of these."""
        return path == self.base or path.startswith(f"{self.base}/")
