"""The pages of an assessment: worksheets, reviews, proposals, the ministry's portal."""

import re
from collections.abc import Mapping
from typing import cast
from uuid import uuid4

from services.planning.settings import Settings
from shared.http.addresses import (
    PROPOSALS,
    TASKS,
    WINDOWS,
    WORKLOAD,
    WORKSHEETS,
    predicates_page,
    proposal_page,
    worksheet_page,
)
from shared.http.state import state_of
from shared.security import Scope
from tests.support import nominating
from tests.support.every_service import Service
from tests.support.forms import filled
from tests.support.page_visits.visit import AGENCY, LONG_NAME, UNIT, Person, Visit, logged_in
from tests.support.planning import YEAR, Planning
from tests.support.portal import in_days
from tests.support.stages import lead_to, let_propose, whole_sheet


async def worksheet_visits(service: Service, head: Mapping[str, str]) -> list[Visit]:
    """A worksheet that is half filled: as its operator fills it, is refused, and as others read it."""
    operator = service.issuer.headers("unit_operator", agencies=["a-1"], units=["u-1"])
    admin = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    opened = await service.client.post(
        "/programmes", json={"unit_id": "u-1", "year": YEAR - 1, "target": "WBBM"}, headers=admin
    )
    assert opened.status_code == 201, opened.text
    kept = await service.client.post(
        "/units/u-1/evidence/references",
        json={
            "title": "SK tim pembangunan zona integritas",
            "kind": "sk",
            "form": "text",
            "body": "Lemari 2",
        },
        headers=operator,
    )
    proof = [kept.json()["evidence_id"]]
    counts = {"n1": 48, "n2": 10, "n3": 36}
    note = "Reviu berjenjang berjalan di tiga dari lima layanan; dua layanan masih manual."
    answers = [
        {"item_code": "A.II.5.i.a", "letter": "C", "note": note, "evidence_ids": proof},
        {"item_code": "A.I.5.i.a", "letter": "B", "evidence_ids": proof},
        {"item_code": "A.II.5.ii.a", "inputs": counts},
        {"item_code": "A.II.5.iii.a", "inputs": {"n1": 1, "n4": 1}},
        {"item_code": "B.I.a", "index": "3.55"},
    ]
    state = state_of(service.app)
    planning = Planning(service.app, service.client, service.issuer, state.db, cast(Settings, state.settings))
    own = [{"item_code": "A.II.5.i.a", "letter": "D", "note": "Matriks risiko dua layanan belum ada."}]
    for layer, role, some in (
        ("unit", operator, answers),
        ("tpi", service.issuer.headers("tpi", level="agency", agencies=["a-1"]), own),
    ):
        if layer == "tpi":
            await lead_to(planning, "u-1", "penilaian_tpi", "test-tpi", agency="a-1")
        done = await service.client.post(
            f"/units/u-1/worksheets/{YEAR}/answers",
            json={"layer": layer, "answers": some},
            headers=role | {"If-Match": "*"},
        )
        assert done.status_code == 200, done.text
    await lead_to(planning, "u-1", "pengisian", "test-tpi", agency="a-1", number=2)
    sheet = worksheet_page("u-1", YEAR)
    person = Person(service, await logged_in(service, "unit_operator", UNIT, "Dewi Lestari"))
    page = (await person.client.get(f"{sheet}/5")).text
    form = filled(page, f"{sheet}/5")
    assert form is not None
    refused = form | {"n1:A.II.5.ii.a": "1.234", "blank:A.I.5.i.a": "1"}
    stale = form | {"version": "0", "letter:A.II.5.i.a": "A"}
    words = await person.form(f"{sheet}/bukti/A.I.5.i.b", f"{sheet}/bukti/A.I.5.i.b/tulis", title="SK")
    nothing = await person.form(f"{sheet}/bukti/A.I.5.i.b")
    nobody = await logged_in(service, "agency_head", Scope("agency", agencies=frozenset({"a-9"})))
    return [
        Visit("worksheets", WORKSHEETS, head),
        Visit("worksheets-empty", WORKSHEETS, nobody),
        Visit("worksheet", sheet, person.cookies),
        Visit("worksheet-bare", f"{sheet}?saring=tanpa-bukti", person.cookies),
        Visit("worksheet-nothing", f"{worksheet_page('u-1', YEAR - 1)}?saring=belum-lengkap", person.cookies),
        Visit("area", f"{sheet}/5", person.cookies),
        Visit("area-results", f"{sheet}/hasil", person.cookies),
        Visit("area-nothing", f"{sheet}/1?saring=belum-lengkap", person.cookies),
        Visit("area-read", f"{sheet}/5", head),
        Visit("area-refused", f"{sheet}/5", person.cookies, refused, 422),
        Visit("area-stale", f"{sheet}/5", person.cookies, stale, 412),
        Visit("evidence", f"{sheet}/bukti/A.I.5.i.b", person.cookies),
        Visit("evidence-proved", f"{sheet}/bukti/A.II.5.i.a", person.cookies),
        Visit("evidence-refused", f"{sheet}/bukti/A.I.5.i.b", person.cookies, nothing, 422),
        Visit("evidence-words-refused", f"{sheet}/bukti/A.I.5.i.b/tulis", person.cookies, words, 422),
    ]


