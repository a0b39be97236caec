"""A local run that exists on disk only: its addresses and one service that answers what a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from shared.cli.addresses import local_run


class FakeSystem:
    """A service and an identity provider on one port; `requests` are (method, path, headers, body)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, str], tuple[int, Any]] = lambda _method, _path: (200, {"ok": True})

    def asked_of_idp(self) -> list[dict[str, str]]:
        """Return the forms sent to the identity provider."""
        return [
            {name: values[0] for name, values in parse_qs(body.decode()).items()}
            for _, path, _, body in self.requests
            if path == "/dev/token"
        ]

    def last(self) -> tuple[str, str, dict[str, str], bytes]:
        return self.requests[-1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty state folder that `zi` looks into, and no other one."""
    for name in ("ZI_TOKEN", "ZI_AS", "ZI_PLANNING_URL", "ZI_IDP_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZI_LOCAL_DIR", str(tmp_path))
    local_run.cache_clear()
    yield tmp_path
    local_run.cache_clear()


@pytest.fixture
def system(folder: Path) -> Iterator[FakeSystem]:
    fake = FakeSystem()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.requests.append((self.command, self.path, headers, body))
            status, content = (
                (200, {"access_token": "demo-token"})
                if self.path == "/dev/token"
                else fake.answer(self.command, self.path)
            )
            sent = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.send_header("etag", '"7"')
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = handle_any  # noqa: N815 - names the library asks for

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    addresses = {"planning": url, "idp": url, "state_dir": str(folder)}
    (folder / "addresses.json").write_text(json.dumps(addresses))
    yield fake
    server.shutdown()
    server.server_close()
