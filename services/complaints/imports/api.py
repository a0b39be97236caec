"""Imports over the API: a file is brought and tried, mapped, let run, watched; states go back as a file."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, UploadFile
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import CaseClass
from services.complaints.decrees.domain import Stream
from services.complaints.imports import store
from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.reading import Delimiter, Encoding, Sheet, read_csv
from services.complaints.imports.domain.rows import DateOrder, Declared
from services.complaints.imports.files import RESULT_HEAD, STATE_HEAD, result_cells, state_cells
from services.complaints.imports.schemas import MOST_FAULTS, ImportOut, MappingIn, Source
from services.complaints.imports.usecases import exporting, trying
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import Day, Moment, UnitId
from shared.http.pages import lists
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal

router = APIRouter()
MOST_LISTED = 50
BESIDE_FILE_BYTES = 64 * 1024
"""What a form needs around its file."""
UPLOAD_BYTES = import_rules().limits.file_bytes + BESIDE_FILE_BYTES


def key_of(request: Request) -> bytes:
    """Return the key that `main.build` put on the application: it seals rows that wait."""
    return cast("bytes", request.app.state.import_key)


async def read_file(content: bytes, encoding: Encoding | None, delimiter: Delimiter | None) -> Sheet:
    """Read a file beside the loop; raises `ImportTooLargeError`, `ImportUnreadableError`."""
    return await in_thread(read_csv, content, import_rules().limits, encoding, delimiter)


async def whole(session: AsyncSession, actor: Principal, import_id: UUID) -> ImportOut:
    """Return a file with its first wrong rows; raises `NotFoundError`."""
    found = await trying.found_of(session, actor, import_id)
    return ImportOut.of(found, await store.faulty(session, import_id, MOST_FAULTS))


@router.post(
    "/imports",
    operation_id="upload_import",
    status_code=201,
    responses=refusals(404, 409, 413, 415),
    response_model=ImportOut,
    max_body_size=UPLOAD_BYTES,
)
async def upload_import(
    request: Request,
    file: UploadFile,
    cmd: Commands,
    agency_id: Annotated[UnitId, Query(description="Whose cases they are")],
    source: Annotated[Source, Query(description="The system that the file is from")] = "sp4n",
    encoding: Annotated[Encoding | None, Query(description="Default: found out, and told")] = None,
    delimiter: Annotated[Delimiter | None, Query(description="Default: found out")] = None,
    date_order: Annotated[DateOrder, Query(description="How dates are written")] = "dmy",
    zone: Annotated[Zone, Query(description="Zone of times that name none")] = Zone.WIB,
    stream: Annotated[Stream, Query(description="Of rows that say none")] = "masyarakat",
    case_class: Annotated[CaseClass, Query(description="Of rows that say none")] = "tidak_berkadar",
    as_of: Annotated[
        Moment | None, Query(description="When the file was made, where no column says what is newer")
    ] = None,
) -> Response:
    """Bring a file and try it: every row is told what it would do; nothing is taken in."""
    content = await file.read()
    sheet = await read_file(content, encoding, delimiter)
    digest = (await in_thread(sha256, content)).hexdigest()
    declared = Declared(agency_id, source, zone, date_order, stream, case_class, as_of)
    engine, key = engine_of(request), key_of(request)

    async def keep(session: AsyncSession) -> ImportOut:
        made = await trying.upload(session, engine, cmd.actor, key, sheet, declared, digest)
        return await whole(session, cmd.actor, made["id"])

    return await cmd.run(keep, status=201, fingerprint=bytes.fromhex(digest))


@router.get("/imports", operation_id="list_imports")
async def list_imports(request: Request, actor: Caller) -> list[ImportOut]:
    """Return the newest files of agencies within reach."""
    async with state_of(request.app).db.reading() as session:
        return [ImportOut.of(one) for one in await store.newest(session, actor.scope, MOST_LISTED)]


@router.get("/imports/{import_id}", operation_id="show_import", responses=refusals(404))
async def show_import(request: Request, actor: Caller, import_id: UUID) -> ImportOut:
    """Return a file: what it would do, or how far it is."""
    return await state_of(request.app).db.read(partial(whole, actor=actor, import_id=import_id))


@router.get(
    "/imports/{import_id}/rows",
    operation_id="download_import_rows",
    responses=refusals(404),
    response_class=Response,
)
async def download_import_rows(request: Request, actor: Caller, import_id: UUID) -> Response:
    """Return every row with what it would do, what it did and what is wrong, as CSV."""
    return await rows_file(request, actor, import_id)


async def rows_file(request: Request, actor: Principal, import_id: UUID) -> Response:
    """Return the results of a file, for the API and the page."""

    async def look(session: AsyncSession) -> Sequence[RowMapping]:
        await trying.found_of(session, actor, import_id)
        return await store.lines(session, import_id)

    found = await state_of(request.app).db.read(look)
    return await lists.csv_answer(
        f"hasil-impor-{import_id}", RESULT_HEAD, [result_cells(one) for one in found]
    )


@router.post(
    "/imports/{import_id}/mapping",
    operation_id="map_import",
    responses=refusals(404, 409),
    response_model=ImportOut,
)
async def map_import(request: Request, import_id: UUID, body: MappingIn, cmd: Commands) -> Response:
    """Say which column holds which field, and try the file anew."""
    engine, key = engine_of(request), key_of(request)

    async def work(session: AsyncSession) -> ImportOut:
        await trying.remap(session, engine, cmd.actor, key, import_id, body.columns)
        return await whole(session, cmd.actor, import_id)

    return await cmd.run(work)


@router.post(
    "/imports/{import_id}/run",
    operation_id="run_import",
    status_code=202,
    responses=refusals(404, 409),
    response_model=ImportOut,
)
async def run_import(request: Request, import_id: UUID, cmd: Commands) -> Response:
    """Let a tried file be taken in; it goes on by itself, and twice is once."""
    engine = engine_of(request)

    async def work(session: AsyncSession) -> ImportOut:
        await trying.start(session, engine, cmd.actor, import_id)
        return await whole(session, cmd.actor, import_id)

    return await cmd.run(work, status=202)


@router.get("/imported-states", operation_id="export_imported_states", response_class=Response)
async def export_imported_states(
    request: Request,
    actor: Caller,
    source: Annotated[Source, Query(description="The system that forwarded them")],
    first: Annotated[Day, Query(description="Forwarded on this day of WIB or later")],
    last: Annotated[Day, Query(description="Forwarded on this day or before")],
) -> Response:
    """Return how the cases stand that a system forwarded, as CSV for that system."""
    return await states_file(request, actor, source, first, last)


async def states_file(request: Request, actor: Principal, source: str, first: date, last: date) -> Response:
    """Return the states of a period, for the API and the page."""
    found = await state_of(request.app).db.read(
        lambda session: exporting.states(session, actor, source, first, last)
    )
    return await lists.csv_answer(
        f"status-{source}-{first}-{last}", STATE_HEAD, [state_cells(one) for one in found]
    )
