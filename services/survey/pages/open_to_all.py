"""What anybody may read: what surveys are for, their results, and the texts that people agreed to."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.survey.consent_text import consent_versions, text_in_general
from services.survey.pages.frame import PAGES
from shared.http.limits.counts import FROM_ANYBODY
from shared.kernel import NotFoundError

router = APIRouter(dependencies=[FROM_ANYBODY])


@router.get("/", operation_id="page_home")
async def home(request: Request) -> HTMLResponse:
    """Say what this place is for."""
    return PAGES.page(request, "home.html")


@router.get("/hasil", operation_id="page_results")
async def results(request: Request) -> HTMLResponse:
    """Say what will be published here, and where to ask until then: no result can be published yet."""
    return PAGES.page(request, "results.html")


@router.get("/survei/persetujuan/{text_version}", operation_id="page_consent_text")
async def consent_text_of(request: Request, text_version: str) -> HTMLResponse:
    """Show a text that people agreed to, with the facts of each survey left open."""
    versions = consent_versions()
    if text_version not in versions:
        raise NotFoundError("Versi naskah persetujuan ini tidak ada.")
    return PAGES.page(
        request,
        "consent_text.html",
        text=text_in_general(text_version),
        versions=versions,
        version=text_version,
    )
