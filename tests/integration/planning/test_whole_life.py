"""A worksheet's whole life over HTTP alone, in a process that is killed between its acts.

After each act: the stage, its event on the topic, a notice for whoever holds the assessment next, and who may
write which layer. What was accepted before a SIGKILL is there afterwards, and mails leave once.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from services.planning.live.consumer import SERVICE
from shared.contracts.planning import StageMoved
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.support.clock import run_by
from tests.support.kafka import begin_at_end, ends, read_from
from tests.support.mail_server import MailServer
from tests.support.nominating import AGENCY_FACTS, UNIT_FACTS, local_government, paper, tell
from tests.support.planning import PDF, YEAR
from tests.support.planning_process import PlanningProcess
from tests.support.polling import until
from tests.support.stages import whole_sheet
from tests.support.tokens import TestIssuer

AGENCY = "a-life"
NOON = datetime(YEAR, 5, 4, 5, 0, tzinfo=UTC)
"""A Monday, 12.00 WIB, before the last day of proposals; mails leave by day."""
ROLES = {
    "admin": ("ratna", "agency"),
    "unit_operator": ("dimas", "unit"),
    "unit_leader": ("bambang", "unit"),
    "tpi": ("yusuf", "agency"),
    "agency_head": ("wulan", "agency"),
    "tpn": ("maria", "national"),
}
LAYERS = {"unit": "unit_operator", "tpi": "tpi", "tpn": "tpn"}
FROZEN, NEVER_PROPOSED, WRITTEN = "frozen_layer", "not_nominated", "written"
YA = {"item_code": "A.I.1.i.a", "letter": "Ya"}
MENDED = {"item_code": "A.I.1.i.b", "letter": "B"}
"""What the unit answers after the finding."""
DECREE = {"number": "B/12/2026", "dated_on": "2026-05-04", "signatory": "Menteri PANRB"}
LOWER = [
    {"item_code": f"A.I.1.ii.{letter}", "letter": "B", "note": "Bukti hanya satu triwulan."}
    for letter in "bc"
]
"""What the assessors see otherwise."""


@dataclass
class Life:
    """One unit's assessment and the process it lives in."""

    process: PlanningProcess
    issuer: TestIssuer
    http: httpx2.AsyncClient
    owner: asyncpg.Connection
    bootstrap: str
    start: Mapping[Any, int]
    unit: str
    version: int = 0
    told: Counter[tuple[str, str]] = field(default_factory=Counter)

    def headers(self, role: str) -> dict[str, str]:
        subject, level = ROLES[role]
        token = self.issuer.token(
            sub=subject, roles=[role], level=level, agencies=[AGENCY], units=[self.unit],
            email=f"{subject}@agency.test", email_verified=True,
        )  # fmt: skip
        return {"Authorization": f"Bearer {token}", "If-Match": "*"}

    async def call(self, method: str, path: str, role: str, **options: Any) -> httpx2.Response:
        headers = self.headers(role) | options.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **options)

    async def good(self, method: str, path: str, role: str, **options: Any) -> dict[str, Any]:
        answer = await self.call(method, path, role, **options)
        assert answer.status_code in {200, 201}, (path, answer.text)
        return dict(answer.json())

    async def write(self, layer: str, *answers: Mapping[str, Any]) -> str:
        """Write answers as the layer's own role; return `written`, or the code of the refusal."""
        answer = await self.call(
            "POST",
            f"/units/{self.unit}/worksheets/{YEAR}/answers",
            LAYERS[layer],
            json={"layer": layer, "answers": list(answers)},
        )
        return WRITTEN if answer.status_code == 200 else str(answer.json()["code"])

    async def act(self, name: str, role: str, **body: Any) -> None:
        await self.good("POST", f"/units/{self.unit}/stages/{YEAR}/acts/{name}", role, json=body)
        self.version += 1

    async def refused(self, name: str, role: str, **body: Any) -> str:
        """Try an act that is refused; return the code."""
        path = f"/units/{self.unit}/stages/{YEAR}/acts/{name}"
        answer = await self.call("POST", path, role, json=body)
        assert answer.status_code == httpx2.codes.CONFLICT, answer.text
        return str(answer.json()["code"])

    async def killed(self) -> None:
        """Let the process die and come again."""
        self.process.kill()
        await self.process.start()

    async def stands(self, stage: str, *told: tuple[str, str], **writes: str) -> None:
        """Check the stage, its newest event, the notices since the last act, and what each layer takes."""
        shown = await self.good("GET", f"/units/{self.unit}/stages/{YEAR}", "unit_leader")
        assert (shown["stage"], shown["version"]) == (stage, self.version)
        await until(self._newest_is_on_the_topic, seconds=60, what=f"{stage} is on the topic")
        queued = await self._notices()
        new, self.told = queued - self.told, queued
        assert sorted(new.elements()) == sorted(told)
        expected = dict.fromkeys(LAYERS, FROZEN) | {"tpn": writes.pop("tpn", FROZEN)} | writes
        assert {layer: await self.write(layer, YA) for layer in LAYERS} == expected

    async def events(self) -> list[int]:
        """Return the versions of the unit's stage on the topic, in the order they were published."""
        records = await read_from(self.bootstrap, dict(self.start))
        return [
            int(dict(record.headers)["ce_sequence"]) for record in records if record.key == self.unit.encode()
        ]

    async def _newest_is_on_the_topic(self) -> bool:
        return self.version == 0 or self.version in await self.events()

    async def _notices(self) -> Counter[tuple[str, str]]:
        rows = await self.owner.fetch("SELECT recipient, template FROM notice")
        return Counter((row["recipient"], row["template"]) for row in rows)


