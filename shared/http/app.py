"""The application factory: everything a service's process answers over HTTP.

Every route has an `operation_id` with a row in the matrix, or no application is made.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib.metadata import version
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.pool import QueuePool
from starlette.routing import Mount, Route

from shared.db import Database
from shared.db.schema import SchemaCheck
from shared.http.authorization import authorize_api, authorize_foreign, authorize_page
from shared.http.bodies import Bodies
from shared.http.border import Border
from shared.http.foreign import ForeignApi
from shared.http.limits.bursts import Bursts
from shared.http.login import routes as login
from shared.http.login.sessions import Sessions
from shared.http.ops_port import operations
from shared.http.outermost import Outermost, security_headers
from shared.http.overload import Guard, OverloadControl
from shared.http.pages.open_streams import OpenStreams
from shared.http.pages.rendering import SHARED_STATIC, Pages
from shared.http.pages.showcase import showcase
from shared.http.pages.static_files import CachedStaticFiles
from shared.http.paths import login_paths
from shared.http.problem import HANDLERS
from shared.http.reference import routes as reference
from shared.http.state import AppState
from shared.http.typed import FormKeeper
from shared.observability.metrics import DB_CLOCK_SKEW, DB_POOL_IN_USE
from shared.process.probes import Health, Probe
from shared.process.settings import ServiceSettings
from shared.process.worker import Worker
from shared.process.workers import end_process, running
from shared.security import AccessMatrix
from shared.security.issuer import IssuerClient
from shared.security.tokens import TokenVerifier

Lifespan = Callable[[], AbstractAsyncContextManager[object]]


def create_app(
    *,
    service: str,
    title: str,
    settings: ServiceSettings,
    db: Database,
    matrix: AccessMatrix,
    verifier: TokenVerifier,
    error_status: Mapping[str, int],
    routers: Sequence[APIRouter],
    page_routers: Sequence[APIRouter] = (),
    pages: Pages | None = None,
    foreign: Sequence[ForeignApi] = (),
    guards: Mapping[str, Guard] | None = None,
    workers: Sequence[Worker] = (),
    schema: SchemaCheck | None = None,
    asyncapi: Callable[[], Mapping[str, Any]] | None = None,
    lifespan: Lifespan = nullcontext,
) -> FastAPI:
    """Make the application of one service process.

    `routers` are APIs (bearer tokens), `page_routers` pages (session cookie, forms checked), `foreign` APIs
    whose callers and refusals another system's guide describes. `guards` let in who brings a file to a public
    operation, by its name. `workers` run
    while the application does, inside `lifespan`; `db` and `verifier` are closed at its end. `schema` makes
    readiness wait for the migrations; `asyncapi` is called when somebody asks for the document. Raises
    `LookupError` for a route without an operation of its own in `matrix`. Probes and metrics are in
    `app.state.ops`, for a port of their own.
    """
    issuer_client = IssuerClient(
        verifier, client_id=settings.oidc_client_id or f"zi-{service}", scope=settings.oidc_scope
    )
    sessions = Sessions(
        service,
        db,
        settings.secret_key.get_secret_value(),
        issuer=issuer_client,
        verifier=verifier,
        check_seconds=settings.session_check_seconds,
        grace_seconds=settings.session_grace_seconds,
    )
    state = AppState(
        service=service,
        settings=settings,
        db=db,
        matrix=matrix,
        verifier=verifier,
        issuer=issuer_client,
        health=Health(),
        sessions=sessions,
        bursts=Bursts(),
        login=login_paths(service),
        open_streams=OpenStreams(settings.streams_per_person),
        pages=pages,
        error_status=error_status,
        foreign=foreign,
    )
    state.health.add("api", "database", _database_probe(db, schema))
    state.health.add("api", "keys", verifier.ready)
    state.health.add_workers(workers)
    DB_POOL_IN_USE.set_function(lambda: cast("QueuePool", db.engine.pool).checkedout())

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with lifespan(), running(workers, end_process):
                state.health.is_started = True
                yield
                state.begin_stop()
        finally:
            await sessions.close()
            await issuer_client.close()
            await verifier.close()
            await db.close()

    app = FastAPI(
        title=title,
        version=version("zona-integritas"),
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={**HANDLERS},
    )
    app.state.zi = state
    app.state.ops = operations(state)
    plain = list(_routes(app, state, asyncapi))
    app.router.routes.extend(plain)
    others = [one.router for one in foreign]
    all_routers = (*routers, *others, *page_routers)
    operations_here = [route for router in all_routers for route in operations_of(router)]
    cap = settings.max_body_bytes
    _check_rows(all_routers, matrix)
    _check_uploads(page_routers, cap, matrix, guards or {})
    # Each is included once: a router between would have every route analysed twice.
    for router in routers:
        app.include_router(router, dependencies=[Depends(authorize_api)], max_body_size=cap)
    for one in foreign:
        app.include_router(
            one.router, dependencies=[Depends(authorize_foreign(one.caller))], max_body_size=cap
        )
    for router in page_routers:
        app.include_router(
            router,
            dependencies=[Depends(authorize_page)],
            max_body_size=cap,
            default_response_class=HTMLResponse,
            include_in_schema=False,
        )
    issuer = urlsplit(settings.issuer)
    bodies = Bodies(64 * cap)
    app.add_middleware(
        OverloadControl,
        settings=settings,
        routes=operations_here,
        bodies=bodies,
        logins=state.login.all(),
        guards=guards,
        pages=[route.operation_id or "" for router in page_routers for route in operations_of(router)],
    )
    app.add_middleware(Border, routes=[*operations_here, *plain])
    app.add_middleware(
        Outermost,
        headers=security_headers(settings.base_url, f"{issuer.scheme}://{issuer.netloc}"),
        forms=FormKeeper(bodies),
    )
    return app


def operations_of(router: APIRouter) -> Iterator[APIRoute]:
    """Yield the routes of a router and of those it includes."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
            yield from operations_of(inner)


