"""The timer of maps: each year their review begins by itself."""

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from services.complaints.integrity.usecases import maps
from shared.db import Database
from shared.process.jobs import Repeating

HOUR_SECONDS = 3600.0
HELD_SECONDS = 5.0


class MapYears:
    """Opens the review of each map once its unit's year has begun."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine

    def worker(self) -> Repeating:
        """Return the worker that opens them."""
        return Repeating("map_years", "job", self.step)

    async def step(self) -> float:
        """Open some; return the seconds until the next step, 0 while there may be more."""
        try:
            async with self._db.transaction() as session:
                opened = await maps.open_years(session, self._engine)
        except ClockHeldError:
            return HELD_SECONDS
        return 0.0 if opened == maps.YEARS_OF_A_STEP else HOUR_SECONDS
