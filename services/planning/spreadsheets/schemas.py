"""Findings about a file over HTTP, and what the import of a list answers."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from services.planning.fields import Shown
from services.planning.spreadsheets.importing import MOST_TOLD, Import
from services.planning.spreadsheets.listing import Finding


class FindingOut(Shown):
    """What there is to say about one cell; a fault of the whole file has no cell."""

    severity: Literal["error", "warning", "remark"]
    sheet: str
    cell: str
    row: int | None
    code: str = Field(description="LKE item, with the input's key where one is meant")
    value: str
    reason: str
    allowed: str
    message: str


class ListingFindingOut(BaseModel):
    """A fault of a file; without a row it is one of the whole."""

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


class ImportOut(BaseModel):
    """What a file would do to a list of an agency, or has done."""

    agency_id: str
    is_accepted: bool = Field(description="Whether the file has no fault")
    is_written: bool
    digest: str = Field(description="Stands for exactly these changes; send it as `expected` to apply them")
    new: int
    changed: int
    unchanged: int
    left_out: int = Field(description="Those of the agency that the file does not name; they stay")
    findings_count: int
    findings: list[ListingFindingOut] = Field(description=f"The first {MOST_TOLD}")
    warnings: list[ListingFindingOut] = Field(
        description=f"What may be a mistake and does not stand in the way; the first {MOST_TOLD}"
    )

    @staticmethod
    def told(found: Import[Any, Any, Any]) -> dict[str, Any]:
        """Return what every import answers; how it tells its changes is its own."""
        plan = found.plan
        return {
            "agency_id": found.agency_id,
            "is_accepted": not plan.findings,
            "is_written": found.is_written,
            "digest": found.digest,
            "new": len(plan.new),
            "changed": len(plan.changed),
            "unchanged": plan.unchanged,
            "left_out": plan.left_out,
            "findings_count": plan.findings_count,
            "findings": [ListingFindingOut.of(one) for one in plan.findings[:MOST_TOLD]],
            "warnings": [ListingFindingOut.of(one) for one in plan.warnings[:MOST_TOLD]],
        }
