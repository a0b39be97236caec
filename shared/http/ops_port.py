"""What the machines that run the process ask it: probes and metrics, on a port of their own.

They need no log-in and tell of no person; yet what they tell is nobody's business on the public port.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.http.state import AppState
from shared.observability import metrics
from shared.process.probes import Kind, Report


def operations(state: AppState) -> Starlette:
    """Return the application of the operations port, beside the one that holds `state`."""

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

    return Starlette(
        routes=[
            Route("/livez", live),
            Route("/startupz", startup),
            Route("/readyz", ready("api")),
            Route("/readyz/worker", ready("worker")),
            Route("/readyz/relay", ready("relay")),
            Route("/metrics", scrape),
        ]
    )


def _answer(report: Report) -> Response:
    return JSONResponse({"ok": report.ok, "checks": report.checks}, 200 if report.ok else 503)
