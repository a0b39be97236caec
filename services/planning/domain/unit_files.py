"""A file of units against the register: what is new, changed and as it was, and what cannot stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from services.planning.domain import tree
from services.planning.domain.units import DEFAULT_ECHELON, DEFAULT_TYPE, Unit
from shared.kernel import UNASSIGNED_UNIT, Zone

DEFAULTS: Mapping[str, Any] = {
    "unit_type": DEFAULT_TYPE,
    "echelon": DEFAULT_ECHELON,
    "has_service_function": True,
    "zone": Zone.WIB,
    "is_active": True,
    "is_demo": False,
}
"""What a new unit is where a file leaves it open."""
_MOST_HINTS = 10
"""Hints compare with every unit of the agency, so only the first findings get one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a file: `said` is Indonesian, `allowed` what would be right.

    `row` and `column` (a letter) name the place as a spreadsheet does; a fault of the whole file has neither.
    """

    code: str
    said: str
    row: int | None = None
    column: str = ""
    allowed: str = ""

    @property
    def cell(self) -> str:
        return "" if self.row is None else f"{self.column}{self.row}"

    @property
    def message(self) -> str:
        """One line for people, e.g. `Baris 5, kolom F: Zona waktu tidak dikenal. Yang benar: WIB, WITA.`."""
        column = f", kolom {self.column}" if self.column else ""
        where = "" if self.row is None else f"Baris {self.row}{column}: "
        right = f" Yang benar: {self.allowed}." if self.allowed else ""
        return f"{where}{self.said}{right}"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: the unit's id and the fields that the file names, None for an emptied one."""

    row: int
    unit_id: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file as read. With one finding nothing of it may be written; `columns` gives each field's letter."""

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A unit that a file adds (`before` None) or changes."""

    row: int
    before: Unit | None
    after: Unit

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that differ; of a new unit those that hold something."""
        names = (one.name for one in fields(Unit) if one.name != "version")
        if self.before is None:
            return tuple(name for name in names if getattr(self.after, name) is not None)
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do to the register; `left_out` counts units of the agency that it does not name."""

    changes: tuple[Change, ...]
    unchanged: int
    left_out: int
    findings: tuple[Finding, ...]

    @property
    def new(self) -> list[Unit]:
        return [change.after for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[Unit]:
        return [change.after for change in self.changes if change.before is not None]


def compare(file: UnitFile, present: Mapping[str, Unit], elsewhere: frozenset[str], agency_id: str) -> Plan:
    """Return what a file does to the units of an agency; with findings it does nothing.

    `present` are the agency's units by id, `elsewhere` those ids of the file that another agency has. The
    order of rows means nothing: a parent may come after its children.
    """
    checked = _Checked(file, present, elsewhere)
    changes: list[Change] = []
    unchanged = 0
    for line in checked.lines:
        before = present.get(line.unit_id)
        after = _after(line, before, agency_id)
        if after == before:
            unchanged += 1
            continue
        changes.append(Change(line.row, before, after))
    findings = [*file.findings, *checked.findings, *_place_findings(checked, changes, present)]
    return Plan(
        changes=tuple(changes),
        unchanged=unchanged,
        left_out=len(present.keys() - {line.unit_id for line in file.lines}),
        findings=tuple(sorted(findings, key=lambda one: (one.row or 0, len(one.column), one.column))),
    )


def _after(line: Line, before: Unit | None, agency_id: str) -> Unit:
    if before is None:
        return Unit(**{**DEFAULTS, **line.given}, unit_id=line.unit_id, agency_id=agency_id, version=1)
    same = all(getattr(before, name) == value for name, value in line.given.items())
    return before if same else before.changed(**line.given)


class _Checked:
    """The lines of a file whose ids can stand, and the findings about the others."""

    def __init__(self, file: UnitFile, present: Mapping[str, Unit], elsewhere: frozenset[str]) -> None:
        self.columns = file.columns
        self.lines: list[Line] = []
        self.findings: list[Finding] = []
        first: dict[str, int] = {}
        for line in file.lines:
            if line.unit_id in first:
                self._add(line, "unit_twice", f"Kode unit ini sudah ada di baris {first[line.unit_id]}.")
                continue
            first[line.unit_id] = line.row
            if line.unit_id == UNASSIGNED_UNIT:
                self._add(line, "unit_reserved", "Kode ini dicadangkan bagi pengaduan tanpa unit.")
            elif line.unit_id in elsewhere:
                self._add(line, "unit_elsewhere", "Kode ini sudah dipakai di luar instansi ini.")
            elif (before := present.get(line.unit_id)) and before.merged_into and _differs(line, before):
                self._add(line, "unit_merged", f"Unit ini sudah digabung ke {before.merged_into}.")
            else:
                self.lines.append(line)

    def _add(self, line: Line, code: str, said: str) -> None:
        self.findings.append(Finding(code, said, line.row, self.columns.get("unit_id", "")))


def _differs(line: Line, before: Unit) -> bool:
    return any(getattr(before, name) != value for name, value in line.given.items())


def _place_findings(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield what is wrong with the parents that a file names."""
    units = dict(present) | {change.after.unit_id: change.after for change in changes}
    rows = {line.unit_id: line.row for line in checked.lines}
    column = checked.columns.get("parent_id", "")
    known = [unit_id for unit_id, unit in units.items() if unit.merged_into is None]
    hints = 0
    for change in changes:
        unit = change.after
        if unit.parent_id is None or (change.before and change.before.parent_id == unit.parent_id):
            continue
        parent = units.get(unit.parent_id)
        if parent is None:
            near = get_close_matches(unit.parent_id, known, n=1) if hints < _MOST_HINTS else []
            hints += 1
            said = "Kode induk tidak ada di berkas ini dan tidak terdaftar di instansi ini."
            yield Finding("parent_unknown", said, change.row, column, "".join(near))
        elif parent.merged_into is not None:
            said = f"Induk ini sudah digabung ke unit {parent.merged_into}."
            yield Finding("parent_merged", said, change.row, column, parent.merged_into)
    parents = {unit_id: unit.parent_id for unit_id, unit in units.items()}
    told: set[str] = set()
    changed = {change.after.unit_id for change in changes}
    for unit_id, fault in tree.faults(parents).items():
        above = [unit_id, *tree.ancestors(parents, unit_id)]
        cause = next((one for one in above if one in changed), None)
        if cause is not None and cause not in told:
            told.add(cause)
            yield Finding(fault.value, tree.SAID[fault], rows[cause], column)
