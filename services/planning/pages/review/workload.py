"""Who assesses what: teams, people, and the units they have against the limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.fields import Line
from services.planning.layers import Layer
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.settings import Settings
from services.planning.stages.domain.assessors import AssessorRole, Team
from services.planning.stages.practice import practice
from services.planning.stages.schemas import Subject
from services.planning.stages.store import assessors as store
from services.planning.stages.store.assessors import Given, Load
from services.planning.stages.usecases import assessors
from services.planning.units.usecases import agency_meant
from shared.http.addresses import WORKLOAD, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits, UnitId, YearText
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.kernel import DomainError, StaleVersionError, Zone
from shared.security import Principal

_MOST_TEAMS = 100
YearQuery = Annotated[YearText | None, Query()]
ROLE_WORDS = {
    AssessorRole.ANGGOTA: "anggota",
    AssessorRole.KETUA: "ketua",
    AssessorRole.PENGENDALI_TEKNIS: "pengendali teknis",
}


class TeamForm(OnceBody):
    """A new team: of the agency for TPI, of nobody for TPN."""

    team_id: UnitId
    name: Line
    layer: Literal["tpi", "tpn"]


class AssessorForm(OnceBody):
    """A person of a team; who sent them is required."""

    team: UnitId
    subject: Subject
    organisation: Line
    role: AssessorRole
    own_unit: UnitId | None = None


class GiveForm(OnceBody):
    """A unit for a team, shared evenly among its people.

    `version` is that of who has the unit now, as the page said of `told`: the unit and the team typed there.
    """

    unit: UnitId
    to_team: UnitId
    version: Digits = 0
    told: Annotated[str, Field(max_length=130)] = ""

    @property
    def pair(self) -> str:
        return f"{self.unit} {self.to_team}"

    @property
    def seen(self) -> int:
        """The version that was told of this very unit and team, 0 for nobody's."""
        return self.version if self.told == self.pair else 0


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with what it has of the year: whole, person by person, unit by unit."""

    team: Team
    load: Load
    members: Sequence[tuple[str, str, int, int]]
    units: Sequence[tuple[Given, str, str]]

    @property
    def mark(self) -> tuple[str, str]:
        """Kind and words of the team's units against the limit."""
        limit = practice().team_units
        kind = "good" if self.load.units < limit else "warn"
        return kind, f"{self.load.units} dari paling banyak {limit} unit"


def router(settings: Settings) -> APIRouter:
    """Return the pages; `settings` name the agency of teams where a caller has none of their own."""
    routes = APIRouter()

    @routes.get(WORKLOAD, operation_id="page_workload")
    async def show(request: Request, caller: PageCaller, tahun: YearQuery = None) -> HTMLResponse:
        """Show who assesses what, how far, and against which limits."""
        return await _page(request, caller, tahun or this_year(), Form())

    @routes.post(f"{WORKLOAD}/tim", operation_id="page_create_team")
    async def create_team(request: Request, caller: PageCaller, tahun: YearQuery = None) -> Response:
        """Enter a team."""
        form = await read_form(request, TeamForm)

        async def work(session: AsyncSession, sent: TeamForm) -> object:
            layer = Layer(sent.layer)
            own = layer is Layer.TPI
            agency = agency_meant(caller, None, settings.default_agency_id) if own else None
            team = Team(sent.team_id, layer, agency, sent.name, version=1)
            return await assessors.create_team(session, caller, team)

        return await _done(request, caller, tahun or this_year(), form, work)

    @routes.post(f"{WORKLOAD}/penilai", operation_id="page_register_assessor")
    async def register(request: Request, caller: PageCaller, tahun: YearQuery = None) -> Response:
        """Enter a person into a team."""
        form = await read_form(request, AssessorForm)

        async def work(session: AsyncSession, sent: AssessorForm) -> object:
            return await assessors.register_assessor(
                session,
                caller,
                team_id=sent.team,
                subject=sent.subject,
                organisation=sent.organisation,
                role=sent.role,
                unit_id=sent.own_unit,
            )

        return await _done(request, caller, tahun or this_year(), form, work)

    @routes.post(f"{WORKLOAD}/beri", operation_id="page_assign_team")
    async def give(request: Request, caller: PageCaller, tahun: YearQuery = None) -> Response:
        """Give a unit of a year to a team."""
        year, form = tahun or this_year(), await read_form(request, GiveForm)

        async def work(session: AsyncSession, sent: GiveForm) -> object:
            return await assessors.assign_team(
                session,
                caller,
                unit_id=sent.unit,
                year=year,
                team_id=sent.to_team,
                members=None,
                seen=sent.seen,
            )

        try:
            return await _done(request, caller, year, form, work)
        except StaleVersionError as stale:
            return await _taken(request, caller, year, form, stale)

    return routes


