"""Which rows wait: ranges of positions in one row of their own, so that sending an event rewrites no row.

| `published_at` | the row |
|---|---|
| NULL | waits, or is parked: what is published again, what was released, what is older than this |
| `-infinity` | waits while its position is among `outbox_pointer.waiting`; written so by default |
| a moment | is published, and was marked by itself |

`waiting` begins as all positions to come. What was sent is taken out of it, nothing else: a position that is
seen late, because others committed before it, is still among it. So is one whose transaction was rolled back,
until it is known that no such row will come. ADR 0036.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from shared.outbox.right import Right

WAITS = """(published_at IS NULL OR published_at = '-infinity'
    AND coalesce(position <@ (SELECT waiting FROM outbox_pointer), false))"""
"""Tells of a row of the outbox whether it waits or is parked; to stand in a statement that reads many."""

BY_ITSELF = """published_at = NULL, headers = coalesce(headers, CASE
    WHEN ce_source IS NOT NULL AND ce_time IS NOT NULL
    THEN zi_outbox_headers(id, ce_source, type, ce_time, aggregateid, version, traceparent)
END)"""
"""Makes a row of the outbox wait by itself; to stand after SET.

The relay of the release before may get the right during a roll. It reads such rows, and headers as stored.
"""


GAPS = 10_000
"""So many gaps are looked into at once: each costs a look into every partition, a statement has 5 s.

More come about only while a transaction is open for long and thousands of others are rolled back. What
follows the first one left out waits then until it ends: an earlier event of its key may lie in that one.
"""
_LEFT_OUT = f"""(
    SELECT lower(span) FROM unnest(waiting) AS span WHERE NOT upper_inf(span)
    ORDER BY span OFFSET {GAPS} LIMIT 1
)"""  # noqa: S608 - own text


def waiting(columns: str, limit: int, *, in_order: bool = True) -> str:
    """Return the statement for the first rows by position that wait and are not parked.

    Three questions, each answered by an index: what waits by itself, what follows the pointer, and what lies
    in a gap before it. The limit within a gap keeps the planner from reading all rows and looking for each
    whether it lies in one. No row is told that follows a gap that was left out, unless not `in_order`.
    """
    end = "coalesce((SELECT low FROM left_out), 9223372036854775807)" if in_order else "9223372036854775807"
    return f"""
        WITH left_out AS MATERIALIZED (SELECT {_LEFT_OUT} AS low FROM outbox_pointer)
        (
            SELECT {columns} FROM outbox
            WHERE published_at IS NULL AND parked_at IS NULL AND position < {end}
            ORDER BY position LIMIT {limit}
        ) UNION ALL (
            SELECT {columns} FROM outbox
            WHERE published_at = '-infinity' AND position >= (
                SELECT lower(span) FROM outbox_pointer, unnest(waiting) AS span WHERE upper_inf(span)
            ) AND position < {end}
            ORDER BY position LIMIT {limit}
        ) UNION ALL (
            SELECT late.* FROM (
                SELECT span FROM outbox_pointer, unnest(waiting) AS span
                WHERE NOT upper_inf(span) ORDER BY span LIMIT {GAPS}
            ) AS gap, LATERAL (
                SELECT {columns} FROM outbox
                WHERE published_at = '-infinity' AND position >= lower(span) AND position < upper(span)
                ORDER BY position LIMIT {limit}
            ) AS late
            ORDER BY position LIMIT {limit}
        )
        ORDER BY position LIMIT {limit}
    """  # noqa: S608 - own text


# From then on rows are written as `-infinity`; false while somebody reads the outbox for long.
_BEGIN = text("SELECT zi_outbox_begin_pointing()")
_NEXT_POSITIONS = text("""
    SELECT last_value + cast(is_called AS int) AS next, (
        SELECT lower(span) FROM outbox_pointer, unnest(waiting) AS span WHERE upper_inf(span)
    ) AS passed
    FROM outbox_position
