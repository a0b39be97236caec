"""Merge a read workbook into a layer: what is blank there stays as it is, unless a reason erases it."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.planning.domain.worksheets import AnswerVersion, Draft, Origin
from services.planning.workbook.reading import WorkbookReading
from shared.instruments.lke import Answer, lke_instrument


@dataclass(frozen=True, slots=True)
class Change:
    """One item that the workbook would write: its present answer and note beside the new ones."""

    before: Answer | None
    note_before: str | None
    draft: Draft


@dataclass(frozen=True, slots=True)
class Kept:
    """A part of an item that the workbook leaves blank beside others: `field` is a count's key or `note`."""

    item_code: str
    field: str
    cell: str | None
    value: str


def differences(
    reading: WorkbookReading, present: Sequence[AnswerVersion], reason: str | None
) -> tuple[tuple[Change, ...], tuple[Kept, ...]]:
    """Return what differs and what is kept, in the order of the sheet; evidence links stay as they are."""
    drafts = {version.draft.item_code: version.draft for version in present}
    changes: list[Change] = []
    kept: list[Kept] = []
    for code in lke_instrument().questions:
        before = drafts.get(code, Draft(code, None))
        draft, blanks = _draft(before, reading, reason)
        kept += blanks
        if (draft.answer, draft.note) != (before.answer, before.note):
            changes.append(Change(before.answer, before.note, draft))
    return tuple(changes), tuple(kept)


def _draft(before: Draft, reading: WorkbookReading, reason: str | None) -> tuple[Draft, list[Kept]]:
    """Return an item as the workbook leaves it: what is blank there stays, unless a reason erases it."""
    code = before.item_code
    answer, note = reading.answers.get(code), reading.notes.get(code, before.note)
    kept: list[Kept] = []
    if reason is None:
        answer, kept_counts = _filled(before, answer, reading)
        note, kept_lines = _with_lines(before, note, reading)
        kept = kept_counts + kept_lines
    draft = Draft(
        item_code=code,
        answer=answer,
        note=note,
        evidence_ids=before.evidence_ids,
        reason=reason if _parts(before.answer) - _parts(answer) else None,
        origin=Origin.IMPORT,
        cell=reading.cells.get(code),
    )
    return draft, kept


def _parts(answer: Answer | None) -> set[str]:
    """Return what of an answer is there: its counts by key, or the one value."""
    if answer is None:
        return set()
    return {"value"} if answer.inputs is None else set(answer.inputs)


def _filled(
    before: Draft, answer: Answer | None, reading: WorkbookReading
) -> tuple[Answer | None, list[Kept]]:
    """Return the workbook's answer with the counts that are blank there as they are."""
    if answer is None or before.answer is None:
        return answer or before.answer, []
    stored, given = before.answer.inputs, answer.inputs
    if stored is None or given is None:
        return answer, []
    blanks = {
        key: cell for key, cell in reading.blank_counts.get(before.item_code, {}).items() if key in stored
    }
    kept = [Kept(before.item_code, key, cell, str(stored[key])) for key, cell in blanks.items()]
    return Answer(inputs={key: stored[key] for key in blanks} | dict(given)), kept


def _with_lines(before: Draft, note: str | None, reading: WorkbookReading) -> tuple[str | None, list[Kept]]:
    """Return the workbook's note; where some of its cells are blank, with the lines that fell away."""
    if before.note is None or note is None or before.item_code not in reading.blank_notes:
        return note, []
    lines, stored = note.split("\n"), before.note.split("\n")
    if len(lines) >= len(stored):
        return note, []
    missing = [line for line in stored if line not in lines]
    has_only_blanks = len(missing) + len(lines) == len(stored)  # then not even their order is news
    note = before.note if has_only_blanks else "\n".join([*lines, *missing])
    return note, [Kept(before.item_code, "note", None, line) for line in missing]
