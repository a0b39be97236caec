"""Any hands: random acts of random people over HTTP, against a table of what is lawful written down apart.

The table here is read off complaints.md section 2, not off the code. Whatever people try, an act happens just
when it is lawful, nobody meets a fault of ours, pages say whose step it is and until when, and those who are
there can bring every case to its end.
"""

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.complaints.cases.usecases import silence
from services.complaints.deadlines.jobs import DeadlinePoller
from shared.http.state import state_of
from tests.integration.complaints.acting import BROWSER, REPORT
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.engine import drain
from tests.support.forms import carried
from tests.support.tokens import TestIssuer

STEPS = 45
WORK = ("DIDISPOSISIKAN", "DIPROSES")
FINAL = ("SELESAI", "DICABUT")
LEADS_TO = {
    "verify": "DIVERIFIKASI",
    "dispose": "DIDISPOSISIKAN",
    "request-completion": "MENUNGGU_KELENGKAPAN",
    "confirm-completion": "MENUNGGU_KELENGKAPAN",
    "follow-up": "DIPROSES",
    "approve": "DITANGGAPI",
    "accept": "SELESAI",
    "object": "DIPROSES",
    "withdraw": "DICABUT",
}
DUE = re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d pukul 24\.00 WI(B|TA)")
MIDNIGHT = re.compile(r"(lambat|sampai) <time[^>]*>[^<]*00\.00")
BY_SILENCE = "karena batas waktu untuk menyatakan sikap sudah lewat"
CLOSED_AT = re.compile(r"<dt>Ditutup</dt><dd><time[^>]*>[^<]*pukul")
ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar")}
TEXT = "Sudah ditinjau bersama."


@dataclass(frozen=True)
class Person:
    """Somebody with an account: roles, and where they hold."""

    subject: str
    roles: tuple[str, ...]
    level: str = "unit"
    units: tuple[str, ...] = ("u-1",)

    def covers(self, unit: str | None) -> bool:
        return self.level == "agency" or unit in self.units


PEOPLE = (
    Person("pp1", ("complaint_officer",)),
    Person("pp2", ("complaint_officer",), units=("u-2",)),
    Person("ppa", ("complaint_officer",), "agency", ()),
    Person("kp1", ("complaint_supervisor",)),
    Person("kpa", ("complaint_supervisor",), "agency", ()),
    Person("penangan", ("case_handler",)),
    Person("sari", ("case_handler", "case_approver")),
    Person("budi", ("case_handler",), units=("u-2",)),
    Person("lintas", ("case_handler", "complaint_officer"), "agency", ()),
    Person("at1", ("case_approver",)),
    Person("ata", ("case_approver",), "agency", ()),
    Person("ap", ("inspector",), "agency", ()),
    Person("tamu", ("unit_operator",)),
)
WIDE = {role: next(p for p in PEOPLE if role in p.roles and p.level == "agency") for role in (
    "complaint_officer", "complaint_supervisor", "case_approver",
)}  # fmt: skip


@dataclass
class Known:
    """What our own book says of a case."""

    id: str
    receipt: str
    version: int
    unit: str | None
    stream: str
    state: str = "DITERIMA"
    before: str = ""
    handler: str | None = None
    draft_by: str | None = None
    proposed: tuple[str, str] | None = None
    session: dict[str, str] = field(default_factory=dict)
    browser: dict[str, str] = field(default_factory=dict)


