"""What the import of a file of people answers."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from services.planning.people.files.domain import Change
from services.planning.people.files.usecases import PeopleImport
from services.planning.spreadsheets.importing import MOST_TOLD
from services.planning.spreadsheets.schemas import FieldChangeOut, ImportOut


class PersonChangeOut(BaseModel):
    row: int
    employee_number: str
    kind: Literal["new", "changed"]
    fields: list[FieldChangeOut]

    @classmethod
    def of(cls, change: Change) -> Self:
        before = change.before or {}
        return cls(
            row=change.row,
            employee_number=change.number,
            kind="new" if change.before is None else "changed",
            fields=[
                FieldChangeOut(field=name, before=before.get(name), after=change.after[name])
                for name in change.changed_fields
            ],
        )


class PeopleImportOut(ImportOut):
    """What a file would do to an agency's list of people, or has done."""

    changes: list[PersonChangeOut] = Field(description=f"The first {MOST_TOLD}")

    @classmethod
    def of_import(cls, found: PeopleImport) -> Self:
        changes = found.plan.changes[:MOST_TOLD]
        return cls(**cls.told(found), changes=[PersonChangeOut.of(one) for one in changes])
