"""Whose database an operator works in, and how."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from shared.cli.addresses import database_url
from shared.cli.errors import CliError
from shared.cli.main import run_async

T = TypeVar("T")


class Service(StrEnum):
    """The four services."""

    PLANNING = "planning"
    COMPLAINTS = "complaints"
    SURVEY = "survey"
    SCORING = "scoring"


ServiceOption = Annotated[Service, typer.Option("--service", help="Whose consumer.")]


async def in_database(service: str, work: Callable[[Any], Awaitable[T]]) -> T:
    """Run `work` with the service's database as the operator."""
    from shared.db import Database  # noqa: PLC0415

    db = Database(database_url(service), pool_size=2)
    try:
        return await work(db)
    finally:
        await db.close()


async def in_transaction(service: str, work: Callable[[Any], Awaitable[T]]) -> T:
    """Run `work` in one transaction of the service's database."""

    async def inside(db: Any) -> T:
        async with db.transaction() as session:
            return await work(session)

    return await in_database(service, inside)


def in_each(
    services: Sequence[Service], work: Callable[[Service], Awaitable[T]]
) -> tuple[dict[Service, T], dict[Service, str]]:
    """Return what `work` gives for each service, and the fault of each that it fails for.

    One that is away takes nothing from the others; asked alone, it raises.
    """
    found: dict[Service, T] = {}
    faults: dict[Service, str] = {}
    for name in services:
        try:
            found[name] = run_async(work(name))
        except CliError as error:
            if len(services) == 1:
                raise
            faults[name] = str(error)
    return found, faults


def columns_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the columns of a table in which rows with a fault have others."""
    return list(dict.fromkeys(name for row in rows for name in row))