def _check_rows(routers: Sequence[APIRouter], matrix: AccessMatrix) -> None:
    seen: set[str] = set()
    for route in (route for router in routers for route in operations_of(router)):
        operation = route.operation_id
        if operation is None or operation not in matrix:
            raise LookupError(f"{route.path} has no row in the access matrix (operation {operation})")
        if operation in seen:
            raise LookupError(f"two routes have the operation {operation}")
        seen.add(operation)


def _check_uploads(
    page_routers: Sequence[APIRouter], cap: int, matrix: AccessMatrix, guards: Mapping[str, Guard]
) -> None:
    """Refuse a public page that takes a file from anybody: a file is read only of whom we know."""
    for route in (route for router in page_routers for route in operations_of(router)):
        is_public = matrix[route.operation_id or ""].scope == "public"
        if is_public and (route.max_body_size or 0) > cap and route.operation_id not in guards:
            raise LookupError(f"{route.path} is a public page and takes more than {cap} bytes")


def _routes(
    app: FastAPI, state: AppState, asyncapi: Callable[[], Mapping[str, Any]] | None
) -> Iterator[Route | Mount]:
    """Yield what is no operation of the service: descriptions, files, log-in."""
    yield from reference.routes(app, state, asyncapi)
    if state.pages is not None:
        yield Mount("/static", CachedStaticFiles(directory=SHARED_STATIC))
        yield from login.routes(state)
        if state.settings.environment == "development":
            yield from showcase(state.pages)


def _database_probe(db: Database, schema: SchemaCheck | None) -> Probe:
    """Return a probe of reach and migrations that also notes how far the two clocks are apart."""

    async def probe() -> str | None:
        async with db.reading() as session:
            skew = await session.scalar(_SKEW, {"now": time.time()})
            DB_CLOCK_SKEW.set(float(skew or 0))
            if schema is not None and not await schema.is_current(session):
                return "migrations are missing"
        return None

    return probe


_SKEW = text("SELECT extract(epoch FROM clock_timestamp()) - CAST(:now AS double precision)")
