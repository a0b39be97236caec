"""Pages of planning."""

from fastapi import APIRouter

from services.planning.pages import home
from services.planning.pages.frame import PAGES

router = APIRouter()
router.include_router(home.router)

__all__ = ["PAGES", "router"]
