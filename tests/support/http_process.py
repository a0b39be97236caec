"""`python -m tests.support.http_process PORT`: the small service as a process of its own."""

import sys
from typing import Any

from shared.observability.logging import configure
from shared.runtime.service import serve
from shared.security.tokens import TokenVerifier
from tests.support.http import settings, toy_app

if __name__ == "__main__":
    port = int(sys.argv[1])
    configure(service="toy", version="0")
    given: dict[str, Any] = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    serve(toy_app(TokenVerifier("http://127.0.0.1:1", "nobody"), **given), settings(**given))
