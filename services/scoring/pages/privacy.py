"""The privacy notice: a page for each of its versions, and the newest without one.

A report records the version that was read, so that no version is changed once it was shown, nor taken away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.scoring.pages.frame import PAGES
from services.scoring.settings import Settings
from shared.http.state import state_of
from shared.kernel import NotFoundError

router = APIRouter()
_FOLDER = Path(__file__).parents[1] / "data" / "privacy"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notice: what it says, then terms with what each means."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in one version."""

    version: str
    sections: tuple[Section, ...]


@cache
def notices() -> Mapping[str, Notice]:
    """Return every version, the oldest first; raises `ValueError` for one that its file name contradicts."""
    found: dict[str, Notice] = {}
    for path in sorted(_FOLDER.glob("*.json"), key=lambda path: int(path.stem)):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != path.stem or not content["source"]:
            raise ValueError(f"{path.name}: version {content['version']}, or no source")
        found[path.stem] = Notice(
            content["version"],
            tuple(
                Section(
                    part["id"],
                    part["title"],
                    tuple(part["paragraphs"]),
                    tuple((term, words) for term, words in part["items"]),
                )
                for part in content["sections"]
            ),
        )
    return found


@router.get("/privasi", operation_id="page_privacy")
async def newest_notice(request: Request) -> HTMLResponse:
    """Show the notice as it is now."""
    return _page(request, list(notices().values())[-1])


@router.get("/privasi/{privacy_notice}", operation_id="page_privacy_version")
async def notice_of(request: Request, privacy_notice: str) -> HTMLResponse:
    """Show the notice that somebody was shown once, by its version."""
    if privacy_notice not in notices():
        raise NotFoundError("Versi pemberitahuan privasi ini tidak ada.")
    return _page(request, notices()[privacy_notice])


def _page(request: Request, notice: Notice) -> HTMLResponse:
    settings = cast("Settings", state_of(request.app).settings)
    return PAGES.page(
        request,
        "privacy.html",
        notice=notice,
        versions=list(notices()),
        controller=settings.privacy_controller,
        contact=settings.privacy_contact,
    )
