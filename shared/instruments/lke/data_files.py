"""The data files of the LKE, told apart by what they hold: each is loaded with all its checks."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.instruments.lke.faults import InvalidInstrumentError, require
from shared.instruments.lke.feeds import load_feeds
from shared.instruments.lke.file_shapes import SCHEMA_VERSION
from shared.instruments.lke.load import lke_instrument, load
from shared.instruments.lke.model import Instrument, QuestionType
from shared.instruments.lke.options import load_option_ranges
from shared.instruments.lke.policies import load_policies
from shared.instruments.lke.rule_sets import load_rule_sets
from shared.instruments.lke.shapes import shown
from shared.instruments.lke.strict_json import parse_json
from shared.instruments.lke.usual_documents import load_documents


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that passed every check: its kind, its content as read, and what was built from it.

    `counts` says how many of each thing it holds, in words that go after the number.
    """

    kind: str
    data: Mapping[str, Any]
    built: Any
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file; `block` is the name at its top that no other kind has."""

    name: str
    block: str
    load: Callable[[Any, Instrument], Any]
    count: Callable[[Any], Mapping[str, int]]


def load_file(content: bytes, instrument: Instrument | None = None) -> DataFile:
    """Return a data file; one that is no instrument must fit `instrument`, the shipped one if none is given.

    Raises `InvalidInstrumentError` with every fault: one sentence for what is no data file of ours at all.
    """
    data = parse_json(content)
    kind = _kind_of(data)
    version = data.get("schema_version")
    require(
        "schema_version" not in data or version == SCHEMA_VERSION,
        f"schema_version is {shown(version)}; this program reads {SCHEMA_VERSION}",
    )
    built = kind.load(data, instrument or lke_instrument())
    return DataFile(kind.name, data, built, kind.count(built))


def _kind_of(data: Any) -> _Kind:
    for kind in _KINDS:
        if isinstance(data, Mapping) and kind.block in data:
            return kind
    known = ", ".join(f"{kind.name} ({kind.block!r})" for kind in _KINDS)
    raise InvalidInstrumentError(f"the file holds none of: {known}")


def _of_instrument(built: Instrument) -> Mapping[str, int]:
    levels = Counter(node.level for node in built.nodes.values())
    types = Counter(question.type for question in built.questions.values())
    places = [
        place
        for question in built.questions.values()
        for place in (question.place, *(entry.place for entry in question.inputs))
    ]
    return {
        "components": levels["component"],
        "subcomponents": levels["subcomponent"],
        "areas": levels["area"],
        "indicators": levels["indicator"],
        "items": len(built.questions),
        "with options": sum(question.scale is not None for question in built.questions.values()),
        "% items": types[QuestionType.PERCENT],
        "index items": types[QuestionType.INDEX],
        "soal_id": sum(place.soal_id is not None for place in places),
        "editions": len(built.editions),
    }


_KINDS = (
    _Kind("instrument", "tree", lambda data, _: load(data), _of_instrument),
    _Kind(
        "rule sets",
        "rule_sets",
        load_rule_sets,
        lambda built: {"rule sets": len(built), "gates": sum(len(rules.gates) for rules in built.values())},
    ),
    _Kind("policies", "zero_denominator", load_policies, lambda built: {"versions": len(built)}),
    _Kind("feeds", "feeds", load_feeds, lambda built: {"feeds": len(built)}),
    _Kind("option ranges", "ranges", load_option_ranges, lambda built: {"items": len(built)}),
    _Kind(
        "usual documents",
        "documents",
        load_documents,
        lambda built: {
            "documents": len({document.key for listed in built.values() for document in listed}),
            "items": len(built),
        },
    ),
)