class World:
    """Cases, people and the engine."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        issuer: TestIssuer,
        filer: Filer,
        clock: MovedClock,
        poller: DeadlinePoller,
        rng: random.Random,
    ) -> None:
        self.client = client
        self.issuer = issuer
        self.filer = filer
        self.clock = clock
        self.poller = poller
        self.rng = rng
        self.done: set[str] = set()
        self.active = {"u-1", "u-2"}
        self.asked = 0

    # -- asking ----------------------------------------------------------------------------------------------

    def headers(self, person: Person, **roles: Any) -> dict[str, str]:
        token = self.issuer.token(
            sub=person.subject,
            roles=list(roles.get("roles", person.roles)),
            level=person.level,
            agencies=["a-1"],
            units=list(person.units),
        )
        return {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        self.client.cookies.clear()
        answer = await self.client.request(method, path, **options)
        self.asked += 1
        assert answer.status_code < 500, (method, path, answer.text)
        return answer

    async def act(self, who: Person, case: Known, act: str, body: dict[str, Any]) -> httpx2.Response:
        headers = self.headers(who) | {"If-Match": f'"{case.version}"'}
        return await self.ask("POST", f"/cases/{case.id}/{act}", json=body, headers=headers)

    async def session(self, case: Known) -> dict[str, str]:
        if not case.session:
            opened = await self.ask("POST", "/public/receipt-sessions", json={"receipt": case.receipt})
            case.session = {"X-Receipt-Session": opened.json()["token"]}
        return case.session

    async def detail(self, case: Known) -> dict[str, Any]:
        person = WIDE["complaint_officer"]
        return dict((await self.ask("GET", f"/cases/{case.id}", headers=self.headers(person))).json())

    async def may_be_named(self, case: Known, subject: str) -> bool:
        if case.unit is None:
            return False
        path = f"/handlers?unit={case.unit}&limit=100"
        listed = await self.ask("GET", path, headers=self.headers(WIDE["complaint_supervisor"]))
        return subject in {line["subject"] for line in listed.json()["items"]}

    # -- acts ------------------------------------------------------------------------------------------------

    async def report(self) -> Known:
        rng = self.rng
        place = rng.choice(({"unit_id": "u-1"}, {"unit_id": "u-2"}, {"agency_id": "a-1"}))
        body = {name: value for name, value in REPORT.items() if name != "unit_id"}
        stream = rng.choice(("masyarakat", "pelayanan"))
        made = (await self.ask("POST", "/public/cases", json=body | place | {"stream": stream})).json()
        return Known(made["id"], made["receipt"], made["version"], place.get("unit_id"), stream)

    async def officer_tries(self, case: Known) -> None:
        """Let an officer try an act, and compare with the table."""
        rng, who = self.rng, self.rng.choice(PEOPLE)
        named = rng.choice(("penangan", "sari", "budi", "lintas", "nobody"))
        evidence: dict[str, Any] = rng.choice(
            ({"evidence": ["BA-6"]}, {"no_evidence_reason": "Tidak ada berkas."}, {})
        )
        breach = rng.choice((None, True, False))
        unit = rng.choice(("u-1", "u-2", "u-77"))
        missing = rng.choice(("Kapan kejadiannya?", "Di loket mana?"))
        known = await self.may_be_named(case, named)
        standing = await self.detail(case)
        d2 = [one for one in standing["deadlines"] if one["rule_id"] == "D2" and one["status"] == "armed"]
        is_over = bool(d2) and self.clock.now() >= datetime.fromisoformat(d2[0]["due_at"])
        stream = rng.choice(("masyarakat", "pelayanan"))
        state, handler = case.state, case.handler
        is_theirs = handler == who.subject
        may_ask = state in (*WORK, "DITERIMA") and (handler is None or is_theirs)
        has_proof = bool(evidence)
        proposed_by, proposed_words = case.proposed or ("", "")
        body_of_answer = {"outcome": "terbukti", "text": TEXT, "is_standard_breach": breach} | evidence
        is_whole = has_proof and (case.stream == "masyarakat" or breach is not None)
        acts: dict[str, tuple[tuple[str, ...], bool, dict[str, Any]]] = {
            "verify": (
                ("complaint_officer",),
                state == "DITERIMA" and (unit == case.unit or unit in self.active),
                {"unit_id": unit, "stream": stream, "case_class": rng.choice(("normatif", "ringan"))},
            ),
            "dispose": (
                ("complaint_supervisor",), state == "DIVERIFIKASI" and known, {"handler": named},
            ),
            "reassign": (
                ("complaint_supervisor",),
                state in (*WORK, "MENUNGGU_KELENGKAPAN", "DITANGGAPI")
                and known and handler not in (None, named),
                {"handler": named},
            ),
            "request-completion": (
                ("complaint_officer", "case_handler"), may_ask, {"missing": missing},
            ),
            "confirm-completion": (
                ("complaint_supervisor", "case_approver"),
                proposed_words == missing and proposed_by != who.subject,
                {"missing": missing},
            ),
            "complete": (("complaint_officer",), state == "MENUNGGU_KELENGKAPAN", {"text": TEXT}),
            "proceed": (
                ("complaint_officer",), state == "MENUNGGU_KELENGKAPAN" and is_over, {"reason": TEXT},
            ),
            "follow-up": (
                ("case_handler",), state in WORK and is_theirs and has_proof, {"text": TEXT} | evidence,
            ),
            "respond": (("case_handler",), state in WORK and is_theirs and is_whole, body_of_answer),
            "approve": (
                ("case_approver",),
                state in WORK and case.draft_by is not None and case.draft_by != who.subject,
                {},
            ),
        }  # fmt: skip
        act = rng.choice(sorted(acts))
        roles, is_lawful, body = acts[act]
        is_lawful = is_lawful and bool(set(roles) & set(who.roles)) and who.covers(case.unit)
        if rng.random() < 0.1:
            case.version += 1
            stale = await self.act(who, case, act, body)
            case.version -= 1
            assert stale.status_code in (403, 404, 412, 422), stale.text
            return
        answer = await self.act(who, case, act, body)
        if answer.status_code == 409 and answer.json()["code"] == "pause_cap_reached":
            assert act in ("request-completion", "confirm-completion")
            return
        told = (act, who, case, answer.status_code, answer.text)
        assert (answer.status_code == 200) is is_lawful, told
        if is_lawful:
            self.write_down(case, act, who, body, answer.json())

    def write_down(
        self, case: Known, act: str, who: Person, body: dict[str, Any], found: dict[str, Any]
    ) -> None:
        """Move the case in our own book."""
        self.done.add(act)
        if act == "request-completion" and found["proposed_by"] is not None:
            case.proposed = (who.subject, body["missing"])
            return
        case.version, case.proposed = case.version + 1, None
        if act in ("request-completion", "confirm-completion"):
            case.before = case.state
        case.state = case.before if act in ("complete", "proceed") else LEADS_TO.get(act, case.state)
        case.handler = body.get("handler", case.handler)
        if act == "verify":
            case.unit, case.stream = body["unit_id"], body["stream"]
        case.draft_by = {"respond": who.subject, "approve": None}.get(act, case.draft_by)

    async def reporter_tries(self, case: Known) -> None:
        """Let the reporter try an act, by the API or by the form of a page."""
        act = self.rng.choice(("complete", "complete", "accept", "object", "object", "withdraw"))
        if act == "withdraw" and self.rng.random() < 0.7:
            return
        lawful = {
            "complete": case.state == "MENUNGGU_KELENGKAPAN",
            "accept": case.state == "DITANGGAPI",
            "object": case.state == "DITANGGAPI",
            "withdraw": case.state not in FINAL,
        }[act]
        done = await (self.by_form if self.rng.random() < 0.5 else self.by_api)(case, act)
        assert done is lawful, (act, case)
        if lawful:
            self.write_down(case, act, PEOPLE[0], {}, {"proposed_by": None})

    async def by_api(self, case: Known, act: str) -> bool:
        body = {"complete": {"text": TEXT}, "object": {"reason": TEXT}}.get(act)
        session = await self.session(case)
        answer = await self.ask("POST", f"/public/my-case/{act}", json=body, headers=session)
        return answer.status_code == 200

    async def by_form(self, case: Known, act: str) -> bool:
        browser = await self.browser(case)
        shown_at, sent_to = {
            "complete": ("", "/lengkapi"),
            "accept": ("/terima", "/terima"),
            "object": ("/keberatan", "/keberatan"),
            "withdraw": ("/cabut", "/cabut"),
        }[act]
        page = await self.ask("GET", f"/lacak/pengaduan{shown_at}", headers=browser)
        path = f"/lacak/pengaduan{sent_to}"
        if f'action="{path}"' not in page.text:
            return False
        typed = {"text": TEXT} if act in ("complete", "object") else {}
        sent = await self.ask("POST", path, data=carried(page.text, path) | typed, headers=browser)
        return sent.status_code == 303

    async def browser(self, case: Known) -> dict[str, str]:
        if not case.browser:
            opened = await self.ask("POST", "/lacak", data={"receipt": case.receipt}, headers=BROWSER)
            case.browser = BROWSER | {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
        return case.browser

    # -- the world around ------------------------------------------------------------------------------------

    async def people_change(self, _: Known) -> None:
        """Let a handler be taken off or entered, or lose the role and get it back."""
        subject, unit = self.rng.choice(("penangan", "sari", "budi")), self.rng.choice(("u-1", "u-2"))
        supervisor = self.headers(WIDE["complaint_supervisor"])
        body = {"unit_id": unit, "handler": subject}
        match self.rng.randrange(3):
            case 0:
                await self.ask("POST", "/handlers/remove", json=body, headers=supervisor)
            case 1:
                await self.ask("POST", "/handlers", json=body, headers=supervisor)
            case _:
                person = next(one for one in PEOPLE if one.subject == subject)
                roles = self.rng.choice((("unit_operator",), person.roles))
                await self.ask("GET", "/cases", headers=self.headers(person, roles=roles))

    async def units_change(self, _: Known) -> None:
        """Let a unit cease to be one that reports are about, or come back."""
        self.active ^= {"u-2"}
        async with self.filer.db.transaction() as session:
            await session.execute(text("UPDATE unit SET is_active = NOT is_active WHERE unit_id = 'u-2'"))

    async def time_passes(self, case: Known) -> None:
        await self.clock.forward(hours=self.rng.choice((1, 9, 20, 100, 800)))
        if self.rng.random() < 0.7:
            await self.engine()
        found = await self.detail(case)
        if case.state == "DITANGGAPI" and found["state"] == "SELESAI":
            assert found["closed_by"] == "silence"
            case.state, case.version = "SELESAI", case.version + 1

    async def engine(self) -> None:
        await drain(self.poller)
        while True:
            async with self.filer.db.transaction() as session:
                if not await silence.do_next(session, self.filer.engine):
                    return

    async def somebody_looks(self, _: Known) -> None:
        person = self.rng.choice(PEOPLE)
        for path in ("/cases", "/overdue", "/handlers?unit=u-1"):
            found = await self.ask("GET", path, headers=self.headers(person))
            if path == "/overdue" and found.status_code == 200:
                for line in found.json()["items"]:
                    assert DUE.fullmatch(line["due_text"]), line
                    assert line["waits_for"] == "officer"

    # -- what must hold --------------------------------------------------------------------------------------

    async def check(self, case: Known) -> None:
        """Compare every surface with our own book."""
        found = await self.detail(case)
        assert (found["state"], found["version"]) == (case.state, case.version), (case, found)
        assert found["handler"] == case.handler
        browser = await self.browser(case)
        page = (await self.ask("GET", "/lacak/pengaduan", headers=browser)).text
        mine = (await self.ask("GET", "/public/my-case", headers=await self.session(case))).json()
        assert "events" in mine, mine
        if BY_SILENCE in page:
            assert CLOSED_AT.search(page) is None, "nobody closed it, so no hour says when"
        assert MIDNIGHT.search(page) is None, "the end of a day is that day's 24.00"
        assert "ada keberatan" not in page
        assert ("mengajukan keberatan" in page) is any(one["act"] == "object" for one in mine["events"])
        assert ('href="/lacak/pengaduan/keberatan"' in page) is (case.state == "DITANGGAPI")
        assert ("/lacak/pengaduan/cabut" in page) is (case.state not in FINAL)
        public = (await self.ask("GET", f"/public/cases/{found['tracking_id']}")).json()
        for told in (mine, public):
            if case.state in FINAL:
                assert (told["due_at"], told["due_text"], told["waits_for"]) == (None, None, None)
                continue
            assert DUE.fullmatch(told["due_text"]), told
            is_theirs = case.state in ("MENUNGGU_KELENGKAPAN", "DITANGGAPI")
            assert told["waits_for"] == ("reporter" if is_theirs else "officer"), (case, told)
        if case.state not in FINAL:
            assert "paling lambat <time" in page
            assert mine["due_text"] in page
            is_over = "Batas waktu untuk melengkapi sudah lewat" in page
            assert ("Menunggu Anda" in page or "Menunggu sikap Anda" in page) is (is_theirs and not is_over)
            assert ("dapat melanjutkan tanpa kelengkapan" in page) is is_over

    async def look_on_the_day_itself(self, case: Known) -> None:
        """Go to the last hours of the due day of the next step: it is still that day's, at 24.00."""
        mine = (await self.ask("GET", "/public/my-case", headers=await self.session(case))).json()
        assert "events" in mine, mine
        if mine["due_at"] is None:
            return
        zone = ZONES[mine["due_zone"]]
        due = datetime.fromisoformat(mine["due_at"])
        if (due - timedelta(hours=1)) > self.clock.now():
            await self.clock.set(due - timedelta(hours=1))
        last = (due - timedelta(seconds=1)).astimezone(zone)
        assert mine["due_text"].startswith(f"{last.day} ")
        assert mine["due_text"].endswith(f"{last.year} pukul 24.00 {mine['due_zone']}")
        await self.check(case)

    async def end(self, case: Known) -> None:
        """Bring a case to its end with those who are there, the reporter being silent."""
        wide = WIDE
        for _ in range(12):
            fresh = f"baru-{case.unit}"
            body: dict[str, Any]
            match case.state:
                case "DITERIMA":
                    who, act = wide["complaint_officer"], "verify"
                    body = {"unit_id": case.unit or "u-1", "stream": case.stream, "case_class": "normatif"}
                case "DIVERIFIKASI" | "DIDISPOSISIKAN" | "DIPROSES" if case.handler != fresh:
                    who = wide["complaint_supervisor"]
                    act = "dispose" if case.state == "DIVERIFIKASI" else "reassign"
                    body = {"unit_id": case.unit, "handler": fresh}
                    entered = await self.ask("POST", "/handlers", json=body, headers=self.headers(who))
                    assert entered.status_code == 201, entered.text
                    body = {"handler": fresh}
                case "DIVERIFIKASI":
                    who, act, body = wide["complaint_supervisor"], "dispose", {"handler": fresh}
                case "MENUNGGU_KELENGKAPAN":
                    await self.clock.forward(days=60)
                    who, act, body = wide["complaint_officer"], "proceed", {"reason": TEXT}
                case "DIDISPOSISIKAN" | "DIPROSES" if case.draft_by is None:
                    who = Person(fresh, ("case_handler",), units=(case.unit or "",))
                    act = "respond"
                    body = {"outcome": "terbukti", "text": TEXT, "evidence": ["BA-7"]}
                    body |= {"is_standard_breach": False}
                case "DIDISPOSISIKAN" | "DIPROSES":
                    who, act, body = wide["case_approver"], "approve", {}
                case "DITANGGAPI":
                    await self.clock.forward(days=60)
                    await self.engine()
                    found = await self.detail(case)
                    case.state, case.version = found["state"], found["version"]
                    continue
                case _:
                    return
            answer = await self.act(who, case, act, body)
            assert answer.status_code == 200, (case, act, answer.text)
            self.write_down(case, act, who, body, answer.json())
        raise AssertionError(f"no end in reach: {case}")