""")
_OLDEST = text("SELECT cast(cast(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_SENT, _OVER, _FOUND = (
    f"cast(cast(:{name} AS text) AS int8multirange)" for name in ("sent", "over", "found")
)
# `waiting` is here what it was when the rows were read.
_READ = f"""int8multirange(
    int8range(NULL, least(cast(:last AS bigint), {_LEFT_OUT} - 1), '[]')
)"""
_MOVE = text(f"""
    UPDATE outbox_pointer SET waiting = waiting - {_SENT} - ({_OVER} * {_READ} - {_FOUND})
    RETURNING cast(cast(pg_current_xact_id() AS text) AS bigint) AS moved_by, (
        SELECT cast(range_agg(span) AS text) FROM (
            SELECT span FROM unnest(waiting) AS span WHERE NOT upper_inf(span) ORDER BY span LIMIT {GAPS}
        ) AS gap
    ) AS gaps
""")  # noqa: S608 - own text


class SequenceBehindError(Exception):
    """The sequence of positions was set back: what is written now counts as sent already."""

    def __init__(self, following: int, passed: int) -> None:
        super().__init__(
            f"the sequence outbox_position gives {following} next, but all before {passed} counts as sent: "
            f"say SELECT setval('outbox_position', {passed}) as its owner, then `zi outbox reconcile`"
        )


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Ranges before the pointer in which no row is seen, and the transaction that noted them.

    A position is given after its transaction has a number (the trigger `outbox_numbered` sees to that) and
    before any higher one. So whoever may still fill a gap has a lower number than the one that noted it.
    """

    ranges: str
    noted_by: int


class Pointer:
    """The pointer in the hands of the holder of the right: nobody else moves it."""

    def __init__(self, right: Right) -> None:
        self._right = right
        self._was_tried = False
        self._is_begun = False
        self._gaps: _Gaps | None = None
        self._over = ""

    async def begin(self) -> None:
        """Begin to point if that is not done yet, and look what gaps the holder before has left.

        Done before anything is sent: a session that is cut while it prepares a statement is not idle to the
        server, so its right ends by the network's keepalives alone.

        Raises `SequenceBehindError`.
        """
        self._was_tried = True
        if not self._is_begun:
            self._is_begun = bool((await self._right.execute(_BEGIN))[0][0])
            if self._is_begun:
                await self.move(())
        if self._is_begun:
            positions: Sequence[Any] = await self._right.execute(_NEXT_POSITIONS)
            for following, passed in positions:
                if following < passed:
                    raise SequenceBehindError(following, passed)

    async def look_at_gaps(self) -> None:
        """Find out, before rows are read, whether nobody can fill the gaps any more: then they show all."""
        self._over = ""
        if not self._was_tried:
            await self.begin()
        if self._gaps is not None:
            oldest = (await self._right.execute(_OLDEST))[0][0]
            if oldest >= self._gaps.noted_by:
                self._over = self._gaps.ranges

    @property
    def has_news(self) -> bool:
        """Tell whether gaps can be closed though nothing was sent."""
        return bool(self._over)

    async def move(
        self, sent: Sequence[int], found: Sequence[int] | None = None, *, last: int | None = None
    ) -> None:
        """Take out what was sent or put aside, and of gaps that are over whatever was not found in them.

        `found` are the positions of all rows that were read, in order: all that were there up to `last`, or
        with None as far as gaps are looked into. Without `found` no gap is closed.
        """
        over = "" if found is None else self._over
        rows: Sequence[Any] = await self._right.execute(
            _MOVE,
            {
                "sent": ranges(sent),
                "over": over or "{}",
                "last": last,
                "found": ranges(found or ()) if over else "{}",
            },
        )
        self._over = ""
        for moved_by, gaps in rows:
            if gaps is None:
                self._gaps = None
            elif self._gaps is None or over:
                self._gaps = _Gaps(gaps, moved_by)


def ranges(positions: Sequence[int]) -> str:
    """Return positions, which rise, as PostgreSQL reads a multirange."""
    if not positions:
        return "{}"
    first, last = positions[0], positions[-1]
    if last - first == len(positions) - 1:
        return f"{{[{first},{last}]}}"
    spans, start, before = [], first, first
    for position in positions[1:]:
        if position != before + 1:
            spans.append(f"[{start},{before}]")
            start = position
        before = position
    return "{" + ",".join([*spans, f"[{start},{before}]"]) + "}"
