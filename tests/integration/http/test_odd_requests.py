"""Whatever a stranger sends, no request is a fault of ours: refused by name where it is odd, never a 500.

The operations come from the services themselves, so a new one is struck as soon as it is there.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc import jws
from structlog.testing import capture_logs

from tests.support import odd
from tests.support.database import DatabaseMaker
from tests.support.every_operation import Call, Caller, Place, calling, changed
from tests.support.every_service import SERVICES, running
from tests.support.tokens import TestIssuer

SHARE = 7
"""A place meets every seventh of what is odd in its way, and the places of one name meet all together.

No divisor of the number of odd cursors, so that each list meets odd values in all parts of its own.
"""
SHARE_OF_ITS_OWN = 3
"""A place whose name no other has meets every third."""
SHARE_OF_HEADERS, SHARE_OF_CLAIMS = 14, 28
"""Mostly read before anybody knows the operation: each meets fewer, and those of a service all together."""
ALWAYS = ("%00", "")
"""What every place in an address or a form meets."""
OWN = frozenset({"x-request-id", "date", "set-cookie"})
"""Headers that differ between any two answers."""
HTML, PROBLEM, FOREIGN = "text/html", "application/problem+json", "application/json"
FIELDS = 12
"""Of the questions of a survey, which are all alike, as many as other forms have fields."""
PARTS = (
    b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800+2AA-\0\r\n' % name
        for name in (b"text", b"key", b"receipt", b"text_version", b"response_id", b"+2AA-", b"\xff")
    )
    + b"--x--\r\n"
)
FORM = "application/x-www-form-urlencoded"
HEADERS = [(name, value) for name, values in odd.HEADERS.items() for value in values]

T = TypeVar("T")


class Findings:
    """What was wrong with the answers, and how many there were by kind of place."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.asked: Counter[str] = Counter()

    def see(
        self, call: Call, place: str, value: Any, answer: httpx2.Response, *, named: str | None = None,
        statuses: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        """Note what no answer may be; `named` is the place that a refusal of it must name."""
        self.asked[place.partition(" ")[0]] += 1
        told = list(_wrong(call, answer, named, statuses))
        if told:
            self.faults.append(f"{call.operation}, {place} = {value!r:.80}: {answer.status_code} {told}")


def _wrong(call: Call, answer: httpx2.Response, named: str | None, statuses: frozenset[int]) -> Iterator[str]:
    status = answer.status_code
    if status >= 500:
        yield f"a fault: {answer.text[:200]}"
        return
    if statuses and status not in statuses:
        yield f"is none of {sorted(statuses)}: {answer.text[:200]}"
    if not call.is_page and status not in (call.documented or ()):
        yield "is not documented"
    if status >= 400 and answer.request.method != "HEAD":
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if kind not in ((FOREIGN,) if call.is_foreign else (HTML, PROBLEM)):
            yield f"is no problem but {kind}"
        if "Traceback" in answer.text:
            yield "tells a traceback"
    if named is not None and answer.request.method != "HEAD" and not call.is_foreign:
        fields = [error["field"] for error in answer.json().get("errors", [])]
        if not any(one == named or one.startswith(f"{named}.") for one in fields):
            yield f"names {fields}, not {named}"


class Dealer:
    """Deals odd values out among places: those of one name, three or more, meet all of them together."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._places = Counter(
            name
            for call in calls
            for name in (*(_of_place(place) for place in call.places), *map(_of_form, _form_fields(call)))
        )
        self._dealt: Counter[str] = Counter()

    def deal(self, name: str, values: Sequence[str]) -> Sequence[str]:
        """Return what the next place of this name meets: what every place does, and its share of the rest."""
        step = min(max(self._places[name], SHARE_OF_ITS_OWN), SHARE)
        turn = self._dealt[name] % step
        self._dealt[name] += 1
        always = [value for value in values if value in ALWAYS]
        rest = [value for value in values if value not in ALWAYS]
        return [*always, *rest[turn::step]]


def _of_place(place: Place) -> str:
    return f"{place.where} {place.name}"


def _of_form(name: str) -> str:
    return f"form {name}"


def _form_fields(call: Call) -> Sequence[str]:
    """Return the fields of a form that are struck, with some that it has not."""
    return () if call.form is None else (*list(call.form)[:FIELDS], "more", "%00", "csrf")


def share(values: Sequence[T], number: int, of: int = SHARE) -> Sequence[T]:
    """Return the part of the values that the operation of this number meets: at least one."""
    return values[number % of :: of] or values[:1]


@pytest.fixture(params=SERVICES)
async def caller(
    request: pytest.FixtureRequest, make_database: DatabaseMaker, tmp_path: Path
) -> AsyncIterator[Caller]:
    name = request.param
    async with (
        running(name, await make_database(name), tmp_path) as service,
        calling(name, service) as found,
    ):
        yield found


FIRST = frozenset({"page_ask_act", "page_act", "page_raise_finding", "page_assign_team"})
"""Pages of an assessor and an assignment that the interface for programs changes: they come before it."""


async def test_no_request_is_a_fault_of_ours(caller: Caller) -> None:
    findings, tokens, dealer = Findings(), _tokens(caller.service.issuer), Dealer(caller.calls)
    with capture_logs() as logs:
        for number, call in enumerate(sorted(caller.calls, key=lambda call: call.operation not in FIRST)):
            await _well_formed(caller, call, findings)
            await _head(caller, call, findings)
            for place in call.places:
                await _strike(caller, call, place, findings, dealer, number)
            await _headers(caller, call, findings, number)
            await _bodies(caller, call, findings, dealer, number)
            await _claims(caller, call, findings, tokens, number)
    assert [line for line in logs if line["event"] == "request_failed"] == []
    assert findings.faults == [], "\n".join([f"{len(findings.faults)} faults", *findings.faults[:100]])
    assert findings.asked["claim"] >= len(odd.CLAIMS)
    assert findings.asked["header"] >= len(caller.calls) * (len(HEADERS) // SHARE_OF_HEADERS)


async def _well_formed(caller: Caller, call: Call, findings: Findings) -> None:
    """A request with nothing odd is understood, so that what follows is refused for its oddity alone."""
    answer = await caller.send(call)
    findings.see(call, "nothing", None, answer)
    is_understood = answer.status_code < 400 or answer.status_code not in {400, 415, 422}
    if call.body is not None and answer.status_code == 422:
        is_understood = answer.json()["code"] != "validation_failed"
    if call.method == "GET" and not call.is_stream:
        is_understood = answer.status_code < 400
    if call.form is not None:
        is_understood = answer.status_code < 400 or answer.status_code in {404, 409, 412}
    if not is_understood:
        findings.faults.append(f"{call.operation} is not well formed: {answer.text[:300]}")


async def _head(caller: Caller, call: Call, findings: Findings) -> None:
    """HEAD is answered as GET without the body."""
    if call.method != "GET" or call.is_stream:
        return
    whole, head = await caller.send(call), await caller.send(call, method="HEAD")
    first, second = ({k: v for k, v in one.headers.items() if k not in OWN} for one in (whole, head))
    if (whole.status_code, first) != (head.status_code, second) or head.content:
        findings.faults.append(f"{call.operation}: HEAD {head.status_code} {second}, not {first}")


async def _strike(
    caller: Caller, call: Call, place: Place, findings: Findings, dealer: Dealer, number: int
) -> None:
    match place.where:
        case "path":
            for text in dealer.deal(_of_place(place), odd.PATHS):
                answer = await caller.send(call, values={place.name: text})
                named = place.name if "%00" in text and not call.is_page else None
                findings.see(call, f"path {place.name}", text, answer, named=named)
        case "query" if place.name == "cursor":
            for text in share(list(odd.cursors()), number):
                answer = await caller.send(call, query=urlencode(call.query | {"cursor": text}))
                named = "cursor" if answer.status_code == 422 and not call.is_page else None
                expected = frozenset({200, 422})
                findings.see(call, "cursor", text, answer, named=named, statuses=expected)
        case "query":
            others = urlencode({name: value for name, value in call.query.items() if name != place.name})
            for text in dealer.deal(_of_place(place), odd.QUERIES):
                answer = await caller.send(call, query=f"{others}&{place.name}={text}")
                named = place.name if "%00" in text and not call.is_page else None
                findings.see(call, f"query {place.name}", text, answer, named=named)
        case "body":
            kind = odd.kind_of(place.schema)
            for value in odd.refused(kind):
                answer = await caller.send(call, body=changed(call.body, place.path, value))
                expected = frozenset({422})
                findings.see(call, f"body {place.name}", value, answer, named=place.name, statuses=expected)
            for value in share((*odd.doubtful(kind), odd.nested(1), odd.nested(odd.NUL)), number):
                answer = await caller.send(call, body=changed(call.body, place.path, value))
                findings.see(call, f"body {place.name}", value, answer)


async def _headers(caller: Caller, call: Call, findings: Findings, number: int) -> None:
    for name, value in share(HEADERS, number, SHARE_OF_HEADERS):
        answer = await caller.send(call, headers={name: value})
        findings.see(call, f"header {name}", value, answer)


async def _bodies(caller: Caller, call: Call, findings: Findings, dealer: Dealer, number: int) -> None:
    if call.method == "GET":
        return
    for kind in ("application/json", FORM, "multipart/form-data; boundary=x"):
        for raw in share(odd.RAW_BODIES, number):
            answer = await caller.send(call, content=raw, headers={"Content-Type": kind})
            findings.see(call, f"raw {kind}", raw, answer)
    if call.form is None:
        return
    for name in _form_fields(call):
        others = urlencode({key: value for key, value in call.form.items() if key != name})
        for text in dealer.deal(_of_form(name), odd.FORM_VALUES):
            content = f"{others}&{name}={text}".encode()
            answer = await caller.send(call, content=content, headers={"Content-Type": FORM})
            findings.see(call, f"form {name}", text, answer)
    for charset in ("utf-8", "utf-7", "undefined", "utf-16", "unicode_escape", "idna"):
        boundary = f"multipart/form-data; boundary=x; charset={charset}"
        answer = await caller.send(call, content=PARTS, headers={"Content-Type": boundary})
        findings.see(call, "form in parts", charset, answer)


async def _claims(caller: Caller, call: Call, findings: Findings, tokens: Sequence[str], number: int) -> None:
    """Refuse a token that the issuer signed for an odd claim, at every operation of an API."""
    if call.is_page:
        return
    operations = sum(not one.is_page for one in caller.calls)
    claimed = list(zip(odd.CLAIMS, tokens, strict=True))
    for (claim, value), token in share(claimed, number, min(SHARE_OF_CLAIMS, operations)):
        answer = await caller.send(call, headers={"Authorization": f"Bearer {token}"})
        findings.see(call, f"claim {claim}", value, answer, statuses=frozenset({401}))


def _tokens(issuer: TestIssuer) -> list[str]:
    """Return a token for each odd claim, signed as the issuer signs."""
    good: dict[str, Any] = {"level": "national", "agencies": ["a-1"], "units": ["u-1"], "roles": ["admin"]}
    header = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}
    return [
        jws.serialize_compact(
            header, json.dumps(issuer.claims(**(good | {claim: value}))), issuer.key, algorithms=["ES256"]
        )
        for claim, value in odd.CLAIMS
    ]
