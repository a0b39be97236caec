"""Units that are proposed together as a kawasan, with the score of their integration."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.fields import Line
from services.planning.nomination.domain.changing import grouped
from services.planning.nomination.domain.nominations import Nomination
from services.planning.nomination.domain.rules import rules_for
from services.planning.nomination.schemas import MOST_UNITS, ScoreText
from services.planning.nomination.stages import Stages
from services.planning.nomination.usecases import proposals
from services.planning.nomination.usecases.examining import Finding
from services.planning.nomination.usecases.proposals import refuse
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, head_of
from services.planning.pages.nomination.reading import needed, read_proposal, refusal_of
from services.planning.pages.nomination.words import CATEGORIES
from services.planning.parameters import YearPath
from shared.http.addresses import proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits, UnitId
from shared.http.once import OnceBody
from shared.http.pages.forms import Form, read_form
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.indonesian import number
from shared.kernel import PREDICATES
from shared.security import Principal

PATH = f"{PLACE}/kawasan"
KNOWN = "kawasan_known"
"""Code of the refusal to replace a group unseen."""


def _with_point(value: Any) -> Any:
    return value.replace(",", ".") if isinstance(value, str) else value


class KawasanForm(OnceBody):
    """A group with exactly these units; without any it goes."""

    version: Digits
    kawasan: Line
    loaded: Line | None = None
    """The group whose units the page had shown, if any."""
    integration: Annotated[ScoreText, BeforeValidator(_with_point)] | None = None
    member: list[UnitId] = Field(default_factory=list, max_length=MOST_UNITS)


def router(stages: Stages) -> APIRouter:
    """Return the pages; `stages` is asked what a frozen package allows."""
    routes = APIRouter()

    @routes.get(PATH, operation_id="page_kawasan")
    async def show_groups(
        request: Request,
        caller: PageCaller,
        agency_id: AgencyPath,
        year: YearPath,
        nama: Annotated[str, Query(max_length=200)] = "",
    ) -> HTMLResponse:
        """Show the groups, and the form of one."""
        return await _page(request, caller, agency_id, year, Form({"kawasan": nama} if nama else {}))

    @routes.post(PATH, operation_id="page_group_units")
    async def group(request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath) -> Response:
        """Let units be a group, or none any more."""
        form = await read_form(request, KawasanForm)
        if form.data is None:
            return await _page(request, caller, agency_id, year, form, UNPROCESSABLE)
        sent = form.data
        score = None if sent.integration is None else Decimal(sent.integration)

        async def work(session: AsyncSession) -> object:
            found = await needed(session, caller, agency_id, year)
            _check(found, sent)
            contents = grouped(found, sent.kawasan, score, sent.member)
            return await proposals.change(
                session, caller, found.nomination_id, sent.version, contents, reason=None, stages=stages
            )

        of_score = dict.fromkeys(("integration_missing", "integration_too_low"), "integration")
        at = {"units.*": "member", "kawasan.*": "member", KNOWN: "kawasan", **of_score}
        status = await refusal_of(request, caller, form, work, at=at)
        if status is not None:
            return await _page(request, caller, agency_id, year, form, status)
        return RedirectResponse(f"{proposal_page(agency_id, year)}?selesai=kawasan", SEE_OTHER)

    return routes


def _check(found: Nomination, sent: KawasanForm) -> None:
    """Raise `NominationRefusedError` where the form would replace a group that its page had not shown.

    Also for a new group without units.
    """
    is_known = any(group.name == sent.kawasan for group in found.kawasan)
    if is_known and sent.kawasan != sent.loaded:
        said = "Kawasan ini sudah ada; unitnya ikut tercentang di bawah ini. Periksa, lalu simpan lagi."
    elif not is_known and not sent.member:
        said = "Pilih unit yang diusulkan sebagai satu kawasan."
    else:
        return
    refuse([Finding("kawasan.0", KNOWN if is_known else "kawasan_empty", said)])


async def _page(
    request: Request, caller: Principal, agency_id: str, year: int, form: Form[Any], status: int = 200
) -> HTMLResponse:
    found = await state_of(request.app).db.read(
        lambda session: read_proposal(session, caller, agency_id, year)
    )
    nomination, rules = found.needed(), rules_for(year).kawasan
    meant = form.values.get("kawasan", "")
    known = next((group for group in nomination.kawasan if group.name == meant), None)
    if known is not None and (status == 200 or "kawasan" in form.errors):  # noqa: PLR2004 - nothing typed yet
        score = "" if known.integration is None else format(known.integration, "f").replace(".", ",")
        typed, members = form.values, {unit.unit_id for unit in nomination.units if unit.kawasan == meant}
        form.values = {
            **typed,
            "loaded": meant,
            "integration": typed.get("integration") or score,
            "member": [*typed.get("member", []), *sorted(members.difference(typed.get("member", [])))],
        }
    return PAGES.page(
        request,
        "kawasan.html",
        status=status,
        **head_of(found),
        groups=[
            (
                group.name,
                address(f"{found.here}/kawasan", {"nama": group.name}),
                sum(unit.kawasan == group.name for unit in nomination.units),
                "belum diisi" if group.integration is None else number(group.integration, 2),
            )
            for group in nomination.kawasan
        ],
        units=[
            (
                unit.unit_id,
                found.name(unit.unit_id),
                CATEGORIES[unit.category] + (f", kawasan {unit.kawasan}" if unit.kawasan else ""),
            )
            for unit in nomination.units
        ],
        floors=" dan ".join(f"{number(rules.integration[one], 1)} untuk {one}" for one in PREDICATES),
        least=rules.least_units,
        action=f"{found.here}/kawasan",
        version=nomination.version,
        form=form,
        labels=LABELS,
    )
