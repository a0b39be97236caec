"""One act on several cases: chosen in a list, foretold for each, then done for each by itself.

Every case has its own transaction, version, event and audit row: what one is refused for stops no other. The
same form sent twice does each once, as on the page of one case.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.handling import HANDLED, OfficersAct
from services.complaints.cases.pages import words
from services.complaints.cases.pages.acting import limits_of
from services.complaints.cases.pages.deeds import BY_PATH, DEEDS, Deed
from services.complaints.cases.store import cases
from services.complaints.cases.usecases import officers, queries
from services.complaints.cases.usecases.foresight import foresee
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES
from shared.http.addresses import CASES, case_page
from shared.http.authorization import PageCaller
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, filled_in
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
PATH = f"{CASES}/borongan"
IN_BULK: tuple[ActName, ...] = ("dispose", "reassign", "transfer")
MOST_CASES = 100
MOST_UNITS, MOST_HANDLERS = 200, 100
_UNPROCESSABLE = 422
_FAULT = 500
_CHOSEN = re.compile(r"([0-9]{12}):([0-9]{1,18})")
Number = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class Sent(OnceBody):
    """What the form carries besides the act's own fields: each case as number and version that was read."""

    tindakan: Literal["disposisi", "ganti-penangan", "pindahkan"]
    kasus: list[Annotated[str, Field(pattern=rf"^{_CHOSEN.pattern}$")]] = Field(
        min_length=1, max_length=MOST_CASES
    )
    yakin: Literal["1", ""] = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case as it was read, and what became or would become of it: done, or why not."""

    tracking_id: str
    version: int
    told: str = ""
    is_refused: bool = False

    @property
    def href(self) -> str:
        return case_page(self.tracking_id)

    @property
    def sent(self) -> str:
        return f"{self.tracking_id}:{self.version}"


def acts_in_bulk(request: Request, actor: Principal) -> Sequence[Deed]:
    """Return the acts that a person may take on several cases at once, by their roles."""
    matrix = state_of(request.app).matrix
    return [DEEDS[name] for name in IN_BULK if actor.has(*matrix[HANDLED[name].operation].roles)]


@router.get(PATH, operation_id="page_bulk")
async def show(
    request: Request,
    actor: PageCaller,
    nomor: Annotated[list[Number], Query(max_length=MOST_CASES)] = [],  # noqa: B006 - FastAPI copies it
    tindakan: Annotated[Literal["disposisi", "ganti-penangan", "pindahkan"], Query()] = "disposisi",
) -> HTMLResponse:
    """Ask what the act needs, for the cases that were chosen in a list."""
    name = BY_PATH[tindakan]
    state_of(request.app).matrix.allow(actor, HANDLED[name].operation)
    found = await _found(request, actor, nomor)
    chosen = [Chosen(one["tracking_id"], one["version"]) for one in found]
    return await _form_page(request, actor, name, chosen, found, Form())


@router.post(PATH, operation_id="page_do_bulk")
async def do(request: Request, actor: PageCaller) -> HTMLResponse:
    """Say what would become of each case; once that was read, do it for each that allows it."""
    typed = await request.form()
    values = {name: str(value).strip() for name, value in typed.items() if str(value).strip()}
    carried = {name: values[name] for name in ("key", "tindakan", "yakin") if name in values}
    sent = filled_in(carried | {"kasus": [str(one) for one in typed.getlist("kasus")]}, Sent)
    if sent.data is None:
        raise NotFoundError("Pilih dahulu pengaduannya pada daftar.")
    name = BY_PATH[sent.data.tindakan]
    state_of(request.app).matrix.allow(actor, HANDLED[name].operation)
    chosen = [Chosen(one[1], int(one[2])) for part in sent.data.kasus if (one := _CHOSEN.fullmatch(part))]
    fields = {ask.name: values[ask.name] for ask in DEEDS[name].asks if ask.name in values}
    form: Form[Any] = filled_in(fields, HANDLED[name].body)
    form.values = fields | {"key": values.get("key", "")}
    if form.data is None:
        found = await _found(request, actor, [one.tracking_id for one in chosen])
        return await _form_page(request, actor, name, chosen, found, form, _UNPROCESSABLE)
    is_sure = bool(sent.data.yakin)
    told = [await _one(request, actor, name, one, form, is_sure=is_sure) for one in chosen]
    return PAGES.page(
        request,
        "bulk_told.html",
        deed=DEEDS[name],
        is_done=is_sure,
        chosen=told,
        left=[one for one in told if not one.is_refused],
        form=form,
        shown=[(ask, form.values[ask.name]) for ask in DEEDS[name].asks if ask.name in form.values],
        here=PATH,
    )


async def _one(
    request: Request, actor: Principal, name: ActName, one: Chosen, form: Form[Any], *, is_sure: bool
) -> Chosen:
    """Do the act on a case, or find out whether it would be done; a refusal is told in its words."""
    db, engine = state_of(request.app).db, engine_of(request)
    body: Any = form.data
    try:
        found = await db.read(
            lambda session: queries.tracked_case(session, engine.policies, actor, one.tracking_id)
        )

        async def work(session: AsyncSession) -> Case:
            act = OfficersAct(session, engine, actor, found["id"], one.version)
            return await HANDLED[name].do(act, body)

        if is_sure:
            key = form.values["key"]
            own = Form[Any]({"key": f"{key}.{one.tracking_id}" if key else ""}, body)
            told = f"{one.sent}\n{body.model_dump_json()}".encode()
            await do_once(request, actor, own, work, fingerprint=told)
            return Chosen(one.tracking_id, one.version, DEEDS[name].done)
        foreseen = await foresee(db, found["id"], work)
        return Chosen(one.tracking_id, one.version, f"Menjadi {words.STATES[foreseen.case.state]}.")
    except DomainError as refused:
        if status_of(request, refused.code) >= _FAULT:
            raise
        return Chosen(one.tracking_id, one.version, refused.message, is_refused=True)


async def _found(request: Request, actor: Principal, numbers: Sequence[str]) -> Sequence[RowMapping]:
    """Return those of the chosen cases that the caller sees, in the order of intake: one question for all."""

    async def look(session: AsyncSession) -> Sequence[RowMapping]:
        reader = await queries.reader_of(session, actor)
        return await cases.numbered(session, numbers, reader)

    return await state_of(request.app).db.read(look)


async def _form_page(
    request: Request,
    actor: Principal,
    name: ActName,
    chosen: Sequence[Chosen],
    found: Sequence[RowMapping],
    form: Form[Any],
    status: int = 200,
) -> HTMLResponse:
    deed = DEEDS[name]
    choices = await state_of(request.app).db.read(lambda session: _choices(session, actor, name, found))
    return PAGES.page(
        request,
        "bulk.html",
        status=status,
        deed=deed,
        chosen=chosen,
        form=form,
        choices=choices,
        limits={ask.name: limits_of(HANDLED[name].body, ask.name) for ask in deed.asks},
        labels={ask.name: ask.label for ask in deed.asks},
        named=words.named,
        here=PATH,
    )


async def _choices(
    session: AsyncSession, actor: Principal, name: ActName, found: Sequence[RowMapping]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return who may be named in the units of the chosen cases, or the units of their agency."""
    if name == "transfer":
        agencies = sorted({one["agency_id"] for one in found})[:1]
        known = [one for agency in agencies for one in await units.of_agency(session, agency, (), MOST_UNITS)]
        return {"unit_id": [(one.unit_id, one.name) for one in known]}
    subjects: dict[str, None] = {}
    for unit_id in sorted({one["unit_id"] for one in found if one["unit_id"] is not None}):
        lines = await officers.handlers(session, actor, unit_id, after="", limit=MOST_HANDLERS)
        subjects |= dict.fromkeys(one["subject"] for one in lines)
    held = await cases.held_by(session, list(subjects))
    return {"handler": [(one, f"{one} · {held.get(one, 0)} perkara terbuka") for one in subjects]}
