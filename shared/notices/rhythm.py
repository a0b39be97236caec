"""When notices may leave: how long fellows are waited for, on which weekday, and at which hours never."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from shared.kernel import Zone


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How notices of a kind leave; one person's notices of one rhythm become one mail.

    `gather` is how long the first waits for others. With `weekday` (1 is Monday) and `hour` all wait for that
    moment of the week. `quiet` is from when until when nothing leaves, also across midnight. Hours are those
    of the zone that a notice names. A mail that is refused for good is tried `refused_tries` times all the
    same: where much depends on its arrival, a server's rules of a day are no last word.
    """

    name: str
    gather: timedelta = timedelta(0)
    weekday: int | None = None
    hour: time = time()
    quiet: tuple[time, time] | None = None
    refused_tries: int = 1

    def due(self, now: datetime, zone: Zone) -> datetime:
        """Return when a notice that is queued at `now` becomes due, in UTC."""
        moment = now + self.gather
        if self.weekday is not None:
            local = moment.astimezone(zone.tz)
            days = (self.weekday - local.isoweekday()) % 7
            chosen = datetime.combine(local.date() + timedelta(days=days), self.hour, zone.tz)
            moment = chosen if chosen >= local else chosen + timedelta(days=7)
        return self.opens(moment, zone)

    def opens(self, moment: datetime, zone: Zone) -> datetime:
        """Return the first moment from `moment` on that is not in the quiet hours, in UTC."""
        if self.quiet is None:
            return moment.astimezone(UTC)
        begins, ends = self.quiet
        local = moment.astimezone(zone.tz)
        at = local.timetz().replace(tzinfo=None)
        is_overnight = ends <= begins
        is_quiet = (at >= begins or at < ends) if is_overnight else begins <= at < ends
        if not is_quiet:
            return moment.astimezone(UTC)
        days = 1 if is_overnight and at >= begins else 0
        return datetime.combine(local.date() + timedelta(days=days), ends, zone.tz).astimezone(UTC)
