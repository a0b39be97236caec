"""The descriptions of a service at their addresses: as JSON for programs, as pages for people.

The front door serves them below `/api/<service>`: their links to each other are relative, to hold there too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.held import in_thread
from shared.http.api import openapi
from shared.http.pages.rendering import Pages
from shared.http.reference import paths
from shared.http.reference.events import streams
from shared.http.reference.kinds import named_kinds, pieces
from shared.http.reference.operations import operations_by_resource, refusals
from shared.http.state import AppState


def routes(
    app: FastAPI, state: AppState, asyncapi: Callable[[], Mapping[str, Any]] | None
) -> Iterator[Route]:
    """Yield the routes of the documents that a service has, and of their pages."""

    async def describe(_request: Request) -> Response:
        return JSONResponse(openapi.describe(app, state.service, state.matrix))

    has_events = asyncapi is not None
    yield Route(paths.OPENAPI, describe)
    if state.pages is not None:
        yield _page(state.pages, paths.OPERATIONS, lambda: _operations(app, state, has_events=has_events))
    if asyncapi is not None:

        async def describe_events(_request: Request) -> Response:
            return JSONResponse(asyncapi())

        yield Route(paths.ASYNCAPI, describe_events)
        if state.pages is not None:
            yield _page(state.pages, paths.EVENTS, lambda: _events(asyncapi(), state.service))


def _operations(app: FastAPI, state: AppState, *, has_events: bool) -> dict[str, Any]:
    document = openapi.describe(app, state.service, state.matrix)
    return {
        "template": "reference/operations.html",
        "service": state.service,
        "resources": operations_by_resource(document),
        "refusals": refusals(document, state.error_status),
        "kinds": named_kinds(document["components"]["schemas"]),
        "note": document["info"]["description"],
        "version": document["info"]["version"],
        "has_events": has_events,
    }


def _events(document: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {
        "template": "reference/events.html",
        "service": service,
        "streams": streams(document),
        "servers": document["servers"],
        "note": document["info"]["description"],
    }


def _page(pages: Pages, path: str, context: Callable[[], dict[str, Any]]) -> Route:
    """Return the route of a page that is the same for everybody, rendered when first asked for."""
    rendered: list[str] = []

    def render(request: Request) -> str:
        told = context()
        return pages.text(request, told.pop("template"), pieces=pieces, **told)

    async def show(request: Request) -> Response:
        if not rendered:
            rendered.append(await in_thread(render, request))
        return HTMLResponse(rendered[0])

    return Route(path, show)
