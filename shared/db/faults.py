"""What an error of the database means: whose fault it is, and whether the same call may succeed later.

| kind | errors | who takes it |
|---|---|---|
| data | classes 22 and 23, a value the driver cannot encode | the record or request that brought it |
| outage | away, stopping, full, read-only, corrupt, log-in refused; pool full | retried; HTTP 503 or 507 |
| conflict | deadlock, serialization failure, a statement made stale by a migration | repeated at once |
| fault | all else that a database can say: no such column, no right, a raised exception | workers retry it |

A fault is a bug or a deployment half done: workers go on trying, unready and alarmed, because no data is to
blame.
Source: PostgreSQL documentation, appendix A; reliability.md section 3.
"""

from collections.abc import Iterator

from asyncpg.exceptions import (
    ClientConfigurationError,
    InvalidCachedStatementError,
    OutdatedSchemaCacheError,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_DATA_CLASSES = ("22", "23")
_OUTAGE_CLASSES = ("08", "25", "28", "3D", "53", "55", "57", "58", "F0", "XX")
"""Connection, wrong transaction state (a read-only standby), log-in (a password being changed), no such
database (one being restored), resources, not in the state needed, operator, system, configuration file,
internal. Class 54 is a limit of the program, so a fault of ours."""
_CONFLICTS = ("40001", "40P01")
_DISK_FULL = "53100"
_INTERNAL = "XX000"
_STALE_TYPE = "cache lookup failed for type"
_STALE_STATEMENTS = (InvalidCachedStatementError, OutdatedSchemaCacheError)
"""PostgreSQL has no SQLSTATE of its own for the first, and the driver alone knows the second."""


class DatabaseAwayError(Exception):
    """PostgreSQL cannot be reached or cannot serve just now; the same call may succeed a little later."""


class DatabaseBusyError(DatabaseAwayError):
    """Every connection of this process's pool is taken, and none came free in time."""


class StorageFullError(DatabaseAwayError):
    """PostgreSQL has no room left on its disk; nothing of the call was stored."""


class StaleStatementError(DatabaseAwayError):
    """A migration changed what a prepared statement returns; the pool was renewed, so ask again at once."""


def sqlstate(error: BaseException) -> str | None:
    """Return the five characters by which PostgreSQL names an error, None when it did not name one."""
    for one in _chain(error):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def is_data_fault(error: BaseException) -> bool:
    """Tell whether the values of the call are to blame, and not the database or the statement."""
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_DATA_CLASSES)
    return _is_not_encodable(error)


def is_away(error: BaseException) -> bool:
    """Tell whether an error means that the database cannot serve just now, whatever it was asked."""
    if isinstance(error, DatabaseAwayError) or is_stale_statement(error):
        return True
    if _is_not_encodable(error):
        return False
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_OUTAGE_CLASSES)
    if isinstance(error, OSError) and error.filename is not None:
        return False  # a file of ours, not a socket
    if isinstance(error, PoolTimeoutError | InterfaceError | OSError | TimeoutError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_conflict(error: BaseException) -> bool:
    """Tell whether the same transaction may succeed when it is run again at once."""
    return sqlstate(error) in _CONFLICTS or isinstance(error, StaleStatementError)


def is_stale_statement(error: BaseException) -> bool:
    """Tell whether a prepared statement returns something else since it was prepared, or a type is gone."""
    if sqlstate(error) == _INTERNAL:
        return any(_STALE_TYPE in str(one) for one in _chain(error))
    return any(isinstance(one, _STALE_STATEMENTS) for one in _chain(error))


def is_retriable(error: BaseException) -> bool:
    """Tell whether a worker must try again for as long as it takes: any fault but one of the data.

    True for all that a database, its driver, its pool or a socket can say, and for want of memory; false for
    classes 22 and 23, and for exceptions of our own code.
    """
    if is_data_fault(error):
        return False
    return isinstance(error, SQLAlchemyError | MemoryError) or is_away(error) or sqlstate(error) is not None


def as_away(error: BaseException) -> DatabaseAwayError:
    """Return the error that callers are told for one of which `is_away` is true; it holds no values."""
    if isinstance(error, DatabaseAwayError):
        return error
    if isinstance(error, PoolTimeoutError):
        return DatabaseBusyError("every connection of this process is in use")
    if sqlstate(error) == _DISK_FULL:
        return StorageFullError("the database has no room left on its disk")
    if is_stale_statement(error):
        return StaleStatementError("a migration changed a prepared statement")
    return DatabaseAwayError(str(error))


def reason(error: BaseException) -> str:
    """Return what a probe or a log line may say of an error: a few words without an address or a value."""
    if isinstance(error, MemoryError):
        return "this process has no memory left"
    if not is_away(error):
        state = sqlstate(error)
        return type(error).__name__ if state is None else f"the database refuses: SQLSTATE {state}"
    match as_away(error):
        case DatabaseBusyError():
            return "every connection of the pool is in use"
        case StorageFullError():
            return "the disk of the database is full"
        case StaleStatementError():
            return "a migration changed a prepared statement"
        case _:
            return "the database is away"


def _is_not_encodable(error: BaseException) -> bool:
    """Tell whether the driver could not encode a value of ours; asyncpg says it as its own ValueError.

    Its complaint about an address or option of the connection is a ValueError too.
    """
    cause = getattr(error.orig, "__cause__", None) if isinstance(error, DBAPIError) else None
    return isinstance(cause, ValueError) and not isinstance(cause, ClientConfigurationError)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and what SQLAlchemy and its dialect wrapped in it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "orig", None) or (
            seen.__cause__ if isinstance(seen, DBAPIError) or hasattr(seen, "sqlstate") else None
        )
