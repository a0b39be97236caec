"""Every operation of every service, with a request that is well formed, and the places it can be odd in."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from itertools import count, pairwise
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx2
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse

from services.survey.consent_text import consent_versions
from shared.http.api.openapi import describe
from shared.http.crosssite import TOKEN_HEADER, shown_token
from shared.http.state import state_of
from shared.security import Operation
from shared.security.sealing import keyed_hash
from tests.support import nominating
from tests.support.appointing import TEAM
from tests.support.every_service import BROWSER, Service
from tests.support.planning import PDF, YEAR
from tests.support.portal import in_days
from tests.support.sample_requests import (
    BODIES,
    DRAFTED,
    FILES,
    FORMS,
    NAMES,
    NOMINEE,
    OF_OPERATION,
    OF_SEVERAL,
    PULLS,
    public_key,
)
from tests.support.stages import whole_sheet

RECEIPT_COOKIE = "__Host-zi-complaints-receipt"


@dataclass(frozen=True)
class Place:
    """Where a request can be odd: a parameter, or a field of the body by its path within it."""

    where: str
    path: tuple[str | int, ...]
    schema: dict[str, Any]

    @property
    def name(self) -> str:
        return ".".join(map(str, self.path))


@dataclass(frozen=True)
class Call:
    """A well-formed request of one operation. `documented` is None for a page; a stream is asked by HEAD."""

    operation: str
    method: str
    template: str
    values: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    form: dict[str, str] | None
    documented: frozenset[int] | None
    places: tuple[Place, ...]
    is_stream: bool = False
    has_file: bool = False
    is_foreign: bool = False
    """Whether it refuses as another system's guide says."""

    @property
    def is_page(self) -> bool:
        return self.documented is None

    @property
    def address(self) -> str:
        """The path with its values, as they stand in it."""
        return self.template.format_map(self.values)

    @property
    def files(self) -> dict[str, tuple[str, bytes, str]]:
        """The file that is sent, by the name of its field."""
        name = "files" if self.operation in OF_SEVERAL else "file"
        return {name: FILES.get(self.operation, ("a.pdf", PDF, "application/pdf"))} if self.has_file else {}


