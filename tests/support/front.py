"""A real front door before four services that say what reached them."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.front.door import front_door
from deploy.local.process import free_ports, is_listening
from shared.db.roles import SERVICES
from shared.server.connection import Limits
from shared.server.entrance import Entrance
from shared.server.serving import configured
from tests.support.polling import until
from tests.support.servers import wait_for

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
LONG = "angka " * 2000


@dataclass(frozen=True)
class Door:
    """A running front door: where it listens, and where its log and its own authority are."""

    url: str
    port: int
    log: Path
    home: Path
    http_port: int

    @property
    def authority(self) -> Path:
        """The certificate of the authority that it made for itself."""
        return self.home / "caddy/pki/authorities/local/root.crt"


def echo(service: str) -> Starlette:
    """Return a service that answers with what it was asked, in kinds and lengths that are asked for."""

    async def answer(request: Request) -> Response:
        told: dict[str, Any] = {
            "service": service,
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "scheme": request.url.scheme,
            "client": request.client.host if request.client else None,
            "headers": dict(request.headers),
            "size": sum([len(chunk) async for chunk in request.stream()]),
        }
        match request.query_params.get("as"):
            case "text":
                return PlainTextResponse(LONG, headers={"ETag": '"1"'})
            case "stream":
                return StreamingResponse(_events(), media_type="text/event-stream")
            case "made":
                return JSONResponse(told, 201, {"Location": "/things/t1?a=/b"})
            case "file":
                return Response(LONG, media_type="application/octet-stream")
        return JSONResponse(told)

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


async def _events() -> AsyncIterator[str]:
    yield "data: 1\n\n"
    await asyncio.Event().wait()


@asynccontextmanager
async def echoing(service: str, entrance: Entrance | None = None) -> AsyncIterator[int]:
    """Serve such a service as ours are served, and yield its port."""
    (port,) = free_ports(1)
    config = configured(
        echo(service), Limits(), entrance or Entrance(1000, 200), lifespan="off",
        forwarded_allow_ips="127.0.0.1", host="127.0.0.1", port=port,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await until(server.has_started)
        yield port
    finally:
        server.should_exit = server.force_exit = True
        await task


class _Server(uvicorn.Server):
    async def has_started(self) -> bool:
        return self.started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def opened(
    folder: Path, settings: Mapping[str, str] | None = None, upstreams: Mapping[str, int] | None = None
) -> AsyncIterator[Door]:
    """Open a front door, before stand-ins where no port of a service is given."""
    port, http_port = free_ports(2)
    async with contextlib.AsyncExitStack() as stack:
        ports = dict(upstreams or {})
        for service in SERVICES:
            if service not in ports:
                ports[service] = await stack.enter_async_context(echoing(service))
        given = {
            "ZI_FRONT_BIND": "127.0.0.1",
            "ZI_FRONT_PORT": str(port),
            "ZI_FRONT_HTTP_PORT": str(http_port),
            **{f"ZI_FRONT_{name.upper()}": f"127.0.0.1:{at}" for name, at in ports.items()},
            **(settings or {}),
        }
        program = front_door(folder / "door.log", folder / "home", {**os.environ, **given})
        child = program.start()
        try:
            await asyncio.to_thread(wait_for, child, lambda: is_listening(port))
            name = given.get("ZI_FRONT_HOST")
            url = f"https://{name}:{port}" if name else f"http://127.0.0.1:{port}"
            yield Door(url, port, folder / "door.log", folder / "home", http_port)
        finally:
            child.kill()


async def raw(port: int, sent: bytes, seconds: float = 30.0) -> bytes:
    """Send bytes to a port and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(seconds):
            return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def client(door: Door, **options: Any) -> httpx2.AsyncClient:
    """Return a client of the door that follows nothing."""
    return httpx2.AsyncClient(base_url=door.url, timeout=30, **options)
