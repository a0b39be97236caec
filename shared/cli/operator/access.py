"""Whose database an operator works in, and how."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from shared.cli.addresses import database_url

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
