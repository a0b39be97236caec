"""Signing keys, kept in one file: the newest signs, the one before it stays published for a while."""

import json
import os
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

ALGORITHM = "ES256"


class SigningKeys:
    """The keys in `file`; the first start creates one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if file.exists():
            self._keys = KeySet.import_key_set(json.loads(file.read_text()))
        else:
            self._keys = KeySet([_new_key()])
            self._save()

    def rotate(self) -> None:
        """Sign with a new key from now on; keep publishing the previous one, forget older ones."""
        self._keys = KeySet([_new_key(), self._keys.keys[0]])
        self._save()

    def public(self) -> dict[str, Any]:
        """Return the JWKS document, newest key first."""
        return dict(self._keys.as_dict(private=False))

    def sign(self, claims: dict[str, Any], typ: str) -> str:
        """Return `claims` as a JWT of the given media type, signed with the newest key."""
        newest = self._keys.keys[0]
        return jwt.encode({"alg": ALGORITHM, "kid": newest.kid, "typ": typ}, claims, newest)

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a JWT that we signed, however old; raises `ValueError` for any other."""
        try:
            return dict(jwt.decode(token, self._keys, [ALGORITHM]).claims)
        except JoseError as error:
            raise ValueError("no token of ours") from error

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._keys.as_dict(private=True), file)
        fresh.replace(self._file)


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
