"""Fold some logs in memory and write what is left of them: each fact once, in its last version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import tables
from services.scoring.consumer import SERVICE
from services.scoring.domain.sheets import UnitYear
from services.scoring.events import FACTS, SOURCE, row
from services.scoring.rebuilding.answers import write_answers
from services.scoring.rebuilding.buried import Buried
from services.scoring.rebuilding.kept import Answers, Moved, Newest, Thresholds
from services.scoring.store import rebuilding as store
from services.scoring.usecases.fold import YEARLESS, fault, is_judged
from services.scoring.usecases.surveys import tell_surveys
from shared.consumer import dead_letters, watermark
from shared.consumer.batch import HaltError, refuse_gap
from shared.consumer.codec import Bad, Received, Record, decode_all
from shared.contracts.complaints import CaseFact
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import ProgrammeCreated, WorksheetAnswered
from shared.contracts.survey import ThresholdChanged
from shared.kafka.client import Partition, Unreadable
from shared.kernel import UNASSIGNED_UNIT

log = structlog.get_logger(__name__)

MOST_BAD = 2000
"""Dead letters held at once: each keeps its whole record, 4 kB."""
WORKSHEETS_AT_ONCE = 50
"""Worksheets of one statement: some 15,000 answers."""


@dataclass(slots=True)
class Gathered:
    """What logs held, and what they leave to be done once every log is in.

    `counted` are unit years with answers or a programme, `cases` those where a case counted at some time,
    with the event that last moved one, `shown` those that are only mentioned. `doubts` are places of records
    whose version another log brought with another payload.
    """

    records: int = 0
    counted: set[UnitYear] = field(default_factory=set)
    cases: dict[UnitYear, Moved] = field(default_factory=dict)
    shown: set[UnitYear] = field(default_factory=set)
    doubts: list[tuple[Partition, int]] = field(default_factory=list)

    def add(self, other: "Gathered") -> None:
        self.records += other.records
        self.counted |= other.counted
        self.shown |= other.shown
        self.doubts += other.doubts
        for unit_year, moved in other.cases.items():
            self.cases[unit_year] = max(moved, self.cases.get(unit_year, moved))


class Shard:
    """Logs that are folded together; what a unit's answers are judged by lies in one of them.

    What the live consumer buried does not count here either.
    """

    def __init__(self, starts: Mapping[Partition, int], dead: Buried) -> None:
        self.gathered = Gathered()
        self.bad: list[Bad] = []
        self._next = dict(starts)
        self._last: dict[Partition, Record | Unreadable] = {}
        self._dead = dead
        self._answers = Answers()
        self._thresholds = Thresholds()
        own: Mapping[str, Newest] = {
            CaseFact.topic: Newest(tables.ComplaintCaseRow, "period_year"),
            ThresholdChanged.topic: self._thresholds,
        }
        self._facts = {
            topic: own.get(topic) or Newest(table, None if table in YEARLESS else "year")
            for topic, (table, _) in FACTS.items()
        }
        self._takers: Mapping[str, Newest | Answers] = {
            **self._facts,
            WorksheetAnswered.topic: self._answers,
        }

    def releasable(self) -> int:
        """Return how many facts are held that could be written and forgotten."""
        return sum(len(facts.kept) for facts in self._facts.values())

    def take(self, batch: Sequence[Record | Unreadable]) -> None:
        """Fold records in order; raises as `apply_batch` at a gap and at what cannot be read."""
        for place, records in _runs(batch):
            first = records[0]
            start = first.first if isinstance(first, Unreadable) else first.offset
            refuse_gap(place, start, self._next[place])
            self._fold(self._takers[place[0]], records)
            self._last[place] = last = records[-1]
            self._next[place] = last.offset + 1

    def _fold(self, facts: Newest | Answers, records: Sequence[Record | Unreadable]) -> None:
        """Take the facts of one topic's records, and set aside what is no fact."""
        self.gathered.records += len(records)
        read = [record for record in records if not isinstance(record, Unreadable)]
        if len(read) < len(records):
            self.bad += [self._passed_by(record) for record in records if isinstance(record, Unreadable)]
        first, take = records[0], facts.take
        must_ask = is_judged(first.topic) or self._dead.lie_in(first.topic, first.partition)
        for item in decode_all(read):
            if isinstance(item, Received):
                reason = self._refusal(item) if must_ask else None
                if reason is None:
                    if take(item):
                        continue
                    reason = DeadLetterReason.PAYLOAD_CONFLICT
                self.bad.append(Bad(item.record, reason))
            else:
                self.bad.append(item)

    def _passed_by(self, record: Unreadable) -> Bad:
        if self._dead.reason(record) != DeadLetterReason.UNREADABLE:
            raise HaltError("unreadable", str(record))
        self.gathered.records -= 1
        return Bad(record, DeadLetterReason.UNREADABLE)

    def _refusal(self, received: Received) -> DeadLetterReason | None:
        """Return why a fact does not count: as the live consumer said, or because it cannot be true."""
        if said := self._dead.reason(received.record):
            return said
        try:
            found = fault(received)
        except Exception:
            log.exception("fold_failed", topic=received.record.topic, offset=received.record.offset)
            return DeadLetterReason.FOLD_FAILED
        return None if found is None else DeadLetterReason(found)

    def forget(self) -> None:
        """Hold nothing any longer: somebody else writes it."""
        self.bad.clear()
        for facts in self._facts.values():
            facts.release()

    async def bury(self, session: AsyncSession) -> None:
        """Write the dead letters."""
        await dead_letters.keep(session, SERVICE, self.bad, source=SOURCE)
        self.bad.clear()

    async def write(self, session: AsyncSession, *, is_end: bool) -> None:
        """Write what is held and move the watermarks behind it, those of answers at the end alone."""
        if is_end:
            await self._write_answers(session)
        await self.bury(session)
        for facts in self._facts.values():
            lost = await self._write(session, facts, facts.release())
            if facts is self._thresholds:
                judged = [one for one in self._thresholds.judged() if one[0].campaign_id not in lost]
                await tell_surveys(session, judged, is_silent=True)
        written = [one for one in self._last.values() if is_end or one.topic != WorksheetAnswered.topic]
        await watermark.move(session, SERVICE, written)

    async def _write_answers(self, session: AsyncSession) -> None:
        worksheets = sorted(self._answers.worksheets.items())
        for start in range(0, len(worksheets), WORKSHEETS_AT_ONCE):
            part = dict(worksheets[start : start + WORKSHEETS_AT_ONCE])
            conflicts = await write_answers(session, part)
            self.bad += [Bad(one.received.record, one.reason) for one in conflicts]

    async def _write(
        self, session: AsyncSession, facts: Newest, kept: Mapping[object, Received]
    ) -> set[object]:
        """Write facts of a table and return the keys of those that another log surpassed."""
        lost: set[object] = set()
        ordered = sorted(kept.items())  # as the index, whose pages are then visited once
        for start in range(0, len(ordered), store.AT_ONCE):
            part = ordered[start : start + store.AT_ONCE]
            rows = [row(one) for _, one in part]
            for number, is_conflict in await store.write_newer(session, facts.table, rows):
                key, one = part[number]
                lost.add(key)
                if is_conflict:
                    place = one.record.topic, one.record.partition
                    self.gathered.doubts.append((place, one.record.offset))
        return lost

    def close(self) -> Gathered:
        """Return what was gathered."""
        self.gathered.counted |= self._answers.worksheets.keys()
        for topic, facts in self._facts.items():
            if topic == CaseFact.topic:
                self.gathered.cases = _of_units(facts.moved)
            elif topic == ProgrammeCreated.topic:
                self.gathered.counted |= facts.moved.keys()
            else:
                self.gathered.shown |= facts.moved.keys()
            self.gathered.shown |= facts.seen
        self.gathered.shown = {one for one in self.gathered.shown if one[0] != UNASSIGNED_UNIT}
        return self.gathered


def _of_units(moved: Mapping[UnitYear, Moved]) -> dict[UnitYear, Moved]:
    return {unit_year: event for unit_year, event in moved.items() if unit_year[0] != UNASSIGNED_UNIT}


def _runs(
    batch: Sequence[Record | Unreadable],
) -> Iterator[tuple[Partition, Sequence[Record | Unreadable]]]:
    """Yield the records of each partition; those of one stand together."""
    start = 0
    for number, record in enumerate(batch):
        first = batch[start]
        if record.partition != first.partition or record.topic != first.topic:
            yield (first.topic, first.partition), batch[start:number]
            start = number
    if batch:
        yield (batch[start].topic, batch[start].partition), batch[start:]
