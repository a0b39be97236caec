"""What the live pages of scoring watch: when a unit's year, or any, moved last."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

from fastapi import Request

from services.scoring.store.reading import PageKey, stamps
from shared.db import Database
from shared.http.pages.views import View
from shared.http.pages.watcher import Watcher


def open_watcher(db: Database) -> Watcher[PageKey, View]:
    """Return the watcher of all live pages of one process."""

    async def ask(keys: Collection[PageKey]) -> Mapping[PageKey, datetime | None]:
        async with db.reading() as session:
            return await stamps(session, keys)

    return Watcher(ask)


def watcher_of(request: Request) -> Watcher[PageKey, View]:
    """Return what `main.build` put on the application."""
    return cast("Watcher[PageKey, View]", request.app.state.watcher)
