"""The preconditions as data: they agree with the instrument, and a slip in them is no start."""

import copy
import json
from importlib.resources import files
from typing import Any

import pytest

from services.planning.nomination.domain.rules import (
    InvalidRulesError,
    Precondition,
    State,
    all_rules,
    load_rules,
    rules_for,
)
from shared.instruments.lke import rule_sets


def data() -> Any:
    found = files("services.planning.nomination").joinpath("data/preconditions.json").read_text("utf-8")
    return json.loads(found)


def of(code: str, year: int = 2026) -> Precondition:
    return rules_for(year).preconditions[code]


def test_every_rule_set_has_its_preconditions_with_a_source() -> None:
    assert {rules.rule_set for rules in all_rules().values()} == set(rule_sets())
    for rules in all_rules().values():
        assert rules.kawasan.source
        assert all(one.source for one in rules.preconditions.values())


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2021, "panrb-90-2021"), (2023, "panrb-90-2021"), (2024, "panrb-5-2024"), (2026, "panrb-5-2024")],
)
def test_a_year_follows_the_newest_rules_in_force(year: int, expected: str) -> None:
    assert rules_for(year).id == expected


def test_a_rule_set_without_preconditions_is_refused() -> None:
    with pytest.raises(InvalidRulesError, match="no preconditions go with"):
        rules_for(2026, "other")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rule: rule["preconditions"][0].update(WBK="WDP"), "the instrument says"),
        (lambda rule: rule["preconditions"][0].update(source="nobody"), "unknown source"),
        (lambda rule: rule["preconditions"][0].update(scale="other"), "unknown scale"),
        (lambda rule: rule["preconditions"][0].update(WBK="wtp"), "cannot be reached"),
        (lambda rule: rule["preconditions"][8].update(WBK="101"), "cannot be reached"),
        (lambda rule: rule["preconditions"][3]["WBK"].pop("pemda"), "a kind of agency is missing"),
        (lambda rule: rule["preconditions"].append(rule["preconditions"][0]), "is repeated"),
        (lambda rule: rule["kawasan"].update(WBBM="7"), "kawasan: the instrument says 7.5"),
        (lambda rule: rule["lowest_echelon"].update(value="VI"), "unknown echelon"),
        (lambda rule: rule.update(rule_set="other"), "every rule set of the gates"),
        (lambda rule: rule.update(id="panrb-5-2024"), "defined twice|stand before"),
    ],
)
def test_a_slip_in_the_data_is_no_start(change: Any, said: str) -> None:
    wrong = copy.deepcopy(data())
    change(wrong["rules"][0])
    with pytest.raises(InvalidRulesError, match=said):
        load_rules(wrong)


def test_other_kinds_of_unit_than_the_instruments_are_refused() -> None:
    wrong = data()
    wrong["rules"][1]["affirmation"]["unit_types"]["kelurahan"] = "kelurahan"
    with pytest.raises(InvalidRulesError, match="other kinds of unit"):
        load_rules(wrong)


@pytest.mark.parametrize(
    ("code", "told", "kept"),
    [
        ("sakip_unit", " bb ", "BB"),
        ("sakip_unit", "E", None),
        ("spip", "3,25", "3.25"),
        ("spip", "5.01", None),
        ("spip", "-1", None),
        ("spip", "1e1", None),
        ("spip", "٣", None),
        ("tlhp", "100", "100"),
        ("tlhp", "100%", None),
        ("kkn", "Tidak", "tidak"),
        ("kkn", "no", None),
    ],
)
def test_a_value_is_kept_in_one_spelling_or_not_at_all(code: str, told: str, kept: str | None) -> None:
    assert of(code).canonical(told) == kept


@pytest.mark.parametrize(
    ("code", "value", "wbk", "wbbm"),
    [
        ("opini_bpk", "WTP", "yes", "yes"),
        ("opini_bpk", "WDP", "no", "no"),
        ("spip", "3", "yes", "yes"),
        ("spip", "2.99", "no", "no"),
        ("sakip_instansi", "B", "yes", "no"),
        ("sakip_instansi", "BB", "yes", "yes"),
        ("sakip_instansi", "CC", "no", "no"),
        ("sakip_unit", "B", "yes", "no"),
        ("sakip_unit", "A", "yes", "yes"),
        ("layanan_inti", "ya", "yes", "yes"),
        ("dampak_publik", "tidak", "no", "no"),
        ("tlhp", "99.99", "no", "no"),
        ("tlhp", "100", "yes", "yes"),
        ("lhkpn_lhkasn", "100", "yes", "yes"),
        ("lhkpn_lhkasn", "99", "no", "no"),
        ("lama_zi", "1", "yes", "yes"),
        ("lama_zi", "0.9", "no", "no"),
        ("kkn", "tidak", "yes", "yes"),
        ("kkn", "ya", "no", "no"),
        ("kkn", None, "unknown", "unknown"),
        ("tlhp", None, "unknown", "unknown"),
    ],
)
def test_each_row_of_table_5_stands_as_the_regulation_says(
    code: str, value: str | None, wbk: str, wbbm: str
) -> None:
    assert [of(code).state(value, "WBK", "pemda"), of(code).state(value, "WBBM", "pemda")] == [wbk, wbbm]


@pytest.mark.parametrize(
    ("kind", "value", "wbk", "wbbm"),
    [
        ("pemda", "CC", State.YES, State.NO),
        ("pemda", "B", State.YES, State.YES),
        ("kementerian_lembaga", "CC", State.NO, State.NO),
        ("kementerian_lembaga", "B", State.YES, State.NO),
        ("kementerian_lembaga", "BB", State.YES, State.YES),
        (None, "CC", State.UNKNOWN, State.NO),
        (None, "B", State.YES, State.UNKNOWN),
        (None, "BB", State.YES, State.YES),
    ],
)
def test_the_rb_index_asked_depends_on_the_kind_of_agency(
    kind: str | None, value: str, wbk: State, wbbm: State
) -> None:
    asked = of("indeks_rb")
    assert [asked.state(value, "WBK", kind), asked.state(value, "WBBM", kind)] == [wbk, wbbm]
