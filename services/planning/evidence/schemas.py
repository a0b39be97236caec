"""Evidence over HTTP: files, words and addresses, their revisions and uses."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.evidence.domain import MOST_WORDS, Evidence, Form
from services.planning.evidence.usecases import Known
from services.planning.fields import Kind, Line, Shown
from services.planning.layers import Layer
from shared.http.fields import Body
from shared.http.text import FreeText


class RevisionIn(Body):
    form: Literal[Form.TEXT, Form.ADDRESS]
    body: Annotated[
        str,
        FreeText(1, MOST_WORDS),
        Field(description="Words, or an http or https address", examples=["https://contoh.go.id/sk.pdf"]),
    ]


class ReferenceIn(RevisionIn):
    title: Line
    kind: Kind
    layer: Layer = Layer.UNIT


class RevisionOut(BaseModel):
    """Content as it came in once; words and addresses have the file facts of their own text."""

    revision: int = Field(description="Counts from 1; If-Match of a change names the newest")
    form: Form
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    body: str | None = Field(description="Words or address; null for a file")
    uploaded_at: datetime


class EvidenceOut(RevisionOut):
    """An evidence in its newest revision."""

    evidence_id: UUID
    unit_id: str
    layer: Layer
    kind: str
    title: str

    @classmethod
    def of(cls, found: Evidence) -> Self:
        return cls(
            evidence_id=found.evidence_id,
            unit_id=found.unit_id,
            layer=found.layer,
            kind=found.kind,
            title=found.title,
            revision=found.revision,
            **asdict(found.content),
        )


class UseOut(Shown):
    """A place that an evidence proves now: an item in a layer, or an activity by its indicator."""

    year: int
    code: str
    layer: Layer | None
    activity_id: UUID | None


class SameOut(BaseModel):
    """Another evidence in the caller's scope with the same bytes: perhaps one document twice."""

    evidence_id: UUID
    unit_id: str
    layer: Layer
    title: str


class EvidenceDetailOut(EvidenceOut):
    uses: list[UseOut]
    earlier: list[RevisionOut] = Field(description="What newer revisions replaced, newest first")
    same_bytes: list[SameOut] = Field(description="At most 20")

    @classmethod
    def of_known(cls, known: Known) -> Self:
        return cls(
            **EvidenceOut.of(known.evidence).model_dump(),
            uses=[UseOut.of(use) for use in known.uses],
            earlier=[RevisionOut(revision=number, **asdict(content)) for number, content in known.earlier],
            same_bytes=list(_same(known.same)),
        )


def _same(found: Iterable[Evidence]) -> Iterable[SameOut]:
    return (
        SameOut(evidence_id=one.evidence_id, unit_id=one.unit_id, layer=one.layer, title=one.title)
        for one in found
    )
