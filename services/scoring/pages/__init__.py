"""Pages: the start, all APIs, the scoreboard, a unit with its year and its way, why an item has its points.

Nothing is changed here.
"""

from fastapi import APIRouter

from services.scoring.pages import (
    apis,
    board,
    compare,
    history,
    item,
    old_paths,
    privacy,
    start,
    suppose,
    unit,
    way,
)
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import open_watcher

router = APIRouter()
router.include_router(start.router)
router.include_router(apis.router)
router.include_router(board.router)
router.include_router(unit.router)
router.include_router(item.router)
router.include_router(way.router)
router.include_router(suppose.router)
router.include_router(history.router)
router.include_router(compare.router)
router.include_router(old_paths.router)
router.include_router(privacy.router)

__all__ = ["PAGES", "open_watcher", "router"]