@pytest.fixture
async def life(
    planning_database: ServiceDatabase, topics: str, tmp_path: Path, mail_server: MailServer
) -> AsyncIterator[Life]:
    """Planning as a process, its database's clock at noon; everybody has called once with their address."""
    owner = await asyncpg.connect(planning_database.owner_url)
    await owner.execute("TRUNCATE notice, notice_mail, identity.contact")
    await let_it_be(owner, NOON)
    db = Database(planning_database.app_url, pool_size=1)
    await begin_at_end(db, topics, SERVICE, consumed_by(SERVICE))
    await db.close()
    issuer = TestIssuer()
    process = PlanningProcess.of(
        tmp_path,
        issuer,
        database_url=planning_database.app_url,
        kafka_bootstrap=topics,
        smtp_url=mail_server.url,
        mail_from="noreply@zi.test",
    )
    start = await ends(topics, [StageMoved.topic])
    async with httpx2.AsyncClient(base_url=process.url, timeout=60) as http:
        mine = Life(process, issuer, http, owner, topics, start, f"u-{uuid4().hex[:12]}")
        try:
            await process.start()
            await mine.good("POST", "/units", "admin", json={"unit_id": mine.unit, "name": "Kantor Contoh"})
            body = {"unit_id": mine.unit, "year": YEAR, "target": "WBK"}
            await mine.good("POST", "/programmes", "admin", json=body)
            for role in ROLES:
                await mine.good("GET", "/units", role)
            yield mine
        finally:
            process.kill()
            await run_by(owner, "clock_timestamp()")
            await owner.close()


def good_sheet() -> list[dict[str, Any]]:
    """Return answers that meet every gate."""
    return [one | ({"index": "3.9"} if "index" in one else {}) for one in whole_sheet()]


async def filled(life: Life) -> str:
    """Fill the whole sheet, one item of it proved; return the evidence."""
    proof = await life.good(
        "POST",
        f"/units/{life.unit}/evidence",
        "unit_operator",
        params={"kind": "sk_tim_zi", "layer": "unit"},
        files={"file": ("sk.pdf", PDF, "application/pdf")},
    )
    assert await life.write("unit", *good_sheet()) == WRITTEN
    assert await life.write("unit", YA | {"evidence_ids": [proof["evidence_id"]]}) == WRITTEN
    return str(proof["evidence_id"])


