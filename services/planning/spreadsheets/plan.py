"""What a file of things would do to the list of an agency: what is new, changed, as before, and wrong."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from services.planning.spreadsheets.listing import MOST_FINDINGS, Finding


class Changing(Protocol):
    """A row that adds a thing (`before` None) or changes one."""

    @property
    def row(self) -> int: ...

    @property
    def before(self) -> Any: ...


C = TypeVar("C", bound=Changing)


class Read(Protocol):
    """What of a file as read counts here: findings that were not kept, and what does not stand in the way."""

    @property
    def further(self) -> int: ...

    @property
    def warnings(self) -> tuple[Finding, ...]: ...


@dataclass(frozen=True, slots=True)
class Plan(Generic[C]):
    """What a file would do to a list; `left_out` counts things of the agency that it does not name.

    `findings` are the first `MOST_FINDINGS`, `further` counts the rest; `warnings` do not stand in its way.
    """

    changes: tuple[C, ...]
    unchanged: int
    left_out: int
    findings: tuple[Finding, ...]
    further: int = 0
    warnings: tuple[Finding, ...] = ()

    @property
    def findings_count(self) -> int:
        return len(self.findings) + self.further

    @property
    def new(self) -> list[C]:
        return [change for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[C]:
        return [change for change in self.changes if change.before is not None]


def planned(
    file: Read,
    changes: Sequence[C],
    *,
    unchanged: int,
    left_out: int,
    findings: Collection[Finding],
    warnings: Collection[Finding] = (),
) -> Plan[C]:
    """Return a plan with all findings in the order of the file, and the file's warnings before its own."""
    in_order = sorted(findings, key=lambda one: one.order)
    return Plan(
        changes=tuple(changes),
        unchanged=unchanged,
        left_out=left_out,
        findings=tuple(in_order[:MOST_FINDINGS]),
        further=file.further + max(0, len(in_order) - MOST_FINDINGS),
        warnings=(*file.warnings, *warnings),
    )
