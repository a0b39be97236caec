"""One proposal: how far it is, its units with what stands in their way, its papers, its packages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import Nomination, ProposedUnit
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import packages, proposals
from services.planning.nomination.usecases import freezing
from services.planning.nomination.usecases.examining import Finding, Survey, survey
from services.planning.pages.frame import PAGES
from services.planning.pages.nomination.reading import Proposal, may, read_proposal
from services.planning.pages.nomination.standing import is_with_tpn, stage_mark, standing_words, verdict
from services.planning.pages.nomination.words import CATEGORIES, DONE, paper_words
from services.planning.parameters import YearPath
from services.planning.stages.domain.refusals import ClosedWindowError
from shared.http.addresses import PROPOSALS, worksheet_page
from shared.http.attachment import attachment
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId, read_digits
from shared.http.state import state_of
from shared.kernel import NotFoundError
from shared.security import Principal

AgencyPath = Annotated[UnitId, Path()]
VersionPath = Annotated[int, Path(ge=1, le=2**31), BeforeValidator(read_digits)]
DoneQuery = Annotated[str, Query(max_length=20)]
PLACE = f"{PROPOSALS}/{{agency_id}}/{{year}}"
_ACTS = (
    "page_propose",
    "page_change_proposed",
    "page_submit_proposal",
    "page_freeze",
    "page_withdraw",
    "page_agency_preconditions",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A proposed unit with what stands in its way and what looks wrong."""

    unit: ProposedUnit
    name: str
    href: str
    refusals: Sequence[Finding]
    warnings: Sequence[Finding]
    is_within: bool
    """Whether its reader may open the pages of the unit."""
    stage: tuple[str, str] | None
    """Kind and words of its assessment, where a package was frozen."""
    is_decided: bool

    @property
    def category(self) -> str:
        return CATEGORIES[self.unit.category]

    @property
    def mark(self) -> tuple[str, str]:
        """Kind and words of the unit as a whole."""
        if self.refusals:
            return "bad", f"{len(self.refusals)} hal menghalangi"
        return ("warn", f"{len(self.warnings)} hal perlu diperiksa") if self.warnings else ("good", "siap")


def router(stages: Stages) -> APIRouter:
    """Return the pages; `stages` says whether units may be proposed now."""
    routes = APIRouter()

    @routes.get(PLACE, operation_id="page_proposal")
    async def show_proposal(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, selesai: DoneQuery = ""
    ) -> HTMLResponse:
        """Show a proposal and what can be done with it."""
        sees_all = may(request, caller, "page_ask_freeze")

        async def look(
            session: AsyncSession,
        ) -> tuple[Proposal, Survey | None, list[tuple[Nomination, Any]]]:
            found = await read_proposal(session, caller, agency_id, year)
            looked = None
            if found.open is not None and sees_all and not found.is_late and not with_tpn(found):
                places = await proposals.places(session, found.open.nomination_id)
                looked = _of_days(found, await survey(session, found.open, places, stages))
            made = [one for one in (found.present, *found.earlier) if one is not None]
            frozen = [(one, await packages.versions(session, one.nomination_id)) for one in made]
            return found, looked, [(one, versions) for one, versions in frozen if versions]

        found, looked, frozen = await state_of(request.app).db.read(look)
        return PAGES.page(
            request,
            "proposal.html",
            done=DONE.get(selesai, ""),
            **head_of(found),
            verdict=verdict(found.present, year, found.days, found.today, found.assessments),
            standing=standing_words(found, looked, may_propose=may(request, caller, "page_propose")),
            found=found,
            lines=lines_of(found, looked, caller),
            others=_others(looked),
            sees_all=sees_all,
            is_looked=looked is not None,
            is_with_tpn=with_tpn(found),
            papers=_papers(found),
            packages=[(version, one, f"{found.here}/paket/{one.nomination_id}/{version.version}.json")
                      for one, versions in frozen for version in versions],
            may={act: may(request, caller, act) for act in _ACTS},
            may_read_papers=may(request, caller, "page_papers"),
            may_read_portal=may(request, caller, "page_portal"),
            is_changed=found.open is not None and bool(found.open.package_version)
            and found.open.state.value != "frozen",
        )  # fmt: skip

    @routes.get(
        f"{PLACE}/paket/{{nomination_id}}/{{version}}.json",
        operation_id="page_package",
        response_class=Response,
    )
    async def download(
        request: Request,
        caller: PageCaller,
        agency_id: AgencyPath,
        year: YearPath,
        nomination_id: UUID,
        version: VersionPath,
    ) -> Response:
        """Give a frozen package as a file."""
        async with state_of(request.app).db.reading() as session:
            found = await freezing.get_package(session, caller, nomination_id, version)
        told = found.part("proposal")
        if (told["agency_id"], told["tahun"]) != (agency_id, year):
            raise NotFoundError("Paket ini belum pernah dibekukan.")
        content = found.document()
        headers = attachment(f"usulan-{agency_id}-{year}-paket-{version}.json", len(content))
        return Response(content, media_type="application/json", headers=headers)

    return routes


def head_of(found: Proposal) -> dict[str, Any]:
    """Return what the head of every page of a proposal shows."""
    return {"agency_id": found.agency_id, "year": found.year, "here": found.here}


def lines_of(found: Proposal, looked: Survey | None, caller: Principal) -> list[Line]:
    """Return the units of the present proposal with their findings, in the order of the proposal."""
    if found.present is None:
        return []
    is_told = bool(found.open and found.open.package_version)
    refusals = () if looked is None else looked.refusals
    warnings = () if looked is None else looked.warnings
    return [
        Line(
            unit,
            found.name(unit.unit_id),
            worksheet_page(unit.unit_id, found.year, "tahap"),
            _of_unit(refusals, unit.unit_id),
            _of_unit(warnings, unit.unit_id),
            caller.scope.covers(unit.unit_id, found.agency_id),
            stage_mark(found.assessments.get(unit.unit_id), unit.category) if is_told else None,
            found.is_decided(unit.unit_id),
        )
        for unit in found.present.units
    ]


def with_tpn(found: Proposal) -> bool:
    """Tell whether the open proposal is the TPN's by now, so that nothing stands in its way any more."""
    return found.open is not None and is_with_tpn(found.open, found.days, found.today, found.assessments)


def _of_days(found: Proposal, looked: Survey) -> Survey:
    """Return it without what its page says once, of all units: that the days have not begun."""
    if not found.is_early:
        return looked
    return replace(
        looked, refusals=tuple(one for one in looked.refusals if one.code != ClosedWindowError.code)
    )


def _of_unit(findings: Iterable[Finding], unit_id: str) -> list[Finding]:
    return [one for one in findings if one.unit_id == unit_id]


def _others(looked: Survey | None) -> list[tuple[str, str]]:
    """Return kind and words of what is wrong with no unit: papers, groups, the agency."""
    if looked is None:
        return []
    both = [("bad", looked.refusals), ("warn", looked.warnings)]
    return [(kind, one.message) for kind, findings in both for one in findings if one.unit_id is None]


def _papers(found: Proposal) -> list[tuple[str, str, str]]:
    """Return name, words and link of letter and SPTJM; no words for one that is missing."""
    if found.present is None:
        return []
    wanted = (("Surat usulan", found.present.letter_id), ("SPTJM", found.present.sptjm_id))
    return [
        (name, paper_words(found.papers[id_]), f"{found.here}/dokumen/{id_}")
        if id_ is not None and id_ in found.papers
        else (name, "", "")
        for name, id_ in wanted
    ]
