"""Bearer tokens: JWT access tokens of one issuer, verified against its published keys.

Rules (reliability.md section 7): only asymmetric algorithms of a short list; `iss aud exp nbf iat typ` are
checked; keys named inside a token (`jku x5u jwk x5c`) are never used; any `crit` is refused, since we know no
extension.
Source: RFC 9068, RFC 8725.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import httpx2
import structlog
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jwt import JWTClaimsRegistry

from shared.kernel import DomainError, is_subject, is_unit_id
from shared.observability.metrics import AUTH_EXPIRY
from shared.security.access import UnauthenticatedError
from shared.security.known import Known, KnownTokens
from shared.security.principal import RESERVED_SUBJECTS, Level, Principal, Scope
from shared.security.roles import MFA_ROLES, TOKEN_ROLES

log = structlog.get_logger(__name__)

ALGORITHMS = frozenset({"ES256", "RS256", "EdDSA", "Ed25519"})
TYPES = frozenset({"at+jwt", "application/at+jwt"})
ID_TYPES = frozenset({"", "jwt"})
"""An ID token names no type of its own; it is never taken for an access token, nor the other way."""
LOGOUT_TYPES = frozenset({"logout+jwt", "application/logout+jwt"}) | ID_TYPES
"""Not every issuer names the type of its logout tokens; their events tell them from all others."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_SECONDS = 600
"""A logout token older than this is no news, whatever it says of its own end."""
MAX_ID_CHARACTERS = 255
SKEW_SECONDS = 60
MAX_TOKEN_CHARACTERS = 8192
MIN_RSA_CHARACTERS = 342
"""Length of a 2048-bit modulus in base64url."""
REFRESH_SECONDS = 60.0
"""Keys are asked for at most this often, whatever tokens arrive."""
FIRST_SECONDS = 2.0
"""The same while there are no keys at all."""
RENEW_SECONDS = 3600.0
KEEP_SECONDS = 24 * 3600.0
"""Good keys stay good this long while the issuer is away."""
FETCH_TIMEOUT_SECONDS = 3.0
FETCH_SECONDS = 5.0
"""A whole fetch takes no longer, however slowly the issuer drips."""
PATIENCE_SECONDS = 0.2
"""Whoever starts a renewal waits this long for it: a key that a prompt issuer withdrew is not used again."""
_KINDS_OF_FACTORS = (
    frozenset({"pwd", "pin", "kba"}),
    frozenset({"otp", "hwk", "swk", "sc"}),
    frozenset({"face", "fpt", "iris", "retina", "vbm"}),
)
"""Methods by what a person knows, has and is (RFC 8176). What comes over the telephone network (`sms`, `tel`)
counts for none: a number is taken over too easily."""
MAX_SECONDS = 2**38
"""Seconds since 1970 that a claim may name, beyond the year 9999."""
_LEVELS = frozenset({"unit", "agency", "national"})


class TokenRefusedError(UnauthenticatedError):
    """The token is not one of ours, not for us, or not valid now (401); `reason` is for the log only."""

    code: ClassVar[str] = "token_invalid"

    def __init__(self, reason: str) -> None:
        super().__init__("Token akses tidak sah atau sudah kedaluwarsa.")
        self.reason = reason


class ClaimRefusedError(TokenRefusedError):
    """A claim of a token that the issuer signed is not what we take (401); its name is told alone."""

    def __init__(self, claim: str, message: str = "Isinya tidak sesuai ketentuan.") -> None:
        super().__init__(f"claim: {claim}")
        self.message = f"Klaim {claim} pada token akses tidak dapat diterima. {message}"
        self.details = {"errors": [{"field": claim, "code": self.code, "message": message}]}


class SecondFactorError(UnauthenticatedError):
    """The role needs a log-in with a second factor (401)."""

    code: ClassVar[str] = "second_factor_required"


