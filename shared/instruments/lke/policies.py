"""Policies of a denominator of 0: versioned data, pinned by an assessment. Default: the item is undefined."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.instruments.lke.checks import is_day_or_year
from shared.instruments.lke.faults import Faults, refuse_any, require
from shared.instruments.lke.file_shapes import POLICIES
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import Instrument, Question, QuestionType


class ZeroDenominator(StrEnum):
    """What a % item is worth when nothing can be divided: no value at all, 0, or 1."""

    UNDEFINED = "undefined"
    ZERO = "zero"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Policies:
    """One version of the policies; `questions` names the % items that differ from `default`."""

    id: str
    valid_from: str
    adopter: str
    reason: str
    source: str
    default: ZeroDenominator
    questions: Mapping[str, ZeroDenominator]

    def of(self, code: str) -> ZeroDenominator:
        return self.questions.get(code, self.default)


@cache
def policy_sets() -> Mapping[str, Policies]:
    """Return all versions by id; raises `InvalidInstrumentError` for data that cannot stand."""
    return load_policies(read("policies.json"))


def load_policies(data: Any, instrument: Instrument | None = None) -> Mapping[str, Policies]:
    """Build the versions from parsed data, for the shipped instrument if none is given.

    Raises `InvalidInstrumentError` with every fault: what the file is made of, an id used twice, a choice for
    what is no % item, a default or a policy of before pinning that does not exist.
    """
    refuse_any(POLICIES(data, "the file"))
    known = (instrument or lke_instrument()).questions
    faults, found = Faults(), dict[str, Policies]()
    for entry in data["zero_denominator"]:
        with faults.noting():
            found[entry["id"]] = _policies(entry, known, found)
    for key in ("default", "before_pinning"):
        with faults.noting():
            require(
                data[key] in {entry["id"] for entry in data["zero_denominator"]},
                f"{key}: there is no policy {data[key]}",
            )
    faults.refuse_any()
    return MappingProxyType(found)


def _policies(
    entry: Mapping[str, Any], known: Mapping[str, Question], found: Mapping[str, Policies]
) -> Policies:
    name = f"policy {entry['id']}"
    require(entry["id"] not in found, f"{name} is defined twice")
    require(is_day_or_year(entry["valid_from"]), f"{name}: valid_from is neither a day nor a year")
    refuse_any(
        f"{name}: {code} is no % item"
        for code in entry["questions"]
        if code not in known or known[code].type is not QuestionType.PERCENT
    )
    return Policies(
        entry["id"],
        entry["valid_from"],
        entry["adopter"],
        entry["reason"],
        entry["source"],
        ZeroDenominator(entry["default"]),
        MappingProxyType({code: ZeroDenominator(choice) for code, choice in entry["questions"].items()}),
    )


@cache
def default_policies() -> Policies:
    """Return the policies a new assessment pins."""
    return policy_sets()[read("policies.json")["default"]]


@cache
def pinned_policies(policies_id: str | None) -> Policies:
    """Return the policies that an assessment pinned; None for one of before assessments pinned any.

    Raises `KeyError` for an unknown id.
    """
    return policy_sets()[policies_id or read("policies.json")["before_pinning"]]
