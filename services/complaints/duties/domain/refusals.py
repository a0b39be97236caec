"""Why something about a duty is refused."""

from collections.abc import Iterable
from typing import ClassVar

from shared.kernel import DomainError


class NotPausableError(DomainError):
    """A deadline of a person's right does not stand still, whatever is asked of the person."""

    code: ClassVar[str] = "not_pausable"


class RequestOpenError(DomainError):
    """The same is asked for already, about the same case."""

    code: ClassVar[str] = "request_open"

    def __init__(self) -> None:
        super().__init__("Permintaan yang sama untuk pengaduan ini masih diproses; tunggu jawabannya.")


class ActionsOpenError(DomainError):
    """Nobody noted yet what was done about some corrective actions."""

    code: ClassVar[str] = "actions_open"

    def __init__(self, numbers: Iterable[int]) -> None:
        left = list(numbers)
        told = ", ".join(map(str, left))
        super().__init__(
            f"Tindakan korektif nomor {told} belum dicatat pelaksanaannya; catat dahulu, juga bila tidak"
            " dilaksanakan.",
            numbers=left,
        )
