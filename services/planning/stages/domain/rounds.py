"""A layer as it was handed in: every answer at one version of the worksheet, sealed by a hash."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from services.planning.layers import Layer
from services.planning.stages.domain.refusals import IncompleteSubmitError
from shared.instruments.lke import Answer, lke_instrument, state_and_value
from shared.instruments.lke.policies import Policies

OPEN_KINDS = ("blank", "undefined", "partial")
_KIND_NAMES = {"blank": "Kosong", "undefined": "Penyebut 0", "partial": "Belum semua isian"}


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One item's newest answer in a layer, at the worksheet's `version`; None left it blank."""

    item_code: str
    answer: Answer | None
    note: str | None
    evidence_ids: tuple[UUID, ...]
    version: int
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """A frozen round of a layer: all that stood at the worksheet's version `cut`.

    Answers are never changed, so the cut keeps them, and `sha256` proves it. Evidence may come anew later:
    `revisions` names what stood then, by id.
    """

    unit_id: str
    year: int
    layer: Layer
    round: int
    cut: int
    revisions: Mapping[UUID, int]
    sha256: str
    frozen_by: str
    frozen_at: datetime


def canonical(answers: Sequence[GivenAnswer], revisions: Mapping[UUID, int]) -> bytes:
    """Return answers as canonical JSON: by item code, keys sorted, no spaces, UTF-8, without the blanked."""
    rows = [
        {
            "item_code": one.item_code,
            "letter": one.answer.letter,
            "index": one.answer.index_text,
            "inputs": None if one.answer.inputs is None else dict(one.answer.inputs),
            "note": one.note,
            "evidence": sorted([str(id_), revisions[id_]] for id_ in one.evidence_ids),
        }
        for one in sorted(answers, key=lambda one: one.item_code)
        if one.answer is not None
    ]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(answers: Sequence[GivenAnswer], revisions: Mapping[UUID, int]) -> str:
    """Return the sha256 over the canonical answers, 64 hex digits."""
    return sha256(canonical(answers, revisions)).hexdigest()


def open_items(answers: Sequence[GivenAnswer], policies: Policies) -> Mapping[str, list[str]]:
    """Return the items that are not answered by kind (blank, undefined, partial), in the sheet's order."""
    given = {one.item_code: one.answer for one in answers}
    found: dict[str, list[str]] = {kind: [] for kind in OPEN_KINDS}
    for code, question in lke_instrument().questions.items():
        state, _ = state_and_value(question, given.get(code), policies)
        if state != "answered":
            found[state].append(code)
    return found


def check_complete(answers: Sequence[GivenAnswer], policies: Policies) -> None:
    """Raise `IncompleteSubmitError` naming every open item in its kind. Source: lke.md section 7."""
    found = open_items(answers, policies)
    if count := sum(map(len, found.values())):
        named = [f"{_KIND_NAMES[kind]}: {', '.join(codes)}" for kind, codes in found.items() if codes]
        raise IncompleteSubmitError(f"{count} butir belum terjawab lengkap. {'; '.join(named)}.", **found)
