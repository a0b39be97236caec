"""The report of a period: figures of every unit or agency within reach, and their sums by stream."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels.usecases.listing import working
from services.complaints.deadlines.domain.policy import REPORTER, PolicyBook
from services.complaints.decrees import store as decrees
from services.complaints.decrees.domain import STREAMS, Stream
from services.complaints.handling.data import norms
from services.complaints.handling.domain.evaluation import EvaluatedStream
from services.complaints.handling.domain.figures import Figures, total
from services.complaints.handling.domain.periods import Period, period_of
from services.complaints.handling.domain.proofs import Proof, proofs
from services.complaints.handling.domain.responsive import Responsiveness, responsiveness
from services.complaints.handling.store import evaluations
from services.complaints.handling.store import report as store
from services.complaints.handling.store.report import Rules, Wanted
from services.complaints.units import Unit
from shared.db.clock import database_now
from shared.security import Principal

By = Literal["unit", "agency"]
ANSWERS, FOLLOWS = "approve", "follow_up"
"""Acts by which a clock is one of the answer, or of the first follow-up."""


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of a unit or an agency in a stream; `unit_id` None: nobody knows it yet, or an agency's."""

    agency_id: str
    unit_id: str | None
    unit_name: str | None
    stream: Stream
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What a period's cases look like now: a line for each place and stream, and a sum of each stream."""

    period: Period
    by: By
    at: datetime
    lines: Sequence[Line]
    totals: dict[Stream, Figures]
    proofs: Sequence[Proof] = ()
    """What they prove for the LKE, of one unit alone."""
    responsive: Responsiveness | None = None
    """Its working channels and how fast service complaints are followed up, of one unit within reach."""


def rules_of(book: PolicyBook) -> Rules:
    """Return which policies' clocks a report asks; which act meets them says what they are."""
    first = {rule.id for rule in book.rules if FOLLOWS in rule.met_by}
    answer = {rule.id for rule in book.rules if ANSWERS in rule.met_by} - first
    return Rules(sorted(first), sorted(answer), book.held_by(REPORTER))


async def report(
    session: AsyncSession,
    book: PolicyBook,
    actor: Principal,
    period: str,
    *,
    by: By = "unit",
    unit_id: str | None = None,
    agency_id: str | None = None,
    stream: Stream | None = None,
) -> Report:
    """Return the figures of the cases received in a period, as they stand now, within reach of the actor.

    A unit out of reach is as one without cases. Raises `PeriodUnknownError`.
    """
    wanted = Wanted(actor.scope, unit_id, agency_id, stream)
    asked = period_of(period)
    counted = await store.count(session, wanted, asked, rules_of(book))
    named = await decrees.names(session, sorted({one.unit_id for one in counted.places if one.unit_id}))
    lines = [
        Line(place.agency_id, place.unit_id, named.get(place.unit_id or ""), place.stream, figures)
        for place, figures in counted.places.items()
    ]
    parts: dict[Stream, list[Figures]] = {one: [] for one in STREAMS if stream in (None, one)}
    for line in lines:
        parts[line.stream].append(line.figures)
    totals = {one: total(found) for one, found in parts.items()}
    for one, figures in totals.items():
        figures.median_first_response = counted.streams.get(one)
    if by == "agency":
        lines = _by_agency(lines, counted)
    lines.sort(key=lambda line: (line.agency_id, line.unit_name or "", line.unit_id or "", line.stream))
    now = await database_now(session)
    unit = None if unit_id is None else await units.get(session, unit_id)
    if unit is None or not actor.scope.covers(unit.unit_id, unit.agency_id):
        return Report(asked, by, now, lines, totals)
    responsive = await _responsive(session, unit, totals, now)
    return Report(
        asked,
        by,
        now,
        lines,
        totals,
        await _proofs(session, unit, asked, totals, now, responsive),
        responsive,
    )


async def _responsive(
    session: AsyncSession, unit: Unit, totals: Mapping[Stream, Figures], now: datetime
) -> Responsiveness | None:
    """Return what today's channels and service complaints of a unit say; None where those are left out."""
    if "pelayanan" not in totals:
        return None
    today = now.astimezone(unit.zone.tz).date()
    standing = await working(session, unit.unit_id, unit.agency_id, today)
    return responsiveness(norms(), [one.channel.kind for one in standing], totals["pelayanan"])


async def _proofs(
    session: AsyncSession,
    unit: Unit,
    period: Period,
    totals: Mapping[Stream, Figures],
    now: datetime,
    responsive: Responsiveness | None,
) -> Sequence[Proof]:
    """Return what a unit proves by today's decrees and channels and the evaluations within the period."""
    serving = await decrees.serving(session, unit.unit_id, unit.agency_id)
    evaluated: dict[EvaluatedStream, list[str]] = defaultdict(list)
    for stream, name in await evaluations.periods_of(session, unit.unit_id):
        one = period_of(name)
        if period.first <= one.first and one.end <= period.end:
            evaluated[stream].append(one.words)
    return proofs(serving, now.astimezone(unit.zone.tz).date(), totals, evaluated, responsive)


def _by_agency(lines: Sequence[Line], counted: store.Counted) -> list[Line]:
    parts: dict[tuple[str, Stream], list[Figures]] = defaultdict(list)
    for line in lines:
        parts[line.agency_id, line.stream].append(line.figures)
    found = []
    for (agency_id, stream), figures in parts.items():
        one = total(figures)
        one.median_first_response = counted.agencies.get((agency_id, stream))
        found.append(Line(agency_id, None, None, stream, one))
    return found
