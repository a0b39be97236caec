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


def waiting(columns: str, limit: int) -> str:
    """Return the statement for the first rows by position that wait and are not parked.

    Three questions, each answered by an index: what waits by itself, what follows the pointer, and what lies
    in a gap before it. The limit within a gap keeps the planner from reading all rows and looking for each
    whether it lies in one.
    """
    return f"""
        (
            SELECT {columns} FROM outbox WHERE published_at IS NULL AND parked_at IS NULL
            ORDER BY position LIMIT {limit}
        ) UNION ALL (
            SELECT {columns} FROM outbox
            WHERE published_at = '-infinity' AND position >= (
                SELECT lower(span) FROM outbox_pointer, unnest(waiting) AS span WHERE upper_inf(span)
            )
            ORDER BY position LIMIT {limit}
        ) UNION ALL (
            SELECT late.* FROM outbox_pointer, unnest(waiting) AS span, LATERAL (
                SELECT {columns} FROM outbox
                WHERE published_at = '-infinity' AND position >= lower(span) AND position < upper(span)
                ORDER BY position LIMIT {limit}
            ) AS late
            WHERE NOT upper_inf(span) ORDER BY position LIMIT {limit}
        )
        ORDER BY position LIMIT {limit}
    """  # noqa: S608 - own text


# From then on rows are written as `-infinity`; false while somebody reads the outbox for long.
_BEGIN = text("SELECT zi_outbox_begin_pointing()")
_OLDEST = text("SELECT cast(cast(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_SENT, _OVER, _FOUND = (
    f"cast(cast(:{name} AS text) AS int8multirange)" for name in ("sent", "over", "found")
)
_MOVE = text(f"""
    UPDATE outbox_pointer SET waiting = waiting - {_SENT} - ({_OVER} - {_FOUND})
    RETURNING cast(cast(pg_current_xact_id() AS text) AS bigint) AS moved_by,
              (SELECT cast(range_agg(span) AS text) FROM unnest(waiting) AS span WHERE NOT upper_inf(span))
                  AS gaps
""")  # noqa: S608 - own text


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
        self._is_begun = False
        self._gaps: _Gaps | None = None
        self._over = ""

    async def begin(self) -> None:
        """Begin to point if that is not done yet, and look what gaps the holder before has left."""
        if not self._is_begun:
            self._is_begun = bool((await self._right.execute(_BEGIN))[0][0])
            if self._is_begun:
                await self.move((), ())

    async def look_at_gaps(self) -> None:
        """Find out, before rows are read, whether nobody can fill the gaps any more: then they show all."""
        self._over = ""
        if self._gaps is not None:
            oldest = (await self._right.execute(_OLDEST))[0][0]
            if oldest >= self._gaps.noted_by:
                self._over = self._gaps.ranges

    @property
    def has_news(self) -> bool:
        """Tell whether gaps can be closed though nothing was sent."""
        return bool(self._over)

    async def move(self, sent: Sequence[int], found: Sequence[int], *, are_all: bool = False) -> None:
        """Take out what was sent, and of gaps that are over whatever was not found in them.

        `found` are the positions of all rows that were read, `are_all` tells that no more were there to read;
        both in order.
        """
        over = self._over if are_all else ""
        rows: Sequence[Any] = await self._right.execute(
            _MOVE, {"sent": ranges(sent), "over": over or "{}", "found": ranges(found) if over else "{}"}
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
