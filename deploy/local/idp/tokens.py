"""The claims of the two kinds of tokens."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from deploy.local.idp.keys import SigningKeys
from deploy.local.idp.people import Person
from shared.security.tokens import LOGOUT_EVENT

AUDIENCE = "zona-integritas"
ACCESS_SECONDS = 3600
ID_SECONDS = 300
LOGOUT_SECONDS = 120


@dataclass
class Issuer:
    """Writes tokens in the name of `url`; `has_second_factor` is what they say of how people log in."""

    url: str
    keys: SigningKeys
    has_second_factor: bool = True

    def access_token(self, person: Person, client_id: str) -> str:
        """Return a token for our APIs. Source: RFC 9068 (profile of JWT access tokens)."""
        claims = self._claims(person, AUDIENCE, ACCESS_SECONDS)
        claims |= {"nbf": claims["iat"], "jti": secrets.token_urlsafe(16), "client_id": client_id}
        return self.keys.sign(claims, "at+jwt")

    def id_token(self, person: Person, client_id: str, nonce: str, sid: str, scope: str) -> str:
        """Return a token that tells a page who logged in. Source: OpenID Connect Core 1.0, section 2."""
        claims = self._claims(person, client_id, ID_SECONDS)
        claims |= {"name": person.name, "auth_time": claims["iat"], "sid": sid}
        if "email" in scope.split():
            claims |= {"email": person.address, "email_verified": True}
        if nonce:
            claims["nonce"] = nonce
        return self.keys.sign(claims, "JWT")

    def logout_token(self, sub: str, sid: str, client_id: str) -> str:
        """Return a token that tells a client that a session has ended.

        Source: OpenID Connect Back-Channel Logout 1.0, section 2.4.
        """
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": client_id,
            "iat": now,
            "exp": now + LOGOUT_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "sub": sub,
            "sid": sid,
            "events": {LOGOUT_EVENT: {}},
        }
        return self.keys.sign(claims, "logout+jwt")

    def _claims(self, person: Person, audience: str, seconds: int) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.url,
            "sub": person.sub,
            "aud": audience,
            "iat": now,
            "exp": now + seconds,
            "roles": list(person.roles),
            # some roles demand a second factor; nobody here has even a first
            "amr": ["pwd", "otp"] if self.has_second_factor else ["pwd"],
            **person.scope.claims(),
        }
