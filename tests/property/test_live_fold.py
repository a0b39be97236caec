"""Planning folds the facts as scoring does: both say the same of every unit's year, whatever came how."""

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
from shared.db import Database
from shared.instruments.lke import Answer
from tests.support.database import DatabaseMaker
from tests.support.scoring import YEAR, case, received, tally

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


async def test_both_services_say_the_same_of_every_unit_and_year(make_database: DatabaseMaker) -> None:
    drawn: list[tuple[Any, Any, Random]] = []

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(acts, surveys, st.randoms(use_true_random=False))
    def draw(happened: Any, surveyed: Any, hand: Random) -> None:
        drawn.append((happened, surveyed, Random(hand.random())))

    draw()
    planning = Database((await make_database("planning")).app_url, pool_size=2)
    scoring = Database((await make_database("scoring")).app_url, pool_size=2)
    said = 0
    try:
        for number, (happened, surveyed, hand) in zip(count(), drawn, strict=False):
            events = told(f"x{number}", happened, surveyed)
            await take(planning, fold_live, events, hand)
            await take(scoring, fold_scoring, events, hand)
            for unit in UNITS[:2]:
                for year in YEARS:
                    expected = await in_scoring(scoring, f"x{number}-{unit}", year)
                    assert await in_planning(planning, f"x{number}-{unit}", year) == expected
                    said += len(expected)
    finally:
        await planning.close()
        await scoring.close()
    assert said, "at least one draw must have told a fact"
