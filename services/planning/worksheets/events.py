"""Answers as contracts; notes, reasons and names of files and people stay behind."""

from services.planning.layers import Layer
from services.planning.worksheets.domain import Draft, Worksheet
from shared.contracts.base import EventData
from shared.contracts.planning import WorksheetAnswered


def worksheet_answered(
    worksheet: Worksheet, version: int, layer: Layer, draft: Draft, writer_id: str | None
) -> EventData:
    """Return one answer as it stands at this version of the worksheet; `writer_id` is a pseudonym."""
    answer = draft.answer
    inputs = answer.inputs if answer else None
    return WorksheetAnswered(
        unit_id=worksheet.unit_id,
        version=version,
        worksheet_id=worksheet.worksheet_id,
        year=worksheet.year,
        layer=layer.value,
        item_code=draft.item_code,
        letter=answer.letter if answer else None,
        index=answer.index_text if answer else None,
        inputs=None if inputs is None else dict(sorted(inputs.items())),  # as the table gives them back
        origin=draft.origin.value,
        cell=draft.cell,
        evidence_ids=[str(id_) for id_ in draft.evidence_ids],
        writer_id=writer_id,
    )
