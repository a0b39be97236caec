"""The newest fact of each key, held in memory behind the guards of the live fold.

What the live fold asks the database about one record, these answer from memory: is it newer, does another
payload stand under its version? They do so record by record, as a live consumer whose batches hold one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import cast

import msgspec

from services.scoring import tables
from services.scoring.domain.answers import is_same, pack
from services.scoring.domain.sheets import UnitYear
from shared.consumer.codec import Received
from shared.contracts.survey import ThresholdChanged
from shared.db.arrays import key_names

Moved = tuple[datetime, str]
"""Time and id of the event that last moved something."""


class Payload(msgspec.Struct, gc=False):
    """What is held of a record: its place and its payload. Headers and the rest took half of the memory."""

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
        self.kept: dict[object, Received] = {}
        self.moved: dict[UnitYear, Moved] = {}
        self.seen: set[UnitYear] = set()
        self._key_of = attrgetter(*key_names(table))
        self._year_of = attrgetter(year) if year else None

    def take(self, received: Received) -> bool:
        """Hold the fact if it is newer; False when it contradicts the one that is held."""
        fact = received.fact
        key = self._key_of(fact)
        old = self.kept.get(key)
        is_newer = old is None or fact.version > old.fact.version
        if is_newer:
            record = received.record
            received.record = Payload(record.topic, record.partition, record.offset, record.value)
            self.kept[key] = received
        if self._year_of is not None:
            unit_year = fact.unit_id, self._year_of(fact)
            if is_newer:
                self.moved[unit_year] = received.time, received.id
            else:
                self.seen.add(unit_year)
        return is_newer or old is None or fact.version < old.fact.version or _is_told_so(old, received)

    def release(self) -> Mapping[object, Received]:
        """Return what is held by its key, and hold it no longer."""
        kept, self.kept = self.kept, {}
        return kept


class Thresholds(Newest):
    """Newest thresholds of each campaign, and by predicate what was last said of it, if not in these.

    What is no newer than what was written says nothing of a predicate, though a newer one may follow it.
    """

    def __init__(self) -> None:
        super().__init__(tables.ThresholdRow)
        self.by_predicate: dict[tuple[str, str], Received] = {}
        self._written: dict[object, int] = {}

    def take(self, received: Received) -> bool:
        is_true = super().take(received)
        fact = received.fact
        kept = self.kept[fact.campaign_id]
        is_newest = self._written.get(fact.campaign_id, 0) < fact.version == kept.fact.version
        if is_newest and _is_told_so(kept, received):
            self.by_predicate |= {(fact.campaign_id, entry.predicate): kept for entry in fact.predicates}
        return is_true

    def release(self) -> Mapping[object, Received]:
        kept = super().release()
        for key, one in kept.items():
            self._written[key] = max(one.fact.version, self._written.get(key, 0))
        return kept

    def judged(self) -> Iterable[tuple[ThresholdChanged, datetime]]:
        """Yield what was said last of each predicate, with its time, and forget it."""
        for (_, predicate), kept in self.by_predicate.items():
            data = cast(ThresholdChanged, kept.data)
            entries = [entry for entry in data.predicates if entry.predicate == predicate]
            yield data.model_copy(update={"predicates": entries}), kept.time
        self.by_predicate.clear()


class Worksheet:
    """Newest answer of each item and layer of a unit's year; their version counts the worksheet.

    What an answer is judged by are these alone, as live after the journal was merged. A live consumer that
    still knew what was superseded may have buried more; that is told to a rebuild.
    """

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], Received] = {}
        self._standing: dict[int, Received] = {}

    def take(self, received: Received) -> bool:
        """Hold the answer if it is newer; False when its version stands and says something else."""
        fact = received.fact
        standing = self._standing.get(fact.version)
        if standing is not None:
            return is_same(pack(standing), pack(received))
        key = fact.layer, fact.item_code
        old = self._newest.get(key)
        if old is not None:
            if fact.version < old.fact.version:
                return True
            del self._standing[old.fact.version]
        self._newest[key] = self._standing[fact.version] = received
        return True

    def answers(self) -> Iterable[Received]:
        """Return what is held."""
        return self._newest.values()


class Answers:
    """The worksheets of logs. They are held to the end: a version may come back under another item."""

    def __init__(self) -> None:
        self.worksheets: dict[UnitYear, Worksheet] = {}

    def take(self, received: Received) -> bool:
        """Hold the answer if it is newer; False when it contradicts what is held."""
        unit_year = received.fact.unit_id, received.fact.year
        worksheet = self.worksheets.get(unit_year)
        if worksheet is None:
            worksheet = self.worksheets[unit_year] = Worksheet()
        return worksheet.take(received)


def _is_told_so(one: Received, other: Received) -> bool:
    return one.record.value == other.record.value