async def proposed(life: Life) -> dict[str, Any]:
    """Propose the unit with letter and SPTJM, and freeze the package."""
    await local_government(life.http, life.headers("admin"), AGENCY)
    for path, facts in (
        (f"/agencies/{AGENCY}/preconditions/{YEAR}", AGENCY_FACTS),
        (f"/units/{life.unit}/preconditions/{YEAR}", UNIT_FACTS),
    ):
        told = await tell(life.http, life.headers("admin"), path, facts)
        assert told.status_code == 200, told.text
    units = [{"unit_id": life.unit, "category": "WBK"}]
    body = {"agency_id": AGENCY, "year": YEAR, "units": units}
    made = await life.good("POST", "/nominations", "agency_head", json=body)
    path = f"/nominations/{made['nomination_id']}"
    papers = {
        f"{kind}_id": (await paper(life.http, life.headers("agency_head"), AGENCY, kind))["document_id"]
        for kind in ("letter", "sptjm")
    }
    for step, sent in (("submit", papers), ("packages", {})):
        etag = (await life.call("GET", path, "agency_head")).headers["etag"]
        headers = {"If-Match": etag}
        made = await life.good("POST", f"{path}/{step}", "agency_head", json=sent, headers=headers)
    life.version += 1
    return made


async def handed_in(life: Life) -> str:
    """Hand the worksheet in, get it back with a finding, answer it, hand it in again; return the evidence."""
    path = f"/units/{life.unit}/stages/{YEAR}"
    await life.stands("pengisian", unit=WRITTEN, tpn=NEVER_PROPOSED)
    assert await life.refused("submit", "unit_leader") == "incomplete_submit"
    proof = await filled(life)
    await life.act("submit", "unit_leader")
    await life.killed()
    await life.stands("penilaian_tpi", ("yusuf", "handed_in"), tpi="not_assigned", tpn=NEVER_PROPOSED)

    team = {"team_id": "tpi-1", "layer": "tpi", "name": "Tim 1", "agency_id": AGENCY}
    await life.good("POST", "/assessor-teams", "admin", json=team)
    person = {
        "team_id": "tpi-1", "subject": "yusuf", "organisation": "Inspektorat", "role": "pengendali_teknis",
    }  # fmt: skip
    await life.good("POST", "/assessors", "admin", json=person)
    await life.good("PUT", f"{path}/team", "admin", json={"team_id": "tpi-1"})
    body = {"item_code": "A.I.1.i.b", "text": "Mana SK-nya?"}
    finding = await life.good("POST", f"{path}/findings", "tpi", json=body)
    await life.act("return", "tpi", reason="Bukti butir A.I.1.i.b kurang.")
    await life.killed()
    told = [(one, what) for one in ("dimas", "bambang") for what in ("finding", "returned")]
    await life.stands("pengisian", *told, unit=WRITTEN, tpn=NEVER_PROPOSED)
    assert await life.refused("resubmit", "unit_leader") == "findings_open"
    answer = f"/findings/{finding['finding_id']}/answer"
    await life.good("POST", answer, "unit_operator", json={"answer": "SK nomor 3."})
    assert await life.write("unit", MENDED) == WRITTEN
    await life.act("resubmit", "unit_leader")
    await life.stands("penilaian_tpi", ("yusuf", "handed_in"), tpi=WRITTEN, tpn=NEVER_PROPOSED)
    return proof


async def assessed_and_proposed(life: Life) -> None:
    """Let TPI see some of it otherwise in two rounds, and the agency propose it."""
    assert await life.write("tpi", *good_sheet()) == WRITTEN
    assert await life.refused("finish_round", "tpi") == "differences_unexplained"
    assert await life.write("tpi", MENDED) == WRITTEN
    assert await life.write("tpi", *LOWER) == WRITTEN
    await life.act("finish_round", "tpi")
    await life.stands("penilaian_tpi", tpi=WRITTEN, tpn=NEVER_PROPOSED)  # who ended a round has the next
    await life.act("finish_round", "tpi")
    await life.killed()
    await life.stands("pengusulan", ("wulan", "assessed"), tpn=NEVER_PROPOSED)
    assert await life.refused("propose", "agency_head") == "nomination_state", "without a frozen package"
    nomination = await proposed(life)
    await life.killed()
    await life.stands("pra_evaluasi", ("maria", "proposed"))
    package = await life.call("GET", f"/nominations/{nomination['nomination_id']}/packages/1", "tpn")
    assert package.status_code == 200


