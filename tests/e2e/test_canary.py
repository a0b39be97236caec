"""What people type stays where it must be: searched for in every other place, in every spelling.

Made-up people go through each form and each officer's act, also into requests that are refused, and one into
a poisoned record. Then topics, logs, metrics and all tables of all databases are searched.
"""

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.ports import ops
from shared.contracts.planning import WorksheetAnswered
from shared.contracts.topics import all_topic_configs
from shared.db.roles import SERVICES
from tests.support.canary import found_in, person
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.system import LocalSystem

HOLDERS = {
    "planning": {"public.activity", "public.answer", "public.evidence"},
    "complaints": {
        *("public.case_file", "public.case_event", "public.answer", "public.message"),
    },
    "survey": {"identity.participant"},
    "scoring": {"public.dead_letter"},
}
"""The only tables that may hold what people typed; of the dead letters only the poisoned record."""

TOPICS = sorted(name for name, _, _ in all_topic_configs())
POISONED = WorksheetAnswered.topic
SOURCE = "127.0.0.77"
"""Address of the callers: limits per source are not shared with other tests."""
YEAR = 2026
UNIT = "kenari"
TypedIn = dict[str, dict[str, list[str]]]
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"

REPORTER = person("reporter")
FORM = person("public form")
REFUSED = person("refused requests")
OFFICER = person("officer's words")
TALKER, FILE = person("messages"), person("file")
GIVER = person("giver of a gift")
INVITED = person("invited")
WRITER = person("worksheet")
POISON = person("poison")
TYPED = tuple(
    v
    for who in (REPORTER, FORM, REFUSED, OFFICER, TALKER, FILE, GIVER, INVITED, WRITER)
    for v in who.values()
)
SEALED = (GIVER.name, *(v for who in (REPORTER, FORM) for v in (who.name, who.phone, who.mail)))
"""What is stored under keys that the database does not hold: opened through the door, and found nowhere."""


