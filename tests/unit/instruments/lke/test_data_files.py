"""A data file is told apart by what it holds, and all that is wrong with it is told at once."""

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from shared.instruments.lke import InvalidInstrumentError
from shared.instruments.lke.data_files import load_file
from shared.instruments.lke.load import read
from shared.instruments.lke.strict_json import MOST_BYTES, parse_json, read_file
from tests.support.lke_editions import next_instrument, next_rules_data, node_of

DATA = files("shared.instruments.lke").joinpath("data")
KINDS = {
    "instrument.json": (
        "instrument",
        {"items": 113, "soal_id": 127, "areas": 12, "% items": 8, "editions": 2},
    ),
    "rule_sets.json": ("rule sets", {"rule sets": 1, "gates": 24}),
    "policies.json": ("policies", {"versions": 1}),
    "feeds.json": ("feeds", {"feeds": 9}),
    "option_ranges.json": ("option ranges", {"items": 4}),
    "usual_documents.json": ("usual documents", {"items": 113}),
}


def content(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=float).encode()


def faults(data: bytes | Any) -> tuple[str, ...]:
    with pytest.raises(InvalidInstrumentError) as refused:
        load_file(data if isinstance(data, bytes) else content(data))
    return refused.value.faults


@pytest.mark.parametrize("name", KINDS)
def test_every_shipped_file_passes_its_checks_under_any_name(name: str) -> None:
    found = load_file(DATA.joinpath(name).read_bytes())
    kind, counts = KINDS[name]
    assert found.kind == kind
    assert counts.items() <= found.counts.items()


def test_every_shipped_file_is_looked_at() -> None:
    assert {file.name for file in DATA.iterdir()} == set(KINDS)


def test_a_file_that_goes_with_an_instrument_is_checked_against_that_one() -> None:
    rules = content(next_rules_data())
    assert load_file(rules, next_instrument()).counts == {"rule sets": 1, "gates": 24}
    assert "which is not lke-zi-permenpanrb-90-2021" in faults(rules)[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "no JSON"),
        (b"PK\x03\x04", "no JSON"),
        (b'{"tree": [', "line 1, column 11: no JSON"),
        (b'\xef\xbb\xbf{"tree": []}', "no JSON"),
        (b'{"id": "\xff"}', "no text in UTF-8"),
        (b'{"id": "\\ud800"}', "no text in UTF-8"),
        (b'{"id": 1, "id": 2}', "'id' of 1 stands twice in one object"),
        (b'{"code": "A.I", "weight": 1, "weight": 2}', "'weight' of A.I stands twice"),
        (b'{"weight": 0.30000000000000004}', "0.30000000000000004 is no exact number"),
        (b'{"weight": 1e2}', "1e2 is no exact number"),
        (b'{"weight": NaN}', "NaN is no number"),
        (b'{"weight": -Infinity}', "-Infinity is no number"),
        (b'{"weight": 12345678901}', "12345678901 is too large"),
        (b'{"weight": ' + b"9" * 5000 + b"}", "is too large"),
        (b"[" * 100_000, "nests deeper"),
        (b" " * (MOST_BYTES + 1), f"larger than {MOST_BYTES} bytes"),
        (b"[]", "the file holds none of: instrument ('tree')"),
        (b"3", "the file holds none of"),
        (b'{"questions": []}', "the file holds none of"),
        (b'{"tree": [], "schema_version": 2}', "schema_version is 2; this program reads 1"),
        (b'{"feeds": [], "schema_version": "1"}', "schema_version is '1'; this program reads 1"),
        (b'{"feeds": [], "schema_version": true}', "schema_version: True is none of 1"),
    ],
)
def test_what_is_no_data_file_of_ours_is_one_sentence(given: bytes, said: str) -> None:
    found = faults(given)
    assert len(found) == 1
    assert said in found[0]
    assert len(found[0]) < 250


def test_a_file_is_read_whole_up_to_the_limit_and_not_at_all_beyond_it(tmp_path: Path) -> None:
    file = tmp_path / "padded.json"
    shipped = DATA.joinpath("feeds.json").read_bytes()
    file.write_bytes(shipped.ljust(MOST_BYTES))
    assert load_file(read_file(file)).kind == "feeds"
    file.write_bytes(shipped.ljust(MOST_BYTES + 1))
    with pytest.raises(InvalidInstrumentError, match="larger than"):
        load_file(read_file(file))


def test_a_whole_number_has_nine_digits_at_most() -> None:
    assert parse_json(b"[-123456789]") == [-123456789]
    with pytest.raises(InvalidInstrumentError, match="1234567890 is too large: 9 digits"):
        parse_json(b"[1234567890]")


def test_a_number_is_read_as_it_is_written() -> None:
    data = parse_json(b'{"a": 3.59, "b": 17.5, "c": -4}')
    assert {name: str(value) for name, value in data.items()} == {"a": "3.59", "b": "17.5", "c": "-4"}


