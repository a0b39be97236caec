"""The people of an agency taken over from a file."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile

from services.planning.parameters import BESIDE_FILE_BYTES, MIB, Db
from services.planning.people.files import usecases as people_files
from services.planning.people.files.reading import PeopleFileReader
from services.planning.people.files.schemas import PeopleImportOut
from services.planning.settings import Settings
from services.planning.spreadsheets.importing import sha256_of
from services.planning.units.usecases import agency_meant, check_agency
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.fields import UnitId


def router(settings: Settings) -> APIRouter:
    """Return the routes; `settings` bound the files and name the agency that is meant when nobody does."""
    routes = APIRouter(tags=["people"])
    reader = PeopleFileReader(
        packed_bytes=settings.workbook_max_mib * MIB,
        seconds=settings.workbook_seconds,
        at_once=settings.workbooks_at_once,
    )

    @routes.post(
        "/person-register/import",
        operation_id="import_people",
        responses=refusals(409),
        response_model=PeopleImportOut,
        max_body_size=reader.packed_bytes + BESIDE_FILE_BYTES,
    )
    async def import_people(
        file: UploadFile,
        cmd: Commands,
        db: Db,
        agency_id: Annotated[
            UnitId | None,
            Query(description="The only agency of the caller's scope, or the default one, when left out"),
        ] = None,
        dry_run: Annotated[bool, Query(description="Only tell what would change")] = False,
        expected: Annotated[
            str | None, Query(pattern="^[0-9a-f]{64}$", description="Digest of the dry run to apply")
        ] = None,
    ) -> Response | PeopleImportOut:
        """Take people over by their employee numbers; nobody is deleted."""
        agency = agency_meant(cmd.actor, agency_id, settings.default_agency_id)
        check_agency(cmd.actor, agency)  # nobody else's file is worth a process
        content = await file.read()
        told = await people_files.check_people_file(db, cmd.actor, await reader.read(content), agency)
        if dry_run:
            return PeopleImportOut.of_import(told)
        sha256 = await in_thread(sha256_of, content)
        return await cmd.run(
            lambda session: people_files.import_people_file(
                session, cmd.actor, told, sha256=sha256, expected=expected
            ),
            reply=PeopleImportOut.of_import,
            fingerprint=bytes.fromhex(sha256),
        )

    return routes
