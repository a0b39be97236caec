"""The register of an agency's units as a file: in and out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.planning.parameters import BESIDE_FILE_BYTES, Db
from services.planning.settings import Settings
from services.planning.spreadsheets.importing import sha256_of
from services.planning.units.files import usecases as unit_files
from services.planning.units.files.reading import UnitFileReader
from services.planning.units.files.schemas import UnitImportOut, download
from services.planning.units.files.writing import FileKind
from services.planning.units.usecases import agency_meant, check_agency
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import UnitId

AgencyQuery = Annotated[
    UnitId | None,
    Query(description="The only agency of the caller's scope, or the default one, when left out"),
]


def router(settings: Settings, reader: UnitFileReader) -> APIRouter:
    """Return the routes; `settings` name the agency that is meant when nobody names one."""
    routes = APIRouter(tags=["units"])

    @routes.post(
        "/unit-register/import",
        operation_id="import_units",
        responses=refusals(409),
        response_model=UnitImportOut,
        max_body_size=reader.packed_bytes + BESIDE_FILE_BYTES,
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
        agency = agency_meant(cmd.actor, agency_id, settings.default_agency_id)
        check_agency(cmd.actor, agency)  # nobody else's file is worth a process
        content = await file.read()
        found = await reader.read(content)
        told = await unit_files.check_unit_file(db, cmd.actor, found, agency)
        if dry_run:
            return UnitImportOut.of_import(told)
        sha256 = await in_thread(sha256_of, content)
        return await cmd.run(
            lambda session: unit_files.import_unit_file(
                session, cmd.actor, told, sha256=sha256, expected=expected
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
        agency = agency_meant(caller, agency_id, settings.default_agency_id)
        found = await db.read(lambda session: unit_files.register_of(session, caller, agency))
        return await download(found, agency, format)

    return routes
