"""What a page saves by itself: answers of one layer as JSON, several at a time, all or none."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.worksheets.fields import value_of
from services.planning.pages.worksheets.words import clock_words, sum_words, warning_words, who
from services.planning.parameters import Seen, UnitPath, YearPath
from services.planning.units.store import find
from services.planning.worksheets import store, usecases
from services.planning.worksheets.domain import AnswerVersion, Worksheet, Written
from services.planning.worksheets.schemas import AnswerIn
from shared.http.addresses import WORKSHEETS
from shared.http.api.command import Command, Commands
from shared.http.authorization import PageCaller
from shared.http.fields import Body
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument, parse_answer, pinned_policies
from shared.kernel import StaleVersionError, Zone
from shared.security import Principal

router = APIRouter()


Texts = Mapping[str, Mapping[str, str]]
Marks = Callable[[AsyncSession, Worksheet, Layer, Collection[str]], Awaitable[Texts]]


class PageAnswersIn(Body):
    """Answers of one layer; their fields are those of the interface for programs."""

    answers: list[AnswerIn] = Field(min_length=1, max_length=113)


@router.post(
    f"{WORKSHEETS}/{{unit_id}}/{{year}}/jawaban",
    operation_id="page_save_answers",
    response_class=JSONResponse,
)
async def save(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    body: PageAnswersIn,
    seen: Seen,
    cmd: Commands,
) -> Response:
    """Save answers of the unit's layer."""
    return await save_layer(request, caller, cmd, unit_id, year, Layer.UNIT, body, seen)


async def save_layer(
    request: Request,
    caller: Principal,
    cmd: Command,
    unit_id: str,
    year: int,
    layer: Layer,
    body: PageAnswersIn,
    seen: int | None,
    *,
    marks: Marks | None = None,
) -> Response:
    """Save answers, and tell what stands beside them now: `marks` gives texts by item and element id.

    A refusal for staleness says what stands there now, so that the page can show both.
    """
    sent = [answer.sent() for answer in body.answers]

    async def work(session: AsyncSession) -> tuple[Written, Texts]:
        written = await usecases.answer_items(
            session, cmd.actor, unit_id=unit_id, year=year, layer=layer, sent=sent, seen=seen
        )
        if marks is None:
            return written, {}
        return written, await marks(session, written.worksheet, layer, [one.item_code for one in sent])

    try:
        return await cmd.run(
            work,
            reply=lambda saved: _saved(saved[0], saved[1], body.answers),
        )
    except StaleVersionError as stale:
        codes: Sequence[str] = stale.details.get("items", ())
        db = state_of(request.app).db
        unit = await db.read(lambda session: find(session, unit_id))
        present = await db.read(
            lambda session: store.present_answers(session, unit_id, year, layer, item_codes=codes)
        )
        zone = unit.zone if unit is not None else Zone.WIB
        theirs = {one.draft.item_code: _theirs(one, caller.subject, zone) for one in present}
        raise StaleVersionError(stale.message, **{**stale.details, "theirs": theirs}) from stale


def _saved(written: Written, marks: Texts, answers: Sequence[AnswerIn]) -> Mapping[str, Any]:
    questions, policies = lke_instrument().questions, pinned_policies(written.worksheet.policies)
    items: dict[str, dict[str, Any]] = {}
    for one in answers:
        sent = next((part for part in (one.letter, one.index, one.inputs) if part is not None), None)
        answer = parse_answer(one.item_code, sent)
        items[one.item_code] = {
            "sum": sum_words(questions[one.item_code], answer, policies),
            "warnings": warning_words(one.item_code, written.warnings),
        }
        if one.item_code in marks:
            items[one.item_code]["texts"] = marks[one.item_code]
    return {
        "version": written.worksheet.version,
        "items": items,
    }


def _theirs(version: AnswerVersion, reader: str, zone: Zone) -> Mapping[str, Any]:
    """Return an answer as the page's script takes it, with when and by whom it came."""
    draft = version.draft
    return value_of(draft.answer) | {
        "note": draft.note,
        "evidence_ids": [str(one) for one in draft.evidence_ids],
        "version": version.version,
        "by": f"pukul {clock_words(version.written_at, zone)} {who(version, reader)}",
    }
