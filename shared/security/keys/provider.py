"""What a keeper of wrapping keys can do, whether it is a file or a key service."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from shared.kernel import DomainError

KEY_BYTES = 32
"""Length of the keys that are wrapped, and of those that wrap them."""


class KeysAwayError(DomainError):
    """The wrapping keys cannot be reached or will not serve us just now (503)."""

    code: ClassVar[str] = "keys_away"

    def __init__(self) -> None:
        super().__init__(
            "Identitas belum dapat dilindungi atau dibuka saat ini, karena penyimpan kunci tidak dapat"
            " dihubungi. Tidak ada yang disimpan. Coba beberapa saat lagi."
        )


class KeyRefusedError(Exception):
    """A wrapped key does not open: it was changed, is another entity's, or its version was destroyed."""


class KeyFileError(Exception):
    """The file of keys is missing, is no such file, or others could read it; says which, never a key."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key as it may be stored; `version` is that of the wrapping key, from 1."""

    version: int
    text: str


class KeyProvider(Protocol):
    """Wraps keys of 32 bytes under versions of a key that never leaves it.

    All but `check` raise `KeysAwayError`, and `ConnectionHeldError` inside a transaction: a keeper of keys
    may be slow.
    """

    async def wrap(self, key: bytes, context: str) -> Wrapped:
        """Wrap a key by the newest version; the same `context` is asked for when it is unwrapped."""
        ...

    async def unwrap(self, wrapped: str, context: str) -> bytes:
        """Return the key that was wrapped; raises `KeyRefusedError`."""
        ...

    async def newest(self) -> int:
        """Return the version that `wrap` uses now."""
        ...

    async def create(self) -> int:
        """Make a new version, which `wrap` uses from now on, and return it."""
        ...

    async def destroy(self, before: int) -> None:
        """Destroy all versions before this one for good: what they wrapped opens no more.

        Raises `ValueError` for a version that is not there.
        """
        ...
