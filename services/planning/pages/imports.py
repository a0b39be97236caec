"""A file taken over into a list of an agency on pages, after a look at what it would do.

What was looked at is kept under the sha256 of its bytes, and the page that shows it carries that name with a
proof of ours. So what is confirmed is that file and no other, and only while it would do the same.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.pages.agencies import UNNAMED, agency_field, agency_named
from services.planning.pages.frame import PAGES, UNPROCESSABLE
from services.planning.parameters import BESIDE_FILE_BYTES
from services.planning.spreadsheets.importing import Import, ListingRefusedError
from services.planning.spreadsheets.listing import Column
from services.planning.units.usecases import check_agency
from shared.db import Database
from shared.files.store import FileStore
from shared.http.authorization import PageCaller
from shared.http.fields import Body, UnitId
from shared.http.overload import Unhurried
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
Line = tuple[int, str, str, list[str]]
"""A change in words: its row, what names the thing, what it becomes, and what changes."""
Told = Import[Any, Any, Any]


class UploadGoneError(DomainError):
    """The file that was looked at is kept for an hour, and is not there any more."""

    code: ClassVar[str] = "upload_gone"


class ConfirmForm(Body):
    """What the preview carries: which file, for which agency, doing what."""

    sha256: Sha256
    digest: Sha256
    agency: UnitId
    proof: Sha256


class Reader(Protocol):
    """Reads files of one kind, of at most `packed_bytes` each; never raises for what is in one."""

    packed_bytes: int

    async def read(self, content: bytes) -> Any: ...


class Write(Protocol):
    """Writes what a file does; raises `StaleVersionError` and a `ListingRefusedError`."""

    async def __call__(
        self, session: AsyncSession, actor: Principal, checked: Any, *, sha256: str, expected: str | None
    ) -> Told: ...


@dataclass(frozen=True, slots=True)
class Words:
    """How the pages of a list speak: of `what` in rows, under `home`, each named by a `key`.

    `sure` is what cannot be mended later; `sample` leads to a file to begin with; `after` is said when it is
    done, with the way on (`steps` of label and address).
    """

    home: str
    what: str
    key: str
    entered: str
    sure: str
    sample: str
    after: str
    steps: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ImportPages:
    """The pages that take a list over below `base`; `operations` are those of form, preview and writing."""

    base: str
    operations: tuple[str, str, str]
    words: Words
    columns: Sequence[Column]
    reader: Reader
    check: Callable[[Database, Principal, Any, str], Awaitable[Told]]
    write: Write
    line: Callable[[Any], Line]
    default_agency: str

    def router(self, store: FileStore) -> APIRouter:
        """Return the pages; `store` keeps a file between its preview and its writing."""
        routes = APIRouter()
        asked, sent, applied = self.operations
        here = f"{self.base}/impor"

        @routes.get(here, operation_id=asked)
        async def ask_file(request: Request, caller: PageCaller) -> HTMLResponse:
            """Ask for a file, and say what it must look like."""
            return self._ask_page(request, caller)

        @routes.post(here, operation_id=sent, max_body_size=self.reader.packed_bytes + BESIDE_FILE_BYTES)
        async def preview(
            request: Request,
            caller: PageCaller,
            file: UploadFile,
            agency: Annotated[str, Form(max_length=64)] = "",
        ) -> Response:
            """Show what the file would do, and every fault by its cell; nothing is written."""
            named = agency_named(caller, agency)  # nobody else's file is worth a process
            if named is None:
                return self._ask_page(request, caller, message=UNNAMED, status=UNPROCESSABLE)
            content = await file.read()
            if not content:
                message = "Pilih berkas yang berisi."
                return self._ask_page(request, caller, named, message=message, status=UNPROCESSABLE)
            found = await self.reader.read(content)
            told = await self.check(state_of(request.app).db, caller, found, named)
            if told.plan.findings:
                return self._preview_page(request, caller, told, status=UNPROCESSABLE)
            await file.seek(0)
            async with store.keeping(file.file, limit_bytes=self.reader.packed_bytes) as received:
                sha256 = received.sha256
            proof = self._proof(request, caller, named, sha256)
            return self._preview_page(request, caller, told, sha256=sha256, proof=proof)

        @routes.post(f"{here}/terapkan", operation_id=applied, response_class=Unhurried)
        async def apply(request: Request, caller: PageCaller) -> Response:
            """Write exactly what was looked at."""
            form = await read_form(request, ConfirmForm)
            if form.data is None or not self._is_proven(request, caller, form.data):
                status = UNPROCESSABLE if form.data is None else _CONFLICT
                return self._ask_page(request, caller, message="Unggah berkasnya sekali lagi.", status=status)
            return await self._apply(request, caller, store, form.data)

        return routes

    async def _apply(
        self, request: Request, caller: Principal, store: FileStore, sent: ConfirmForm
    ) -> Response:
        check_agency(caller, sent.agency)
        found = await self.reader.read(await _kept(store, sent.sha256))
        db = state_of(request.app).db
        told = await self.check(db, caller, found, sent.agency)
        try:
            done = await db.run(
                lambda session: self.write(session, caller, told, sha256=sent.sha256, expected=sent.digest)
            )
        except (StaleVersionError, ListingRefusedError) as error:
            return self._preview_page(
                request,
                caller,
                await self.check(db, caller, found, sent.agency),
                sha256=sent.sha256,
                proof=sent.proof,
                message=error.message,
                status=status_of(request, error.code),
            )
        return PAGES.page(
            request, "imported.html", base=self.base, words=self.words, done=done, plan=done.plan
        )

    def _proof(self, request: Request, caller: Principal, agency: str, sha256: str) -> str:
        told = f"{self.base}\n{caller.subject}\n{agency}\n{sha256}"
        return keyed_hash(state_of(request.app).secret, "listing-file", told).hex()

    def _is_proven(self, request: Request, caller: Principal, sent: ConfirmForm) -> bool:
        return same(sent.proof, self._proof(request, caller, sent.agency, sent.sha256))

    def _ask_page(
        self, request: Request, caller: Principal, agency: str = "", *, message: str = "", status: int = 200
    ) -> HTMLResponse:
        return PAGES.page(
            request,
            "import.html",
            status=status,
            base=self.base,
            words=self.words,
            message=message,
            is_unnamed=message == UNNAMED,
            agency=agency_field(caller, agency, self.default_agency),
            columns=self.columns,
        )

    def _preview_page(
        self,
        request: Request,
        caller: Principal,
        told: Told,
        *,
        status: int = 200,
        message: str = "",
        **carried: Any,
    ) -> HTMLResponse:
        plan = told.plan
        return PAGES.page(
            request,
            "import_preview.html",
            status=status,
            base=self.base,
            words=self.words,
            told=told,
            agency=agency_field(caller, told.agency_id, self.default_agency),
            plan=plan,
            message=message,
            changes=[self.line(change) for change in plan.changes[:MOST_ROWS]],
            more_changes=max(0, len(plan.changes) - MOST_ROWS),
            findings=plan.findings[:MOST_ROWS],
            more_findings=max(0, plan.findings_count - MOST_ROWS),
            carried={"digest": told.digest, "agency": told.agency_id, **carried},
        )


async def _kept(store: FileStore, sha256: str) -> bytes:
    content = await store.fetch(sha256)
    if content is None:
        raise UploadGoneError("Berkas pratinjau hanya disimpan satu jam. Unggah sekali lagi.")
    return content