def this_year() -> int:
    """Return the year that pages show unasked."""
    return datetime.now(UTC).astimezone(Zone.WIB.tz).year


async def _done(request: Request, caller: Principal, year: int, form: Form[Any], work: Any) -> Response:
    """Do what a form asks, or show the page again with all that was typed."""
    if form.data is None:
        return await _page(request, caller, year, form, UNPROCESSABLE)
    sent = form.data
    try:
        await do_once(request, caller, form, lambda session: work(session, sent))
    except StaleVersionError:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return await _page(request, caller, year, form, status_of(request, refused.code))
    return RedirectResponse(f"{WORKLOAD}?tahun={year}", SEE_OTHER)


async def _taken(
    request: Request, caller: Principal, year: int, form: Form[GiveForm], stale: StaleVersionError
) -> HTMLResponse:
    """Say who has the unit by now: sent once more, the form gives it to the other team."""
    assert form.data is not None  # noqa: S101 - only what could be read was refused as stale
    unit, team_id = form.data.unit, form.data.to_team

    async def has(session: AsyncSession) -> Team | None:
        meant = await store.get_team(session, team_id)
        given = await store.get_assignments(session, unit, year)
        teams = [one.team_id for one in given if meant is not None and one.layer is meant.layer]
        return await store.get_team(session, teams[0]) if teams else None

    team = await state_of(request.app).db.read(has)
    form.values = {**form.values, "version": stale.details["version"], "told": form.data.pair}
    form.message = (
        f"Unit {unit} sekarang dipegang {team.name if team else 'tim lain'}. Isian Anda masih ada; "
        "kirim sekali lagi bila unit ini harus pindah, dengan waktu yang dibagi rata kembali."
    )
    return await _page(request, caller, year, form, status_of(request, stale.code))


async def _page(
    request: Request, caller: Principal, year: int, form: Form[Any], status: int = 200
) -> HTMLResponse:

    async def looked(session: AsyncSession) -> tuple[Any, ...]:
        teams = await store.page_teams(session, caller.scope, after="", limit=_MOST_TEAMS)
        ids = [team.team_id for team in teams]
        loads = await store.workload(session, ids, year) if ids else []
        people = {one.assessor_id: one for one in await store.of_the_teams(session, ids)} if ids else {}
        return teams, loads, people, await store.given_of_year(session, caller.scope, year)

    teams, loads, people, given = await state_of(request.app).db.read(looked)
    all_ = len(lke_instrument().questions)
    views = [
        TeamView(
            team,
            next(load for load in loads if load.team_id == team.team_id and load.assessor_id is None),
            [
                (people[load.assessor_id].organisation, ROLE_WORDS[load.role], load.units, load.minutes)
                for load in loads
                if load.team_id == team.team_id and load.assessor_id in people and load.role is not None
            ],
            [
                (one, f"{one.assessed}/{all_}",
                 worksheet_page(one.unit_id, one.year, "penilaian", one.layer.value))
                for one in given
                if one.team_id == team.team_id
            ],
        )
        for team in teams
    ]  # fmt: skip
    return PAGES.page(
        request,
        "workload.html",
        status=status,
        year=year,
        teams=views,
        units=len(given),
        minutes_limit=practice().unit_minutes,
        may_change=caller.has("admin"),
        may_read=caller.has("tpi", "tpn", "agency_head", "verifier"),
        team_choices=[(team.team_id, f"{team.name} ({team.layer.upper()})") for team in teams],
        roles=[(role.value, words) for role, words in ROLE_WORDS.items()],
        action=lambda word: f"{WORKLOAD}/{word}?tahun={year}",
        form=form,
        labels=LABELS,
    )
