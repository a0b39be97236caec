"""The access matrix: which role may call which operation. No row, no call.

Every service holds one in `access.py` beside its `api.py`:

    MATRIX = AccessMatrix(
        Operation("create_unit", {"admin"}, "agency", "Register a unit"),
        Operation("show_unit", SIGNED_IN, "unit", "Read a unit's entry"),
    )
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from shared.kernel import DomainError
from shared.security.principal import Principal
from shared.security.roles import ROLES

Reach = Literal["public", "any", "unit", "agency", "national"]


class UnauthenticatedError(DomainError):
    """The caller is not known (401)."""

    code: ClassVar[str] = "unauthenticated"


class ForbiddenError(DomainError):
    """The caller is known and may not do this (403)."""

    code: ClassVar[str] = "forbidden"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: an operation id, the roles that may call it, and what its objects are.

    `scope` says what limits the objects: `public` nothing, also without log-in; `any` nothing, for those
    logged in; `unit` the caller's scope, applied in SQL, where an object outside it is as if missing (404);
    `agency` as `unit`, and the caller's scope must be at least an agency; `national` must be national.
    """

    id: str
    roles: Collection[str]
    scope: Reach
    description: str


class AccessMatrix:
    """The rows of one service, unique by operation id."""

    def __init__(self, *operations: Operation) -> None:
        self._rows: dict[str, Operation] = {}
        for row in operations:
            if row.id in self._rows:
                raise ValueError(f"two rows for operation {row.id}")
            if unknown := set(row.roles) - ROLES.keys():
                raise ValueError(f"operation {row.id} names unknown roles {sorted(unknown)}")
            if not row.roles and row.scope != "public":
                raise ValueError(f"operation {row.id} names no role")
            self._rows[row.id] = row

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, operation_id: object) -> bool:
        return operation_id in self._rows

    def __getitem__(self, operation_id: str) -> Operation:
        return self._rows[operation_id]

    def allow(self, principal: Principal, operation_id: str) -> None:
        """Return when the principal may call the operation.

        Raises `UnauthenticatedError` for anonymous callers of what is not public, `ForbiddenError` for
        callers without a role or with too narrow a scope, and for an operation without a row.
        """
        row = self._rows.get(operation_id)
        if row is not None and row.scope == "public":
            return
        if "public" in principal.roles:
            raise UnauthenticatedError("Anda perlu masuk terlebih dahulu.")
        if row is None or not principal.has(*row.roles) or not is_wide_enough(principal, row.scope):
            raise ForbiddenError("Peran Anda tidak memiliki wewenang untuk tindakan ini.")


def is_wide_enough(principal: Principal, reach: Reach) -> bool:
    """Tell whether a caller's scope reaches as far as an operation demands."""
    if reach == "national":
        return principal.scope.level == "national"
    return reach != "agency" or principal.scope.level in {"agency", "national"}