class KeysAwayError(DomainError):
    """The issuer cannot be reached, and what is held of it is too old to be trusted (503)."""

    code: ClassVar[str] = "issuer_away"

    def __init__(self) -> None:
        super().__init__("Layanan identitas sedang tidak dapat dihubungi. Coba beberapa saat lagi.")


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a logout token says: whose sessions end, of which session at the issuer; one of both is there.

    `token_id` serves once; after `ends_at` (Unix time) the token is refused for its age.
    """

    subject: str | None
    session_id: str | None
    token_id: str
    ends_at: int


class _Registry(jws.JWSRegistry):
    """Our algorithms and no others; `EdDSA` keeps its old name beside `Ed25519` (RFC 9864)."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_REGISTRY = _Registry(strict_check_header=False)


Told = Callable[[Principal, Mapping[str, Any]], Awaitable[None]]


class TokenVerifier:
    """Turns a bearer token into a principal. Safe to share between requests of one event loop.

    The issuer may be away at start and at any time: keys are fetched when first needed.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        second_factor_acr: str = "",
        client: httpx2.AsyncClient | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`second_factor_acr` names, by space, values of `acr` that say that a second factor was used."""
        self.issuer = issuer
        self.audience = audience
        self._strong_acr = frozenset(second_factor_acr.split())
        self._client = client
        self._owns_client = client is None
        self._now = now
        self._metadata: Mapping[str, Any] = {}
        self._keys: dict[str, Key] = {}
        self._fetched_at = 0.0
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None
        self._is_waited_for = False
        self._known = KnownTokens()
        self.told: Told | None = None
        """Hears what a good token says of a person when it is first seen; outside every transaction."""

    async def principal(self, token: str) -> Principal:
        """Return the caller that the token speaks for.

        Raises `TokenRefusedError` or `SecondFactorError` (401), `KeysAwayError` (503).
        """
        known = self._known.find(token)
        if known is not None and await self._still_holds(known):
            return known.principal
        signed = _parse(token, TYPES)
        kid, key = await self._proven(signed)
        claims = self._claims(signed.payload, self.audience)
        principal = self._principal(claims)
        begins_at = max(claims["iat"], claims.get("nbf", 0))
        self._known.remember(token, Known(principal, kid, key, begins_at, claims["exp"]))
        await self.tell(principal, claims)
        return principal

    async def tell(self, principal: Principal, claims: Mapping[str, Any]) -> None:
        """Have `told` hear verified claims about a person: an access token's, or those of a log-in."""
        if self.told is not None:
            await self.told(principal, claims)

    async def _still_holds(self, known: Known) -> bool:
        """Tell whether a token that was good is valid now, and its key is still the issuer's."""
        now = int(self._now())
        is_in_time = known.begins_at - SKEW_SECONDS <= now < known.ends_at + SKEW_SECONDS
        return is_in_time and await self._key(known.kid) is known.key

    async def person(self, id_token: str, client_id: str, nonce: str) -> Mapping[str, Any]:
        """Return the claims of an ID token that the issuer made for this client and this log-in.

        Raises as `principal`. Source: OpenID Connect Core 1.0, section 3.1.3.7.
        """
        claims = await self._verified(id_token, ID_TYPES, client_id)
        if claims.get("nonce") != nonce:
            raise TokenRefusedError("nonce")
        is_for_many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (is_for_many or "azp" in claims) and claims.get("azp") != client_id:
            raise TokenRefusedError("azp")
        return claims

    async def leaving(self, logout_token: str, client_id: str) -> Leaving:
        """Return what a logout token says that the issuer made for this client.

        Raises `TokenRefusedError`, `KeysAwayError` (503). Source: OpenID Connect Back-Channel Logout 1.0,
        section 2.6.
        """
        claims = await self._verified(logout_token, LOGOUT_TYPES, client_id, names_person=False)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise TokenRefusedError("events")
        if "nonce" in claims:
            raise TokenRefusedError("nonce")
        subject, session_id, token_id = (_short(claims, name) for name in ("sub", "sid", "jti"))
        if token_id is None:
            raise TokenRefusedError("jti")
        if subject is None and session_id is None:
            raise TokenRefusedError("neither sub nor sid")
        newest = int(claims["iat"]) + LOGOUT_SECONDS
        if newest + SKEW_SECONDS < self._now():
            raise TokenRefusedError("too old")
        return Leaving(subject, session_id, token_id, min(int(claims["exp"]), newest) + SKEW_SECONDS)

    async def metadata(self) -> Mapping[str, Any]:
        """Return what the issuer says of itself, as old as its keys; raises `KeysAwayError` (503)."""
        if not self._has_keys():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FETCH_SECONDS):  # log-ins wait in a line of their own
                    await self._refresh()
        elif self._is_renewal_due():
            await self._renew()
        if not self._has_keys():
            raise KeysAwayError
        return self._metadata

    async def ready(self) -> str | None:
        """Tell as a readiness probe whether trusted keys are held, fetching them when they are not."""
        if not self._has_keys():
            await self._refresh()
        return None if self._has_keys() else "no keys of the issuer"

    async def close(self) -> None:
        """End a renewal under way, and close the own HTTP client."""
        if self._renewal is not None:
            self._renewal.cancel()
        if self._client is not None and self._owns_client:
            await self._client.aclose()

    async def _key(self, kid: str) -> Key:
        if kid not in self._keys or not self._has_keys():
            await self._refresh_for_one()
        elif self._is_renewal_due():
            await self._renew()
        if not self._has_keys():
            raise KeysAwayError
        if kid not in self._keys:
            raise TokenRefusedError("unknown kid")
        return self._keys[kid]

    async def _verified(
        self, token: str, types: frozenset[str], audience: str, *, names_person: bool = True
    ) -> dict[str, Any]:
        """Return the claims of a signed token of one of these types for this audience."""
        signed = _parse(token, types)
        await self._proven(signed)
        return self._claims(signed.payload, audience, names_person=names_person)

    async def _proven(self, signed: Any) -> tuple[str, Key]:
        """Return the key that a parsed token is signed with, by its id and itself."""
        kid: str = signed.headers()["kid"]
        key = await self._key(kid)
        try:
            is_signed = jws.validate_compact(signed, key, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefusedError(f"signature: {type(error).__name__}") from error
        if not is_signed:
            raise TokenRefusedError("signature")
        return kid, key

    async def _renew(self) -> None:
        self._renewal = asyncio.create_task(self._refresh())
        await asyncio.wait({self._renewal}, timeout=PATIENCE_SECONDS)

    async def _refresh_for_one(self) -> None:
        """Let one caller wait for the keys: a queue behind a slow issuer would fill everybody's line."""
        if self._is_waited_for:
            raise KeysAwayError
        self._is_waited_for = True
        try:
            await self._refresh()
        finally:
            self._is_waited_for = False

    def _is_renewal_due(self) -> bool:
        now = self._now()
        is_old = now - self._fetched_at > RENEW_SECONDS and now - self._tried_at >= REFRESH_SECONDS
        return is_old and (self._renewal is None or self._renewal.done())

    def _has_keys(self) -> bool:
        return bool(self._keys) and self._now() - self._fetched_at <= KEEP_SECONDS

    async def _refresh(self) -> None:
        """Fetch the keys unless that was tried a moment ago; keep the old ones when it fails."""
        async with self._lock:
            pause = REFRESH_SECONDS if self._keys else FIRST_SECONDS
            if self._now() - self._tried_at < pause:
                return
            self._tried_at = self._now()
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    metadata, keys = await self._fetch()
            except (httpx2.HTTPError, TimeoutError, ValueError, KeyError, TypeError) as error:
                log.warning("jwks_fetch_failed", error=type(error).__name__, keys=len(self._keys))
                return
            self._metadata, self._keys = metadata, keys
            self._fetched_at = self._now()
            AUTH_EXPIRY.labels("jwks").set(self._fetched_at + KEEP_SECONDS)
            log.info("jwks_fetched", keys=len(keys))

    async def _fetch(self) -> tuple[Mapping[str, Any], dict[str, Key]]:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS, follow_redirects=False)
        metadata = await self._client.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        metadata.raise_for_status()
        described = metadata.json()
        if described["issuer"] != self.issuer:
            raise ValueError("the metadata is another issuer's")
        answer = await self._client.get(described["jwks_uri"])
        answer.raise_for_status()
        keys = usable_keys(answer.json())
        if not keys:
            raise ValueError("no usable key")
        return described, keys

    def _claims(self, payload: bytes | None, audience: str, *, names_person: bool = True) -> dict[str, Any]:
        try:
            claims = json.loads(payload or b"", parse_constant=_no_number)
            if not isinstance(claims, dict):
                raise TokenRefusedError("claims: no object")
            _check_times(claims)
            JWTClaimsRegistry(
                now=int(self._now()),
                leeway=SKEW_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": names_person},
            ).validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise TokenRefusedError(f"claims: {error}") from error
        return claims

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        """Map our claims: `roles`, `level`, `agencies`, `units`; `amr` or `acr` tell how they logged in."""
        subject = claims["sub"]
        if not isinstance(subject, str) or not is_subject(subject):
            raise ClaimRefusedError("sub")
        if subject.lower() in RESERVED_SUBJECTS:
            raise ClaimRefusedError("sub", "Nama ini dipakai oleh sistem.")
        roles = frozenset(_texts(claims, "roles")) & TOKEN_ROLES
        level = claims.get("level", "unit")
        if not isinstance(level, str) or level not in _LEVELS:
            raise ClaimRefusedError("level")
        if roles & MFA_ROLES and not self._has_second_factor(claims):
            raise SecondFactorError("Peran ini memerlukan masuk dengan faktor kedua.")
        scope = Scope(cast("Level", level), _unit_ids(claims, "agencies"), _unit_ids(claims, "units"))
        return Principal(subject, roles, scope)

    def _has_second_factor(self, claims: Mapping[str, Any]) -> bool:
        if not isinstance(acr := claims.get("acr", ""), str):
            raise ClaimRefusedError("acr")
        methods = _texts(claims, "amr")
        kinds = sum(not kind.isdisjoint(methods) for kind in _KINDS_OF_FACTORS)
        return acr in self._strong_acr or "mfa" in methods or kinds > 1


