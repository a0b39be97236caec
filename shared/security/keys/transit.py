"""Wrapping keys in a key service that speaks the protocol of HashiCorp Vault's transit engine.

The key never leaves the service: it is sent what to wrap, and answers `vault:v2:...`. The key must be of the
type `aes256-gcm96`, for the context of a wrapped key travels as `associated_data`.
Source: developer.hashicorp.com/vault/api-docs/secret/transit.
"""

import asyncio
import base64
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog

from shared.held import refuse_while_holding
from shared.security.keys.provider import KEY_BYTES, KeyRefusedError, KeysAwayError, Wrapped

log = structlog.get_logger(__name__)

TRY_SECONDS = 2.0
"""Longest time for one try: three of them and their pauses stay below the time that a request has."""
PAUSES = (0.1, 0.4)
"""Seconds before each further try of what may be said twice."""
REST_SECONDS = 5.0
"""After a whole call has failed, nobody waits for the service for this long."""
_TRY_AGAIN = frozenset({412, 429, 472, 473, 500, 502, 503, 504})
"""Not yet replicated, too many, standby, broken or sealed just now."""
_WRAPPED = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+")
_BROKEN = "message authentication failed"
_BAD_REQUEST = 400
_GOOD = range(200, 300)

Pause = Callable[[float], Awaitable[None]]


class _RefusedError(Exception):
    """The service understood us and said no."""


class TransitKeys:
    """One key of a transit engine; `address` is `https://host:port/<mount>/<key>`."""

    def __init__(
        self,
        address: str,
        token_file: Path,
        *,
        pause: Pause = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        try_seconds: float = TRY_SECONDS,
    ) -> None:
        parts = urlsplit(address)
        mount, _, self._name = parts.path.strip("/").rpartition("/")
        self._base = f"{parts.scheme}://{parts.netloc}/v1/{mount}"
        self._token_file = token_file
        self._pause = pause
        self._monotonic = monotonic
        self._try_seconds = try_seconds
        self._tls: SSLContext | None = None
        self._rests_until = float("-inf")

    async def wrap(self, key: bytes, context: str) -> Wrapped:
        told = await self._say(
            "encrypt", {"plaintext": _text(key), "associated_data": _text(context.encode())}
        )
        text = told.get("ciphertext")
        found = _WRAPPED.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise self._away("no ciphertext")
        return Wrapped(int(found[1]), found[0])

    async def unwrap(self, wrapped: str, context: str) -> bytes:
        if not _WRAPPED.fullmatch(wrapped):
            raise KeyRefusedError("this is no key that the service wrapped")
        try:
            told = await self._asked(
                "POST",
                f"decrypt/{self._name}",
                {"ciphertext": wrapped, "associated_data": _text(context.encode())},
            )
        except _RefusedError as error:
            raise KeyRefusedError(str(error)) from error
        try:
            key = base64.b64decode(told["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise self._away("no plaintext") from None  # its words would hold what came
        if len(key) != KEY_BYTES:
            raise KeyRefusedError("what was wrapped is no key")
        return key

    async def newest(self) -> int:
        return self._version(await self._described())

    async def create(self) -> int:
        try:
            await self._asked("POST", f"keys/{self._name}/rotate", {}, pauses=())
        except _RefusedError as error:
            raise self._away(str(error)) from error
        return await self.newest()

    async def destroy(self, before: int) -> None:
        if not 1 <= before <= await self.newest():
            raise ValueError(f"there is no version {before}")
        limits = {"min_decryption_version": before, "min_encryption_version": before}
        await self._say("keys", limits, then="/config")
        await self._say("keys", {"min_available_version": before}, then="/trim")

    async def _described(self) -> Mapping[str, Any]:
        try:
            return await self._asked("GET", f"keys/{self._name}")
        except _RefusedError as error:
            raise self._away(str(error)) from error

    async def _say(self, what: str, body: Mapping[str, Any], then: str = "") -> Mapping[str, Any]:
        """Send what the service has no reason to refuse."""
        try:
            return await self._asked("POST", f"{what}/{self._name}{then}", body)
        except _RefusedError as error:
            raise self._away(str(error)) from error

    def _version(self, told: Mapping[str, Any]) -> int:
        version = told.get("latest_version")
        if not isinstance(version, int):
            raise self._away("no version")
        return version

    async def _asked(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        pauses: tuple[float, ...] = PAUSES,
    ) -> Mapping[str, Any]:
        """Return the `data` of an answer; raises `_RefusedError`, and `KeysAwayError` after the last try."""
        refuse_while_holding("the key service")
        if self._monotonic() < self._rests_until:
            raise KeysAwayError
        fault = ""
        for pause in (0.0, *pauses):
            if pause:
                await self._pause(pause)
            try:
                async with asyncio.timeout(self._try_seconds), self._client() as client:
                    answer = await client.request(method, f"{self._base}/{path}", json=body)
            except (httpx2.HTTPError, TimeoutError, OSError) as error:
                fault = type(error).__name__
                continue
            if answer.status_code in _GOOD:
                return _data(answer)
            said = _errors(answer)
            if answer.status_code == _BAD_REQUEST or _BROKEN in said:
                raise _RefusedError(said)
            fault = f"status {answer.status_code}"
            if answer.status_code not in _TRY_AGAIN:
                break
        raise self._away(fault)

    def _client(self) -> httpx2.AsyncClient:
        """Return a client with the token as it is now: whoever renews it writes the file anew."""
        try:
            token = self._token_file.read_text().strip()
        except OSError as error:
            raise self._away(f"the token file cannot be read: {error.strerror}") from error
        if self._tls is None:
            self._tls = create_default_context()  # takes long
        return httpx2.AsyncClient(
            headers={"X-Vault-Token": token, "X-Vault-Request": "true"},
            timeout=self._try_seconds,
            follow_redirects=False,
            verify=self._tls,
        )

    def _away(self, reason: str) -> KeysAwayError:
        self._rests_until = self._monotonic() + REST_SECONDS
        log.warning("keys_away", reason=reason)
        return KeysAwayError()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _data(answer: httpx2.Response) -> Mapping[str, Any]:
    """Return what an answer carries; nothing where it carries nothing we know."""
    try:
        told = answer.json() if answer.content else {}
    except ValueError:
        return {}
    data = told.get("data") if isinstance(told, dict) else None
    return data if isinstance(data, dict) else {}


def _errors(answer: httpx2.Response) -> str:
    """Return what the service says is wrong, shortened; it names no key and no text."""
    try:
        told = answer.json()
    except ValueError:
        return ""
    said = told.get("errors") if isinstance(told, dict) else None
    return "; ".join(map(str, said))[:200] if isinstance(said, list) else ""
