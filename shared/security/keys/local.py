"""Wrapping keys in a file of this machine: for development, and where one server is all there is.

    {"newest": 2, "keys": {"1": "<base64 of 32 bytes>", "2": "..."}}

Nobody but its owner may read the file. It is read anew for each use, so that replicas share rotations.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from shared.held import refuse_while_holding
from shared.security.keys.provider import KEY_BYTES, KeyFileError, KeyRefusedError, KeysAwayError, Wrapped
from shared.security.sealing import SealBrokenError, seal, unseal

log = structlog.get_logger(__name__)

_OTHERS = 0o077
_PREFIX = "local:v"


@dataclass(frozen=True, slots=True)
class _Keys:
    newest: int
    by_version: dict[int, bytes]


class LocalKeys:
    """The keys of one file; where it `may_make` one, the first use does."""

    def __init__(self, path: Path, *, may_make: bool = False) -> None:
        self._path = path
        self._may_make = may_make

    @classmethod
    def made(cls, path: Path) -> "LocalKeys":
        """Return the keys of a file, which is made with a first key when it is missing."""
        keys = cls(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with keys._alone():
            if not path.exists():
                keys._write(_Keys(1, {1: os.urandom(KEY_BYTES)}))
        return keys

    def check(self) -> None:
        """Raise `KeyFileError` unless the file is one of keys that nobody else can read, or may be made."""
        if self._path.exists() or not self._may_make:
            self._read()

    async def wrap(self, key: bytes, context: str) -> Wrapped:
        found = self._serving()
        sealed = seal(found.by_version[found.newest], key, context)
        text = base64.urlsafe_b64encode(sealed).decode()
        return Wrapped(found.newest, f"{_PREFIX}{found.newest}:{text}")

    async def unwrap(self, wrapped: str, context: str) -> bytes:
        found = self._serving()
        version, _, text = wrapped.removeprefix(_PREFIX).partition(":")
        key = found.by_version.get(int(version)) if version.isdecimal() else None
        if key is None:
            raise KeyRefusedError("the version of the wrapping key is not here")
        try:
            return unseal(key, base64.urlsafe_b64decode(text), context)
        except (SealBrokenError, ValueError) as error:
            raise KeyRefusedError("the wrapped key does not open") from error

    async def newest(self) -> int:
        return self._serving().newest

    async def create(self) -> int:
        refuse_while_holding("the file of keys")
        with self._alone():
            found = self._serving()
            version = found.newest + 1
            self._write(_Keys(version, {**found.by_version, version: os.urandom(KEY_BYTES)}))
        return version

    async def destroy(self, before: int) -> None:
        refuse_while_holding("the file of keys")
        with self._alone():
            found = self._serving()
            if before not in found.by_version:
                raise ValueError(f"there is no version {before}")
            kept = {version: key for version, key in found.by_version.items() if version >= before}
            self._write(_Keys(found.newest, kept))

    def _serving(self) -> _Keys:
        refuse_while_holding("the file of keys")
        if self._may_make and not self._path.exists():
            self.made(self._path)
        try:
            return self._read()
        except KeyFileError as error:
            log.warning("keys_away", reason=str(error))
            raise KeysAwayError from error

    def _read(self) -> _Keys:
        """Return the keys; raises `KeyFileError`."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise KeyFileError("the file of keys can be read by others; set its mode to 600")
                told = json.load(file)
            keys = {int(version): base64.b64decode(key) for version, key in told["keys"].items()}
            newest = int(told["newest"])
        except FileNotFoundError:
            raise KeyFileError(
                "the file of keys is missing; python -m shared.security.keys create ADDRESS makes it"
            ) from None
        except OSError as error:
            raise KeyFileError(f"the file of keys cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileError("the file of keys is not one of ours") from None  # its words may hold a key
        if newest not in keys or newest != max(keys) or any(len(key) != KEY_BYTES for key in keys.values()):
            raise KeyFileError("the file of keys is not whole")
        return _Keys(newest, keys)

    def _write(self, keys: _Keys) -> None:
        """Write a whole file, on the disk before it counts: a key that is lost loses what it wrapped."""
        told = {
            "newest": keys.newest,
            "keys": {
                str(version): base64.b64encode(key).decode() for version, key in keys.by_version.items()
            },
        }
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(told, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time change the file."""
        lock = self._path.with_suffix(".lock")
        with os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
