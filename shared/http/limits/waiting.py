"""Waiting instead of refusal: above a free number, a source waits for a signed while before its next one.

Many people share one address of a mobile network, so a limit that refuses them would refuse strangers. Who
comes above the free number gets a token that says since when they wait; it fits one command, by its key.
How long they must wait is decided when they come again, by what the source has used up by then.

A signed token alone would let waits run beside each other: who fetches fifty tokens waits once. Where a hit
is what the limit is for, its last one must therefore be as long ago too (`last`): waits follow each other.
Tokens are not stored, and no script is needed.
"""

from dataclasses import dataclass
from typing import ClassVar

from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import Counted, Hits
from shared.security.sealing import keyed_hash, same

_KEPT_SECONDS = 3600
"""A wait that began longer ago begins anew."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait: `seconds`, and `step_seconds` more for each hit above the free ones."""

    seconds: int
    step_seconds: int
    most_seconds: int

    def after(self, above: int) -> int:
        """Return the seconds to wait when `above` hits above the free ones were made before."""
        return min(self.seconds + above * self.step_seconds, self.most_seconds)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Hits in a window: up to `free` at once, up to `most` after a wait."""

    free: int
    most: int


class WaitFirstError(RateLimitedError):
    """The source is above its free number: wait, then send again with `wait_token` (429)."""

    code: ClassVar[str] = "wait_first"

    def __init__(self, rule: str, seconds: int, token: str | None) -> None:
        told = f"Saat ini terlalu banyak kiriman. Tunggu {seconds} detik, lalu kirim lagi"
        if token is None:
            super().__init__(rule, seconds, f"{told} dengan Idempotency-Key.")
        else:
            super().__init__(rule, seconds, f"{told}.", wait_token=token)
        self.seconds = seconds
        self.token = token


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """Says who may go on now. `secret` signs the tokens."""

    secret: str
    wait: Wait

    def check(
        self,
        counted: Counted,
        found: Hits,
        allowance: Allowance,
        *,
        last: int | None,
        key: str | None,
        token: str | None,
    ) -> None:
        """Raise `WaitFirstError` above the free hits without a wait that is over, a refusal above the most.

        `last` is when the source was counted last, in seconds since 1970. `key` is the command's own; without
        one there is nothing to bind a wait to, so no token is given.
        """
        if found.hits < allowance.free:
            return
        if found.hits >= allowance.most:
            raise counted.refusal(found)
        above = found.hits - allowance.free
        self.let_wait(counted.rule, above, found.now, last=last, key=key, token=token)

    def let_wait(
        self, rule: str, above: int, now: int, *, last: int | None = None, key: str | None, token: str | None
    ) -> None:
        """Raise `WaitFirstError` until the wait after `above` hits is over, its holder's and since `last`."""
        since = None if key is None else self._since(key, token, now)
        begun = max(now if since is None else since, last or 0)
        left = self.wait.after(above) - (now - begun)
        if left > 0:
            given = None if key is None else self._token(key, now if since is None else since)
            raise WaitFirstError(rule, left, given)

    def _token(self, key: str, since: int) -> str:
        return f"{since}.{keyed_hash(self.secret, 'wait', f'{since}/{key}').hex()[:32]}"

    def _since(self, key: str, token: str | None, now: int) -> int | None:
        """Return since when the holder of a token waits, None for one that is not ours, or too old."""
        said = (token or "").partition(".")[0]
        if not (said.isascii() and said.isdigit()) or len(said) > len(str(now)):
            return None
        since = int(said)
        if not same(token or "", self._token(key, since)) or not 0 <= now - since <= _KEPT_SECONDS:
            return None
        return since
