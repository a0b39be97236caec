"""What becomes of a running deadline that goes to another version of its policy.

Source: complaints.md section 5: running clocks keep their version unless migrated with a reason.
"""

from dataclasses import replace
from typing import ClassVar

from services.complaints.deadlines.domain.policy import LengthUnit, Rule
from services.complaints.deadlines.domain.schedule import Deadline
from shared.kernel import DomainError


class MigrationRefusedError(DomainError):
    """Deadlines cannot go from this version to that one."""

    code: ClassVar[str] = "migration_refused"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, errors=[{"field": field, "code": self.code, "message": message}])


class MigrationRunningError(DomainError):
    """Deadlines of this version are on their way to another one already."""

    code: ClassVar[str] = "migration_running"


class OwnMigrationError(DomainError):
    """Who asked for a migration would agree to it as the second person."""

    code: ClassVar[str] = "own_proposal"


class NothingHeldError(DomainError):
    """No deadline of a migration waits for a second person."""

    code: ClassVar[str] = "nothing_held"


def require_successor(old: Rule, new: Rule) -> None:
    """Refuse a version about other deadlines: of another id, class, scope, kind or start."""
    if old.version == new.version:
        raise MigrationRefusedError("to", "Versi tujuan sama dengan versi asal.")
    if old.id != new.id:
        raise MigrationRefusedError(
            "to", f"{new.version} bukan versi lain dari {old.id}, melainkan {new.id}."
        )
    about = ("case_class", "scope_level", "scope_id")
    differs = [name for name in about if getattr(old, name) != getattr(new, name)]
    if differs or not old.kinds <= new.kinds or set(old.starts) != set(new.starts):
        raise MigrationRefusedError(
            "to",
            f"{new.version} berlaku bagi golongan, cakupan, atau jenis lain daripada {old.version}; tenggat"
            " yang berjalan hanya dapat pindah ke versi lain dari aturan yang sama.",
        )


def cast(deadline: Deadline, old: Rule, new: Rule) -> Deadline:
    """Return a deadline as it counts by another version: from the same start, for that one's length.

    What was extended stays extended, by as much as the new version allows; what ran under a cap keeps it.
    """
    length = new.length
    if deadline.most_days is not None and new.unit is LengthUnit.CALENDAR_DAY:
        length = min(length, deadline.most_days)
    elif deadline.length > old.length:
        length += new.extension
    return replace(deadline, policy=new.version, length=length)
