"""Look at a file: what each row would do, by the code that does it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels.usecases.listing import open_for
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.imports import store
from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.deciding import EFFECTS, Effect, Known, after, decide
from services.complaints.imports.domain.reading import Sheet
from services.complaints.imports.domain.rows import Columns, Declared, Fault, Row, RowReader, guessed, missing
from shared import audit
from shared.calendar.working import WorkingCalendar
from shared.kernel import DomainError, NotFoundError, Zone, new_id
from shared.security import Principal
from shared.security.sealing import seal, unseal

ENTITY = "case_import"


class ImportRefusedError(DomainError):
    """What was said of a file cannot be so; `errors` names the field."""

    code: ClassVar[str] = "import_refused"

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message, errors=[{"field": name, "code": code, "message": message}])


class ImportBegunError(DomainError):
    """A file that runs, or that is done, is no longer mapped."""

    code: ClassVar[str] = "import_begun"


class ImportUnmappedError(DomainError):
    """Columns are missing without which no row can be read."""

    code: ClassVar[str] = "import_unmapped"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a row does: the row where it is sound, and every fault where it is not."""

    number: int
    effect: Effect
    row: Row | None
    faults: tuple[Fault, ...] = ()
    external_ref: str | None = None


@dataclass(slots=True)
class Checker:
    """Says what rows of one file do. It remembers which channels and calendars it has asked for."""

    engine: DeadlineEngine
    declared: Declared
    reader: RowReader
    _open: dict[tuple[str | None, date], frozenset[str]] = field(default_factory=dict)
    _calendars: dict[str | None, WorkingCalendar] = field(default_factory=dict)

    async def check(
        self, session: AsyncSession, number: int, cells: Sequence[str], known: Mapping[str, Known]
    ) -> Checked:
        """Return what a row does to what is known."""
        row, faults = self.reader.read(cells)
        if row is None:
            return Checked(number, "error", None, tuple(faults[: import_rules().limits.faults_of_row]))
        before = known.get(row.external_ref)
        fault: Fault | None = None
        if before is not None and before.agency_id != self.declared.agency_id:
            fault = Fault(
                self.reader.header("external_ref"), "elsewhere", "Nomor ini sudah tercatat di instansi lain."
            )
        elif before is None:
            fault = await self._channel_fault(session, row)
        if fault is not None:
            return Checked(number, "error", None, (fault,), row.external_ref)
        return Checked(number, decide(row, before), row, (), row.external_ref)

    async def calendar(self, session: AsyncSession, unit_id: str | None) -> WorkingCalendar:
        """Return the calendar of a unit."""
        if unit_id not in self._calendars:
            self._calendars[unit_id] = await self.engine.calendar_of(session, unit_id)
        return self._calendars[unit_id]

    async def _channel_fault(self, session: AsyncSession, row: Row) -> Fault | None:
        day = (await self.calendar(session, row.unit_id)).local_date(row.forwarded_at)
        place = (row.unit_id, day)
        if place not in self._open:
            self._open[place] = await open_for(session, row.unit_id, self.declared.agency_id, day)
        if self.declared.source in self._open[place]:
            return None
        label = import_rules().sources[self.declared.source].label
        told = f"Saluran {label} belum dibuka pada {day:%d/%m/%Y}; buka dahulu di daftar saluran."
        return Fault(self.reader.header("forwarded_at"), "channel_closed", told)


def declared_of(said: Mapping[str, Any]) -> Declared:
    """Read what `upload` stored of a file."""
    as_of = said["as_of"]
    moment = None if as_of is None else datetime.fromisoformat(as_of)
    return Declared(**{**said, "zone": Zone(said["zone"]), "as_of": moment})


async def checker_of(
    session: AsyncSession,
    engine: DeadlineEngine,
    declared: Declared,
    columns: Columns,
    head: Sequence[str],
    now: datetime,
) -> Checker:
    """Return what says what rows of a file do, as of now."""
    names = await store.units_by_name(session, declared.agency_id)
    words = import_rules().sources[declared.source]
    return Checker(engine, declared, RowReader(declared, columns, head, words, names, now))


async def upload(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    key: bytes,
    sheet: Sheet,
    declared: Declared,
    sha256: str,
) -> RowMapping:
    """Keep a file that was read, sealed, and try it where its columns are known; nothing is taken in.

    Raises `ImportRefusedError` for an unknown source or agency, `NotFoundError` for one out of reach.
    """
    rules = import_rules()
    if declared.source not in rules.sources:
        told = f"Sumber tidak dikenal; yang ada: {', '.join(rules.sources)}."
        raise ImportRefusedError("source", "unknown_source", told)
    if not actor.scope.covers("", declared.agency_id):
        raise NotFoundError("Instansi tidak ditemukan.")
    if not await units.has_agency(session, declared.agency_id):
        raise ImportRefusedError("agency_id", "unknown_agency", "Instansi tidak dikenal.")
    now = await engine.clock.now(session)
    columns = guessed(sheet.head, rules.fields)
    import_id = new_id()
    as_of = None if declared.as_of is None else declared.as_of.isoformat()
    is_mapped = not missing(columns, rules.fields, has_as_of=as_of is not None)
    checked = (
        await _tried(session, engine, declared, columns, sheet.head, sheet.rows, now) if is_mapped else []
    )
    found = {one.number: one for one in checked}
    values = {
        "id": import_id,
        "agency_id": declared.agency_id,
        "source": declared.source,
        "status": "checked" if is_mapped else "mapping",
        "sha256": sha256,
        "declared": {**asdict(declared), "zone": declared.zone.value, "as_of": as_of},
        "head": list(sheet.head),
        "columns": columns,
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "is_encoding_found": sheet.is_encoding_found,
        "row_count": len(sheet.rows),
        "planned": counted(checked),
        "counted": counted([]),
        "actor": actor.as_json(),
        "created_at": now,
    }
    lines = [
        {
            "import_id": import_id,
            "number": number,
            "sealed": seal(key, orjson.dumps(cells), context_of(import_id, number)),
            **planned_of(found.get(number)),
            "effect": None,
            "case_id": None,
        }
        for number, cells in sheet.rows
    ]
    await store.add(session, values, lines)
    await audit.record(
        session,
        actor=actor,
        operation="upload_case_import",
        entity=ENTITY,
        entity_id=str(import_id),
        changes={"source": declared.source, "sha256": sha256, "rows": len(lines)},
    )
    return await found_of(session, actor, import_id)


