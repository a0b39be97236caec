"""A replica: the newest fact of each key that another service tells, in a table of ours.

The newest version wins, whatever the order and however often it comes; another payload under a version that
is known cannot be true.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from shared.consumer.codec import Received, Rejected
from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.db.arrays import Columns, key_names

Key = tuple[Any, ...]
Values = dict[str, Any]
"""A row by the names of its columns."""
V = TypeVar("V", bound=Mapping[str, Any])


class Replica:
    """A table of facts, one row of each key, whose `version` and `payload_hash` guard it.

    Every call is one statement, however many rows. `before` names columns whose old values `upsert` returns.
    """

    def __init__(self, table: type[SQLModel], *, before: Sequence[str] = ()) -> None:
        name = str(table.__tablename__)
        self.keys = key_names(table)
        """Names of the key's columns."""
        self.key_of = _picker(self.keys)
        """Picks a key from a row's values."""
        self._columns = Columns.of_table(table)
        self._key = Columns.of_table(table, *self.keys)
        # A joined batch keeps the plan of the empty table and slows down as the table fills; PostgreSQL 18's
        # `old` needs no join. Source: performance.md section 7, trap 2.
        returned = [f"new.{key} AS {key}" for key in self.keys]
        returned += [f"old.{column} AS old_{column}" for column in ("version", *before)]
        self._upsert = text(f"""
            {self._columns.insert(name)}
            {self._columns.replacing(self.keys)} WHERE excluded.version > {name}.version
            RETURNING {", ".join(returned)}
        """)
        self._known = text(f"""
            SELECT {self._key.list}, version, payload_hash FROM {name}
            WHERE ({self._key.list}) IN (SELECT * FROM {self._key.sql})
        """)  # noqa: S608 - own names

    def row(self, received: Received) -> Values:
        """Return the row of a fact whose fields have the names of the columns."""
        names = (name for name in self._columns.names if name != "payload_hash")
        return {name: getattr(received.fact, name) for name in names} | {
            "payload_hash": received.payload_hash
        }

    async def known(self, session: AsyncSession, keys: Sequence[Key]) -> dict[Key, tuple[int, bytes]]:
        """Return version and payload hash of what is stored, by key; no statement when `keys` is empty."""
        if not keys:
            return {}
        found = await session.execute(self._known, self._key.of(keys))
        return {tuple(row[:-2]): (row.version, bytes(row.payload_hash)) for row in found}

    async def upsert(self, session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[Key, Row[Any]]:
        """Write rows that are newer than what is stored and return those, by key; each key at most once.

        A row of the result has the key's columns and `old_version`, None for a key seen for the first time.
        """
        if not rows:
            return {}
        result = await session.execute(self._upsert, self._parameters(rows))
        return {tuple(row[: len(self.keys)]): row for row in result}

    def _parameters(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return self._columns.of_columns([[row[name] for row in rows] for name in self._columns.names])


def newest(
    facts: Iterable[tuple[Received, V]],
    key_of: Callable[[V], Key],
    versions: dict[Key, int],
    hashes: dict[Key, bytes],
    *,
    counted: Callable[[V], Key] | None = None,
) -> tuple[dict[Key, tuple[Received, V]], list[Rejected]]:
    """Return by key the newest of facts that are newer than what is stored, and the records in conflict.

    `versions` are the stored ones by key, `hashes` the payload hashes known by `(*counted(values), version)`,
    where `counted` picks what a version counts, the key unless said otherwise. Both are brought up to date.
    """
    counted = counted or key_of
    found: dict[Key, tuple[Received, V]] = {}
    rejected: list[Rejected] = []
    for fact in facts:
        received, values = fact
        version, payload_hash = values["version"], values["payload_hash"]
        if hashes.setdefault((*counted(values), version), payload_hash) != payload_hash:
            rejected.append(Rejected(received, DeadLetterReason.PAYLOAD_CONFLICT))
            continue
        key = key_of(values)
        if version > versions.get(key, 0):
            versions[key] = version
            found[key] = fact
    return found, rejected


async def fold_replica(
    session: AsyncSession,
    records: Sequence[Received],
    contract: type[EventData],
    replica: Replica,
    row: Callable[[Received], Values] | None = None,
) -> Sequence[Rejected]:
    """Keep the newest fact of each key; returns the records that are no such fact or in conflict.

    `row` makes a fact a row where not every column is a field of it.
    """
    make = row or replica.row
    facts = [(one, make(one)) for one in records if issubclass(one.contract, contract)]
    others = [one for one in records if not issubclass(one.contract, contract)]
    rejected = [Rejected(one, DeadLetterReason.UNEXPECTED_TYPE) for one in others]
    stored = await replica.known(session, [replica.key_of(values) for _, values in facts])
    versions = {key: version for key, (version, _) in stored.items()}
    hashes = {(*key, version): payload_hash for key, (version, payload_hash) in stored.items()}
    found, conflicts = newest(facts, replica.key_of, versions, hashes)
    await replica.upsert(session, [values for _, values in found.values()])
    return [*rejected, *conflicts]


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Key]:
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)
