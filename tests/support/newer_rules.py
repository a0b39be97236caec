"""Newer defaults than old assessments pinned, all together or one alone."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from importlib import import_module
from typing import Any, Literal

import pytest

from services.scoring.store import recompute
from shared.instruments.lke import (
    case_feeds,
    default_policies,
    feeds,
    pinned_policies,
    policy_sets,
    rule_sets,
)
from shared.instruments.lke.load import read as read_shipped

EDITION, RULES, POLICIES = "2031", "panrb-next", "full-2"
LEFT_OUT = "A.*.6"
"""The gate that the newer rule set no longer has."""
LOWERED = "B.II"
"""The gate whose minimum a newer rule set lowers until every answer meets it."""
Default = Literal["edition", "rule set", "minimum", "rounding", "policies", "feeds"]
USUAL: Collection[Default] = ("edition", "rule set", "policies")
EVERY: Collection[Default] = ("edition", "rule set", "minimum", "rounding", "policies", "feeds")
_CACHED = (
    *(rule_sets, policy_sets, default_policies, pinned_policies, feeds, case_feeds),
    recompute._instrument,
)


def _with_newer(read: Any, changed: Collection[Default], name: str) -> Any:
    data = deepcopy(read(name))
    if name == "rule_sets.json" and {"rule set", "minimum", "rounding"} & set(changed):
        data["rule_sets"].append(_newer_rules(data, changed))
    elif name == "policies.json" and "policies" in changed:
        newer = data["zero_denominator"][0] | {"id": POLICIES, "default": "full"}
        data |= {"default": POLICIES, "zero_denominator": [*data["zero_denominator"], newer]}
    elif name == "feeds.json" and "feeds" in changed:
        for feed in data["feeds"]:
            if feed["kind"] == "fact":
                feed["stream"] = "pelayanan"
    return data


def _newer_rules(data: Any, changed: Collection[Default]) -> Any:
    newer = deepcopy(data["rule_sets"][0]) | {"id": RULES, "valid_from": "2026-01-01"}
    del newer["criteria_of"]
    if "rule set" in changed:
        newer["gates"] = [gate for gate in newer["gates"] if gate["gate"] != LEFT_OUT]
    if "rounding" in changed:
        newer["gate_rounding"] = "two_decimals"
    if "minimum" in changed:
        for gate in newer["gates"]:
            if gate["gate"] == LOWERED:
                gate |= {"WBK": {"index": "0.01"}, "WBBM": {"index": "0.01"}}
    return newer


def _forget() -> None:
    for one in _CACHED:
        one.cache_clear()


@contextmanager
def newer_rules(monkeypatch: pytest.MonkeyPatch, changed: Collection[Default] = USUAL) -> Iterator[None]:
    """Let what a programme would pin now differ from what stands in the shipped data.

    The map of feeds is pinned by nobody: a changed one counts for every year that still follows facts.
    """
    read = partial(_with_newer, read_shipped, changed)
    with monkeypatch.context() as patched:
        for name in ("policies", "rule_sets", "feeds"):
            patched.setattr(import_module(f"shared.instruments.lke.{name}"), "read", read)
        if "edition" in changed:
            for place in ("services.scoring.domain.pinning", "services.planning.plan.usecases"):
                patched.setattr(f"{place}.edition_for_year", lambda _: EDITION)
        _forget()
        yield
    _forget()
