"""A brake for guessed tokens: unknown ones are counted per source, known ones never are.

Many respondents may share one address (a kiosk, an office), so answering itself must not be limited.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from limits import parse

from services.survey.domain.invitation import TokenUnknownError
from shared.http.limits.counts import source_hash
from shared.http.state import state_of

RULE = "survey_token"
MISSES = parse("30/minute")


@asynccontextmanager
async def counting_misses(request: Request) -> AsyncIterator[None]:
    """Count an unknown token against its source; raises `RateLimitedError` (429) above the limit."""
    try:
        yield
    except TokenUnknownError:
        await state_of(request.app).bursts.hit(RULE, source_hash(request), MISSES)
        raise
