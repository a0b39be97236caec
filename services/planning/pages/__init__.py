"""Pages of planning."""

from fastapi import APIRouter

from services.planning.pages import home
from services.planning.pages.frame import PAGES
from services.planning.pages.units import entry, files, first_day, listing, merging
from services.planning.settings import Settings
from services.planning.units.files.reading import UnitFileReader
from shared.files.store import FileStore

__all__ = ["PAGES", "router"]


def router(settings: Settings, store: FileStore, reader: UnitFileReader) -> APIRouter:
    """Return the pages; what takes files needs its limits and a place for them."""
    routes = APIRouter()
    for one in (
        home.router,
        listing.router,
        first_day.router,
        entry.router(settings),
        merging.router,
        files.router(settings, store, reader),
    ):
        routes.include_router(one)
    return routes
