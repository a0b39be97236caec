"""What the portal reads, and tokens, pulls and reviews as an agency's people see them."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.planning.fields import Line, Shown
from services.planning.portal.domain.pulls import Pull, Route
from services.planning.portal.domain.reviews import ReviewCause, ReviewState
from services.planning.portal.domain.tokens import Token
from services.planning.portal.usecases.reviews import Overview, ReviewedUnit
from services.planning.portal.usecases.tokens import Issued
from shared.http.fields import Body, Day

CLIENT = "PortalRB"


class PulledUnit(BaseModel):
    id: str
    nama: str
    kategori: Literal["WBK", "WBK-AFIRMASI", "WBBM"]
    afirmasi: bool


class PulledUnits(BaseModel):
    """Units of one predicate; the portal counts them by the length of the list."""

    tahun: int
    units: list[PulledUnit]


class PulledAnswer(BaseModel):
    """One of the 127 questions of the portal; every field is sent, null where empty."""

    soal_id: int
    jawaban_unit: str | None = Field(description="Letter, Ya/Tidak, or a plain decimal with a point")
    jawaban_tpi: str | None
    catatan_unit: str | None
    bukti_dukung_unit: str | None
    catatan_tpi: str | None


class PulledAnswers(BaseModel):
    unit_id: str
    nama_unit: str
    tahun: int
    answers: list[PulledAnswer] = Field(description="By soal_id, each once")


class TokenIn(Body):
    client: Line = Field(default=CLIENT, description="Who gets the token")
    expires_on: Day = Field(description="Its last day, in Jakarta")


class TokenOut(Shown):
    token_id: UUID
    agency_id: str
    client: str
    expires_on: date
    created_by: str
    created_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    last_used_on: date | None
    version: int


class IssuedOut(TokenOut):
    token: str = Field(description="The token itself, told this once")

    @classmethod
    def of_issued(cls, made: Issued) -> Self:
        return cls(**TokenOut.of(made.token).model_dump(), token=made.text)


class TokensOut(BaseModel):
    """Every token that an agency ever made, the newest first."""

    tokens: list[TokenOut]

    @classmethod
    def of(cls, found: list[Token]) -> Self:
        return cls(tokens=[TokenOut.of(one) for one in found])


class PullOut(Shown):
    """One pull; `version` is that of the package that answered."""

    pull_id: UUID
    token_id: UUID
    route: Route
    unit_id: str | None
    nomination_id: UUID | None
    version: int | None
    status: int
    pulled_at: datetime

    @classmethod
    def of_pull(cls, found: Pull) -> Self:
        return cls.of(found)


class ReviewIn(Body):
    state: ReviewState


class ReviewOut(BaseModel):
    """A unit as the portal gets it and its review there, as far as it is known here."""

    unit_id: str
    nama: str
    kategori: str
    afirmasi: bool
    state: ReviewState
    cause: ReviewCause
    since: datetime
    said_by: str | None
    pulls: int
    last_pull_at: datetime | None
    blank_unit: int = Field(description="Of 127 questions, those that the unit left empty")
    blank_tpi: int = Field(description="Of 127 questions, those that TPI left empty")
    is_ready: bool
    version: int = Field(description="If-Match of a review names it")

    @classmethod
    def of(cls, found: ReviewedUnit) -> Self:
        review = found.review
        return cls(
            unit_id=found.unit_id,
            nama=found.name,
            kategori=found.category,
            afirmasi=found.is_affirmation,
            state=review.state,
            cause=review.cause,
            since=review.since,
            said_by=review.said_by,
            pulls=review.pulls,
            last_pull_at=review.last_pull_at,
            blank_unit=found.blank_unit,
            blank_tpi=found.blank_tpi,
            is_ready=found.is_ready,
            version=review.version,
        )


class OverviewOut(BaseModel):
    """The newest package of a year as the portal gets it; `answers_portal` when it is the one that does."""

    agency_id: str
    year: int
    nomination_id: UUID
    package_version: int
    frozen_at: datetime
    answers_portal: bool
    is_ready: bool
    units: list[ReviewOut]

    @classmethod
    def of(cls, found: Overview) -> Self:
        return cls(
            agency_id=found.agency_id,
            year=found.source.year,
            nomination_id=found.source.nomination_id,
            package_version=found.source.version,
            frozen_at=found.source.frozen_at,
            answers_portal=found.answers_portal,
            is_ready=found.is_ready,
            units=[ReviewOut.of(one) for one in found.units],
        )
