"""Kinds of channels and how they are probed, as data."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from services.complaints.channels.domain import ChannelKind, ProbeRules


@cache
def kinds() -> Mapping[str, ChannelKind]:
    """Return every kind of channel by its name, in the order in which people are shown them."""
    return {entry["kind"]: ChannelKind(**entry) for entry in _read()["kinds"]}


@cache
def probe_rules() -> ProbeRules:
    """Return how often and how long channels are probed, and what counts as an outage."""
    return ProbeRules(**_read()["rules"])


def _read() -> Any:
    return json.loads((files(__package__) / "channels.json").read_text(encoding="utf-8"))
