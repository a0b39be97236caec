"""Records as any producer might have written them: good ones, and such with fields and parts at the edge."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import strategies as st

from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.examples import example

DEEP = json.loads("[" * 200 + "]" * 200)
EDGES: Sequence[Any] = [
    None, True, False, [], {}, [None], DEEP, {"n0": DEEP}, {"n0": 2**63}, {"n0": -1}, ["\0"],
    -(2**63) - 1, -(2**63), -(2**31) - 1, -1, 0, 1, 2, 1999, 2000, 2100, 2101, 2**31 - 1, 2**31,
    2**63 - 1, 2**63, 10**400, 0.5, 1e400, -math.inf, math.nan,
    "", " ", "\0", "a\0b", "\ud800", "\udcff", "unassigned", "A", "x" * 10, "x" * 11, "x" * 60, "x" * 61,
    "x" * 64, "x" * 65, "x" * 100, "x" * 101, "x" * 200, "x" * 201, "x" * 100_000, "é" * 200, "'; --", "٣",
    "0", "4", "5", "-1", "1/3", "1/0", "9" * 100, "9" * 101, "9" * 1000 + "/7", "9" * 5000, "NaN", "1e9",
    "2026-02-28", "2026-02-29", "2026-02-31", "0000-01-01", "0001-01-01", "9999-12-31", "٢٠٢٦-01-01",
    "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00",
    "2026-1-1", "0.1", "2026-01-01T24:00:00Z", "WIB", "WBK", "unit", "done",
]  # fmt: skip
MISSING = object()


@dataclass(frozen=True)
class Written:
    """A record as any producer might have written it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int = 1_780_000_000_000
    partition: int = 0
    offset: int = 0


_numbers = count()


def good(contract: type[EventData]) -> Written:
    """Return a record that every fold takes: an example of the contract about an entity of its own."""
    data = example(contract)
    number = next(_numbers)
    own = {
        name: f"n-{number}"
        for name in type(data).model_fields
        if name.endswith("_id") and name != "agency_id"
    }
    return written(contract, data.model_dump(mode="json") | own)


def written(contract: type[EventData], data: dict[str, Any], key: Any = MISSING) -> Written:
    event = Event(example(contract), "zi/test", datetime.now(UTC))
    key = data.get("unit_id") if key is MISSING else key
    return Written(
        contract.topic, str(key).encode(errors="surrogatepass"), json.dumps(data).encode(), event.headers()
    )


def at_the_edges(contracts: Iterable[type[EventData]]) -> Iterator[Written]:
    """Yield records in which one field of one contract stands at or beyond an edge."""
    for contract in contracts:
        for name in contract.model_fields:
            for edge in [*EDGES, MISSING]:
                record = good(contract)
                data = json.loads(record.value or b"")
                data[name] = edge
                if edge is MISSING:
                    del data[name]
                yield written(contract, data)


BYTES = st.none() | st.binary(max_size=60)
NAMES = st.binary(max_size=12).map(lambda name: name.decode(errors="surrogateescape"))
TIMES = st.sampled_from([-(2**63), -(10**17), -1, 0, 253_402_300_800_000, 2**63 - 1]) | st.integers(
    -(2**63), 2**63 - 1
)
HEADER_VALUES = BYTES | st.sampled_from(
    [b"0001-01-01T00:00:00+07:00", b"9999-12-31T23:59:59-23:59", b"\0", "\u0663".encode(), b"{" * 5000]
)


@st.composite
def strange_records(draw: Any, contracts: Sequence[type[EventData]]) -> Written:
    """A good record with some of its parts replaced by anything."""
    record = good(draw(st.sampled_from(contracts)))
    headers = [
        (name, draw(HEADER_VALUES) if draw(st.booleans()) else value) for name, value in record.headers
    ]
    changes: dict[str, Any] = {
        "key": BYTES,
        "value": BYTES | st.binary(max_size=20).map(lambda part: (record.value or b"")[:-9] + part),
        "timestamp": TIMES,
        "headers": st.lists(st.tuples(NAMES, HEADER_VALUES), max_size=4).map(
            lambda more: [*record.headers, *more]
        )
        | st.permutations(headers),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(changes)), min_size=1))
    return replace(record, **{name: draw(changes[name]) for name in sorted(chosen)})
