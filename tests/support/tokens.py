"""An issuer of access tokens in the test's own process, and a verifier that asks it without a network."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key

from shared.security.tokens import TokenVerifier

ISSUER = "https://issuer.test"
AUDIENCE = "zona-integritas"
SECOND_FACTOR = ["pwd", "otp"]


def ec_key(kid: str = "k1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


class TestIssuer:
    """Signs tokens and publishes its keys over an in-memory transport.

    `is_away` makes it unreachable; `fetches` counts how often its keys were asked for, and `may_answer`,
    when cleared, keeps every question waiting.
    """

    __test__ = False

    def __init__(self) -> None:
        self.key: Key = ec_key()
        self.published: list[Key] = [self.key]
        self.now = int(time.time())
        self.is_away = False
        self.fetches = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.metadata_issuer = ISSUER
        self.metadata: dict[str, Any] = {}
        """What it says of itself beside its name and keys."""

    def verifier(self, **options: Any) -> TokenVerifier:
        """Return a verifier of this issuer's tokens that lives by this issuer's clock."""
        client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        return TokenVerifier(ISSUER, AUDIENCE, client=client, now=lambda: float(self.now), **options)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return good claims with some changed; a value of `...` leaves the claim out."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "someone",
            "iat": self.now,
            "nbf": self.now,
            "exp": self.now + 600,
            "jti": "j1",
            "client_id": "zi-test",
            "roles": ["unit_operator"],
            "level": "unit",
            "agencies": ["a1"],
            "units": ["u1"],
            "amr": SECOND_FACTOR,
        } | changed
        return {name: value for name, value in claims.items() if value is not ...}

    def token(
        self,
        *,
        header: dict[str, Any] | None = None,
        key: Key | None = None,
        **claims: Any,
    ) -> str:
        """Return a signed token; `header` and `claims` replace the good ones."""
        fields = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"} | (header or {})
        fields = {name: value for name, value in fields.items() if value is not ...}
        signing = key or self.key
        algorithms = [fields["alg"]] if isinstance(fields.get("alg"), str) else None
        return jwt.encode(fields, self.claims(**claims), signing, algorithms=algorithms, default_type=None)

    def headers(
        self,
        role: str,
        *,
        level: str = "unit",
        agencies: Iterable[str] = ("a1",),
        units: Iterable[str] = ("u1",),
        subject: str | None = None,
    ) -> dict[str, str]:
        """Return the request headers of somebody with this role and scope."""
        token = self.token(
            sub=subject or f"test-{role}",
            roles=[role],
            level=level,
            agencies=list(agencies),
            units=list(units),
        )
        return {"Authorization": f"Bearer {token}"}

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        await self.may_answer.wait()
        if self.is_away:
            raise httpx2.ConnectError("away", request=request)
        if request.url.path == "/.well-known/openid-configuration":
            told = {"issuer": self.metadata_issuer, "jwks_uri": f"{ISSUER}/jwks"} | self.metadata
            return httpx2.Response(200, json=told)
        self.fetches += 1
        return httpx2.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()
