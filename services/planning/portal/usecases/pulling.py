"""Answer a pull of the portal, and note it, whatever the answer is."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.package import PROPOSAL, UNIT
from services.planning.nomination.store import packages
from services.planning.portal.domain.pulls import (
    PREDICATES,
    STATUS,
    NoPackageError,
    Pull,
    Route,
    Source,
    UnitMalformedError,
    UnitNotPackagedError,
    allowed_pulls,
    answers_body,
    units_body,
)
from services.planning.portal.domain.tokens import Token, portal_day
from services.planning.portal.store import pulls, tokens
from services.planning.portal.usecases.tokens import check_still_known
from services.planning.stages.domain.stage import Window
from services.planning.stages.usecases.windows import days_for
from shared.db.clock import database_now
from shared.kernel import DomainError, is_unit_id, new_id

_OK = 200
Limit = Callable[[AsyncSession, Token, int], Awaitable[None]]
"""Counts a pull; raises what has the code `rate_limited` above so many."""


async def pull(
    session: AsyncSession, token: Token, route: Route, unit_id: str | None = None, *, limit: Limit
) -> bytes | DomainError:
    """Return the body that the portal asked for, or why there is none; both leave a row.

    A refusal is returned and not raised: its row is committed. `unit_id` is what a pull of answers names.
    """
    now = await database_now(session)
    await check_still_known(session, token, now)
    source = await present_source(session, token.agency_id, now)
    try:
        await limit(session, token, allowed_pulls(0 if source is None else source.units))
        answer: bytes | DomainError = await _body(session, source, route, unit_id)
    except DomainError as refused:
        answer = refused
    status = STATUS[answer.code] if isinstance(answer, DomainError) else _OK
    await pulls.insert(
        session,
        Pull(
            pull_id=new_id(),
            token_id=token.token_id,
            agency_id=token.agency_id,
            route=route,
            unit_id=unit_id if unit_id is not None and is_unit_id(unit_id) else None,
            nomination_id=None if source is None else source.nomination_id,
            version=None if source is None else source.version,
            status=status,
            pulled_at=now,
        ),
    )
    await tokens.note_use(session, token.token_id, portal_day(now))
    return answer


async def present_source(session: AsyncSession, agency_id: str, now: datetime) -> Source | None:
    """Return the package that answers now, None without one.

    Own rule: the newest of the proposal of this year, or of an earlier year whose days still hold. After the
    days nothing changes, so the same package answers until the year ends; one that was withdrawn never does,
    and one that was frozen early waits for its year.
    """
    today = portal_day(now)
    for found in await pulls.sources(session, agency_id):
        days = await days_for(session, agency_id, found.year, Window.PENGUSULAN)
        if found.year > today.year:
            continue
        if found.year == today.year or (days.closes_on is not None and days.hold(today)):
            return found
    return None


async def _body(session: AsyncSession, source: Source | None, route: Route, unit_id: str | None) -> bytes:
    if route is Route.ANSWERS and not (unit_id and is_unit_id(unit_id)):
        raise UnitMalformedError(
            "unit_id terdiri atas 1 sampai 64 huruf, angka, titik, tanda hubung, atau garis bawah."
        )
    if source is None:
        raise NoPackageError("Instansi ini belum membekukan paket usulan tahun berjalan.")
    name = f"{UNIT}{unit_id}" if route is Route.ANSWERS else PROPOSAL
    package = await packages.part(session, source.nomination_id, source.version, name)
    if package is None:
        raise UnitNotPackagedError(f"Unit {unit_id} tidak ada dalam paket usulan {source.year}.")
    return (
        answers_body(package, str(unit_id))
        if route is Route.ANSWERS
        else units_body(package, PREDICATES[route])
    )
