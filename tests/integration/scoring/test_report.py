"""What `zi score` prints of a real score: the verdict, what is missing with floors, and the next step."""

import re
from typing import Any

import httpx2
import pytest

from services.scoring.report import tell
from shared.contracts.base import EventData
from shared.db import Database
from tests.integration.scoring.test_pages import ready, sample
from tests.support import lke
from tests.support.scoring import YEAR, answered, fold_all, programme, registered, tally, threshold
from tests.support.tokens import TestIssuer

INDONESIAN = re.compile(r"\b(kurang|terpenuhi|dari|belum|syarat|nilai|jawaban|lembar)\b")


@pytest.fixture
def printed(
    client: httpx2.AsyncClient, db: Database, issuer: TestIssuer, capsys: pytest.CaptureFixture[str]
) -> Any:
    async def ask(facts: list[EventData], **options: str) -> str:
        await fold_all(db, facts)
        query = {"year": str(YEAR), **options}
        headers = issuer.headers("verifier", level="national")
        answer = await client.get("/units/u1/score", params=query, headers=headers)
        capsys.readouterr()
        tell(answer.json())
        out = capsys.readouterr().out
        assert INDONESIAN.findall(out) == []
        return out

    return ask


def lines(out: str) -> list[str]:
    return [re.sub(r" {2,}", " | ", line.strip()) for line in out.splitlines()]


async def test_a_unit_that_misses_a_gate_and_willing_people_reads_both_with_their_floors(
    printed: Any,
) -> None:
    told = lines(await printed(sample()))
    assert told[0] == f"u1 {YEAR}, target WBK, layer effective, mode zero"
    assert told[1] == (
        "Not ready for WBK: 1 of 12 score gates failed, nearest IPAK 3.55 of 3.60; "
        "the survey misses willing people (28 of 30), respondents (28 of 30)."
    )
    assert "B.I.a | IPAK | 3.55 | 3.60 | 0.05 | no" in told
    assert "willing | 28 | 30 | failed" in told
    assert "ipak | 3.60 of 20 released answers | 3.60 | met" in told
    assert "IPAK differs by source: worksheet 3.55 (unit), failed; survey 3.60, met" in told
    steps = told[told.index("next") + 1 :]
    assert steps == [
        "- raise IPAK by 0.05: most is lost at B.I.a",
        "- win 2 more willing people: zi survey invite s-u1",
        "- wait for 2 more answers: zi survey status s-u1",
    ]


async def test_only_a_conversion_that_the_agency_chose_is_named(printed: Any) -> None:
    usual = threshold("u1", "s-u1", 8, policy_ids=["conversion.ratio", "pooling.pooled"])
    assert "conversion" not in await printed([*sample(), usual])
    chosen = threshold("u1", "s-u1", 9, policy_ids=["conversion.affine", "pooling.pooled"])
    assert "conversion to scale 4: affine, chosen by the agency" in lines(await printed([chosen]))


async def test_decimals_beyond_two_appear_only_where_two_would_hide_the_difference(printed: Any) -> None:
    weak = answered("u1", 950, "B.I.a", lke.answers({"B.I.a": "3.5951"})["B.I.a"])
    told = lines(await printed([*sample(), weak]))
    assert "B.I.a | IPAK | 3.595 | 3.600 | 0.005 | no" in told
    assert "nearest IPAK 3.595 of 3.600" in told[1]
    assert "TPI" not in told[2]
    assert re.match(r"total \d\d\.\d\d of 100, 113 of 113 items answered$", told[2])


async def test_open_items_are_named_and_the_highest_total_told(printed: Any) -> None:
    blank = [answered("u1", 960, "B.I.a", None), answered("u1", 961, "A.I.1.i.a", None)]
    told = lines(await printed([*sample(), *blank]))
    assert re.match(r"total .* 111 of 113 items answered; at most \d\d\.\d\d with the rest", told[2])
    assert any(line.startswith("- answer the open items of the failed gates: B.I.a") for line in told)
    assert any(re.match(r"B\.I\.a \| IPAK \| 0\.00 \| 3\.60 \| 3\.60 \| yes", line) for line in told)


async def test_a_ready_unit_is_told_that_the_decree_decides(printed: Any) -> None:
    told = lines(await printed(ready("u1", "WBBM", willing=30)))
    assert told[1] == "Ready for WBBM: all 12 score gates and the survey are met."
    assert "- nothing is missing here: the decree decides" in told
    assert "- remember that WBBM also needs a valid WBK, which no number here tells" in told


async def test_a_unit_without_a_deciding_survey_is_not_ready_and_told_how_to_begin(printed: Any) -> None:
    told = lines(await printed([*ready("u1"), tally("u1", "old")]))
    assert told[1] == "Not ready for WBK: all 12 score gates are met; the survey has no status yet."
    assert f"- let a survey decide: zi survey create --unit u1 --year {YEAR}" in told


async def test_an_index_that_is_not_known_yet_is_not_called_low(printed: Any) -> None:
    facts = [threshold("u1", "s", finished=4, unknown=["ipak", "ipkp"])]
    told = lines(await printed([*ready("u1"), *facts]))
    assert "the survey misses respondents (4 of 30), IPAK (not known yet), IPKP (not known yet)." in told[1]
    assert "ipak | none released | 3.60 | not known yet" in told
    assert not any("raise the survey" in line for line in told)


async def test_an_empty_sheet_and_the_workbook_mode_say_what_to_do(printed: Any) -> None:
    told = lines(await printed([registered("u1"), programme("u1")]))
    assert f"- answer the worksheet: zi lke answer --unit u1 --year {YEAR} --layer unit CODE=ANSWER" in told
    excel = lines(await printed([], mode="workbook"))
    assert excel[1] == "the workbook mode decides nothing: see the verdict with --mode zero"
