"""The tour of the README moves the unit that it tells people to open, by what it promises."""

from deploy.local.demo.agency import UNITS
from deploy.local.demo.answers import unit_answers
from deploy.local.demo.load import SEED
from deploy.local.demo.situations import SITUATIONS
from deploy.local.idp.people import PEOPLE
from shared.instruments.lke import TOTAL, Answer, totals
from tests.support.readme import README, promised_gain, tour

OPENED = "contoh-melati"
FLOOR = 75
"""Of the total for WBK, as the README says it."""


def test_the_unit_that_is_open_is_the_one_that_is_moved() -> None:
    answer, show, *_ = tour()
    assert answer[:4] == ["lke", "answer", "--unit", OPENED]
    assert show[:2] == ["score", OPENED]
    (name,) = [unit.name for unit in UNITS if unit.id == OPENED]
    assert f"Open *{name}*" in README.read_text()
    assert "hendra" in PEOPLE


def test_its_total_rises_by_what_is_promised_and_passes_the_floor() -> None:
    given = dict(pair.split("=") for pair in tour()[0] if "=" in pair)
    before = unit_answers(f"{SEED}/{OPENED}", SITUATIONS[OPENED], 2026)
    after = before | {code: Answer(letter=letter) for code, letter in given.items()}
    assert {code: before[code].letter for code in given} == dict.fromkeys(given, "Tidak")
    old, new = totals(before).points(TOTAL), totals(after).points(TOTAL)
    assert round(float(new - old), 2) == float(promised_gain())
    assert old < FLOOR
    assert f"the {FLOOR} that WBK asks" in README.read_text()
