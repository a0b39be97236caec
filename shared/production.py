"""What no production start may carry: keys that can be guessed, doors that stand open, ways without TLS.

Each function returns what is wrong in a few words that never hold the value itself, or None.
"""

import ipaddress
from itertools import pairwise
from urllib.parse import parse_qs, unquote, urlsplit

KEY_BYTES = 32
DISTINCT_BYTES = 8
"""32 random hexadecimal digits have 14 different ones on average, fewer than 8 once in 28 million keys."""
OBVIOUS = (
    "development", "pengembangan", "changeme", "change-me", "change_me", "example", "password", "passwd",
    "kata-sandi", "katasandi", "secret", "rahasia", "default", "minioadmin", "postgres", "integritas",
    "qwerty", "letmein", "123456", "abcdef", "planning", "complaints", "survey", "scoring",
)  # fmt: skip
_LOCAL_NAMES = (".localhost", ".test", ".example", ".invalid")
"""Names that no issuer in use can have; source: RFC 2606."""


def key_fault(key: str) -> str | None:
    """Judge a key: at least 32 bytes, of a variety that no hand types."""
    raw = key.encode()
    if len(raw) < KEY_BYTES:
        return f"has fewer than {KEY_BYTES} bytes"
    if _is_obvious(key):
        return "holds an obvious word, as development keys do"
    steps = sum(abs(after - before) <= 1 for before, after in pairwise(raw))
    if len(set(raw)) < DISTINCT_BYTES or 2 * steps > len(raw) or _repeats(raw):
        return "is of too little variety"
    return None


def password_fault(url: str) -> str | None:
    """Judge the password in a database URL; one that has none logs in by other means."""
    parts = urlsplit(url)
    given = [unquote(parts.password or ""), *parse_qs(parts.query).get("password", [])]
    user = unquote(parts.username or "").casefold()
    if any(one and (_is_obvious(one) or one.casefold() == user) for one in given):
        return "holds a development password"
    return None


def word_fault(secret: str) -> str | None:
    """Judge a secret whose length another system chose."""
    return "is a development secret" if _is_obvious(secret) else None


def issuer_fault(url: str) -> str | None:
    """Judge the issuer: by TLS only, and none on this machine."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        return "is not https"
    if host == "localhost" or host.endswith(_LOCAL_NAMES) or _is_loopback(host):
        return "is a local issuer or an example"
    return None


def proxies_fault(listed: str) -> str | None:
    """Judge the proxies whose word about a caller's address is believed."""
    for one in (part.strip() for part in listed.split(",")):
        if one == "*" or one.endswith("/0"):
            return "believes everybody"
    return None


def _is_obvious(secret: str) -> bool:
    lowered = secret.casefold()
    return any(word in lowered for word in OBVIOUS)


def _repeats(raw: bytes) -> bool:
    """Tell whether the bytes are one piece said again and again."""
    return any(raw[size:] == raw[:-size] for size in range(1, len(raw) // 2 + 1))


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
