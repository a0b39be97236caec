"""Seal an identity before the transaction that stores it, and open what is stored.

The keeper of wrapping keys may be far away, so nobody waits for it inside a transaction: what is told is
sealed first, then case and identity are stored together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.secrecy.domain import (
    REPORTER_CONTACT,
    ContactWay,
    Found,
    IdentityBrokenError,
    Sealed,
)
from services.complaints.secrecy.metrics import BROKEN
from services.complaints.secrecy.store import identities as store
from shared.db import Database
from shared.kernel import StaleVersionError
from shared.notices.address import reachable, way_of
from shared.security.envelope import DataKey, new_key, open_key, rewrap
from shared.security.keys import KeyProvider, KeyRefusedError, Wrapped
from shared.security.sealing import SealBrokenError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identities:
    """Seals and opens by one keeper of wrapping keys; raises `KeysAwayError`."""

    keys: KeyProvider

    async def seal(self, ref: UUID, told: Mapping[str, str | None], version: int = 1) -> Sealed | None:
        """Return what is told, sealed under a new key of a case or matter; None where nothing is told."""
        said = {name: value for name, value in told.items() if value}
        return await self.seal_told(ref, said, version) if said else None

    async def seal_told(self, ref: UUID, said: Mapping[str, str], version: int = 1) -> Sealed:
        """Return what is said, at least one field, sealed under a new key of a case or matter."""
        key, wrapped = await new_key(self.keys, _entity(ref), version)
        fields = {name: key.seal(name, value) for name, value in said.items()}
        way = way_to(said.get(REPORTER_CONTACT))
        return Sealed(ref, version, wrapped.version, wrapped.text, fields, way)

    async def seal_anew(self, db: Database, ref: UUID, told: Mapping[str, str | None]) -> Sealed | None:
        """Return what is told, sealed to take the place of all that is stored of it."""
        found = await db.read(lambda session: store.find(session, ref))
        return await self.seal(ref, told, found.next_version)

    async def key_of(self, ref: UUID, found: Found) -> DataKey | None:
        """Return the key of what is stored; None where none is needed. Raises `IdentityBrokenError`."""
        if found.plain or found.sealed is None:
            return None
        try:
            return await open_key(self.keys, _entity(ref), found.sealed.version, found.sealed.wrapped)
        except KeyRefusedError as error:
            raise _broken(ref, error) from error

    async def rewrap(self, ref: UUID, version: int, wrapped: str) -> Wrapped:
        """Return a key wrapped by the newest wrapping key; raises `KeyRefusedError`."""
        return await rewrap(self.keys, _entity(ref), version, wrapped)


async def keep(session: AsyncSession, sealed: Sealed) -> None:
    """Store an identity in the transaction of what it belongs to.

    Raises `StaleVersionError` where somebody stored another one since it was sealed.
    """
    if not await store.keep(session, sealed):
        raise StaleVersionError


async def erase(session: AsyncSession, ref: UUID) -> bool:
    """Destroy the key of an identity, and with it all that was told; tell whether there was anything."""
    return await store.erase(session, ref)


def read(found: Found, key: DataKey | None) -> dict[str, str]:
    """Return what is stored of an identity, by its fields; raises `IdentityBrokenError`."""
    if key is None or found.sealed is None:
        return dict(found.plain)
    try:
        return {name: key.unseal(name, content) for name, content in found.sealed.fields.items()}
    except SealBrokenError as error:
        raise _broken(found.sealed.ref, error) from error


def way_to(contact: str | None) -> ContactWay | None:
    """Return which way leads to a contact as it was typed; None where there is none."""
    if not contact:
        return None
    address = reachable(contact)
    return "other" if address is None else way_of(address)


def _broken(ref: UUID, error: Exception) -> IdentityBrokenError:
    BROKEN.inc()
    log.error("identity_broken", ref=str(ref), reason=str(error))
    return IdentityBrokenError()


def _entity(ref: UUID) -> str:
    return f"complaints/{ref}"
