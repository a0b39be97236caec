"""The evidence of one item: what it has, one more of what the unit has already, or a new one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence import usecases as evidence
from services.planning.evidence.domain import MOST_WORDS, Content, EvidenceLine, Form
from services.planning.evidence.store import lines_of_layer
from services.planning.evidence.taking import FileTaker
from services.planning.fields import Kind, Line
from services.planning.layers import Layer
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.items import FORM_WORDS
from services.planning.pages.worksheets.reading import BesideReader, head_of, read_facts
from services.planning.pages.worksheets.sheet import area_of
from services.planning.parameters import BESIDE_FILE_BYTES, ItemPath, UnitPath, YearPath
from services.planning.worksheets import usecases
from services.planning.worksheets.domain import Worksheet
from shared.db.database import InTransaction
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import Body
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form as ReadForm
from shared.http.pages.forms import read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.http.text import FreeText
from shared.indonesian import day_of
from shared.instruments.lke import lke_instrument
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

OTHER_KIND = "lainnya"
AT = {"answers.*": "evidence"}
"""Where a refusal of an answer stands: it is about what was chosen to prove the item."""


class PickForm(Body):
    """Evidence that the unit has already."""

    evidence: list[UUID] = Field(min_length=1, max_length=50)


class WordsForm(OnceBody):
    """Words or an address as new evidence."""

    title: Line
    kind: Kind = OTHER_KIND
    form: Literal[Form.TEXT, Form.ADDRESS]
    body: Annotated[str, FreeText(1, MOST_WORDS)]


class UploadForm(OnceBody):
    """A file as new evidence; without a title it goes by the file's name."""

    file_title: Line | None = None
    file_kind: Kind = OTHER_KIND


@dataclass(frozen=True, slots=True)
class Offer:
    """An evidence that the item may link, with what tells it from others."""

    evidence_id: UUID
    title: str
    told: str


class Place(NamedTuple):
    """The item whose evidence it is, of a unit's worksheet of a year."""

    unit_id: str
    year: int
    item_code: str


async def _place(unit_id: UnitPath, year: YearPath, item_code: ItemPath) -> Place:
    """Return the item that an address names; raises `NotFoundError`."""
    if item_code not in lke_instrument().questions:
        raise NotFoundError("Butir ini tidak ada di LKE.")
    return Place(unit_id, year, item_code)


At = Annotated[Place, Depends(_place)]
PATH = f"{WORKSHEETS}/{{unit_id}}/{{year}}/bukti/{{item_code}}"


def router(beside: BesideReader, taker: FileTaker) -> APIRouter:
    """Return the pages; `taker` takes files within the limits of the service."""
    routes = APIRouter()
    show = partial(_page, beside)

    @routes.get(PATH, operation_id="page_item_evidence")
    async def ask(request: Request, caller: PageCaller, place: At) -> HTMLResponse:
        """Show the ways to prove an item."""
        kinds = {"kind": OTHER_KIND, "file_kind": OTHER_KIND, "form": Form.TEXT.value}
        return await show(request, caller, place, ReadForm[Body](kinds))

    @routes.post(PATH, operation_id="page_pick_evidence")
    async def pick(request: Request, caller: PageCaller, place: At) -> Response:
        """Link evidence that the unit has already."""
        form = await read_form(request, PickForm)
        if form.data is None:
            form.errors = {"evidence": "Pilih paling sedikit satu bukti."}
            return await show(request, caller, place, form, UNPROCESSABLE)
        chosen = form.data.evidence
        try:
            await state_of(request.app).db.run(lambda session: _link(session, caller, place, chosen))
        except DomainError as error:
            form.refuse(error, AT)
            return await show(request, caller, place, form, status_of(request, error.code))
        return RedirectResponse(_back(place), SEE_OTHER)

    @routes.post(f"{PATH}/tulis", operation_id="page_write_evidence")
    async def write(request: Request, caller: PageCaller, place: At) -> Response:
        """Take words or an address as new evidence of the item."""
        form = await read_form(request, WordsForm)
        if form.data is None:
            return await show(request, caller, place, form, UNPROCESSABLE)
        sent = form.data
        try:
            content = evidence.written_content(sent.title, sent.form, sent.body)
            await do_once(request, caller, form, _attach(caller, place, content, sent.title, sent.kind))
        except DomainError as error:
            form.refuse(error, AT)
            return await show(request, caller, place, form, status_of(request, error.code))
        return RedirectResponse(_back(place), SEE_OTHER)

    _uploads(routes, show, taker)
    return routes


