"""The way of an assessment as pages: what was done, what this person may do now, one page for each act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.nomination.domain.nominations import DocumentKind
from services.planning.nomination.usecases.documents import newest_documents
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.papers import MOST_CHOICES
from services.planning.pages.nomination.words import paper_words
from services.planning.pages.review.act_form import AT, ActForm
from services.planning.pages.review.lacks import Lack, failing, lacks_of
from services.planning.pages.way.act_words import ACTS, BY_SLUG, CLEARER_NAMES, ENDING, HOLDERS
from services.planning.pages.way.stage_words import stage_name
from services.planning.pages.way.timeline import present_of, way_of
from services.planning.pages.worksheets.sheet import area_of
from services.planning.parameters import UnitPath, YearPath
from services.planning.stages.domain.acts import Act, Row
from services.planning.stages.domain.assessment import NOTHING_GIVEN, Standing
from services.planning.stages.domain.refusals import IllegalTransitionError
from services.planning.stages.store import assessments, rounds
from services.planning.stages.usecases import reading
from services.planning.stages.usecases.acts import ActHook, perform
from services.planning.stages.usecases.offering import offer
from services.planning.units.usecases import get_unit
from services.planning.worksheets.words import answer_words
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import read_digits
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.indonesian import moment
from shared.instruments.lke import lke_instrument
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

WAY = f"{WORKSHEETS}/{{unit_id}}/{{year}}/tahap"
SlugPath = Annotated[str, Field(max_length=40), Path()]
RoundPath = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(read_digits), Path()]
_ASKED_BEFORE = frozenset({Act.PROPOSE, Act.WITHDRAW})
"""Acts whose hooks only look, so that a page can say beforehand what they would refuse."""
_BY_DECREE = frozenset({Act.DECIDE, Act.REVOKE})
LAYERS = {Layer.UNIT: "Jawaban unit", Layer.TPI: "Penilaian TPI", Layer.TPN: "Penilaian TPN"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page of an act reads: where the assessment stands, and what the act lacks.

    `row` is None where the act is not this person's now; `refusal` then says so.
    """

    standing: Standing
    unit_name: str
    row: Row | None
    refusal: DomainError | None
    lacks: Sequence[Lack] = ()
    fails: Sequence[Lack] = ()
    papers: Sequence[tuple[UUID, str]] = ()


def router(hooks: Mapping[Act, ActHook]) -> APIRouter:
    """Return the pages; `hooks` are what other subjects do within an act."""
    routes = APIRouter()
    guards = {act: hook for act, hook in hooks.items() if act in _ASKED_BEFORE}

    @routes.get(WAY, operation_id="page_stages")
    async def show_way(
        request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath, selesai: str = ""
    ) -> HTMLResponse:
        """Show how far an assessment has come, and the acts that are this person's now."""
        async with state_of(request.app).db.reading() as session:
            told, offered = await offer(session, caller, unit_id, year)
            unit = await get_unit(session, caller, unit_id)
            moves = await assessments.moves(session, unit_id, year)
            frozen = await rounds.all_of(session, unit_id, year)
        sheet = worksheet_page(unit_id, year)
        head, words, _ = present_of(told)
        return PAGES.page(
            request,
            "stages.html",
            unit_name=unit.name,
            year=year,
            sheet=sheet,
            verdict=head.replace("Sekarang: ", ""),
            words=words,
            done=ACTS[BY_SLUG[selesai]].done if selesai in BY_SLUG else "",
            acts=[(ACTS[one.act], f"{sheet}/tahap/{ACTS[one.act].slug}", one.act in ENDING)
                  for one in offered if one.refusal is None],
            later=[(ACTS[one.act].button, one.refusal.message) for one in offered if one.refusal is not None],
            way=way_of(told, moves, caller.subject),
            rounds=[
                (f"{LAYERS[one.layer]}, putaran {one.round}", moment(one.frozen_at, told.zone),
                 f"{sheet}/putaran/{one.layer.value}/{one.round}", one.sha256)
                for one in frozen
            ],
        )  # fmt: skip

    @routes.get(f"{WAY}/{{slug}}", operation_id="page_ask_act")
    async def ask(
        request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath, slug: SlugPath
    ) -> HTMLResponse:
        """Say what an act will do and what it lacks, and ask for what it needs."""
        act = _act(slug)
        return await _page(request, caller, unit_id, year, act, Form(), guard=guards.get(act))

    @routes.post(f"{WAY}/{{slug}}", operation_id="page_act")
    async def send(
        request: Request, caller: PageCaller, unit_id: UnitPath, year: YearPath, slug: SlugPath
    ) -> Response:
        """Do an act; a refusal keeps what was typed."""
        act, form = _act(slug), await read_form(request, ActForm)
        if form.data is None:
            return await _page(
                request, caller, unit_id, year, act, form, UNPROCESSABLE, guard=guards.get(act)
            )
        sent = form.data
        try:
            given = sent.given()
            await state_of(request.app).db.run(
                lambda session: perform(
                    session, caller, unit_id, year, act, seen=sent.version, given=given, hook=hooks.get(act)
                )
            )
        except NotFoundError:
            raise
        except DomainError as refused:
            form.refuse(refused, AT)
            return await _page(
                request,
                caller,
                unit_id,
                year,
                act,
                form,
                status_of(request, refused.code),
                guard=guards.get(act),
            )
        return RedirectResponse(f"{worksheet_page(unit_id, year, 'tahap')}?selesai={slug}", SEE_OTHER)

    @routes.get(f"{WORKSHEETS}/{{unit_id}}/{{year}}/putaran/{{layer}}/{{number}}", operation_id="page_round")
    async def show_round(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        layer: Layer,
        number: RoundPath,
    ) -> HTMLResponse:
        """Show a layer as it was handed in."""
        async with state_of(request.app).db.reading() as session:
            unit = await get_unit(session, caller, unit_id)
            found, answers = await reading.read_round(session, caller, unit_id, year, layer, number)
        questions = lke_instrument().questions
        order = {code: place for place, code in enumerate(questions)}
        return PAGES.page(
            request,
            "round.html",
            unit_name=unit.name,
            year=year,
            sheet=worksheet_page(unit_id, year),
            name=f"{LAYERS[layer]}, putaran {number}",
            frozen=found,
            zone=unit.zone,
            rows=[
                (one, questions[one.item_code], answer_words(questions[one.item_code], one.answer),
                 area_of(one.item_code))
                for one in sorted(answers, key=lambda one: order[one.item_code])
            ],
        )  # fmt: skip

    return routes


