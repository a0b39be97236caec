"""Acts on matters as operations: each names the version it was read at, and has a body."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.matters.schemas import DossierOut
from services.complaints.matters.store import Dossier
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import PageParameters, identity, moment, paged
from shared.http.api.versions import IfMatch
from shared.http.fields import Body

A = TypeVar("A")
"""What is acted on, opened with who acts and at which version."""
B = TypeVar("B", bound=Body)
ByTimeLeft = Annotated[PageParameters, paged(moment, identity)]
"""A page of a list by the time left: its key is when a matter runs out, and its id."""
Act = Callable[[A, B], Awaitable[Dossier]]


def acts_on(
    router: APIRouter, place: str, named: str, opened: Callable[..., A]
) -> Callable[[str], Callable[[Act[A, B]], object]]:
    """Return what makes a function the act at `<place>/{<named>}/<path>`: its body is that of the request."""

    def at(path: str) -> Callable[[Act[A, B]], object]:
        def made(do: Act[A, B]) -> object:
            async def route(
                request: Request, matter_id: UUID, body: B, cmd: Commands, version: IfMatch
            ) -> Response:
                engine = engine_of(request)
                return await cmd.run(
                    lambda session: do(opened(session, engine, cmd.actor, matter_id, version), body),
                    reply=DossierOut,
                )

            route.__annotations__["matter_id"] = Annotated[UUID, Path(alias=named)]
            route.__annotations__["body"] = do.__annotations__["body"]
            route.__doc__ = do.__doc__
            router.add_api_route(
                f"{place}/{{{named}}}/{path}",
                route,
                methods=["POST"],
                name=do.__name__,
                operation_id=do.__name__,
                responses=refusals(409),
                response_model=DossierOut,
            )
            return do

        return made

    return at
