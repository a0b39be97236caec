"""What strangers can send: odd values of each kind, and whether a place of that kind must refuse them."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

ID = "01890000-0000-7000-8000-000000000000"
NUL, HALF = "a\0b", "a\ud800b"
"""No table holds the first; no answer, topic or table the second."""
DEVANAGARI = "२०२६"
LONG_NUMBER = "9" * 4000
_NO_TEXT: tuple[Any, ...] = (NUL, HALF, 1, True, 1.5, [], {}, [[["x"]]], {"a": "x"})
_NO_TIME: tuple[Any, ...] = (
    *_NO_TEXT,
    1700000000, "1700000000", 1e300, "", "x", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00", f"{DEVANAGARI}-०१-०१", "2026-13-01", "2026-W01-1",
)  # fmt: skip
_REFUSED: dict[str, tuple[Any, ...]] = {
    "text": _NO_TEXT,
    "uuid": (*_NO_TEXT, "", "x", "१" * 32, f"{ID}\0"),
    "date": _NO_TIME,
    "date-time": (*_NO_TIME, "2026-01-01T00:00:00", "2026-01-01", f"{DEVANAGARI}-01-01T00:00:00Z"),
    "integer": (True, 1.0, 1.5, "1", DEVANAGARI, 10**30, -(10**30), float("nan"), float("inf"), [], {}, NUL),
    "boolean": (1, 0, 1.0, "true", "yes", "", [], {}, NUL),
    "array": ("x", 1, True, {}, {"0": "x"}, NUL),
    "object": ("x", 1, True, [], NUL, {NUL: "x"}, {HALF: "x"}, {"a": NUL}, {"a": [[HALF]]}),
    "anything": (NUL, HALF, float("nan"), 10**30, [[NUL]], {HALF: 1}),
}
_DOUBTFUL: dict[str, tuple[Any, ...]] = {
    "text": ("", " ", "\u202eabc", "𝟙", DEVANAGARI, "\uffff", "ſ", "x" * 20_000, None),
    "uuid": (f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", ""), None),
    "date": ("2000-01-01", "2099-12-31", None),
    "date-time": ("2000-01-01T00:00:00+07:00", "2099-12-31T23:59:59+00:00", None),
    "integer": (0, -1, 2**31, 2**63 - 1, None),
    "boolean": (None,),
    "array": ([], [None], None),
    "object": ({}, {"a": None}, {"x" * 5000: 1}, None),
    "anything": (None, [], {}, "x" * 5000, -1, 1.5, True),
}


def kind_of(schema: dict[str, Any]) -> str:
    """Return which of the kinds here a place with this JSON schema takes."""
    if "enum" in schema or "const" in schema:
        return "text"
    if schema.get("type") == "string":
        return schema.get("format", "text") if schema.get("format") in _REFUSED else "text"
    return schema["type"] if schema.get("type") in _REFUSED else "anything"


def refused(kind: str) -> tuple[Any, ...]:
    """Return what every place of a kind must refuse with its name, in JSON."""
    return _REFUSED[kind]


def doubtful(kind: str) -> tuple[Any, ...]:
    """Return what a place of a kind may take or refuse, in JSON."""
    return _DOUBTFUL[kind]


def nested(value: Any, depth: int = 60) -> Any:
    """Return a value within as many lists."""
    for _ in range(depth):
        value = [value]
    return value


RAW_BODIES: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[1]", b'"x"', b"NaN", b"\xff\xfe", b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}',
    b"1" * 5000, b'{"a":' + b"1" * 5000 + b"}", b"[" * 20_000, b'{"a":' * 2000, b'{"a":1e999}',
    b'{"\\u0000":1}',
    '{"a":"\ud800"}'.encode("utf-16", "surrogatepass"), '{"a":1}'.encode("utf-32"),
)  # fmt: skip
CONTENT_TYPES: tuple[bytes, ...] = (
    b"", b"x", b"text/plain", b"application/json; charset=undefined", b"application/json; charset=utf-7",
    b"multipart/form-data", b"multipart/form-data; boundary=\xff", b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=x; charset=undefined", b"multipart/form-data; boundary=x; charset=utf-7",
    b"multipart/form-data; boundary=x; charset=idna", b"multipart/form-data; boundary=x; charset=hex",
    b"application/x-www-form-urlencoded; charset=punycode", b"application/x-www-form-urlencoded;charset=\xff",
    b";;;=", b"\xff\xfe/\xff", b"application/json" + b";a" * 500,
)  # fmt: skip
HEADERS: dict[str, tuple[bytes, ...]] = {
    "Idempotency-Key": (
        b"", b" ", b"short", b"k" * 5000, b"\xe9" * 20, b"\xff\xfe" * 10, b"a\x00" * 10, b"\xd9\xa3" * 10,
    ),
    "If-Match": (
        b"", b"*", b'""', b'"0"', b'"x"', b'W/"1"', b'"-1"', b'"1", "2"', b'"999999999999999999"', b'"\xb2"',
        b'"' + b"9" * 5000 + b'"', b"\xff", b'"1\x00"', b"999999999999999999",
    ),
    "Accept": (b"", b"\xff", b"text/html\x00", b"x" * 5000, b"text/html;q=\xb2", b"*/*;q=x"),
    "Authorization": (
        b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"Basic eDp5", b"Bearer a.b.c", b"Bearer " + b"x" * 9000,
        b"\xff", b"Bearer e30.e30.e30", b"Bearer \x00",
    ),
    "Content-Type": CONTENT_TYPES,
    "Cookie": (b"", b"\xff=\xff", b"=;=;", b"a" * 5000, b"__Host-zi-complaints-receipt=\xff\x00"),
    "Origin": (b"", b"null", b"http://[", b"\xff", b"https://evil.test"),
    "Sec-Fetch-Site": (b"", b"\xff", b"cross-site"),
    "Host": (b"", b"[", b"\xff", b"a:b:c", b"x" * 5000, b"toy.test:99999999"),
    "X-Request-Id": (b"", b"\xff" * 9, b"x" * 5000, b"a\x00bcdefgh"),
    "traceparent": (b"", b"\xff", b"00-" + b"\xb2" * 32 + b"-1234567890123456-01", b"x" * 5000),
    "X-Receipt-Session": (b"", b"\xff", b"x" * 5000, b"a\x00b"),
    "X-CSRF-Token": (b"", b"\xff\xe9", b"x" * 5000),
    "Last-Event-ID": (b"", b"\xff", b"x" * 5000),
    "Accept-Language": (b"\xff",),
    "If-None-Match": (b"\xff", b"x"),
    "Range": (b"bytes=", b"\xff", b"bytes=9-1"),
}  # fmt: skip
QUERIES: tuple[str, ...] = (
    "%00", "a%00b", "%ED%A0%80", "%C0%80", "%FF", "", "%20", quote(DEVANAGARI), quote("１"), "-1", "1_0",
    "1.0",
    "1e5", "+1", "9999999999999999999", LONG_NUMBER[:400], "NaN", "[]", "null", "%F0%9D%9F%99", "x" * 600,
    "0001-01-01T00:00:00%2B14:00", "'", "%25", "%", "%zz", "..%2F..",
)  # fmt: skip
"""As they stand in an address, each for the value of a parameter."""
PATHS: tuple[str, ...] = tuple(text for text in QUERIES if text not in {"", "%"})


def cursors() -> Iterator[str]:
    """Yield cursors that decode and do not: odd in their number of parts, or in one of them."""
    yield from ("%25%25", "x", "e30", "bnVsbA", "W10", "é", "A" * 500, "=", "W251bGxd", "_-_-")
    odd: tuple[Any, ...] = (
        "", "\0", "x", "u-1", "1/0", "NaN", "Infinity", "-Infinity", "1e999", "1E+99", "1" * 60,
        DEVANAGARI, "1",
        -1, 0, 1, 1.5, 2**62, 2**63 - 1, 2**63, 2**64, True, None, [1], {"a": 1}, ID, ID.upper(),
        ID.replace("-", ""), f"urn:uuid:{ID}", "१" * 32, "0001-01-01T00:00:00+14:00", "2026-01-01",
        "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", f"{DEVANAGARI}-01-01T00:00:00Z", "\uffff",
        "\udc80",
    )  # fmt: skip
    good: tuple[Any, ...] = ("1", "1", "u-1")
    moments: tuple[Any, ...] = ("2026-01-01T00:00:00+00:00", ID)
    for part in odd:
        yield _cursor([part])
        yield from (_cursor([*good[:at], part, *good[at + 1 :]]) for at in range(3))
        yield from (_cursor([*moments[:at], part, *moments[at + 1 :]]) for at in range(2))
    yield from (_cursor([]), _cursor(["1"] * 4), _cursor({"a": 1}), _cursor("x"), _cursor(nested(1)))
    yield from (_encoded(b"[NaN]"), _encoded(b"[1e999]"), _encoded(b'["\xc0\x80"]'), _encoded(b"\xff"))


def _cursor(key: Any) -> str:
    return _encoded(json.dumps(key).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _each(names: Iterable[str], odds: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    return ((name, odd) for name in names for odd in odds)


CLAIMS: tuple[tuple[str, Any], ...] = (
    *_each(("sub",), (1, 1.5, True, [], ["x"], {}, "", " ", NUL, HALF, "x" * 300, "é", "a b", DEVANAGARI)),
    *_each(("sub",), ("public", "system", "engine", "reporter", "respondent", "System", "PUBLIC")),
    *_each(("roles", "agencies", "units", "amr"),
           ("admin", 1, True, {}, {"u-1": 1}, [1], [None], [["u-1"]], [{}], nested("x"))),
    *_each(("agencies", "units"), ([NUL], [HALF], [""], ["x" * 300], ["é"], ["u-1", NUL], [DEVANAGARI])),
    *_each(("level",), ("galaxy", "", 1, True, [], ["unit"], {}, {"unit": 1}, NUL)),
    *_each(("exp", "iat", "nbf"),
           ("9999999999", True, [], {}, 1e300, 10**30, -(10**30), float("nan"), float("inf"))),
    *_each(("aud",), (1, True, {}, [[]], [{}], nested("zona-integritas"), NUL)),
    *_each(("iss",), (1, True, {}, [], ["x"], NUL)),
)  # fmt: skip
"""Claims that a token, signed by the issuer itself, is refused for."""
FORM_VALUES: tuple[str, ...] = (
    "%00", "a%00b", "%ED%A0%80", "%C0%80", "%FF", "", "+", quote(DEVANAGARI), quote("१"), "-1", "x" * 20_000,
    "9999-12-31", "0001-01-01", "unit%3Au-1%00", quote("१" * 32), "1e5", "%0D%0A%0D%0A",
)  # fmt: skip
"""As they stand in a body of `application/x-www-form-urlencoded`."""
