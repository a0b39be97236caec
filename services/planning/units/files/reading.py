"""From a file of units to its lines: every header and every cell checked, all findings at once."""

import asyncio

from services.planning.spreadsheets.grid import Grid
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.listing import Finding, Listing, Row, read_listing
from services.planning.spreadsheets.listing_reader import read_listing_file
from services.planning.units.files.columns import LAYOUT
from services.planning.units.files.domain import Line, UnitFile
from shared.held import in_thread

MOST_UNITS = 20_000


def unit_file_limits(*, packed_bytes: int, seconds: int) -> Limits:
    """Return the limits of a file of units: long and narrow."""
    return Limits(packed_bytes=packed_bytes, seconds=seconds, rows=MOST_UNITS + 1, columns=15)


class UnitFileReader:
    """Reads files of units, only so many at a time, of at most `packed_bytes` each."""

    def __init__(self, *, packed_bytes: int, seconds: int, at_once: int) -> None:
        self.packed_bytes = packed_bytes
        self._limits = unit_file_limits(packed_bytes=packed_bytes, seconds=seconds)
        self._gate = asyncio.Semaphore(at_once)

    async def read(self, content: bytes) -> UnitFile:
        """Return what a file says; never raises for what is in it."""
        async with self._gate:
            return await in_thread(read_unit_file, content, self._limits)


def read_unit_file(content: bytes, limits: Limits) -> UnitFile:
    """Read an xlsx or csv file of units. Never raises for what is in the file; blocks, so use a thread."""
    return _file(read_listing_file(content, limits, LAYOUT))


def interpret(grid: Grid) -> UnitFile:
    """Read the cells of a sheet: the first filled row holds the headers, every later one a unit."""
    return _file(read_listing(grid, LAYOUT))


def _file(listing: Listing) -> UnitFile:
    named = [row for row in (*listing.rows, *listing.faulty) if "unit_id" in row.given]
    circles = {row.number: found for row in named if (found := _own_parent(row, listing)) is not None}
    faulty = {row.number for row in listing.faulty} | circles.keys()
    return UnitFile(
        lines=tuple(_line(row) for row in named if row.number not in faulty),
        findings=(*listing.findings, *circles.values()),
        columns=listing.columns,
        faulty=tuple(_line(row) for row in named if row.number in faulty),
        further=listing.further,
        warnings=listing.warnings,
    )


def _own_parent(row: Row, listing: Listing) -> Finding | None:
    """Return the finding of a unit that would stand below itself."""
    parent = row.given.get("parent_id")
    if parent is None or parent != row.given.get("unit_id"):
        return None
    said = "Unit tidak dapat menjadi induknya sendiri."
    return Finding("parent_cycle", said, row.number, listing.columns["parent_id"])


def _line(row: Row) -> Line:
    given = dict(row.given)
    return Line(row.number, given.pop("unit_id"), given)
