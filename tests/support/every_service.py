"""Every service with requests of each kind: reads, commands, public forms and pages, of which none depends
on another, so that a fault can strike before any of them.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute

from services.complaints import main as complaints
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.settings import Settings as ComplaintsSettings
from services.planning import main as planning
from services.planning.settings import Settings as PlanningSettings
from services.scoring import main as scoring
from services.scoring.settings import Settings as ScoringSettings
from services.survey import main as survey
from services.survey.settings import Settings as SurveySettings
from shared.db.bootstrap import ServiceDatabase
from shared.http.crosssite import TOKEN_HEADER, shown_token
from shared.http.limits.bursts import Bursts
from shared.http.state import state_of
from shared.instruments.survey import regime
from shared.security import Principal, Scope
from shared.security.sealing import keyed_hash
from tests.integration.complaints.conftest import Believing
from tests.support.appointing import EVERYBODY, appoint
from tests.support.http import client_of
from tests.support.planning import PDF, YEAR
from tests.support.routes import operations_below
from tests.support.scoring import fold_all, programme, registered
from tests.support.tokens import ISSUER, TestIssuer

SERVICES = ("planning", "complaints", "survey", "scoring")
POOL = 2
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
REPORT = {"unit_id": "u-1", "text": "Loket tutup sebelum jam layanan berakhir.", "privacy_notice": "1"}
ROUNDS = 6
"""Invitations that are made beforehand, one for each round."""
_UNITS = "INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '')"


@dataclass(frozen=True)
class Sent:
    """A request as it is sent; `writes` when it changes something."""

    name: str
    writes: bool
    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A running service and what is asked of it in each round."""

    app: FastAPI
    client: httpx2.AsyncClient
    owner: asyncpg.Connection
    requests: Callable[[int], list[Sent]]
    issuer: TestIssuer

    @property
    def routes(self) -> list[APIRoute]:
        """All routes that are operations."""
        return operations_below(self.app)

    async def ask(self, sent: Sent) -> httpx2.Response:
        return await self.client.request(sent.method, sent.path, **sent.options)

    async def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        names = await self.owner.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'"
        )
        return {name: await self.owner.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in names}


@asynccontextmanager
async def running(
    name: str,
    database: ServiceDatabase,
    folder: Path,
    issuer: TestIssuer | None = None,
    /,
    **changed: Any,
) -> AsyncIterator[Service]:
    """Run one service's API over a fresh database, prepared for `ROUNDS` rounds of requests."""
    issuer = issuer or TestIssuer()
    values: dict[str, Any] = {
        "database_url": database.app_url,
        "kafka_bootstrap": "127.0.0.1:1",
        "issuer": ISSUER,
        "secret_key": "a secret key of this test, 32 long",
        "public_url": "https://toy.test",
        "pool_size": POOL,
        "session_check_seconds": 3600,  # thousands of requests of one browser take their time
    } | changed
    app = _build(name, values, folder, issuer)
    owner = await asyncpg.connect(database.owner_url)
    try:
        async with client_of(app) as client:
            prepare = {
                "planning": _planning, "complaints": _complaints, "survey": _survey, "scoring": _scoring,
            }[name]  # fmt: skip
            yield Service(app, client, owner, await prepare(app, client, owner, issuer), issuer)
    finally:
        await owner.close()


def _build(name: str, values: dict[str, Any], folder: Path, issuer: TestIssuer) -> FastAPI:
    """Return the application; for its bursts every request comes a minute after the last."""
    app = _built(name, values, folder, issuer)
    state_of(app).bursts = Bursts(monotonic=count(0, 61).__next__)
    return app


def _built(name: str, values: dict[str, Any], folder: Path, issuer: TestIssuer) -> FastAPI:
    match name:
        case "planning":
            settings = PlanningSettings(**values, data_dir=folder)
            return planning.build(settings, "api", issuer.verifier())
        case "survey":
            return survey.build(SurveySettings(**values), "api", issuer.verifier())
        case "scoring":
            return scoring.build(ScoringSettings(**values), "api", issuer.verifier())
    app = complaints.build(ComplaintsSettings(**values, data_dir=folder), "api", issuer.verifier())
    app.state.engine = DeadlineEngine(load_policies(), Believing())
    return app


Prepared = Awaitable[Callable[[int], list[Sent]]]


