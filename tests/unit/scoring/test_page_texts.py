from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

import pytest
from sqlalchemy import RowMapping

from services.scoring.pages.board_files import HEAD, cells
from services.scoring.pages.next_texts import short_day
from services.scoring.pages.texts import head_texts
from services.scoring.usecases.reading import Surveys, Verdict
from shared.indonesian import number
from shared.instruments.lke import TOTAL, GateResult, Score, evaluate_gates, rule_set, score
from tests.support import lke


def lifted(gates: Sequence[GateResult], floor: Fraction) -> list[GateResult]:
    """Return the gates with another minimum for the total."""
    return [
        replace(gate, gate=replace(gate.gate, minimum=floor)) if gate.gate.code == TOTAL else gate
        for gate in gates
    ]


def told(scored: Score, floor: Fraction) -> dict[str, str]:
    gates = lifted(evaluate_gates(scored, rule_set("panrb-90-2021"), "WBK"), floor)
    return dict(head_texts(scored, Verdict("WBK", gates, None, (), ""), Surveys(())))


@pytest.mark.parametrize("lacking", [Fraction(4, 1000), Fraction(4, 100_000)])
def test_a_total_or_its_bound_just_below_the_minimum_is_told_apart_from_it(lacking: Fraction) -> None:
    scored = score(lke.best(B_I_b=None))
    total, upper = scored.total.points, scored.total.upper
    assert total is not None
    assert total < upper
    floor = total + lacking
    assert told(scored, floor)["total"] not in (number(floor), number(floor, 3), number(floor, 4))
    floor = upper + lacking
    texts = told(scored, floor)
    assert texts["total"] == number(total)
    bound = texts["batas"].removeprefix(", paling tinggi ").partition(" ")[0]
    assert len(bound) > len(number(upper))
    assert bound != number(floor, len(bound.partition(",")[2]))


@pytest.mark.parametrize(("total", "told"), [("74.996", "74.996 75.000"), ("80", "80.00 75.00")])
def test_a_file_tells_a_total_apart_from_its_minimum_as_the_page_does(total: str, told: str) -> None:
    row: dict[str, object] = {
        "name": "Kantor",
        "unit_id": "u",
        "region": None,
        "target": "WBK",
        "rule_set": None,
        "gates_met": [],
        "upper": None,
    }
    row |= {"gate": None, "result": None, "has_survey": False, "answered": 1, "items": 113}
    row |= {"stage": "pengisian", "is_nominated": False}
    found = dict(zip(HEAD, cells(cast("RowMapping", row | {"total": Decimal(total)}), 2026), strict=True))
    assert f"{found['Nilai']} {found['Minimum']}" == told


def test_what_is_overdue_tells_its_day_and_another_year() -> None:
    assert short_day(date(2026, 8, 28), date(2026, 9, 1)) == "28 Agu"
    assert short_day(date(2025, 12, 31), date(2026, 9, 1)) == "31 Des 2025"
