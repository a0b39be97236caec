"""What an invited person decides, step by step."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from shared.kernel import DomainError


class NoConsentError(DomainError):
    code = "no_consent"


class ConsentFinalError(DomainError):
    code = "consent_final"


class ConsentGivenError(DomainError):
    code = "consent_given"


class ConsentTextError(DomainError):
    code = "consent_text_outdated"


class Decision(StrEnum):
    """What an invited person decided. `LATER` is kept, but is no consent and no fact for others."""

    WILLING = "willing"
    LATER = "later"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's newest decision, their `number`th.

    `version` counts its published facts; 0 has none ("nanti").
    """

    consent_id: UUID
    decision: Decision
    text_version: str
    version: int
    number: int = 1

    def then(self, step: "ConsentStep", text_version: str) -> Self:
        """Return the person's next decision, on this text."""
        return replace(
            self,
            decision=step.decision,
            text_version=text_version,
            version=self.version + int(step.is_fact),
            number=self.number + 1,
        )


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """What a decision changes: the counts of willing people and of those who are out move by these.

    `is_fact` is published.
    """

    decision: Decision
    willing: int
    gone: int
    is_fact: bool


def decide(current: Decision | None, wanted: Decision) -> ConsentStep | None:
    """Return the step from a decision to another, or None when nothing changes.

    Repeating a decision changes nothing, nor does "nanti" after a real one. A refusal may become willing.
    Raises `ConsentGivenError` for a refusal after consent, because only the withdrawal page, which says
    what it does, may take answers back; `ConsentFinalError` after a withdrawal; `NoConsentError` for a
    withdrawal without consent.
    """
    if current is Decision.WITHDRAWN:
        if wanted is Decision.WITHDRAWN:
            return None
        raise ConsentFinalError("Anda sudah menarik diri dari survei ini.")
    if wanted == current:
        return None
    if wanted is Decision.LATER and current is not None:
        return None
    if current is Decision.WILLING:
        if wanted is Decision.REFUSED:
            raise ConsentGivenError("Anda sudah menyatakan bersedia. Gunakan halaman tarik diri.")
        return ConsentStep(Decision.WITHDRAWN, willing=-1, gone=1, is_fact=True)
    if wanted is Decision.WITHDRAWN:
        raise NoConsentError("Belum ada persetujuan yang dapat ditarik.")
    return ConsentStep(
        wanted,
        willing=int(wanted is Decision.WILLING),
        gone=int(wanted is Decision.REFUSED) - int(current is Decision.REFUSED),
        is_fact=wanted is not Decision.LATER,
    )
