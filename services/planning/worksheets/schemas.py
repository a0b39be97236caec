"""Answers, worksheets and imports over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.fields import ItemCode, Shown, Text
from services.planning.layers import Layer
from services.planning.spreadsheets.schemas import FindingOut
from services.planning.worksheets.domain import (
    MOST_EVIDENCE,
    AnswerVersion,
    Origin,
    SentAnswer,
    Worksheet,
    Written,
)
from services.planning.worksheets.imports import Import
from shared.http.fields import Body
from shared.instruments.lke import AnswerFinding, lke_instrument
from shared.kernel import decimal12


class AnswerIn(Body):
    """One answer: at most one of letter, index and inputs. None of them blanks the item, with a reason."""

    item_code: ItemCode
    letter: Annotated[str, Field(max_length=20)] | None = Field(default=None, examples=["Ya", "B"])
    index: Annotated[str, Field(max_length=40)] | None = Field(default=None, examples=["3.71"])
    inputs: Annotated[dict[str, int | float | str | bool | None], Field(max_length=10)] | None = Field(
        default=None, description="Counts by key n0..n4", examples=[{"n1": 4, "n2": 3}]
    )
    note: Text | None = Field(default=None, description="Catatan; replaces the one before")
    evidence_ids: list[UUID] = Field(default_factory=list, max_length=MOST_EVIDENCE)
    reason: Text | None = Field(default=None, description="Why; required to blank an item")

    def sent(self) -> SentAnswer:
        return SentAnswer(
            item_code=self.item_code,
            letter=self.letter,
            index=self.index,
            inputs=self.inputs,
            note=self.note or None,
            evidence_ids=tuple(dict.fromkeys(self.evidence_ids)),
            reason=self.reason or None,
        )


class AnswersIn(Body):
    layer: Layer
    answers: list[AnswerIn] = Field(min_length=1, max_length=113)


class WorksheetVersionOut(Shown):
    """The worksheet's counter after a write: one for all layers, one more with every answer."""

    unit_id: str
    year: int
    edition: str
    version: int


class WarningOut(BaseModel):
    """What stands but looks wrong, or does not count yet; the answer is stored all the same."""

    item_code: str
    code: str = Field(
        description="Slug: partial, capped, zero_denominator, total_unlike_parts, total_alone, ..."
    )
    message: str

    @classmethod
    def of(cls, finding: AnswerFinding) -> Self:
        return cls(item_code=finding.code, code=finding.reason, message=finding.message)


class WrittenOut(WorksheetVersionOut):
    warnings: list[WarningOut]

    @classmethod
    def of_written(cls, written: Written) -> Self:
        found = [WarningOut.of(finding) for finding in written.warnings]
        return cls(**asdict(written.worksheet), warnings=found)


class AnswerOut(BaseModel):
    """One version of an answer; letter, index and inputs all null: the item was blanked."""

    version: int
    letter: str | None
    index: str | None
    inputs: dict[str, int] | None
    note: str | None
    evidence_ids: list[UUID]
    reason: str | None
    origin: Origin
    cell: str | None
    written_by: str = Field(description="Pseudonym of the writer")
    written_at: datetime

    @classmethod
    def of(cls, version: AnswerVersion) -> Self:
        draft, answer = version.draft, version.draft.answer
        return cls(
            version=version.version,
            letter=answer.letter if answer else None,
            index=answer.index_text if answer else None,
            inputs=dict(answer.inputs) if answer and answer.inputs is not None else None,
            note=draft.note,
            evidence_ids=list(draft.evidence_ids),
            reason=draft.reason,
            origin=draft.origin,
            cell=draft.cell,
            written_by=version.written_by,
            written_at=version.written_at,
        )


class ItemOut(BaseModel):
    """One item with the three layers side by side; null where a layer never wrote."""

    item_code: str
    text: str
    allowed: str
    unit: AnswerOut | None = None
    tpi: AnswerOut | None = None
    tpn: AnswerOut | None = None


class WorksheetOut(WorksheetVersionOut):
    items: list[ItemOut] = Field(description="All 113 items in the order of the sheet")

    @classmethod
    def of_answers(cls, worksheet: Worksheet, answers: Sequence[AnswerVersion]) -> Self:
        layers: dict[str, dict[str, AnswerOut]] = {}
        for version in answers:
            layers.setdefault(version.draft.item_code, {})[version.layer.value] = AnswerOut.of(version)
        return cls(
            **asdict(worksheet),
            items=[
                ItemOut(item_code=code, text=question.text, allowed=question.allowed, **layers.get(code, {}))
                for code, question in lke_instrument().questions.items()
            ],
        )


class ChangeOut(BaseModel):
    item_code: str
    cell: str | None
    before: str | None = Field(description="Present answer as text; null: none")
    after: str | None = Field(description="New answer as text; null: erased, or a note alone")
    note_before: str | None = Field(description="Present note; null: none")
    note_after: str | None
    references: list[str] = Field(description="Titles of evidence that columns P and Q add to the item")


class KeptOut(Shown):
    """A stored part of an item that stays: blank in the workbook, or another there in mode fill."""

    item_code: str
    field: str = Field(description="Key of a count, n0..n4, note, or value")
    cell: str | None = Field(description="The cell in the workbook; null for a note")
    value: str


class TotalOut(BaseModel):
    """The file's own total beside ours, computed as Excel does."""

    file_points: str | None
    file_error: str | None
    our_points: str | None = Field(description="12 decimals")
    our_error: str | None
    agrees: bool | None


class ImportOut(WorksheetVersionOut):
    """What a workbook would change (`is_written` false) or has changed."""

    layer: Layer
    is_accepted: bool
    is_written: bool
    findings: list[FindingOut]
    changes: list[ChangeOut]
    kept: list[KeptOut]
    total: TotalOut | None = Field(description="Null where the sheet keeps no points")

    @classmethod
    def of_import(cls, layer: Layer, done: Import) -> Self:
        total = done.reading.total
        titles = {one.evidence_id: one.title for one in done.references}
        return cls(
            **asdict(done.worksheet),
            layer=layer,
            is_accepted=done.reading.is_accepted,
            is_written=done.is_written,
            findings=[FindingOut.of(finding) for finding in done.reading.findings],
            changes=[
                ChangeOut(
                    item_code=change.draft.item_code,
                    cell=change.draft.cell,
                    before=str(change.before) if change.before else None,
                    after=str(change.draft.answer) if change.draft.answer else None,
                    note_before=change.note_before,
                    note_after=change.draft.note,
                    references=[titles[one] for one in change.references],
                )
                for change in done.changes
            ],
            kept=[KeptOut.of(kept) for kept in done.kept],
            total=total
            and TotalOut(
                file_points=None if total.file_points is None else str(total.file_points),
                file_error=total.file_error,
                our_points=None if total.our_points is None else decimal12(total.our_points),
                our_error=total.our_error,
                agrees=total.agrees,
            ),
        )
