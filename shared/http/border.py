"""The border of the application: what no request of any route may hold, and the methods every path has.

Paths and queries are checked here once, for routes of ours and of libraries alike; bodies by their models
(`fields.Body`), forms by `forms.read_form`. `HEAD` is answered as `GET` without its body, so a stream ends
where it would begin. `OPTIONS` and 405 name all methods of a path, whichever route has them.
"""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl

import anyio
from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.crosssite import SAFE_METHODS
from shared.http.fields import shown_key
from shared.http.problem import FieldError, problem_response, sentence
from shared.http.typed import FORMS
from shared.kernel import is_storable

UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
NO_CONTENT = 204
_NOT_ALLOWED = 405
_STREAM = "text/event-stream"


class Border:
    """Just inside `Outermost`, before the overload control: nothing here waits or asks a database."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _refusal(scope, receive, self._routes) or self._options(scope)
        if answer is not None:
            await answer(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, self._naming(scope["path"], send))
        else:
            await self._app(scope, receive, self._naming(scope["path"], send))

    def _options(self, scope: Scope) -> Response | None:
        """Return the answer to OPTIONS of a path that has any."""
        if scope["method"] != "OPTIONS" or not (allowed := self._allowed(scope["path"])):
            return None
        return Response(status_code=NO_CONTENT, headers={"Allow": ", ".join(allowed)})

    def _naming(self, path: str, send: Send) -> Send:
        """Return what sends an answer on, with every method of the path where this one is none of them."""

        async def named(message: Message) -> None:
            is_refused = message["type"] == "http.response.start" and message["status"] == _NOT_ALLOWED
            if is_refused and (allowed := self._allowed(path)):
                MutableHeaders(scope=message)["Allow"] = ", ".join(allowed)
            await send(message)

        return named

    def _allowed(self, path: str) -> list[str]:
        """Return the methods that the routes of a path have, in alphabetical order; none for no route."""
        found = {method for route in self._routes for method in _methods(route, path)}
        if "GET" in found:
            found.add("HEAD")
        return sorted(found | {"OPTIONS"}) if found else []

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the head of GET would be; a body that would take its time is broken off."""
        has_ended = False

        async def send_head(message: Message) -> None:
            nonlocal has_ended
            if message["type"] == "http.response.start":
                await send(message)
                is_endless = Headers(raw=message["headers"]).get("content-type", "").startswith(_STREAM)
            else:
                is_endless = bool(message.get("more_body"))
            if has_ended or (message["type"] == "http.response.start" and not is_endless):
                return
            has_ended = True
            await send({"type": "http.response.body", "body": b""})
            if is_endless:
                cut.cancel()

        scope["method"] = "GET" if "GET" in self._allowed(scope["path"]) else "HEAD"
        try:
            with anyio.CancelScope() as cut:
                await self._app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


def _methods(route: BaseRoute, path: str) -> Iterable[str]:
    """Return the methods of a route when it is one of this path."""
    if isinstance(route, Mount):
        return {"GET"} if path.startswith(f"{route.path}/") else ()
    pattern, methods = getattr(route, "path_regex", None), getattr(route, "methods", None)
    return (methods or ()) if pattern is not None and pattern.match(path) else ()


def _refusal(scope: Scope, receive: Receive, routes: Sequence[BaseRoute]) -> Response | None:
    """Return the answer to a request that no route can take, None for all others."""
    if faults := [*_path_faults(scope["path"], routes), *_query_faults(scope.get("query_string", b""))]:
        errors = [
            FieldError(field=name, code="unstorable", message=sentence({"type": "unstorable"}))
            for name in dict.fromkeys(faults)
        ]
        detail = "Alamat memuat karakter yang tidak dapat disimpan."
        return problem_response(Request(scope, receive), 422, "validation_failed", detail, errors=errors)
    if scope["method"] not in SAFE_METHODS and not _is_readable_form(
        Headers(scope=scope).get("content-type")
    ):
        detail = "Formulir harus dikirim dalam UTF-8 (Content-Type tanpa charset lain)."
        errors = [FieldError(field="Content-Type", code="charset_unsupported", message=detail)]
        return problem_response(Request(scope, receive), 415, "charset_unsupported", detail, errors=errors)
    return None


def _path_faults(path: str, routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Yield the names of the path's parameters that no table can hold, `path` when it is none of them."""
    if is_storable(path):
        return
    names = [
        name
        for route in routes
        if hasattr(route, "path_regex") and (found := route.path_regex.match(path)) is not None
        for name, value in found.groupdict().items()
        if not is_storable(value)
    ]
    yield from names or ["path"]


def _query_faults(query: bytes) -> Iterator[str]:
    """Yield the names of the parameters whose name or value no table can hold."""
    if not query.isascii():
        yield "query"  # every sign beyond ASCII is percent-encoded (RFC 3986)
    if b"%00" not in query and b"\0" not in query:
        return
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if not (is_storable(name) and is_storable(value)):
            yield shown_key(name)


def _is_readable_form(content_type: str | None) -> bool:
    """Tell whether a form, if it is one, says no encoding but UTF-8: others can hold what no table can."""
    if content_type is None:
        return True
    kind, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    return kind not in FORMS or charset in UTF8
