"""Routes of the scoring API: read only."""

from collections.abc import Mapping

from fastapi import APIRouter

from services.scoring.api import advice, history, score

router = APIRouter()
router.include_router(score.router)
router.include_router(advice.router)
router.include_router(history.router)

ERROR_STATUS: Mapping[str, int] = {}
