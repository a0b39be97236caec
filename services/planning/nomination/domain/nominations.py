"""An agency's proposal of a year: which units for what, with which letter, and how far it has come."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.planning.nomination.domain.rules import Category
from shared.kernel import DomainError


class NominationExistsError(DomainError):
    """An agency proposes once a year: further units join that proposal."""

    code: ClassVar[str] = "nomination_exists"


class NominationStateError(DomainError):
    """The proposal is in a state in which this cannot be done; `state` names it."""

    code: ClassVar[str] = "nomination_state"


class NominationRefusedError(DomainError):
    """The proposal cannot stand as it is; `errors` names every reason with its unit."""

    code: ClassVar[str] = "nomination_refused"


class ReasonNeededError(DomainError):
    """A package is replaced, or a proposal withdrawn, only with a reason."""

    code: ClassVar[str] = "reason_missing"


class NominationState(StrEnum):
    """Put forward; handed in with letter and SPTJM; frozen as a package; taken back."""

    PROPOSED = "proposed"
    SUBMITTED = "submitted"
    FROZEN = "frozen"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ProposedUnit:
    """One unit of a proposal; `kawasan` is the name of the group it is proposed in, if it is."""

    unit_id: str
    category: Category
    kawasan: str | None = None


@dataclass(frozen=True, slots=True)
class ProposedKawasan:
    """A group of units proposed together; `integration` is the score of their integration, 0-10."""

    name: str
    integration: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Nomination:
    """What an agency proposes in a year.

    `version` counts its changes, `package_version` its packages, 0 before the first. `letter_id` and
    `sptjm_id` are documents of the agency.
    """

    nomination_id: UUID
    agency_id: str
    year: int
    state: NominationState
    units: tuple[ProposedUnit, ...]
    kawasan: tuple[ProposedKawasan, ...]
    version: int = 1
    package_version: int = 0
    letter_id: UUID | None = None
    sptjm_id: UUID | None = None

    def changed(self, units: Collection[ProposedUnit], kawasan: Collection[ProposedKawasan]) -> "Nomination":
        """Return it with other units; what was handed in or frozen waits for a new package.

        Raises `NominationStateError` when it was withdrawn.
        """
        self._refuse_withdrawn()
        state = NominationState.PROPOSED if self.letter_id is None else NominationState.SUBMITTED
        return self._next(units=tuple(units), kawasan=tuple(kawasan), state=state)

    def submitted(self, letter_id: UUID, sptjm_id: UUID) -> "Nomination":
        """Return it handed in with letter and SPTJM; raises `NominationStateError` when it was withdrawn."""
        self._refuse_withdrawn()
        return self._next(letter_id=letter_id, sptjm_id=sptjm_id, state=NominationState.SUBMITTED)

    def frozen(self, reason: str | None) -> "Nomination":
        """Return it with its next package.

        Raises `NominationStateError` before letter and SPTJM are there or when it was withdrawn,
        `ReasonNeededError` for a further package without a reason.
        """
        self._refuse_withdrawn()
        if self.letter_id is None or self.sptjm_id is None:
            raise NominationStateError(
                "Surat usulan dan SPTJM belum diserahkan, jadi paket belum dapat dibekukan.",
                state=self.state.value,
            )
        if self.package_version and not reason:
            raise ReasonNeededError("Paket baru memerlukan alasan.", field="reason")
        return self._next(state=NominationState.FROZEN, package_version=self.package_version + 1)

    def withdrawn(self, reason: str) -> "Nomination":
        """Return it taken back; its packages stay. Raises `NominationStateError`, `ReasonNeededError`."""
        self._refuse_withdrawn()
        if not reason:
            raise ReasonNeededError("Menarik usulan memerlukan alasan.", field="reason")
        return self._next(state=NominationState.WITHDRAWN)

    def _refuse_withdrawn(self) -> None:
        if self.state is NominationState.WITHDRAWN:
            raise NominationStateError("Usulan ini sudah ditarik.", state=self.state.value)

    def _next(self, **fields: object) -> "Nomination":
        return replace(self, **fields, version=self.version + 1)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Candidacy:
    """A unit's place in a proposal, as others are told of it; `version` counts what they were told.

    `package_version` is the newest package that holds the unit, 0 before any.
    """

    candidacy_id: UUID
    nomination_id: UUID
    agency_id: str
    unit_id: str
    year: int
    category: Category
    kawasan: str | None
    state: NominationState
    package_version: int
    version: int


class DocumentKind(StrEnum):
    """What a document is for: letter of a proposal, SPTJM, decree, declaration of ZI, any other proof."""

    LETTER = "letter"
    SPTJM = "sptjm"
    DECREE = "decree"
    DECLARATION = "declaration"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Document:
    """A file that an agency brings for its proposals; `number`, date and signatory as the paper has them."""

    document_id: UUID
    agency_id: str
    kind: DocumentKind
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    number: str | None = None
    dated_on: date | None = None
    signatory: str | None = None
