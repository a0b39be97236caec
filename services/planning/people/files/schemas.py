"""What the import of a file of people answers."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from services.planning.people.files.domain import Change
from services.planning.people.files.usecases import MOST_TOLD, PeopleImport
from services.planning.spreadsheets.listing import Finding


class PeopleFindingOut(BaseModel):
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


class PersonFieldOut(BaseModel):
    field: str
    before: Any
    after: Any


class PersonChangeOut(BaseModel):
    row: int
    employee_number: str
    kind: Literal["new", "changed"]
    fields: list[PersonFieldOut]

    @classmethod
    def of(cls, change: Change) -> Self:
        before = change.before or {}
        return cls(
            row=change.row,
            employee_number=change.number,
            kind="new" if change.before is None else "changed",
            fields=[
                PersonFieldOut(field=name, before=before.get(name), after=change.after[name])
                for name in change.changed_fields
            ],
        )


class PeopleImportOut(BaseModel):
    """What a file would do to an agency's people, or has done."""

    agency_id: str
    is_accepted: bool = Field(description="Whether the file has no fault")
    is_written: bool
    digest: str = Field(description="Stands for exactly these changes; send it as `expected` to apply them")
    new: int
    changed: int
    unchanged: int
    left_out: int = Field(description="People of the agency whom the file does not name; they stay")
    findings_count: int
    findings: list[PeopleFindingOut] = Field(description=f"The first {MOST_TOLD}")
    warnings: list[PeopleFindingOut] = Field(description="What does not stand in the way")
    changes: list[PersonChangeOut] = Field(description=f"The first {MOST_TOLD}")

    @classmethod
    def of_import(cls, found: PeopleImport) -> Self:
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
            findings=[PeopleFindingOut.of(one) for one in plan.findings[:MOST_TOLD]],
            warnings=[PeopleFindingOut.of(one) for one in plan.warnings],
            changes=[PersonChangeOut.of(one) for one in plan.changes[:MOST_TOLD]],
        )
