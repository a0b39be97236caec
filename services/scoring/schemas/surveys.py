"""Campaigns with their counts and thresholds, and indices from both of their sources."""

from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.scoring.domain.survey import survey_verdict
from services.scoring.domain.verdict import IndexPair
from services.scoring.schemas.numbers import exact
from shared.instruments.lke import Predicate
from shared.kernel import half_up


class SurveyOut(BaseModel):
    """A campaign's counts and what survey judged for one predicate; null verdict while it told none."""

    campaign_id: str
    period: str
    regime: str
    is_deciding: bool = Field(description="Whether this campaign decides for the unit and year")
    n: int = Field(description="Valid responses")
    willing: int
    n_minimum: int | None = Field(description="Valid responses that the regime asks for")
    willing_minimum: int | None
    ipak: str | None = Field(description="Of the released answers, exact; null while none are released")
    ipkp: str | None
    released_n: int | None = Field(description="Answers behind the two indices")
    index_basis: Literal["own", "external"] | None = Field(description="Whose indices were judged")
    predicate: Predicate | None
    result: Literal["met", "not_met"] | None
    failed: list[str]
    unknown: list[str] = Field(description="Those of the failed whose index is not known yet")
    outlook: str | None = Field(description="What can still become of it, e.g. LIKELY")
    policy_ids: list[str] = Field(description="Counting policies behind the classes")

    @classmethod
    def of(cls, row: RowMapping) -> "SurveyOut":
        """Return one campaign and predicate."""
        verdict = survey_verdict(row)
        counts = {
            "n": row["live_n"] if verdict is None else verdict.finished,
            "willing": row["live_willing"] if verdict is None else verdict.willing,
            "n_minimum": row["finished_minimum"],
        }
        lists = {name: row[name] or [] for name in ("failed", "unknown", "policy_ids")}
        return cls.model_validate({**row, **counts, **lists})


class IndexOut(BaseModel):
    """IPAK or IPKP from both sources: the worksheet, which the gate measures, and the deciding survey."""

    index: Literal["IPAK", "IPKP"]
    gate: str
    worksheet: str | None = Field(description="Index the worksheet answers, exact; null while blank")
    worksheet_display: str | None = Field(
        description="Decimals enough to tell both sources and the floor apart"
    )
    worksheet_layer: str | None = Field(description="Whose answer it is")
    worksheet_met: bool
    survey: str | None = Field(description="Index of the released answers, exact")
    survey_display: str | None
    floor_display: str
    survey_basis: Literal["own", "external"]
    survey_released_n: int
    survey_met: bool | None = Field(description="As survey judged it; null while its index is not known")
    differ: bool = Field(description="Other values, or other sides of the floor")

    @classmethod
    def of(cls, pair: IndexPair) -> "IndexOut":
        """Return one index with both of its sources."""
        return cls(
            index="IPAK" if pair.index == "ipak" else "IPKP",
            gate=pair.gate.gate.code,
            worksheet=exact(pair.worksheet),
            worksheet_display=None if pair.worksheet is None else half_up(pair.worksheet, pair.places),
            worksheet_layer=pair.layer,
            worksheet_met=pair.gate.is_met,
            survey=exact(pair.released),
            survey_display=None if pair.released is None else half_up(pair.released, pair.places),
            floor_display=half_up(pair.floor, pair.places),
            survey_basis=pair.survey.index_basis,
            survey_released_n=pair.released_n,
            survey_met=pair.survey_is_met,
            differ=pair.differs,
        )