class Api:
    """One service over HTTP, called by a role in the canary's unit."""

    def __init__(self, system: LocalSystem, service: str) -> None:
        self._system = system
        self._address = system.addresses[service]
        self.secrets: list[str] = []

    def token(self, role: str) -> str:
        token = self._system.token(role, None if role == "admin" else UNIT)
        self.secrets.append(token)
        return token

    def call(self, method: str, path: str, role: str | None = None, **options: Any) -> httpx2.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4()), **options.pop("headers", {})}
        if role is not None:
            headers["Authorization"] = f"Bearer {self.token(role)}"
        from_here = httpx2.HTTPTransport(local_address=SOURCE)
        with httpx2.Client(transport=from_here, base_url=self._address, timeout=30) as client:
            return client.request(method, path, headers=headers, **options)

    def do(self, method: str, path: str, role: str | None = None, **options: Any) -> Any:
        """Call and return the JSON of a good answer."""
        answer = self.call(method, path, role, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


def plan_and_answer(planning: Api) -> None:
    """Register the unit, plan with a telling title, upload a file with a telling name, answer with a note."""
    planning.do("POST", "/units", "admin", json={"unit_id": UNIT, "name": "Kantor Kenari"})
    planning.do("POST", "/programmes", "admin", json={"unit_id": UNIT, "year": YEAR, "target": "WBK"})
    planning.do(
        "POST",
        "/activities",
        "unit_operator",
        json={"unit_id": UNIT, "year": YEAR, "indicator_code": "A.I.1.i", "title": WRITER.text},
    )
    evidence = planning.do(
        "POST",
        f"/units/{UNIT}/evidence",
        "unit_operator",
        params={"kind": "notulen"},
        files={"file": (f"{WRITER.name} {WRITER.nik}.pdf", PDF, "application/pdf")},
    )
    note = f"{WRITER.text} {WRITER.mail} {WRITER.phone}"
    answer = {
        "item_code": "A.I.1.i.a",
        "letter": "Ya",
        "note": note,
        "evidence_ids": [evidence["evidence_id"]],
    }
    planning.do(
        "POST",
        f"/units/{UNIT}/worksheets/{YEAR}/answers",
        "unit_operator",
        json={"layer": "unit", "answers": [answer]},
        headers={"If-Match": '"0"'},
    )


def complain(complaints: Api) -> None:
    """Take a report from the receipt to its acceptance, and one more through the public page."""
    made = complaints.do(
        "POST",
        "/public/cases",
        json={
            "unit_id": UNIT,
            "text": f"{REPORTER.text}, NIK {REPORTER.nik}",
            "name": REPORTER.name,
            "contact": f"{REPORTER.phone} {REPORTER.mail}",
            "privacy_notice": "1",
        },
    )
    complaints.secrets += [made["receipt"], made["receipt"].replace("-", "")]
    case = f"/cases/{made['id']}"
    words = f"{OFFICER.text} {OFFICER.name} {OFFICER.phone} {OFFICER.nik} {OFFICER.mail}"
    version = made["version"]
    complaints.do("GET", "/cases", "case_handler")  # whoever has called once may be named a handler
    team = {
        "name": "Tim Penanganan", "decree_number": "SK-1/2025", "decreed_on": "2025-01-02",
        "valid_from": "2025-01-02", "streams": ["masyarakat"], "unit_ids": [UNIT],
        "members": [{"subject": f"dev-case_handler-{UNIT}"}],
    }  # fmt: skip
    complaints.do("POST", "/handling-units", "complaint_supervisor", json=team)
    for act, role, body in (
        ("verify", "complaint_officer", {"stream": "masyarakat", "case_class": "ringan", "unit_id": UNIT}),
        ("dispose", "complaint_supervisor", {"handler": f"dev-case_handler-{UNIT}"}),
        ("follow-up", "case_handler", {"text": words, "no_evidence_reason": words[:400]}),
        (
            "respond",
            "case_handler",
            {"text": words, "no_evidence_reason": words[:400], "outcome": "terbukti"},
        ),
        ("approve", "case_approver", {"note": words}),
    ):
        state = complaints.do("POST", f"{case}/{act}", role, json=body, headers={"If-Match": f'"{version}"'})
        version = state["version"]
    asked = {"reason": "Memastikan bukti."}
    told = complaints.do("POST", f"{case}/identity-requests", "complaint_officer", json=asked)
    assert told == {"name": REPORTER.name, "contact": f"{REPORTER.phone} {REPORTER.mail}"}
    report_a_gift(complaints)
    session = complaints.do("POST", "/public/receipt-sessions", json={"receipt": made["receipt"]})
    complaints.secrets.append(session["token"])
    talk(complaints, case, {"X-Receipt-Session": session["token"]})
    complaints.do("POST", "/public/my-case/accept", headers={"X-Receipt-Session": session["token"]})
    sent = complaints.call(
        "POST",
        "/lapor",
        data={
            "place": f"unit:{UNIT}",
            "text": f"{FORM.text} {FORM.nik}",
            "name": FORM.name,
            "contact": f"{FORM.phone} {FORM.mail}",
            "privacy_notice": "1",
            "key": uuid.uuid4().hex,
        },
    )
    assert sent.status_code == 200, sent.text


def report_a_gift(complaints: Api) -> None:
    """Report a gift of somebody, and open who gave."""
    gift = {
        "unit_id": UNIT, "direction": "tolak", "received_on": "2026-01-02", "place": "Kantor",
        "object_kind": "barang", "estimate": 100_000, "occasion": "lainnya",
        "giver_relation": "mitra_kerja", "giver": GIVER.name,
    }  # fmt: skip
    made = complaints.do("POST", "/gratifications", "unit_operator", json=gift)
    path, asked = f"/gratifications/{made['id']}/giver", {"reason": "Formulir KPK."}
    assert complaints.do("POST", path, "gratification_officer", json=asked) == {"giver": GIVER.name}


def talk(complaints: Api, case: str, session: dict[str, str]) -> None:
    """Write both ways, and bring files with telling names and content, one of them refused."""
    mine = f"{TALKER.text} {TALKER.name} {TALKER.nik} {TALKER.phone} {TALKER.mail}"
    telling = PDF + f"% {FILE.text} {FILE.name} {FILE.nik} {FILE.phone} {FILE.mail}\n%%EOF\n".encode()
    brought = ("files", (f"{FILE.name} {FILE.nik}.pdf", telling, "application/pdf"))
    complaints.do("POST", "/public/my-case/messages", json={"text": mine}, headers=session)
    complaints.do(
        "POST", "/public/my-case/attachments", data={"text": mine}, files=[brought], headers=session
    )
    harmful = ("files", (f"{FILE.text}.pdf", telling[1:], "application/pdf"))
    refused = complaints.call("POST", "/public/my-case/attachments", files=[harmful], headers=session)
    assert refused.status_code == 415, refused.text
    for is_internal in (False, True):
        body = {"text": mine, "is_internal": is_internal}
        complaints.do("POST", f"{case}/messages", "complaint_officer", json=body)
    file = complaints.do("POST", f"{case}/attachments", "complaint_officer", files=[brought])
    place = f"{case}/attachments/{file['attachments'][0]['id']}"
    served = complaints.call("GET", place, "complaint_officer")
    assert FILE.nik.encode() in served.content


def ask_and_answer(survey: Api) -> None:
    """Invite somebody by name, take consent and answers, and take the consent back."""
    campaign = survey.do(
        "POST",
        "/campaigns",
        "survey_operator",
        json={"unit_id": UNIT, "regime": "mandiri.2023", "period": str(YEAR)},
    )
    path = f"/campaigns/{campaign['campaign_id']}"
    survey.do("POST", f"{path}/open", "survey_operator", headers={"If-Match": f'"{campaign["version"]}"'})
    people = [
        {"name": INVITED.name, "contact": f"{INVITED.phone} {INVITED.mail}"},
        {"name": INVITED.nik, "contact": INVITED.text},
    ]
    tokens = [
        made["token"]
        for made in survey.do("POST", f"{path}/invitations", "survey_operator", json={"people": people})[
            "items"
        ]
    ]
    survey.secrets += tokens
    for token in tokens:
        sheet = survey.do("POST", "/respondent/sheet", json={"token": token})
        survey.do(
            "POST",
            "/respondent/consent",
            json={"token": token, "decision": "willing", "text_version": sheet["text_version"]},
        )
        scores = {question["key"]: sheet["high"] for question in sheet["questions"]}
        survey.do(
            "POST",
            "/respondent/responses",
            json={"token": token, "response_id": str(uuid.uuid4()), "scores": scores},
        )
    withdrawn = survey.call("POST", "/respondent/withdrawal", json={"token": tokens[1]})
    assert withdrawn.status_code == 204


def be_refused(api: Api) -> None:
    """Put a person into everything that is refused or not understood."""
    nothing = {who: getattr(REFUSED, who) for who in ("name", "nik", "phone", "mail", "text")}
    loud = {"User-Agent": REFUSED.mail, "Referer": f"http://x.test/?q={REFUSED.phone}"}
    bearer = {"Authorization": f"Bearer {REFUSED.nik}"}
    for method, path, options in (
        ("GET", f"/{REFUSED.mail}", {}),
        ("GET", "/", {"params": nothing}),
        ("GET", "/public/cases/" + REFUSED.nik, {"headers": loud}),
        ("GET", "/cases", {"params": nothing, "headers": bearer}),
        ("POST", "/public/cases", {"json": nothing}),
        ("POST", "/public/receipt-sessions", {"json": {"receipt": REFUSED.name}}),
        ("POST", "/respondent/sheet", {"json": {"token": REFUSED.text}}),
        ("POST", "/lapor", {"data": nothing}),
        ("POST", "/units", {"json": nothing, "headers": bearer}),
        ("POST", "/public/cases", {"content": json.dumps(nothing)[:-3].encode()}),
    ):
        answer = api.call(method, path, **options)
        assert answer.status_code != 500, f"{method} {path}"


@pytest.fixture(scope="module")
async def secrets(system: LocalSystem) -> tuple[str, ...]:
    """Type everything everywhere; gives the tokens and receipts that were handed out."""
    planning, complaints, survey, scoring = (Api(system, name) for name in SERVICES)
    plan_and_answer(planning)
    await until(lambda: unit_is_known(system, "complaints"), what="complaints knows the unit")
    await until(lambda: unit_is_known(system, "survey"), what="survey knows the unit")
    complain(complaints)
    ask_and_answer(survey)
    for api in (planning, complaints, survey, scoring):
        be_refused(api)
    await poison(system)
    return tuple(secret for api in (planning, complaints, survey) for secret in api.secrets)


@pytest.fixture(scope="module")
async def typed_in(system: LocalSystem, secrets: tuple[str, ...]) -> TypedIn:
    """Give for each service the tables that hold what people typed, with what."""
    assert secrets, "nothing was typed"
    return {service: await tables_with(system, service, (*TYPED, *POISON.values())) for service in SERVICES}


async def unit_is_known(system: LocalSystem, service: str) -> bool:
    return bool(await rows(system, service, f"SELECT 1 FROM unit WHERE unit_id = '{UNIT}'"))


async def poison(system: LocalSystem) -> None:
    """Send a record that cannot be taken, with a person in every part, and wait for its notice."""
    async with AIOKafkaProducer(bootstrap_servers=system.addresses["kafka"]) as producer:
        await producer.send_and_wait(
            POISONED,
            key=POISON.name.encode(),
            value=json.dumps({name: getattr(POISON, name) for name in ("nik", "text", "mail")}).encode(),
            headers=[("ce_type", POISON.mail.encode()), ("ce_subject", POISON.phone.encode())],
        )
    quiet = "SELECT 1 FROM dead_letter WHERE NOT EXISTS (SELECT 1 FROM outbox_waiting)"
    await until(lambda: rows(system, "scoring", quiet), what="the poisoned record is set aside")


async def rows(system: LocalSystem, service: str, sql: str) -> list[asyncpg.Record]:
    """Return what the superuser sees in a service's database."""
    address = urlsplit(system.addresses["postgres"])._replace(path=f"/zi_{service}").geturl()
    connection = await asyncpg.connect(address)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def tables_with(
    system: LocalSystem, service: str, values: tuple[str, ...], *, hashed: bool = True
) -> dict[str, list[str]]:
    """Return which tables of a database hold which of the values, in any column and spelling."""
    listed = await rows(
        system,
        service,
        "SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('public', 'identity')",
    )
    found = {}
    for (name,) in listed:
        content = await rows(system, service, f"SELECT t::text FROM {name} t")
        if held := found_in("\n".join(row[0] for row in content).encode(), values, hashed=hashed):
            found[name] = held
    return found


def raw(record: Any) -> bytes:
    """Return everything of a record as bytes."""
    parts = [record.key or b"", record.value or b""]
    return b"\n".join([*parts, *(part for name, value in record.headers for part in (name.encode(), value))])


async def test_no_topic_holds_what_people_typed(system: LocalSystem, secrets: tuple[str, ...]) -> None:
    bootstrap = system.addresses["kafka"]
    start = dict.fromkeys(await ends(bootstrap, TOPICS), 0)
    records = await read_from(bootstrap, start)
    assert UNIT.encode() in {record.key for record in records}
    leaks = {}
    for (
        topic
    ) in TOPICS:  # whole: thousands of records, each with every spelling of every value, take a minute
        said = b"\n".join(raw(record) for record in records if record.topic == topic)
        forbidden = (*TYPED, *secrets) if topic == POISONED else (*TYPED, *secrets, *POISON.values())
        if found := found_in(said, forbidden):
            leaks[topic] = found
    assert leaks == {}


def test_no_log_holds_what_people_typed(system: LocalSystem, secrets: tuple[str, ...]) -> None:
    logs = {path.name: path.read_bytes() for path in (system.folder / "logs").rglob("*") if path.is_file()}
    assert {f"{service}.log" for service in SERVICES} <= logs.keys()
    everything = (*TYPED, *POISON.values(), *secrets)
    assert {name: held for name, text in logs.items() if (held := found_in(text, everything))} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_metric_holds_what_people_typed(
    system: LocalSystem, secrets: tuple[str, ...], service: str
) -> None:
    shown = httpx2.get(f"{system.addresses[ops(service)]}/metrics")
    assert b"zi_http_requests_total" in shown.content
    assert found_in(shown.content, (*TYPED, *POISON.values(), *secrets)) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_only_the_tables_made_for_it_hold_what_people_typed(
    system: LocalSystem, secrets: tuple[str, ...], typed_in: TypedIn, service: str
) -> None:
    found = typed_in[service]
    assert found.keys() <= HOLDERS[service], found
    assert REFUSED.text not in {value for held in found.values() for value in held}
    assert await tables_with(system, service, secrets, hashed=False) == {}


def test_what_was_typed_did_arrive(typed_in: TypedIn) -> None:
    held = {value for tables in typed_in.values() for values in tables.values() for value in values}
    arrived = {value for who in (REPORTER, FORM, OFFICER, INVITED, WRITER, POISON) for value in who.values()}
    assert arrived - set(SEALED) <= held
    assert held.isdisjoint(SEALED)