async def decided(life: Life) -> None:
    """Let TPN evaluate it, the agency object once, and the decree end it."""
    everybody = ("dimas", "bambang", "wulan")
    direct = await life.refused("withdraw", "agency_head", reason="Ditunda.")
    assert direct == "nomination_state", "what is proposed is taken back by its proposal"
    await life.act("accept", "tpn")
    await life.stands("desk", *((one, "accepted") for one in everybody), tpn=WRITTEN)
    await life.act("to_field", "tpn")
    await life.stands("lapangan", *((one, "field") for one in everybody), tpn=WRITTEN)
    await life.act("open_objection", "tpn")
    await life.stands("sanggah", ("wulan", "objection_open"))
    await life.act("object", "agency_head", reason="Nilai lapangan keliru.")
    await life.killed()
    await life.stands("sanggah", ("maria", "objection_raised"))
    assert await life.refused("object", "agency_head", reason="Sekali lagi.") == "objection_spent"
    await life.act("dismiss_objection", "tpn", reason="Sudah sesuai.")
    await life.stands("sanggah", *((one, "objection_dismissed") for one in everybody))
    await life.act("to_panel", "tpn")
    await life.stands("panel", *((one, "panel") for one in everybody))
    await life.act("decide", "tpn", is_awarded=True, cleared=["ombudsman", "kpk", "apip"], decree=DECREE)
    await life.killed()
    await life.stands("ditetapkan", *((one, "decided") for one in everybody))


async def test_a_whole_life_outlives_the_death_of_its_process(life: Life, mail_server: MailServer) -> None:
    proof = await handed_in(life)
    await assessed_and_proposed(life)
    await decided(life)

    # Whoever dies between the broker's word and its own note of it says the event again, as it was.
    assert list(dict.fromkeys(await life.events())) == list(range(1, life.version + 1))
    path = f"/units/{life.unit}/stages/{YEAR}/rounds"
    rounds = (await life.good("GET", path, "tpn"))["items"]
    assert sorted((one["layer"], one["round"]) for one in rounds) == [
        ("tpi", 1), ("tpi", 2), ("tpn", 1), ("unit", 1), ("unit", 2),
    ]  # fmt: skip
    first = await life.good("GET", f"{path}/unit/1", "tpn")
    assert first["revisions"] == {proof: 1}
    assert {one["item_code"]: one["letter"] for one in first["answers"]}["A.I.1.i.b"] == "A"
    assert (await life.call("GET", f"/evidence/{proof}/content", "tpn")).content == PDF

    await let_it_be(life.owner, NOON + timedelta(hours=3))
    await until(lambda: nothing_waits(life), seconds=60, what="every mail has left")
    assert {taken.recipients[0].partition("@")[0] for taken in mail_server.taken} == {
        recipient for recipient, _ in life.told
    }
    mails = [str(taken.message["Message-ID"]) for taken in mail_server.taken]
    assert len(set(mails)) == len(mails) == await life.owner.fetchval("SELECT count(*) FROM notice_mail")


async def nothing_waits(life: Life) -> bool:
    """Tell whether every notice is in a mail, and every mail sent."""
    waiting = await life.owner.fetchval("SELECT count(*) FROM notice WHERE mail_id IS NULL")
    states = {row["state"] for row in await life.owner.fetch("SELECT state FROM notice_mail")}
    return waiting == 0 and states == {"sent"}


async def let_it_be(owner: asyncpg.Connection, moment: datetime) -> None:
    """Let the database's clock run on from a moment."""
    began = datetime.now(UTC)
    await run_by(owner, f"timestamptz '{moment}' + (clock_timestamp() - timestamptz '{began}')")
