"""The fields of one item as its form has them: made of an answer, and made an answer again."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.planning.worksheets.domain import AnswerVersion
from shared.instruments.lke import Answer, lke_instrument

COUNT_KEYS = frozenset({"n0", "n1", "n2", "n3", "n4"})


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in the fields of an item; `is_blanked` asks to empty it, for a `reason`."""

    letter: str = ""
    index: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    evidence_ids: tuple[UUID, ...] = ()
    is_blanked: bool = False
    reason: str = ""


def fields_of(version: AnswerVersion | None) -> Fields:
    """Return the fields as what is stored fills them."""
    if version is None:
        return Fields()
    draft, answer = version.draft, version.draft.answer
    return Fields(
        letter=(answer.letter or "") if answer else "",
        index=(answer.index_text or "").replace(".", ",") if answer else "",
        counts={key: str(count) for key, count in ((answer.inputs if answer else None) or {}).items()},
        note=draft.note or "",
        evidence_ids=draft.evidence_ids,
    )


def value_of(answer: Answer | None) -> dict[str, Any]:
    """Return an answer as the page's script takes it: letter, index and counts, None where it has none."""
    inputs = answer.inputs if answer else None
    return {
        "letter": answer.letter if answer else None,
        "index": answer.index_text if answer else None,
        "inputs": None if inputs is None else dict(inputs),
    }


def press_of(answer: Answer | None) -> str:
    """Return what one press fills in, as JSON of the parts that there are; "" for no answer."""
    if answer is None:
        return ""
    return json.dumps({name: part for name, part in value_of(answer).items() if part is not None})


def is_same(typed: Fields, shown: Fields) -> bool:
    """Tell whether nothing was changed: what was typed is what was shown."""
    return not typed.is_blanked and _plain(typed) == _plain(shown)


def _plain(fields: Fields) -> tuple[Any, ...]:
    counts = {key: value for key, value in fields.counts.items() if value}
    return fields.letter, fields.index.replace(".", ","), counts, fields.note, frozenset(fields.evidence_ids)


def sent_of(code: str, fields: Fields) -> dict[str, Any]:
    """Return what the fields of an item ask to be written, as `AnswerIn` takes it; no empty counts."""
    sent: dict[str, Any] = {"item_code": code, "note": fields.note, "evidence_ids": list(fields.evidence_ids)}
    if fields.is_blanked:
        return sent | {"reason": fields.reason}
    counts = {key: value for key, value in fields.counts.items() if value}
    value = {"letter": fields.letter, "index": fields.index, "inputs": counts}
    return sent | {name: part for name, part in value.items() if part}


def fields_in(sent: Sequence[tuple[str, str]]) -> dict[str, Fields]:
    """Return the fields of every item of a form, in its order; what is no field of an item is left out.

    Names are `part:code`; an item is in the form when it has a field `item:code`.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, value in sent:
        part, colon, code = name.partition(":")
        if colon and code in lke_instrument().questions:
            found.setdefault(code, {}).setdefault(part, []).append(value)
    return {code: _fields(parts) for code, parts in found.items() if "item" in parts}


def _fields(parts: Mapping[str, Sequence[str]]) -> Fields:
    def text(name: str) -> str:
        return parts[name][0].replace("\r\n", "\n").strip() if name in parts else ""

    return Fields(
        letter=text("letter"),
        index=text("index"),
        counts={name: text(name) for name in parts if name in COUNT_KEYS},
        note=text("note"),
        evidence_ids=tuple(_ids(parts.get("evidence", ()))),
        is_blanked="blank" in parts,
        reason=text("reason"),
    )


def _ids(texts: Sequence[str]) -> Iterator[UUID]:
    for text in texts:
        with contextlib.suppress(ValueError):
            yield UUID(text)
