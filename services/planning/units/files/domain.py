"""A file of units against the register: what is new, changed and as it was, and what cannot stand."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from services.planning.spreadsheets.listing import Finding
from services.planning.spreadsheets.plan import Plan, planned
from services.planning.units import tree
from services.planning.units.domain import DEFAULT_ECHELON, DEFAULT_TYPE, Unit
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
_MOST_HINTS, _MOST_CANDIDATES = 5, 1000
"""A hint compares with every unit of the agency: only the first findings get one, and in no large agency."""
_MOST_REGIONS, _REGIONS_ALIKE = 200, 0.9
"""Provinces are less alike than that: Sulawesi Tengah and Sulawesi Tenggara 0.875."""
_DIGITS = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: the unit's id and the fields that the file names, None for an emptied one."""

    row: int
    unit_id: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file as read. With one finding nothing of it may be written; `columns` gives each field's letter.

    `faulty` are the rows of which only the id could be read, `further` counts findings that are not kept,
    `warnings` do not stand in the way.
    """

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    faulty: tuple[Line, ...] = ()
    further: int = 0
    warnings: tuple[Finding, ...] = ()


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


def compare(
    file: UnitFile, present: Mapping[str, Unit], elsewhere: frozenset[str], agency_id: str
) -> Plan[Change]:
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
    findings = [
        *file.findings,
        *checked.findings,
        *_lookalikes(checked, changes, present),
        *_needed(checked, changes, present),
        *_parent_findings(checked, changes, present),
        *_tree_findings(checked, changes, present),
    ]
    return planned(
        file,
        changes,
        unchanged=unchanged,
        left_out=len(present.keys() - checked.named.keys()),
        findings=findings,
        warnings=[
            *_namesakes(checked, changes, present),
            *_region_lookalikes(checked, changes, present),
        ],
    )


def _after(line: Line, before: Unit | None, agency_id: str) -> Unit:
    if before is None:
        return Unit(**{**DEFAULTS, **line.given}, unit_id=line.unit_id, agency_id=agency_id, version=1)
    same = all(getattr(before, name) == value for name, value in line.given.items())
    return before if same else before.changed(**line.given)


class _Checked:
    """The lines of a file whose ids can stand, the row of every id that it names, and the findings so far."""

    def __init__(self, file: UnitFile, present: Mapping[str, Unit], elsewhere: frozenset[str]) -> None:
        self.columns = file.columns
        self.lines: list[Line] = []
        self.findings: list[Finding] = []
        self.named: dict[str, int] = {}
        self.faulty = {line.unit_id for line in file.faulty}
        good = {line.row for line in file.lines}
        for line in sorted((*file.lines, *file.faulty), key=lambda one: one.row):
            if line.unit_id in self.named:
                self._add(line, "unit_twice", f"Kode unit ini sudah ada di baris {self.named[line.unit_id]}.")
                continue
            self.named[line.unit_id] = line.row
            if line.unit_id == UNASSIGNED_UNIT:
                self._add(line, "unit_reserved", "Kode ini dicadangkan bagi pengaduan tanpa unit.")
            elif line.unit_id in elsewhere:
                self._add(line, "unit_elsewhere", "Kode ini sudah dipakai di luar instansi ini.")
            elif (before := present.get(line.unit_id)) and before.merged_into and _differs(line, before):
                self._add(line, "unit_merged", f"Unit ini sudah digabung ke {_heir(before, present)}.")
            elif line.row in good:
                self.lines.append(line)

    def _add(self, line: Line, code: str, said: str) -> None:
        self.findings.append(Finding(code, said, line.row, self.columns.get("unit_id", "")))


def _differs(line: Line, before: Unit) -> bool:
    return any(getattr(before, name) != value for name, value in line.given.items())


def _heir(unit: Unit, units: Mapping[str, Unit]) -> str:
    """Return the unit at the end of a unit's mergers."""
    seen: dict[str, None] = {unit.unit_id: None}
    while unit.merged_into is not None and unit.merged_into not in seen:
        seen[unit.merged_into] = None
        if unit.merged_into not in units:
            break
        unit = units[unit.merged_into]
    return list(seen)[-1]


