"""What surrounds every request: ids, trace context, headers, metrics, one access line, no raw error."""

import re
import time
from collections.abc import Mapping

import structlog
from fastapi import Request
from opentelemetry import context as trace_context
from opentelemetry.propagate import extract
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problem import internal_error, problem_response
from shared.http.typed import FormKeeper
from shared.kernel import new_id
from shared.observability.metrics import HTTP_REQUESTS, HTTP_SECONDS

log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-Id"
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER_METHOD = "OTHER"
"""Whoever invents methods must not make series."""
_TOO_LARGE = 413
_CLIENT_GONE = 499


def security_headers(base_url: str, issuer_origin: str) -> dict[str, str]:
    """Return the headers of every answer; the issuer is where a log-in form may end."""
    csp = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"font-src 'self'; form-action 'self' {issuer_origin}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": csp,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


class Outermost:
    """Outermost part of our application."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str], forms: FormKeeper) -> None:
        self._app = app
        self._headers = headers
        self._forms = forms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        asked = given.get(REQUEST_ID, "")
        request_id = asked if _REQUEST_ID.match(asked) else str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        trace = trace_context.attach(
            extract({"traceparent": given["traceparent"]} if "traceparent" in given else {})
        )
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=request_id)
        answer = _Answer(scope, receive, send, self._headers, request_id)
        started = time.perf_counter()
        try:
            async with self._forms.keeping(scope, answer.receive) as received:
                await self._answered(scope, received, answer)
        finally:
            _account(scope, answer.status or _CLIENT_GONE, time.perf_counter() - started)
            trace_context.detach(trace)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            return  # nobody is left to answer, and nothing here went wrong
        except Exception:
            log.exception("request_failed", route=_route(scope))
            if answer.status:
                raise  # half an answer is out: only a broken connection says so
            await internal_error(Request(scope, receive))(scope, receive, answer.send)


class _Answer:
    """Passes an answer on: with our headers, and a bare 413 of the framework told as a problem.

    Who waits to be told to go on (`Expect`) and hears a refusal instead may send the body or not: the next
    request would be taken for it, so nothing may follow on that connection. Source: RFC 9110 section 10.1.1.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str], request_id: str
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._added = dict(headers) | {REQUEST_ID: request_id}
        self._is_replaced = False
        self._is_held_back = "100-continue" in Headers(scope=scope).get("expect", "").lower()
        self.status = 0

    async def receive(self) -> Message:
        """Receive what the client sends, which lets one go on who waits for it."""
        self._is_held_back = False
        return await self._receive()

    async def send(self, message: Message) -> None:
        if self._is_replaced:
            return
        if message["type"] != "http.response.start":
            await self._send(message)
            return
        headers = MutableHeaders(scope=message)
        if message["status"] == _TOO_LARGE and headers.get("content-type", "").startswith("text/plain"):
            problem = problem_response(
                Request(self._scope, self._receive),
                _TOO_LARGE,
                "body_too_large",
                "Kiriman melebihi batas ukuran.",
            )
            await problem(self._scope, self._receive, self.send)
            self._is_replaced = True
            return
        self.status = message["status"]
        for name, value in self._added.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if self._is_held_back:
            headers["Connection"] = "close"
        await self._send(message)


def _route(scope: Scope) -> str:
    """Return the route's template: a path itself may hold a token, and its values have no end."""
    if (template := getattr(scope.get("route"), "path", None)) is not None:
        return str(template)
    if "endpoint" not in scope:
        return "unmatched"
    path: str = scope["path"]
    return "/static" if path.startswith("/static/") else path  # the other plain routes have no parameters


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
    HTTP_REQUESTS.labels(method, route, f"{status // 100}xx").inc()
    HTTP_SECONDS.labels(route).observe(seconds)
    log.info("http_request", method=method, route=route, status=status, seconds=round(seconds, 4))
