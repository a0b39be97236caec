"""How a file is refused."""

from typing import ClassVar

from shared.kernel import DomainError


class RefusedFileError(DomainError):
    """The file is not one of the kinds we take, pretends to be one, or holds what can do harm."""

    code: ClassVar[str] = "file_refused"


class NotWholeError(RefusedFileError):
    """The inside is not what the name says."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"Isi berkas bukan {kind} yang utuh.", field="file")