def _lookalikes(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield the new ids that a spreadsheet may have made of others: an id stays for good."""
    column = checked.columns.get("unit_id", "")
    spelt = {_spelling(unit_id): unit_id for unit_id in (*checked.named, *present)}
    first: dict[str, str] = {}
    for unit_id in checked.named:
        first.setdefault(_spelling(unit_id), unit_id)
    missing = {_decimal(unit_id): unit_id for unit_id in present.keys() - checked.named.keys()}
    for change in changes:
        unit_id = change.after.unit_id
        if change.before is not None:
            continue
        spelling = _spelling(unit_id)
        near = next(
            (
                one
                for one in (spelt[spelling], first[spelling], missing.get(_decimal(unit_id)))
                if one is not None and one != unit_id
            ),
            None,
        )
        if near is not None:
            where = "yang terdaftar" if near in present else f"di baris {checked.named[near]}"
            said = (
                f"Kode unit baru ini hanya berbeda huruf besar atau angka nol dari kode {where}. "
                f"Mungkin yang dimaksud {near}."
            )
            yield Finding("unit_lookalike", said, change.row, column, near)


def _spelling(unit_id: str) -> str:
    """Return an id without what a spreadsheet or a hand changes: 00123 is 123, KANTOR-A is kantor-a."""
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0") or "0", unit_id.casefold())


def _decimal(unit_id: str) -> str:
    """Return an id as a spreadsheet keeps it that takes it for a number: 1.10 is 1.1."""
    if _DECIMAL.fullmatch(unit_id) is None:
        return unit_id
    return _spelling(unit_id.rstrip("0").rstrip("."))


def _namesakes(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield the new units that are called as others: most likely the same under another id."""
    column = checked.columns.get("name", "")
    called = {_folded(unit.name): unit_id for unit_id, unit in present.items()}
    rows: dict[str, int] = {}
    for change in changes:
        if change.before is not None:
            continue
        name = _folded(change.after.name)
        if (same := called.get(name)) is not None:
            said = f"Unit baru ini bernama sama dengan unit {same} yang terdaftar."
            yield Finding("name_taken", said, change.row, column)
        elif (row := rows.setdefault(name, change.row)) != change.row:
            yield Finding("name_twice", f"Nama unit ini sudah ada di baris {row}.", change.row, column)


def _region_lookalikes(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield the first unit of each region that is spelt almost as one with more units: Jawa Tengh."""
    units = dict(present) | {change.after.unit_id: change.after for change in changes}
    common = Counter(unit.region for unit in units.values() if unit.region is not None)
    if len(common) > _MOST_REGIONS:
        return
    told: set[str] = set()
    for change in changes:
        region = change.after.region
        if region is None or region in told or (change.before and change.before.region == region):
            continue
        told.add(region)
        others = {_folded(one): one for one, number in common.items() if number > common[region]}
        near = get_close_matches(_folded(region), others, n=1, cutoff=_REGIONS_ALIKE)
        if near:
            said = f"Wilayah ini hampir sama tulisannya dengan {others[near[0]]}."
            yield Finding("region_lookalike", said, change.row, checked.columns.get("region", ""))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _needed(checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]) -> Iterator[Finding]:
    """Yield the units that a file closes while others are merged into them."""
    heirs = {unit.merged_into: unit_id for unit_id, unit in present.items() if unit.merged_into is not None}
    for change in changes:
        if change.before and change.before.is_active and not change.after.is_active:
            merged = heirs.get(change.after.unit_id)
            if merged is not None:
                said = f"Unit ini melanjutkan pekerjaan {merged}; batalkan dahulu penggabungannya."
                yield Finding("unit_needed", said, change.row, checked.columns.get("is_active", ""))


def _parent_findings(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield the parents under which nothing can stand."""
    units = dict(present) | {change.after.unit_id: change.after for change in changes}
    column = checked.columns.get("parent_id", "")
    known = [unit_id for unit_id, unit in units.items() if unit.merged_into is None]
    hints = _MOST_HINTS if len(known) <= _MOST_CANDIDATES else 0
    for change in changes:
        unit = change.after
        if unit.parent_id is None or not _is_moved(change):
            continue
        parent = units.get(unit.parent_id)
        if parent is None and unit.parent_id not in checked.named:
            near = get_close_matches(unit.parent_id, known, n=1) if hints > 0 else []
            hints -= 1
            said = "Kode induk tidak ada di berkas ini dan tidak terdaftar di instansi ini."
            yield Finding("parent_unknown", said, change.row, column, "".join(near))
        elif parent is not None and parent.merged_into is not None:
            heir = _heir(parent, units)
            if heir == unit.unit_id:
                yield Finding(
                    "parent_merged", "Induk ini sudah digabung ke unit ini sendiri.", change.row, column
                )
            else:
                said = f"Induk ini sudah digabung ke unit {heir}."
                yield Finding("parent_merged", said, change.row, column, heir)


def _tree_findings(
    checked: _Checked, changes: Sequence[Change], present: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yield each move that closes a circle or brings a unit below the last level."""
    units = dict(present) | {change.after.unit_id: change.after for change in changes}
    parents = {
        one: unit.parent_id
        for one, unit in units.items()
        if unit.merged_into is None and one not in checked.faulty
    }
    column = checked.columns.get("parent_id", "")
    moved = {change.after.unit_id: change.row for change in changes if _is_moved(change)}
    told: set[str] = set()
    for unit_id, fault in tree.faults(parents).items():
        above = [unit_id] if fault is tree.TreeFault.CYCLE else [unit_id, *tree.ancestors(parents, unit_id)]
        cause = next((one for one in above if one in moved), None)
        if cause is not None and cause not in told:
            told.add(cause)
            yield Finding(fault.value, tree.SAID[fault], moved[cause], column)


def _is_moved(change: Change) -> bool:
    return change.before is None or change.before.parent_id != change.after.parent_id
