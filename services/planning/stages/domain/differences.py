"""Where assessors answer otherwise than what stands before them they say why: the unit may object to it."""

from collections.abc import Mapping, Sequence

from services.planning.stages.domain.refusals import UnexplainedDifferencesError
from services.planning.stages.domain.rounds import GivenAnswer
from shared.instruments.lke import Answer, Answers, is_present


def is_different(own: Answer | None, beneath: Answer | None) -> bool:
    """Tell whether an assessor's answer says something else than the one that it would replace."""
    return own is not None and own != beneath


def standing_before(*layers: Sequence[GivenAnswer]) -> Mapping[str, Answer]:
    """Return what stands before assessors by item; a later layer counts before an earlier one."""
    return {
        one.item_code: one.answer
        for layer in layers
        for one in layer
        if one.answer is not None and is_present(one.item_code, one.answer)
    }


def check_explained(own: Sequence[GivenAnswer], beneath: Answers) -> None:
    """Raise `UnexplainedDifferencesError` naming every item that differs without a note.

    Own rule: asked where the layer is handed on, not at each answer, so that nothing typed is refused.
    """
    found = [
        one.item_code
        for one in own
        if not one.note
        and is_present(one.item_code, one.answer)
        and is_different(one.answer, beneath.get(one.item_code))
    ]
    if found:
        raise UnexplainedDifferencesError(found)
