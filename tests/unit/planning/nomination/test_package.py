"""The frozen package: what the portal reads of it, one spelling, and a sha256 of everything."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.planning.evidence.domain import Content, Evidence, Form, written
from services.planning.layers import Layer
from services.planning.nomination.domain.canonical import canonical_json, sha256_of
from services.planning.nomination.domain.nominations import (
    Nomination,
    NominationState,
    NominationStateError,
    ProposedKawasan,
    ProposedUnit,
    ReasonNeededError,
)
from services.planning.nomination.domain.package import (
    PORTAL_FIELDS,
    Package,
    faults_of,
    portal_answers,
    portal_units,
    soal_places,
    typed_totals,
)
from services.planning.nomination.domain.rules import Category
from shared.instruments.lke import Answer
from tests.support.lke import answers, case
from tests.support.packages import (
    AT,
    LETTER,
    SPTJM,
    package,
    sheet,
    versions,
)

SPECIMEN = answers(case("02-specimen")["answers"])
DIRECTORATE = answers(case("03-directorate")["answers"])


def file_proof(number: int, content: bytes = b"surat") -> Evidence:
    kept = Content(Form.FILE, "sk.pdf", sha256_of(content), "application/pdf", len(content), None, AT)
    return Evidence(UUID(int=number), "u-1", Layer.UNIT, "sk", "SK tim", 1, kept)


def word_proof(number: int, form: Form, body: str) -> Evidence:
    return Evidence(UUID(int=number), "u-1", Layer.UNIT, "sk", "Tautan", 1, written("Tautan", form, body, AT))


def by_soal(made: Package, unit_id: str = "u-1") -> dict[int, dict[str, Any]]:
    return {answer["soal_id"]: answer for answer in portal_answers(made, unit_id)}


def test_the_map_holds_each_of_the_127_questions_once_in_order() -> None:
    assert [place.soal_id for place in soal_places()] == list(range(1, 128))
    assert sum(place.key is not None for place in soal_places()) == 22


def test_case_02_reads_as_the_portal_asks() -> None:
    read = by_soal(package(sheet(SPECIMEN)))
    assert list(read) == list(range(1, 128))
    asked = {number: read[number]["jawaban_unit"] for number in (1, 88, 89, 125)}
    assert asked == {1: "Ya", 88: "2", 89: "2", 125: "4"}
    assert all(answer["jawaban_unit"] is not None for answer in read.values())
    assert all(tuple(answer) == PORTAL_FIELDS for answer in read.values())


def test_case_03_gives_null_where_nothing_was_answered() -> None:
    read = by_soal(package(sheet(DIRECTORATE)))
    blank = [number for number, answer in read.items() if answer["jawaban_unit"] is None]
    assert blank == [13, 42, 74]
    assert not {"", "0"} & {read[number]["jawaban_unit"] for number in blank}


def test_both_layers_go_out_and_the_tpn_never_does() -> None:
    made = sheet(SPECIMEN, {"B.I.a": Answer(index=Decimal("3.71"))})
    made = replace(
        made,
        answers={**made.answers, Layer.TPN: versions(Layer.TPN, {"B.I.a": Answer(index=Decimal("1.11"))})},
    )
    frozen = package(made)
    assert (by_soal(frozen)[125]["jawaban_unit"], by_soal(frozen)[125]["jawaban_tpi"]) == ("4", "3.71")
    assert by_soal(frozen)[1]["jawaban_tpi"] is None
    assert b"1.11" not in frozen.document()


def test_a_count_that_is_missing_is_null_and_its_note_stands_beside_each_count() -> None:
    part = {"A.II.1.i.a": Answer(inputs={"n1": 170})}
    made = sheet({})
    answered = versions(Layer.UNIT, part, note="Dihitung dari SK.")
    read = by_soal(package(replace(made, answers={Layer.UNIT: answered})))
    assert [read[number]["jawaban_unit"] for number in (88, 89)] == ["170", None]
    assert [read[number]["catatan_unit"] for number in (88, 89)] == ["Dihitung dari SK."] * 2


def test_an_empty_note_is_null() -> None:
    made = replace(
        sheet({}), answers={Layer.UNIT: versions(Layer.UNIT, {"B.I.b": Answer(letter="A")}, note="")}
    )
    assert by_soal(package(made))[126]["catatan_unit"] is None


def test_evidence_is_told_as_address_words_or_name_and_listed_by_sha256() -> None:
    proofs = [
        file_proof(21),
        word_proof(22, Form.ADDRESS, "https://contoh.go.id/sk"),
        word_proof(23, Form.TEXT, "Lemari 2"),
    ]
    ids = tuple(proof.evidence_id for proof in proofs)
    answered = versions(Layer.UNIT, {"A.I.1.i.a": Answer(letter="Ya")}, evidence_ids=ids)
    made = package(replace(sheet({}), answers={Layer.UNIT: answered}, evidence={Layer.UNIT: proofs}))
    assert by_soal(made)[1]["bukti_dukung_unit"] == "SK tim (sk.pdf)\nhttps://contoh.go.id/sk\nLemari 2"
    files = json.loads(made.manifest)["files"]
    assert {entry["sha256"] for entry in files} >= {proof.content.sha256 for proof in proofs}
    assert len(files) == 5
    cited = made.part("unit/u-1")["evidence"]["unit"]["A.I.1.i.a"]
    assert [entry["evidence_id"] for entry in cited] == [str(id_) for id_ in ids]


def test_units_are_told_by_predicate_and_afirmasi_exactly_with_its_category() -> None:
    sheets = [sheet({}, unit_id=f"u-{number}") for number in (1, 2, 3)]
    made = package(*sheets, categories=(Category.WBK, Category.AFFIRMATION, Category.WBBM))
    wbk, wbbm = portal_units(made, "WBK"), portal_units(made, "WBBM")
    assert wbk == {
        "tahun": 2026,
        "units": [
            {"id": "u-1", "nama": "Kantor Contoh", "kategori": "WBK", "afirmasi": False},
            {"id": "u-2", "nama": "Kantor Contoh", "kategori": "WBK-AFIRMASI", "afirmasi": True},
        ],
    }
    assert [unit["kategori"] for unit in wbbm["units"]] == ["WBBM"]
    assert portal_units(package(sheets[0]), "WBBM")["units"] == []


def test_a_unit_outside_the_package_has_no_answers() -> None:
    with pytest.raises(KeyError):
        portal_answers(package(sheet({})), "u-2")


def test_the_package_holds_what_made_it_eligible() -> None:
    made = package(sheet(SPECIMEN), kawasan=(ProposedKawasan("Pelabuhan", Decimal("6.5")),))
    proposal = made.part("proposal")
    assert proposal["eligibility"] == {"WBK": True, "WBBM": False}
    assert (proposal["letter"]["number"], proposal["sptjm"]["kind"]) == ("12/2026", "sptjm")
    assert proposal["kawasan"] == [{"name": "Pelabuhan", "integration": "6.5", "units": []}]
    (unit,) = proposal["units"]
    assert (unit["edition"], unit["rule_set"], unit["rules"]) == ("2026", "panrb-90-2021", "panrb-5-2024")
    told = {row["code"]: (row["state"], row["document_ids"]) for row in unit["preconditions"]}
    assert told["tlhp"] == ("yes", [str(UUID(int=5))])
    assert told["spip"] == ("unknown", [])


def test_a_typed_total_unlike_its_parts_is_warned_of_and_kept() -> None:
    counts = {"n0": 10, "n1": 5, "n2": 4, "n3": 2, "n4": 11}
    made = sheet(
        {"A.II.5.iii.a": Answer(inputs=counts)}, {"A.II.5.iii.b": Answer(inputs={**counts, "n0": 11})}
    )
    assert typed_totals(made) == [
        (
            "Lapis unit: A.II.5.iii.a: jumlah wajib lapor 10 berbeda dari rinciannya 11; yang dipakai 10; "
            "PortalRB tidak menerima jumlah, hanya rinciannya"
        )
    ]
    assert package(made).part("unit/u-1")["typed_totals"] == {
        "A.II.5.iii.a": {"unit": 10}, "A.II.5.iii.b": {"tpi": 11},
    }  # fmt: skip


def test_a_typed_total_without_its_parts_is_warned_of() -> None:
    made = sheet({"A.II.5.iii.a": Answer(inputs={"n0": 20, "n4": 18})})
    assert typed_totals(made) == [
        (
            "Lapis unit: A.II.5.iii.a: jumlah diisi tanpa semua rinciannya; "
            "PortalRB tidak menerima jumlah, hanya rinciannya"
        )
    ]


def test_the_same_state_gives_the_same_bytes_and_the_file_is_canonical() -> None:
    one, two = package(sheet(SPECIMEN)), package(sheet(SPECIMEN))
    assert one.document() == two.document() == canonical_json(json.loads(one.document()))
    assert one.sha256 == json.loads(one.document())["sha256"] == sha256_of(one.manifest)


def test_a_changed_answer_changes_the_sha256() -> None:
    changed = SPECIMEN | {"A.I.1.i.a": Answer(letter="Tidak")}
    assert package(sheet(SPECIMEN)).sha256 != package(sheet(changed)).sha256


def test_a_float_has_no_place_in_a_package() -> None:
    with pytest.raises(TypeError, match="no one spelling"):
        canonical_json({"nilai": [1.5]})


def whole() -> tuple[bytes, dict[str, bytes]]:
    address = word_proof(22, Form.ADDRESS, "https://contoh.go.id/sk")
    proofs = [file_proof(21), address]
    ids = tuple(proof.evidence_id for proof in proofs)
    answered = versions(Layer.UNIT, {"A.I.1.i.a": Answer(letter="Ya")}, evidence_ids=ids)
    made = package(replace(sheet({}), answers={Layer.UNIT: answered}, evidence={Layer.UNIT: proofs}))
    return made.document(), {sha256_of(content): content for content in (b"letter", b"sptjm", b"surat")}


def test_a_whole_package_with_its_files_has_no_fault() -> None:
    found, files = whole()
    assert faults_of(found) == faults_of(found + b"\n", files) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'"jawaban_unit":"Ya"', b'"jawaban_unit":"Tidak"', "unit/u-1: sha256 differs"),
        (b'"soal_id":127', b'"soal_id":128', "questions: sha256 differs"),
        (b'"kategori":"WBK"', b'"kategori":"WBBM"', "proposal: sha256 differs"),
        (b'"previous_sha256":null', b'"previous_sha256":""', "manifest: sha256 differs"),
        (b'"body":"https://contoh.go.id/sk"', b'"body":"https://contoh.go.id/sl"', "sha256 differs"),
        (b'"questions":[', b'"other":[', "questions: named by the manifest and not there"),
        (b'"questions":[', b'"other":[', "other: not named by the manifest"),
        (b'{"manifest"', b'{ "manifest"', "it is not in canonical form"),
    ],
)
def test_whatever_was_changed_is_named(old: bytes, new: bytes, fault: str) -> None:
    found, _ = whole()
    assert old in found
    assert any(fault in said for said in faults_of(found.replace(old, new)))


def test_a_file_that_is_gone_or_changed_is_named() -> None:
    found, files = whole()
    letter, sptjm = sha256_of(b"letter"), sha256_of(b"sptjm")
    broken = {name: content for name, content in files.items() if name != letter} | {sptjm: b"other"}
    assert [said.partition(": ")[2] for said in faults_of(found, broken)] == ["not there", "sha256 differs"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"manifest":{},"parts":{},"sha256":""}', b"\xff", b"1.5"]
)
def test_anything_else_is_no_package(content: bytes) -> None:
    assert faults_of(content) == ["this is no frozen package"]


def test_a_proposal_is_frozen_with_letter_and_sptjm_and_again_with_a_reason_only() -> None:
    proposed = Nomination(UUID(int=1), "a1", 2026, NominationState.PROPOSED, (), ())
    with pytest.raises(NominationStateError, match="Surat usulan dan SPTJM"):
        proposed.frozen(None)
    first = proposed.submitted(LETTER, SPTJM).frozen(None)
    assert (first.state, first.version, first.package_version) == (NominationState.FROZEN, 3, 1)
    with pytest.raises(ReasonNeededError):
        first.frozen(None)
    assert first.frozen("Nama unit dibetulkan.").package_version == 2
    changed = first.changed([ProposedUnit("u-1", Category.WBK)], [])
    assert (changed.state, changed.package_version) == (NominationState.SUBMITTED, 1)


def test_a_withdrawn_proposal_stays_withdrawn() -> None:
    proposed = Nomination(UUID(int=1), "a1", 2026, NominationState.PROPOSED, (), ())
    with pytest.raises(ReasonNeededError):
        proposed.withdrawn("")
    gone = proposed.withdrawn("Unit direorganisasi.")
    acts: list[Callable[[], Nomination]] = [
        lambda: gone.changed([], []),
        lambda: gone.submitted(LETTER, SPTJM),
        lambda: gone.frozen("x"),
    ]
    for act in acts:
        with pytest.raises(NominationStateError, match="sudah ditarik"):
            act()
