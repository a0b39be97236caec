"""Take a read workbook into a layer: merge it, let it replace what is there, or only fill what is blank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from uuid import UUID

from services.planning.worksheets.domain import AnswerVersion, Draft, ImportMode, Origin
from services.planning.worksheets.workbook.reading import WorkbookReading
from services.planning.worksheets.workbook.totals import as_stored
from shared.instruments.lke import Answer, lke_instrument


@dataclass(frozen=True, slots=True)
class Change:
    """One item that the workbook would write: its present answer and note beside the new ones.

    `references` are the evidences it cites beside those it has.
    """

    before: Answer | None
    note_before: str | None
    draft: Draft
    references: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored part of an item that stays although the workbook leaves it blank or, in `fill`, differs.

    `field` is a count's key, `note`, or `value` for an answer without counts.
    """

    item_code: str
    field: str
    cell: str | None
    value: str


def differences(
    reading: WorkbookReading,
    present: Sequence[AnswerVersion],
    mode: ImportMode = ImportMode.MERGE,
    reason: str | None = None,
    cited: Mapping[str, Sequence[UUID]] = MappingProxyType({}),
) -> tuple[tuple[Change, ...], tuple[Kept, ...]]:
    """Return what differs and what is kept, in the order of the sheet.

    `reason` says why `replace` erases what the workbook leaves blank. Evidence that is linked stays so in
    every mode; what the workbook cites by item, `cited`, joins it.
    """
    drafts = {version.draft.item_code: version.draft for version in present}
    changes: list[Change] = []
    kept: list[Kept] = []
    for code in lke_instrument().questions:
        before = drafts.get(code, Draft(code, None))
        draft, blanks = _draft(before, reading, mode, reason)
        kept += blanks
        added = tuple(one for one in cited.get(code, ()) if one not in before.evidence_ids)
        is_same = (draft.answer, draft.note) == (before.answer, before.note)
        if is_same and added:
            draft = replace(before, evidence_ids=(*before.evidence_ids, *added))
        elif added:
            draft = replace(draft, evidence_ids=(*before.evidence_ids, *added))
        if added or not is_same:
            changes.append(Change(before.answer, before.note, draft, added))
    return tuple(changes), tuple(kept)


def _draft(
    before: Draft, reading: WorkbookReading, mode: ImportMode, reason: str | None
) -> tuple[Draft, list[Kept]]:
    """Return an item as the workbook leaves it."""
    code = before.item_code
    answer = as_stored(before.answer, reading.answers.get(code), is_summed=code in reading.summed)
    note = reading.notes.get(code, before.note)
    kept: list[Kept] = []
    match mode:
        case ImportMode.MERGE:
            answer, kept_counts = _filled(before, answer, reading)
            note, kept_lines = _with_lines(before, note, reading)
            kept = kept_counts + kept_lines
        case ImportMode.FILL:
            kept = _standing(before, answer, note, reading)
            answer, note = _added(before.answer, answer), before.note or note
        case ImportMode.REPLACE:
            pass
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


def _added(stored: Answer | None, given: Answer | None) -> Answer | None:
    """Return what is stored, with the counts that it lacks."""
    if stored is None or stored.inputs is None or given is None or given.inputs is None:
        return stored or given
    return Answer(inputs={**given.inputs, **stored.inputs})


def _standing(before: Draft, answer: Answer | None, note: str | None, reading: WorkbookReading) -> list[Kept]:
    """Return what is stored where the workbook says something else."""
    code, stored, cell = before.item_code, before.answer, reading.cells.get(before.item_code)
    kept: list[Kept] = []
    if stored is not None and answer is not None:
        if stored.inputs is None or answer.inputs is None:
            kept += [] if stored == answer else [Kept(code, "value", cell, str(stored))]
        else:
            given = answer.inputs
            differing = {key: count for key, count in stored.inputs.items() if given.get(key, count) != count}
            kept += [Kept(code, key, cell, str(count)) for key, count in differing.items()]
    if before.note and note != before.note:
        kept.append(Kept(code, "note", None, before.note))
    return kept


def _parts(answer: Answer | None) -> set[str]:
    """Return what of an answer is there: its counts by key, or the one value."""
    if answer is None:
        return set()
    return {"value"} if answer.inputs is None else set(answer.inputs)


def _filled(
    before: Draft, answer: Answer | None, reading: WorkbookReading
) -> tuple[Answer | None, list[Kept]]:
    """Return the workbook's answer, and the counts that are blank there as they are stored."""
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
