"""Which facts of other services answer which item: the map is data, one entry per item."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shared.instruments.lke import Answer, lke_instrument

COUNTS_AS = frozenset({"in_progress", "completed", "none"})
STREAMS = frozenset({"masyarakat", "pelayanan"})

CaseCounts = Mapping[tuple[str, str], int]
"""Cases of a unit and year by `(stream, counts_as)`."""


@dataclass(frozen=True, slots=True)
class CaseFeed:
    """An item whose inputs are counts of complaint cases; `inputs` names what each of them adds up."""

    item_code: str
    stream: str
    inputs: Mapping[str, tuple[str, ...]]

    def counts(self, cases: CaseCounts) -> dict[str, int] | None:
        """Return the item's inputs, or None while no case counts: nothing to follow up is no fact."""
        counts = {
            key: sum(cases.get((self.stream, kind), 0) for kind in kinds)
            for key, kinds in self.inputs.items()
        }
        return counts if any(counts.values()) else None


@cache
def case_feeds() -> tuple[CaseFeed, ...]:
    """Return the feeds from complaint cases; raises `ValueError` for a map that names what does not exist."""
    data = json.loads((files("services.scoring") / "data" / "feeds.json").read_text(encoding="utf-8"))
    feeds = []
    for entry in data["feeds"]:
        if not entry["source"] or entry["fact"] != "complaint_counts" or entry["stream"] not in STREAMS:
            raise ValueError(f"feed of {entry['item']}: unknown fact or stream, or no source")
        inputs = {key: tuple(kinds) for key, kinds in entry["inputs"].items()}
        if set(inputs) != set(lke_instrument().questions[entry["item"]].input_keys):
            raise ValueError(f"feed of {entry['item']}: not the inputs of the item")
        if not all(COUNTS_AS.issuperset(kinds) for kinds in inputs.values()):
            raise ValueError(f"feed of {entry['item']}: unknown counts_as")
        feeds.append(CaseFeed(entry["item"], entry["stream"], inputs))
    if len({feed.item_code for feed in feeds}) != len(feeds):
        raise ValueError("two feeds answer the same item")
    return tuple(feeds)


def facts_of(cases: CaseCounts) -> dict[str, Answer]:
    """Return what complaint cases answer, by item."""
    found = {feed.item_code: feed.counts(cases) for feed in case_feeds()}
    return {code: Answer(inputs=counts) for code, counts in found.items() if counts is not None}
