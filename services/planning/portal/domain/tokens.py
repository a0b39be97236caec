"""Tokens of the portal: a kind of their own, two valid at a time, each with a last day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from shared.indonesian import day
from shared.kernel import DomainError, Zone

PREFIX = "zi_portalrb_"
"""What a leaked token is recognised by."""
MOST_VALID = 2
"""Valid at a time of one agency and client: the present one, and its successor while it is put in place."""
LONGEST_DAYS = 400
"""Own rule: one season of proposals and the weeks around it."""
_TOKEN = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_[A-Za-z0-9_-]{{43}}")


class TokensFullError(DomainError):
    """The agency's client has as many valid tokens as it may."""

    code: ClassVar[str] = "portal_tokens_full"


class TokenExpiryError(DomainError):
    """A last day that is over, or too far away."""

    code: ClassVar[str] = "portal_token_expiry"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as all but its bearer see it; `expires_on` is its last day, in Jakarta."""

    token_id: UUID
    agency_id: str
    client: str
    expires_on: date
    created_by: str
    created_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    last_used_on: date | None
    version: int

    def is_valid(self, today: date) -> bool:
        """Tell whether it lets in on this day."""
        return self.revoked_at is None and today <= self.expires_on


def portal_day(now: datetime) -> date:
    """Return the day at the ministry."""
    return now.astimezone(Zone.WIB.tz).date()


def token_text(token_id: UUID, secret: str) -> str:
    """Return what its bearer sends; `secret` is 256 random bits as 43 URL-safe characters."""
    return f"{PREFIX}{token_id.hex}_{secret}"


def token_id_in(text: str) -> UUID | None:
    """Return the id of a token's row, None for what is no token of this kind."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else UUID(hex=found[1])


def check_new(present: Iterable[Token], client: str, expires_on: date, today: date) -> None:
    """Raise `TokenExpiryError` or `TokensFullError` for a token that may not join those of its agency."""
    last = today + timedelta(LONGEST_DAYS)
    if not today <= expires_on <= last:
        raise TokenExpiryError(
            f"Hari terakhir token antara {day(today)} dan {day(last)}.", field="expires_on"
        )
    valid = [one for one in present if one.client == client and one.is_valid(today)]
    if len(valid) >= MOST_VALID:
        raise TokensFullError(
            f"Sudah ada {MOST_VALID} token yang berlaku untuk {client}; cabut salah satunya dahulu.",
            field="client",
        )
