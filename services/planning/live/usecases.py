"""Say what facts answer in a worksheet, and keep them as the unit's answers when it hands in."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.live import store
from services.planning.live.domain import LiveAnswer, ShownAnswer, answers_of, shown_answers
from services.planning.worksheets.domain import Draft, Origin, Worksheet
from services.planning.worksheets.store import present_answers
from shared.instruments.lke import cell_of, is_partial, positions
from shared.security import Principal


async def live_answers(session: AsyncSession, unit_id: str, year: int) -> Mapping[str, LiveAnswer]:
    """Return what facts answer and propose, by item, with the versions behind it.

    The caller has looked at the scope. Four statements, a row for each thing that was heard.
    """
    return answers_of(await store.heard(session, unit_id, year))


async def shown_live(session: AsyncSession, unit_id: str, year: int) -> Mapping[str, ShownAnswer]:
    """Return what facts answer and propose, by item, for who only shows it.

    The caller has looked at the scope. Four statements, each of a few rows however much was heard.
    """
    return shown_answers(await store.sums(session, unit_id, year))


async def freeze_live(session: AsyncSession, actor: Principal, worksheet: Worksheet) -> list[Draft]:
    """Return as drafts the facts of items that the unit has not answered, and note their versions.

    Counts that lack one of their set are no answer: the fact stands in for them, as in the effective layer.
    Note and evidence of the item stay. The caller holds the worksheet's lock and writes the drafts into the
    unit layer in the same transaction; proposals are nobody's answer and stay out.
    """
    live = await live_answers(session, worksheet.unit_id, worksheet.year)
    facts = {code: one for code, one in live.items() if one.is_fact}
    own = {
        answer.draft.item_code: answer.draft
        for answer in await present_answers(
            session, worksheet.unit_id, worksheet.year, Layer.UNIT, item_codes=facts
        )
    }
    taken = [fact for code, fact in facts.items() if not _answers(own.get(code), fact)]
    await store.keep(session, worksheet.unit_id, worksheet.year, worksheet.version, taken, actor.subject)
    return [_draft(fact, own.get(fact.item_code)) for fact in taken]


def _answers(draft: Draft | None, fact: LiveAnswer) -> bool:
    """Tell whether an answer stands by itself; one that was taken over from facts follows them."""
    if draft is None or draft.answer is None:
        return False
    if draft.origin is Origin.LIVE:
        return draft.answer == fact.answer
    return not is_partial(positions()[draft.item_code], cell_of(draft.answer))


def _draft(fact: LiveAnswer, own: Draft | None) -> Draft:
    return Draft(
        fact.item_code,
        fact.answer,
        note=own.note if own else None,
        evidence_ids=own.evidence_ids if own else (),
        origin=Origin.LIVE,
    )
