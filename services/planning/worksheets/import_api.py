"""Import of the official workbook, layout 2021, and of PortalRB's sheet."""

import asyncio
from typing import Annotated, ClassVar

from fastapi import APIRouter, Header, Query, Response, UploadFile

from services.planning.fields import Text
from services.planning.layers import Layer
from services.planning.parameters import BESIDE_FILE_BYTES, MIB, Db, UnitPath, YearPath, seen_version
from services.planning.settings import Settings
from services.planning.spreadsheets.findings import refuse_errors
from services.planning.spreadsheets.limits import Limits
from services.planning.worksheets import imports
from services.planning.worksheets import usecases as worksheets
from services.planning.worksheets.domain import ImportMode
from services.planning.worksheets.metrics import IMPORTS
from services.planning.worksheets.schemas import ImportOut
from services.planning.worksheets.workbook.reading import WorkbookReading, read_workbook
from shared.files.store import FileStore
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import OPTIONAL_PRECONDITION
from shared.kernel import DomainError


class ReasonMissingError(DomainError):
    """Erasing answers needs a reason."""

    code: ClassVar[str] = "reason_missing"


class ModeUnclearError(DomainError):
    """Two parameters ask for two ways of taking the workbook over."""

    code: ClassVar[str] = "mode_unclear"


def router(settings: Settings, store: FileStore) -> APIRouter:
    """Return the route with the limits of `settings`."""
    routes = APIRouter(tags=["worksheets"])
    limit = settings.workbook_max_mib * MIB
    limits = Limits(packed_bytes=limit, seconds=settings.workbook_seconds)
    gate = asyncio.Semaphore(settings.workbooks_at_once)

    async def read(file: UploadFile, layer: Layer) -> WorkbookReading:
        async with gate:
            return await in_thread(read_workbook, await file.read(), limits, layer)

    @routes.post(
        "/units/{unit_id}/worksheets/{year}/import",
        operation_id="import_worksheet",
        openapi_extra=OPTIONAL_PRECONDITION,
        response_model=ImportOut,
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def import_worksheet(
        unit_id: UnitPath,
        year: YearPath,
        file: UploadFile,
        cmd: Commands,
        db: Db,
        layer: Annotated[Layer, Query()],
        dry_run: Annotated[bool, Query(description="Only tell what would change")] = False,
        mode: Annotated[
            ImportMode | None,
            Query(description="merge (default); replace erases what is blank; fill overwrites nothing"),
        ] = None,
        replace: Annotated[bool, Query(description="The same as mode=replace", deprecated=True)] = False,
        reason: Annotated[Text | None, Query(description="Why; required with replace")] = None,
        if_match: Annotated[str | None, Header(alias="If-Match", description="As for answers")] = None,
    ) -> Response | ImportOut:
        await db.read(  # nobody else's file is worth a process
            lambda session: worksheets.check_may_write(session, cmd.actor, unit_id, year, layer)
        )
        chosen = mode or (ImportMode.REPLACE if replace else ImportMode.MERGE)
        if replace and chosen is not ImportMode.REPLACE:
            raise ModeUnclearError("Pilih satu cara: mode atau replace.", field="mode")
        if chosen is ImportMode.REPLACE and not reason:
            raise ReasonMissingError("Mengganti seluruh jawaban memerlukan alasan.", field="reason")
        seen = None if dry_run else seen_version(if_match)
        reading = await read(file, layer)
        if dry_run:
            found = await db.read(
                lambda session: imports.check_workbook(
                    session,
                    cmd.actor,
                    reading,
                    unit_id=unit_id,
                    year=year,
                    layer=layer,
                    mode=chosen,
                    reason=reason,
                )
            )
            IMPORTS.labels("checked").inc()
            return ImportOut.of_import(layer, found)
        if not reading.is_accepted:
            IMPORTS.labels("refused").inc()
            refuse_errors(reading.errors)
        await file.seek(0)
        async with store.keeping(file.file, limit_bytes=limit) as received:
            answer = await cmd.run(
                lambda session: imports.import_workbook(
                    session,
                    cmd.actor,
                    reading,
                    received,
                    unit_id=unit_id,
                    year=year,
                    layer=layer,
                    seen=seen,
                    mode=chosen,
                    reason=reason,
                ),
                reply=lambda done: ImportOut.of_import(layer, done),
                fingerprint=bytes.fromhex(received.sha256),
            )
        IMPORTS.labels("written").inc()
        return answer

    return routes
