"""Pages of imports: bring a file, say its columns, look at the trial, let it run, see how far it is."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import CaseClass
from services.complaints.decrees.domain import Stream
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.imports import store
from services.complaints.imports.api import UPLOAD_BYTES, key_of, read_file, rows_file, states_file, whole
from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.reading import Delimiter, Encoding
from services.complaints.imports.domain.rows import DateOrder, Declared
from services.complaints.imports.files import EFFECT_WORDS
from services.complaints.imports.schemas import MOST_FAULTS, ImportOut, Source
from services.complaints.imports.usecases import trying
from shared.held import in_thread
from shared.http.addresses import IMPORTS
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Day, UnitId
from shared.http.once import OnceBody, do_once, told_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, Zone
from shared.security import Principal

router = APIRouter()
MOST_LISTED = 20
_UNPROCESSABLE = 422
SOURCES = {one.source: one.label for one in import_rules().sources.values()}
STREAMS = {"masyarakat": "pengaduan masyarakat (pengawasan)", "pelayanan": "keluhan pelayanan"}
CLASSES = {
    "ringan": "ringan",
    "normatif": "normatif",
    "tidak_berkadar": "tidak berkadar pengawasan",
    "berkadar_pengawasan": "berkadar pengawasan",
}
ORDERS = {
    "dmy": "hari/bulan/tahun (31/01/2026)",
    "ymd": "tahun-bulan-hari (2026-01-31)",
    "mdy": "bulan/hari/tahun (01/31/2026)",
}
ENCODINGS = {"utf-8": "UTF-8", "windows-1252": "Windows-1252"}
DELIMITERS = {";": "titik koma", ",": "koma", "tab": "tab"}
STATUS_WORDS = {
    "mapping": ("warn", "kolom belum lengkap"),
    "checked": ("warn", "sudah diuji, belum dijalankan"),
    "running": ("plain", "sedang berjalan"),
    "done": ("good", "selesai"),
}


Column = Annotated[int, Field(ge=0, le=import_rules().limits.columns)]


class UploadForm(OnceBody):
    """What is declared of a file."""

    agency: UnitId
    source: Source
    stream: Stream
    case_class: CaseClass
    date_order: DateOrder = "dmy"
    zone: Zone = Zone.WIB
    encoding: Encoding | Literal[""] = ""
    delimiter: Delimiter | Literal[""] = ""


class RunForm(OnceBody):
    """That a file that was looked at is to be taken in."""


class ColumnsForm(Body):
    """Which column holds each field, from 1; 0: none."""

    external_ref: Column = 0
    text: Column = 0
    source_updated_at: Column = 0
    forwarded_at: Column = 0
    reported_at: Column = 0
    foreign_state: Column = 0
    foreign_class: Column = 0
    kind: Column = 0
    stream: Column = 0
    case_class: Column = 0
    unit: Column = 0
    closed_at: Column = 0
    event_on: Column = 0
    is_name_hidden: Column = 0
    is_content_secret: Column = 0


@router.get(IMPORTS, operation_id="page_imports")
async def listing(request: Request, actor: PageCaller) -> HTMLResponse:
    """Show the newest files, and the form of another one."""
    usual = {"source": "sp4n", "date_order": "dmy", "zone": Zone.WIB.value}
    if len(actor.scope.agencies) == 1:
        usual |= {"agency": next(iter(actor.scope.agencies))}
    return await _listing(request, actor, Form[UploadForm](usual))


@router.post(IMPORTS, operation_id="page_upload_import", max_body_size=UPLOAD_BYTES)
async def upload(request: Request, actor: PageCaller, file: UploadFile | None = None) -> Response:
    """Try a file; refused, the page says why and keeps what was chosen."""
    form = await read_form(request, UploadForm)
    content = b"" if file is None else await file.read()
    if not content:
        form.errors["file"] = "Pilih berkas yang berisi."
    if (data := form.data) is None or form.errors:
        return await _listing(request, actor, form, _UNPROCESSABLE)
    engine, key = engine_of(request), key_of(request)
    digest = (await in_thread(sha256, content)).hexdigest()
    declared = Declared(data.agency, data.source, data.zone, data.date_order, data.stream, data.case_class)

    try:
        sheet = await read_file(content, data.encoding or None, data.delimiter or None)
        made = await told_once(
            request,
            actor,
            form,
            lambda session: trying.upload(session, engine, actor, key, sheet, declared, digest),
            lambda found: {"id": str(found["id"])},
            fingerprint=bytes.fromhex(digest) + data.model_dump_json(exclude={"key"}).encode(),
        )
    except DomainError as error:
        at = {"agency_id": "agency", "import_unreadable": "file", "import_too_large": "file"}
        form.fields |= {"file"}
        form.refuse(error, at)
        return await _listing(request, actor, form, status_of(request, error.code))
    return RedirectResponse(f"{IMPORTS}/{made['id']}", SEE_OTHER)


@router.get(f"{IMPORTS}/status.csv", operation_id="page_imported_states")
async def states(
    request: Request,
    actor: PageCaller,
    source: Annotated[Source, Query()],
    first: Annotated[Day, Query()],
    last: Annotated[Day, Query()],
) -> Response:
    """Return how forwarded cases stand, as CSV for the system that forwarded them."""
    return await states_file(request, actor, source, first, last)


@router.get(f"{IMPORTS}/{{import_id}}", operation_id="page_import")
async def show(request: Request, actor: PageCaller, import_id: UUID) -> HTMLResponse:
    """Show what a file would do, how far it is, or what it did."""
    return await _page(request, actor, import_id, Form[ColumnsForm]())


@router.get(f"{IMPORTS}/{{import_id}}/hasil.csv", operation_id="page_import_rows")
async def rows(request: Request, actor: PageCaller, import_id: UUID) -> Response:
    """Return every row of a file with its result."""
    return await rows_file(request, actor, import_id)


@router.post(f"{IMPORTS}/{{import_id}}/kolom", operation_id="page_map_import")
async def columns(request: Request, actor: PageCaller, import_id: UUID) -> Response:
    """Take which column holds what, and try the file anew."""
    form = await read_form(request, ColumnsForm)
    if form.data is None:
        return await _page(request, actor, import_id, form, _UNPROCESSABLE)
    engine, key, said = engine_of(request), key_of(request), form.data.model_dump()
    try:
        await state_of(request.app).db.run(
            lambda session: trying.remap(session, engine, actor, key, import_id, said)
        )
    except trying.ImportBegunError:
        pass  # somebody let it run: its page says how far it is
    except trying.ImportRefusedError as error:
        form.refuse(error)
        return await _page(request, actor, import_id, form, status_of(request, error.code))
    return RedirectResponse(f"{IMPORTS}/{import_id}", SEE_OTHER)


@router.post(f"{IMPORTS}/{{import_id}}/jalankan", operation_id="page_run_import")
async def run(request: Request, actor: PageCaller, import_id: UUID) -> Response:
    """Let a file be taken in that was looked at; sent twice, it runs once."""
    form = await read_form(request, RunForm)
    if form.data is not None:
        engine = engine_of(request)
        with suppress(trying.ImportUnmappedError):  # its page asks for the columns
            await do_once(
                request, actor, form, lambda session: trying.start(session, engine, actor, import_id)
            )
    return RedirectResponse(f"{IMPORTS}/{import_id}", SEE_OTHER)


async def _listing(
    request: Request, actor: Principal, form: Form[UploadForm], status: int = 200
) -> HTMLResponse:
    found = await state_of(request.app).db.read(
        lambda session: store.newest(session, actor.scope, MOST_LISTED)
    )
    return PAGES.page(
        request,
        "imports.html",
        status=status,
        form=form,
        imports=[ImportOut.of(one) for one in found],
        agencies=[(one, one) for one in sorted(actor.scope.agencies)],
        limits=import_rules().limits,
        fields=import_rules().fields,
        choices=_choices(),
        **_words(),
    )


async def _page(
    request: Request, actor: Principal, import_id: UUID, form: Form[ColumnsForm], status: int = 200
) -> HTMLResponse:
    async def look(session: AsyncSession) -> ImportOut:
        return await whole(session, actor, import_id)

    found = await state_of(request.app).db.read(look)
    if not form.values:
        by_header = {one.field: found.head.index(one.header) + 1 for one in found.columns if one.header}
        form.values = {name: str(number) for name, number in by_header.items()}
    numbered = [(str(number), f"{number}. {header[:60]}") for number, header in enumerate(found.head, 1)]
    return PAGES.page(
        request,
        "import.html",
        status=status,
        form=form,
        found=found,
        numbered=numbered,
        required={one.field for one in import_rules().fields if one.is_required},
        effects=EFFECT_WORDS,
        most_faults=MOST_FAULTS,
        **_words(),
    )


def _words() -> Mapping[str, Any]:
    return {"sources": SOURCES, "status_words": STATUS_WORDS, "encodings": ENCODINGS}


def _choices() -> Mapping[str, Any]:
    return {
        "source": SOURCES.items(),
        "stream": STREAMS.items(),
        "case_class": CLASSES.items(),
        "date_order": ORDERS.items(),
        "zone": [(zone.value, zone.value) for zone in Zone],
        "encoding": ENCODINGS.items(),
        "delimiter": DELIMITERS.items(),
    }
