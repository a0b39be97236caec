"""What the import of a file of units answers, and the register as a download."""

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Self

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.planning.spreadsheets.importing import MOST_TOLD
from services.planning.spreadsheets.schemas import FieldChangeOut, ImportOut
from services.planning.units.domain import Unit
from services.planning.units.files.domain import Change
from services.planning.units.files.usecases import UnitImport
from services.planning.units.files.writing import FileKind, write_unit_file
from shared.held import in_thread


class UnitChangeOut(BaseModel):
    row: int
    unit_id: str
    kind: Literal["new", "changed"]
    fields: list[FieldChangeOut]

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(
            row=change.row,
            unit_id=change.after.unit_id,
            kind="new" if change.before is None else "changed",
            fields=[
                FieldChangeOut(
                    field=name, before=getattr(change.before, name, None), after=getattr(change.after, name)
                )
                for name in change.changed_fields
            ],
        )


class UnitImportOut(ImportOut):
    """What a file would do to an agency's register, or has done."""

    changes: list[UnitChangeOut] = Field(description=f"The first {MOST_TOLD}")

    @classmethod
    def of_import(cls, found: UnitImport) -> Self:
        changes = found.plan.changes[:MOST_TOLD]
        return cls(**cls.told(found), changes=[UnitChangeOut.of(one) for one in changes])


async def download(units: Sequence[Unit], agency_id: str, kind: FileKind) -> StreamingResponse:
    """Return an agency's register as a file."""
    content = await in_thread(write_unit_file, units, kind)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    return StreamingResponse(
        whole(),
        media_type=kind.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="unit-kerja-{agency_id}.{kind}"',
            "Content-Length": str(len(content)),
        },
    )
