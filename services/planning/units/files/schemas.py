"""What the import of a file of units answers, and the register as a download."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, Self

from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.planning.spreadsheets.listing import Finding
from services.planning.units.domain import Unit
from services.planning.units.files.domain import Change
from services.planning.units.files.usecases import MOST_TOLD, UnitImport
from services.planning.units.files.writing import FileKind, write_unit_file
from shared.held import in_thread


class UnitFindingOut(BaseModel):
    """A fault of the file; without a row it is one of the whole."""

    code: str
    message: str = Field(description="Indonesian")
    cell: str = Field(description="As a spreadsheet names it, e.g. D17")
    row: int | None
    column: str
    allowed: str = Field(description="What would be right there")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls.model_validate(finding, from_attributes=True)


class FieldChangeOut(BaseModel):
    field: str
    before: Any
    after: Any


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


class UnitImportOut(BaseModel):
    """What a file would do to the register, or has done."""

    agency_id: str
    is_accepted: bool = Field(description="Whether the file has no fault")
    is_written: bool
    digest: str = Field(description="Stands for exactly these changes; send it as `expected` to apply them")
    new: int
    changed: int
    unchanged: int
    left_out: int = Field(description="Units of the agency that the file does not name; they stay")
    findings_count: int
    findings: list[UnitFindingOut] = Field(description=f"The first {MOST_TOLD}")
    warnings: list[UnitFindingOut] = Field(
        description=f"What may be a mistake and does not stand in the way; the first {MOST_TOLD}"
    )
    changes: list[UnitChangeOut] = Field(description=f"The first {MOST_TOLD}")

    @classmethod
    def of_import(cls, found: UnitImport) -> Self:
        plan = found.plan
        return cls(
            agency_id=found.agency_id,
            is_accepted=not plan.findings,
            is_written=found.is_written,
            digest=found.digest,
            new=len(plan.new),
            changed=len(plan.changed),
            unchanged=plan.unchanged,
            left_out=plan.left_out,
            findings_count=plan.findings_count,
            findings=[UnitFindingOut.of(one) for one in plan.findings[:MOST_TOLD]],
            warnings=[UnitFindingOut.of(one) for one in plan.warnings[:MOST_TOLD]],
            changes=[UnitChangeOut.of(one) for one in plan.changes[:MOST_TOLD]],
        )


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
