"""The register of custodians: to whom identities are sealed that this service cannot open itself."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.secrecy.domain import Custodian, CustodianRefusedError
from services.complaints.secrecy.store import custodians as store
from shared import audit
from shared.kernel import NotFoundError, StaleVersionError
from shared.security import Principal
from shared.security.custody import fingerprint, is_public_key

MISSING = "Kustodian tidak ditemukan."


async def enter(session: AsyncSession, actor: Principal, custodian: Custodian) -> Custodian:
    """Enter a custodian of an agency within reach; the private key stays with them.

    Raises `NotFoundError` for another agency and `CustodianRefusedError`.
    """
    agency_id = custodian.agency_id
    if not actor.scope.covers("", agency_id) or not await units.has_agency(session, agency_id):
        raise NotFoundError("Instansi tidak ditemukan.")
    if not is_public_key(custodian.public_key):
        raise CustodianRefusedError("public_key", "no_key", "Ini bukan kunci publik X25519 yang aman.")
    if custodian.valid_to is not None and custodian.valid_to < custodian.valid_from:
        raise CustodianRefusedError("valid_to", "before_start", "Hari terakhir mendahului hari pertama.")
    if not await store.insert(session, custodian, actor.subject):
        raise CustodianRefusedError("public_key", "known", "Kunci ini sudah terdaftar di instansi itu.")
    await _record(session, actor, "enter_custodian", custodian)
    return custodian


async def end(
    session: AsyncSession, actor: Principal, custodian_id: UUID, expected: int, valid_to: date
) -> Custodian:
    """Set the last day on which anything is sealed to a custodian; what was sealed stays theirs to open.

    Raises `NotFoundError`, `StaleVersionError`, `CustodianRefusedError`.
    """
    found = await store.lock(session, custodian_id)
    if found is None or not actor.scope.covers("", found.agency_id):
        raise NotFoundError(MISSING)
    if found.version != expected:
        raise StaleVersionError
    if valid_to < found.valid_from:
        raise CustodianRefusedError("valid_to", "before_start", "Hari terakhir mendahului hari pertama.")
    ended = replace(found, valid_to=valid_to, version=found.version + 1)
    await store.update(session, ended)
    await _record(session, actor, "end_custodian", ended)
    return ended


async def listed(session: AsyncSession, actor: Principal) -> list[Custodian]:
    """Return the custodians of agencies within reach."""
    return await store.within(session, actor.scope)


async def _record(session: AsyncSession, actor: Principal, operation: str, one: Custodian) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="custodian",
        entity_id=str(one.id),
        version=one.version,
        changes={
            "key": fingerprint(one.public_key),
            "agency_id": one.agency_id,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        },
    )
