import copy
from typing import Any

import pytest

from shared.instruments.survey import InvalidRegimeDataError, load, regime, regimes
from shared.instruments.survey.load import read


@pytest.fixture
def data() -> Any:
    return copy.deepcopy(read("regimes.json"))


@pytest.fixture
def items() -> Any:
    return copy.deepcopy(read("items.json"))


def test_shipped_regimes_load() -> None:
    assert set(regimes()) == {"tpn_external.2021", "mandiri.2023", "skm.2017"}


SPKP = "informasi persyaratan prosedur waktu biaya sarana respon konsultasi_pengaduan"
SPAK = "diskriminasi kecurangan gratifikasi pungli percaloan"
UNSUR = "persyaratan prosedur waktu biaya produk kompetensi perilaku pengaduan sarana"


@pytest.mark.parametrize(("regime_id", "keys"), [("mandiri.2023", f"{SPKP} {SPAK}"), ("skm.2017", UNSUR)])
def test_item_keys_are_those_of_the_regulation(regime_id: str, keys: str) -> None:
    instrument = regime(regime_id).instrument
    assert instrument is not None
    assert instrument.keys == tuple(keys.split())


def test_survey_of_tpn_has_no_questionnaire_of_ours() -> None:
    assert regime("tpn_external.2021").instrument is None


@pytest.mark.parametrize("score", [True, 4.0, "4", None, 0, 7])
def test_scale_takes_whole_numbers_within_its_ends_only(score: object) -> None:
    instrument = regime("mandiri.2023").instrument
    assert instrument is not None
    assert score not in instrument.scale
    assert all(number in instrument.scale for number in range(1, 7))


def test_gap_in_the_grade_table_is_refused(data: Any, items: Any) -> None:
    data["grade_tables"]["skm.2017"]["grades"][2]["to"] = "76.00"
    with pytest.raises(InvalidRegimeDataError, match=r"C must end 0\.01 below B"):
        load(data, items)


def test_overlap_in_the_grade_table_is_refused(data: Any, items: Any) -> None:
    data["grade_tables"]["skm.2017"]["grades"][2]["to"] = "76.66"
    with pytest.raises(InvalidRegimeDataError, match=r"C must end 0\.01 below B"):
        load(data, items)


def test_grade_table_covers_the_whole_index(data: Any, items: Any) -> None:
    data["grade_tables"]["skm.2017"]["grades"][3]["from"] = "30.00"
    with pytest.raises(InvalidRegimeDataError, match="must begin at 25"):
        load(data, items)


def test_weights_that_do_not_sum_to_one_are_refused(data: Any, items: Any) -> None:
    data["policies"]["weights"]["custom"] = {"source": "p14", "each": "0.071", "items": 9}
    with pytest.raises(InvalidRegimeDataError, match="custom sum to 639/1000, not 1"):
        load(data, items)


def test_unknown_policy_is_refused(data: Any, items: Any) -> None:
    data["regimes"][1]["policies"]["conversion"] = ["logarithmic"]
    with pytest.raises(InvalidRegimeDataError, match=r"unknown policy conversion\.logarithmic"):
        load(data, items)


@pytest.mark.parametrize(
    "path", [("regimes", 0), ("policies", "conversion", "ratio"), ("regimes", 0, "gates", 0)]
)
def test_entry_without_a_source_is_refused(data: Any, items: Any, path: tuple[Any, ...]) -> None:
    entry = data
    for step in path:
        entry = entry[step]
    del entry["source"]
    with pytest.raises(InvalidRegimeDataError, match="unknown source None"):
        load(data, items)


def test_floor_above_the_scale_is_refused(data: Any, items: Any) -> None:
    data["regimes"][0]["gates"][2]["minimum"] = {"WBK": "3.6", "WBBM": "90"}
    with pytest.raises(InvalidRegimeDataError, match="floor above the scale"):
        load(data, items)


def test_wbbm_never_asks_less_than_wbk(data: Any, items: Any) -> None:
    data["regimes"][0]["gates"][3]["minimum"] = {"WBK": "3.6", "WBBM": "3.2"}
    with pytest.raises(InvalidRegimeDataError, match="WBBM must not ask less"):
        load(data, items)


def test_repeated_item_key_is_refused(data: Any, items: Any) -> None:
    items["instruments"][0]["parts"][1]["items"][0]["key"] = "informasi"
    with pytest.raises(InvalidRegimeDataError, match="an item key is repeated"):
        load(data, items)


def test_every_score_of_the_scale_has_a_label(data: Any, items: Any) -> None:
    items["instruments"][1]["parts"][0]["items"][0]["labels"].pop()
    with pytest.raises(InvalidRegimeDataError, match="one label per score"):
        load(data, items)