async def remap(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    key: bytes,
    import_id: UUID,
    numbers: Mapping[str, int],
) -> RowMapping:
    """Say which column holds which field (`numbers` from 1; 0: none), and try the file anew.

    Raises `NotFoundError`, `ImportBegunError`, `ImportRefusedError` for a field or column there is not.
    """
    kept = await found_of(session, actor, import_id, is_locked=True)
    if kept["status"] not in ("mapping", "checked"):
        raise ImportBegunError("Impor ini sudah berjalan; kolomnya tidak dapat diubah lagi.")
    columns = dict(kept["columns"])
    fields = {one.field for one in import_rules().fields}
    for name, number in numbers.items():
        if name not in fields or number > len(kept["head"]):
            told = f"Pilih kolom 1 sampai {len(kept['head'])} bagi keterangan yang dikenal."
            raise ImportRefusedError(name, "unknown_column", told)
        columns.pop(name, None)
        if number:
            columns[name] = number - 1
    declared = declared_of(kept["declared"])
    is_mapped = not missing(columns, import_rules().fields, has_as_of=declared.as_of is not None)
    rows = [(one["number"], cells_of(key, import_id, one)) for one in await store.lines(session, import_id)]
    now = await engine.clock.now(session)
    checked = await _tried(session, engine, declared, columns, kept["head"], rows, now) if is_mapped else []
    found = {one.number: one for one in checked}
    lines = [{"number": number, **planned_of(found.get(number))} for number, _ in rows]
    await store.change_lines(session, import_id, lines)
    status = "checked" if is_mapped else "mapping"
    await store.change(session, import_id, columns=columns, status=status, planned=counted(checked))
    return await found_of(session, actor, import_id)


async def start(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, import_id: UUID
) -> RowMapping:
    """Let a file that was tried be taken in; of one that runs or is done it changes nothing.

    Raises `NotFoundError`, `ImportUnmappedError`.
    """
    kept = await found_of(session, actor, import_id, is_locked=True)
    if kept["status"] == "mapping":
        raise ImportUnmappedError("Tentukan dahulu kolom yang wajib.")
    if kept["status"] == "checked":
        now = await engine.clock.now(session)
        await store.change(session, import_id, status="running", started_at=now, actor=actor.as_json())
        await audit.record(
            session, actor=actor, operation="start_case_import", entity=ENTITY, entity_id=str(import_id)
        )
    return await found_of(session, actor, import_id)


async def found_of(
    session: AsyncSession, actor: Principal, import_id: UUID, *, is_locked: bool = False
) -> RowMapping:
    """Return a file of an agency within reach; raises `NotFoundError`."""
    found = await store.get(session, import_id, actor.scope, is_locked=is_locked)
    if found is None:
        raise NotFoundError("Impor tidak ditemukan.")
    return found


def context_of(import_id: UUID, number: int) -> str:
    """Return what the cells of a row are sealed for."""
    return f"{import_id}:{number}"


def cells_of(key: bytes, import_id: UUID, line: RowMapping) -> tuple[str, ...]:
    """Return the cells of a row that waits."""
    return tuple(orjson.loads(unseal(key, line["sealed"], context_of(import_id, line["number"]))))


def counted(checked: Sequence[Checked]) -> dict[str, int]:
    """Return how many rows do what."""
    found = Counter(one.effect for one in checked)
    return {effect: found[effect] for effect in EFFECTS}


def planned_of(one: Checked | None) -> dict[str, Any]:
    """Return what is kept of a row that was tried; None: it was not."""
    return {
        "external_ref": None if one is None else one.external_ref,
        "planned": None if one is None else one.effect,
        "faults": [] if one is None else [asdict(fault) for fault in one.faults],
    }


async def _tried(
    session: AsyncSession,
    engine: DeadlineEngine,
    declared: Declared,
    columns: Columns,
    head: Sequence[str],
    rows: Sequence[tuple[int, Sequence[str]]],
    now: datetime,
) -> list[Checked]:
    """Return what each row would do, those before it done."""
    checker = await checker_of(session, engine, declared, columns, head, now)
    place = columns["external_ref"]
    refs = {cells[place] for _, cells in rows if place < len(cells)}
    known = await store.known(session, declared.source, sorted(refs))
    checked = []
    for number, cells in rows:
        one = await checker.check(session, number, cells, known)
        if one.row is not None and one.effect in ("new", "updated", "closed"):
            known[one.row.external_ref] = after(one.row, known.get(one.row.external_ref), declared.agency_id)
        checked.append(one)
    return checked