async def review_visits(service: Service, admin: Person) -> list[Visit]:
    """A worksheet handed in and half assessed: as its assessor, its unit and the national team see it."""
    scope = {"agencies": ["a-1"], "units": ["u-2"]}

    async def ask(role: str, method: str, path: str, body: object) -> dict[str, object]:
        headers = service.issuer.headers(role, level="national", **scope)  # type: ignore[arg-type]
        answer = await service.client.request(method, path, json=body, headers=headers | {"If-Match": "*"})
        assert answer.is_success, answer.text
        return dict(answer.json())

    stage, sheet = f"/units/u-2/stages/{YEAR}", worksheet_page("u-2", YEAR)
    await ask("admin", "POST", "/programmes", {"unit_id": "u-2", "year": YEAR, "target": "WBK"})
    words = {"title": "SK tim", "kind": "sk", "form": "address", "body": "https://arsip.test/sk-tim"}
    proof = await ask("unit_operator", "POST", "/units/u-2/evidence/references", words)
    told = {"note": "Reviu berjenjang di tiga dari lima layanan.", "evidence_ids": [proof["evidence_id"]]}
    answers = [one | (told if one["item_code"] == "A.II.5.i.a" else {}) for one in whole_sheet()]
    await ask("unit_operator", "POST", f"/units/u-2/worksheets/{YEAR}/answers",
              {"layer": "unit", "answers": answers})  # fmt: skip
    await ask("unit_leader", "POST", f"{stage}/acts/submit", {})
    team = {"team_id": "tim-2", "layer": "tpi", "agency_id": "a-1", "name": "Tim Inspektorat I"}
    await ask("admin", "POST", "/assessor-teams", team)
    person = {"team_id": "tim-2", "subject": "test-tpi", "organisation": "Inspektorat Utama"}
    await ask("admin", "POST", "/assessors", person | {"role": "pengendali_teknis"})
    await ask("admin", "PUT", f"{stage}/team", {"team_id": "tim-2"})
    own = [
        {"item_code": "A.II.5.i.a", "letter": "D", "note": "Matriks risiko dua layanan belum ada."},
        {"item_code": "A.I.4.i.a", "letter": "B"},
        {"item_code": "A.II.5.ii.a", "inputs": {"n1": 4, "n2": 2, "n3": 2}, "note": "Dua belum selesai."},
    ]
    await ask("tpi", "POST", f"/units/u-2/worksheets/{YEAR}/answers", {"layer": "tpi", "answers": own})
    await ask("tpi", "POST", f"{stage}/findings", {"item_code": "A.II.5.i.a", "text": "Mana matriksnya?"})
    tpi = Person(service, await logged_in(service, "tpi", AGENCY, "Agus Pratama"))
    unit = Scope("unit", agencies=frozenset({"a-1"}), units=frozenset({"u-2"}))
    leader = await logged_in(service, "unit_leader", unit, "Dewi Lestari")
    late = {
        "title": "SK tim kerja", "kind": "lainnya", "form": "text", "key": "k" * 30,
        "body": "SK tim kerja ada di lemari arsip nomor dua, map biru; salinannya pada sekretariat. " * 2,
    }  # fmt: skip
    gone = {"finding_id": str(uuid4()), "version": "1", "answer": "Matriks risiko sudah dilampirkan."}
    operator = await logged_in(service, "unit_operator", unit, "Rina Kartika")
    token = await Person(service, operator).form(sheet, state_of(service.app).login.logout)
    here = f"{sheet}/penilaian/tpi"
    form = filled((await tpi.client.get(f"{here}/5")).text, f"{here}/5?saring=semua")
    assert form is not None
    refused = form | {"n1:A.II.5.ii.a": "-1", "blank:A.II.5.i.a": "1"}
    stale = form | {"version": "0", "letter:A.II.5.i.a": "A"}
    no_reason = await tpi.form(f"{sheet}/tahap/kembalikan")
    nothing = await tpi.form(f"{sheet}/temuan/A.I.1.i.a", finding="")
    work = f"{WORKLOAD}?tahun={YEAR}"
    no_role = await admin.form(work, f"{WORKLOAD}/penilai?tahun={YEAR}", organisation="Inspektorat")
    no_days = await admin.form(f"{WINDOWS}?tahun={YEAR}", window="penilaian_tpi")
    nobody = await logged_in(service, "tpn", Scope("agency", agencies=frozenset({"a-9"})))
    return [
        Visit("review", here, tpi.cookies),
        Visit("review-open", f"{here}?saring=belum-dinilai", tpi.cookies),
        Visit("review-area", f"{here}/5", tpi.cookies),
        Visit("review-read", f"{here}/5", leader),
        Visit("review-nothing", f"{sheet}/penilaian/tpn", leader),
        Visit("review-refused", f"{here}/5?saring=semua", tpi.cookies, refused, 422),
        Visit("review-stale", f"{here}/5?saring=semua", tpi.cookies, stale, 412),
        Visit("evidence-open", f"{sheet}/dokumen/{proof['evidence_id']}", tpi.cookies),
        Visit("stages", f"{sheet}/tahap", tpi.cookies),
        Visit("act", f"{sheet}/tahap/kembalikan", tpi.cookies),
        Visit("act-lacking", f"{sheet}/tahap/akhiri-putaran", tpi.cookies),
        Visit("act-refused", f"{sheet}/tahap/kembalikan", tpi.cookies, no_reason, 422),
        Visit("act-not-now", f"{sheet}/tahap/serahkan", leader, status=409),
        Visit("round", f"{sheet}/putaran/unit/1", leader),
        Visit("finding", f"{sheet}/temuan/A.I.1.i.a", tpi.cookies),
        Visit("finding-refused", f"{sheet}/temuan/A.I.1.i.a", tpi.cookies, nothing, 422),
        Visit("findings", f"{sheet}/temuan", leader),
        Visit("finding-gone", f"{sheet}/temuan", operator, token | gone, 404),
        Visit("evidence-late", f"{sheet}/bukti/A.I.1.i.a/tulis", operator, token | late, 409),
        Visit("worksheet-with-findings", sheet, leader),
        Visit("tasks", TASKS, tpi.cookies),
        Visit("tasks-none", TASKS, nobody),
        Visit("workload", f"{WORKLOAD}?tahun={YEAR}", admin.cookies),
        Visit("workload-none", WORKLOAD, nobody),
        Visit("workload-refused", f"{WORKLOAD}/penilai?tahun={YEAR}", admin.cookies, no_role, 422),
        Visit("windows", WINDOWS, admin.cookies),
        Visit("windows-refused", f"{WINDOWS}?tahun={YEAR}", admin.cookies, no_days, 422),
    ]


