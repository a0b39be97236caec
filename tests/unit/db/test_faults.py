"""Every error that PostgreSQL and its driver know is of exactly one kind."""

import inspect
from collections.abc import Iterator
from typing import Any, cast

import asyncpg
import pytest
from asyncpg import exceptions
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection, PGDialect_asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.db.faults import (
    DatabaseAwayError,
    DatabaseBusyError,
    StaleStatementError,
    StorageFullError,
    as_away,
    is_away,
    is_conflict,
    is_data_fault,
    is_retriable,
    reason,
)
from tests.support.sqlstates import CODES, DISK_FULL, KINDS, kind_of

NO_ERRORS = ("00", "01", "02", "03", "10")
"""Success, warnings, no data, and what no server of PostgreSQL sends."""
WITHOUT_STATE = {
    "ClientConfigurationError": "away",
    "InterfaceError": "away",
    "UnsupportedClientFeatureError": "away",
    "UnsupportedServerFeatureError": "away",
    "InternalClientError": "fault",
    "ProtocolError": "fault",
    "TargetServerAttributeNotMatched": "fault",
    "OutdatedSchemaCacheError": "away",
    "PostgresError": "fault",
    "FatalPostgresError": "fault",
    "UnknownPostgresError": "fault",
}
"""What the driver says by itself, and the parents of what the server says."""
DIALECT: Any = cast("Any", PGDialect_asyncpg)()
DBAPI: Any = DIALECT.import_dbapi()


def as_sqlalchemy(raw: Exception) -> Exception:
    """Return the error as it leaves a session."""
    try:
        AsyncAdapt_asyncpg_connection._handle_exception_no_connection(DBAPI, raw)
    except DBAPI.Error as translated:
        found = DBAPIError.instance("SELECT 1", (), translated, DBAPI.Error, dialect=DIALECT)
        assert isinstance(found, DBAPIError)
        return found
    except Exception as untranslated:  # noqa: BLE001 - whatever it is, a session lets it through
        return untranslated


def errors() -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(exceptions, inspect.isclass):
        if issubclass(found, Exception) and not issubclass(found, Warning):
            yield found


def kind(error: BaseException) -> str:
    """Return the one kind of an error, or several by comma, which no table allows."""
    is_fault = is_retriable(error) and not (is_away(error) or is_conflict(error))
    told = {
        "data": is_data_fault(error),
        "conflict": is_conflict(error) and not is_away(error),
        "away": is_away(error),
        "fault": is_fault,
    }
    return ",".join(name for name, is_so in told.items() if is_so)


@pytest.mark.parametrize("error", list(errors()), ids=lambda error: error.__name__)
def test_every_error_of_the_driver_is_of_the_kind_that_its_class_says(error: type[Exception]) -> None:
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        expected = WITHOUT_STATE[error.__name__]
    elif issubclass(error, exceptions.InvalidCachedStatementError):
        expected = "away"
    elif state.startswith(NO_ERRORS):
        expected = "fault"
    else:
        expected = kind_of(state)
    raised = as_sqlalchemy(error("text"))

    assert kind(raised) == expected
    assert is_retriable(raised) == (expected != "data")


def test_every_class_of_errors_that_the_driver_knows_is_in_the_table() -> None:
    known = {state[:2] for error in errors() if isinstance(state := getattr(error, "sqlstate", None), str)}
    assert known - set(NO_ERRORS) == set(KINDS)
    assert {code[:2] for code in CODES} == set(KINDS)


def test_a_value_that_the_driver_cannot_encode_is_the_fault_of_the_data() -> None:
    from asyncpg.exceptions import _base

    raised = as_sqlalchemy(_base.DataError("invalid input for query argument $1"))
    assert kind(raised) == "data"
    assert not is_retriable(raised)


@pytest.mark.parametrize(
    ("raised", "expected", "words"),
    [
        (as_sqlalchemy(asyncpg.DiskFullError("x")), StorageFullError, "the disk of the database is full"),
        (PoolTimeoutError("x"), DatabaseBusyError, "every connection of the pool is in use"),
        (
            as_sqlalchemy(exceptions.InvalidCachedStatementError("x")),
            StaleStatementError,
            "a migration changed a prepared statement",
        ),
        (
            as_sqlalchemy(exceptions.OutdatedSchemaCacheError("x")),
            StaleStatementError,
            "a migration changed a prepared statement",
        ),
        (ConnectionRefusedError("postgresql://user:secret@host"), DatabaseAwayError, "the database is away"),
    ],
    ids=["full", "busy", "stale", "cache", "away"],
)
def test_callers_and_operators_are_told_which_outage_it_is(
    raised: Exception, expected: type[DatabaseAwayError], words: str
) -> None:
    assert type(as_away(raised)) is expected
    assert reason(raised) == reason(as_away(raised)) == words


def test_what_is_no_outage_is_named_by_its_code_or_kind_and_no_value() -> None:
    assert reason(as_sqlalchemy(asyncpg.UndefinedTableError("secret"))).endswith("SQLSTATE 42P01")
    assert reason(KeyError("secret")) == "KeyError"
    assert reason(MemoryError()) == "this process has no memory left"


@pytest.mark.parametrize(
    "error", [KeyError("x"), ValueError("x"), FileNotFoundError(2, "gone", "/data.json")]
)
def test_an_error_of_our_own_code_is_not_tried_for_ever(error: Exception) -> None:
    assert not is_retriable(error)
    assert not is_data_fault(error)


def test_want_of_memory_and_a_broken_socket_are_tried_for_ever() -> None:
    for error in (MemoryError(), ConnectionResetError(), TimeoutError()):
        assert is_retriable(error)


def test_the_code_of_a_full_disk_is_an_outage() -> None:
    assert kind_of(DISK_FULL) == "away"