def usable_keys(document: Mapping[str, Any]) -> dict[str, Key]:
    """Return the public signing keys of a JWK set by `kid`; others are left out."""
    keys: dict[str, Key] = {}
    for entry in document["keys"]:
        key = _usable(entry)
        if key is not None:
            keys[entry["kid"]] = key
    return keys


def _usable(entry: Mapping[str, Any]) -> Key | None:
    if entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid"), str):
        return None
    if entry.get("alg", "ES256") not in ALGORITHMS:
        return None
    public = {name: entry[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid", "alg") if name in entry}
    try:
        match entry.get("kty"), entry.get("crv"):
            case "EC", "P-256":
                return ECKey.import_key(public)
            case "OKP", "Ed25519":
                return OKPKey.import_key(public)
            case "RSA", _ if len(entry["n"]) >= MIN_RSA_CHARACTERS:
                return RSAKey.import_key(public)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        log.warning("jwks_key_unusable", error=type(error).__name__)
    return None


def _parse(token: str, types: frozenset[str]) -> Any:
    """Return the parsed token of one of these types after the checks that need no key."""
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        raise TokenRefusedError("size or characters")
    try:
        signed = jws.extract_compact(token.encode(), registry=_REGISTRY)
        header = signed.headers()
        if not isinstance(header, dict):
            raise TokenRefusedError("header: no object")
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefusedError(f"form: {type(error).__name__}") from error
    if not isinstance(algorithm := header.get("alg"), str) or algorithm not in ALGORITHMS:
        raise TokenRefusedError("algorithm")
    if "crit" in header or "b64" in header:
        raise TokenRefusedError("critical extension")
    if not isinstance(kind := header.get("typ", ""), str) or kind.lower() not in types:
        raise TokenRefusedError("typ")
    if not isinstance(header.get("kid"), str):
        raise TokenRefusedError("kid")
    return signed


def _unit_ids(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    found = _texts(claims, name)
    if not all(map(is_unit_id, found)):
        raise ClaimRefusedError(name)
    return frozenset(found)


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ClaimRefusedError(name)
    return value


def _short(claims: Mapping[str, Any], name: str) -> str | None:
    """Return a claim that is an identifier, None when it is not there."""
    value = claims.get(name)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS):
        raise TokenRefusedError(f"claim: {name}")
    return value


def _check_times(claims: Mapping[str, Any]) -> None:
    """Refuse times that are no numbers, or beyond all years: an endless one would never have passed."""
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, 0)
        if type(value) not in {int, float} or not abs(value) < MAX_SECONDS:
            raise ClaimRefusedError(name)


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number")