async def _planning(
    app: FastAPI, client: httpx2.AsyncClient, _owner: asyncpg.Connection, issuer: TestIssuer
) -> Callable[[int], list[Sent]]:
    admin: dict[str, Any] = {"headers": issuer.headers("admin", level="agency", agencies=["a-1"])}
    operator = issuer.headers("unit_operator", agencies=["a-1"], units=["u-1"])
    made = await client.post("/units", json={"unit_id": "u-1", "name": "Kantor Satu"}, **admin)
    assert made.status_code == 201, made.text
    body = {"unit_id": "u-1", "year": YEAR, "target": "WBK"}
    made = await client.post("/programmes", json=body, **admin)
    assert made.status_code == 201, made.text
    sheet = f"/units/u-1/worksheets/{YEAR}"
    logged_in = await _logged_in(app, "admin", "unit_operator")
    page = await client.get("/unit-kerja/baru", headers=logged_in)
    logged_in |= {TOKEN_HEADER: page.text.partition('name="csrf" value="')[2].partition('"')[0]}

    assessor = await _logged_in(app, "tpi")
    page = await client.get("/unit-kerja/baru", headers=assessor)
    assessor |= {TOKEN_HEADER: page.text.partition('name="csrf" value="')[2].partition('"')[0]}

    head = await _logged_in(app, "agency_head")
    page = await client.get("/unit-kerja/baru", headers=head)
    head |= {TOKEN_HEADER: page.text.partition('name="csrf" value="')[2].partition('"')[0]}

    def requests(number: int) -> list[Sent]:
        unit = {"unit_id": f"u-{uuid4().hex[:8]}", "name": "Kantor Baru"}
        answers = [{"item_code": "A.I.1.i.a", "letter": "Ya" if number % 2 else "Tidak"}]
        file = {"file": ("a.pdf", PDF + str(number).encode() + b"\n%%EOF", "application/pdf")}
        return [
            Sent("list_units", False, "GET", "/units", admin),
            Sent("page_units", False, "GET", "/unit-kerja", {"headers": logged_in}),
            Sent("page_tasks", False, "GET", "/lembar-kerja/tugas", {"headers": assessor}),
            Sent("page_proposals", False, "GET", "/usulan", {"headers": head}),
            Sent("show_worksheet", False, "GET", sheet, {"headers": operator}),
            Sent("create_unit", True, "POST", "/units", admin | {"json": unit}),
            Sent(
                "answer", True, "POST", f"{sheet}/answers",
                {"json": {"layer": "unit", "answers": answers}, "headers": operator | {"If-Match": "*"}},
            ),
            Sent(
                "upload", True, "POST", "/units/u-1/evidence?kind=notulen&layer=unit",
                {"files": file, "headers": operator | {"Idempotency-Key": uuid4().hex}},
            ),
        ]  # fmt: skip

    return requests


async def _complaints(
    app: FastAPI, client: httpx2.AsyncClient, owner: asyncpg.Connection, issuer: TestIssuer
) -> Callable[[int], list[Sent]]:
    await owner.execute(_UNITS)
    await appoint(owner, "a-1", EVERYBODY)
    officer: dict[str, Any] = {
        "headers": issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"])
    }
    named = {"channel": "loket", "name": "Ratna Contoh", "contact": "ratna@contoh.id"}
    made = await client.post("/cases", json=REPORT | named, **officer)
    assert made.status_code == 201, made.text
    receipt = {"receipt": made.json()["receipt"]}
    opened = await client.post("/public/receipt-sessions", json=receipt)
    assert opened.status_code == 201, opened.text
    session: dict[str, Any] = {"headers": {"X-Receipt-Session": opened.json()["token"]}}
    case = f"/cases/{made.json()['id']}"
    others = ("gratification_officer", "inspector", "unit_leader", "privacy_officer", "custodian")
    logged_in = await _logged_in(app, "complaint_officer", "complaint_supervisor", *others)
    page = await client.get(f"/pengaduan/{made.json()['id']}/percakapan", headers=logged_in)
    assert page.status_code == 200, page.text
    logged_in |= {TOKEN_HEADER: page.text.partition('name="csrf" value="')[2].partition('"')[0]}
    administrator = await _logged_in(app, "admin", scope=Scope("national"))
    page = await client.get(f"/kalender/{YEAR}", headers=administrator)
    administrator |= {TOKEN_HEADER: page.text.partition('name="csrf" value="')[2].partition('"')[0]}

    def requests(_number: int) -> list[Sent]:
        form = {
            "place": "unit:u-1", "text": REPORT["text"], "privacy_notice": "1", "key": uuid4().hex,
        }  # fmt: skip
        return [
            Sent("list_cases", False, "GET", "/cases", officer),
            Sent("show_case", False, "GET", case, officer),
            Sent("my_case", False, "GET", "/public/my-case", session),
            Sent("page_report", False, "GET", "/lapor", {"headers": BROWSER}),
            Sent("page_desk", False, "GET", "/pengaduan", {"headers": logged_in}),
            Sent("page_calendar", False, "GET", "/kalender", {"headers": administrator}),
            Sent(
                "submit", True, "POST", "/public/cases",
                {"json": REPORT, "headers": {"Idempotency-Key": uuid4().hex}},
            ),
            Sent("page_submit", True, "POST", "/lapor", {"data": form, "headers": BROWSER}),
            Sent("enter", True, "POST", "/cases", officer | {"json": REPORT | {"channel": "loket"}}),
            Sent("open_receipt", True, "POST", "/public/receipt-sessions", {"json": receipt}),
            Sent("page_open_receipt", True, "POST", "/lacak", {"data": receipt, "headers": BROWSER}),
        ]  # fmt: skip

    return requests


