"""The newest fact of each key, held in memory behind the guards of the live fold.

What the live fold asks the database about one record, these answer from memory: is it newer, does another
payload stand under its version? They do so record by record, as a live consumer whose batches hold one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple, cast
from uuid import UUID

from services.scoring import tables
from services.scoring.domain.sheets import UnitYear
from shared.consumer.codec import Received
from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.survey import ThresholdChanged
from shared.db.arrays import key_names

Moved = tuple[datetime, UUID]
"""Time and id of the event that last moved something."""


class Kept(NamedTuple):
    """A fact as it is held until its row is needed.

    The payload stays as it came, 400 bytes instead of 2,000 of a model: most facts are replaced before
    anybody needs their row.
    """

    version: int
    value: bytes | None
    model: type[EventData]
    at: Moved
    partition: int
    offset: int

    def received(self) -> Received:
        """Return the fact as the consumer hands it to the fold; its payload was checked when it came."""
        data = self.model.model_validate_json(self.value or b"")
        record = _Payload(self.model.topic, self.partition, self.offset, self.value)
        return Received(Event(data, "", *self.at), record)


class _Payload(NamedTuple):
    """What is left of a record: its place and its payload."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    timestamp: int = 0
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


class Newest:
    """Facts of one table whose version counts the fact itself.

    `moved` names by unit year the event that last changed a fact there, `seen` the unit years of all others.
    """

    def __init__(self, table: type[tables.Fact], year: str | None = "year") -> None:
        self.table = table
        self.kept: dict[object, Kept] = {}
        self.moved: dict[UnitYear, Moved] = {}
        self.seen: set[UnitYear] = set()
        self._key_of = attrgetter(*key_names(table))
        self._year_of = attrgetter(year) if year else None

    def take(self, received: Received) -> bool:
        """Hold the fact if it is newer; False when it contradicts the one that is held."""
        event, record = received.event, received.record
        data = event.data
        key, version = self._key_of(data), data.version
        old = self.kept.get(key)
        is_newer = old is None or version > old.version
        if is_newer:
            at = event.time, event.id
            self.kept[key] = Kept(version, record.value, type(data), at, record.partition, record.offset)
        if self._year_of is not None:
            unit_year = data.unit_id, self._year_of(data)
            if is_newer:
                self.moved[unit_year] = at
            else:
                self.seen.add(unit_year)
        return is_newer or old is None or version < old.version or old.value == record.value

    def releasable(self) -> int:
        """Return how many facts are held that may be released before the end."""
        return len(self.kept)

    def release(self, *, is_end: bool) -> Mapping[object, Kept]:  # noqa: ARG002 - answers ask
        """Return what is held by its key, and hold it no longer."""
        kept, self.kept = self.kept, {}
        return kept


class Thresholds(Newest):
    """Newest thresholds of each campaign, and by predicate what was last said of it, if not in these."""

    def __init__(self) -> None:
        super().__init__(tables.ThresholdRow)
        self.by_predicate: dict[tuple[str, str], Kept] = {}

    def take(self, received: Received) -> bool:
        is_true = super().take(received)
        data = cast(ThresholdChanged, received.data)
        kept = self.kept[data.campaign_id]
        if kept.version == data.version and kept.value == received.record.value:
            self.by_predicate |= {(data.campaign_id, entry.predicate): kept for entry in data.predicates}
        return is_true

    def judged(self) -> Iterable[tuple[ThresholdChanged, datetime]]:
        """Yield what was said last of each predicate, with its time, and forget it."""
        for (_, predicate), kept in self.by_predicate.items():
            data = cast(ThresholdChanged, kept.received().data)
            entries = [entry for entry in data.predicates if entry.predicate == predicate]
            yield data.model_copy(update={"predicates": entries}), kept.at[0]
        self.by_predicate.clear()


class Answers(Newest):
    """Newest answer of each item and layer; their version counts the worksheet of a unit's year.

    They are held to the end of a log: a version that stands under another item is a contradiction too.
    """

    def __init__(self) -> None:
        super().__init__(tables.AnswerRow)
        self._last: dict[UnitYear, int] = {}
        self._standing: dict[tuple[str, int, int], bytes | None] = {}

    def take(self, received: Received) -> bool:
        event, record = received.event, received.record
        data = cast(WorksheetAnswered, event.data)
        unit_id, year, version, value = data.unit_id, data.year, data.version, record.value
        unit_year, key = (unit_id, year), self._key_of(data)
        old = self.kept.get(key)
        if version > self._last.get(unit_year, 0):
            self._last[unit_year] = version
        elif self._standing.get((unit_id, year, version), value) != value:
            return False
        elif old is not None and version <= old.version:
            return True
        if old is not None:
            del self._standing[unit_id, year, old.version]
        at = event.time, event.id
        self._standing[unit_id, year, version] = value
        self.kept[key] = Kept(version, value, type(data), at, record.partition, record.offset)
        self.moved[unit_year] = at
        return True

    def releasable(self) -> int:
        return 0

    def release(self, *, is_end: bool) -> Mapping[object, Kept]:
        return super().release(is_end=is_end) if is_end else {}