@dataclass
class Caller:
    """Sends calls with something changed, each from an address of its own, so that no limit is met."""

    service: Service
    client: httpx2.AsyncClient
    transport: httpx2.AsyncBaseTransport
    calls: list[Call] = field(default_factory=list)

    async def send(  # past the client, which would keep cookies of all calls and weigh more than the service
        self,
        call: Call,
        *,
        values: Mapping[str, str] | None = None,
        query: str | None = None,
        body: Any = ...,
        content: bytes | None = None,
        headers: Mapping[str, bytes | str] | None = None,
        method: str | None = None,
    ) -> httpx2.Response:
        """Send a call; `values` and `query` are written into the address as they are."""
        path = call.template
        for name, value in (call.values | dict(values or {})).items():
            path = path.replace(f"{{{name}}}", value)
        sent: dict[str, bytes | str] = {name.lower(): value for name, value in call.headers.items()}
        options: dict[str, Any] = {}
        if content is not None:
            options["content"] = content
        elif call.has_file:
            is_named = "content-type" in map(
                str.lower, headers or {}
            )  # then nobody reads it as a form of ours
            files = call.files
            options |= (
                {"content": next(iter(files.values()))[1]}
                if is_named
                else {"files": files, "data": call.form}
            )
        elif call.form is not None:
            options["data"] = call.form
        elif call.body is not None or body is not ...:
            options["content"] = json.dumps(call.body if body is ... else body).encode()
            sent["content-type"] = "application/json"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        raw = [
            (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in sent.items()
        ]
        asked = urlencode(call.query) if query is None else query
        url = httpx2.URL(f"https://toy.test{path}" + (f"?{asked}" if asked else ""))
        asked_by = method or ("HEAD" if call.is_stream else call.method)
        request = httpx2.Request(asked_by, url, headers=[*self._common(sent), *raw], **options)
        answer = await self.transport.handle_async_request(request)
        answer.request = request
        await answer.aread()
        return answer

    def _common(self, sent: Mapping[str, bytes | str]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the headers that a client sends with everything, but those that are sent otherwise."""
        return ((name, value) for name, value in self.client.headers.raw if name.decode().lower() not in sent)


class _ManyPeers(httpx2.ASGITransport):
    """Each request comes from another network."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._peers = count(1)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        number = next(self._peers)
        self.client = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1)
        return await super().handle_async_request(request)


@asynccontextmanager
async def calling(name: str, service: Service) -> AsyncIterator[Caller]:
    """Yield a caller of every operation of a running service."""
    transport = _ManyPeers(service.app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://toy.test") as client:
        caller = Caller(service, client, transport)
        known = NAMES | await _existing(name, service)
        caller.calls += [*_api(service, known), *_pages(name, service, known)]
        yield caller


async def _imported(service: Service) -> str:
    """Bring a file of another system, and return its id."""
    answer = await service.client.post(
        "/imports",
        params={"agency_id": "a-1"},
        files={"file": FILES["upload_import"]},
        headers=service.issuer.headers("complaint_supervisor", level="agency", agencies=["a-1"]),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _existing(name: str, service: Service) -> dict[str, Any]:
    """Return the ids of what the prepared service holds, so that requests go as deep as they can."""
    sent = {one.name: one for one in service.requests(0)}
    match name:
        case "planning":
            admin = service.issuer.headers("unit_operator", agencies=["a-1"], units=["u-1"])
            activity = NAMES | {"unit_id": "u-1"}
            body = {key: activity[key] for key in ("unit_id", "year", "indicator_code", "title")}
            planned = await service.client.post("/activities", json=body, headers=admin)
            kept = await service.ask(sent["upload"])
            under_review = await _under_review(service)
            unit = {"unit_id": NOMINEE, "agency_id": "a-1", "name": "Kantor Usulan"}
            await _ask(service, "admin", "POST", "/units", unit)
            programme = {"unit_id": NOMINEE, "year": YEAR, "target": "WBK"}
            await _ask(service, "admin", "POST", "/programmes", programme)
            nominated = await nominating.frozen(
                service.client, service.issuer, "a-1", NOMINEE, YEAR, lead=partial(_to_proposal, service)
            )
            revoked, *pulling = [
                await _ask(
                    service, "admin", "POST", "/agencies/a-1/portal-tokens",
                    {"client": client, "expires_on": in_days(30)},
                )
                for client in ("revoked", *PULLS)
            ]  # fmt: skip
            return nominated | under_review | await _substituted(service) | {
                "token_id": revoked["token_id"],
                **{name: made["token"] for name, made in zip(PULLS, pulling, strict=True)},
                "layer": "tpi", "agency_id": "a-1",  # the layer of the role that calls what any writer may
                "activity_id": planned.json()["activity_id"], "evidence_id": kept.json()["evidence_id"],
                "mode": None, "form": "text",  # other ones than scoring's and complaints'
                "units": [{"unit_id": "u-1", "category": "WBK"}], "facts": [{"code": "spip", "value": "3"}],
            }  # fmt: skip
        case "complaints":
            case = (await service.ask(sent["list_cases"])).json()["items"][0]
            change = {"removes": [f"{DRAFTED}-08-18"], "decree": "SKB 7/2025"}
            await _ask(service, "admin", "POST", f"/calendar/{DRAFTED}/changes", change)
            brought = await service.client.post(
                f"/cases/{case['id']}/attachments",
                files={"files": ("a.pdf", PDF, "application/pdf")},
                headers=service.issuer.headers("complaint_officer", agencies=["a-1"], units=["u-1"]),
            )
            gift, conflict, entry = [
                await _ask(service, role, "POST", path, {name: NAMES[name] for name in names.split()} | body)
                for role, path, names, body in (
                    (
                        "admin", "/gratifications",
                        "unit_id direction received_on place object_kind estimate occasion giver_relation",
                        {},
                    ),
                    (
                        "admin", "/coi-declarations", "unit_id activity position conflict_type",
                        {"decision": "Penetapan pemenang."},
                    ),
                    (
                        "unit_operator", "/coi-map", "unit_id activity conflict_type control",
                        {"position": "Bendahara"},
                    ),
                )
            ]  # fmt: skip
            request, breach, report = [
                await _ask(service, role, "POST", path, {name: NAMES[name] for name in names.split()} | body)
                for role, path, names, body in (
                    ("privacy_officer", "/data-requests", "unit_id wish text name contact", {}),
                    ("privacy_officer", "/data-breaches", "unit_id detected_at summary", {}),
                    (
                        "complaint_supervisor", "/ombudsman-reports",
                        "unit_id issued_on received_on actions", {"number": "LHP-1/2026"},
                    ),
                )
            ]  # fmt: skip
            keeper = await _ask(
                service, "privacy_officer", "POST", "/custodians",
                {"agency_id": "a-1", "name": "Sari", "public_key": public_key(), "valid_from": "2026-01-02"},
            )  # fmt: skip
            channel = await _ask(
                service, "complaint_supervisor", "POST", "/channels",
                {"unit_id": "u-1", "kind": "telepon", "label": "Telepon", "address": "+62 21 5550100"},
            )  # fmt: skip
            return {
                "channel_id": channel["id"],
                "custodian_id": keeper["id"], "valid_from": "2026-01-02", "valid_to": "2026-12-31",
                "migration_id": str(uuid4()),  # there is none: no version has another one to go to
                "request_id": request["id"], "breach_id": breach["id"], "report_id": report["id"],
                "duty_id": request["id"], "import_id": await _imported(service),
                "gift_id": gift["id"], "conflict_id": conflict["id"], "entry_id": entry["id"],
                "attachment_id": brought.json()["attachments"][0]["id"],
                "case_id": case["id"], "tracking_id": case["tracking_id"], "kind": "pengaduan",
                "team": ["auditor-1"], "to": "DITOLAK", "reason_code": "tidak_memadai",
                "parent_id": None, "agency": None, "letter": None, "version": "D1.1",
                "tahun": YEAR,
                "tindakan": "verifikasi", "giliran": "saya", "umur": "1", "jenjang": "due",
                "selesai": "verifikasi", "tertutup": "verifikasi",
                "handling_unit_id": str(TEAM), "unit_ids": ["u-1"], "streams": ["masyarakat"],
                "members": [{"subject": "sari", "role": "ketua"}], "decree_number": "SK-1/2026",
                "format": None, "is_for_agency": None,
            }  # fmt: skip
        case "survey":
            campaign = (await service.ask(sent["list_campaigns"])).json()["items"][0]["campaign_id"]
            made = (await service.ask(sent["invite"])).json()["items"][0]
            token = sent["sheet"].options["json"]["token"]
            opened = sent["page_respond"].options["data"]["invitation"]
            return {
                "campaign_id": campaign, "participant_id": made["participant_id"], "token": token,
                "invitation": opened, "text_version": consent_versions()[-1],
            }  # fmt: skip
    return {}


async def _ask(service: Service, role: str, method: str, path: str, body: Any) -> Any:
    headers = service.issuer.headers(role, level="national", agencies=["a-1"], units=["u-1", NOMINEE])
    answer = await service.client.request(method, path, json=body, headers=headers | {"If-Match": "*"})
    assert answer.is_success, answer.text
    return answer.json()


async def _submit(service: Service, unit: str) -> str:
    """Hand a whole worksheet in; return where its stage stands."""
    stage = f"/units/{unit}/stages/{YEAR}"
    sheet = {"layer": "unit", "answers": whole_sheet()}
    await _ask(service, "unit_operator", "POST", f"/units/{unit}/worksheets/{YEAR}/answers", sheet)
    await _ask(service, "unit_leader", "POST", f"{stage}/acts/submit", {})
    return stage


async def _under_review(service: Service) -> dict[str, Any]:
    """Hand a worksheet in, let an assessor end the first round and find something; return both ids."""
    ask, stage = partial(_ask, service), await _submit(service, "u-1")
    team = {"team_id": NAMES["team_id"], "layer": "tpi", "agency_id": "a-1", "name": "Tim"}
    await ask("admin", "POST", "/assessor-teams", team)
    person = {"team_id": NAMES["team_id"], "subject": "test-tpi", "organisation": "Inspektorat"}
    assessor = await ask("admin", "POST", "/assessors", person | {"role": "pengendali_teknis"})
    await ask("admin", "PUT", f"{stage}/team", {"team_id": NAMES["team_id"]})
    await ask("tpi", "POST", f"{stage}/acts/finish_round", {})
    finding = await ask("tpi", "POST", f"{stage}/findings", {"item_code": "A.I.1.i.a", "text": "Mana?"})
    return {"finding_id": finding["finding_id"], "assessor_id": assessor["assessor_id"]}


async def _substituted(service: Service) -> dict[str, Any]:
    """Enter two people of a unit, and let one act for the other; return what names them."""
    ask = partial(_ask, service, "admin", "POST")
    body = {"unit_id": "u-1", "name": "Sari", "category": "contract", "active_from": "2026-01-02"}
    one, two = [
        (await ask("/people", body | {"employee_number": number}))["person_id"] for number in ("1", "2")
    ]
    days = {"kind": "plh", "decree_number": "PRIN-7", "first": "2026-03-02", "last": "2026-03-06"}
    headers = service.issuer.headers("admin", level="national") | {"If-Match": '"1"'}
    made = await service.client.post(
        f"/people/{one}/substitutes", json=days | {"substitute_id": two}, headers=headers
    )
    assert made.is_success, made.text
    substitution = made.json()["substitutes"][0]["substitution_id"]
    return {"person_id": one, "substitute_id": two, "substitution_id": substitution}


async def _to_proposal(service: Service) -> None:
    """Lead the nominee through its assessment by the agency, with the window of proposals open."""
    ask, stage = partial(_ask, service), await _submit(service, NOMINEE)
    await ask("admin", "PUT", f"{stage}/team", {"team_id": NAMES["team_id"]})
    sheet = {"layer": "tpi", "answers": whole_sheet()}
    await ask("tpi", "POST", f"/units/{NOMINEE}/worksheets/{YEAR}/answers", sheet)
    for _ in range(2):
        await ask("tpi", "POST", f"{stage}/acts/finish_round", {})
    window = {"closes_on": f"{YEAR + 1}-12-31", "reason": "uji"}
    await ask("admin", "PUT", f"/windows/{YEAR}/pengusulan?agency_id=a-1", window)


def _role(service: Service, row: Operation, known: Mapping[str, Any]) -> dict[str, str]:
    if row.scope == "public":
        return {}
    if "portal" in row.roles:
        return {"Authorization": f"Bearer {known[row.id]}"}
    role = min(row.roles)
    return service.issuer.headers(role, level="national", agencies=["a-1"], units=["u-1"])


def _api(service: Service, known_everywhere: Mapping[str, Any]) -> Iterator[Call]:
    state = state_of(service.app)
    matrix, document = state.matrix, describe(service.app, state.service, state.matrix)
    session: Mapping[str, str] = next(
        (one.options["headers"] for one in service.requests(0) if one.name == "my_case"), {}
    )
    for path, item in document["paths"].items():
        for method, operation in item.items():
            known = dict(known_everywhere) | OF_OPERATION.get(operation["operationId"], {})
            parameters = operation.get("parameters", [])
            body, places, has_file = None, [], False
            if (content := operation.get("requestBody", {}).get("content")) is not None:
                kind, told = next(iter(content.items()))
                has_file = kind != "application/json"
                if not has_file:
                    body = _sample(document, told["schema"], known, "")
                    places = list(_fields(document, told["schema"], known, ()))
            headers = _role(service, matrix[operation["operationId"]], known)
            names = {part["name"] for part in parameters}
            if "If-Match" in names:
                headers |= {"If-Match": '"1"'}
            if "X-Receipt-Session" in names and method != "delete":  # which would end it for all others
                headers |= session
            yield Call(
                operation=operation["operationId"],
                method=method.upper(),
                template=path,
                values={p["name"]: quote(str(known[p["name"]])) for p in parameters if p["in"] == "path"},
                query={
                    p["name"]: str(known[p["name"]])
                    for p in parameters
                    if p["in"] == "query" and known.get(p["name"]) is not None
                },
                headers=headers,
                body=body,
                form=None,
                documented=frozenset(int(status) for status in operation["responses"] if status.isdecimal()),
                places=(
                    *(Place(p["in"], (p["name"],), p["schema"]) for p in parameters if p["in"] != "header"),
                    *places,
                ),
                has_file=has_file,
                is_foreign=state.foreign_at(path) is not None,
            )


def page_routes(service: Service) -> list[APIRoute]:
    """Return the routes of a service's pages."""
    return [route for route in service.routes if str(route.operation_id).startswith("page_")]


def _pages(name: str, service: Service, known: Mapping[str, Any]) -> Iterator[Call]:
    anybody, staff = _browser(name, service), _staff(service, _OF_STAFF[name])
    assessor = _staff(service, "page_tasks") if name == "planning" else staff
    head = _staff(service, "page_proposals") if name == "planning" else staff
    administrator = _staff(service, "page_calendar") if name == "complaints" else staff
    matrix = state_of(service.app).matrix
    for route in page_routes(service):
        (method,) = route.methods or {"GET"}
        operation = str(route.operation_id)
        own = dict(known) | OF_OPERATION.get(operation, {})
        paths = re.findall(r"{(\w+)}", route.path)
        queries = {p.alias for p in route.dependant.query_params} | _paging(route)
        kind = route.response_class if isinstance(route.response_class, type) else object
        yield Call(
            operation=operation,
            method=method,
            template=route.path,
            values={name: quote(str(own[name])) for name in paths},
            query={alias: str(own[alias]) for alias in queries if own.get(alias) is not None},
            headers=(
                anybody
                if matrix[operation].scope == "public"
                else assessor
                if operation in _OF_ASSESSORS or {*matrix[operation].roles} <= {"tpi", "tpn"}
                else head
                if "agency_head" in matrix[operation].roles and not _STAFF & {*matrix[operation].roles}
                else administrator
                if "admin" in matrix[operation].roles and "complaint_officer" not in matrix[operation].roles
                else staff
            )
            | _matched(operation),
            body=BODIES.get(operation),
            form=None if method == "GET" or operation in BODIES else _form(FORMS[name, operation], known),
            documented=None,
            places=(
                *(Place("path", (name,), {}) for name in paths),
                *(Place("query", (alias,), {}) for alias in sorted(queries)),
            ),
            is_stream=issubclass(kind, EventSourceResponse),
            has_file=operation in FILES,
        )


def _matched(operation: str) -> dict[str, str]:
    """Return the version that a page's script names with what it sends."""
    return {"If-Match": "*"} if operation in BODIES else {}


def _form(fields: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
    opened = {
        "case": known.get("case_id"),
        "invitation": known.get("invitation"),
        "evidence": known.get("evidence_id"),
        "finding_id": known.get("finding_id"),
        "sptjm": known.get("sptjm_id"),
        **dict.fromkeys(("document", "letter", "proof-spip", "proof-tlhp"), known.get("document_id")),
    }
    return dict(fields) | {name: str(opened[name]) for name in opened if name in fields}


def _paging(route: APIRoute) -> set[str]:
    """Return the query parameters of what a route depends on."""
    return {p.alias for inner in route.dependant.dependencies for p in inner.query_params}


def _browser(name: str, service: Service) -> dict[str, str]:
    """Return the headers of a browser that holds the cookie of a person, and of its own form."""
    sent = {one.name: one for one in service.requests(0)}
    match name:
        case "complaints":
            token = sent["my_case"].options["headers"]["X-Receipt-Session"]
            own = shown_token(keyed_hash(state_of(service.app).secret, "form-token", token).hex()) or ""
            return BROWSER | {"Cookie": f"{RECEIPT_COOKIE}={token}", TOKEN_HEADER: own}
        case "survey":
            return dict(sent["page_sheet"].options["headers"])
    return BROWSER


_STAFF = {"admin", "unit_operator"}
_OF_STAFF = {
    "scoring": "page_board", "planning": "page_units", "complaints": "page_desk", "survey": "page_campaigns",
}  # fmt: skip


_OF_ASSESSORS = frozenset({"page_ask_act", "page_act"})
"""What anybody in a process may be asked to do, tried as those whose turn it is."""


def _staff(service: Service, operation: str) -> dict[str, str]:
    """Return the headers of a browser in which somebody of the staff has logged in."""
    return next(dict(one.options["headers"]) for one in service.requests(0) if one.name == operation)


def _resolved(document: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says of values that are there: references followed, null left out."""
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            there = [one for one in schema["anyOf"] if one.get("type") != "null"]
            schema = there[0] if len(there) == 1 else {}
    return schema


def _sample(document: Mapping[str, Any], schema: dict[str, Any], known: Mapping[str, Any], name: str) -> Any:
    """Return a well-formed value: by its name where that is known, else the least its schema asks for."""
    if name in known:
        return known[name]
    found = _resolved(document, schema)
    if "enum" in found:
        return found["enum"][0]
    match found.get("type"):
        case "object":
            fields = found.get("properties", {})
            return {
                key: value
                for key, inner in fields.items()
                if key in found.get("required", ()) or key in WANTED
                if (value := _sample(document, inner, known, key)) is not None
            }
        case "string":
            return _sample_text(found)
    return {"array": [], "integer": found.get("minimum", 1), "boolean": True}.get(found.get("type", ""))


WANTED = frozenset({"unit_id", "people", "reason_code", "decree_number", "decreed_on", "unit_ids"})
"""Fields that a good request has although they may be left out."""


def _sample_text(found: Mapping[str, Any]) -> str:
    by_format = {"uuid": str(uuid4()), "date": "2026-01-02", "date-time": "2026-01-02T00:00:00Z"}
    return by_format.get(found.get("format", ""), "Contoh isian yang cukup panjang.")


def _fields(
    document: Mapping[str, Any], schema: dict[str, Any], known: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Place]:
    """Yield every place within a body, the items of lists among them."""
    found = _resolved(document, schema)
    if path:
        yield Place("body", path, found)
    for name, inner in found.get("properties", {}).items():
        yield from _fields(document, inner, known, (*path, name))
    if found.get("type") == "array":
        yield from _fields(document, found["items"], known, (*path, 0))


def changed(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a body with this value at a place; what leads there is made where it is not there yet."""
    copy = deepcopy(body)
    inner = copy
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(inner, list):
            if not inner:
                inner.append(empty)
        elif not isinstance(inner.get(step), list if isinstance(following, int) else dict):
            inner[step] = empty
        inner = inner[step]
    if isinstance(inner, list) and not inner:
        inner.append(value)
    else:
        inner[path[-1]] = value
    return copy