def _let_one_address_ask_for_all(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the limit of what anybody may ask out: everybody here comes from one address."""
    bursts = state_of(app).bursts
    hit = bursts.hit

    async def let_through(rule: str, *rest: Any) -> Callable[[], None]:
        return (lambda: None) if rule.startswith("public") else await hit(rule, *rest)

    monkeypatch.setattr(bursts, "hit", let_through)


@pytest.mark.parametrize("seed", range(3))
async def test_just_what_is_lawful_happens_whoever_tries_and_every_case_can_be_ended(
    app: FastAPI,
    client: httpx2.AsyncClient,
    issuer: TestIssuer,
    filer: Filer,
    clock: MovedClock,
    poller: DeadlinePoller,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    _let_one_address_ask_for_all(app, monkeypatch)
    world = World(client, issuer, filer, clock, poller, random.Random(seed))
    cases = [await world.report() for _ in range(3)]
    moves: list[Callable[[Known], Awaitable[None]]] = [
        *[world.officer_tries] * 12,
        *[world.reporter_tries] * 3,
        world.people_change,
        world.units_change,
        world.time_passes,
        world.somebody_looks,
        world.look_on_the_day_itself,
    ]
    for _ in range(STEPS * len(cases)):
        case = world.rng.choice(cases)
        await world.rng.choice(moves)(case)
        await world.check(case)
    for case in cases:
        found = await world.detail(case)
        case.state, case.version = found["state"], found["version"]
        await world.end(case)
        await world.check(case)
    assert len(world.done) >= 6, world.done
