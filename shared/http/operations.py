"""Routes for machines that run the process: probes, metrics, descriptions. They need no log-in."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.http.state import AppState
from shared.observability import metrics
from shared.observability.health import Kind, Report


def routes(state: AppState, asyncapi: Mapping[str, Any] | None) -> list[Route]:
    """Return the routes of one application."""

    async def live(_request: Request) -> Response:
        return _answer(await state.health.report("live"))

    async def startup(_request: Request) -> Response:
        return _answer(state.health.startup())

    def ready(kind: Kind) -> Any:
        async def probe(_request: Request) -> Response:
            return _answer(await state.health.report(kind))

        return probe

    async def scrape(_request: Request) -> Response:
        return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)

    found = [
        Route("/livez", live),
        Route("/startupz", startup),
        Route("/readyz", ready("api")),
        Route("/readyz/worker", ready("worker")),
        Route("/readyz/relay", ready("relay")),
        Route("/metrics", scrape),
    ]
    if asyncapi is not None:

        async def describe_events(_request: Request) -> Response:
            return JSONResponse(asyncapi)

        found.append(Route("/asyncapi.json", describe_events))
    return found


def _answer(report: Report) -> Response:
    return JSONResponse({"ok": report.ok, "checks": report.checks}, 200 if report.ok else 503)
