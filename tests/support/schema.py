"""Whether a migrated database is what the tables of a service describe."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from shared.db.database import make_engine

ROOT = Path(__file__).parents[2]


def tables_of(service: str) -> MetaData:
    """Return the tables of a service and of all its subjects, loaded or not."""
    for path in ROOT.glob(f"services/{service}/*/tables.py"):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found: MetaData = import_module(f"services.{service}.tables").Table.metadata
    return found


async def differences(
    owner_url: str, metadata: MetaData, *, compare_type: bool | Callable[..., bool | None] = True
) -> list[Any]:
    """Return what the tables of a database have otherwise than the metadata, of its tables alone.

    `compare_type` is Alembic's: whether, or how, two types are compared.
    """
    own = {(table.schema, table.name) for table in metadata.tables.values()}

    def is_ours(item: Any, name: str | None, kind: str, _is_stored: bool, _other: Any) -> bool:
        return kind != "table" or (item.schema, name) in own

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": compare_type, "include_schemas": True, "include_object": is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = make_engine(owner_url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()
