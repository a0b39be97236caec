"""One item as its block shows it: choices, sums in words, evidence, facts, and what others say."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest

from services.planning.layers import Layer
from services.planning.live.domain import Proof, ProofKind
from services.planning.pages.worksheets.facts import Beside, Official, SheetFacts
from services.planning.pages.worksheets.fields import Fields, fields_in, fields_of, is_same, sent_of
from services.planning.pages.worksheets.items import Item, item_of, proof_words
from services.planning.pages.worksheets.sheet import area_of, area_view, areas, line_of, lines_of
from services.planning.pages.worksheets.words import saved_words, short_words, sum_words
from services.planning.worksheets.domain import Origin
from services.planning.worksheets.words import answer_words
from shared.instruments.lke import Answer, default_policies, lke_instrument, parse_answer
from shared.instruments.lke.policies import ZeroDenominator
from shared.kernel import Zone
from tests.support.worksheet_pages import AT, ME, OTHER_PROOF, PROOF, Told, answered, facts, proof

COMPLAINTS = "A.II.5.ii.a"
QUESTIONS = lke_instrument().questions
PARTS = [one.label for one in QUESTIONS["A.II.5.iii.a"].inputs]
UNDEFINED = "Pembaginya 0, jadi nilainya tidak terdefinisi dan butir ini belum lengkap."


def item(found: SheetFacts, code: str, **options: object) -> Item:
    question = QUESTIONS[code]
    view = area_view(found, areas()[area_of(code)], lines_of(found))
    return item_of(found, view, line_of(found, question), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "raw", "said"),
    [
        (COMPLAINTS, {"n1": 48, "n2": 12, "n3": 36}, "36 : 48 = 75,00 persen; 2,25 dari 3,00."),
        (
            COMPLAINTS,
            {"n1": 48, "n2": 12},
            "Belum dihitung. Belum ada: Jumlah pengaduan yang selesai ditindaklanjuti.",
        ),
        ("A.II.3.iii.a", {"n1": 10, "n2": 7, "n3": 7}, "(10 - 7) : 10 = 30,00 persen; 0,60 dari 2,00."),
        (
            "A.II.5.iii.a",
            {"n0": 11, "n1": 1, "n2": 4, "n3": 6, "n4": 10},
            "10 : 11 = 90,91 persen; 0,91 dari 1,00.",
        ),
        (
            "A.II.4.i.a",
            {"n1": 0, "n2": 0},
            UNDEFINED,
        ),
        (
            "A.II.5.iii.a",
            {"n1": 3, "n2": 1, "n4": 3},
            f"Belum dihitung. Belum ada: {QUESTIONS['A.II.5.iii.a'].inputs[2].label}.",
        ),
        (
            "A.II.5.iii.a",
            {"n4": 3},
            f"Belum dihitung. Belum ada: {PARTS[0]}; {PARTS[1]}; {PARTS[2]}.",
        ),
        ("A.II.5.iii.a", {"n0": 3}, f"Belum dihitung. Belum ada: {PARTS[3]}."),
        ("A.II.5.iii.a", {"n0": 3, "n1": 1}, f"Belum dihitung. Belum ada: {PARTS[3]}."),
        ("A.II.5.iii.a", {"n0": 4, "n4": 3}, "3 : 4 = 75,00 persen; 0,75 dari 1,00."),
        ("A.II.5.iii.a", {"n1": 0, "n2": 0, "n3": 0, "n4": 0}, UNDEFINED),
        ("A.II.5.iii.a", {"n0": 0, "n4": 0}, UNDEFINED),
        ("A.II.5.iii.a", {"n0": 0, "n4": 2}, UNDEFINED),
        (COMPLAINTS, {"n1": 0, "n2": 0, "n3": 0}, UNDEFINED),
        (COMPLAINTS, {"n1": 4, "n2": 0, "n3": 5}, "5 : 4, dihitung 100,00 persen; 3,00 dari 3,00."),
        (COMPLAINTS, {"n1": 4, "n2": 0, "n3": 4}, "4 : 4 = 100,00 persen; 3,00 dari 3,00."),
        (COMPLAINTS, {"n1": 4, "n2": 4, "n3": 0}, "0 : 4 = 0,00 persen; 0,00 dari 3,00."),
        (
            "A.II.3.iii.a",
            {"n1": 0, "n2": 0, "n3": 0},
            "Tidak ada pada kedua tahun, dihitung 100,00 persen; 2,00 dari 2,00.",
        ),
        ("A.II.3.iii.a", {"n1": 0, "n2": 3, "n3": 3}, UNDEFINED),
        ("A.II.3.iii.a", {"n1": 5, "n2": 8, "n3": 8}, "(5 - 8) : 5, dihitung 0,00 persen; 0,00 dari 2,00."),
        ("A.II.3.iii.a", {"n1": 5, "n2": 5, "n3": 5}, "(5 - 5) : 5 = 0,00 persen; 0,00 dari 2,00."),
        ("B.I.a", "3.55", "3,55 : 4 = 88,75 persen; 15,53 dari 17,50."),
        ("A.I.1.i.a", "Ya", ""),
        (COMPLAINTS, None, ""),
    ],
)
def test_a_sum_is_told_in_words_and_what_lacks_by_name(code: str, raw: object, said: str) -> None:
    assert sum_words(QUESTIONS[code], parse_answer(code, raw), default_policies()) == said


@pytest.mark.parametrize(
    ("policy", "said"),
    [(ZeroDenominator.ZERO, "0,00 persen; 0,00"), (ZeroDenominator.FULL, "100,00 persen; 3,00")],
)
def test_what_a_programme_says_of_a_denominator_of_0_is_no_division(
    policy: ZeroDenominator, said: str
) -> None:
    nothing = parse_answer(COMPLAINTS, {"n1": 0, "n2": 0, "n3": 0})
    policies = replace(default_policies(), default=policy)
    assert sum_words(QUESTIONS[COMPLAINTS], nothing, policies) == (
        f"Pembaginya 0, menurut aturan program ini dihitung {said} dari 3,00."
    )


def test_a_total_without_its_parts_counts_and_whoever_typed_it_is_warned() -> None:
    code = "A.II.5.iii.b"
    told = ["Jumlah wajib lapor diisi tanpa semua rinciannya; PortalRB hanya menerima rinciannya."]
    for counts in ({"n0": 4, "n4": 3}, {"n0": 4, "n1": 1, "n2": 3, "n4": 3}):
        assert item(facts(answered(code, counts)), code).warnings == told
    assert item(facts(answered(code, {"n0": 4, "n1": 1, "n2": 3, "n3": 0, "n4": 3})), code).warnings == []
    assert item(facts(answered(code, {"n1": 1, "n2": 3, "n3": 0, "n4": 3})), code).warnings == []
    assert item(facts(answered(code, {"n0": 4})), code).warnings == []  # the sum asks for the rest first


def test_each_letter_says_what_it_is_worth_in_points() -> None:
    found = item(facts(answered("A.II.5.i.a", "C")), "A.II.5.i.a")
    assert [(one.letter, str(one.points), one.is_chosen) for one in found.choices][:3] == [
        ("A", "5/2", False),
        ("B", "15/8", False),
        ("C", "5/4", True),
    ]
    assert found.choices[1].meaning == "75 persen dari bobot"
    own_words = item(facts(), "A.I.3.iv.c").choices
    assert [one.meaning for one in own_words][:2] == ["Bulanan", "Triwulanan"]
    assert item(facts(), "A.I.3.iii.c").choices[0].meaning == "Gap kurang dari 25%"


def test_the_official_criterion_stands_at_its_letter_where_it_is_known() -> None:
    beside = Beside(letters={"A.I.3.iv.c": {"A": "Pengukuran dilakukan setiap bulan"}})
    found = item(facts(beside=beside), "A.I.3.iv.c").choices
    assert [one.meaning for one in found][:2] == ["Pengukuran dilakukan setiap bulan", "Triwulanan"]


def test_counts_have_their_labels_and_the_total_is_optional() -> None:
    found = item(facts(answered("A.II.5.iii.a", {"n1": 1})), "A.II.5.iii.a").counts
    assert [(one.key, one.value, one.is_optional) for one in found] == [
        ("n0", "", True),
        ("n1", "1", False),
        ("n2", "", False),
        ("n3", "", False),
        ("n4", "", False),
    ]


def test_a_broken_cross_check_and_a_cap_are_shown_and_what_the_sum_says_is_not_said_twice() -> None:
    broken = item(facts(answered(COMPLAINTS, {"n1": 4, "n2": 1, "n3": 5})), COMPLAINTS)
    assert broken.warnings == [
        "5 melebihi 4, dihitung paling banyak 100%.",
        "Diproses 1 ditambah selesai 5 tidak sama dengan 4.",
    ]
    assert item(facts(answered(COMPLAINTS, {"n1": 4})), COMPLAINTS).warnings == []


def test_evidence_says_where_else_it_is_used() -> None:
    found = facts(
        answered("A.I.1.i.a", "Ya", proofs=(PROOF, OTHER_PROOF)),
        answered("A.I.1.i.b", "A", proofs=(PROOF,)),
        evidence={PROOF: proof(activities=("A.I.1.i",))},
    )
    known, elsewhere = item(found, "A.I.1.i.a").proofs
    assert (known.title, known.form, known.on) == ("SK tim", "berkas", "27 Agustus 2026")
    assert list(known.elsewhere) == ["A.I.1.i.b", "kegiatan A.I.1.i"]
    assert elsewhere.title == "Bukti dari lapis lain"


def test_usual_documents_show_which_have_no_evidence_yet() -> None:
    usual = {
        "A.I.1.i.a": [
            SimpleNamespace(key="sk_tim_zi", text="SK tim"),
            SimpleNamespace(key="x", text="Notula"),
        ]
    }
    found = facts(
        answered("A.I.1.i.a", "Ya", proofs=(PROOF,)),
        beside=Beside(documents=lambda code: usual.get(code, [])),
        evidence={PROOF: proof()},
    )
    assert item(found, "A.I.1.i.a").documents == [("SK tim", True), ("Notula", False)]
    assert item(found, "A.I.1.i.b").documents == []


def test_the_official_wording_stands_where_it_is_loaded() -> None:
    wording = {"A.I.1.i.a": Official("Apakah tim dibentuk?", "Ya, apabila ada.")}
    found = facts(beside=Beside(wording=wording))
    assert item(found, "A.I.1.i.a").official == wording["A.I.1.i.a"]
    assert item(found, "A.I.1.i.b").official is None


@pytest.mark.parametrize(
    ("stored", "is_fact", "kind"),
    [
        ({"n1": 48, "n2": 12, "n3": 36}, True, "drift"),
        ({"n1": 48, "n2": 13, "n3": 35}, True, "same"),
        ({"n1": 48, "n2": 13}, True, "open"),  # lacks one, so the fact stands
        ({"n1": 48, "n2": 13}, False, "proposal"),
        (None, True, "open"),
        (None, False, "proposal"),
    ],
)
def test_a_fact_stands_beside_the_answer_and_says_how_they_agree(
    stored: object, is_fact: bool, kind: str
) -> None:
    told = Told(Answer(inputs={"n1": 48, "n2": 13, "n3": 35}), is_fact=is_fact)
    answers = [answered(COMPLAINTS, stored)] if stored else []
    found = item(facts(*answers, beside=Beside(live={COMPLAINTS: told})), COMPLAINTS).fact
    assert found is not None
    assert (found.kind, found.points, found.at) == (kind, "2,19", "27 Agustus 2026 pukul 10.18 WIB")
    assert found.sent == '{"inputs": {"n1": 48, "n2": 13, "n3": 35}}'


def test_a_proposal_says_what_it_rests_on_and_what_to_look_at() -> None:
    proofs = [
        Proof("u:masyarakat:2026-S2", 1, AT, "evaluation", "masyarakat", "2026-S2"),
        Proof("u:masyarakat:2026-S1", 3, AT, "evaluation", "masyarakat", "2026-S1"),
    ]
    told = Told(Answer(letter="A"), is_fact=False, check="Pastikan laporan ada.", proofs=proofs)
    found = item(facts(beside=Beside(live={"A.I.5.iii.c": told})), "A.I.5.iii.c").fact
    assert found is not None
    assert (found.kind, found.check) == ("proposal", "Pastikan laporan ada.")
    assert found.basis == ["evaluasi penanganan 2026-S1", "evaluasi penanganan 2026-S2"]


@pytest.mark.parametrize(
    ("kind", "told", "words"),
    [
        ("designation", "unit", "unit penanganan yang surat keputusannya menyebut unit ini"),
        ("designation", "agency", "unit penanganan seluruh instansi"),
        ("review", "2026", "peninjauan peta benturan 2026"),
    ],
)
def test_a_decree_and_a_review_are_named_in_words(kind: ProofKind, told: str, words: str) -> None:
    assert proof_words(Proof("one", 1, AT, kind, None, told)) == words


def test_what_tpi_says_stands_beside_where_it_differs() -> None:
    found = facts(
        answered("A.I.1.i.b", "A"),
        answered("A.I.1.i.b", "C", layer=Layer.TPI, version=2, note="Matriks belum ada."),
    )
    assessed = item(found, "A.I.1.i.b").assessed
    assert assessed is not None
    assert (assessed.words, assessed.points, assessed.note) == ("C", "0,00", "«Matriks belum ada.»")
    assert item(facts(answered("A.I.1.i.b", "A")), "A.I.1.i.b").assessed is None


def test_counts_of_tpi_that_lack_one_are_no_difference_yet() -> None:
    found = facts(
        answered(COMPLAINTS, {"n1": 4, "n2": 1, "n3": 3}),
        answered(COMPLAINTS, {"n1": 4}, layer=Layer.TPI, version=2),
    )
    assert not line_of(found, QUESTIONS[COMPLAINTS]).differs
    assert item(found, COMPLAINTS).assessed is None


def test_an_item_whose_next_letter_closes_the_gap_of_its_area_says_so() -> None:
    found, question = facts(answered("A.II.5.i.a", "C")), QUESTIONS["A.II.5.i.a"]
    view, line = area_view(found, areas()["5"], lines_of(found)), line_of(found, question)
    step = question.share / 4

    def closes(gap: Fraction) -> bool:
        return item_of(found, replace(view, floors=[replace(view.floors[0], shortfall=gap)]), line).closes

    assert closes(step)
    assert not closes(step + Fraction(1, 1000))
    assert not closes(Fraction(0))


def test_who_answered_is_told_without_a_name() -> None:
    def said(**options: object) -> str:
        version = answered("A.I.1.i.a", "Ya", **options)  # type: ignore[arg-type]
        return saved_words(version, ME, Zone.WIB).partition("WIB ")[2]

    assert said() == "oleh Anda"
    assert said(by="somebody") == "oleh rekan Anda"
    assert said(origin=Origin.IMPORT, cell="K8") == "dari berkas, sel K8"
    assert saved_words(None, ME, Zone.WIB) == ""


def test_an_answer_in_a_word() -> None:
    complete = parse_answer(COMPLAINTS, {"n1": 4, "n2": 1, "n3": 3})
    assert short_words(QUESTIONS[COMPLAINTS], complete, Fraction(3, 4)) == "75,00 %"
    assert short_words(QUESTIONS[COMPLAINTS], parse_answer(COMPLAINTS, {"n1": 4}), None) == "–"
    assert short_words(QUESTIONS["A.I.1.i.a"], None, None) == "–"
    assert answer_words(QUESTIONS["A.I.1.i.a"], None) == "kosong"
    assert answer_words(QUESTIONS[COMPLAINTS], parse_answer(COMPLAINTS, {"n1": 4})) == (
        "Jumlah pengaduan yang harus ditindaklanjuti: 4"
    )


def test_fields_become_what_was_typed_and_what_is_stored_changes_nothing() -> None:
    stored = answered("B.I.a", "3.5", note="Survei\nMaret", proofs=(PROOF,))
    form = [
        ("version", "3"),
        ("item:B.I.a", "1"),
        ("index:B.I.a", " 3,5 "),
        ("note:B.I.a", "Survei\r\nMaret"),
        ("evidence:B.I.a", str(PROOF)),
        ("evidence:B.I.a", "nonsense"),
        ("reason:B.I.a", ""),
        ("item:A.II.4.i.a", "1"),
        ("n1:A.II.4.i.a", "4"),
        ("n2:A.II.4.i.a", ""),
        ("letter:A.I.1.i.a", "Ya"),
        ("item:A.I.9", "1"),
    ]
    found = fields_in(form)
    assert list(found) == ["B.I.a", "A.II.4.i.a"]  # what the page did not show is not in its form
    assert is_same(found["B.I.a"], fields_of(stored))
    assert not is_same(replace(found["B.I.a"], note=""), fields_of(stored))
    assert not is_same(replace(found["B.I.a"], is_blanked=True), fields_of(stored))
    assert sent_of("A.II.4.i.a", found["A.II.4.i.a"])["inputs"] == {"n1": "4"}


def test_what_is_blanked_is_sent_without_a_value_and_with_its_reason() -> None:
    sent = sent_of("A.I.1.i.a", Fields(letter="Ya", is_blanked=True, reason="Salah butir", note="x"))
    assert sent == {"item_code": "A.I.1.i.a", "note": "x", "evidence_ids": [], "reason": "Salah butir"}
    kept = sent_of("A.I.1.i.a", Fields(letter="Ya", reason="left over"))
    assert kept == {"item_code": "A.I.1.i.a", "note": "", "evidence_ids": [], "letter": "Ya"}
