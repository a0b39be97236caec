"""A small asynchronous client of the services' public HTTP APIs, acting as the demo people."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx2

from deploy.local.demo.agency import AGENCY_ID
from deploy.local.idp.people import PEOPLE, Person

AT_ONCE = 8
"""Requests under way at the same time: enough to keep two cores busy, few enough to queue nowhere."""
RECEIPTS_AT_ONCE = 3
"""Complaints lets a few receipts be shown at a time; who waits here is not sent away there."""
LIMITS = httpx2.Limits(max_connections=2 * AT_ONCE)
TOKEN_SECONDS = 3000
"""A little less than tokens of the identity provider live."""
ANSWER_SECONDS = 120.0
TELL_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
AWAY = frozenset({429, 502, 503, 504})
"""What asks for another try a little later."""
UNAUTHENTICATED = 401


@dataclass(frozen=True)
class Actor:
    """Who calls: `form` is what the identity provider is asked with, `subject` who the services see."""

    subject: str
    form: Mapping[str, str] = field(hash=False)


def actor(role: str, unit: str) -> Actor:
    """Return the demo person who has this role in the unit, else a made-up one with just that."""
    for person in PEOPLE.values():
        if role in person.roles and _is_in(person, unit):
            return Actor(person.sub, {"user": person.sub})
    form = {"role": role, "unit": unit, "agency": AGENCY_ID}
    return Actor(f"dev-{role}-{AGENCY_ID}-{unit}", form)


def _is_in(person: Person, unit: str) -> bool:
    return person.scope.level != "unit" or unit in person.scope.units


class RefusedError(Exception):
    """A service said no; `code` is the problem's code."""

    def __init__(self, request: str, status: int, problem: Mapping[str, Any]) -> None:
        told = f"{problem.get('detail', '')} {problem.get('errors', '')}"
        super().__init__(f"{request} answered {status}: {told}")
        self.status = status
        self.code = str(problem.get("code", ""))


@dataclass(frozen=True)
class Reply:
    """The JSON of an answer and its entity tag."""

    body: Any
    etag: str | None


class Api:
    """Calls the services at `addresses`; one that is away is called again for `patience` seconds.

    They count from the last answer that the service gave to any call.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        *,
        patience: float,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._addresses = addresses
        self._patience = patience
        self._http = httpx2.AsyncClient(
            timeout=ANSWER_SECONDS, transport=transport or httpx2.AsyncHTTPTransport(limits=LIMITS)
        )
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.receipts = asyncio.Semaphore(RECEIPTS_AT_ONCE)
        self._tokens: dict[str, tuple[float, asyncio.Task[str]]] = {}
        self._answered_at: dict[str, float] = {}
        self._told_at: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, service: str, path: str, by: Actor | None, **query: Any) -> Reply:
        """Read a resource."""
        return await self.send("GET", service, path, by, params=query)

    async def pages(self, service: str, path: str, by: Actor | None, **query: Any) -> AsyncIterator[Any]:
        """Yield the items of a list, page after page."""
        while True:
            page = (await self.get(service, path, by, **query)).body
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    async def post(
        self,
        service: str,
        path: str,
        by: Actor | None,
        body: Any = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
        **options: Any,
    ) -> Reply:
        """Send a command once: `key` names it over all runs, without it over the repeats of this call."""
        return await self.command("POST", service, path, by, body, key=key, if_match=if_match, **options)

    async def command(
        self,
        method: str,
        service: str,
        path: str,
        by: Actor | None,
        body: Any = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
        **options: Any,
    ) -> Reply:
        """Send a command of any method, as `post` does."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        if body is not None:
            options["json"] = body
        return await self.send(method, service, path, by, headers=headers, **options)

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        by: Actor | None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Reply:
        """Send a request; raises `RefusedError`, and `TimeoutError` when the service stays away."""
        began = time.monotonic()
        pause = FIRST_PAUSE
        is_renewed = False
        request = partial(self._http.request, method, self._addresses[service] + path, **options)
        while True:
            answer = await self._try(request, by, headers or {})
            if answer is not None and answer.status_code == UNAUTHENTICATED and by and not is_renewed:
                self._tokens.pop(by.subject, None)
                is_renewed = True
            elif answer is not None and answer.status_code not in AWAY:
                self._answered_at[service] = time.monotonic()
                return _read(f"{method} {service}{path}", answer)
            else:
                away = time.monotonic() - max(began, self._answered_at.get(service, began))
                if away + pause > self._patience:
                    raise TimeoutError(f"{service} has been away for {away:.0f} s")
                self._tell(service, away)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _tell(self, service: str, away: float) -> None:
        """Say at times that a service is waited for, and since when."""
        now = time.monotonic()
        if away >= TELL_SECONDS <= now - self._told_at.get(service, 0.0):
            self._told_at[service] = now
            print(f"{service} has been away for {away:.0f} s; waiting for it", flush=True)

    async def _try(
        self, request: Callable[..., Awaitable[httpx2.Response]], by: Actor | None, headers: Mapping[str, str]
    ) -> httpx2.Response | None:
        """Return the answer to a request, None when nobody answers."""
        try:
            identity = {} if by is None else {"Authorization": f"Bearer {await self._token(by)}"}
            async with self._gate:
                return await request(headers={**identity, **headers})
        except httpx2.TransportError:
            return None

    async def _token(self, by: Actor) -> str:
        """Return the actor's token; all who wait for the same one share one request."""
        now = time.monotonic()
        until, token = self._tokens.get(by.subject, (0.0, None))
        if token is None or now > until or (token.done() and token.exception()):
            token = asyncio.create_task(self._fetch_token(by))
            self._tokens[by.subject] = (now + TOKEN_SECONDS, token)
        return await token

    async def _fetch_token(self, by: Actor) -> str:
        answer = await self._http.post(f"{self._addresses['idp']}/dev/token", data=dict(by.form))
        return str(_read("token", answer).body["access_token"])


def _read(request: str, answer: httpx2.Response) -> Reply:
    is_json = "json" in answer.headers.get("content-type", "")
    body = answer.json() if is_json and answer.content else None
    if not answer.is_success:
        raise RefusedError(request, answer.status_code, body if isinstance(body, Mapping) else {})
    return Reply(body, answer.headers.get("etag"))
