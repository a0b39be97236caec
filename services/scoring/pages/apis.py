"""The list of all APIs and topics: where to read what each service takes, answers and tells."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.scoring.pages.frame import PAGES
from shared.contracts.topics import TOPICS
from shared.http import addresses
from shared.http.reference import paths
from shared.http.reference.kinds import pieces

router = APIRouter()

SERVICES = {
    "planning": "Unit, program, rencana kerja, bukti, dan lembar kerja",
    "complaints": "Pengaduan, tenggat, dan kalender kerja",
    "survey": "Kampanye survei, persetujuan, dan jawaban",
    "scoring": "Nilai, syarat predikat, dan ambang survei",
}
"""What each service is asked for, in words for people."""


@router.get(addresses.APIS, operation_id="page_apis")
async def apis(request: Request) -> HTMLResponse:
    """Show the four services with their documents, and every topic with who writes and who reads it."""
    return PAGES.page(
        request,
        "apis.html",
        services=[(name, addresses.api_of(name), words) for name, words in SERVICES.items()],
        topics=[(topic, f"{addresses.api_of(topic.producer)}{paths.EVENTS}") for topic in TOPICS],
        paths=paths,
        pieces=pieces,
    )
