"""The right to relay: an advisory lock on a session that the server ends when its holder falls silent.

The holder knows its right only for a limited time after the last statement that succeeded, counted from when
it was sent and on a clock that runs on while a process is stopped. That time is shorter than the server's, so
a holder that was paused finds its right gone before the next one may have it. ADR 0018.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db import Database

SILENCE_SECONDS = 7.0
"""How long the server keeps the session of a silent holder."""
MARGIN_SECONDS = 2.0
HEARTBEAT_SECONDS = 2.0
STATEMENT_SECONDS = 5.0
ANSWER_SECONDS = STATEMENT_SECONDS + 1.0
"""How long we wait for the answer to a statement: a connection cut without a word is noticed by then."""

T = TypeVar("T")

_SETTINGS = {
    "idle_session_timeout": f"{SILENCE_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{SILENCE_SECONDS:.0f}s",
    "statement_timeout": f"{STATEMENT_SECONDS:.0f}s",
    # Ends a session whose answer nobody takes: statement_timeout does not reach a server that is sending.
    "tcp_user_timeout": f"{SILENCE_SECONDS:.0f}s",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "5",
    # A plan that was made while a partition is empty would read all of it later, for as long as we live.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}
# The release before, which knows nothing of the pointer, takes this lock alone and for itself. We get it when
# none of its relays is at work, and as long as one of us is there none will be.
_KEEP_OLDER_OUT = text("SELECT pg_try_advisory_lock_shared(hashtext('zi_outbox_relay'))")
_TAKE = text("SELECT pg_try_advisory_lock(hashtext('zi_outbox_pointer'))")
_HEARTBEAT = text("SELECT 1")


class Right:
    """One session of the database, and until when its lock is known to be held."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known_until = 0.0
        self._keeps_older_out = False
        self._is_taken = False

    async def take(self) -> bool:
        """Try to take the right; false while another session has it."""
        if not self._keeps_older_out:
            self._keeps_older_out = bool((await self.execute(_KEEP_OLDER_OUT))[0][0])
        self._is_taken = self._keeps_older_out and bool((await self.execute(_TAKE))[0][0])
        return self._is_taken

    def is_held(self) -> bool:
        """Tell whether nobody else can have the right at this moment."""
        return self._is_taken and time.monotonic() < self._known_until

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Run and commit one statement on the session and return its rows; an answer renews the right."""
        sent = time.monotonic()
        result = await self._connection.execute(statement, parameters)
        rows = result.all() if result.returns_rows else ()
        self._known_until = sent + SILENCE_SECONDS - MARGIN_SECONDS
        return rows

    async def keep_during(self, work: Coroutine[Any, Any, T]) -> T:
        """Await `work`, which must not use the session; heartbeats keep the right for as long as it takes.

        A heartbeat that fails cancels `work` and raises.
        """
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=HEARTBEAT_SECONDS))[0]:
                await self.execute(_HEARTBEAT)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})


@asynccontextmanager
async def contending(db: Database) -> AsyncIterator[Right]:
    """Open a session that may take the right; leaving gives the right up with the session."""
    async with db.dedicated(command_seconds=ANSWER_SECONDS, settings=_SETTINGS) as connection:
        yield Right(connection)
