"""The commands of `zi` that speak with planning, against its API on a loopback port."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

from shared.instruments.lke import usual_documents
from tests.support import terminal
from tests.support.nominating import AGENCY_FACTS, UNIT_FACTS
from tests.support.planning import AGENCY, PDF, YEAR, Planning
from tests.support.polling import until
from tests.support.portal import Portal, in_days
from tests.support.stages import fill, lead_to, let_propose
from tests.support.terminal import Answered
from tests.support.unit_files import csv_file
from tests.support.wording import worded
from tests.support.workbook import workbook


@dataclass(frozen=True)
class Zi:
    planning: Planning
    address: str

    async def __call__(self, role: str, unit: str, *arguments: str, agency: str = AGENCY) -> Answered:
        """Run `zi` as somebody with this role; return exit code, output and errors."""
        bearer = self.planning.headers(role, unit, agency=agency)["Authorization"].removeprefix("Bearer ")
        return await terminal.zi(
            *arguments, environment={"ZI_PLANNING_URL": self.address, "ZI_TOKEN": bearer, "COLUMNS": "200"}
        )

    async def json(self, role: str, unit: str, *arguments: str) -> Any:
        code, out, err = await self(role, unit, *arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
async def zi(planning: Planning) -> AsyncIterator[Zi]:
    config = uvicorn.Config(planning.app, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Zi(planning, f"http://127.0.0.1:{port}")
    server.should_exit = True
    await serving


async def test_from_a_new_unit_to_an_imported_worksheet(zi: Zi, tmp_path: Path) -> None:
    unit = f"cli-{uuid4().hex[:8]}"
    made = await zi.json("admin", unit, "unit", "create", "--id", unit, "--name", "Kantor A")
    assert (made["unit_id"], made["version"]) == (unit, 1)
    assert (await zi.json("admin", unit, "unit", "show", unit))["name"] == "Kantor A"
    assert unit in (await zi("admin", unit, "unit", "list"))[1]
    where = ("--unit", unit, "--year", str(YEAR))
    file = tmp_path / "lke.xlsx"
    file.write_bytes(workbook({"A.I.1.i.a": "Ya", "A.I.1.i.b": "B"}))

    code, _, err = await zi("unit_operator", unit, "lke", "import", str(file), *where)
    assert (code, "zi programme create" in err) == (1, True)
    await zi.json("admin", unit, "programme", "create", *where, "--target", "WBK")
    assert (await zi.json("admin", unit, "programme", "show", *where))["target"] == "WBK"
    assert len(await zi.json("admin", unit, "programme", "list", "--unit", unit)) == 1

    told = await zi.json("unit_operator", unit, "lke", "import", str(file), *where, "--dry-run")
    assert (told["version"], len(told["changes"])) == (0, 2)
    done = await zi.json("unit_operator", unit, "lke", "import", str(file), *where, "--layer", "unit")
    assert done["version"] == 2
    typed = await zi.json(
        "unit_operator",
        unit,
        "lke",
        "answer",
        *where,
        "B.I.a=3,71",
        "A.II.1.i.a=n1=4,n2=3",
        "A.I.1.i.a=Tidak",
    )
    assert typed["version"] == 5
    blanked = await zi.json(
        "unit_operator", unit, "lke", "answer", *where, "A.I.1.i.a=", "--reason", "salah butir"
    )
    assert blanked["version"] == 6
    code, out, _ = await zi("unit_operator", unit, "lke", "show", *where)
    assert (code, "n1=4, n2=3" in out, "(blank)" in out, "version 6" in out) == (0, True, True, True)


async def test_a_register_goes_out_as_a_file_and_comes_in_again(zi: Zi, tmp_path: Path) -> None:
    agency = f"cli-{uuid4().hex[:8]}"
    own = zi.planning.headers("admin", "none", agency=agency)
    bearer = own["Authorization"].removeprefix("Bearer ")
    environment = {"ZI_PLANNING_URL": zi.address, "ZI_TOKEN": bearer, "COLUMNS": "200"}

    async def run(*arguments: str) -> Answered:
        return await terminal.zi("unit", *arguments, environment=environment)

    one, two = f"{agency}-1", f"{agency}-2"
    faulty = tmp_path / "salah.csv"
    faulty.write_bytes(csv_file(("Kode unit", "Nama unti", "Zona"), (one, "Kantor", "WIB")))
    code, out, err = await run("import", str(faulty), "--dry-run")
    assert (code, "B1: is no header of this file; right would be: Nama unit" in out) == (1, True)
    assert "salah.csv, 1 kB: checking every cell" in err
    code, _, err = await run("import", str(faulty))
    assert code == 1
    assert "the file of units was not taken over; nothing was written" in err
    assert "B1: is no header of this file" in err

    file = tmp_path / "unit.csv"
    file.write_bytes(
        csv_file(("Kode unit", "Nama unit", "Kode induk"), (two, "Cabang", one), (one, "Pusat", ""))
    )
    code, out, _ = await run("import", str(file), "--dry-run")
    assert (code, f"row 2: {two} new: Cabang" in out, "would be written" in out) == (0, True, True)
    code, out, _ = await run("import", str(file))
    assert (code, out.splitlines()[-1].startswith("2 new, 0 changed, 0 as they were")) == (0, True)

    code, out, _ = await run("change", two, "--name", "Cabang Baru", "--region", "Papua", "--json")
    assert (code, json.loads(out)["region"], json.loads(out)["parent_id"]) == (0, "Papua", one)
    code, out, _ = await run("change", two, "--parent", "", "--json")
    assert (code, json.loads(out)["parent_id"]) == (0, None)
    assert (await run("change", two))[0] == 1
    code, out, _ = await run("merge", two, "--into", one, "--json")
    assert (code, json.loads(out)["merged_into"]) == (0, one)
    code, _, err = await run("change", two, "--name", "Lain")
    assert (code, "was merged into another one" in err, f"Pusat ({one})" in err) == (1, True, True)
    assert (await run("unmerge", two))[0] == 0
    assert f"{two}  Cabang Baru" in (await run("list", "--search", "papua"))[1]

    for name in ("keluar.csv", "keluar.xlsx"):
        written = tmp_path / name
        code, out, _ = await run("export", str(written))
        assert (code, "written" in out) == (0, True)
        code, out, _ = await run("import", str(written))
        assert (code, "0 new, 0 changed, 2 as they were" in out) == (0, True), out
    assert "Kode unit;Nama unit" in (await run("export", "-"))[1]
    assert (await run("export", "unit.txt"))[0] == 1


async def test_a_workbook_with_errors_exits_with_every_finding(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    file = tmp_path / "lke.xlsx"
    file.write_bytes(workbook({}, {"K58": "E", "K8": "Mungkin", "K129": "tiga"}))
    where = ("--unit", unit, "--year", str(YEAR))
    for mode in ((), ("--dry-run",)):
        code, out, err = await zi("unit_operator", unit, "lke", "import", str(file), *where, *mode)
        assert code == 1
        assert "LKE ZI!K8" in out + err
        line = next(line for line in (out + err).splitlines() if "K58" in line)
        assert line.endswith("LKE ZI!K58 (A.I.3.v.a): outside scale; allowed: A/B/C/D")
        assert 'detail: "E" bukan pilihan A/B/C/D' in out + err
        assert line.count("K58") == 1
        count = next(line for line in (out + err).splitlines() if "K129" in line)
        assert count.endswith("LKE ZI!K129 (A.II.1.i.a.n1): not a count; allowed: a whole number, 0 or more")


async def test_filling_says_what_is_kept_and_which_evidence_joins(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    file = tmp_path / "lke.xlsx"
    file.write_bytes(workbook({"A.I.1.i.a": "Tidak"}, {"P8": "SK Tim"}))
    where = ("--unit", unit, "--year", str(YEAR))
    await zi.json("unit_operator", unit, "lke", "answer", *where, "A.I.1.i.a=Ya")
    code, out, err = await zi("unit_operator", unit, "lke", "import", str(file), *where, "--mode", "fill")
    assert code == 0, err
    assert "A.I.1.i.a evidence: SK Tim" in out
    assert "A.I.1.i.a.value: Ya is kept (K8 says otherwise)" in out
    assert "--mode merge takes what the workbook says" in out


async def test_a_total_without_its_parts_is_warned_about_as_it_is_typed(zi: Zi) -> None:
    unit = await zi.planning.programme()
    where = ("--unit", unit, "--year", str(YEAR))
    code, out, err = await zi("unit_operator", unit, "lke", "answer", *where, "A.II.5.iii.a=n0=4,n4=3")
    assert code == 0, err
    assert "total_alone" in out
    assert "PortalRB hanya menerima rinciannya" in out
    code, out, err = await zi(
        "unit_operator", unit, "lke", "answer", *where, "A.II.5.iii.a=n1=1,n2=2,n3=1,n4=3"
    )
    assert (code, "warnings" in out) == (0, False), err


async def test_what_was_mistyped_is_asked_back(zi: Zi) -> None:
    unit = await zi.planning.programme()
    where = ("--unit", unit, "--year", str(YEAR))
    code, _, err = await zi("unit_operator", unit, "lke", "answer", *where, "A.I.1.i.z=Ya")
    assert code == 1
    assert "A.I.1.i.z: did you mean A.I.1.i.a" in err
    assert "answers.0" not in err
    assert "answer 1, item code: unknown code\n    detail: A.I.1.i.z: bukan kode butir LKE" in err
    plan = ("--indicator", "A.I.1.iiii", "--title", "Rapat tim")
    code, _, err = await zi("unit_operator", unit, "activity", "add", *where, *plan)
    assert (code, "A.I.1.iiii: did you mean A.I.1.iii" in err) == (1, True)
    code, _, err = await zi("admin", unit, "unit", "show", f"{unit}x")
    assert (code, f"did you mean {unit}" in err) == (1, True)
    assert err.startswith("zi: there is nothing of that name, or not for you\n  detail: ")
    code, out, err = await zi("admin", unit, "programme", "list", "--unit", f"{unit}x")
    assert (code, out, err) == (0, "nothing to show\n", f"zi: did you mean {unit}?\n")


async def test_an_item_names_its_usual_documents(zi: Zi) -> None:
    found = await zi.json("verifier", "none", "lke", "item", "A.I.1.i.a")
    assert (found["item_code"], found["parent"]) == ("A.I.1.i.a", "Penyusunan tim kerja")
    assert (found["text"], found["allowed"]) == ("Tim pembangunan ZI sudah dibentuk di unit", "Ya/Tidak")
    assert [one["key"] for one in found["documents"]] == [
        document.key for document in usual_documents("A.I.1.i.a")
    ]
    code, _, err = await zi("verifier", "none", "lke", "item", "A.I.1.i.z")
    assert (code, "A.I.1.i.z: did you mean A.I.1.i.a" in err) == (1, True)


async def test_a_refused_workbook_is_json_for_scripts_and_exit_code_1(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    file = tmp_path / "lke.xlsx"
    file.write_bytes(workbook({}, {"K58": "E"}))
    where = ("--unit", unit, "--year", str(YEAR))
    code, out, _ = await zi("unit_operator", unit, "lke", "import", str(file), *where, "--json")
    problem = json.loads(out)
    (error,) = problem["errors"]
    assert (code, problem["code"]) == (1, "workbook_refused")
    told = (error[name] for name in ("sheet", "cell", "row", "item_code", "value", "reason", "allowed"))
    assert tuple(told) == ("LKE ZI", "K58", 58, "A.I.3.v.a", "E", "outside_scale", "A/B/C/D")


async def test_an_activity_is_completed_with_its_evidence(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    where = ("--unit", unit, "--year", str(YEAR))
    plan = ("--indicator", "A.I.1.i", "--title", "Rapat tim", "--kind", "notulen", "--due-on", "2026-03-31")
    made = await zi.json("unit_operator", unit, "activity", "add", *where, *plan)
    code, _, err = await zi("unit_operator", unit, "activity", "complete", made["activity_id"])
    assert (code, "notulen" in err) == (1, True)
    file = tmp_path / "notulen.pdf"
    file.write_bytes(PDF)
    done = await zi.json(
        "unit_operator", unit, "activity", "complete", made["activity_id"], "--evidence", f"notulen={file}"
    )
    assert (done["state"], len(done["evidence_ids"])) == ("done", 1)
    rows = await zi.json("unit_operator", unit, "activity", "list", *where)
    assert [row["state"] for row in rows] == ["done"]


@dataclass(frozen=True)
class Office:
    """`zi` as people of one agency run it, about one unit."""

    zi: Zi
    agency: str
    unit: str

    async def __call__(self, role: str, *words: str, code: int = 0) -> Answered:
        answered = await self.zi(role, self.unit, *words, agency=self.agency)
        assert answered.code == code, answered.err + answered.out
        return answered

    async def json(self, role: str, *words: str) -> Any:
        return (await self(role, *words, "--json")).json()


async def test_preconditions_and_predicates_are_told_at_the_terminal(zi: Zi) -> None:
    agency, unit = f"a-{uuid4().hex[:8]}", f"n-{uuid4().hex[:8]}"

    office = Office(zi, agency, unit)
    year = ("--year", str(YEAR))
    await office("admin", "unit", "create", "--id", unit, "--name", "RSUD A")
    await office("admin", "programme", "create", "--unit", unit, *year, "--target", "WBK")
    await office("admin", "agency", "set-type", "--agency", agency, "--type", "pemda_provinsi")
    for whose, facts in ((("--agency", agency), AGENCY_FACTS), (("--unit", unit), UNIT_FACTS)):
        pairs = [f"{code}={value}" for code, value in facts.items()]
        await office("admin", "nomination", "precondition", "set", *whose, *year, *pairs)
    shown = await office("admin", "nomination", "precondition", "show", "--unit", unit, *year)
    assert "lhkpn_lhkasn" in shown.out
    (row,) = await office.json("agency_head", "nomination", "candidates", *year, "--agency", agency)
    assert row["outcome"] == "eligible"
    assert "eligible" in (await office("agency_head", "nomination", "candidates", *year)).out

    decree = ("--number", "SK-77", "--dated-on", "2019-12-10", "--signatory", "Menteri")
    await office("admin", "predicate", "add", "--unit", unit, "--predicate", "WBK", *decree)
    (awarded,) = await office.json("admin", "predicate", "list", "--unit", unit)
    taken = ("--number", "SK-90", "--dated-on", "2021-02-01", "--signatory", "Menteri", "--reason", "Turun.")
    await office("admin", "predicate", "revoke", awarded["predicate_id"], "--unit", unit, *taken)
    assert "2021-02-01" in (await office("admin", "predicate", "list", "--unit", unit)).out


async def _serve_the_portal(office: Office, unit: str, agency: str) -> None:
    """Make a token, pull with it, say how the review stands, revoke the token."""
    whose, year = ("--agency", agency), ("--year", str(YEAR))
    made = await office.json("admin", "portal", "token", "create", *whose, "--expires-on", in_days(30))
    portal = Portal(office.zi.planning, made["token"])
    assert (await portal.answers(unit)).status_code == 200
    listed = await office("admin", "portal", "token", "list", *whose)
    assert made["token_id"] in listed.out
    assert made["token"] not in listed.out
    (pull,) = (await office.json("agency_head", "portal", "pulls", *whose))["items"]
    assert (pull["route"], pull["unit_id"], pull["status"]) == ("jawaban-unit", unit, 200)
    assert "pulled" in (await office("agency_head", "portal", "reviews", *whose, *year, code=1)).out
    said = ("portal", "review", *whose, *year, "--unit", unit, "--state", "sesuai")
    assert (await office.json("agency_head", *said))["state"] == "sesuai"
    unknown = await office("agency_head", *said[:-3], "nobody", "--state", "sesuai", code=1)
    assert "is not in the package" in unknown.err
    gone = await office("admin", "portal", "token", "revoke", made["token_id"], *whose)
    assert "revoked_by" in gone.out
    assert (await portal.answers(unit)).status_code == 401
    missing = await office("admin", "portal", "token", "revoke", "nobody", *whose, code=1)
    assert "has no token" in missing.err


async def test_a_proposal_becomes_a_package_that_verifies(zi: Zi, tmp_path: Path) -> None:
    agency, unit = f"a-{uuid4().hex[:8]}", f"n-{uuid4().hex[:8]}"
    office, year = Office(zi, agency, unit), ("--year", str(YEAR))
    await office("admin", "unit", "create", "--id", unit, "--name", "RSUD A")
    await office("admin", "programme", "create", "--unit", unit, *year, "--target", "WBK")
    await office("admin", "agency", "set-type", "--agency", agency, "--type", "pemda_provinsi")
    for whose, facts in ((("--agency", agency), AGENCY_FACTS), (("--unit", unit), UNIT_FACTS)):
        pairs = [f"{code}={value}" for code, value in facts.items()]
        await office("admin", "nomination", "precondition", "set", *whose, *year, *pairs)

    await let_propose(zi.planning, agency)
    await lead_to(zi.planning, unit, "pengusulan", agency=agency)
    file = tmp_path / "surat.pdf"
    file.write_bytes(PDF)
    papers = []
    for kind in ("letter", "sptjm"):
        about = ("--agency", agency, "--kind", kind, "--number", "800/1", "--dated-on", "2026-05-18")
        made = await office.json("agency_head", "nomination", "document", "add", str(file), *about)
        papers += [f"--{kind}", made["document_id"]]
    listed = await office.json("agency_head", "nomination", "document", "list", "--agency", agency)
    assert [paper["kind"] for paper in listed] == ["letter", "sptjm"]
    proposed = ("nomination", "propose", "--agency", agency, *year, f"{unit}=WBK", *papers, "--confirm")
    out = (await office("agency_head", *proposed)).out
    assert "frozen, package 1" in out
    assert "warning: " in out
    (made,) = await office.json("agency_head", "nomination", "list", "--agency", agency)
    id_ = made["nomination_id"]
    again = await office("agency_head", "nomination", "freeze", id_, code=1)
    assert "Paket baru memerlukan alasan." in again.err
    await office("agency_head", "nomination", "freeze", id_, "--reason", "Dibetulkan.")
    found = await office.json("agency_head", "nomination", "show", id_)
    assert [package["version"] for package in found["packages"]] == [2, 1]
    assert "may be frozen" in (await office("agency_head", "nomination", "preview", id_)).out

    await _serve_the_portal(office, unit, agency)
    package = tmp_path / "usulan.json"
    await office("agency_head", "nomination", "package", id_, "--out", str(package))
    folder = tmp_path / "berkas"
    folder.mkdir()
    (folder / sha256(PDF).hexdigest()).write_bytes(PDF)
    verified = await office("agency_head", "nomination", "verify", str(package), "--files", str(folder))
    assert verified.out == "every sha256 is right\n"
    package.write_bytes(package.read_bytes().replace(b"RSUD A", b"RSUD B"))
    broken = await office("agency_head", "nomination", "verify", str(package), code=1)
    assert "proposal: sha256 differs" in broken.out
    await office("agency_head", "nomination", "withdraw", id_, "--reason", "Ditunda.")
    proposed = ("nomination", "propose", "--agency", agency, *year, f"{unit}=WBK")
    assert "document missing" in (await office("agency_head", *proposed)).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("unit", "show", "nowhere"), "tidak ditemukan"),
        (("lke", "answer", "--unit", "x", "--year", "2026", "A.I.1.i.a"), "not CODE=VALUE"),
        (("activity", "complete", str(uuid4()), "--evidence", "notulen"), "KIND=FILE"),
        (("nomination", "propose", "--agency", "a", "--year", "2026", "u=WBX"), "are the categories"),
        (
            ("nomination", "propose", "--agency", "a", "--year", "2026", "u=WBK", "--confirm"),
            "--confirm freezes the package",
        ),
        (("nomination", "precondition", "show", "--year", "2026"), "either --agency or --unit"),
        (
            ("programme", "create", "--unit", "nowhere", "--year", "2026", "--target", "WBK"),
            "tidak ditemukan",
        ),
    ],
)
async def test_a_failure_is_one_sentence_and_exit_code_1(
    zi: Zi, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = await zi("admin", "nowhere", *arguments)
    assert (code, out, sentence in err, "Traceback" in err) == (1, "", True, False)


async def test_a_document_is_added_used_revised_and_downloaded(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    file = tmp_path / "sk.pdf"
    file.write_bytes(PDF)
    own = ("unit_operator", unit, "evidence")
    made = await zi.json(*own, "add", str(file), "--unit", unit, "--kind", "sk_tim_zi", "--title", "SK Tim")
    assert (made["kind"], made["title"], made["form"], made["revision"]) == ("sk_tim_zi", "SK Tim", "file", 1)
    words = ("--unit", unit, "--kind", "arsip", "--title", "Map", "--text", "Lemari 2")
    told = await zi.json(*own, "add", *words)
    assert (told["form"], told["body"]) == ("text", "Lemari 2")
    listed = await zi.json(*own, "list", "--unit", unit)
    assert [one["evidence_id"] for one in listed] == [made["evidence_id"], told["evidence_id"]]

    id_ = made["evidence_id"]
    where = ("--unit", unit, "--year", str(YEAR))
    await zi.json("unit_operator", unit, "lke", "answer", *where, "A.I.1.i.a=Ya", "--evidence", id_)
    code, out, _ = await zi(*own, "uses", id_)
    assert (code, out.splitlines()[1].split()) == (0, [str(YEAR), "A.I.1.i.a", "unit", "-"])

    newer = PDF + b"\n%%EOF"
    file.write_bytes(newer)
    assert (await zi.json(*own, "revise", id_, str(file)))["revision"] == 2
    shown = await zi.json(*own, "show", id_)
    assert [one["revision"] for one in shown["earlier"]] == [1]
    target = tmp_path / "keluar.pdf"
    for revision, content in ((), newer), (("--revision", "1"), PDF):
        code, out, err = await zi(*own, "download", id_, "--to", str(target), *revision)
        assert (code, target.read_bytes()) == (0, content), err
    code, _, err = await zi(*own, "revise", told["evidence_id"], "--address", "https://a.example")
    assert (code, "a file stays a file, words stay words" in err) == (1, True)


async def test_a_refused_document_names_what_is_wrong_with_it(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    file = tmp_path / "sk.exe"
    file.write_bytes(b"MZ")
    add = ("unit_operator", unit, "evidence", "add", "--unit", unit)
    code, _, err = await zi(*add, str(file), "--kind", "sk")
    assert (code, "the file is of no kind that is taken" in err) == (1, True)
    code, _, err = await zi(*add, "--kind", "SK Tim", "--title", "SK", "--text", "Lemari 2")
    assert (code, "kind: is not of the right form" in err) == (1, True)
    code, _, err = await zi("unit_operator", unit, "evidence", "show", "bukan-id")
    assert (code, "evidence id: must be a UUID" in err) == (1, True)
    code, _, err = await zi("unit_operator", unit, "evidence", "show", str(uuid4()))
    assert (code, "there is nothing of that name" in err) == (1, True)
    assert await zi.json("unit_operator", unit, "evidence", "list", "--unit", unit) == []


async def test_official_texts_are_looked_at_before_they_are_loaded(zi: Zi, tmp_path: Path) -> None:
    file = tmp_path / "lke.xlsx"
    bearer = zi.planning.issuer.headers("admin", level="national", subject="pusat")["Authorization"]
    environment = {"ZI_PLANNING_URL": zi.address, "ZI_TOKEN": bearer.removeprefix("Bearer ")}

    async def run(*words: str) -> Answered:
        return await terminal.zi("instrument", "wording", *words, environment=environment)

    edition = ("--edition", "2021")
    assert "nobody has loaded edition 2021" in (await run("show", *edition)).out
    file.write_bytes(worded(cells={"G9": None, "I128": None}))
    code, out, _ = await run("load", str(file), *edition)
    assert code == 1
    assert "error: LKE ZI!G9 (A.I.1.i.b): question missing" in out
    assert "remark: LKE ZI!I128 (A.II.1.i.a): criteria missing" in out
    code, _, err = await run("load", str(file), *edition, "--write")
    assert (code, "the workbook was not taken over; nothing was written" in err, "G9" in err) == (
        1,
        True,
        True,
    )
    file.write_bytes(worded())
    code, out, _ = await run("load", str(file), *edition)
    assert (code, "113 questions, 113 criteria, 86 of them by letter; 113 items" in out) == (0, True), out
    assert out.endswith("to load exactly this: --write\n")
    assert "nobody has loaded edition 2021" in (await run("show", *edition)).out
    assert (await run("load", str(file), *edition, "--write")).out.endswith("written, version 1\n")
    assert (await run("load", str(file), *edition, "--write")).out.endswith("nothing changes\n")
    assert "A.I.1.i.b: Pertanyaan contoh A.I.1.i.b" in (await run("show", *edition)).out
    code, _, err = await run("load", str(file), "--edition", "2019", "--write")
    assert (code, "there is nothing of that name" in err) == (1, True)
    code, _, err = await run("load", str(tmp_path / "tiada.xlsx"), *edition)
    assert (code, "there is no file" in err) == (1, True)


async def test_an_assessment_goes_its_way_at_the_terminal(zi: Zi) -> None:
    unit = await zi.planning.programme()
    place = ("--unit", unit, "--year", str(YEAR))
    await fill(zi.planning, unit)
    code, _, err = await zi("agency_head", unit, "stage", "propose", *place)
    assert code == 1
    assert err.splitlines()[0] == "zi: its state does not allow this act"
    assert (await zi.json("unit_operator", unit, "stage", "submit", *place))["stage"] == "penilaian_tpi"
    team = f"tim-{unit}"
    await zi.json("admin", unit, "assessor", "add-team", "--id", team, "--layer", "tpi", "--name", "Tim")
    person = await zi.json(
        *("admin", unit, "assessor", "add", "--team", team, "--subject", f"tpi-of-{unit}"),
        *("--organisation", "Inspektorat", "--role", "anggota"),
    )
    changed = await zi.json(
        "admin", unit, "assessor", "change", person["assessor_id"], "--version", "1", "--role", "ketua"
    )
    assert changed["role"] == "ketua"
    share = f"{person['assessor_id']}=195:1,2"
    given = await zi.json("admin", unit, "assessor", "assign", *place, "--team", team, "--member", share)
    assert given["members"] == [{"assessor_id": person["assessor_id"], "areas": [1, 2], "minutes": 195}]
    code, _, err = await zi("admin", unit, "assessor", "assign", *place, "--team", team, "--member", "x=viel")
    assert (code, "--member wants ASSESSOR=MINUTES[:AREAS]" in err) == (1, True)
    found = await zi.json("tpi", unit, "finding", "raise", "A.I.1.i.a", *place, "--text", "SK?")
    await zi.json("tpi", unit, "stage", "return", *place, "--reason", "Jawab temuan.")
    code, _, err = await zi("unit_operator", unit, "stage", "resubmit", *place)
    assert (code, "is a finding without an answer" in err) == (1, True)
    answered = await zi.json(
        "unit_operator", unit, "finding", "answer", found["finding_id"], "--unit", unit, "--text", "Ada."
    )
    assert answered["state"] == "answered"
    (listed,) = await zi.json("tpi", unit, "finding", "list", *place)
    assert listed["answer"] == "Ada."
    await zi.json("unit_operator", unit, "stage", "resubmit", *place)
    code, out, _ = await zi("unit_operator", unit, "stage", "show", *place)
    assert (code, "penilaian_tpi" in out, "Jawab temuan." in out) == (0, True, True)
    rounds = await zi.json("unit_operator", unit, "stage", "rounds", *place)
    assert [one["round"] for one in rounds["items"]] == [1, 2]
    code, out, _ = await zi("unit_operator", unit, "stage", "round", *place, "--number", "2")
    assert out.splitlines()[-1].endswith(rounds["items"][1]["sha256"])
    code, out, _ = await zi("tpi", unit, "assessor", "workload", "--year", str(YEAR))
    assert (code, team in out) == (0, True)
    assert team in {one["team_id"] for one in await zi.json("admin", unit, "assessor", "teams")}
    assert [one["subject"] for one in await zi.json("admin", unit, "assessor", "list", "--team", team)] == [
        f"tpi-of-{unit}"
    ]


async def test_windows_and_types_of_agencies_are_said_at_the_terminal(zi: Zi) -> None:
    unit = await zi.planning.programme()
    made = await zi.json(
        *("admin", unit, "window", "announce", "--year", str(YEAR + 2), "--stage", "pengisian"),
        *("--closes-on", f"{YEAR + 2}-09-30", "--agency", "a1"),
    )
    assert made["closes_on"] == f"{YEAR + 2}-09-30"
    assert await zi.json("admin", unit, "window", "list", "--year", str(YEAR + 2)) == [made]
    said = await zi.json("admin", unit, "agency", "set-type", "--agency", "a1", "--type", "lembaga")
    assert said == await zi.json("admin", unit, "agency", "show", "--agency", "a1")


async def test_a_report_is_written_and_nothing_is_overwritten_unasked(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.programme()
    out = tmp_path / "lhe.pdf"
    asked = ("unit_leader", unit, "lke", "report", "--unit", unit, "--year", str(YEAR))
    code, told, _ = await zi(*asked, "--out", str(out))
    assert (code, told.startswith(f"{out} written, ")) == (0, True)
    assert out.read_bytes().startswith(b"%PDF-1.7")
    out.write_bytes(b"mine")
    code, _, error = await zi(*asked, "--out", str(out))
    assert (code, out.read_bytes()) == (1, b"mine")
    assert "--force" in error
    assert (await zi(*asked, "--out", str(out), "--kind", "worksheet", "--layer", "unit", "--force"))[0] == 0
    assert out.read_bytes().startswith(b"%PDF-1.7")
    docx = tmp_path / "lhe.docx"
    assert (await zi(*asked, "--out", str(docx)))[0] == 0
    assert docx.read_bytes().startswith(b"PK")


async def test_a_report_that_cannot_be_had_leaves_no_file(zi: Zi, tmp_path: Path) -> None:
    unit = await zi.planning.unit()
    asked = ("unit_leader", unit, "lke", "report", "--unit", unit, "--year", str(YEAR))
    out = tmp_path / "lhe.pdf"
    assert (await zi(*asked, "--out", str(out)))[0] == 1
    code, _, error = await zi(*asked, "--out", str(out), "--layer", "tpi")
    assert (code, "--kind worksheet" in error) == (1, True)
    code, _, error = await zi(*asked, "--out", str(tmp_path / "nowhere" / "lhe.pdf"))
    assert (code, "no folder" in error) == (1, True)
    assert not out.exists()


async def test_a_worksheet_goes_out_into_a_given_workbook_and_comes_back_unchanged(
    zi: Zi, tmp_path: Path
) -> None:
    unit = await zi.planning.programme()
    own, where = ("unit_operator", unit, "lke"), ("--unit", unit, "--year", str(YEAR))
    await zi.json(*own, "answer", *where, "A.I.1.i.a=Ya", "A.II.1.i.a=n1=4,n2=3", "--note", "=catatan")
    first, second = tmp_path / "lke.xlsx", tmp_path / "terisi.xlsx"
    code, out, err = await zi(*own, "export", *where, "--out", str(first))
    assert (code, f"{first} written: {unit} {YEAR}, official workbook, layer unit, version 2" in out) == (
        0,
        True,
    ), err
    code, _, err = await zi(*own, "export", *where, "--out", str(second), "--into", str(first))
    assert code == 0, err
    told = await zi.json(*own, "import", str(second), *where, "--dry-run")
    assert (told["is_accepted"], told["changes"]) == (True, [])

    first.write_bytes(workbook({}))
    again = tmp_path / "lagi.xlsx"
    code, _, err = await zi(*own, "export", *where, "--out", str(again), "--into", str(first))
    assert (code, "LKE ZI!K128: formula differs" in err, again.exists()) == (1, True, False)


async def test_from_an_entered_person_to_a_substitution_taken_back_and_a_last_day(zi: Zi) -> None:
    unit = await zi.planning.unit()
    who = ("--unit", unit, "--category", "civil_servant", "--from", "2026-01-02")
    chief = await zi.json(
        "admin", unit, "person", "add", *who, "--name", "Kepala", "--number", f"1-{unit}", "--leader",
        "--subject", f"kepala-{unit}",
    )  # fmt: skip
    sari = await zi.json(
        "admin", unit, "person", "add", *who, "--name", "Sari", "--number", f"2-{unit}",
        "--superior", chief["person_id"],
    )  # fmt: skip
    assert (chief["is_leader"], chief["subjects"], sari["superior_id"]) == (
        True, [f"kepala-{unit}"], chief["person_id"],
    )  # fmt: skip
    code, out, _ = await zi("admin", unit, "person", "list", "--unit", unit, "--on", "2026-01-02")
    assert (code, "Kepala" in out, "Sari" in out) == (0, True, True)
    changed = await zi.json(
        "admin", unit, "person", "change", sari["person_id"], "--position", "Analis", "--superior", "",
        "--subject", f"sari-{unit}",
    )  # fmt: skip
    assert (changed["position"], changed["superior_id"], changed["subjects"]) == (
        "Analis", None, [f"sari-{unit}"],
    )  # fmt: skip
    nothing = await zi("admin", unit, "person", "change", sari["person_id"])
    assert (nothing[0], "nothing to change" in nothing[2]) == (1, True)
    days = ("--by", sari["person_id"], "--decree", "PRIN-7", "--first", "2026-03-02", "--last", "2026-03-06")
    acting = await zi.json("admin", unit, "person", "substitute", chief["person_id"], *days)
    [told] = acting["substitutes"]
    assert (told["substitute_id"], told["kind"]) == (sari["person_id"], "plh")
    twice = await zi("admin", unit, "person", "substitute", chief["person_id"], *days)
    assert (twice[0], "acts for the person on one of these days already" in twice[2]) == (1, True)
    ended = await zi.json(
        "admin", unit, "person", "end-substitution", chief["person_id"],
        "--substitution", told["substitution_id"], "--last", "2026-03-01",
    )  # fmt: skip
    assert ended["substitutes"] == []
    left = await zi.json("admin", unit, "person", "leave", sari["person_id"], "--to", "2026-03-31")
    assert left["active_to"] == "2026-03-31"
    shown = await zi.json("admin", unit, "person", "show", sari["person_id"])
    assert (shown["active_to"], shown["version"]) == ("2026-03-31", 3)


async def test_people_of_a_file_are_told_first_and_written_when_asked(zi: Zi, tmp_path: Path) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await zi.planning.unit(agency=agency)
    file = tmp_path / "pegawai.csv"
    head = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas")
    file.write_bytes(csv_file(head, ("7", unit, "Sari", "ASN", "2026-01-02")))

    async def run(*arguments: str) -> Answered:
        return await zi("admin", unit, "person", "import", str(file), *arguments, agency=agency)

    code, out, _ = await run()
    assert (code, "row 2: 7 new: Sari" in out, "1 new, 0 changed" in out) == (0, True, True)
    digest = out.rsplit("--expected ", 1)[1].strip()
    assert "nothing to show" in (await zi("admin", unit, "person", "list", agency=agency))[1]
    code, out, err = await run("--apply", "--expected", digest)
    assert (code, out.splitlines()[-1].endswith("written")) == (0, True), err
    assert "nothing changes" in (await run("--apply"))[1]
    file.write_bytes(csv_file(head, ("7", unit, "Sari", "raja", "2026-01-02")))
    code, out, _ = await run()
    assert (code, "D2: " in out, "right would be: asn" in out) == (1, True, True)
    file.write_bytes(csv_file(head, ("7", unit, "Sari Dewi", "ASN", "2026-01-02")))
    assert "7 changed: name Sari -> Sari Dewi" in (await run())[1]
    missing = await zi("admin", unit, "person", "import", str(tmp_path / "none.csv"), agency=agency)
    assert (missing[0], "there is no file" in missing[2]) == (1, True)
