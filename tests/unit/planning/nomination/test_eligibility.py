"""Who may be proposed: every reason at once, row by row of lke.md sections 7 and 8."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.planning.nomination.domain.eligibility import (
    Facts,
    KawasanProposal,
    Told,
    agency_eligibility,
    eligibility,
    kawasan_reasons,
)
from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.nomination.domain.rules import Category, rules_for
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.practice import practice
from services.planning.units.domain import Unit
from shared.kernel import Predicate, Zone

WBK, WBBM, AFFIRMATION = Category.WBK, Category.WBBM, Category.AFFIRMATION
ID = UUID(int=1)
GOOD = {
    "opini_bpk": "WTP", "spip": "3", "sakip_instansi": "BB",
    "indeks_rb": "B", "kkn": "tidak", "sakip_unit": "BB", "layanan_inti": "ya", "dampak_publik": "ya",
    "tlhp": "100", "lhkpn_lhkasn": "100", "lama_zi": "1",
}  # fmt: skip
UNIT = Unit("rsud-a", "kota", "RSUD A", "rsud", "III", True, Zone.WIB, True, False, 1)
ON = date(2026, 5, 31)


def award(
    predicate: Predicate = "WBK",
    on: date = date(2024, 12, 10),
    giver: Giver = Giver.TPN,
    revoked: date | None = None,
) -> Award:
    taken = Decree("SK-2", revoked, "Menteri") if revoked else None
    return Award(ID, "rsud-a", predicate, giver, Decree("SK-1", on, "Menteri"), revoked=taken)


def facts(
    *awards: Award,
    on: date = ON,
    told: Mapping[str, str | None] | None = None,
    agency_type: str | None = "pemda_kabupaten_kota",
) -> Facts:
    values: dict[str, str | None] = {**GOOD, **(told or {})}
    known = {code: Told(value) for code, value in values.items()}
    return Facts(on, known, awards, "panrb-90-2021", agency_type)


def reasons(
    category: Category, known: Facts, unit: Unit = UNIT, year: int = 2026
) -> list[tuple[str, str | None]]:
    found = eligibility(unit, category, known, year)
    return [(reason.code, reason.precondition) for reason in found.reasons]


def test_a_unit_that_meets_everything_may_be_proposed() -> None:
    found = eligibility(UNIT, WBK, facts(), 2026)
    assert (found.outcome, found.reasons) == ("eligible", ())
    assert len(found.standings) == 11


@pytest.mark.parametrize(
    ("category", "told", "expected"),
    [
        (WBK, {"opini_bpk": "WDP"}, [("precondition_unmet", "opini_bpk")]),
        (WBK, {"spip": "2.9"}, [("precondition_unmet", "spip")]),
        (WBK, {"sakip_instansi": "CC"}, [("precondition_unmet", "sakip_instansi")]),
        (WBK, {"sakip_instansi": "B"}, []),
        (WBBM, {"sakip_instansi": "B"}, [("precondition_unmet", "sakip_instansi")]),
        (WBK, {"sakip_unit": "CC"}, [("precondition_unmet", "sakip_unit")]),
        (WBBM, {"sakip_unit": "B"}, [("precondition_unmet", "sakip_unit")]),
        (WBK, {"indeks_rb": "CC"}, []),
        (WBBM, {"indeks_rb": "CC"}, [("precondition_unmet", "indeks_rb")]),
        (WBK, {"layanan_inti": "tidak"}, [("precondition_unmet", "layanan_inti")]),
        (WBK, {"dampak_publik": "tidak"}, [("precondition_unmet", "dampak_publik")]),
        (WBK, {"tlhp": "99.9"}, [("precondition_unmet", "tlhp")]),
        (WBK, {"lhkpn_lhkasn": "99.9"}, [("precondition_unmet", "lhkpn_lhkasn")]),
        (WBK, {"lama_zi": "0.5"}, [("precondition_unmet", "lama_zi")]),
        (WBK, {"kkn": "ya"}, [("proposal_void", "kkn")]),
        (WBBM, {"kkn": "ya"}, [("proposal_void", "kkn")]),
    ],
)  # fmt: skip
def test_each_precondition_stands_in_the_way_by_itself(
    category: Category, told: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert reasons(category, facts(award(), told=told)) == expected


def test_sentences_say_kinds_of_agency_and_days_as_people_do() -> None:
    found = eligibility(UNIT, WBK, facts(told={"indeks_rb": "D"}), 2026)
    (unmet,) = found.reasons
    assert unmet.said.endswith("syarat CC bagi pemerintah daerah, B bagi kementerian/lembaga.")
    unknown = eligibility(UNIT, WBK, facts(told={"indeks_rb": None}), 2026)
    assert "B bagi kementerian/lembaga)" in unknown.reasons[0].said
    known = facts(award(revoked=date(2025, 5, 31)), on=date(2026, 5, 31))
    (waits,) = eligibility(UNIT, WBK, known, 2026).reasons
    assert waits.said.endswith("mulai 31 Mei 2027.")


@pytest.mark.parametrize("code", list(GOOD))
def test_what_nobody_told_is_neither_met_nor_failed(code: str) -> None:
    found = eligibility(UNIT, WBK, facts(told={code: None}), 2026)
    assert [(reason.code, reason.precondition) for reason in found.reasons] == [
        ("precondition_unknown", code)
    ]
    assert found.outcome == "open"


def test_all_reasons_come_at_once() -> None:
    unit = replace(UNIT, echelon="IV", has_service_function=False, is_active=False)
    known = replace(facts(told={"kkn": "ya", "tlhp": "50", "spip": None}), rule_set=None)
    found = eligibility(unit, WBBM, known, 2026)
    assert [reason.code for reason in found.reasons] == [
        "unit_inactive", "echelon_too_low", "no_service_function", "programme_missing",
        "precondition_unknown", "proposal_void", "precondition_unmet", "wbk_missing",
    ]  # fmt: skip
    assert found.outcome == "refused"


@pytest.mark.parametrize(
    ("echelon", "expected"),
    [("I", []), ("II", []), ("III", []), ("IV", ["echelon_too_low"]), ("V", ["echelon_too_low"])],
)
def test_a_unit_is_at_least_echelon_three(echelon: str, expected: list[str]) -> None:
    assert [code for code, _ in reasons(WBK, facts(), replace(UNIT, echelon=echelon))] == expected


def test_a_unit_has_a_service_function_and_works() -> None:
    assert reasons(WBK, facts(), replace(UNIT, has_service_function=False)) == [("no_service_function", None)]
    merged = replace(UNIT, is_active=False, merged_into="rsud-b")
    assert reasons(WBK, facts(), merged) == [("unit_merged", None)]


@pytest.mark.parametrize(
    ("earlier", "on", "expected"),
    [
        ([], ON, ["wbk_missing"]),
        ([award()], ON, []),
        ([award(on=date(2026, 5, 31))], ON, ["wbk_missing"]),
        ([award(on=date(2026, 5, 30))], ON, []),
        ([award("WBBM")], ON, ["wbk_missing"]),
        ([award(giver=Giver.MANDIRI)], ON, []),
        ([award(revoked=date(2026, 5, 1))], ON, ["waits_after_revocation", "wbk_revoked"]),
        ([award(revoked=date(2024, 12, 31))], date(2026, 12, 31), ["wbk_revoked"]),
        ([award(revoked=date(2024, 1, 1)), award(on=date(2025, 12, 1))], ON, []),
    ],
)
def test_wbbm_needs_a_valid_earlier_wbk(earlier: list[Award], on: date, expected: list[str]) -> None:
    assert [code for code, _ in reasons(WBBM, facts(*earlier, on=on))] == expected


def test_wbk_mandiri_counts_since_the_rules_of_2024() -> None:
    known = facts(award(giver=Giver.MANDIRI, on=date(2022, 12, 1)), on=date(2023, 5, 31))
    assert [code for code, _ in reasons(WBBM, known, year=2023)] == ["wbk_mandiri"]
    assert reasons(WBBM, known, year=2024) == []


@pytest.mark.parametrize(
    ("revoked", "on", "waits"),
    [
        (date(2024, 6, 1), date(2026, 5, 31), True),
        (date(2024, 6, 1), date(2026, 6, 1), False),
        (date(2024, 2, 29), date(2026, 2, 28), True),
        (date(2024, 2, 29), date(2026, 3, 1), False),
    ],
)
def test_a_revoked_unit_waits_two_years(revoked: date, on: date, waits: bool) -> None:
    found = [code for code, _ in reasons(WBK, facts(award(on=date(2020, 1, 1), revoked=revoked), on=on))]
    assert found == (["waits_after_revocation"] if waits else [])


def test_afirmasi_lets_the_agency_wait_but_never_the_unit_nor_an_offence() -> None:
    poor: dict[str, str | None] = {"opini_bpk": "TMP", "spip": None, "sakip_instansi": "D", "indeks_rb": None}
    assert reasons(AFFIRMATION, facts(told=poor)) == []
    assert reasons(AFFIRMATION, facts(told=poor | {"tlhp": "50"})) == [("precondition_unmet", "tlhp")]
    assert reasons(AFFIRMATION, facts(told={"kkn": "ya"})) == [("proposal_void", "kkn")]
    deferred = [
        one.precondition.code
        for one in eligibility(UNIT, AFFIRMATION, facts(), 2026).standings
        if one.is_deferred
    ]
    assert deferred == ["opini_bpk", "spip", "sakip_instansi", "indeks_rb"]


@pytest.mark.parametrize(
    "kind", ["rsud", "RSUD", "dukcapil", "samsat", "ptsp", "pendidikan", "ketenagakerjaan"]
)
def test_afirmasi_is_for_these_kinds_of_local_unit(kind: str) -> None:
    assert reasons(AFFIRMATION, facts(), replace(UNIT, unit_type=kind)) == []


def test_afirmasi_is_for_no_other_unit_agency_or_year() -> None:
    other = replace(UNIT, unit_type="kantor_pelayanan")
    ministry = facts(agency_type="lembaga")
    assert reasons(AFFIRMATION, facts(), other) == [("affirmation_kind", None)]
    assert reasons(AFFIRMATION, ministry) == [("affirmation_agency", None)]
    assert reasons(AFFIRMATION, facts(), year=2023) == [("affirmation_not_offered", None)]


@pytest.mark.parametrize(
    ("told", "agency_type", "expected"),
    [
        (GOOD, "pemda_provinsi", {"WBK": True, "WBBM": True}),
        (GOOD | {"sakip_instansi": "B"}, "pemda_provinsi", {"WBK": True, "WBBM": False}),
        (GOOD | {"opini_bpk": "WDP"}, "pemda_provinsi", {"WBK": True, "WBBM": False}),
        (GOOD | {"opini_bpk": "WDP"}, "kementerian", {"WBK": False, "WBBM": False}),
        (GOOD | {"kkn": "ya"}, "pemda_provinsi", {"WBK": False, "WBBM": False}),
        (GOOD, None, {"WBK": True, "WBBM": False}),
        ({}, "pemda_provinsi", {"WBK": False, "WBBM": False}),
    ],
)
def test_an_agency_is_eligible_by_its_own_preconditions_or_by_afirmasi(
    told: dict[str, str], agency_type: str | None, expected: dict[str, bool]
) -> None:
    known = {code: Told(value) for code, value in told.items()}
    assert agency_eligibility(known, agency_type, rules_for(2026)) == expected


def test_the_index_of_rb_that_is_asked_depends_on_the_type_of_the_agency() -> None:
    low = {"indeks_rb": "CC"}
    assert reasons(WBK, facts(told=low)) == []
    assert reasons(WBK, facts(told=low, agency_type="kementerian")) == [("precondition_unmet", "indeks_rb")]
    assert reasons(WBK, facts(told=low, agency_type=None)) == [("precondition_unknown", "indeks_rb")]


def test_the_types_of_agency_are_those_that_assessments_know() -> None:
    assert set(rules_for(2026).kinds_of_agency) == set(practice().agency_types)


@pytest.mark.parametrize(
    ("integration", "members", "expected"),
    [
        ("6.5", (WBK, WBK), []),
        ("6.49", (WBK, AFFIRMATION), ["integration_too_low"]),
        ("7.5", (WBBM, WBBM), []),
        ("7.4", (WBBM, WBBM), ["integration_too_low"]),
        (None, (WBK, WBK), ["integration_missing"]),
        ("9", (WBK,), ["kawasan_too_small"]),
        ("7", (WBK, WBBM), ["kawasan_mixed", "integration_too_low"]),
    ],
)
def test_a_kawasan_is_several_units_of_one_predicate_integrated_enough(
    integration: str | None, members: tuple[Category, ...], expected: list[str]
) -> None:
    score = None if integration is None else Decimal(integration)
    found = kawasan_reasons(KawasanProposal("Kawasan Pelabuhan", score, members), rules_for(2026))
    assert [reason.code for reason in found] == expected
    assert all("awasan Kawasan Pelabuhan " in reason.said for reason in found)
