"""Newer defaults than old assessments pinned: an edition, a rule set with a gate less, policies."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from services.scoring.store import recompute
from shared.instruments.lke import default_policies, pinned_policies, policy_sets, rule_sets
from shared.instruments.lke.load import read as read_shipped

EDITION, RULES, POLICIES = "2031", "panrb-next", "full-2"
LEFT_OUT = "A.*.6"
"""The gate that the newer rule set no longer has."""
_CACHED = (
    *(rule_sets, policy_sets, default_policies, pinned_policies),
    recompute._instrument,
)


def _with_newer(read: Any, name: str) -> Any:
    data = deepcopy(read(name))
    if name == "rule_sets.json":
        newer = deepcopy(data["rule_sets"][0]) | {"id": RULES, "valid_from": "2026-01-01"}
        newer["gates"] = [gate for gate in newer["gates"] if gate["gate"] != LEFT_OUT]
        data["rule_sets"].append(newer)
    elif name == "policies.json":
        newer = data["zero_denominator"][0] | {"id": POLICIES, "default": "full"}
        data |= {"default": POLICIES, "zero_denominator": [*data["zero_denominator"], newer]}
    return data


def _forget() -> None:
    for one in _CACHED:
        one.cache_clear()


@contextmanager
def newer_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what a programme would pin now differ from what stands in the shipped data."""
    read = partial(_with_newer, read_shipped)
    with monkeypatch.context() as patched:
        for name in ("policies", "rule_sets"):
            patched.setattr(import_module(f"shared.instruments.lke.{name}"), "read", read)
        for place in ("services.scoring.domain.pinning", "services.planning.plan.usecases"):
            patched.setattr(f"{place}.edition_for_year", lambda _: EDITION)
        _forget()
        yield
    _forget()
