"""A small service over HTTP for tests of what every service has: no domain, a few operations of each kind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, FastAPI, Request, Response, UploadFile
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from shared.db import Database
from shared.http.api.command import Commands
from shared.http.api.paging import Page, PageParameters, paged, whole
from shared.http.api.versions import IfMatch, etag
from shared.http.app import create_app
from shared.http.authorization import Caller, PageCaller
from shared.http.fields import Body, Whole
from shared.http.foreign import ForeignApi
from shared.http.limits.counts import limited
from shared.http.pages.forms import read_form
from shared.http.pages.live import EventSourceResponse, ServerSentEvent, last_event_id, live
from shared.http.pages.rendering import Pages
from shared.kernel import DomainError, NotFoundError, StaleVersionError
from shared.process.settings import ServiceSettings
from shared.process.worker import Worker
from shared.security import SIGNED_IN, AccessMatrix, Operation
from shared.security.tokens import TokenVerifier

ORIGIN = "https://toy.test"
AWAY = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"

MATRIX = AccessMatrix(
    Operation("hello", (), "public", "Say hello"),
    Operation("fail", (), "public", "Fail as the path says"),
    Operation("submit", (), "public", "Take a public form"),
    Operation("whoami", SIGNED_IN, "any", "Tell the caller's name"),
    Operation("list_things", SIGNED_IN, "any", "List numbers"),
    Operation("show_thing", SIGNED_IN, "unit", "Show a thing of a unit"),
    Operation("make_thing", {"admin"}, "agency", "Make a thing"),
    Operation("change_thing", {"unit_operator"}, "unit", "Change a thing"),
    Operation("upload", {"unit_operator"}, "unit", "Take a file"),
    Operation("page_front", (), "public", "Front page"),
    Operation("page_mine", {"unit_operator"}, "unit", "A page behind the log-in"),
    Operation("page_form", (), "public", "Send the public form"),
    Operation("page_change", {"unit_operator"}, "unit", "Send a form behind the log-in"),
    Operation("page_live", (), "public", "Live numbers"),
)
ERROR_STATUS = {"taken": 409}
UNITS = {"u1": "a1", "u2": "a1", "u3": "a2"}


class TakenError(DomainError):
    code = "taken"


class ThingIn(Body):
    name: str = Field(min_length=3, max_length=10)
    count: Whole = Field(default=1, ge=1)

    @field_validator("name")
    @classmethod
    def plain(cls, value: str) -> str:
        if "<" in value:
            raise ValueError("Nama tidak boleh memuat tanda kurung sudut.")
        return value


class ThingOut(BaseModel):
    name: str
    version: int


router = APIRouter()
pages = APIRouter()
PAGES = Pages(title="Mainan", folder=Path(__file__).parent / "http_pages")
PROCESSED: list[str] = []
CONFLICTS = {"clash": 2, "stuck": 99}
"""How often making a thing of this name ends in a deadlock before it works."""


@router.get("/hello", operation_id="hello")
async def hello(caller: Caller) -> dict[str, str]:
    return {"who": caller.subject}


@router.get("/fail/{how}", operation_id="fail")
async def fail(how: str) -> dict[str, str]:
    match how:
        case "domain":
            raise TakenError("Nama sudah dipakai.", name="x", status="not yours to set")
        case "unknown":
            raise DomainError("Tidak dapat diproses.")
        case "missing":
            raise NotFoundError
    raise RuntimeError("secret: 0812-3456-7890")


@router.post("/submit", operation_id="submit", dependencies=[limited("toy", burst="3/minute")])
async def submit(body: ThingIn) -> ThingOut:
    return ThingOut(name=body.name, version=1)


@router.get("/whoami", operation_id="whoami")
async def whoami(caller: Caller) -> dict[str, Any]:
    return caller.as_json()


@router.get("/things", operation_id="list_things")
async def list_things(page: Annotated[PageParameters, paged(whole)]) -> Page[ThingOut]:
    start = page.after[0] + 1 if page.after else 0
    rows = [number for number in range(7) if number >= start][: page.limit + 1]
    return Page[ThingOut].of(
        rows, page.limit, key=lambda row: (row,), item=lambda row: ThingOut(name=f"n{row}", version=1)
    )


@router.get("/units/{unit}/thing", operation_id="show_thing")
async def show_thing(unit: str, caller: Caller, response: Response) -> ThingOut:
    if unit not in UNITS or not caller.scope.covers(unit, UNITS[unit]):
        raise NotFoundError
    etag(response, 4)
    return ThingOut(name=unit, version=4)


@router.post("/things", operation_id="make_thing", status_code=201, response_model=ThingOut)
async def make_thing(body: ThingIn, cmd: Commands) -> Response:
    async def work(session: AsyncSession) -> ThingOut:
        PROCESSED.append(body.name)
        await session.execute(text("INSERT INTO effect VALUES (:name, 1, NULL, 1)"), {"name": body.name})
        if body.name == "refused":
            raise TakenError("Nama sudah dipakai.")
        if len(PROCESSED) <= CONFLICTS.get(body.name, 0):
            await session.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$"))
        return ThingOut(name=body.name, version=body.count)

    return await cmd.run(work, status=201, reply=ThingOut, location=lambda thing: f"/things/{thing.name}")


@router.put("/units/{unit}/thing", operation_id="change_thing")
async def change_thing(unit: str, body: ThingIn, version: IfMatch, caller: Caller) -> ThingOut:
    if unit not in UNITS or not caller.scope.covers(unit, UNITS[unit]):
        raise NotFoundError
    if version != 4:
        raise StaleVersionError
    return ThingOut(name=body.name, version=5)


@router.post("/upload", operation_id="upload", max_body_size=50_000)
async def upload(file: UploadFile) -> dict[str, int]:
    return {"bytes": len(await file.read())}


@pages.get("/", operation_id="page_front")
async def page_front(request: Request) -> Response:
    return PAGES.page(request, "front.html", text="<b>bold</b>")


@pages.get("/mine", operation_id="page_mine")
async def page_mine(request: Request, caller: PageCaller) -> Response:
    return PAGES.page(request, "front.html", text=caller.subject)


@pages.post("/form", operation_id="page_form")
async def page_form(request: Request) -> Response:
    form = await read_form(request, ThingIn)
    if form.data is None:
        return PAGES.page(request, "form.html", form=form, status=422)
    return RedirectResponse("/", status_code=303)


@pages.post("/mine", operation_id="page_change")
async def page_change(caller: PageCaller) -> Response:
    PROCESSED.append(caller.subject)
    return RedirectResponse("/mine", status_code=303)


@pages.get("/live", operation_id="page_live", response_class=EventSourceResponse)
async def page_live(request: Request) -> AsyncIterator[ServerSentEvent]:
    async def source() -> AsyncIterator[ServerSentEvent]:
        number = int(last_event_id(request) or 0)
        while True:
            number += 1
            yield ServerSentEvent(event="patch", id=str(number), data={"total": str(number)})
            if number % 3 == 0:
                await _never()

    async for event in live(request, source()):
        yield event


async def _never() -> None:
    import asyncio

    await asyncio.Event().wait()


def settings(**changed: Any) -> ServiceSettings:
    values: dict[str, Any] = {
        "ZI_ENVIRONMENT": "development",
        "port": 8001,
        "ops_port": 8101,
        "public_url": ORIGIN,
        "database_url": AWAY,
        "kafka_bootstrap": "127.0.0.1:1",
        "issuer": "https://issuer.test",
        "secret_key": "a secret key of this test, 32 long",
        "max_body_bytes": 2048,
    }
    return ServiceSettings(**(values | changed))


def toy_app(
    verifier: TokenVerifier,
    db: Database | None = None,
    *,
    service: str = "toy",
    workers: Sequence[Worker] = (),
    matrix: AccessMatrix = MATRIX,
    foreign: Sequence[ForeignApi] = (),
    **changed: Any,
) -> FastAPI:
    """Return the small service; without a database it is as if PostgreSQL were away.

    Under another name it stands where that service stands.
    """
    return create_app(
        service=service,
        title="Mainan",
        settings=settings(**changed),
        db=db or Database(AWAY),
        matrix=matrix,
        verifier=verifier,
        error_status=ERROR_STATUS,
        routers=[router],
        page_routers=[pages],
        pages=PAGES,
        foreign=foreign,
        workers=workers,
        asyncapi=lambda: {"asyncapi": "3.0.0"},
    )


def ops_client(app: FastAPI) -> httpx2.AsyncClient:
    """Return a client of the probes and metrics of an application, over no network."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app.state.ops), base_url="http://ops.test")


def analysed_once(app: FastAPI) -> FastAPI:
    """Let an application have the routes of an earlier one that includes the same routers in the same way.

    FastAPI finds out what each takes at the first request of every application: as long as ten requests.
    """
    for place, route in enumerate(app.router.routes):
        router = getattr(route, "original_router", None)
        if router is not None:
            how: Any = getattr(route, "include_context", None)
            needs = tuple(one.dependency for one in how.dependencies)
            earlier = vars(router).setdefault("_analysed_in_tests", {})
            app.router.routes[place] = earlier.setdefault(
                (how.prefix, needs, how.max_body_size, how.include_in_schema), route
            )
    return app


@asynccontextmanager
async def client_of(app: FastAPI, base_url: str = ORIGIN) -> AsyncIterator[httpx2.AsyncClient]:
    """Run an application and yield a client of it, over no network, at this address."""
    analysed_once(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base_url) as client,
    ):
        yield client