def test_all_faults_of_an_instrument_come_at_once_each_with_its_place() -> None:
    data = copy.deepcopy(read("instrument.json"))
    node_of(data, "A.I.1.i")["weight"] = 1
    node_of(data, "A.I.1.i.b")["code"] = "A.I.1.i.a"
    node_of(data, "A.II.1.ii.a")["type"] = "ABCDEF"
    node_of(data, "A.II.6.i.b")["formula"] = "n2 / n1"
    node_of(data, "B.I.a")["portalrb_2026"]["soal_id"] = 126
    node_of(data, "B.II.a")["workbook_2021"]["row"] = 8
    node_of(data, "A.II.2")["name"] = "Lain"
    data["counts"]["indicators"]["reform"] = 18
    data["criteria"]["WBBM"]["area_min_points"]["A.*.5"] = 11
    assert faults(data) == (
        "codes used twice: A.I.1.i.a (rows 8 and 9 of workbook_2021); each names one thing",
        (
            "A.II.1.ii.a: unknown type 'ABCDEF' (row 135 of workbook_2021); "
            "known are YA_TIDAK, ABC, ABCD, ABCDE, PERCENT, INDEX_0_4"
        ),
        (
            "A.II.6.i.b: unknown formula 'n2 / n1'; known are index/4; min(1, n2/n1); min(1, n3/n1); "
            "1 if n1 = 0 and n2 = 0 else max(0, (n1-n2)/n1); min(1, n4/(n0 if given else n1+n2+n3))"
        ),
        "A.I.1: children weigh 4.5, not 4",
        "soal_id 126 stands at B.I.a and B.I.b; each is used once",
        "soal_id 125 of 1-127: no item or input has it",
        "workbook_2021: rows used twice: 8 (A.I.1.i.a and B.II.a)",
        "counts: indicators of reform are 17, not 18",
        "A.I.2 and A.II.2 are named differently: 'Penataan tatalaksana' and 'Lain' are one area",
        "WBBM A.*.5: minimum is 11.25, not 11",
    )


def _spoil_shape(data: Any) -> None:
    del node_of(data, "A.I.1.i")["weight"]
    node_of(data, "A.I.1.i.a")["txet"] = "salah ketik"
    node_of(data, "A.I.1.ii.a")["text"] = " "
    node_of(data, "A.I.2.i.a")["workbook_2021"]["row"] = "8"
    node_of(data, "A.II.1.i.a")["inputs"][1]["integer"] = "yes"
    node_of(data, "A.II.2")["children"] = {}
    data["counts"]["areas"] = -6
    data["criteria"]["WBK"]["total_min"] = "75"
    del data["layouts"]


def test_all_that_a_file_is_not_made_of_comes_at_once_too() -> None:
    data = copy.deepcopy(read("instrument.json"))
    _spoil_shape(data)
    found = faults(data)
    assert set(found) == {
        "A.I.1.i: weight is missing",
        *(one for one in found if one.startswith("A.I.1.i.a: 'txet' is unknown here; known are code, ")),
        "A.I.1.ii.a.text: ' ' is no text",
        "A.I.2.i.a.workbook_2021.row: '8' is no whole number from 0",
        "A.II.1.i.a.n2.integer: 'yes' is neither true nor false",
        "A.II.2.children: {} is no list",
        "the file.counts.areas: -6 is no whole number from 0",
        "the file.criteria.WBK.total_min: '75' is no number from 0",
        "the file: layouts is missing",
    }
    assert len(found) == 9


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        (
            "rule_sets.json",
            lambda d: [gate.update(op=">", source="hearsay") for gate in d["rule_sets"][0]["gates"][:2]],
            8,
        ),
        ("rule_sets.json", lambda d: d["rule_sets"].append(d["rule_sets"][0]), 1),
        ("rule_sets.json", lambda d: d["rule_sets"][0]["gates"].append(d["rule_sets"][0]["gates"][0]), 2),
        ("rule_sets.json", lambda d: d["rule_sets"][0].update(gate_rounding="up", valid_from="x"), 2),
        ("rule_sets.json", lambda d: d["rule_sets"][0]["gates"][2].update(WBK={"percent": "60%"}), 1),
        ("rule_sets.json", lambda d: d["rule_sets"][0]["gates"][2].update(WBK={"percent": 60}), 1),
        ("rule_sets.json", lambda d: d["rule_sets"][0]["gates"][10].update(WBK={"option": "Z"}), 1),
        ("rule_sets.json", lambda d: d["rule_sets"][0]["gates"][2].update(WBK={"minimum": "0"}), 1),
        ("policies.json", lambda d: d.update(default="x", before_pinning="y"), 2),
        ("policies.json", lambda d: d["zero_denominator"][0].update(default="half"), 1),
        ("policies.json", lambda d: d["zero_denominator"][0].update(adopter="", reason=" "), 2),
        (
            "policies.json",
            lambda d: d["zero_denominator"][0]["questions"].update({"B.I.a": "zero", "X": "full"}),
            2,
        ),
        ("policies.json", lambda d: d["zero_denominator"].append(d["zero_denominator"][0]), 1),
        ("feeds.json", lambda d: [feed.update(kind="guess") for feed in d["feeds"]], 9),
        ("feeds.json", lambda d: d["feeds"][0].pop("stream"), 1),
        ("feeds.json", lambda d: d["feeds"][1].pop("counts_as"), 1),
        ("feeds.json", lambda d: d["feeds"][2].update(at_least=[["A", "4"]]), 1),
        ("option_ranges.json", lambda d: d["ranges"].update({"B.I.a": [], "X": []}), 2),
        ("option_ranges.json", lambda d: d["ranges"].update({key: [["A", None, "1"]] for key in "XY"}), 2),
        ("option_ranges.json", lambda d: d["ranges"]["A.II.1.ii.a"].append(["Z", "60", "50"]), 1),
        ("option_ranges.json", lambda d: d["ranges"]["A.II.1.ii.a"].append(["A", "60", "50"]), 1),
        ("usual_documents.json", lambda d: (d["items"].pop("B.I.a"), d["items"].update({"X": []})), 3),
    ],
)  # fmt: skip
def test_all_faults_of_any_other_file_come_at_once(
    name: str, spoil: Callable[[Any], object], said: int
) -> None:
    data = copy.deepcopy(read(name))
    spoil(data)
    found = faults(data)
    assert len(found) == said, found
