"""The text a person agrees to: versioned data, rendered for a campaign, proven by its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.survey.domain.campaign import Campaign


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What was shown. `sha256` is over the paragraphs joined by one newline, in UTF-8, hexadecimal."""

    version: str
    paragraphs: tuple[str, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256("\n".join(self.paragraphs).encode()).hexdigest()


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        files("services.survey").joinpath("data/consent.json").read_text("utf-8")
    )
    return content


def identity_days() -> int:
    """Return how many days after close names and contacts are kept."""
    return int(_data()["identity_days"])


def link_days() -> int:
    """Return how many days after close an answer can still be found and withdrawn by its person."""
    return int(_data()["link_days"])


def consent_text(campaign: Campaign) -> ConsentText:
    """Return the current text for a campaign."""
    data = _data()
    facts = {
        "unit": campaign.unit.name,
        "title": campaign.regime.title,
        "period": campaign.period.text,
        "items": len(campaign.items),
        "identity_days": data["identity_days"],
        "link_days": data["link_days"],
    }
    return _filled(data["current"], facts)


def consent_versions() -> list[str]:
    """Return every version that people were ever shown, the oldest first."""
    return list(_data()["texts"])


def text_in_general(version: str) -> ConsentText:
    """Return a text as it reads without a campaign; raises `LookupError` for a version nobody was shown."""
    return _filled(
        version, {**_data()["open_facts"], "identity_days": identity_days(), "link_days": link_days()}
    )


def _filled(version: str, facts: Mapping[str, Any]) -> ConsentText:
    return ConsentText(version, tuple(text.format(**facts) for text in _data()["texts"][version]))
