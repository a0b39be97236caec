"""Read files of people, only so many at a time."""

import asyncio

from services.planning.people.files.columns import LAYOUT
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.listing import Listing
from services.planning.spreadsheets.listing_reader import read_listing_file
from shared.held import in_thread

MOST_PEOPLE = 20_000


class PeopleFileReader:
    """Reads files of people, only so many at a time, of at most `packed_bytes` each."""

    def __init__(self, *, packed_bytes: int, seconds: int, at_once: int) -> None:
        self.packed_bytes = packed_bytes
        self._limits = Limits(packed_bytes=packed_bytes, seconds=seconds, rows=MOST_PEOPLE + 1, columns=15)
        self._gate = asyncio.Semaphore(at_once)

    async def read(self, content: bytes) -> Listing:
        """Return what a file says; never raises for what is in it."""
        async with self._gate:
            return await in_thread(read_listing_file, content, self._limits, LAYOUT)
