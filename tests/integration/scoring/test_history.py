"""A layer's year as a story over HTTP: days, what changed between two of them, and two scores compared."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from shared.db import Database
from shared.kernel import Zone
from tests.integration.scoring.test_pages import sample
from tests.support.scoring import YEAR, answered, fold_all, programme, registered
from tests.support.tokens import TestIssuer

Ask = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def ask(client: httpx2.AsyncClient, issuer: TestIssuer) -> Ask:
    """Ask below unit u1's address as a national verifier."""
    headers = issuer.headers("verifier", level="national")

    async def get(path: str, unit: str = "u1", **query: Any) -> httpx2.Response:
        return await client.get(f"/units/{unit}/{path}", params={"year": YEAR, **query}, headers=headers)

    return get


async def move(db: Database, days: int) -> None:
    """Let everything that was kept so far have happened so many days before."""
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE history SET at = at - make_interval(days => :days)"), {"days": days}
        )


def exact(lines: list[dict[str, str]]) -> Fraction:
    return sum((Fraction(line["delta_exact"]) for line in lines), Fraction(0))


async def test_a_year_is_told_by_its_days_and_lines_sum_to_what_total_moved_by(
    ask: Ask, db: Database
) -> None:
    await fold_all(db, [registered("u1"), programme("u1"), answered("u1", 1, "B.I.b", "A")])
    await move(db, 2)
    await fold_all(db, [answered("u1", 2, "A.I.1.i.b", "B"), answered("u1", 3, "B.I.b", "C")])
    today = datetime.now(UTC).astimezone(Zone.WIB.tz).date()
    told = (await ask("history")).json()
    assert [day["day"] for day in told["days"]] == [str(today - timedelta(days=2)), str(today)]
    assert told["days"][0]["display"] == "5.00"
    assert told["days"][0]["points"]["B.I.b"] == "5.000000000000"
    assert (told["before"], told["after"]) == ("0.000000000000", told["days"][-1]["total"])
    assert exact(told["lines"]) == Fraction(told["delta_exact"])
    assert [line["subject"] for line in told["lines"]] == ["B.I.b", "A.I.1.i.b", "B.I.b"]
    assert all(line["event_id"] for line in told["lines"])
    assert list(told["by_subject"]) == ["B.I.b", "A.I.1.i.b"]
    assert told["layers"] == ["unit", "effective"]

    later = (await ask("history", first=str(today - timedelta(days=1)), last=str(today))).json()
    assert later["before"] == "5.000000000000"
    assert [line["subject"] for line in later["lines"]] == ["B.I.b", "A.I.1.i.b"]
    assert exact(later["lines"]) == Fraction(later["delta_exact"])
    few = (await ask("history", limit=1)).json()
    assert ([line["subject"] for line in few["lines"]], few["lines_left"]) == (["B.I.b"], 2)
    assert exact(few["lines"]) + Fraction(few["left_exact"]) == Fraction(few["delta_exact"])
    alone = (await ask("history", layer="unit")).json()
    assert alone["days"][-1]["total"] == told["days"][-1]["total"]
    assert (alone["delta_exact"], alone["lines"]) == (told["delta_exact"], [])


async def test_what_cancels_in_total_is_a_moment_of_its_areas(ask: Ask, db: Database) -> None:
    """Two answers of one batch, one up and one down by the same points."""
    begin = [answered("u1", 1, "A.I.1.i.a", "Ya"), answered("u1", 2, "A.I.6.i.d", "Tidak")]
    await fold_all(db, [registered("u1"), programme("u1"), *begin])
    await fold_all(db, [answered("u1", 3, "A.I.1.i.a", "Tidak"), answered("u1", 4, "A.I.6.i.d", "Ya")])
    told = (await ask("history")).json()
    score = (await ask("score")).json()
    points = {area["code"]: area["value"] for area in score["areas"]}
    assert told["days"][-1]["points"]["A.*.1"] == points["A.I.1"]
    assert told["days"][-1]["points"]["A.*.6"] == points["A.I.6"]
    assert len(told["lines"]) == 3
    assert exact(told["lines"]) == Fraction(told["delta_exact"])


async def test_days_that_have_not_come_are_not_told(ask: Ask, db: Database) -> None:
    await fold_all(db, [registered("u1"), programme("u1"), answered("u1", 1, "B.I.b", "A")])
    today = str(datetime.now(UTC).astimezone(Zone.WIB.tz).date())
    told = (await ask("history", first="2099-01-01", last="2099-12-31")).json()
    assert (told["first"], told["last"]) == (today, today)


async def test_gates_that_turned_are_told_with_their_day(ask: Ask, db: Database) -> None:
    await fold_all(db, [registered("u1"), programme("u1"), answered("u1", 1, "B.I.b", "C")])
    await move(db, 1)
    await fold_all(db, [answered("u1", 2, "B.I.b", "D")])
    turns = (await ask("history")).json()["turns"]
    assert [(turn["gate"], turn["met"]) for turn in turns] == [("B.I.b", True), ("B.I.b", False)]
    assert turns[0]["day"] < turns[1]["day"]


async def test_a_score_whose_cause_is_not_kept_says_so_and_the_lines_still_sum(
    ask: Ask, db: Database
) -> None:
    await fold_all(db, [registered("u1"), answered("u1", 1, "B.I.b", "A")])
    async with db.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO history (unit_id, year, layer, version, at, total, answered)"
                " VALUES ('u1', :year, 'effective', 2, now(), '11/2', 1)"
            ),
            {"year": YEAR},
        )
    told = (await ask("history")).json()
    assert [(line["cause"], line["delta_exact"]) for line in told["lines"]] == [
        ("recount", "1/2"),
        ("answer", "5"),
    ]
    assert exact(told["lines"]) == Fraction(told["delta_exact"])


async def test_a_year_without_a_score_is_a_story_without_lines(ask: Ask, db: Database) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    told = (await ask("history", year=YEAR - 1)).json()
    assert (told["days"], told["lines"], told["delta_exact"]) == ([], [], "0")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "last"),
        ({"first": "2026-02-30"}, "first"),
        ({"last": "kemarin"}, "last"),
    ],
)
async def test_days_that_cannot_be_are_named(
    ask: Ask, db: Database, query: dict[str, str], field: str
) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    answer = await ask("history", **query)
    assert answer.status_code == 422
    told = answer.json()
    assert field in str(told.get("errors")) or told.get("field") == field


async def test_two_units_years_or_layers_are_compared_item_by_item(ask: Ask, db: Database) -> None:
    await fold_all(db, [*sample(), registered("u2"), programme("u2"), answered("u2", 1, "B.I.b", "C")])
    units = (await ask("comparison", with_unit="u2")).json()
    assert (units["before"]["unit"], units["after"]["unit"]) == ("u1", "u2")
    assert exact(units["items"]) == Fraction(units["total"]["delta_exact"]) < 0
    layers = (await ask("comparison", layer="unit", with_layer="tpi")).json()
    assert exact(layers["items"]) == Fraction(layers["total"]["delta_exact"])
    assert (layers["before"]["layer"], layers["after"]["layer"]) == ("unit", "tpi")
    years = (await ask("comparison", with_year=YEAR - 1)).json()
    assert years["total"]["after"] == "0.000000000000"
    assert (await ask("comparison", with_unit="nobody")).status_code == 404
