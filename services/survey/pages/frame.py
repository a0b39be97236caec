"""What all pages of survey share: their layout, and the cookie of whom an invitation stands for."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from shared.http.pages.rendering import Pages

COOKIE = "zi-survey-invitation"
PAGES = Pages(
    title="Survei",
    folder=Path(__file__).parents[1],
    cookies=(f"__Host-{COOKIE}", COOKIE),
    own_page=("Ke undangan yang sedang terbuka", "/s"),
    carried=("invitation", "text_version", "response_id"),
)
SEE_OTHER = 303


def public_page(request: Request, template: str, /, **context: Any) -> HTMLResponse:
    """Render a page for everybody: under the public header, that asks nobody to log in."""
    return PAGES.page(request, template, is_public=True, **context)
