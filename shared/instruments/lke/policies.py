"""Policies of a denominator of 0: versioned data, pinned by an assessment. Default: the item is undefined."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from shared.instruments.lke.checks import require
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import QuestionType


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
    """Return all versions by id; raises `InvalidInstrumentError` for an entry nobody answers for."""
    data = read("policies.json")
    known = lke_instrument().questions
    found: dict[str, Policies] = {}
    for entry in data["zero_denominator"]:
        require(
            all(entry[key] for key in ("adopter", "reason", "source")),
            f"policy {entry['id']}: nobody adopted it",
        )
        require(entry["id"] not in found, f"policy {entry['id']} is defined twice")
        for code in entry["questions"]:
            is_percent = code in known and known[code].type is QuestionType.PERCENT
            require(is_percent, f"policy {entry['id']}: {code} is no % item")
        choices = {code: ZeroDenominator(choice) for code, choice in entry["questions"].items()}
        found[entry["id"]] = Policies(
            entry["id"], entry["valid_from"], entry["adopter"], entry["reason"], entry["source"],
            ZeroDenominator(entry["default"]), MappingProxyType(choices),
        )  # fmt: skip
    for key in ("default", "before_pinning"):
        require(data[key] in found, f"{key} policy {data[key]} does not exist")
    return MappingProxyType(found)


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
