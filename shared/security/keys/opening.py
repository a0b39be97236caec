"""Which keeper of keys a setting means.

| setting | keeper |
|---|---|
| `file:///path/keys.json` | a file of this machine |
| `https://host:8200/<mount>/<key>` | a key service with Vault's transit protocol |
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.security.keys.local import LocalKeys
from shared.security.keys.provider import KeyProvider
from shared.security.keys.transit import TransitKeys

_WORDS_OF_PATH = 2


def keys_fault(address: str, token_file: Path | None) -> str | None:
    """Judge the address of a keeper of keys in a few words; None when it is one."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return None if not parts.netloc and parts.path else "is no address like file:///path/keys.json"
    words = [word for word in parts.path.split("/") if word]
    if parts.scheme not in ("https", "http") or not parts.hostname or len(words) < _WORDS_OF_PATH:
        return "is no address like file:///path/keys.json or https://host:8200/transit/KEY"
    return "is a key service, and no file with its token is named" if token_file is None else None


def open_keys(address: str, token_file: Path | None, *, may_make: bool = False) -> KeyProvider:
    """Return the keeper at an address that `keys_fault` finds nothing wrong with.

    `may_make` lets the first use make a missing file of keys. Raises `KeyFileError` for a file that is none,
    or open to others; a key service may be away at the start.
    """
    parts = urlsplit(address)
    if parts.scheme == "file":
        local = LocalKeys(Path(unquote(parts.path)), may_make=may_make)
        local.check()
        return local
    if token_file is None:
        raise ValueError("a key service is asked with a token")
    return TransitKeys(address, token_file)
