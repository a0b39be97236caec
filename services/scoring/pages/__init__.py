"""Pages: the scoreboard, a unit, why an item has its points, all APIs. They read; nothing is changed here."""

from fastapi import APIRouter

from services.scoring.pages import apis, board, unit
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import open_watcher

router = APIRouter()
router.include_router(apis.router)
router.include_router(board.router)
router.include_router(unit.router)

__all__ = ["PAGES", "open_watcher", "router"]
