"""The decree that gives a unit its predicate, or takes it back."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Decree:
    """The decree (SK) behind an award or a revocation; `document_id` is its file, where there is one."""

    number: str
    dated_on: date
    signatory: str
    document_id: UUID | None = None
