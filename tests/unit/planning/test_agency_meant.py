"""Which agency a command acts on that names none."""

import pytest

from services.planning.units.domain import AgencyNeededError
from services.planning.units.usecases import agency_meant
from shared.security import Principal, Scope


def admin(scope: Scope) -> Principal:
    return Principal("admin-1", frozenset({"admin"}), scope)


def test_the_only_agency_is_meant_and_everybodys_default_is_for_whom_all_are_open() -> None:
    assert agency_meant(admin(Scope("agency", agencies=frozenset({"a-1"}))), None, "instansi") == "a-1"
    assert agency_meant(admin(Scope("national")), None, "instansi") == "instansi"


def test_whoever_has_several_agencies_is_asked_and_gets_none_of_them_unasked() -> None:
    both = admin(Scope("agency", agencies=frozenset({"a-1", "instansi"})))
    assert agency_meant(both, "a-1", "instansi") == "a-1"
    with pytest.raises(AgencyNeededError, match="a-1, instansi"):
        agency_meant(both, None, "instansi")
