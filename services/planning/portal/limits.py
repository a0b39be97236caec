"""How often a token pulls: counted in the table, over all replicas, with the pull that is noted."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.portal.domain.pulls import WINDOW_SECONDS
from services.planning.portal.domain.tokens import Token
from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import Counted
from shared.observability.metrics import HTTP_LIMITED

RULE = "portal"
HTTP_LIMITED.labels(RULE)


async def count_pull(session: AsyncSession, token: Token, most: int) -> None:
    """Count a pull of a token; raises `RateLimitedError` above `most` in a minute."""
    found = await Counted(RULE, token.token_id.bytes, WINDOW_SECONDS).count(session)
    if found.hits > most:
        raise RateLimitedError(
            RULE,
            found.seconds_left,
            f"Terlalu banyak penarikan dengan token ini. Coba lagi sesudah {found.seconds_left} detik.",
        )
