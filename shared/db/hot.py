"""Statements of hot paths: run by the driver itself, on the session's connection and in its transaction.

What SQLAlchemy does around one statement (greenlet, compiled text, execution context, cursor, result) takes
three times of what the driver takes: 203 us in place of 67, and a command of a caller has six to nine. All
else is as for every statement: pool, BEGIN and COMMIT, the prepared statements of a connection and when they
are void, the errors and what becomes of a connection after one, the events that tests listen to.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

CONNECTION = "zi_connection"
"""Where a session's info has its connection, once its transaction has begun."""
_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Hot:
    """One statement; `:name` stands for a value, whose type the server tells or a cast names."""

    def __init__(self, sql: str) -> None:
        self._names = tuple(dict.fromkeys(_NAME.findall(sql)))
        places = {name: f"${number}" for number, name in enumerate(self._names, 1)}
        self._sql = _NAME.sub(lambda found: places[found[1]], sql)

    async def rows(self, session: AsyncSession, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run it and return its rows, whose columns are found by place or name; raises as the session."""
        connection = session.info.get(CONNECTION) or await session.connection()
        inner = cast("Connection", connection.sync_connection)
        cursor: Any = inner.connection.cursor()
        cursor._invalidate_schema_cache_asof = inner.dialect._invalidate_schema_cache_asof  # type: ignore[attr-defined]  # noqa: SLF001
        sent = tuple([values[name] for name in self._names])
        if inner.engine._has_events:  # noqa: SLF001 - asking the dispatcher itself takes 60 us
            for tell in inner.dispatch.before_cursor_execute:
                tell(inner, cursor, self._sql, sent, None, False)
        try:
            await cursor._prepare_and_execute(self._sql, sent)  # noqa: SLF001 - the driver's own execution
        except BaseException as error:  # noqa: BLE001 - also the end of a task: its connection is of no use
            await connection.run_sync(_refuse, error, self._sql)
        found: Sequence[Any] = cursor.fetchall()
        return found

    async def row(self, session: AsyncSession, values: Mapping[str, Any]) -> Any:
        """Run it and return its first row, None without one."""
        found = await self.rows(session, values)
        return found[0] if found else None


def _refuse(connection: Connection, error: BaseException, sql: str) -> None:
    """Do with an error what SQLAlchemy does with that of any statement, and raise what it raises."""
    driver: Any = connection.dialect.loaded_dbapi
    if isinstance(error, driver.InvalidCachedStatementError | driver.InternalServerError):
        connection.dialect._invalidate_schema_cache()  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        raise error  # noqa: TRY301 - what follows asks which error is being handled
    except BaseException as told:  # noqa: BLE001 - raised again there
        is_of_driver = isinstance(told, driver.Error)
        connection._handle_dbapi_exception(told, sql if is_of_driver else None, None, None, None)  # noqa: SLF001
