"""Planning folds the facts as scoring does: both say the same of every unit's year, whatever came how."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.planning.live.consumer import fold_live
from services.planning.live.usecases import live_answers, shown_live
from services.scoring.domain.sheets import unpack
from services.scoring.usecases.fold import fold as fold_scoring
from shared.consumer.batch import Fold
from shared.contracts.base import EventData
from shared.contracts.complaints import CoiMapReviewed, DesignationEntered, HandlingEvaluated
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.instruments.lke import Answer, Told, proposals_of
from tests.support.database import DatabaseMaker
from tests.support.scoring import YEAR, case, designated, evaluated, map_reviewed, received, tally

UNITS = ("u-1", "u-2", "unassigned")
YEARS = (YEAR - 1, YEAR)

Acts = Sequence[tuple[int, str, int, str, str]]
"""What happens: number of a case, then its unit, year, stream and `counts_as`."""

acts = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(UNITS),
        st.sampled_from(YEARS),
        st.sampled_from(["masyarakat", "pelayanan"]),
        st.sampled_from(["in_progress", "completed", "none"]),
    ),
    max_size=25,
)
proofs = st.lists(
    st.tuples(
        st.sampled_from(["masyarakat", "pelayanan", "benturan_kepentingan"]),
        st.sampled_from([f"{year}{part}" for year in YEARS for part in ("", "-S1", "-Q2", "-12")]),
    ),
    max_size=8,
)
"""What handling proves: streams and the periods of which they were evaluated."""
surveys = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["skm.2017", "mandiri.2023"])), max_size=6)


def told(prefix: str, happened: Acts, surveyed: Sequence[tuple[int, str]]) -> list[EventData]:
    """Return the events of what happened, units and ids apart from those of any other prefix."""
    events: list[EventData] = []
    versions: dict[str, int] = {}

    def version(of: str) -> int:
        versions[of] = versions.get(of, 0) + 1
        return versions[of]

    for number, unit, year, stream, counts_as in happened:
        name, place = f"{prefix}-{number}", unit if unit == "unassigned" else f"{prefix}-{unit}"
        events.append(case(place, name, version(name), counts_as=counts_as, stream=stream, period_year=year))
    for number, regime in surveyed:
        name = f"{prefix}-k{number}"
        events.append(tally(f"{prefix}-u-1", name, version(name), regime=regime, released_n=number))
    return events


def proven(prefix: str, evaluations: Sequence[tuple[str, str]]) -> list[EventData]:
    """Return the events of evaluations of the first unit, of a decree that names it, and of a review."""
    unit, versions = f"{prefix}-u-1", Counter[tuple[str, str]]()
    events: list[EventData] = [
        designated("agency-1", prefix, unit_ids=[unit]),
        map_reviewed(unit, prefix, period=str(YEAR)),
    ]
    for stream, period in evaluations:
        versions[stream, period] += 1
        events.append(evaluated(unit, stream, period, versions[stream, period]))
    return events


async def take(db: Database, fold: Fold, events: Sequence[EventData], hand: Random) -> None:
    """Fold the events shuffled, some twice, in batches of any size."""
    order = [*events, *hand.sample(events, len(events) // 3)]
    hand.shuffle(order)
    while order:
        size = hand.randint(1, len(order))
        async with db.transaction() as session:
            assert await fold(session, [received(data) for data in order[:size]]) == []
        order = order[size:]


async def in_scoring(db: Database, unit: str, year: int) -> Mapping[str, Answer]:
    async with db.reading() as session:
        asked = text("SELECT live FROM standing WHERE unit_id = :unit AND year = :year")
        found = await session.scalar(asked, {"unit": unit, "year": year})
    return unpack(found or "{}").get("live", {})


async def in_planning(db: Database, unit: str, year: int) -> Mapping[str, Answer]:
    async with db.reading() as session:
        found = await live_answers(session, unit, year)
        shown = await shown_live(session, unit, year)
    assert {code: (one.answer, one.kind, one.at) for code, one in found.items()} == {
        code: (one.answer, one.kind, one.at) for code, one in shown.items()
    }
    return {code: one.answer for code, one in found.items() if one.is_fact}


async def proposed(db: Database, unit: str, year: int) -> Mapping[str, Answer]:
    """Return what planning proposes of what handling proves, other than by a decree: that needs a unit."""
    async with db.reading() as session:
        found = await live_answers(session, unit, year)
    return {code: one.answer for code, one in found.items() if one.proofs}


def folded(evaluations: Sequence[tuple[str, str]], year: int) -> Mapping[str, Answer]:
    """Return the same as the instrument folds it."""
    evaluated_in: dict[str, set[str]] = {}
    for stream, period in evaluations:
        if period.startswith(str(year)):
            evaluated_in.setdefault(stream, set()).add(period)
    return proposals_of(Told(evaluated=evaluated_in, reviews=int(year == YEAR)))


async def test_both_services_say_the_same_of_every_unit_and_year(make_database: DatabaseMaker) -> None:
    drawn: list[tuple[Any, Any, Any, Random]] = []

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(acts, surveys, proofs, st.randoms(use_true_random=False))
    def draw(happened: Any, surveyed: Any, evaluations: Any, hand: Random) -> None:
        drawn.append((happened, surveyed, evaluations, Random(hand.random())))

    draw()
    planning = Database((await make_database("planning")).app_url, pool_size=2)
    scoring = Database((await make_database("scoring")).app_url, pool_size=2)
    said = 0
    try:
        for number, (happened, surveyed, evaluations, hand) in zip(count(), drawn, strict=False):
            events = told(f"x{number}", happened, surveyed)
            proven_too = [*events, *proven(f"x{number}", evaluations)]
            await take(planning, fold_live, proven_too, hand)
            await take(scoring, fold_scoring, events, hand)
            for unit in UNITS[:2]:
                for year in YEARS:
                    expected = await in_scoring(scoring, f"x{number}-{unit}", year)
                    assert await in_planning(planning, f"x{number}-{unit}", year) == expected
                    said += len(expected)
            for year in YEARS:
                assert await proposed(planning, f"x{number}-u-1", year) == folded(evaluations, year)
    finally:
        await planning.close()
        await scoring.close()
    assert said, "at least one draw must have told a fact"


def test_scoring_reads_nothing_of_what_handling_proves() -> None:
    proofs = {HandlingEvaluated.topic, DesignationEntered.topic, CoiMapReviewed.topic}
    assert proofs <= set(consumed_by("planning"))
    assert proofs.isdisjoint(consumed_by("scoring"))
