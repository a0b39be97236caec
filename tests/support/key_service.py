"""A key service that speaks the protocol of Vault's transit engine, with the manners that a test wants."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.token-of-the-tests"
Manner = Literal["serve", "sealed", "broken", "slow", "rubbish", "cut"]
_GONE = "ciphertext or signature version is disallowed by policy (too old)"


@dataclass
class KeyService:
    """One transit key; `manner` says how it answers, and for how many requests more (None: from now on)."""

    address: str = ""
    manner: Manner = "serve"
    times: int | None = None
    asked: list[str] = field(default_factory=list)
    keys: dict[int, bytes] = field(default_factory=lambda: {1: os.urandom(32)})
    limits: dict[str, int] = field(default_factory=lambda: {"decrypt": 1, "encrypt": 0})

    def misbehave(self, manner: Manner, times: int | None = None) -> None:
        self.manner, self.times = manner, times

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(f"{method} {path}")
        manner = self.manner
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.manner, self.times = "serve", None
        if manner == "slow":
            await reader.read()  # until the client goes
            return
        if manner == "cut":
            return
        if manner == "rubbish":
            status, told = 200, "<html>an entrance page</html>"
        elif manner in ("sealed", "broken"):
            status, told = (503, '{"errors":["Vault is sealed"]}') if manner == "sealed" else (500, "oops")
        elif headers.get("x-vault-token") != TOKEN:
            status, told = 403, '{"errors":["permission denied"]}'
        else:
            status, said = self._serve(method, path.removeprefix("/v1/transit/"), json.loads(body or b"{}"))
            told = json.dumps(said)
        content = told.encode() if status != 204 else b""
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(content)
        await writer.drain()

    def _serve(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        match method, path.split("/"):
            case "POST", ["encrypt", "zona"]:
                return 200, {"data": self._encrypt(body)}
            case "POST", ["decrypt", "zona"]:
                return self._decrypt(body)
            case "GET", ["keys", "zona"]:
                return 200, {"data": {"latest_version": max(self.keys), "type": "aes256-gcm96"}}
            case "POST", ["keys", "zona", act]:
                return self._change(act, body)
        return 404, {"errors": ["no such key"]}

    def _change(self, act: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if act == "rotate":
            self.keys[max(self.keys) + 1] = os.urandom(32)
        elif act == "config":
            self.limits = {
                "decrypt": body["min_decryption_version"],
                "encrypt": body["min_encryption_version"],
            }
        else:
            least = body["min_available_version"]
            if not 0 < least <= min(self.limits.values()):
                return 400, {"errors": ["minimum available version above the others"]}
            self.keys = {version: key for version, key in self.keys.items() if version >= least}
        return 204, {}

    def _encrypt(self, body: dict[str, Any]) -> dict[str, Any]:
        version, nonce = max(self.keys), os.urandom(12)
        sealed = AESGCM(self.keys[version]).encrypt(
            nonce, base64.b64decode(body["plaintext"]), base64.b64decode(body["associated_data"])
        )
        text = base64.b64encode(nonce + sealed).decode()
        return {"ciphertext": f"vault:v{version}:{text}", "key_version": version}

    def _decrypt(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        _, named, text = body["ciphertext"].split(":")
        version = int(named[1:])
        if version < self.limits["decrypt"] or version not in self.keys:
            return 400, {"errors": [_GONE]}
        sealed = base64.b64decode(text)
        try:
            plain = AESGCM(self.keys[version]).decrypt(
                sealed[:12], sealed[12:], base64.b64decode(body["associated_data"])
            )
        except InvalidTag:
            return 500, {"errors": ["1 error occurred: cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@asynccontextmanager
async def key_service() -> AsyncIterator[KeyService]:
    """Run the service on a free port."""
    fake = KeyService()
    server = await asyncio.start_server(fake.answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    fake.address = f"http://{host}:{port}/transit/zona"
    async with server:
        yield fake


def token_file(folder: Path, token: str = TOKEN) -> Path:
    """Return a file with a token, as an agent of the service writes it."""
    path = folder / "token"
    path.write_text(f"{token}\n")
    return path
