"""What stands beside an item and moves with its answer: renewed by what saves it and by each recount."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.review.items import why
from services.planning.pages.review.lines import ReviewLine
from services.planning.pages.worksheets.words import points_of
from services.planning.worksheets.domain import AnswerVersion, Worksheet
from services.planning.worksheets.store import present_answers
from shared.instruments.lke import Answer, is_present, lke_instrument, pinned_policies

SIGNS: Mapping[str, str] = {"good": "●", "warn": "▲", "bad": "■", "plain": "○"}
_BENEATH = {Layer.TPI: (Layer.UNIT,), Layer.TPN: (Layer.TPI, Layer.UNIT)}
"""What stands before a layer of assessors, the first that is present."""


def mark_texts(line: ReviewLine) -> Mapping[str, str]:
    """Return the mark of an item and what is asked for, by element id."""
    kind, told = line.mark
    return {
        f"d-{line.code}": f"{SIGNS[kind]} {told}",
        f"d-{line.code}@class": f"status {kind}",
        f"r-{line.code}": why(line),
        f"c-{line.code}@aria-invalid": "true" if line.is_bare else "false",
    }


async def saved_marks(
    session: AsyncSession, worksheet: Worksheet, layer: Layer, item_codes: Collection[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return the texts of items by code, as they stand once the layer's answers are saved; one statement."""
    found: dict[tuple[Layer, str], AnswerVersion] = {
        (one.layer, one.draft.item_code): one
        for one in await present_answers(session, worksheet.unit_id, worksheet.year, item_codes=item_codes)
    }
    policies = pinned_policies(worksheet.policies)

    def line(code: str) -> ReviewLine:
        question, own = lke_instrument().questions[code], found.get((layer, code))
        answers = [one.draft.answer for place in _BENEATH[layer] if (one := found.get((place, code)))]
        before: Answer | None = next((one for one in answers if is_present(code, one)), None)
        answer = own.draft.answer if own else None
        after = answer if is_present(code, answer) else before
        gained: Fraction = points_of(question, after, policies) - points_of(question, before, policies)
        return ReviewLine(
            question,
            found.get((Layer.UNIT, code)),
            own,
            before,
            gained,
            is_changed=False,
            is_mine=False,
            policies=policies,
        )

    return {code: mark_texts(line(code)) for code in item_codes}
