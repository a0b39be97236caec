"""Pages: the scoreboard, a unit, and why an item has its points. They read; nothing is changed here."""

from fastapi import APIRouter

from services.scoring.pages import board, privacy, unit
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import open_watcher

router = APIRouter()
router.include_router(board.router)
router.include_router(unit.router)
router.include_router(privacy.router)

__all__ = ["PAGES", "open_watcher", "router"]
