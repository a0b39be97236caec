"""A small client of one service's HTTP API that speaks in sentences when something is wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from shared.cli import refusals
from shared.cli.addresses import address, local_run
from shared.cli.errors import CliError, RefusedError
from shared.kernel import error_text

if TYPE_CHECKING:  # a third of the start time, and help needs none of it
    import httpx2

TIMEOUT_SECONDS = 150.0
"""A service answers sooner, if only that it took too long (`docs/operations.md`, `body_slow`)."""
AS_USER = "ZI_AS"
"""Set by `zi --as USER`."""


class Client:
    """HTTP client of one service, acting with `ZI_TOKEN`, `--as USER`, or the demo role a command needs.

    `role` None calls without a token (public forms). `unit` narrows a demo role to one unit. Every answer
    that is not 2xx raises `CliError` with the problem's own sentence: `RefusedError` when it is JSON.
    """

    def __init__(self, service: str, *, role: str | None, unit: str | None = None) -> None:
        import httpx2  # noqa: PLC0415 - see above

        self._service = service
        headers = {"Accept": "application/json"}
        if role is not None:
            headers["Authorization"] = f"Bearer {token(role=role, unit=unit)}"
        self._http = httpx2.Client(base_url=address(service), headers=headers, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET; None values are left out of the query."""
        return self.send("GET", path, params={k: v for k, v in query.items() if v is not None}).json()

    def get_versioned(self, path: str) -> tuple[Any, str]:
        """Return the JSON of a GET and its ETag, for the `If-Match` of a following change."""
        answer = self.send("GET", path)
        return answer.json(), answer.headers["etag"]

    def post(
        self, path: str, body: Any = None, *, if_match: str | None = None, key: str | None = None
    ) -> Any:
        """Send a command with a fresh Idempotency-Key (or `key`) and return its JSON."""
        return self._command("POST", path, body, if_match=if_match, key=key)

    def act(self, path: str, act: str, body: Any, version: int | None = None) -> Any:
        """Do an act on a resource at this version, None: its present one, and return its JSON."""
        tag = f'"{version}"' if version else self.get_versioned(path)[1]
        return self.post(f"{path}/{act}", body, if_match=tag)

    def put(self, path: str, body: Any, *, if_match: str | None = None) -> Any:
        """Replace a resource and return its JSON."""
        return self._command("PUT", path, body, if_match=if_match, key=None)

    def patch(self, path: str, body: Any, *, if_match: str | None = None) -> Any:
        """Change a resource and return its JSON."""
        return self._command("PATCH", path, body, if_match=if_match, key=None)

    def upload(
        self,
        path: str,
        file: Any,
        name: str,
        *,
        media_type: str,
        if_match: str | None = None,
        method: str = "POST",
        **query: Any,
    ) -> Any:
        """Send one file as multipart field `file` and return the JSON answer."""
        headers = {"Idempotency-Key": str(uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        answer = self.send(
            method,
            path,
            files={"file": (name, file, media_type)},
            params={k: v for k, v in query.items() if v is not None},
            headers=headers,
        )
        return answer.json()

    def download(self, path: str, take: Callable[[bytes], object], **query: Any) -> None:
        """Give what a GET answers to `take` part by part, as it comes; raises as `send`."""
        with self._reached(), self._http.stream("GET", path, params=query) as answer:
            if not answer.is_success:
                answer.read()
                raise _refusal(answer)
            for part in answer.iter_bytes():
                take(part)

    def _command(self, method: str, path: str, body: Any, *, if_match: str | None, key: str | None) -> Any:
        headers = {"Idempotency-Key": key or str(uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        answer = self.send(method, path, json=body, headers=headers)
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, **options: Any) -> "httpx2.Response":
        """Send a request; raises `CliError` for a refusal and for a service that cannot be reached."""
        with self._reached():
            answer = self._http.request(method, path, **options)
        if not answer.is_success:
            raise _refusal(answer)
        return answer

    @contextmanager
    def _reached(self) -> Iterator[None]:
        import httpx2  # noqa: PLC0415 - see above

        try:
            yield
        except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise CliError(
                f"{self._service} did not answer within {TIMEOUT_SECONDS:.0f} s; "
                "look whether it was done before you repeat it"
            ) from error
        except httpx2.TransportError as error:
            raise CliError(
                f"{self._service} cannot be reached at {self._http.base_url}: {error_text(error)}"
            ) from error


def _refusal(answer: "httpx2.Response") -> CliError:
    problem = problem_of(answer)
    return CliError(sentence(answer)) if problem is None else RefusedError(sentence(answer), problem)


def problem_of(answer: "httpx2.Response") -> dict[str, Any] | None:
    """Return a refusal's problem details, None for an answer that has none."""
    try:
        problem = answer.json()
    except ValueError:
        return None
    return problem if isinstance(problem, dict) else None


def sentence(answer: "httpx2.Response") -> str:
    """Return a refusal as text: in English by its code, then the service's own words and each fault."""
    if (problem := problem_of(answer)) is None:
        return f"{answer.request.url} answered {answer.status_code}"
    return refusals.sentence(problem, answer.status_code)


def token(*, role: str, unit: str | None = None) -> str:
    """Return a bearer token: `ZI_TOKEN`, else one of the local identity provider for user or role."""
    given = os.environ.get("ZI_TOKEN")
    if given:
        return given
    if "idp" not in local_run() and "ZI_IDP_URL" not in os.environ:
        raise CliError("no token: set ZI_TOKEN, or start a local system with `make run`")
    user = os.environ.get(AS_USER)
    import httpx2  # noqa: PLC0415 - see above

    form = {"user": user} if user else {"role": role, "unit": unit or ""}
    try:
        answer = httpx2.post(f"{address('idp')}/dev/token", data=form, timeout=TIMEOUT_SECONDS)
    except httpx2.TransportError as error:
        raise CliError(f"the identity provider cannot be reached: {error_text(error)}") from error
    if not answer.is_success:
        raise CliError(sentence(answer))
    return str(answer.json()["access_token"])
