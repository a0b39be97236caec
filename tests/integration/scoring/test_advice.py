"""The way to a predicate, what changed answers would do, and which items a gate depends on, over HTTP."""

from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any

import httpx2
import pytest

from shared.db import Database
from shared.instruments.lke import Answer
from tests.integration.scoring.test_pages import ready, sample
from tests.support.scoring import YEAR, answered, case, fold_all, programme, registered
from tests.support.tokens import TestIssuer

Ask = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
def ask(client: httpx2.AsyncClient, issuer: TestIssuer) -> Ask:
    """Ask below unit u1's address as a national verifier."""
    headers = issuer.headers("verifier", level="national")

    async def get(path: str, unit: str = "u1", **query: Any) -> httpx2.Response:
        return await client.get(f"/units/{unit}/{path}", params={"year": YEAR, **query}, headers=headers)

    return get


async def test_the_way_names_the_fewest_answers_for_each_missed_gate_and_for_all(
    ask: Ask, db: Database
) -> None:
    await fold_all(db, [*sample(), answered("u1", 901, "B.I.b", "D")])
    told = (await ask("way")).json()
    assert (told["predicate"], told["gates_met"], told["gates"]) == ("WBK", 9, 12)
    by_gate = {way["gate"]: way for way in told["by_gate"]}
    assert by_gate.keys() == {"B.I", "B.I.a", "B.I.b"}
    (ipak,) = by_gate["B.I.a"]["raised"]
    assert (ipak["code"], ipak["current"], ipak["raised_to"]) == ("B.I.a", "3,55", "3,60")
    assert Fraction(ipak["points_exact"]) == Fraction("0.05") / 4 * Fraction("17.5")
    assert [one["code"] for one in told["whole"]["raised"]] == ["B.I.a", "B.I.b"]
    assert told["whole"]["is_open"] is True
    assert told["whole"]["left"] == {}


async def test_a_way_keeps_to_the_limits_and_says_what_then_stays_missing(ask: Ask, db: Database) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    whole = (await ask("way")).json()["whole"]
    items = [one["code"] for one in whole["raised"]]
    spared = next(code for code in items if code.startswith("A."))
    other = (await ask("way", without=spared)).json()["whole"]
    assert other["is_open"]
    assert spared not in [one["code"] for one in other["raised"]]
    closed = (await ask("way", without="B.I.a")).json()
    assert closed["without"] == ["B.I.a"]
    assert closed["whole"]["is_open"] is False
    assert closed["whole"]["left"] == {"B.I": "13.250000000000", "B.I.a": "15.750000000000"}
    few = (await ask("way", most_areas="3")).json()["whole"]
    assert few["is_open"] is False
    assert all(code.startswith("A") or code == "TOTAL" for code in few["left"])


