"""Keys that wrap keys: they live outside the databases, and nothing here stores what they opened."""

from shared.security.keys.opening import open_keys
from shared.security.keys.provider import (
    KEY_BYTES,
    KeyFileError,
    KeyProvider,
    KeyRefusedError,
    KeysAwayError,
    Wrapped,
)

__all__ = [
    "KEY_BYTES",
    "KeyFileError",
    "KeyProvider",
    "KeyRefusedError",
    "KeysAwayError",
    "Wrapped",
    "open_keys",
]
