"""One process of a service: what all services are made of, and how it is started from its `main.py`."""

import argparse
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import NamedTuple, get_args

from fastapi import APIRouter, FastAPI

from shared.consumer.sweep import DeadLetterSweep
from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.db.schema import SchemaCheck
from shared.http.app import create_app
from shared.http.foreign import ForeignApi
from shared.http.overload import Guard
from shared.http.pages.rendering import Pages
from shared.http.sweep import HttpSweep
from shared.observability import logging
from shared.outbox.backlog import Backlog
from shared.outbox.partitions import OutboxPartitions
from shared.outbox.relay import Relay
from shared.process.kept import kept
from shared.process.settings import Role, ServiceSettings, SettingsT, read_settings
from shared.process.worker import Worker
from shared.process.workers import wanted
from shared.security import AccessMatrix
from shared.security.tokens import TokenVerifier
from shared.server.serving import serve


class Databases(NamedTuple):
    """Two pools of one database, so that a crowd of requests never keeps the workers waiting."""

    requests: Database
    workers: Database


def open_databases(settings: ServiceSettings) -> Databases:
    """Return the service's pools; they connect when they are first used."""
    url = settings.database_url.get_secret_value()
    return Databases(
        Database(url, pool_size=settings.pool_size), Database(url, pool_size=settings.worker_pool_size)
    )


def assemble(
    service: str,
    settings: ServiceSettings,
    role: Role,
    verifier: TokenVerifier | None,
    *,
    databases: Databases,
    workers: Sequence[Worker],
    title: str,
    matrix: AccessMatrix,
    error_status: Mapping[str, int],
    routers: Sequence[APIRouter],
    page_routers: Sequence[APIRouter] = (),
    pages: Pages | None = None,
    foreign: Sequence[ForeignApi] = (),
    guards: Mapping[str, Guard] | None = None,
) -> FastAPI:
    """Wire one process: the service's own routes and workers beside the relay and the sweeps that all need.

    `verifier` stands in for the issuer's in tests. Raises what `create_app` raises.
    """
    common: list[Worker] = [
        Relay(databases.workers, settings.kafka_bootstrap, client_id=f"zi-{service}"),
        Backlog(databases.workers),
        OutboxPartitions(databases.workers).worker(),
        HttpSweep(databases.workers).worker(),
    ]
    if consumed_by(service):
        common.append(DeadLetterSweep(databases.workers).worker())

    @asynccontextmanager
    async def worker_pool() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await databases.workers.close()

    return create_app(
        service=service,
        title=title,
        settings=settings,
        db=databases.requests,
        matrix=matrix,
        verifier=verifier
        or TokenVerifier(settings.issuer, settings.audience, second_factor_acr=settings.second_factor_acr),
        error_status=error_status,
        routers=routers,
        page_routers=page_routers,
        pages=pages,
        foreign=foreign,
        guards=guards,
        workers=kept(wanted([*workers, *common], role), role),
        schema=SchemaCheck(service),
        asyncapi=partial(asyncapi_document, service),
        lifespan=worker_pool,
    )


def run(service: str, settings_type: type[SettingsT], build: Callable[[SettingsT, Role], FastAPI]) -> None:
    """Read the role from the command line and the settings from the environment, and serve until a signal.

    A setting or data file that cannot be used ends the process with one sentence.
    """
    parser = argparse.ArgumentParser(description=f"Zona Integritas: {service}")
    parser.add_argument("--role", choices=get_args(Role), default="all")
    role: Role = parser.parse_args().role
    settings = read_settings(settings_type)
    logging.configure(service=service, version=version("zona-integritas"), level=settings.log_level)
    try:
        app = build(settings, role)
    except ValueError as error:
        raise SystemExit(f"refusing to start: {error}") from error
    serve(app, settings)