_AGENCY = Scope("agency", agencies=frozenset({"a-1"}))


async def _logged_in(app: FastAPI, *roles: str, scope: Scope = _AGENCY) -> dict[str, str]:
    """Return the headers of a browser in which a person has logged in, one of the agency if nobody says."""
    answer = Response()
    person = Principal(f"test-{roles[0]}", frozenset(roles), scope)
    await state_of(app).sessions.open(answer, person, "Orang Contoh")
    return BROWSER | {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


async def _survey(
    app: FastAPI, client: httpx2.AsyncClient, owner: asyncpg.Connection, issuer: TestIssuer
) -> Callable[[int], list[Sent]]:
    await owner.execute(_UNITS)
    operator = issuer.headers("survey_operator", agencies=["a-1"], units=["u-1"])
    campaign = {"unit_id": "u-1", "regime": "mandiri.2023", "period": "2026"}
    made = await client.post("/campaigns", json=campaign, headers=operator)
    place = made.headers["location"]
    opened = await client.post(f"{place}/open", headers=operator | {"If-Match": made.headers["etag"]})
    assert opened.status_code == 200, opened.text
    invited = await client.post(f"{place}/invitations", json={"count": 4 * ROUNDS}, headers=operator)
    people = {one["token"]: one["participant_id"] for one in invited.json()["items"]}
    tokens = list(people)
    sheet = (await client.post("/respondent/sheet", json={"token": tokens[0]})).json()
    willing = {"decision": "willing", "text_version": sheet["text_version"]}
    for token in tokens[: 2 * ROUNDS]:
        agreed = await client.post("/respondent/consent", json={"token": token} | willing)
        assert agreed.status_code == 200, agreed.text
    questions = regime("mandiri.2023").instrument
    assert questions is not None
    scores = dict.fromkeys(questions.keys, 5)

    logged_in = await _logged_in(app, "survey_operator")

    def cookie(token: str) -> dict[str, str]:
        own_form = shown_token(keyed_hash(state_of(app).secret, "form-token", token).hex()) or ""
        return BROWSER | {"Cookie": f"__Host-zi-survey-invitation={token}", TOKEN_HEADER: own_form}

    def form(token: str, fields: dict[str, str]) -> dict[str, Any]:
        return {"data": fields | {"invitation": people[token]}, "headers": cookie(token)}

    def requests(number: int) -> list[Sent]:
        api, page, new, new_page = tokens[number::ROUNDS]
        response = {"token": api, "response_id": str(uuid4()), "scores": scores}
        answers = {name: str(score) for name, score in scores.items()}
        return [
            Sent("list_campaigns", False, "GET", "/campaigns", {"headers": operator}),
            Sent("sheet", False, "POST", "/respondent/sheet", {"json": {"token": api}}),
            Sent("page_campaigns", False, "GET", "/survei", {"headers": logged_in}),
            Sent("page_sheet", False, "GET", "/s", {"headers": cookie(page)}),
            Sent("invite", True, "POST", f"{place}/invitations", {"json": {"count": 1}, "headers": operator}),
            Sent("consent", True, "POST", "/respondent/consent", {"json": {"token": new} | willing}),
            Sent("respond", True, "POST", "/respondent/responses", {"json": response}),
            Sent("page_consent", True, "POST", "/s/persetujuan", form(new_page, willing)),
            Sent("page_respond", True, "POST", "/s/jawaban", form(page, answers)),
            Sent("withdraw", True, "POST", "/respondent/withdrawal", {"json": {"token": api}}),
        ]

    return requests


async def _scoring(
    app: FastAPI, _client: httpx2.AsyncClient, _owner: asyncpg.Connection, issuer: TestIssuer
) -> Callable[[int], list[Sent]]:
    await fold_all(state_of(app).db, [registered("u-1", agency_id="a-1"), programme("u-1")])
    reader: dict[str, Any] = {"headers": issuer.headers("verifier", level="national")}
    logged_in = await _logged_in(app, "agency_head")

    def requests(_number: int) -> list[Sent]:
        return [
            Sent("list_units", False, "GET", f"/units?year={YEAR}", reader),
            Sent("show_score", False, "GET", f"/units/u-1/score?year={YEAR}", reader),
            Sent("page_board", False, "GET", "/nilai", {"headers": logged_in}),
        ]

    return requests
