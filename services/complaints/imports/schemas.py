"""What is told of imports over the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.imports.data import import_rules
from services.complaints.imports.domain.rows import missing
from services.complaints.imports.usecases.trying import declared_of
from shared.http.fields import Body, Whole

MOST_FAULTS = 100
"""Rows with faults that are shown at once; the file of results has them all."""
Source = Literal["sp4n", "siwas"]
FieldName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
ColumnNumber = Annotated[Whole, Field(ge=0, le=import_rules().limits.columns)]


class MappingIn(Body):
    """Which column holds which field."""

    columns: Annotated[dict[FieldName, ColumnNumber], Field(min_length=1, max_length=40)] = Field(
        description="Number of the column by field, from 1; 0: none. Fields not named stay as they are",
        examples=[{"external_ref": 1}],
    )


class FaultOut(BaseModel):
    """Why a row is not taken in."""

    column: str
    code: str
    message: str


class FaultyRow(BaseModel):
    """A row with something wrong, by the number that a spreadsheet gives it."""

    row: int
    external_ref: str | None
    faults: list[FaultOut]


class ColumnOut(BaseModel):
    """A field that rows may have, and its column in this file."""

    field: str
    label: str
    is_missing: bool
    header: str | None


class ImportOut(BaseModel):
    """A file of another system: tried (`planned`), and how far it is taken in (`counted`)."""

    id: UUID
    agency_id: str
    source: str
    status: Literal["mapping", "checked", "running", "done"] = Field(
        description="mapping: columns are missing; checked: tried, nothing taken in"
    )
    encoding: str
    delimiter: str
    is_encoding_found: bool = Field(description="Found out, not declared: look at the letters")
    rows: int
    done: int = Field(description="Rows that are taken in or refused so far")
    planned: dict[str, int] = Field(description="Rows by what they would do when the file was tried")
    counted: dict[str, int] = Field(description="Rows by what they did")
    head: list[str]
    columns: list[ColumnOut]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    faults: list[FaultyRow] = Field(description=f"The first {MOST_FAULTS} rows that are wrong")

    @classmethod
    def of(cls, found: RowMapping, faulty: Sequence[RowMapping] = ()) -> Self:
        """Tell of a file as the store has it."""
        fields = import_rules().fields
        has_as_of = declared_of(found["declared"]).as_of is not None
        lacking = {one.field for one in missing(found["columns"], fields, has_as_of=has_as_of)}
        columns = [
            ColumnOut(
                field=one.field,
                label=one.label,
                is_missing=one.field in lacking,
                header=found["head"][found["columns"][one.field]] if one.field in found["columns"] else None,
            )
            for one in fields
        ]
        kept = {name: found[name] for name in cls.model_fields if name in found and name != "columns"}
        return cls(
            **kept,
            rows=found["row_count"],
            done=sum(found["counted"].values()),
            columns=columns,
            faults=[
                FaultyRow(row=one["number"], external_ref=one["external_ref"], faults=one["faults"])
                for one in faulty
            ],
        )
