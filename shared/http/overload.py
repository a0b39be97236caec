"""Under a crowd: as many requests at work as can be served, a short line, an early 503 for all others.

A crowd then waits outside, where it costs little: while the line is full, a request is refused before its
log-in is checked and its body read, but for a page's form, which every refusal gives back. A small body is
read whole before its request takes a place, so that nobody holds one by sending nothing; files are read at
work, and only of whom their operation lets in. Requests that wait for something of their own kind (files, the
issuer) have lanes of their own, so that a slow issuer keeps no form waiting. A place is given back when the
answer begins: who reads it slowly keeps nobody out. Descriptions and static files are never refused.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from re import Pattern
from typing import ClassVar

from fastapi import Request
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.db.database import ATTEMPTS
from shared.db.faults import DatabaseAwayError, StaleStatementError
from shared.http.authorization import authorize_upload
from shared.http.bodies import BODY, Bodies, Body, BodySlowError, BodyTooLargeError, has_body
from shared.http.crosssite import SAFE_METHODS, CrossSiteError
from shared.http.problem import LANE, on_database_away, on_domain_error
from shared.http.reference.paths import PATHS as DESCRIPTIONS
from shared.http.typed import FORM_BYTES, FORMS, kind_of_body
from shared.kernel import DomainError, NotFoundError
from shared.observability.metrics import HTTP_AT_WORK, HTTP_REFUSED, HTTP_WAITING, LANES
from shared.process.line import BusyError, Line
from shared.process.settings import ServiceSettings
from shared.security import ForbiddenError, UnauthenticatedError
from shared.security.tokens import KeysAwayError

LOGINS_AT_ONCE = 8
STREAMS_OPENED_AT_ONCE = 4
STREAM_WAIT_SECONDS = 30.0
"""A browser whose stream is refused must ask again by itself, so streams wait longer than anybody."""
Guard = Callable[[Request], Awaitable[None]]
"""Lets a caller bring a file whom no log-in knows, e.g. by a receipt; raises `NotFoundError` for others."""
_NOT_ADMITTED = (
    NotFoundError,
    BodySlowError,
    BodyTooLargeError,
    UnauthenticatedError,
    ForbiddenError,
    CrossSiteError,
    KeysAwayError,
)


class TooSlowError(DomainError):
    """The request was at work for longer than it may, and was broken off, maybe after its commit (503)."""

    code: ClassVar[str] = "too_slow"

    def __init__(self) -> None:
        super().__init__(
            "Permintaan ini terlalu lama dikerjakan lalu dihentikan, tetapi mungkin sudah tercatat. Coba "
            "lagi beberapa saat lagi; pengiriman ulang dengan kunci yang sama tidak akan tercatat dua kali."
        )


@dataclass(frozen=True, slots=True)
class Lane:
    """Requests that compete with each other: their line, and how long each may be at work."""

    name: str
    line: Line
    seconds: float


class OverloadControl:
    """The gate before all work, just inside `Outermost`."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServiceSettings,
        routes: Sequence[APIRoute],
        bodies: Bodies,
        logins: Collection[str],
        pages: Collection[str] = (),
        guards: Mapping[str, Guard] | None = None,
    ) -> None:
        self._app = app
        self._logins = frozenset(logins)
        self._pages = frozenset(pages)
        self._guards = dict(guards or {})
        self._bodies = bodies
        self._most_body = settings.max_body_bytes
        self._most_streams = settings.streams_at_once
        self._streams = 0
        self._lanes = {name: Lane(name, *_limits(name, settings)) for name in LANES}
        self._special = list(_special(routes, settings))
        for name, lane in self._lanes.items():
            HTTP_AT_WORK.labels(name).set_function(partial(getattr, lane.line, "serving"))
            HTTP_WAITING.labels(name).set_function(partial(getattr, lane.line, "waiting"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        kind = self._kind_of(scope)
        lane = self._lanes[kind.lane]
        scope[LANE] = lane.name
        if kind.route is not None:
            scope["route"] = kind.route  # a refusal is counted where it belongs
        try:
            async with self._whole(lane, kind.upload, scope, receive) as received:
                await self._pass(lane, scope, received, send)
        except _NOT_ADMITTED as error:
            await _refuse(error, scope, receive, send)
        except DatabaseAwayError as error:  # asked for the session of who brings a file to a page
            await (await on_database_away(Request(scope, receive), error))(scope, receive, send)
        except BusyError as error:
            HTTP_REFUSED.labels(lane.name, error.reason).inc()
            await _refuse(error, scope, receive, send)
        except TooSlowError as error:
            HTTP_REFUSED.labels(lane.name, error.code).inc()
            await _refuse(error, scope, receive, send)

    def _kind_of(self, scope: Scope) -> "_Kind":
        path = scope["path"]
        if path in self._logins:
            return _LOGIN
        for method, pattern, kind in self._special:
            if method == scope["method"] and pattern.match(path):
                return kind
        return _WORK

    @asynccontextmanager
    async def _whole(self, lane: Lane, upload: str, scope: Scope, receive: Receive) -> AsyncIterator[Receive]:
        """Yield what receives the request once its body is here, or once who brings a file is let in.

        Raises as `authorize_upload`, besides `BusyError`, `BodySlowError`, `BodyTooLargeError`, and
        `ClientDisconnect` when nobody waits for an answer.
        """
        if lane.line.is_full:
            raise BusyError("full")
        if upload:
            await authorize_upload(Request(scope, receive), upload, is_page=upload in self._pages)
            if (guard := self._guards.get(upload)) is not None:
                await guard(Request(scope, receive))
        if BODY in scope:
            self._check(scope[BODY])
            yield receive
        elif upload or scope["method"] in SAFE_METHODS or not has_body(scope):
            yield receive
        else:
            most = min(self._most_body, FORM_BYTES) if kind_of_body(scope) in FORMS else self._most_body
            async with self._bodies.reading(scope, receive, most) as body:
                self._check(body)
                yield body.receive

    def _check(self, body: Body) -> None:
        if body.end == "gone":
            raise ClientDisconnect
        if body.end == "too_long" or body.size > self._most_body:
            raise BodyTooLargeError
        if body.end == "no_room":
            raise BusyError("bodies")
        if body.end == "late":
            raise BodySlowError

    async def _pass(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        if lane.name != "streams":
            await self._serve(lane, scope, receive, send)
            return
        if self._streams >= self._most_streams:
            raise BusyError("full")
        self._streams += 1
        try:
            await self._serve(lane, scope, receive, send)
        finally:
            self._streams -= 1

    async def _serve(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application in a place of the lane, which is free again as soon as the answer begins."""
        await lane.line.enter()
        has_place = True

        def leave() -> None:
            nonlocal has_place
            if has_place:
                has_place = False
                lane.line.leave()

        async def begin(message: Message) -> None:
            if has_place:
                deadline.reschedule(None)
                leave()
            await send(message)

        try:
            async with asyncio.timeout(lane.seconds) as deadline:
                await self._repeat(scope, receive, begin)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise TooSlowError from None
        finally:
            leave()

    async def _repeat(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, again when a read met a migration: such an error comes before any answer."""
        before = dict(scope)
        for _ in range(ATTEMPTS):
            try:
                await self._app(scope, receive, send)
            except StaleStatementError:
                scope.clear()
                scope.update(before)
            else:
                return
        away = await on_database_away(Request(scope, receive), DatabaseAwayError("migrations without end"))
        await away(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in DESCRIPTIONS or path.startswith("/static/")


def _limits(name: str, settings: ServiceSettings) -> tuple[Line, float]:
    """Return the line of a lane and the seconds that its requests may take."""
    seconds = settings.request_seconds
    if name == "streams":
        line = Line(
            at_once=STREAMS_OPENED_AT_ONCE, waiting=settings.streams_at_once, seconds=STREAM_WAIT_SECONDS
        )
        return line, seconds
    own = {"files": settings.files_at_once, "login": LOGINS_AT_ONCE}
    at_once = own.get(name, settings.requests_at_once)
    line = Line(at_once=at_once, waiting=settings.requests_waiting, seconds=settings.waiting_seconds)
    return line, settings.file_seconds if name == "files" else seconds


@dataclass(frozen=True, slots=True)
class _Kind:
    """Requests of one lane; `upload` is the operation that takes a file, "" where none does."""

    lane: str
    route: APIRoute | None = None
    upload: str = ""


_WORK, _LOGIN = _Kind("work"), _Kind("login")


class Unhurried(HTMLResponse):
    """Response class of a page whose work takes as long as that on a file."""


def _special(
    routes: Sequence[APIRoute], settings: ServiceSettings
) -> Iterator[tuple[str, Pattern[str], _Kind]]:
    """Yield method, path and kind of the routes that stream, or that take or give files."""
    for route in routes:
        kind = route.response_class if isinstance(route.response_class, type) else object
        takes_file = (route.max_body_size or 0) > settings.max_body_bytes
        if issubclass(kind, EventSourceResponse):
            lane = "streams"
        elif issubclass(kind, StreamingResponse | Unhurried) or takes_file:
            lane = "files"
        else:
            continue
        upload = (route.operation_id or "") if takes_file else ""
        for method in route.methods or ():
            yield method, route.path_regex, _Kind(lane, route, upload)


async def _refuse(error: DomainError, scope: Scope, receive: Receive, send: Send) -> None:
    response = await on_domain_error(Request(scope, receive), error)
    await response(scope, receive, send)
