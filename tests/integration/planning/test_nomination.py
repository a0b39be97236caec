"""From candidates to a frozen package, over HTTP and a real database."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning import main
from services.planning.nomination.domain.canonical import sha256_of
from services.planning.nomination.domain.eligibility import Reason
from services.planning.nomination.domain.gates import GatesFailedError
from services.planning.nomination.domain.nominations import NominationRefusedError, NominationStateError
from services.planning.nomination.domain.package import Package, faults_of, portal_answers
from services.planning.nomination.store import candidates, packages
from services.planning.nomination.usecases.pre_evaluation import check_pre_evaluation
from shared.security import Principal, Scope
from tests.support.lke import sent_answers
from tests.support.nominating import AGENCY_FACTS, DECREE, PAPER, UNIT_FACTS, local_government, paper, tell
from tests.support.planning import PDF, YEAR, Planning
from tests.support.polling import until
from tests.support.stages import LAYER_STAGES, lead_to


@dataclass
class Desk:
    """Stages as their machine keeps them: proposed from `pengusulan` alone, while the window is open."""

    waiting: set[tuple[str, int]] = field(default_factory=set)
    proposed: set[tuple[str, int]] = field(default_factory=set)
    passed: set[tuple[str, int]] = field(default_factory=set)
    decided: set[tuple[str, int]] = field(default_factory=set)
    is_open: bool = True

    async def obstacles(
        self, _: AsyncSession, unit_id: str, year: int, *, is_proposed: bool
    ) -> Sequence[Reason]:
        if not self.is_open:
            return [Reason("closed_window", "Masa pengusulan sudah ditutup.")]
        if not is_proposed and (unit_id, year) not in self.waiting:
            return [Reason("illegal_transition", "Penilaian TPI belum selesai.")]
        return []

    async def settled(self, _: AsyncSession, unit_id: str, year: int) -> Sequence[Reason]:
        if (unit_id, year) in self.passed:
            return [Reason("settled", "Unit sudah melewati pra-evaluasi.")]
        return await self.obstacles(_, unit_id, year, is_proposed=True)

    async def propose(self, _: AsyncSession, __: Principal, unit_id: str, year: int) -> None:
        if (unit_id, year) in self.proposed:
            raise NominationStateError("Unit ini sudah diusulkan.")
        self.proposed.add((unit_id, year))

    async def withdraw(self, _: AsyncSession, __: Principal, unit_id: str, year: int, reason: str) -> None:
        assert reason
        if (unit_id, year) in self.decided:
            raise NominationStateError("Predikat unit ini sudah ditetapkan.")
        self.proposed.remove((unit_id, year))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The stages that the API is built with; asked for before `planning`."""
    made = Desk()
    monkeypatch.setattr(main, "KeptStages", lambda: made)
    return made