def _act(slug: str) -> Act:
    if slug not in BY_SLUG:
        raise NotFoundError("Tindakan ini tidak dikenal.")
    return BY_SLUG[slug]


async def _guarded(
    session: AsyncSession, caller: Principal, guard: ActHook | None, told: Standing
) -> DomainError | None:
    """Return why another subject would refuse an act, None where it lets it pass."""
    if guard is not None:
        try:
            await guard(session, caller, told, NOTHING_GIVEN)
        except DomainError as refused:
            return refused
    return None


async def _decrees(session: AsyncSession, caller: Principal, agency_id: str) -> Sequence[tuple[UUID, str]]:
    """Return the newest decrees among the agency's papers, for a form to choose from."""
    kinds = (DocumentKind.DECREE,)
    newest = await newest_documents(session, caller, agency_id, limit=MOST_CHOICES, kinds=kinds)
    return [(one.document_id, paper_words(one)) for one in newest]


async def _page(
    request: Request,
    caller: Principal,
    unit_id: str,
    year: int,
    act: Act,
    form: Form[ActForm],
    status: int = 200,
    *,
    guard: ActHook | None,
) -> HTMLResponse:

    async def asked(session: AsyncSession) -> Asked:
        told, offered = await offer(session, caller, unit_id, year)
        unit = await get_unit(session, caller, unit_id)
        one = next((one for one in offered if one.act is act), None)
        if one is None:
            refusal = IllegalTransitionError(act, told.assessment.stage, [found.act for found in offered])
            return Asked(told, unit.name, None, refusal)
        return Asked(
            told,
            unit.name,
            one.row,
            one.refusal or await _guarded(session, caller, guard, told),
            await lacks_of(session, one.row, unit_id, year),
            await failing(session, caller, act, unit_id, year),
            await _decrees(session, caller, unit.agency_id) if act in _BY_DECREE else (),
        )

    found = await state_of(request.app).db.read(asked)
    told, row, refusal = found.standing, found.row, found.refusal
    if row is None and refusal is not None and not form.message:
        status = status_of(request, refusal.code)
    target = told.assessment.stage if row is None else row.target
    return PAGES.page(
        request,
        "act.html",
        status=status,
        unit_name=found.unit_name,
        year=year,
        sheet=worksheet_page(unit_id, year),
        here=f"{worksheet_page(unit_id, year, 'tahap')}/{ACTS[act].slug}",
        words=ACTS[act],
        act=act,
        refusal=None if refusal is None else refusal.message,
        lacks=found.lacks,
        fails=found.fails,
        is_blocked=bool(found.fails) and act is Act.ACCEPT,
        next=(stage_name(target), HOLDERS.get(target)),
        needs_reason=row is not None and row.needs_reason,
        is_ending=act in ENDING,
        is_decision=act is Act.DECIDE,
        has_decree=act in _BY_DECREE,
        papers=found.papers,
        clearers=tuple(CLEARER_NAMES.items()),
        version=told.assessment.version,
        form=form,
        labels=LABELS,
    )
