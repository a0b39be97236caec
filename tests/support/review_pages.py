"""A worksheet as its assessors' page reads it, made without a database."""

from datetime import UTC, datetime
from typing import Any

from services.planning.layers import Layer
from services.planning.pages.review.facts import ReviewFacts
from services.planning.stages.domain.assessment import Assessment, Standing
from services.planning.stages.domain.stage import Stage
from services.planning.stages.practice import practice
from services.planning.worksheets.domain import AnswerVersion
from shared.kernel import Zone
from tests.support.worksheet_pages import ME, facts

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)


def review(*answers: AnswerVersion, layer: Layer = Layer.TPI, **changed: Any) -> ReviewFacts:
    """Return what assessors see of these answers of all layers."""
    assessment = Assessment("u-1", 2026, stage=Stage.PENILAIAN_TPI)
    told = Standing(assessment, "a-1", Zone.WIB, None, NOON, (), practice())
    values: dict[str, Any] = {"standing": told} | changed
    return ReviewFacts(facts(*answers).whole, layer, ME, **values)
