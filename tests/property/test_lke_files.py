"""Whatever somebody types into a data file, it is told in sentences or it can be computed with."""

import copy
import json
from collections.abc import Iterator
from importlib.resources import files
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.instruments.lke import (
    InvalidInstrumentError,
    evaluate_gates,
    explain,
    lke_instrument,
    score,
)
from shared.instruments.lke.comparison import compare_data, compare_instruments
from shared.instruments.lke.data_files import DataFile, load_file
from shared.instruments.lke.load import read
from tests.support.lke_editions import filled

NAMES = sorted(file.name for file in files("shared.instruments.lke").joinpath("data").iterdir())
SHIPPED = {name: read(name) for name in NAMES}
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 127, 0.5, 123456789, "", " ", "A", "Ya", "0", "1", "n1", "n9", "2026", "A.I",
    "A.I.1.i.a", "ABCDE", "PERCENT", "INDEX_0_4", "index/4", "sum", "TOTAL", "B.I.b", "undefined",
    "\u202e\x1b[2J",
    [], {}, [[]], [{}], {"A": "1"}, [None], ["A", "1", "2"], {"code": "A.I.1.i.a"}, {"row": 8},
]  # fmt: skip


def places(value: Any, parent: Any = None, key: Any = None) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a file as its container and its name or number."""
    if parent is not None:
        yield parent, key
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, entry in list(entries):
        yield from places(entry, value, name)


def spoil(data: Any, hand: Random) -> None:
    """Change one place: another value, nothing there, a thing twice, or a name that nobody knows."""
    parent, key = hand.choice(list(places(data)))
    act = hand.choice(["replace", "replace", "remove", "repeat", "rename"])
    if act == "replace":
        parent[key] = copy.deepcopy(hand.choice(ODD))
    elif act == "remove":
        del parent[key]
    elif isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    else:
        parent[hand.choice(["x", "code", "weight", key])] = parent.pop(key)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_spoilt_file_is_refused_in_sentences_or_can_be_computed_with(
    name: str, hand: Random, times: int
) -> None:
    data = copy.deepcopy(SHIPPED[name])
    for _ in range(times):
        spoil(data, hand)
    found = loaded(json.dumps(data, ensure_ascii=False, default=float).encode())
    if not isinstance(found, DataFile):
        assert found
        assert all(fault.strip() for fault in found)
        return
    compare_data(SHIPPED[name], found.data)
    if found.kind == "instrument":
        compute(found.built, hand)
    elif found.kind == "rule sets":
        for rules in found.built.values():
            evaluate_gates(score(filled(lke_instrument(), hand)), rules)


def loaded(content: bytes) -> DataFile | tuple[str, ...]:
    """Return the file, or its faults."""
    try:
        return load_file(content)
    except InvalidInstrumentError as refused:
        return refused.faults


def compute(instrument: Any, hand: Random) -> None:
    layer = filled(instrument, hand)
    assert instrument.weight_of("TOTAL") == 100
    for mode in ("zero", "workbook"):
        counted = score(layer, mode, instrument=instrument)
        assert explain(counted).node is counted.total
    compare_instruments(lke_instrument(), instrument)
