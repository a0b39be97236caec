"""The register of an agency's units as a file: in and out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.planning.api.evidence import BESIDE_FILE_BYTES, MIB
from services.planning.api.parameters import Db, agency_of
from services.planning.schemas.unit_files import UnitImportOut
from services.planning.settings import Settings
from services.planning.store import units as store
from services.planning.unit_files.reading import read_unit_file, unit_file_limits
from services.planning.unit_files.writing import FileKind, write_unit_file
from services.planning.usecases import unit_files
from services.planning.usecases.units import check_agency
from shared.db import Database
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import UnitId

AgencyQuery = Annotated[
    UnitId | None, Query(description="Default: the only agency of the caller's scope, else the default one")
]


def router(settings: Settings) -> APIRouter:
    """Return the routes with the limits of `settings`."""
    routes = APIRouter(tags=["units"])
    limit = settings.workbook_max_mib * MIB
    limits = unit_file_limits(packed_bytes=limit, seconds=settings.workbook_seconds)
    gate = asyncio.Semaphore(settings.workbooks_at_once)

    @routes.post(
        "/unit-register/import",
        operation_id="import_units",
        responses=refusals(409),
        response_model=UnitImportOut,
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def import_units(
        file: UploadFile,
        cmd: Commands,
        db: Db,
        agency_id: AgencyQuery = None,
        dry_run: Annotated[bool, Query(description="Only tell what would change")] = False,
        expected: Annotated[
            str | None, Query(pattern="^[0-9a-f]{64}$", description="Digest of the dry run to apply")
        ] = None,
    ) -> Response | UnitImportOut:
        agency = agency_of(cmd.actor, agency_id, settings.default_agency_id)
        check_agency(cmd.actor, agency)
        content = await file.read()
        async with gate:
            found = await in_thread(read_unit_file, content, limits)
        if dry_run:
            told = await db.read(
                lambda session: unit_files.check_unit_file(session, cmd.actor, found, agency)
            )
            return UnitImportOut.of_import(told)
        sha256 = await in_thread(unit_files.sha256_of, content)
        return await cmd.run(
            lambda session: unit_files.import_unit_file(
                session, cmd.actor, found, agency, sha256=sha256, expected=expected
            ),
            reply=UnitImportOut.of_import,
            fingerprint=bytes.fromhex(sha256),
        )

    @routes.get(
        "/unit-register",
        operation_id="export_units",
        responses=refusals(403),
        response_class=StreamingResponse,
    )
    async def export_units(
        caller: Caller,
        db: Db,
        agency_id: AgencyQuery = None,
        format: Annotated[FileKind, Query()] = FileKind.CSV,  # noqa: A002 - the name of the parameter
    ) -> StreamingResponse:
        agency = agency_of(caller, agency_id, settings.default_agency_id)
        check_agency(caller, agency)
        return await register_file(db, agency, format)

    return routes


async def register_file(db: Database, agency_id: str, kind: FileKind) -> StreamingResponse:
    """Return an agency's register as a download."""
    async with db.reading() as session:
        found = await store.of_agency(session, agency_id)
    content = await in_thread(write_unit_file, list(found.values()), kind)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    return StreamingResponse(
        whole(),
        media_type=kind.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="unit-kerja-{agency_id}.{kind}"',
            "Content-Length": str(len(content)),
        },
    )