async def test_a_unit_that_misses_no_gate_needs_nothing(ask: Ask, db: Database) -> None:
    await fold_all(db, ready("u1"))
    told = (await ask("way", predicate="WBBM")).json()
    assert (told["gates_met"], told["by_gate"], told["whole"]["answers"]) == (12, [], 0)
    assert told["whole"]["is_open"] is True


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"without": "A.I.1"}, "without.0", "bukan kode butir LKE"),
        ({"most_areas": "7"}, "most_areas", ""),
        ({"most_areas": "dua"}, "most_areas", ""),
    ],
)
async def test_a_limit_that_cannot_be_is_named(
    ask: Ask, db: Database, query: dict[str, str], field: str, said: str
) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    answer = await ask("way", **query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"].endswith(field)
    assert said in error["message"]


async def test_what_if_counts_letters_indices_counts_and_blanks_and_writes_nothing(
    ask: Ask, db: Database
) -> None:
    await fold_all(db, sample())
    before = (await ask("score")).json()
    told = (
        await ask(
            "score/what-if",
            answer=["B.I.a:3,60", "A.II.4.i.a:n1=4,n2=2", "A.I.2.i.a:", "A.I.1.ii.a:tidak"],
        )
    ).json()
    assert told["total"]["before"] == before["total"]
    deltas = [Fraction(one["delta_exact"]) for one in told["items"]]
    assert sum(deltas) == Fraction(told["total"]["delta_exact"])
    by_code = {one["code"]: one for one in told["items"]}
    assert by_code.keys() == {"B.I.a", "A.II.4.i.a", "A.I.2.i.a", "A.I.1.ii.a"}
    assert by_code["A.I.2.i.a"]["answer_after"] is None
    assert by_code["A.II.4.i.a"]["answer_after"] == "n1 = 4, n2 = 2"
    assert by_code["A.I.1.ii.a"]["answer_after"] == "Tidak"
    flipped = {one["after"]["code"]: one["after"]["met"] for one in told["gates"] if one["flipped"]}
    assert flipped["B.I.a"] is True
    assert (await ask("score")).json()["total"] == before["total"]


async def test_what_is_blanked_leaves_the_item_to_the_next_layer_or_the_fact(ask: Ask, db: Database) -> None:
    facts = [case("u1", 1, counts_as="completed"), case("u1", 2)]
    typed = Answer(inputs={"n1": 4, "n2": 0, "n3": 4})
    assessed = [answered("u1", 2, "B.I.b", "A"), answered("u1", 3, "B.I.b", "C", layer="tpi")]
    events = [registered("u1"), programme("u1"), *facts, answered("u1", 1, "A.II.5.ii.a", typed), *assessed]
    await fold_all(db, events)
    told = (await ask("score/what-if", answer=["A.II.5.ii.a:", "B.I.b:"])).json()
    after = {one["code"]: (one["after"], one["answer_after"]) for one in told["items"]}
    assert after["A.II.5.ii.a"] == ("1.500000000000", "n1 = 2, n2 = 1, n3 = 1")
    assert after["B.I.b"] == ("5.000000000000", "A")
    alone = (await ask("score/what-if", answer=["B.I.b:"], layer="tpi")).json()
    assert [one["answer_after"] for one in alone["items"]] == [None]


@pytest.mark.parametrize(
    ("answers", "field", "said"),
    [
        (["B.I.b:Z"], "answer.0", "yang diterima: A/B/C/D/E"),
        (["B.I.b:A", "B.I.b:B"], "answer.1", "lebih dari sekali"),
        (["B.I.a:4,5"], "answer.0", "yang diterima: "),
        (["A.II.4.i.a:n1=-1"], "answer.0", "yang diterima: bilangan bulat 0 atau lebih"),
        (["A.II.4.i.a:n9=1"], "answer.0", "yang diterima: n1, n2"),
        (["A.II.4.i.a:80%"], "answer.0", "yang diterima: n1, n2"),
        (["A.I.1:Ya"], "answer.0", "yang diterima: kode butir"),
        ([":"], "answer.0", "yang diterima: kode butir"),
        (["B.I.b"], "answer.0", "tulis butir, titik dua, lalu jawabannya"),
        (["A.II.4.i.a:n2=8"], "answer.0", "isi juga n1"),
        (["A.II.4.i.a:n1=4,n1=5,n2=3"], "answer.0", "yang diterima: bilangan bulat 0 atau lebih"),
    ],
)
async def test_an_answer_that_cannot_stand_is_named(
    ask: Ask, db: Database, answers: list[str], field: str, said: str
) -> None:
    await fold_all(db, [registered("u1"), programme("u1")])
    refused = await ask("score/what-if", answer=answers)
    assert refused.status_code == 422
    assert refused.json()["code"] == "supposition_refused"
    (error,) = refused.json()["errors"]
    assert error["field"] == field
    assert said in error["message"]


async def test_sensitivity_ranks_what_a_gate_loses_and_marks_what_closes_it_alone(
    ask: Ask, db: Database
) -> None:
    await fold_all(db, sample())
    told = (await ask("gates/B.I/sensitivity")).json()
    assert [(one["best"]["code"], one["closes"]) for one in told["items"]] == [("B.I.a", False)]
    ipak = (await ask("gates/B.I.a/sensitivity")).json()
    assert [(one["best"]["code"], one["closes"]) for one in ipak["items"]] == [("B.I.a", True)]
    assert (await ask("gates/B.IX/sensitivity")).status_code == 404
