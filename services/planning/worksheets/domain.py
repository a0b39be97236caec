"""Worksheets: answers as they are sent, checked and kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from services.planning.layers import Layer
from shared.instruments.lke import Answer, AnswerFinding, InvalidAnswerError, is_blank, parse_answer
from shared.kernel import DomainError


class AnswersRefusedError(DomainError):
    """One or more answers cannot stand, so nothing of the request was written; `errors` lists every fault."""

    code: ClassVar[str] = "answers_refused"


class EvidenceFullError(DomainError):
    """The item has as much evidence as an item can have."""

    code: ClassVar[str] = "evidence_full"


VALUE_FIELDS = ("letter", "index", "inputs")
MOST_EVIDENCE = 50
"""Evidence of one item."""


class Origin(StrEnum):
    """How an answer came in."""

    TYPED = "typed"
    IMPORT = "import"
    LIVE = "live"


class ImportMode(StrEnum):
    """What a workbook does to what is stored.

    `merge`: what it says counts, what it leaves blank stays. `replace`: what it leaves blank is erased, with
    a reason. `fill`: it only adds where nothing is stored.
    """

    MERGE = "merge"
    REPLACE = "replace"
    FILL = "fill"


class ExportFormat(StrEnum):
    """What a worksheet is written as.

    `layout2021`: one layer in the official workbook. `portalrb`: the layers of the unit and of TPI in
    PortalRB's sheet. `layers`: all three side by side.
    """

    LAYOUT2021 = "layout2021"
    PORTALRB = "portalrb"
    LAYERS = "layers"


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer as a client sent it, unchecked: at most one of letter, index and inputs; none blanks."""

    item_code: str
    letter: str | None = None
    index: str | None = None
    inputs: Mapping[str, Any] | None = None
    note: str | None = None
    evidence_ids: tuple[UUID, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked answer to one item, about to be written; `answer` None leaves the item unanswered."""

    item_code: str
    answer: Answer | None
    note: str | None = None
    evidence_ids: tuple[UUID, ...] = ()
    reason: str | None = None
    origin: Origin = Origin.TYPED
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One answer as it was written; `version` is the worksheet's counter at that fact.

    `writer_id` is the pseudonym that others know its writer by, None where none was told.
    """

    layer: Layer
    version: int
    draft: Draft
    written_by: str
    written_at: datetime
    writer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The LKE worksheet of a unit and year, with what its programme pinned.

    `version` counts the answer facts of all layers, 0 at first; `policies` is None for a programme of before.
    """

    unit_id: str
    year: int
    edition: str
    policies: str | None
    version: int

    @property
    def worksheet_id(self) -> str:
        return f"{self.unit_id}:{self.year}"


@dataclass(frozen=True, slots=True)
class Written:
    """A worksheet after answers were written into it, and what their writer should hear about them."""

    worksheet: Worksheet
    warnings: tuple[AnswerFinding, ...]


Fault = tuple[str, str, str]
"""Field within the answer, code, and what to say."""


def without_reason(sent: Sequence[SentAnswer]) -> frozenset[str]:
    """Return the items that come without a value and a reason: note and evidence alone, or nothing."""
    return frozenset(
        answer.item_code
        for answer in sent
        if not answer.reason and all(is_blank(getattr(answer, name)) for name in VALUE_FIELDS)
    )


def check_answers(sent: Sequence[SentAnswer], unanswered: Collection[str] = ()) -> list[Draft]:
    """Return the drafts of a batch; raises `AnswersRefusedError` with every fault of every answer.

    An answer without a value blanks its item and needs a reason, but where the item is `unanswered` as it
    is: note and evidence may come alone. One item may come once.
    """
    drafts: list[Draft] = []
    errors: list[dict[str, str]] = []
    seen: set[str] = set()
    for place, answer in enumerate(sent):
        parsed, faults = _check(answer, is_answered=answer.item_code not in unanswered)
        if answer.item_code in seen:
            faults.append(("item_code", "duplicate", "butir ini dikirim lebih dari sekali"))
        seen.add(answer.item_code)
        errors += [
            {"field": f"answers.{place}.{field}", "code": code, "message": f"{answer.item_code}: {said}"}
            for field, code, said in faults
        ]
        drafts.append(Draft(answer.item_code, parsed, answer.note, answer.evidence_ids, answer.reason))
    if errors:
        raise AnswersRefusedError("Ada jawaban yang tidak dapat diterima.", errors=errors)
    return drafts


def _check(answer: SentAnswer, *, is_answered: bool) -> tuple[Answer | None, list[Fault]]:
    given = [name for name in VALUE_FIELDS if getattr(answer, name) is not None]
    if len(given) > 1:
        return None, [(given[1], "one_value", f"isi hanya satu dari {', '.join(given)}")]
    field = given[0] if given else "item_code"
    try:
        parsed = parse_answer(answer.item_code, getattr(answer, field) if given else None)
    except InvalidAnswerError as refused:
        return None, [_fault(finding, field) for finding in refused.findings]
    if parsed is None:
        missing: Fault = ("reason", "reason_missing", "mengosongkan jawaban memerlukan alasan")
        return None, [missing] if is_answered and not answer.reason else []
    expected = next(name for name in VALUE_FIELDS if getattr(parsed, name) is not None)
    wrong: Fault = (field, "wrong_field", f"butir ini dijawab dengan {expected}, bukan {field}")
    return parsed, [] if expected == field else [wrong]


def _fault(finding: AnswerFinding, field: str) -> Fault:
    if finding.reason in {"unknown_code", "node_code"}:
        field = "item_code"
    return (field if finding.field is None else f"{field}.{finding.field}"), finding.reason, finding.said
