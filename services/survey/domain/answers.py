"""Finished responses: what is one, and how sums move when one comes, changes or goes. Exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from services.survey.domain.campaign import CampaignClosedError
from services.survey.domain.faults import Fault
from shared.instruments.survey import Instrument, Item, ItemSum
from shared.kernel import DomainError


class AnswersAnonymousError(CampaignClosedError):
    """The campaign's secret is destroyed: nobody can find a person's answer any more, or none is left."""

    code = "answers_anonymous"


class AlreadyAnsweredError(DomainError):
    code = "already_answered"


class ResponseConflictError(DomainError):
    code = "response_conflict"


class InvalidAnswersError(DomainError):
    """`details["errors"]` lists field, code and message of every fault."""

    code = "answers_invalid"


def check_answers(items: Sequence[Item], instrument: Instrument, scores: Mapping[str, Any]) -> dict[str, int]:
    """Return the scores of a finished response, in item order, or refuse it with every fault named.

    All items are mandatory; a score is a whole number on the scale and never clipped. Raises
    `InvalidAnswersError`.
    """
    faults: list[Fault] = []
    for item in items:
        if item.key not in scores or scores[item.key] is None:
            faults.append(Fault(item.key, "missing", "Pilih salah satu jawaban."))
        elif scores[item.key] not in instrument.scale:
            low, high = instrument.scale.low, instrument.scale.high
            faults.append(Fault(item.key, "off_scale", f"Jawaban harus bilangan bulat {low} sampai {high}."))
    known = {item.key for item in items}
    faults += [
        Fault(key, "unknown_item", "Pertanyaan ini tidak ada dalam survei.")
        for key in scores
        if key not in known
    ]
    if faults:
        message = f"{len(faults)} jawaban belum benar."
        raise InvalidAnswersError(message, errors=[fault.as_dict() for fault in faults])
    return {item.key: scores[item.key] for item in items}


def flags_of(scores: Mapping[str, int]) -> tuple[str, ...]:
    """Return what is noticeable about an answer. It is shown, never dropped: perfect scores are normal."""
    return ("straight_line",) if len(set(scores.values())) == 1 else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest known version of one finished response; `scores` None is the tombstone of a withdrawal.

    `response_id` was made here and is told to others; `sent_id` was made by the sender and is told to nobody:
    whoever knows it may ask whether the same scores were sent under it.
    """

    response_id: UUID
    version: int
    scores: Mapping[str, int] | None
    sent_id: UUID | None = None

    def supersedes(self, other: Self | None) -> bool:
        """Tell whether this replaces what is known: a tombstone is final, else the higher version wins."""
        if other is None:
            return True
        if other.scores is None:
            return False
        return self.scores is None or self.version > other.version


def moves(old: Answer | None, new: Answer) -> dict[str, ItemSum]:
    """Return by how much `n` and `total` of each item change when `new` takes the place of `old`.

    Nothing moves when `new` does not supersede `old`, so a repeated or late fact has no effect.
    """
    if not new.supersedes(old):
        return {}
    before = old.scores if old is not None and old.scores is not None else {}
    after = new.scores or {}
    return {
        key: ItemSum(n=(key in after) - (key in before), total=after.get(key, 0) - before.get(key, 0))
        for key in before.keys() | after.keys()
    }
