"""The official texts of the LKE's questions, as an administrator loaded them from an official workbook."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.instruments.lke import lke_instrument
from shared.kernel import printable

MOST_TEXT = 5_000
"""Characters of a question, or of its criteria."""
_LETTERED = re.compile(r"([A-Za-z])\s*[.)]\s*(\S.*)")


@dataclass(frozen=True, slots=True)
class Wording:
    """The official texts of one item; `criteria` is empty where the sheet has none."""

    question: str
    criteria: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where an edition's texts came from; `version` counts its loadings from 1."""

    edition: str
    version: int
    sha256: str
    loaded_by: str
    loaded_at: datetime


def options(code: str, criteria: str) -> Mapping[str, str]:
    """Return an item's criteria by the letter each is for; empty unless that is beyond doubt.

    Beyond doubt: lines begin with the letters of its scale, each once and in their order; a line that begins
    otherwise goes on with the one before. `KeyError` for a code that is no item.
    """
    scale = lke_instrument().questions[code].scale
    if scale is None:
        return {}
    found: list[tuple[str, str]] = []
    for line in criteria.splitlines():
        begins = _LETTERED.fullmatch(line)
        if begins is not None:
            found.append((begins[1].upper(), begins[2]))
        elif found:
            letter, text = found.pop()
            found.append((letter, f"{text}\n{line}"))
        else:
            return {}
    return dict(found) if [letter for letter, _ in found] == list(scale.values) else {}


def cleaned(text: str) -> str:
    """Return a cell's text as lines without blanks around or doubled within them, and without empty lines."""
    lines = unicodedata.normalize("NFC", text).replace("_x000D_", "\n").splitlines()
    shown = (printable(" ".join(line.split())) for line in lines)
    return "\n".join(line for line in shown if line)


def changed(before: Mapping[str, Wording], after: Mapping[str, Wording]) -> Sequence[str]:
    """Return the items whose texts differ, or were not there before."""
    return [code for code, wording in after.items() if before.get(code) != wording]
