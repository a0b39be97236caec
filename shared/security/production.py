"""What no production start may carry: keys that can be guessed, doors that stand open, ways without TLS.

Each function returns what is wrong in a few words that never hold the value itself, or None.
"""

import ipaddress
import re
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
UNSET = "is not set"
SHORTEST_IPV4 = 8
SHORTEST_IPV6 = 16
"""A wider network than these is no proxy's: 10.0.0.0/8 is the widest private one."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


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
    if not host:
        return "names no host"
    if host == "localhost" or host.endswith(_LOCAL_NAMES) or _is_loopback(host):
        return "is a local issuer or an example"
    return "names its host by a number" if _is_number(host) else None


def proxies_fault(listed: str) -> str | None:
    """Judge the proxies whose word about a caller's address is believed: each wrong entry by its place."""
    entries = [part for piece in listed.split(",") if (part := piece.strip())]
    return together(
        [f"{fault} (entry {place})" for place, one in enumerate(entries, 1) if (fault := _proxy_fault(one))]
    )


def together(faults: list[str]) -> str | None:
    """Return the faults of one setting as one clause, None when there are none."""
    return " and ".join(part for part in (", ".join(faults[:-1]), *faults[-1:]) if part) or None


def environment_fault(value: str | None) -> str | None:
    """Judge `ZI_ENVIRONMENT` where no settings are read."""
    if value is None:
        return UNSET
    return None if value in ("development", "production") else "is neither development nor production"


def public_fault(url: str) -> str | None:
    """Judge an address without TLS that browsers use: they keep `__Host-` cookies of this machine alone."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    is_here = _is_loopback(host) and not ipaddress.ip_address(host).is_unspecified
    if host == "localhost" or host.endswith(".localhost") or is_here:
        return None
    return "goes without TLS, and browsers keep the cookies of a log-in over https only"


def _proxy_fault(one: str) -> str | None:
    if one == "*":
        return "believes everybody"
    try:
        network = ipaddress.ip_network(one, strict=False)
    except ValueError:
        return "names what is neither an address nor a network"
    if network.prefixlen < (shortest := _shortest_prefix(network)):
        return f"names a network wider than /{shortest}"
    if "/" in one and ipaddress.ip_interface(one).ip != network.network_address:
        return "names a network by an address inside it"
    return None


def _shortest_prefix(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> int:
    """Return the shortest prefix that a proxy's network may have."""
    if network.version == 4:  # noqa: PLR2004 - of IP
        return SHORTEST_IPV4
    return 96 + SHORTEST_IPV4 if network.subnet_of(_MAPPED) else SHORTEST_IPV6


def _is_obvious(secret: str) -> bool:
    lowered = secret.casefold()
    return any(word in lowered for word in OBVIOUS)


def _repeats(raw: bytes) -> bool:
    """Tell whether the bytes are one piece said again and again."""
    return any(raw[size:] == raw[:-size] for size in range(1, len(raw) // 2 + 1))


def _is_number(host: str) -> bool:
    """Tell whether a host is an address, or what resolvers take for one, like 127.1 or 0x7f000001."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
    return True


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified
