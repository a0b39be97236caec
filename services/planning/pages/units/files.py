"""The register as a file: out as it is, and in after a look at what it would do.

What was looked at is kept under the sha256 of its bytes, and the page that shows it carries that name with a
proof of ours. So what is confirmed is that file and no other, and only while it would do the same.
"""

from functools import partial
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import StringConstraints

from services.planning.pages.frame import PAGES, UNPROCESSABLE
from services.planning.pages.units.agencies import UNNAMED, agency_field, agency_named
from services.planning.pages.units.words import label, said
from services.planning.parameters import BESIDE_FILE_BYTES
from services.planning.settings import Settings
from services.planning.units.files import usecases as unit_files
from services.planning.units.files.columns import COLUMNS
from services.planning.units.files.domain import Change
from services.planning.units.files.reading import MOST_UNITS, UnitFileReader
from services.planning.units.files.schemas import download
from services.planning.units.files.usecases import UnitFileRefusedError, UnitImport
from services.planning.units.files.writing import FileKind
from services.planning.units.usecases import check_agency
from shared.files.store import FileStore
from shared.http.addresses import UNITS
from shared.http.authorization import PageCaller
from shared.http.fields import Body, UnitId
from shared.http.overload import Unhurried
from shared.http.pages.forms import Form as ReadForm
from shared.http.pages.forms import read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, StaleVersionError
from shared.security import Principal
from shared.security.sealing import keyed_hash, same

MOST_ROWS = 50
"""Changes and findings that a page shows; the rest is told as a number."""
_CONFLICT = 409
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class UploadGoneError(DomainError):
    """The file that was looked at is kept for an hour, and is not there any more."""

    code: ClassVar[str] = "upload_gone"


class ConfirmForm(Body):
    """What the preview carries: which file, for which agency, doing what."""

    sha256: Sha256
    digest: Sha256
    agency: UnitId
    proof: Sha256


def router(settings: Settings, store: FileStore, reader: UnitFileReader) -> APIRouter:
    """Return the pages with the limits of `settings`."""
    routes = APIRouter()
    ask = partial(_ask_page, default=settings.default_agency_id)
    show = partial(_preview_page, default=settings.default_agency_id)

    @routes.get(f"{UNITS}/impor", operation_id="page_import")
    async def ask_file(request: Request, caller: PageCaller) -> HTMLResponse:
        """Ask for a file, and say what it must look like."""
        return ask(request, caller)

    @routes.post(
        f"{UNITS}/impor",
        operation_id="page_send_import",
        max_body_size=reader.packed_bytes + BESIDE_FILE_BYTES,
    )
    async def preview(
        request: Request,
        caller: PageCaller,
        file: UploadFile,
        agency: Annotated[str, Form(max_length=64)] = "",
    ) -> Response:
        """Show what the file would do, and every fault by its cell; nothing is written."""
        named = agency_named(caller, agency)  # nobody else's file is worth a process
        if named is None:
            return ask(request, caller, message=UNNAMED, status=UNPROCESSABLE)
        content = await file.read()
        if not content:
            message = "Pilih berkas yang berisi."
            return ask(request, caller, named, message=message, status=UNPROCESSABLE)
        found = await reader.read(content)
        told = await unit_files.check_unit_file(state_of(request.app).db, caller, found, named)
        if told.plan.findings:
            return show(request, caller, told, status=UNPROCESSABLE)
        await file.seek(0)
        async with store.keeping(file.file, limit_bytes=reader.packed_bytes) as received:
            sha256 = received.sha256
        return show(request, caller, told, sha256=sha256, proof=_proof(request, caller, named, sha256))

    @routes.post(f"{UNITS}/impor/terapkan", operation_id="page_apply_import", response_class=Unhurried)
    async def apply(request: Request, caller: PageCaller) -> Response:
        """Write exactly what was looked at."""
        form = await read_form(request, ConfirmForm)
        if form.data is None or not _is_proven(request, caller, form.data):
            status = UNPROCESSABLE if form.data is None else _CONFLICT
            return ask(request, caller, message="Unggah berkasnya sekali lagi.", status=status)
        sent = form.data
        check_agency(caller, sent.agency)
        found = await reader.read(await _kept(store, sent.sha256))
        db = state_of(request.app).db
        told = await unit_files.check_unit_file(db, caller, found, sent.agency)
        try:
            done = await db.run(
                lambda session: unit_files.import_unit_file(
                    session, caller, told, sha256=sent.sha256, expected=sent.digest
                )
            )
        except (StaleVersionError, UnitFileRefusedError) as error:
            return show(
                request,
                caller,
                await unit_files.check_unit_file(db, caller, found, sent.agency),
                sha256=sent.sha256,
                proof=sent.proof,
                message=error.message,
                status=status_of(request, error.code),
            )
        return PAGES.page(request, "units_imported.html", done=done, plan=done.plan)

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
        form = ReadForm[Body]({"instansi": asked.value, "format": kind.value})
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


async def _kept(store: FileStore, sha256: str) -> bytes:
    content = await store.fetch(sha256)
    if content is None:
        raise UploadGoneError("Berkas pratinjau hanya disimpan satu jam. Unggah sekali lagi.")
    return content


def _proof(request: Request, caller: Principal, agency: str, sha256: str) -> str:
    told = f"{caller.subject}\n{agency}\n{sha256}"
    return keyed_hash(state_of(request.app).secret, "unit-file", told).hex()


def _is_proven(request: Request, caller: Principal, sent: ConfirmForm) -> bool:
    return same(sent.proof, _proof(request, caller, sent.agency, sent.sha256))


def _ask_page(
    request: Request,
    caller: Principal,
    agency: str = "",
    *,
    default: str,
    message: str = "",
    status: int = 200,
) -> HTMLResponse:
    return PAGES.page(
        request,
        "units_import.html",
        status=status,
        message=message,
        is_unnamed=message == UNNAMED,
        agency=agency_field(caller, agency, default),
        columns=COLUMNS,
        most=MOST_UNITS,
    )


def _preview_page(
    request: Request,
    caller: Principal,
    told: UnitImport,
    *,
    default: str,
    status: int = 200,
    message: str = "",
    **carried: Any,
) -> HTMLResponse:
    plan = told.plan
    return PAGES.page(
        request,
        "units_preview.html",
        status=status,
        told=told,
        agency=agency_field(caller, told.agency_id, default),
        plan=plan,
        message=message,
        changes=[_row(change) for change in plan.changes[:MOST_ROWS]],
        more_changes=max(0, len(plan.changes) - MOST_ROWS),
        findings=plan.findings[:MOST_ROWS],
        more_findings=max(0, plan.findings_count - MOST_ROWS),
        carried={"digest": told.digest, "agency": told.agency_id, **carried},
    )


def _row(change: Change) -> tuple[int, str, str, list[str]]:
    """Return row, id, kind and what changes, in words."""
    if change.before is None:
        return change.row, change.after.unit_id, "baru", [change.after.name]
    return (
        change.row,
        change.after.unit_id,
        "berubah",
        [
            f"{label(name)}: {said(getattr(change.before, name))} menjadi {said(getattr(change.after, name))}"
            for name in change.changed_fields
        ],
    )
