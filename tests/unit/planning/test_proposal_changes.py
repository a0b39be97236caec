"""What a proposal holds after a change of its units or groups."""

from decimal import Decimal
from uuid import uuid4

import pytest

from services.planning.nomination.domain.changing import chosen_anew, grouped, joined, released
from services.planning.nomination.domain.nominations import (
    Nomination,
    NominationState,
    NominationStateError,
    ProposedKawasan,
    ProposedUnit,
)
from services.planning.nomination.domain.rules import Category

PORT = ProposedKawasan("Pelabuhan", Decimal("6.5"))


def proposal(*units: ProposedUnit, state: NominationState = NominationState.PROPOSED) -> Nomination:
    return Nomination(uuid4(), "a-1", 2026, state, units, (PORT,) if any(u.kawasan for u in units) else ())


def wbk(unit_id: str, kawasan: str | None = None) -> ProposedUnit:
    return ProposedUnit(unit_id, Category.WBK, kawasan)


def test_units_join_once_and_those_there_stay_as_they_are() -> None:
    assert joined(None, ["u-1", "u-1"], Category.WBK).units == (wbk("u-1"),)
    units, kawasan = joined(proposal(wbk("u-1", "Pelabuhan")), ["u-1", "u-2"], Category.WBBM)
    assert units == (wbk("u-1", "Pelabuhan"), ProposedUnit("u-2", Category.WBBM))
    assert kawasan == (PORT,)


def test_a_group_goes_with_the_last_of_its_units() -> None:
    found = proposal(wbk("u-1", "Pelabuhan"), wbk("u-2"))
    assert chosen_anew(found, "u-1", Category.WBK, None).kawasan == []
    assert released(found, "u-1") == ([wbk("u-2")], [])
    assert released(found, "u-2").kawasan == [PORT]


def test_a_group_that_becomes_too_small_goes_with_whom_it_loses() -> None:
    found = proposal(wbk("u-1", "Pelabuhan"), wbk("u-2", "Pelabuhan"), wbk("u-3"))
    assert released(found, "u-1") == ([wbk("u-2"), wbk("u-3")], [])
    three = proposal(*(wbk(f"u-{number}", "Pelabuhan") for number in range(3)))
    assert released(three, "u-0") == ([wbk("u-1", "Pelabuhan"), wbk("u-2", "Pelabuhan")], [PORT])


def test_a_proposal_never_loses_its_last_unit() -> None:
    with pytest.raises(NominationStateError):
        released(proposal(wbk("u-1")), "u-1")


def test_a_group_holds_exactly_the_units_that_were_ticked() -> None:
    found = proposal(wbk("u-1", "Pelabuhan"), wbk("u-2"), wbk("u-3"))
    units, kawasan = grouped(found, "Pelabuhan", Decimal(7), ["u-2", "u-3"])
    assert [unit.kawasan for unit in units] == [None, "Pelabuhan", "Pelabuhan"]
    assert kawasan == [ProposedKawasan("Pelabuhan", Decimal(7))]
    assert grouped(found, "Pelabuhan", None, []).kawasan == []
