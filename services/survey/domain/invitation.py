"""The token of an invited person, and the only tie between them and their answer."""

import hmac
from uuid import UUID

from shared.kernel import NotFoundError

TOKEN_BYTES = 16
"""128 random bits. Source: survey.md section 6.1."""


SECRET_BYTES = 32


class TokenUnknownError(NotFoundError):
    """Unknown and replaced tokens look alike."""

    code = "token_unknown"


def response_link(secret: bytes, participant_id: UUID) -> bytes:
    """Return the only thing that ties an answer to a person, computable with the campaign's secret alone."""
    return hmac.digest(secret, participant_id.bytes, "sha256")
