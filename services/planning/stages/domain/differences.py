"""Where assessors answer otherwise than what stands before them they say why: the unit may object to it."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from services.planning.stages.domain.refusals import UnexplainedDifferencesError
from services.planning.stages.domain.rounds import GivenAnswer
from shared.instruments.lke import Answer, Answers, cell_of, is_partial, positions


def is_different(own: Answer | None, beneath: Answer | None) -> bool:
    """Tell whether an assessor's answer says something else than the one that it would replace."""
    return own is not None and own != beneath


def stands(answer: Answer | None, item_code: str) -> TypeGuard[Answer]:
    """Tell whether an answer counts: counts that lack one of their set leave the item to the layer before."""
    return answer is not None and not is_partial(positions()[item_code], cell_of(answer))


def standing_before(*layers: Sequence[GivenAnswer]) -> Mapping[str, Answer]:
    """Return what stands before assessors by item; a later layer counts before an earlier one."""
    return {
        one.item_code: one.answer for layer in layers for one in layer if stands(one.answer, one.item_code)
    }


def check_explained(own: Sequence[GivenAnswer], beneath: Answers) -> None:
    """Raise `UnexplainedDifferencesError` naming every item that differs without a note.

    Own rule: asked where the layer is handed on, not at each answer, so that nothing typed is refused.
    """
    found = [
        one.item_code
        for one in own
        if not one.note
        and stands(one.answer, one.item_code)
        and is_different(one.answer, beneath.get(one.item_code))
    ]
    if found:
        raise UnexplainedDifferencesError(found)
