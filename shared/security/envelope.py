"""Envelopes: what is told of one entity is sealed under a key of its own, and that key is wrapped.

The wrapped key is stored beside what it sealed, the wrapping key elsewhere (`shared.security.keys`). Sealed
bytes open only as the field of the entity that they were sealed for, under the version of its key then, so a
row that was moved or kept from before is refused. Who destroys the wrapped key destroys all it sealed.
"""

import os
from dataclasses import dataclass, field

from shared.security.keys.provider import KEY_BYTES, KeyProvider, Wrapped
from shared.security.sealing import SealBrokenError, seal, unseal

PADDED_TO = 64
"""Sealed texts are of few lengths, for the length of a name says much of it."""
_END = b"\x80"


@dataclass(frozen=True, slots=True)
class DataKey:
    """The open key of one entity, e.g. `case/<id>`; `version` counts from 1 and rises with each new key."""

    entity: str
    version: int
    key: bytes = field(repr=False)

    def seal(self, name: str, text: str) -> bytes:
        """Return a field of the entity, sealed."""
        plain = text.encode() + _END
        return seal(self.key, plain + bytes(-len(plain) % PADDED_TO), self._context(name))

    def unseal(self, name: str, sealed: bytes) -> str:
        """Return what was sealed as this field; raises `SealBrokenError`."""
        plain, end, _ = unseal(self.key, sealed, self._context(name)).rpartition(_END)
        if not end:
            raise SealBrokenError("sealed bytes hold no text")
        return plain.decode()

    def _context(self, name: str) -> str:
        return f"{self.entity}\n{name}\n{self.version}"


async def new_key(keys: KeyProvider, entity: str, version: int = 1) -> tuple[DataKey, Wrapped]:
    """Return a new key of an entity, open and wrapped; raises `KeysAwayError`."""
    made = DataKey(entity, version, os.urandom(KEY_BYTES))
    return made, await keys.wrap(made.key, _wrapping(entity, version))


async def open_key(keys: KeyProvider, entity: str, version: int, wrapped: str) -> DataKey:
    """Return an entity's key; raises `KeysAwayError`, `KeyRefusedError`."""
    return DataKey(entity, version, await keys.unwrap(wrapped, _wrapping(entity, version)))


async def rewrap(keys: KeyProvider, entity: str, version: int, wrapped: str) -> Wrapped:
    """Return an entity's key wrapped by the newest wrapping key; raises as `open_key`."""
    context = _wrapping(entity, version)
    return await keys.wrap(await keys.unwrap(wrapped, context), context)


def _wrapping(entity: str, version: int) -> str:
    return f"key\n{entity}\n{version}"