@dataclass(frozen=True)
class Agency:
    """An agency of its own with what its people do."""

    planning: Planning
    desk: Desk
    id: str

    def headers(self, role: str) -> dict[str, str]:
        return self.planning.headers(role, "nobody", agency=self.id, subject=f"{role}-of-{self.id}")

    async def send(
        self, method: str, path: str, role: str = "agency_head", **options: Any
    ) -> httpx2.Response:
        headers = self.headers(role) | options.pop("headers", {})
        return await self.planning.client.request(method, path, headers=headers, **options)

    async def unit(self, *, target: str = "WBK", is_ready: bool = True, **fields: Any) -> str:
        """Register a unit with a programme that meets everything and waits to be proposed."""
        unit = await self.planning.unit(agency=self.id, **fields)
        body = {"unit_id": unit, "year": YEAR, "target": target}
        made = await self.send("POST", "/programmes", "admin", json=body)
        assert made.status_code == 201, made.text
        if is_ready:
            await self.told(f"/units/{unit}/preconditions/{YEAR}", UNIT_FACTS)
        self.desk.waiting.add((unit, YEAR))
        return unit

    async def told(self, path: str, facts: Mapping[str, str | None]) -> None:
        made = await tell(self.planning.client, self.headers("admin"), path, facts)
        assert made.status_code == 200, made.text

    async def paper(self, kind: str, content: bytes = PDF, **about: str) -> str:
        made = await paper(self.planning.client, self.headers("agency_head"), self.id, kind, content, **about)
        return str(made["document_id"])

    async def propose(self, *units: dict[str, Any], **more: Any) -> httpx2.Response:
        body = {"agency_id": self.id, "year": YEAR, "units": list(units), **more}
        return await self.send("POST", "/nominations", json=body)

    async def act(self, nomination: dict[str, Any], act: str, **body: Any) -> httpx2.Response:
        """Do an act on the newest version of a proposal."""
        path = f"/nominations/{nomination['nomination_id']}"
        etag = (await self.send("GET", path)).headers["etag"]
        method, path = ("PUT", path) if act == "change" else ("POST", f"{path}/{act}")
        return await self.send(method, path, json=body, headers={"If-Match": etag})

    async def handed_in(self, *units: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Propose units and hand the proposal in."""
        made = await self.propose(*units, **more)
        assert made.status_code == 201, made.text
        papers = {"letter_id": await self.paper("letter"), "sptjm_id": await self.paper("sptjm")}
        submitted = await self.act(made.json(), "submit", **papers)
        assert submitted.status_code == 200, submitted.text
        return dict(submitted.json())

    async def package(self, nomination: dict[str, Any], version: int) -> bytes:
        found = await self.send("GET", f"/nominations/{nomination['nomination_id']}/packages/{version}")
        assert found.status_code == 200, found.text
        return found.content


@pytest.fixture
async def agency(desk: Desk, planning: Planning) -> Agency:
    made = Agency(planning, desk, f"a-{uuid4().hex[:10]}")
    await planning.unit(agency=made.id)
    await local_government(planning.client, made.headers("admin"), made.id)
    await made.told(f"/agencies/{made.id}/preconditions/{YEAR}", AGENCY_FACTS)
    return made


def wbk(unit: str, category: str = "WBK", **more: str) -> dict[str, Any]:
    return {"unit_id": unit, "category": category, **more}


def codes(refused: httpx2.Response) -> list[str]:
    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == "nomination_refused"
    return [error["code"] for error in refused.json()["errors"]]


# -- preconditions and candidates


async def test_a_precondition_is_told_with_who_when_and_its_proof(agency: Agency) -> None:
    unit = await agency.unit(is_ready=False)
    proof = await agency.paper("proof")
    path = f"/units/{unit}/preconditions/{YEAR}"
    body = {"facts": [{"code": "tlhp", "value": "99,5", "document_ids": [proof]}]}
    made = await agency.send("POST", path, "admin", json=body, headers={"If-Match": '"1"'})
    assert made.status_code == 200, made.text
    (row,) = [row for row in made.json()["preconditions"] if row["code"] == "tlhp"]
    assert (row["value"], row["states"], row["document_ids"]) == (
        "99.5", {"WBK": "no", "WBBM": "no"}, [proof],
    )  # fmt: skip
    assert row["told_by"] == f"admin-of-{agency.id}"
    assert datetime.fromisoformat(row["told_at"]) > datetime.now(UTC) - timedelta(hours=1)
    again = await agency.send("POST", path, "admin", json=body, headers={"If-Match": '"1"'})
    assert again.status_code == 412


async def test_what_is_told_wrongly_is_named_and_nothing_is_kept(agency: Agency) -> None:
    unit = await agency.unit(is_ready=False)
    facts = [
        {"code": "tlhp", "value": "101"}, {"code": "opini_bpk", "value": "WTP"},
        {"code": "lama_zi", "value": "2", "document_ids": [str(uuid4())]}, {"code": "lama_zi", "value": "3"},
    ]  # fmt: skip
    path = f"/units/{unit}/preconditions/{YEAR}"
    refused = await agency.send("POST", path, "admin", json={"facts": facts}, headers={"If-Match": '"1"'})
    assert refused.status_code == 422
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [
        ("facts.0.value", "off_scale"), ("facts.1.code", "unknown_precondition"),
        ("facts.2.document_ids", "document_unknown"), ("facts.3.code", "duplicate"),
    ]  # fmt: skip
    assert (await agency.send("GET", path, "admin")).json()["version"] == 1


async def test_candidates_are_told_apart_by_what_is_known_of_them(agency: Agency) -> None:
    good = await agency.unit()
    unknown = await agency.unit(is_ready=False)
    low = await agency.unit(echelon="IV", has_service_function=False)
    found = await agency.send("GET", "/candidates", params={"year": YEAR, "agency_id": agency.id})
    rows = {row["unit_id"]: row for row in found.json()["items"]}
    assert [rows[unit]["outcome"] for unit in (good, unknown, low)] == ["eligible", "open", "refused"]
    assert {reason["precondition"] for reason in rows[unknown]["reasons"]} == set(UNIT_FACTS)
    assert [reason["code"] for reason in rows[low]["reasons"]] == ["echelon_too_low", "no_service_function"]
    wbbm = await agency.send(
        "GET", "/candidates", params={"year": YEAR, "agency_id": agency.id, "category": "WBBM"}
    )
    reasons = {row["unit_id"]: row["reasons"] for row in wbbm.json()["items"]}
    assert [reason["code"] for reason in reasons[good]] == ["wbk_missing"]


# -- predicates


async def test_predicates_are_listed_by_year_also_those_from_before_the_system(agency: Agency) -> None:
    unit = await agency.unit()
    file = await agency.paper("decree")
    for predicate, number, day in (("WBK", "SK-1", "2018-12-10"), ("WBBM", "SK-2", "2021-12-20")):
        decree = {"number": number, "dated_on": day, "signatory": "Menteri", "document_id": file}
        made = await agency.send(
            "POST", f"/units/{unit}/predicates", "admin", json={"predicate": predicate, "decree": decree}
        )
        assert made.status_code == 201, made.text
    years = (await agency.send("GET", f"/units/{unit}/predicates")).json()["years"]
    assert [(year, [row["predicate"] for row in rows]) for year, rows in years.items()] == [
        ("2021", ["WBBM"]), ("2018", ["WBK"]),
    ]  # fmt: skip
    assert years["2018"][0]["decree"] == {
        "number": "SK-1", "dated_on": "2018-12-10", "signatory": "Menteri", "document_id": file,
    }  # fmt: skip


async def test_a_decree_is_entered_once_and_never_from_the_future(agency: Agency) -> None:
    unit = await agency.unit()
    path = f"/units/{unit}/predicates"
    body = {"predicate": "WBK", "decree": DECREE}
    assert (await agency.send("POST", path, "admin", json=body)).status_code == 201
    again = await agency.send("POST", path, "admin", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "predicate_known")
    future = body | {"decree": DECREE | {"number": "SK-9", "dated_on": "2099-01-01"}}
    refused = await agency.send("POST", path, "admin", json=future)
    assert (refused.status_code, refused.json()["code"]) == (422, "decree_date")
    strange = body | {"decree": DECREE | {"number": "SK-8", "document_id": str(uuid4())}}
    assert (await agency.send("POST", path, "admin", json=strange)).status_code == 404


async def test_a_revoked_predicate_stays_listed_and_bars_the_unit(agency: Agency) -> None:
    unit = await agency.unit()
    path = f"/units/{unit}/predicates"
    made = await agency.send("POST", path, "admin", json={"predicate": "WBK", "decree": DECREE})
    predicate = f"/predicates/{made.json()['predicate_id']}/revoke"
    recent = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    body = {"decree": DECREE | {"number": "SK-90", "dated_on": recent}, "reason": "Tidak lagi memenuhi."}
    early = body | {"decree": DECREE | {"number": "SK-90", "dated_on": "2020-01-01"}}
    refused = await agency.send("POST", predicate, "admin", json=early, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "decree_date")
    done = await agency.send("POST", predicate, "admin", json=body, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert (done.json()["revoked"]["dated_on"], done.json()["reason"]) == (recent, "Tidak lagi memenuhi.")
    twice = await agency.send("POST", predicate, "admin", json=body, headers={"If-Match": '"2"'})
    assert (twice.status_code, twice.json()["code"]) == (409, "predicate_revoked")
    assert codes(await agency.propose(wbk(unit))) == ["waits_after_revocation"]


# -- proposals


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"echelon": "IV"}, "echelon_too_low"), ({"has_service_function": False}, "no_service_function")],
)
async def test_a_unit_below_echelon_three_or_without_service_is_refused(
    agency: Agency, fields: dict[str, Any], code: str
) -> None:
    unit = await agency.unit(**fields)
    refused = await agency.propose(wbk(unit))
    assert codes(refused) == [code]
    assert (refused.json()["errors"][0]["field"], refused.json()["errors"][0]["unit_id"]) == ("units.0", unit)


async def test_wbbm_needs_a_wbk_with_its_decree_date_and_mandiri_counts(agency: Agency) -> None:
    unit = await agency.unit(target="WBBM")
    assert codes(await agency.propose(wbk(unit, "WBBM"))) == ["wbk_missing"]
    body = {"predicate": "WBK", "giver": "mandiri", "decree": DECREE}
    assert (await agency.send("POST", f"/units/{unit}/predicates", "admin", json=body)).status_code == 201
    assert (await agency.propose(wbk(unit, "WBBM"))).status_code == 201


async def test_every_reason_against_every_unit_comes_at_once(agency: Agency) -> None:
    good, low, other = await agency.unit(), await agency.unit(echelon="V"), await agency.planning.unit()
    refused = await agency.propose(
        wbk(good), wbk(low), wbk(other), wbk(good, kawasan="Pelabuhan"), kawasan=[{"name": "Bandara"}]
    )
    assert codes(refused) == [
        "echelon_too_low", "unit_unknown", "duplicate", "kawasan_unknown", "kawasan_too_small",
    ]  # fmt: skip
    assert (await agency.send("GET", "/nominations", params={"agency_id": agency.id})).json()["items"] == []


async def test_a_kawasan_needs_its_integration_and_all_its_units(agency: Agency) -> None:
    units = [wbk(await agency.unit(), kawasan="Pelabuhan") for _ in range(2)]
    low = await agency.propose(*units, kawasan=[{"name": "Pelabuhan", "integration": "6.4999"}])
    assert codes(low) == ["integration_too_low"]
    bad = wbk(await agency.unit(echelon="IV"), kawasan="Pelabuhan")
    one = await agency.propose(*units, bad, kawasan=[{"name": "Pelabuhan", "integration": "6.5"}])
    assert codes(one) == ["echelon_too_low"]
    made = await agency.propose(*units, kawasan=[{"name": "Pelabuhan", "integration": "6.5"}])
    assert made.json()["kawasan"] == [{"name": "Pelabuhan", "integration": "6.5"}]


async def test_faults_of_others_keep_nobody_from_mending_a_proposal(agency: Agency) -> None:
    """All units become ineligible at once: one may be released while the other still is."""
    first, second = await agency.unit(), await agency.unit()
    made = (await agency.propose(wbk(first), wbk(second))).json()
    await agency.told(f"/agencies/{agency.id}/preconditions/{YEAR}", {"opini_bpk": "WDP"})
    low = await agency.unit(echelon="V")
    worse = await agency.act(made, "change", units=[wbk(first), wbk(second), wbk(low)])
    assert codes(worse) == ["echelon_too_low", "precondition_unmet"], "of the unit that joins alone"
    left = await agency.act(made, "change", units=[wbk(first)])
    assert (left.status_code, [one["unit_id"] for one in left.json()["units"]]) == (200, [first])


async def test_what_changes_nothing_opens_no_frozen_proposal(agency: Agency) -> None:
    unit = await agency.unit()
    made = await agency.handed_in(wbk(unit))
    frozen = (await agency.act(made, "packages")).json()
    again = (await agency.act(made, "change", units=[wbk(unit)])).json()
    papers = {name: frozen[name] for name in ("letter_id", "sptjm_id")}
    twice = (await agency.act(made, "submit", **papers)).json()
    assert [(one["state"], one["version"]) for one in (again, twice)] == [("frozen", frozen["version"])] * 2


async def test_nobody_joins_a_frozen_proposal_that_cannot_be_frozen_again(agency: Agency) -> None:
    unit, late = await agency.unit(), await agency.unit()
    made = await agency.handed_in(wbk(unit))
    await agency.act(made, "packages")
    agency.desk.is_open = False
    joined = await agency.act(made, "change", units=[wbk(unit), wbk(late)])
    assert (joined.status_code, joined.json()["code"]) == (409, "nomination_state")


async def test_afirmasi_goes_out_while_the_agency_waits(agency: Agency) -> None:
    await agency.told(f"/agencies/{agency.id}/preconditions/{YEAR}", {"opini_bpk": "WDP"})
    unit = await agency.unit(unit_type="rsud")
    assert codes(await agency.propose(wbk(unit))) == ["precondition_unmet"]
    made = await agency.handed_in(wbk(unit, "WBK-AFIRMASI"))
    frozen = await agency.act(made, "packages")
    assert frozen.status_code == 200, frozen.text
    proposal = json.loads(await agency.package(made, 1))["parts"]["proposal"]
    assert [(one["kategori"], one["afirmasi"]) for one in proposal["units"]] == [("WBK-AFIRMASI", True)]
    assert proposal["eligibility"] == {"WBK": True, "WBBM": False}


async def test_an_agency_proposes_once_a_year_until_it_withdraws(agency: Agency) -> None:
    unit = await agency.unit()
    made = (await agency.propose(wbk(unit))).json()
    again = await agency.propose(wbk(unit))
    assert (again.status_code, again.json()["code"]) == (409, "nomination_exists")
    gone = await agency.act(made, "withdraw", reason="Direorganisasi.")
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    late = await agency.act(made, "withdraw", reason="Lagi.")
    assert (late.status_code, late.json()["code"]) == (409, "nomination_state")
    assert (await agency.propose(wbk(unit))).status_code == 201


async def test_letter_and_sptjm_are_papers_of_the_agency_with_number_and_date(agency: Agency) -> None:
    made = (await agency.propose(wbk(await agency.unit()))).json()
    undated = await agency.paper("sptjm", number="1")
    wrong = await agency.act(made, "submit", letter_id=await agency.paper("proof"), sptjm_id=undated)
    assert codes(wrong) == ["document_unknown", "document_undated"]
    before = await agency.act(made, "packages")
    assert (before.status_code, before.json()["code"]) == (409, "nomination_state")


async def test_a_reader_of_one_unit_sees_proposals_of_that_unit_alone(agency: Agency) -> None:
    mine, other = await agency.unit(), await agency.unit()
    made = (await agency.propose(wbk(other))).json()
    headers = agency.planning.headers("unit_operator", mine, agency=agency.id)
    path = f"/nominations/{made['nomination_id']}"
    assert (await agency.planning.client.get(path, headers=headers)).status_code == 404
    await agency.act(made, "change", units=[wbk(other), wbk(mine)])
    assert (await agency.planning.client.get(path, headers=headers)).status_code == 200


# -- packages


async def wrote(agency: Agency, unit: str, layer: str, *sent: dict[str, Any]) -> None:
    role = {"unit": "unit_operator"}.get(layer, layer)
    await lead_to(agency.planning, unit, LAYER_STAGES[layer], agency=agency.id)
    headers = agency.planning.headers(role, unit, agency=agency.id)
    await lead_to(agency.planning, unit, LAYER_STAGES[layer], agency=agency.id)
    made = await agency.planning.client.post(
        f"/units/{unit}/worksheets/{YEAR}/answers",
        json={"layer": layer, "answers": list(sent)},
        headers=headers | {"If-Match": "*"},
    )
    assert made.status_code == 200, made.text


async def filled(agency: Agency, unit: str) -> None:
    """Write the specimen as the unit's own answers, with evidence and a note."""
    kept = await agency.planning.client.post(
        f"/units/{unit}/evidence",
        params={"kind": "sk"},
        files={"file": ("sk.pdf", PDF, "application/pdf")},
        headers=agency.planning.headers("unit_operator", unit, agency=agency.id),
    )
    first, *others = sent_answers("02-specimen")
    proved = first | {"note": "Lihat SK.", "evidence_ids": [kept.json()["evidence_id"]]}
    await wrote(agency, unit, "unit", proved, *others)


async def answered(agency: Agency, unit: str, layer: str, code: str, **value: Any) -> None:
    await wrote(agency, unit, layer, {"item_code": code, **value})


async def test_a_package_holds_both_layers_and_every_sha256_is_right(agency: Agency) -> None:
    unit = await agency.unit()
    await filled(agency, unit)
    await answered(agency, unit, "tpi", "B.I.a", index="3.71")
    await answered(agency, unit, "tpn", "B.I.a", index="1.23")
    made = await agency.handed_in(wbk(unit))
    frozen = await agency.act(made, "packages")
    assert (frozen.json()["state"], frozen.json()["package_version"]) == ("frozen", 1)
    content = await agency.package(made, 1)
    assert faults_of(content, {sha256_of(PDF): PDF}) == []
    whole = json.loads(content)
    kept = await agency.planning.db.read(
        lambda session: packages.get(session, frozen.json()["nomination_id"], 1)
    )
    assert isinstance(kept, Package)
    assert (kept.document(), kept.sha256) == (content, whole["sha256"])
    read = {answer["soal_id"]: answer for answer in portal_answers(kept, unit)}
    assert [read[number]["jawaban_unit"] for number in (1, 88, 89, 125)] == ["Ya", "2", "2", "4"]
    assert (read[125]["jawaban_tpi"], read[1]["catatan_unit"]) == ("3.71", "Lihat SK.")
    assert read[1]["bukti_dukung_unit"] == "sk.pdf (sk.pdf)"
    assert b"1.23" not in content
    assert agency.desk.proposed == {(unit, YEAR)}


async def test_a_package_stays_as_it_was_and_a_new_one_needs_a_reason(agency: Agency) -> None:
    unit = await agency.unit()
    await answered(agency, unit, "unit", "A.I.1.i.a", letter="Ya")
    made = await agency.handed_in(wbk(unit))
    await agency.act(made, "packages")
    first = await agency.package(made, 1)
    await answered(agency, unit, "unit", "A.I.1.i.a", letter="Tidak")
    assert await agency.package(made, 1) == first
    bare = await agency.act(made, "packages")
    assert (bare.status_code, bare.json()["code"]) == (422, "reason_missing")
    again = await agency.act(made, "packages", reason="Jawaban dibetulkan.")
    assert (again.status_code, again.json()["package_version"]) == (200, 2)
    second = json.loads(await agency.package(made, 2))
    assert await agency.package(made, 1) == first
    assert second["manifest"]["previous_sha256"] == json.loads(first)["sha256"] != second["sha256"]
    listed = await agency.send("GET", f"/nominations/{made['nomination_id']}/packages")
    assert [(row["version"], row["reason"], row["units"]) for row in listed.json()["packages"]] == [
        (2, "Jawaban dibetulkan.", 1), (1, None, 1),
    ]  # fmt: skip
    assert (await agency.send("GET", f"/nominations/{made['nomination_id']}/packages/3")).status_code == 404


async def test_after_the_window_nothing_changes(agency: Agency) -> None:
    unit, other = await agency.unit(), await agency.unit()
    made = await agency.handed_in(wbk(unit), wbk(other))
    await agency.act(made, "packages")
    agency.desk.is_open = False
    assert codes(await agency.act(made, "packages", reason="Terlambat.")) == ["closed_window"] * 2
    shown = await agency.send("GET", f"/nominations/{made['nomination_id']}")
    assert (shown.json()["package_version"], len(shown.json()["units"])) == (1, 2)


async def test_what_is_decided_is_not_taken_back(agency: Agency) -> None:
    unit, other = await agency.unit(), await agency.unit()
    made = await agency.handed_in(wbk(unit), wbk(other))
    await agency.act(made, "packages")
    agency.desk.decided.add((other, YEAR))
    for refused in (
        await agency.act(made, "withdraw", reason="Terlambat."),
        await agency.act(made, "change", units=[wbk(unit)], reason="Terlambat."),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "nomination_state")
    shown = await agency.send("GET", f"/nominations/{made['nomination_id']}")
    assert (shown.json()["state"], len(shown.json()["units"])) == ("frozen", 2)


async def test_nobody_writes_into_a_worksheet_while_it_is_frozen(agency: Agency) -> None:
    unit = await agency.unit()

    async def somebody_waits() -> bool:
        waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
        return bool(await agency.planning.rows(waiting))

    held, released = asyncio.Event(), asyncio.Event()

    async def freezes() -> None:
        async with agency.planning.db.transaction() as session:
            assert await candidates.worksheet_versions(session, [unit], YEAR, hold=True) == {unit: 0}
            held.set()
            await released.wait()

    freezing = asyncio.create_task(freezes())
    await held.wait()
    writing = asyncio.create_task(answered(agency, unit, "unit", "A.I.1.i.a", letter="Ya"))
    await until(somebody_waits)
    assert not writing.done()
    released.set()
    await asyncio.gather(freezing, writing)


async def test_a_unit_whose_review_is_not_over_bars_the_package_and_nothing_moves(agency: Agency) -> None:
    unit, early = await agency.unit(), await agency.unit()
    agency.desk.waiting.remove((early, YEAR))
    made = await agency.handed_in(wbk(unit), wbk(early))
    refused = await agency.act(made, "packages")
    assert codes(refused) == ["illegal_transition"]
    assert refused.json()["errors"][0]["unit_id"] == early
    assert agency.desk.proposed == set()
    listed = await agency.send("GET", f"/nominations/{made['nomination_id']}/packages")
    assert listed.json()["packages"] == []


async def test_a_unit_that_leaves_a_frozen_proposal_needs_a_reason_and_is_taken_back(agency: Agency) -> None:
    unit, leaves = await agency.unit(), await agency.unit()
    made = await agency.handed_in(wbk(unit), wbk(leaves))
    await agency.act(made, "packages")
    bare = await agency.act(made, "change", units=[wbk(unit)])
    assert (bare.status_code, bare.json()["code"]) == (422, "reason_missing")
    changed = await agency.act(made, "change", units=[wbk(unit)], reason="Ditunda.")
    assert (changed.json()["state"], changed.json()["package_version"]) == ("submitted", 1)
    assert agency.desk.proposed == {(unit, YEAR)}
    back = await agency.act(made, "change", units=[wbk(unit), wbk(leaves)])
    assert back.status_code == 200, back.text
    assert (await agency.act(made, "packages", reason="Jadi diusulkan.")).status_code == 200
    assert agency.desk.proposed == {(unit, YEAR), (leaves, YEAR)}
    told = [event for event in await agency.planning.events(leaves) if event[0].startswith("nomination")]
    assert told == [
        ("nomination.proposed.v1", 1), ("nomination.submitted.v1", 2), ("nomination.frozen.v1", 3),
        ("nomination.withdrawn.v1", 4), ("nomination.submitted.v1", 5), ("nomination.frozen.v1", 6),
    ]  # fmt: skip


async def test_a_preview_names_refusals_and_warnings_at_once_and_writes_nothing(agency: Agency) -> None:
    unit = await agency.unit(target="WBBM")
    await answered(
        agency, unit, "unit", "A.II.5.iii.a", inputs={"n0": 10, "n1": 5, "n2": 4, "n3": 2, "n4": 9}
    )
    made = (await agency.propose(wbk(unit))).json()
    await agency.told(f"/units/{unit}/preconditions/{YEAR}", {"tlhp": "50"})
    agency.desk.waiting.clear()
    path = f"/nominations/{made['nomination_id']}/preview"
    preview = (await agency.send("GET", path)).json()
    assert preview["is_freezable"] is False
    assert [finding["code"] for finding in preview["refusals"]] == [
        "precondition_unmet", "document_missing", "document_missing", "illegal_transition",
    ]  # fmt: skip
    warned = [finding["code"] for finding in preview["warnings"]]
    assert warned[:7] == [
        "declaration_missing", "proof_missing", "target_differs", "proof_missing",
        "items_blank", "items_blank", "total_unlike_parts",
    ]  # fmt: skip
    assert warned.count("gate_unmet") == 12
    (shown,) = preview["units"]
    assert (shown["unit_id"], shown["answers"]) == (unit, {"unit": 1, "tpi": 0})
    await agency.paper("declaration")
    warned = [finding["code"] for finding in (await agency.send("GET", path)).json()["warnings"]]
    assert "declaration_missing" not in warned
    listed = await agency.send("GET", f"/nominations/{made['nomination_id']}/packages")
    assert listed.json()["packages"] == []


async def test_pre_evaluation_names_the_gates_that_the_tpi_score_fails(agency: Agency) -> None:
    unit = await agency.unit()
    await answered(agency, unit, "tpi", "B.I.b", letter="C")
    found = await agency.send("GET", f"/units/{unit}/pre-evaluation/{YEAR}")
    body = found.json()
    assert (body["category"], body["is_passed"], body["reasons"]) == ("WBK", False, [])
    gates = {gate["gate"]: gate for gate in body["gates_failed"]}
    assert len(gates) == 11
    assert "B.I.b" not in gates
    assert (gates["B.I"]["shortfall_exact"], gates["B.I"]["shortfall"]) == ("63/4", "15.750000000000")


async def test_a_stale_version_is_refused(agency: Agency) -> None:
    made = await agency.handed_in(wbk(await agency.unit()))
    path = f"/nominations/{made['nomination_id']}/packages"
    refused = await agency.send("POST", path, json={}, headers={"If-Match": '"1"'})
    assert refused.status_code == 412


async def test_a_repeated_freeze_makes_one_package(agency: Agency) -> None:
    made = await agency.handed_in(wbk(await agency.unit()))
    path = f"/nominations/{made['nomination_id']}/packages"
    headers = {"If-Match": '"2"', "Idempotency-Key": uuid4().hex}
    replies = [await agency.send("POST", path, json={}, headers=headers) for _ in range(2)]
    assert [reply.json()["package_version"] for reply in replies] == [1, 1]
    listed = await agency.send("GET", path)
    assert len(listed.json()["packages"]) == 1


async def test_a_paper_is_given_back_whole_to_its_agency_alone(agency: Agency) -> None:
    letter = await agency.paper("letter")
    found = await agency.send("GET", f"/documents/{letter}/content")
    assert (found.status_code, found.content) == (200, PDF)
    stranger = agency.planning.headers("agency_head", "nobody", agency="a-other")
    path = f"/documents/{letter}/content"
    assert (await agency.planning.client.get(path, headers=stranger)).status_code == 404
    listed = await agency.send("GET", f"/agencies/{agency.id}/documents")
    assert [row["number"] for row in listed.json()["items"]] == [PAPER["number"]]


async def test_the_application_cannot_change_what_was_frozen(agency: Agency) -> None:
    made = await agency.handed_in(wbk(await agency.unit()))
    await agency.act(made, "packages")
    for statement in ("UPDATE nomination_part SET content = ''", "DELETE FROM nomination_package"):
        with pytest.raises(Exception, match="permission denied"):
            await agency.planning.rows(statement)


async def test_a_kawasan_passes_pre_evaluation_with_all_its_units_alone(agency: Agency) -> None:
    units = [await agency.unit() for _ in range(2)]
    made = await agency.handed_in(
        *(wbk(unit, kawasan="Pelabuhan") for unit in units),
        kawasan=[{"name": "Pelabuhan", "integration": "6.5"}],
    )
    assert (await agency.act(made, "packages")).status_code == 200
    await wrote(agency, units[0], "tpi", *sent_answers("02-specimen"))
    found = (await agency.send("GET", f"/units/{units[0]}/pre-evaluation/{YEAR}")).json()
    assert (found["gates_failed"], [reason["code"] for reason in found["reasons"]]) == (
        [], ["kawasan_fellow"],
    )  # fmt: skip
    assert units[1] in found["reasons"][0]["message"]
    principal = Principal("tpn-1", frozenset({"tpn"}), Scope("national"))
    for unit, expected in zip(units, (NominationRefusedError, GatesFailedError), strict=True):
        with pytest.raises(expected):
            await agency.planning.db.read(partial(_check, principal, unit))


async def _check(principal: Principal, unit: str, session: AsyncSession) -> None:
    await check_pre_evaluation(session, principal, unit, YEAR)