def _uploads(routes: APIRouter, show: Callable[..., Awaitable[HTMLResponse]], taker: FileTaker) -> None:
    """Add the page that takes a file."""

    @routes.post(
        f"{PATH}/berkas",
        operation_id="page_upload_evidence",
        max_body_size=taker.limit_bytes + BESIDE_FILE_BYTES,
    )
    async def upload(
        request: Request,
        caller: PageCaller,
        place: At,
        file: UploadFile | None = None,
    ) -> Response:
        """Take a file as new evidence of the item."""
        form = await read_form(request, UploadForm)
        if file is None or not file.size:
            form.errors["file"] = "Pilih berkas yang berisi."
        if (sent := form.data) is None or file is None or form.errors:
            return await show(request, caller, place, form, UNPROCESSABLE)
        db = state_of(request.app).db
        try:
            await db.read(lambda session: evidence.check_may_add(session, caller, place.unit_id, Layer.UNIT))
            async with taker.taken(file) as content:
                named = sent.file_title or content.file_name
                await do_once(
                    request,
                    caller,
                    form,
                    _attach(caller, place, content, named, sent.file_kind),
                    fingerprint=f"{content.sha256} {sent.file_kind} {named}".encode(),
                )
        except DomainError as error:
            form.errors["file"] = error.message
            return await show(request, caller, place, form, status_of(request, error.code))
        return RedirectResponse(_back(place), SEE_OTHER)


def _attach(
    caller: Principal, place: Place, content: Content, title: str, kind: str
) -> InTransaction[Worksheet]:
    """Return the work that makes content an evidence and links it to the item, both or neither."""

    async def work(session: AsyncSession) -> Worksheet:
        made = await evidence.add_evidence(
            session, caller, content, unit_id=place.unit_id, layer=Layer.UNIT, kind=kind, title=title
        )
        return await _link(session, caller, place, [made.evidence_id])

    return work


async def _link(session: AsyncSession, caller: Principal, place: Place, chosen: Sequence[UUID]) -> Worksheet:
    return await usecases.attach_evidence(
        session,
        caller,
        unit_id=place.unit_id,
        year=place.year,
        layer=Layer.UNIT,
        item_code=place.item_code,
        evidence_ids=chosen,
    )


def _back(place: Place) -> str:
    area = worksheet_page(place.unit_id, place.year, area_of(place.item_code))
    return f"{area}?tersimpan=1#{place.item_code}"


async def _page(
    beside: BesideReader,
    request: Request,
    caller: Principal,
    place: Place,
    form: ReadForm[Any],
    status: int = 200,
) -> HTMLResponse:
    code = place.item_code
    db = state_of(request.app).db
    facts = await db.read(lambda session: read_facts(session, caller, place.unit_id, place.year, beside))
    lines = await db.read(lambda session: lines_of_layer(session, place.unit_id, Layer.UNIT))
    whole, version = facts.whole, facts.unit.get(code)
    linked = set(version.draft.evidence_ids) if version else set()
    documents = list(facts.beside.documents(code))
    kinds = {line.kind for line in lines if line.evidence_id in linked}
    return PAGES.page(
        request,
        "worksheet_evidence.html",
        status=status,
        **head_of(facts),
        question=lke_instrument().questions[code],
        here=worksheet_page(whole.unit_id, whole.year, "bukti", code),
        back=f"{worksheet_page(whole.unit_id, whole.year, area_of(code))}#{code}",
        may_write=facts.may_write,
        linked=[_offer(facts, line, code) for line in lines if line.evidence_id in linked],
        offers=[_offer(facts, line, code) for line in lines if line.evidence_id not in linked],
        documents=[(document.text, document.key in kinds) for document in documents],
        kinds=[*((document.key, document.text) for document in documents), (OTHER_KIND, "Dokumen lain")],
        forms=[(Form.TEXT.value, "Tulisan"), (Form.ADDRESS.value, "Alamat (http:// atau https://)")],
        form=form,
        labels=LABELS,
    )


def _offer(facts: SheetFacts, line: EvidenceLine, code: str) -> Offer:
    """Return an evidence with its form, its day, and what it proves already."""
    others = [one for one in facts.uses.get(line.evidence_id, ()) if one != code]
    used = [*others, *(f"kegiatan {one}" for one in line.activities)]
    told = f"{FORM_WORDS[line.form]}, {day_of(line.uploaded_at, facts.whole.zone)}"
    return Offer(line.evidence_id, line.title, f"{told}; dipakai pada {', '.join(used)}" if used else told)
