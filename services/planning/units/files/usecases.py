"""Take a file of units over into an agency's register: all of it or nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.units import store as units
from services.planning.units.domain import Unit
from services.planning.units.events import unit_fact
from services.planning.units.files.domain import Plan, UnitFile, compare
from services.planning.units.metrics import UNITS_IMPORTED
from services.planning.units.usecases import check_agency
from shared import audit, outbox
from shared.db import Database, on_commit
from shared.held import in_thread
from shared.kernel import DomainError, StaleVersionError
from shared.security import Principal

MOST_TOLD = 200
"""Findings and changes that are told one by one; beyond that only how many there are."""
_EVENTS_AT_ONCE = 1000


class UnitFileRefusedError(DomainError):
    """The file has a fault, so nothing of it was written; `errors` names the first `MOST_TOLD` by their cell.

    Each also has `cell`, `row`, `column` and `allowed`, as in a dry run.
    """

    code: ClassVar[str] = "unit_file_refused"


@dataclass(frozen=True, slots=True)
class Register:
    """The units of an agency by id, and those ids of a file that another agency has."""

    units: Mapping[str, Unit]
    elsewhere: frozenset[str]


@dataclass(frozen=True, slots=True)
class UnitImport:
    """What a file would do to a register, or has done; `digest` stands for exactly these changes."""

    agency_id: str
    file: UnitFile
    register: Register
    plan: Plan
    digest: str
    is_written: bool


async def check_unit_file(db: Database, actor: Principal, file: UnitFile, agency_id: str) -> UnitImport:
    """Return what a file would do, findings included; raises `ForbiddenError` for another agency.

    It is compared in a thread: for thousands of units that takes longer than others may wait.
    """
    check_agency(actor, agency_id)
    register = await db.read(lambda session: _register(session, file, agency_id))
    return await in_thread(_compared, file, register, agency_id)


async def import_unit_file(
    session: AsyncSession, actor: Principal, checked: UnitImport, *, sha256: str, expected: str | None
) -> UnitImport:
    """Write every unit that is new or differs, and publish it; `expected` is the digest somebody looked at.

    Raises `UnitFileRefusedError` with the findings, `StaleVersionError` when the register has changed since
    it was looked at or checked, `ForbiddenError`.
    """
    check_agency(actor, checked.agency_id)
    plan = checked.plan
    refuse_findings(plan)
    if expected is not None and expected != checked.digest:
        raise StaleVersionError("Daftar unit berubah sejak pratinjau. Periksa pratinjau yang baru.")
    await units.lock_tree(session)
    if await _register(session, checked.file, checked.agency_id, lock=True) != checked.register:
        raise StaleVersionError("Daftar unit berubah sewaktu berkas diperiksa. Periksa sekali lagi.")
    if plan.new and await units.insert_many(session, plan.new) < len(plan.new):
        raise StaleVersionError("Kode unit baru itu baru saja didaftarkan orang lain. Ulangi pratinjau.")
    if plan.changed:
        await units.update_many(session, plan.changed)
    await _record(session, actor, plan, checked.agency_id, sha256)
    on_commit(session, partial(_count, plan))
    return replace(checked, is_written=True)


async def _register(session: AsyncSession, file: UnitFile, agency_id: str, *, lock: bool = False) -> Register:
    present = await units.of_agency(session, agency_id, lock=lock)
    unknown = {line.unit_id for line in (*file.lines, *file.faulty)} - present.keys()
    return Register(present, await units.elsewhere(session, agency_id, unknown))


def _compared(file: UnitFile, register: Register, agency_id: str) -> UnitImport:
    plan = compare(file, register.units, register.elsewhere, agency_id)
    return UnitImport(agency_id, file, register, plan, _digest(plan), is_written=False)


async def register_of(session: AsyncSession, actor: Principal, agency_id: str) -> list[Unit]:
    """Return all units of an agency by id; raises `ForbiddenError` for another one."""
    check_agency(actor, agency_id)
    return list((await units.of_agency(session, agency_id)).values())


def sha256_of(content: bytes) -> str:
    """Return the name of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def refuse_findings(plan: Plan) -> None:
    """Raise `UnitFileRefusedError` when a file has findings."""
    if not plan.findings:
        return
    raise UnitFileRefusedError(
        f"Berkas memuat {plan.findings_count} kesalahan; tidak ada yang ditulis.",
        errors=[
            {
                "field": finding.cell or "file",
                "code": finding.code,
                "message": finding.message,
                "cell": finding.cell,
                "row": finding.row,
                "column": finding.column,
                "allowed": finding.allowed,
            }
            for finding in plan.findings[:MOST_TOLD]
        ],
        findings=plan.findings_count,
    )


async def _record(session: AsyncSession, actor: Principal, plan: Plan, agency_id: str, sha256: str) -> None:
    """Tell others of every unit, a thousand at a time, and note the act once."""
    event_ids: list[UUID] = []
    facts = (unit_fact(change.after) for change in plan.changes)
    while part := list(islice(facts, _EVENTS_AT_ONCE)):
        event_ids += await outbox.record(session, part, source=SOURCE)
    await audit.record(
        session,
        actor=actor,
        operation="import_units",
        entity="unit_register",
        entity_id=agency_id,
        changes={"sha256": sha256, "new": _ids(plan.new), "changed": _ids(plan.changed)},
        event_ids=event_ids,
    )


def _ids(changed: Sequence[Unit]) -> list[str]:
    return [unit.unit_id for unit in changed]


def _count(plan: Plan) -> None:
    for outcome, number in _counts(plan).items():
        UNITS_IMPORTED.labels(outcome).inc(number)


def _counts(plan: Plan) -> Mapping[str, int]:
    return {"new": len(plan.new), "changed": len(plan.changed), "unchanged": plan.unchanged}


def _digest(plan: Plan) -> str:
    digest = hashlib.sha256()
    for change in sorted(plan.changes, key=lambda one: one.after.unit_id):
        digest.update(repr(sorted(asdict(change.after).items())).encode() + b"\0")
    return digest.hexdigest()
