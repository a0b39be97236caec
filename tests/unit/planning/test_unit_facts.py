"""A unit is told in the same bytes as before its contract grew, until there is more to say of it."""

import pytest

from services.planning.units.domain import Unit
from services.planning.units.events import unit_fact
from shared.contracts.planning import UnitRegistered
from shared.kernel import Zone

BEFORE = (
    b'{"unit_id":"kantor-a","version":1,"agency_id":"a1","name":"Kantor A","unit_type":"upt","echelon":"III",'
    b'"has_service_function":true,"zone":"WIB","is_active":true,"is_demo":false}'
)
UNIT = Unit("kantor-a", "a1", "Kantor A", "upt", "III", True, Zone.WIB, True, False, 1)


def test_a_unit_told_before_is_said_again_in_its_own_bytes() -> None:
    fact = unit_fact(UNIT)
    assert fact.model_dump_json().encode() == BEFORE
    assert UnitRegistered.model_validate_json(BEFORE) == fact


@pytest.mark.parametrize("name", ["region", "parent_id", "merged_into"])
def test_what_came_later_is_told_once_it_is_known(name: str) -> None:
    told = unit_fact(UNIT.changed(**{name: "x"})).model_dump(mode="json")
    assert told[name] == "x"
    assert {"region", "parent_id", "merged_into"} & told.keys() == {name}
