"""One pool per process and one way to open a transaction."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util.concurrency import greenlet_spawn

from shared.db.faults import DatabaseAwayError, as_away, is_away, is_conflict
from shared.db.hot import CONNECTION
from shared.held import holding
from shared.observability.metrics import DB_POOL_WAIT

CONNECT_TIMEOUT_SECONDS = 3.0
COMMAND_TIMEOUT_SECONDS = 30.0
POOL_WAIT_SECONDS = 2.0
IDLE_IN_TRANSACTION_SECONDS = 8
"""After this long without a word inside a transaction the server ends the session: a process that is stopped
or whose host is lost would keep its row locks, and with them a consumer's partitions, for ever."""
ATTEMPTS = 3
"""How often a transaction is run that meets a deadlock or a migration each time."""

_CALLBACKS = "zi_on_commit"

_EACH_ALONE = {"isolation_level": "AUTOCOMMIT"}
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Said with the `BEGIN` itself: a statement of its own takes longer than the rest of opening one."""

T = TypeVar("T")
InTransaction = Callable[[AsyncSession], Awaitable[T]]


def async_url(url: str) -> str:
    """Return a `postgresql://` URL with the asyncpg driver named."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def make_engine(url: str, *, pool_size: int, command_seconds: float = COMMAND_TIMEOUT_SECONDS) -> AsyncEngine:
    """Return an engine whose waits are all bounded, in UTC, with parsed types as PostgreSQL sends them."""
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        hide_parameters=True,  # texts of errors reach logs, parameters hold what people typed
        connect_args=_connect_args(
            command_seconds,
            {"idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s"},
        ),
    )


def _connect_args(command_seconds: float, settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "command_timeout": command_seconds,
        "server_settings": {"timezone": "UTC", "application_name": "zona-integritas", **settings},
    }


class Database:
    """The pool of one service. Sessions never expire on commit and never refresh.

    While one is open nothing but the database may be waited for (`shared.held`).
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self._url = url
        self.engine = make_engine(url, pool_size=pool_size)

    @asynccontextmanager
    async def transaction(self, *, patient: bool = False) -> AsyncIterator[AsyncSession]:
        """Open one read-write transaction: commit at the end, roll back on any error.

        A `patient` one may stand still for as long as it takes: only where nobody waits for its locks.

        Callbacks given to `on_commit` run after the commit. Raises `DatabaseAwayError` when the server
        cannot serve (`shared.db.faults` tells the kinds); whether a commit that broke off took effect is then
        unknown to the caller.
        """
        async with self._begun(patient=patient) as session:
            yield session
        for callback in session.info.pop(_CALLBACKS, ()):
            callback()

    @asynccontextmanager
    async def reading(self, *, patient: bool = False) -> AsyncIterator[AsyncSession]:
        """Open one read-only transaction that sees a single snapshot.

        A `patient` one may stand still for as long as it takes: for an operator's picture of the tables that
        is held beside topics being read.
        """
        async with self._begun(patient=patient, options=_ONE_SNAPSHOT) as session:
            yield session

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncSession]:
        """Open a session in which each statement stands for itself: for what timers ask again and again.

        Such a question takes 0.9 ms of CPU, in `reading` 1.5, and one round trip instead of three.
        """
        async with self._begun(options=_EACH_ALONE) as session:
            yield session

    async def run(self, work: InTransaction[T]) -> T:
        """Run `work` in one transaction, and again after a deadlock or a migration.

        So it changes nothing but the database. Raises what `transaction` raises.
        """

        async def once() -> T:
            async with self.transaction() as session:
                return await work(session)

        return await repeated(once)

    async def read(self, work: InTransaction[T]) -> T:
        """Run `work` in one snapshot, and again after a migration."""

        async def once() -> T:
            async with self.reading() as session:
                return await work(session)

        return await repeated(once)

    @asynccontextmanager
    async def dedicated(
        self, *, command_seconds: float, settings: Mapping[str, str]
    ) -> AsyncIterator[AsyncConnection]:
        """Open a connection outside the pool, on which each statement commits by itself; cut at the end.

        `settings` are the server's for this session. Raises the driver's errors as they are.
        """
        engine = create_async_engine(
            async_url(self._url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args=_connect_args(command_seconds, settings),
        )
        try:
            async with engine.connect() as connection:
                try:
                    yield connection
                finally:
                    await connection.invalidate()
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def _begun(
        self, *, patient: bool = False, options: Mapping[str, Any] | None = None
    ) -> AsyncIterator[AsyncSession]:
        """Open a session within a transaction: committed at the end, or ended with nothing done.

        The transaction is the connection's, begun and ended in one greenlet each: the session's own way, with
        a task and four of them, takes 250 us more.
        """
        try:
            with holding():
                started = time.perf_counter()
                inner = await greenlet_spawn(_begin, self.engine.sync_engine, options or {})
                DB_POOL_WAIT.observe(time.perf_counter() - started)
                try:
                    session = _Session(AsyncConnection(self.engine, inner))
                    if patient:
                        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                    yield session
                    await greenlet_spawn(_commit, inner)
                except BaseException:
                    await asyncio.shield(greenlet_spawn(inner.close))
                    raise
        except Exception as error:
            if not is_away(error):
                raise
            away = as_away(error)
            if away is error:
                raise
            raise away from error

    async def ping(self) -> None:
        """Run one trivial statement; raises `DatabaseAwayError` when the server is away."""
        async with self._begun() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self.engine.dispose()


async def repeated(once: Callable[[], Awaitable[T]]) -> T:
    """Return what `once` does in a transaction of its own, tried again while others stand in its way.

    Raises `DatabaseAwayError` when that never ends.
    """
    for _ in range(ATTEMPTS):
        try:
            return await once()
        except (DBAPIError, DatabaseAwayError) as error:
            if not is_conflict(error):
                raise
    raise DatabaseAwayError("too many transactions want the same rows")


class _Session(AsyncSession):
    """A session whose transaction is that of its connection; hot statements find the connection in `info`."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, expire_on_commit=False, info={CONNECTION: connection})

    async def rollback(self) -> None:
        """Take back all that was done in the transaction, whether the session was asked for it or not."""
        await super().rollback()
        await self.info[CONNECTION].rollback()


def _begin(engine: Engine, options: Mapping[str, Any]) -> Connection:
    """Take a connection from the pool and begin its transaction as `options` say."""
    connection = engine.connect()
    try:
        if options:
            connection.execution_options(**options)
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _commit(connection: Connection) -> None:
    """Commit, and give the connection back."""
    connection.commit()
    connection.close()


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """Open a savepoint; what fails inside leaves nothing behind, `on_commit` callbacks included."""
    before = list(session.info.get(_CALLBACKS, ()))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        session.info[_CALLBACKS] = before
        raise


def on_commit(session: AsyncSession, callback: Callable[[], None]) -> None:
    """Run `callback` once after this session's transaction has committed; never after a rollback.

    Registering the same callback twice runs it once.
    """
    callbacks: list[Callable[[], None]] = session.info.setdefault(_CALLBACKS, [])
    if callback not in callbacks:
        callbacks.append(callback)


def count_statements(engine: AsyncEngine) -> "list[str]":
    """Return a list that grows by each statement the engine executes; for tests of cost rules."""
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    return seen
