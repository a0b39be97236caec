"""A case as its officers read it: where it stands, why its deadlines are due then, and what was done."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.pages import words
from services.complaints.cases.schemas import with_due
from services.complaints.cases.usecases import clocks, queries
from services.complaints.cases.why import why
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.words import rule_page
from services.complaints.frame import PAGES
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()


@router.get("/pengaduan/{tracking_id}", operation_id="page_case")
async def show(request: Request, actor: PageCaller, tracking_id: str) -> HTMLResponse:
    """Show a case to whoever may read it over the API; to others it is not there."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = with_due(await queries.tracked_case(session, policies, actor, tracking_id), policies)
        told = await clocks.explained(session, policies, found)
    kind, left = words.left(found, waits_for=found["waits_for"])
    next_step = next((one for one in told if _is_next(one, found)), None)
    return PAGES.page(
        request,
        "case.html",
        case=found,
        zone=found["zone"] or Zone.WIB,
        kind=kind,
        left=left,
        sentence=words.sentence(found, waits_for=found["waits_for"]),
        clock=next_step,
        others=[one for one in told if one is not next_step],
        is_open=State(found["state"]) not in FINAL,
        words=words,
        why=why,
        rule_page=rule_page,
    )


def _is_next(clock: clocks.Clock, found: dict[str, object]) -> bool:
    """Tell whether a deadline is that of the next step: the running one of its rule and due time."""
    told = clock.told
    is_its = (told["rule_id"], told["due_at"]) == (found["due_rule"], found["due_at"])
    return is_its and told["status"] == "armed"
