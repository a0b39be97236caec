"""Why an act on a matter of any kind is refused."""

from collections.abc import Iterable
from typing import ClassVar

from shared.kernel import DomainError


class StateRefusesError(DomainError):
    """The state does not allow the act."""

    code: ClassVar[str] = "illegal_transition"


class NotTheirActError(DomainError):
    """The act is another role's."""

    code: ClassVar[str] = "others_act"

    def __init__(self, roles: Iterable[str]) -> None:
        super().__init__("Tindakan ini dilakukan peran lain.", roles=sorted(roles))


class FieldError(DomainError):
    """A field cannot be so; `errors` names it and says what would be right."""

    code: ClassVar[str] = "field_refused"

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message, errors=[{"field": field, "code": code, "message": message}])
