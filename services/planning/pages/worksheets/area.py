"""One area of a worksheet: its questions as blocks, saved one by one by a script, or all by the button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.frame import PAGES
from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.fields import Fields, fields_in, fields_of, is_same, sent_of
from services.planning.pages.worksheets.items import Item, group_of, item_of
from services.planning.pages.worksheets.listing import SEE_OTHER, FilterQuery, sheet_context
from services.planning.pages.worksheets.reading import BesideReader, head_of, read_facts
from services.planning.pages.worksheets.sheet import (
    Filter,
    area_view,
    areas,
    line_of,
    lines_of,
    narrowed,
    questions_of,
)
from services.planning.pages.worksheets.words import answer_words
from services.planning.parameters import UnitPath, YearPath
from services.planning.worksheets import usecases
from services.planning.worksheets.domain import AnswersRefusedError, AnswerVersion
from services.planning.worksheets.schemas import AnswerIn
from services.planning.worksheets.whole import answers_at
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import read_digits
from shared.http.pages.lists import address
from shared.http.problem import sentence, status_of
from shared.http.state import state_of
from shared.instruments.lke import Question, lke_instrument
from shared.kernel import DomainError, StaleVersionError
from shared.security import Principal
from shared.security.sealing import keyed_hash

AreaPath = Literal["1", "2", "3", "4", "5", "6", "hasil"]
FORM_BYTES = 1024 * 1024
"""The notes of an area, each of 5,000 characters and percent-encoded."""
_UNPROCESSABLE, _STALE = 422, 412
Faults = dict[str, list[tuple[str, str]]]
"""By item: field and what is wrong with it."""


@dataclass(slots=True)
class Posted:
    """What the button brought: the fields that were changed, what is wrong, what others wrote meanwhile."""

    fields: Mapping[str, Fields]
    faults: Faults = field(default_factory=dict)
    theirs: dict[str, AnswerVersion] = field(default_factory=dict)
    message: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.faults or self.theirs or self.message)


def router(beside: BesideReader) -> APIRouter:
    """Return the pages; `beside` reads what other subjects say of a worksheet."""
    routes = APIRouter()
    path = f"{WORKSHEETS}/{{unit_id}}/{{year}}/{{area}}"

    @routes.get(path, operation_id="page_area")
    async def show_area(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        area: AreaPath,
        saring: FilterQuery = Filter.ALL,
        tersimpan: Annotated[int | None, Query(ge=0, le=113), BeforeValidator(read_digits)] = None,
    ) -> HTMLResponse:
        """Show the items of an area, open to whoever fills them, to read for all others."""
        async with state_of(request.app).db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year, beside, shown=_codes(area))
        return _page(request, caller, facts, area, saring, saved=tersimpan)

    @routes.post(path, operation_id="page_save_area", max_body_size=FORM_BYTES)
    async def save_area(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        area: AreaPath,
        saring: FilterQuery = Filter.ALL,
    ) -> Response:
        """Save what was changed in an area, all or nothing; a refusal keeps all that was typed."""
        db = state_of(request.app).db
        sent = [
            (name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)
        ]
        async with db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year, beside, shown=_codes(area))
            posted, changed, seen = await _posted(session, facts, sent, area)
        status = _STALE if posted.theirs else _UNPROCESSABLE
        if not posted.is_refused and changed:
            answers = [AnswerIn.model_validate(sent_of(code, one)).sent() for code, one in changed.items()]
            try:
                await db.run(
                    lambda session: usecases.answer_items(
                        session, caller, unit_id=unit_id, year=year, layer=Layer.UNIT, sent=answers, seen=seen
                    )
                )
            except StaleVersionError as stale:
                posted.message = stale.message  # between our look and the lock: the next try shows both
                status = _STALE
            except AnswersRefusedError as refused:
                posted.faults = _faults(refused, list(changed))
            except DomainError as refused:
                posted.message, status = refused.message, status_of(request, refused.code)
        if posted.is_refused:
            return _page(request, caller, facts, area, saring, posted=posted, status=status)
        return RedirectResponse(_following(unit_id, year, area, saring, sent, len(changed)), SEE_OTHER)

    return routes


def _codes(area: str) -> frozenset[str]:
    return frozenset(question.code for question in questions_of(area))


async def _posted(
    session: AsyncSession, facts: SheetFacts, sent: Sequence[tuple[str, str]], area: str
) -> tuple[Posted, dict[str, Fields], int]:
    """Return what was posted, the items that it changes, and the version of the sheet they are based on.

    What somebody else wrote meanwhile is no change of ours where the field shows what it was before.
    """
    plain = dict(sent)
    known = _codes(area)
    fields = {code: one for code, one in fields_in(sent).items() if code in known}
    if (code := plain.get("fakta", "")) in fields and code in facts.beside.live:
        fields[code] = _with_fact(fields[code], facts, code)
    seen = min(int(plain["version"]), facts.whole.version) if plain.get("version", "").isdecimal() else 0
    later = [code for code in fields if (one := facts.unit.get(code)) is not None and one.version > seen]
    whole = facts.whole
    before = await answers_at(session, whole.unit_id, whole.year, later, seen) if later else {}
    posted, changed = Posted(fields), dict[str, Fields]()
    for code, typed in fields.items():
        shown = fields_of(before.get(code) if code in later else facts.unit.get(code))
        if is_same(typed, shown) or is_same(typed, fields_of(facts.unit.get(code))):
            continue
        if code in later or f"two:{code}" in plain:
            choice = None if code in later else plain.get(f"pick:{code}")
            if choice == "theirs":
                continue
            if choice != "mine":
                posted.theirs[code] = facts.unit[code]
        changed[code] = typed
        if faults := _wrong(code, typed):
            posted.faults[code] = faults
    posted.fields = changed  # the others are shown as they are stored now
    return posted, changed, facts.whole.version


def _with_fact(fields: Fields, facts: SheetFacts, code: str) -> Fields:
    answer = facts.beside.live[code].answer
    return replace(
        fields,
        letter=answer.letter or "",
        index=answer.index_text or "",
        counts={key: str(count) for key, count in (answer.inputs or {}).items()},
        is_blanked=False,
    )


def _wrong(code: str, typed: Fields) -> list[tuple[str, str]]:
    """Return what no answer may be, whatever is stored: too long, or blanked without a reason."""
    if typed.is_blanked and not typed.reason:
        return [("reason", "Tulis alasan mengosongkan jawaban ini.")]
    try:
        AnswerIn.model_validate(sent_of(code, typed))
    except ValidationError as error:
        return [(str(one["loc"][-1]) if one["loc"] else "note", sentence(one)) for one in error.errors()]
    return []


def _faults(refused: AnswersRefusedError, codes: Sequence[str]) -> Faults:
    """Return the faults of a batch by item; each names its place in it."""
    found: Faults = {}
    for fault in refused.details.get("errors", ()):
        _, place, part, *key = str(fault["field"]).split(".")
        code = codes[int(place)]
        said = str(fault["message"]).partition(": ")[2] or str(fault["message"])
        found.setdefault(code, []).append((key[0] if key else part, f"{said[:1].upper()}{said[1:]}."))
    return found


def _following(
    unit_id: str, year: int, area: str, by: Filter, sent: Sequence[tuple[str, str]], changed: int
) -> str:
    """Return where the button leads: back to the area, or to the evidence of the item whose button it was."""
    code = dict(sent).get("bukti", "")
    if code in lke_instrument().questions:
        return worksheet_page(unit_id, year, "bukti", code)
    query = {"saring": None if by is Filter.ALL else by.value, "tersimpan": str(changed)}
    return address(worksheet_page(unit_id, year, area), query)


def _page(
    request: Request,
    caller: Principal,
    facts: SheetFacts,
    area: str,
    by: Filter,
    *,
    saved: int | None = None,
    posted: Posted | None = None,
    status: int = 200,
) -> HTMLResponse:
    state = state_of(request.app)
    whole, key = facts.whole, areas()[area]
    here = worksheet_page(whole.unit_id, whole.year)
    user = keyed_hash(state.secret, "worksheet-drafts", caller.subject).hex()[:16]
    names = list(areas())
    following = names[names.index(area) + 1] if area != names[-1] else None
    return PAGES.page(
        request,
        "worksheet_area.html",
        status=status,
        **head_of(facts),
        **sheet_context(facts, here, by, area),
        title=key.title,
        view=area_view(facts, key, lines_of(facts)),
        items=_items(facts, area, by, posted),
        version=whole.version,
        may_write=facts.may_write,
        by=by,
        saved=saved,
        posted=posted,
        following=(areas()[following].title, f"{here}/{following}") if following else None,
        prefix=f"zi-lembar/{user}/{whole.unit_id}/{whole.year}/",
        action=address(f"{here}/{area}", {"saring": None if by is Filter.ALL else by.value}),
        is_scripted=facts.may_write and posted is None,
        answer_words=answer_words,
    )


def _items(facts: SheetFacts, area: str, by: Filter, posted: Posted | None) -> Sequence[Item]:
    """Return the blocks that a filter leaves, those that were typed into always among them."""
    typed = posted.fields if posted else {}
    lines = [line_of(facts, question) for question in questions_of(area)]
    left = {line.question.code for line in narrowed(lines, by)} | typed.keys()
    view, found, before = area_view(facts, areas()[area], lines_of(facts)), [], ""
    for line in lines:
        question: Question = line.question
        if question.code not in left:
            continue
        found.append(
            item_of(
                facts,
                view,
                line,
                typed=typed.get(question.code),
                faults=posted.faults.get(question.code, ()) if posted else (),
                theirs=posted.theirs.get(question.code) if posted else None,
                group=group_of(question.parent, facts.totals) if question.parent != before else "",
            )
        )
        before = question.parent
    return found
