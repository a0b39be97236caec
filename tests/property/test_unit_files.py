"""A register that is written to a file and read back is the same register, whatever its units are called."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.planning.spreadsheets.csv_grid import csv_grid
from services.planning.units.domain import ECHELONS, LONGEST_NAME, LONGEST_REGION, Unit, is_one_line
from services.planning.units.files.domain import UnitFile, compare
from services.planning.units.files.reading import interpret, read_unit_file, unit_file_limits
from services.planning.units.files.writing import FileKind, write_unit_file
from shared.kernel import Zone

LIMITS = unit_file_limits(packed_bytes=1024**2, seconds=30)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True).filter(
    lambda one: one != "unassigned"
)


def line(longest: int) -> st.SearchStrategy[str]:
    signs = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])
    tricky = st.sampled_from(["=1+1", "'=a", "+6", "-x", "@y", "'", '"a";b', "a;b,c", "=", "''-"])
    text = st.text(signs, min_size=1, max_size=longest) | tricky
    return text.map(str.strip).filter(bool).filter(is_one_line)


# Here, for to build and check a strategy costs more than to draw from it.
SOME_IDS = st.lists(IDS, unique=True, min_size=1, max_size=8)
NAMES, REGIONS = line(LONGEST_NAME), st.none() | line(LONGEST_REGION)
TYPES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", fullmatch=True)
CHOICES = st.tuples(
    st.sampled_from(ECHELONS), st.booleans(), st.sampled_from(Zone), st.booleans(), st.integers(1, 9)
)
ABOVE = {count: st.none() | st.integers(-count, -1) for count in range(1, 6)}


@st.composite
def registers(draw: st.DrawFn) -> dict[str, Unit]:
    ids = draw(SOME_IDS)
    units = {}
    for number, unit_id in enumerate(ids):
        echelon, has_service_function, zone, is_active, version = draw(CHOICES)
        above = draw(ABOVE[min(number, 5)]) if number else None
        units[unit_id] = Unit(
            unit_id=unit_id,
            agency_id="a1",
            name=draw(NAMES),
            unit_type=draw(TYPES),
            echelon=echelon,
            has_service_function=has_service_function,
            zone=zone,
            is_active=is_active,
            is_demo=False,
            version=version,
            region=draw(REGIONS),
            parent_id=None if above is None else ids[number + above],
        )
    return units


def is_no_change(file: UnitFile, units: dict[str, Unit]) -> bool:
    plan = compare(file, units, frozenset(), "a1")
    return (plan.findings, plan.changes, plan.unchanged) == ((), (), len(units))


@given(registers())
def test_a_csv_file_read_back_changes_nothing(units: dict[str, Unit]) -> None:
    content = write_unit_file(units.values(), FileKind.CSV)
    assert is_no_change(interpret(csv_grid(content, LIMITS)), units)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(registers())
def test_a_workbook_read_back_changes_nothing(units: dict[str, Unit]) -> None:
    content = write_unit_file(units.values(), FileKind.XLSX)
    assert is_no_change(read_unit_file(content, LIMITS), units)
