"""One act on several cases: chosen in a list, foretold for each, then done for each by itself.

Every case has its own transaction, version, event and audit row: what one is refused for stops no other. The
same form sent twice does each once, as on the page of one case.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.handled import HANDLED, OfficersAct
from services.complaints.cases.pages import words
from services.complaints.cases.pages.acting import limits_of
from services.complaints.cases.pages.choices import (
    MOST_LETTERS,
    Choice,
    handlers_of,
    sought_in,
    units_of,
)
from services.complaints.cases.pages.deeds import BY_PATH, DEEDS, Deed
from services.complaints.cases.store import cases
from services.complaints.cases.usecases import queries
from services.complaints.cases.usecases.foresight import foresee
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES
from shared.http.addresses import CASES, case_page
from shared.http.authorization import PageCaller
from shared.http.once import OnceBody, told_once
from shared.http.pages.forms import Form, filled_in
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.http.text import FreeText
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
PATH = f"{CASES}/borongan"
IN_BULK: tuple[ActName, ...] = ("dispose", "reassign", "transfer")
MOST_CASES = 100
_PROPOSED = "diusulkan; orang kedua memutuskan."
_WOULD_BE_PROPOSED = f"akan {_PROPOSED}"
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
    cari: Annotated[str, FreeText(0, MOST_LETTERS)] = ""
    find: Literal["1", ""] = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case as it was read, and what became or would become of it: done, only proposed, or why not."""

    tracking_id: str
    version: int
    told: str = ""
    is_refused: bool = False
    is_proposed: bool = False

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
    nomor: Annotated[list[Number], Query()] = [],  # noqa: B006 - FastAPI copies it
    tindakan: Annotated[Literal["disposisi", "ganti-penangan", "pindahkan"], Query()] = "disposisi",
) -> HTMLResponse:
    """Ask what the act needs, for the cases that were chosen in a list."""
    name = BY_PATH[tindakan]
    state_of(request.app).matrix.allow(actor, HANDLED[name].operation)
    if len(nomor) > MOST_CASES:
        return _too_many(request, name, len(nomor))
    found = await _found(request, actor, nomor)
    chosen = [Chosen(one["tracking_id"], one["version"]) for one in found]
    return await _form_page(request, actor, name, chosen, found, Form())


@router.post(PATH, operation_id="page_do_bulk")
async def do(request: Request, actor: PageCaller) -> HTMLResponse:
    """Say what would become of each case; once that was read, do it for each that allows it."""
    typed = await request.form()
    values = {name: str(value).strip() for name, value in typed.items() if str(value).strip()}
    parts = [str(one) for one in typed.getlist("kasus")]
    carried = {name: values[name] for name in Sent.model_fields if name in values}
    sent = filled_in(carried | {"kasus": parts[:MOST_CASES]}, Sent)
    if sent.data is None:
        raise NotFoundError("Pilih dahulu pengaduannya pada daftar.")
    name = BY_PATH[sent.data.tindakan]
    state_of(request.app).matrix.allow(actor, HANDLED[name].operation)
    if len(parts) > MOST_CASES:
        return _too_many(request, name, len(parts))
    chosen = [Chosen(one[1], int(one[2])) for part in sent.data.kasus if (one := _CHOSEN.fullmatch(part))]
    fields = {ask.name: values[ask.name] for ask in DEEDS[name].asks if ask.name in values}
    form: Form[Any] = filled_in(fields, HANDLED[name].body)
    form.values = fields | {"key": values.get("key", ""), "cari": values.get("cari", "")}
    found = await _found(request, actor, [one.tracking_id for one in chosen])
    if sent.data.find:
        form.errors, form.message = {}, ""
        return await _form_page(request, actor, name, chosen, found, form)
    if form.data is None:
        return await _form_page(request, actor, name, chosen, found, form, _UNPROCESSABLE)
    is_sure = bool(sent.data.yakin)
    ids = {row["tracking_id"]: row["id"] for row in found}
    told = [
        await _one(request, actor, name, one, form, ids.get(one.tracking_id), is_sure=is_sure)
        for one in chosen
    ]
    return PAGES.page(
        request,
        "bulk_told.html",
        deed=DEEDS[name],
        is_done=is_sure,
        chosen=told,
        left=[one for one in told if not one.is_refused],
        proposed=sum(one.is_proposed for one in told),
        form=form,
        shown=[(ask, form.values[ask.name]) for ask in DEEDS[name].asks if ask.name in form.values],
        here=PATH,
    )


async def _one(
    request: Request,
    actor: Principal,
    name: ActName,
    one: Chosen,
    form: Form[Any],
    case_id: UUID | None,
    *,
    is_sure: bool,
) -> Chosen:
    """Do the act on a case, or find out whether it would be done; a refusal is told in its words.

    `case_id` is None out of sight: that is refused, but for what this very form has put there.
    """
    db, engine = state_of(request.app).db, engine_of(request)
    body: Any = form.data

    def is_proposed(case: Case) -> Mapping[str, Any]:
        return {"is_proposed": case.proposed_act == name}

    try:

        async def work(session: AsyncSession) -> Case:
            return await HANDLED[name].do(
                OfficersAct(session, engine, actor, _seen(case_id), one.version), body
            )

        if is_sure:
            key = form.values["key"]
            own = Form[Any]({"key": f"{key}.{one.tracking_id}" if key else ""}, body)
            told = f"{one.sent}\n{body.model_dump_json()}".encode()
            done = await told_once(request, actor, own, work, is_proposed, fingerprint=told)
            if done["is_proposed"]:
                return replace(one, told=f"{words.PROPOSED[name]} {_PROPOSED}", is_proposed=True)
            return replace(one, told=DEEDS[name].done)
        foreseen = await foresee(db, _seen(case_id), work)
        if foreseen.case.proposed_act == name:
            return replace(one, told=f"{words.PROPOSED[name]} {_WOULD_BE_PROPOSED}", is_proposed=True)
        return replace(one, told=f"Menjadi {words.STATES[foreseen.case.state]}.")
    except DomainError as refused:
        if status_of(request, refused.code) >= _FAULT:
            raise
        return replace(one, told=refused.message, is_refused=True)


def _seen(case_id: UUID | None) -> UUID:
    if case_id is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    return case_id


def _too_many(request: Request, name: ActName, count: int) -> HTMLResponse:
    return PAGES.page(
        request,
        "bulk.html",
        status=_UNPROCESSABLE,
        deed=DEEDS[name],
        chosen=(),
        form=Form[Any](),
        choices={},
        limits={},
        labels={},
        named=words.named,
        here=PATH,
        most=MOST_CASES,
        too_many=count,
    )


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
    choices = await state_of(request.app).db.read(lambda session: _choices(session, actor, name, found, form))
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
        most=MOST_CASES,
        too_many=0,
        here=PATH,
    )


async def _choices(
    session: AsyncSession, actor: Principal, name: ActName, found: Sequence[RowMapping], form: Form[Any]
) -> Mapping[str, Choice]:
    """Return who may be named in the units of the chosen cases, or the units of their agency."""
    sought = sought_in(form.values.get("cari"))
    if name == "transfer":
        chosen = form.values.get("unit_id")
        agencies = sorted({one["agency_id"] for one in found})[:1]
        its = [await units_of(session, one, sought, chosen=chosen, without=None) for one in agencies]
        return {"unit_id": its[0] if its else Choice(())}
    where = {(one["unit_id"], one["stream"]) for one in found if one["unit_id"] is not None}
    return {"handler": await handlers_of(session, actor, where, sought)}