async def proposal_visits(service: Service) -> list[Visit]:
    """An agency that froze a package and changed its proposal since, as its people and the TPN see it."""
    state, agency = state_of(service.app), "a-5"
    planning = Planning(service.app, service.client, service.issuer, state.db, cast(Settings, state.settings))
    names = {"n-1": LONG_NAME, "n-2": "RSUD Cendana", "n-3": "Balai Pengujian Jati", "n-4": "Samsat Ulin"}
    for unit, called in names.items():
        await planning.unit(agency=agency, unit_id=unit, name=called, unit_type="rsud")
        await planning.another_programme(unit, YEAR, agency=agency)
        await lead_to(planning, unit, "pengusulan", agency=agency)
    await let_propose(planning, agency)

    async def at_last() -> None:
        """Nothing more is needed before the first package."""

    await nominating.frozen(service.client, service.issuer, agency, "n-1", YEAR, lead=at_last)
    admin = service.issuer.headers("admin", level="agency", agencies=[agency])
    proof = await nominating.paper(service.client, admin, agency, "proof")
    for unit in ("n-2", "n-4"):
        told = f"/units/{unit}/preconditions/{YEAR}"
        facts = [
            {"code": code, "value": value, "document_ids": [proof["document_id"]]}
            for code, value in nominating.UNIT_FACTS.items()
        ]
        body = {"facts": facts}
        done = await service.client.post(told, json=body, headers=admin | {"If-Match": '"1"'})
        assert done.status_code == 200, done.text
    own = Scope("agency", agencies=frozenset({agency}))
    head = Person(service, await logged_in(service, "agency_head", own, "Hendra Gunawan"))
    admin_person = Person(service, await logged_in(service, "admin", own, "Sri Wahyuni"))
    national = await logged_in(service, "tpn", Scope("national"))
    one_unit = Scope("unit", agencies=frozenset({agency}), units=frozenset({"n-1"}))
    operator = await logged_in(service, "unit_operator", one_unit)
    nobody = await logged_in(service, "unit_operator", UNIT)
    here = proposal_page(agency, YEAR)
    calon = f"{here}/calon?kategori=WBK"
    nothing = await head.form(calon, f"{here}/calon")
    await head.send(calon, f"{here}/calon", chosen="n-2")
    kawasan = await head.form(f"{here}/kawasan", kawasan="Pelabuhan", integration="6,4", member="n-2")
    category = await head.form(f"{here}/unit/n-2", category="WBBM")
    wrong = {"value-tlhp": "101", "value-lama_zi": "dua"}
    off_scale = await admin_person.form(f"{here}/prasyarat/n-3", **wrong)
    no_file = await head.form(f"{here}/dokumen", kind="letter", dated_on="kemarin")
    no_reason = await head.form(f"{here}/tarik")
    predicates = predicates_page("n-1")
    (award, *_) = re.findall(r'href="([^"]+/cabut)"', (await admin_person.client.get(predicates)).text)
    no_decree = await admin_person.form(predicates, predicate="WBK", number="SK-9")
    early = {"number": "SK-9", "dated_on": "2020-01-01", "signatory": "Menteri", "reason": "Pelanggaran."}
    too_early = await admin_person.form(award, **early)
    return [
        *await _portal_visits(service, agency, head, admin_person),
        Visit("proposals", PROPOSALS, national),
        Visit("proposals-none", PROPOSALS, nobody),
        Visit("proposal", here, head.cookies),
        Visit("proposal-none", proposal_page(agency, YEAR + 1), head.cookies),
        Visit("proposal-read", here, operator),
        Visit("candidates", calon, head.cookies),
        Visit("candidates-wbbm", f"{here}/calon?kategori=WBBM", national),
        Visit("candidates-refused", f"{here}/calon", head.cookies, nothing, 422),
        Visit("proposed-unit", f"{here}/unit/n-1", head.cookies),
        Visit("proposed-unit-refused", f"{here}/unit/n-2", head.cookies, category, 422),
        Visit("kawasan", f"{here}/kawasan", head.cookies),
        Visit("kawasan-refused", f"{here}/kawasan", head.cookies, kawasan, 422),
        Visit("preconditions", f"{here}/prasyarat", admin_person.cookies),
        Visit("preconditions-read", f"{here}/prasyarat/n-2", operator, status=404),
        Visit("preconditions-unit", f"{here}/prasyarat/n-2", head.cookies),
        Visit("preconditions-refused", f"{here}/prasyarat/n-3", admin_person.cookies, off_scale, 422),
        Visit("papers", f"{here}/dokumen", head.cookies),
        Visit("papers-refused", f"{here}/dokumen", head.cookies, no_file, 422, b""),
        Visit("freeze", f"{here}/bekukan", head.cookies),
        Visit("freeze-read", f"{here}/bekukan", national),
        Visit("withdraw", f"{here}/tarik", head.cookies),
        Visit("withdraw-refused", f"{here}/tarik", head.cookies, no_reason, 422),
        Visit("predicates", predicates, admin_person.cookies),
        Visit("predicates-none", predicates_page("n-3"), national),
        Visit("predicates-refused", predicates, admin_person.cookies, no_decree, 422),
        Visit("revoke", award, admin_person.cookies),
        Visit("revoke-refused", award, admin_person.cookies, too_early, 422),
    ]


