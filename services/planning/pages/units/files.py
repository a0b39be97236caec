"""The register as a file: out as it is, and in after a look at what it would do."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.planning.pages.agencies import UNNAMED, agency_field, agency_named
from services.planning.pages.frame import PAGES, UNPROCESSABLE
from services.planning.pages.imports import ImportPages, Line, Words
from services.planning.pages.units.words import label, said
from services.planning.settings import Settings
from services.planning.units.files import usecases as unit_files
from services.planning.units.files.columns import COLUMNS
from services.planning.units.files.domain import Change
from services.planning.units.files.reading import UnitFileReader
from services.planning.units.files.schemas import download
from services.planning.units.files.writing import FileKind
from shared.files.store import FileStore
from shared.http.addresses import UNITS
from shared.http.authorization import PageCaller
from shared.http.fields import Body
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.security import Principal

WORDS = Words(
    home="Unit kerja",
    what="unit",
    key="Kode",
    entered="didaftarkan",
    sure="Kode unit tidak dapat diganti kemudian; yang lain dapat.",
    sample=f"{UNITS}/ekspor?format=xlsx",
    after="Nilai, pengaduan, dan survei segera memakainya. "
    "Langkah berikutnya: buka program tahun ini bagi unit yang ikut.",
    steps=(("Langkah berikutnya", f"{UNITS}/mulai"), ("Ke daftar unit", UNITS)),
)


def router(settings: Settings, store: FileStore, reader: UnitFileReader) -> APIRouter:
    """Return the pages with the limits of `settings`."""
    routes = APIRouter()
    pages = ImportPages(
        base=UNITS,
        operations=("page_import", "page_send_import", "page_apply_import"),
        words=WORDS,
        columns=COLUMNS,
        reader=reader,
        check=unit_files.check_unit_file,
        write=unit_files.import_unit_file,
        line=_line,
        default_agency=settings.default_agency_id,
    )
    routes.include_router(pages.router(store))

    @routes.get(f"{UNITS}/ekspor", operation_id="page_export", response_class=StreamingResponse)
    async def export(
        request: Request,
        caller: PageCaller,
        instansi: Annotated[str | None, Query(max_length=64)] = None,
        format: Annotated[FileKind, Query()] = FileKind.CSV,  # noqa: A002 - the name of the parameter
    ) -> Response:
        """Give an agency's register as a file; whoever has several agencies is asked which."""
        return await _export(request, caller, instansi, format, settings.default_agency_id)

    return routes


async def _export(
    request: Request, caller: Principal, named: str | None, kind: FileKind, default: str
) -> Response:
    """Give an agency's register, or ask whose; an empty field is one that was left blank."""
    agency = agency_named(caller, named or "")
    if agency is None:
        asked = agency_field(caller, named or "", default)
        form = Form[Body]({"instansi": asked.value, "format": kind.value})
        if named is not None:
            form.errors["instansi"] = UNNAMED
        return PAGES.page(
            request,
            "units_export.html",
            status=200 if named is None else UNPROCESSABLE,
            form=form,
            choices=[(one, one) for one in asked.choices],
        )
    found = await state_of(request.app).db.read(
        lambda session: unit_files.register_of(session, caller, agency)
    )
    return await download(found, agency, kind)


def _line(change: Change) -> Line:
    if change.before is None:
        return change.row, change.after.unit_id, "baru", [change.after.name]
    changes = [
        f"{label(name)}: {said(getattr(change.before, name))} menjadi {said(getattr(change.after, name))}"
        for name in change.changed_fields
    ]
    return change.row, change.after.unit_id, "berubah", changes
