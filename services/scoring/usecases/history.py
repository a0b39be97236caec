"""The year of a unit's score as a story: day by day, between two dates, and beside another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.comparison import Comparison, compare
from services.scoring.domain.history import Between, Day, Turn, between, days, turns
from services.scoring.domain.sheets import LAYERS, Layer
from services.scoring.store import history
from services.scoring.usecases.reading import KnownYear, known_year
from shared.kernel import DomainError, Zone
from shared.security import Principal


class DaysTurnedError(DomainError):
    """The last day asked for lies before the first."""

    code = "days_turned"


@dataclass(frozen=True, slots=True)
class History:
    """A layer's year: its days, the gates of the target that turned, and what changed on the days asked.

    `first` and `last` are those days where the unit is, both of them counted; `layers` ever had a score. The
    effective layer alone has causes.
    """

    found: KnownYear
    layer: Layer
    layers: Sequence[Layer]
    days: Sequence[Day]
    turns: Sequence[Turn]
    first: date
    last: date
    between: Between


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    found: KnownYear
    layer: Layer

    @property
    def is_scored(self) -> bool:
        """Whether anybody ever answered in this layer."""
        written: tuple[Layer, ...] = ("live", "unit") if self.layer == "live" else (self.layer,)
        return any(self.found.answers.get(layer) for layer in written)


async def history_of(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    year: int,
    layer: Layer = "effective",
    first: date | None = None,
    last: date | None = None,
) -> History:
    """Tell a layer's year; days left out are the first that is told of, and today or the last told of.

    No day lies ahead: the last one asked is today at most. Raises `NotFoundError` as `known_year`,
    `DaysTurnedError` for a last day before the first.
    """
    found = await known_year(session, actor, unit_id, year)
    zone, key = Zone(found.unit["zone"]), history.Key(unit_id, year, layer)
    told = days(await history.last_of_days(session, key, zone), zone.tz)
    today = found.as_of.astimezone(zone.tz).date()
    if first is not None and last is not None and last < first:
        raise DaysTurnedError("Tanggal akhir harus sama dengan atau setelah tanggal awal.", field="last")
    begin = told[0].day if told else min(today, date(year, 1, 1))
    last = min(last or (told[-1].day if told and not found.is_present else today), today)
    first = min(first or begin, last)
    start, end = _begins(first, zone), _begins(last + timedelta(days=1), zone)
    before, moments = await history.story(session, key, start, end)
    known = await history.layers(session, unit_id, year)
    floors = {gate.code: gate.floor for gate in found.rules.of(found.target or "WBK")}
    return History(
        found,
        layer,
        [one for one in LAYERS if one in known],
        told,
        turns(told, floors),
        first,
        last,
        between(before, moments, has_causes=layer == "effective"),
    )


def _begins(day: date, zone: Zone) -> datetime:
    return datetime.combine(day, time(), zone.tz)


async def compared(
    session: AsyncSession, actor: Principal, one: tuple[str, int, Layer], other: tuple[str, int, Layer]
) -> tuple[Side, Side, Comparison]:
    """Compare two layers, years or units: unit, year and layer of each; `NotFoundError` as `known_year`."""
    sides = [Side(await known_year(session, actor, *where[:2]), where[2]) for where in (one, other)]
    before, after = sides
    return before, after, compare(before.found.score(before.layer), after.found.score(after.layer))