async def _portal_visits(service: Service, agency: str, head: Person, admin: Person) -> list[Visit]:
    """What PortalRB got of a frozen proposal, and the tokens it pulls with, as the agency's people see it."""
    portal = f"{proposal_page(agency, YEAR)}/portalrb"
    tokens = f"{portal}/token"
    issuing = service.issuer.headers("admin", level="agency", agencies=[agency])
    body = {"client": "Kementerian PANRB", "expires_on": in_days(30)}
    made = await service.client.post(f"/agencies/{agency}/portal-tokens", json=body, headers=issuing)
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    for path in ("pengusulan/unit-wbk", "lke/jawaban-unit/n-1", "lke/jawaban-unit/n-9"):
        await service.client.get(f"/portalrb/{path}", headers=bearer)
    revoking = f"{tokens}/{made.json()['token_id']}/cabut"
    return [
        Visit("portal", portal, head.cookies),
        Visit("portal-none", f"{proposal_page(agency, YEAR + 1)}/portalrb", admin.cookies),
        Visit("portal-unit", f"{portal}/unit/n-1", head.cookies),
        Visit("portal-pulls", f"{portal}/penarikan", admin.cookies),
        Visit("portal-tokens", tokens, admin.cookies),
        Visit(
            "portal-tokens-refused",
            tokens,
            admin.cookies,
            await admin.form(tokens, client="Kementerian PANRB", expires_on="2098-01-01"),
            422,
        ),
        Visit(
            "portal-token",
            tokens,
            admin.cookies,
            await admin.form(tokens, client="PortalRB", expires_on=in_days(30)),
        ),
        Visit("portal-revoke", revoking, admin.cookies),
    ]
