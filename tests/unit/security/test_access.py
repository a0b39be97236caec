import pytest
from sqlalchemy import Text, column

from shared.security import (
    PUBLIC,
    SIGNED_IN,
    AccessMatrix,
    ForbiddenError,
    Operation,
    Principal,
    Scope,
    UnauthenticatedError,
)

MATRIX = AccessMatrix(
    Operation("read_form", (), "public", "Read the public form"),
    Operation("read_list", SIGNED_IN, "any", "Read a list"),
    Operation("write_unit", {"unit_operator"}, "unit", "Write for a unit"),
    Operation("create_unit", {"admin"}, "agency", "Create a unit"),
    Operation("change_rules", {"admin"}, "national", "Change the rules"),
)


def someone(role: str, level: str = "unit") -> Principal:
    return Principal("s", frozenset({role}), Scope(level, frozenset({"a1"}), frozenset({"u1"})))  # type: ignore[arg-type]


def test_everybody_may_call_what_is_public() -> None:
    MATRIX.allow(PUBLIC, "read_form")
    MATRIX.allow(someone("auditor"), "read_form")


def test_the_anonymous_are_asked_to_log_in() -> None:
    with pytest.raises(UnauthenticatedError):
        MATRIX.allow(PUBLIC, "read_list")


def test_another_role_is_refused() -> None:
    MATRIX.allow(someone("unit_operator"), "write_unit")
    with pytest.raises(ForbiddenError):
        MATRIX.allow(someone("tpi"), "write_unit")


def test_an_operation_without_a_row_is_refused() -> None:
    with pytest.raises(ForbiddenError):
        MATRIX.allow(someone("admin", "national"), "unheard_of")


def test_someone_without_any_role_is_refused() -> None:
    with pytest.raises(ForbiddenError):
        MATRIX.allow(Principal("s", frozenset(), Scope("national")), "read_list")


@pytest.mark.parametrize(
    ("operation", "allowed"),
    [("create_unit", {"agency", "national"}), ("change_rules", {"national"})],
)
def test_a_narrow_scope_is_refused_what_needs_a_wide_one(operation: str, allowed: set[str]) -> None:
    for level in ("unit", "agency", "national"):
        if level in allowed:
            MATRIX.allow(someone("admin", level), operation)
        else:
            with pytest.raises(ForbiddenError):
                MATRIX.allow(someone("admin", level), operation)


@pytest.mark.parametrize(
    "rows",
    [
        (Operation("x", {"emperor"}, "any", "unknown role"),),
        (Operation("x", (), "unit", "nobody"),),
        (Operation("x", {"admin"}, "any", "one"), Operation("x", {"tpi"}, "any", "two")),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_refused(rows: tuple[Operation, ...]) -> None:
    with pytest.raises(ValueError, match="operation x"):
        AccessMatrix(*rows)


@pytest.mark.parametrize(
    ("scope", "own", "same_agency", "elsewhere"),
    [
        (Scope("unit", frozenset({"a1"}), frozenset({"u1"})), True, False, False),
        (Scope("agency", frozenset({"a1"}), frozenset({"u9"})), True, True, False),
        (Scope("national"), True, True, True),
        (Scope("unit"), False, False, False),
    ],
)
def test_a_scope_covers_what_its_level_says(
    scope: Scope, own: bool, same_agency: bool, elsewhere: bool
) -> None:
    covered = scope.covers("u1", "a1"), scope.covers("u2", "a1"), scope.covers("u3", "a2")
    assert covered == (own, same_agency, elsewhere)


def test_a_scope_filters_statements_built_from_tables() -> None:
    unit, agency = column("unit_id", Text), column("agency_id", Text)
    ids = frozenset({"x", "y"})
    assert str(Scope("national").where(unit, agency)) == "true"
    by_unit = Scope("unit", frozenset({"z"}), ids).where(unit, agency).compile()
    assert (str(by_unit), by_unit.params) == ("unit_id = ANY (:param_1)", {"param_1": ["x", "y"]})
    assert str(Scope("agency", ids).where(unit, agency)).startswith("agency_id = ANY")


def test_a_principal_survives_storage() -> None:
    principal = someone("tpi", "agency")
    assert Principal.from_json(principal.as_json()) == principal
