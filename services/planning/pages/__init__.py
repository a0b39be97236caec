"""Pages of planning."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter

from services.planning.evidence.taking import FileTaker
from services.planning.nomination.stages import Stages
from services.planning.pages import home
from services.planning.pages.frame import PAGES
from services.planning.pages.nomination import (
    candidates,
    freezing,
    groups,
    members,
    papers,
    preconditions,
    predicates,
    proposal,
)
from services.planning.pages.nomination import listing as proposals
from services.planning.pages.people import entry as person
from services.planning.pages.people import files as people_files
from services.planning.pages.people import listing as people
from services.planning.pages.people import substitutes
from services.planning.pages.portal import log as portal_log
from services.planning.pages.portal import proposal as portal
from services.planning.pages.portal import tokens as portal_tokens
from services.planning.pages.review import acts, findings, tasks, windows, workload
from services.planning.pages.review import sheet as review
from services.planning.pages.units import entry, files, first_day, listing, merging
from services.planning.pages.worksheets import area, download, evidence, opening, reports, saving
from services.planning.pages.worksheets import listing as worksheets
from services.planning.pages.worksheets.reading import BesideReader, told_beside
from services.planning.reports.writing import ReportWriter
from services.planning.settings import Settings
from services.planning.stages.domain.acts import Act
from services.planning.stages.usecases.acts import ActHook
from services.planning.units.files.reading import UnitFileReader
from services.planning.worksheets.exports import Exporter
from shared.files.store import FileStore

__all__ = ["PAGES", "router"]


def router(
    settings: Settings,
    store: FileStore,
    reader: UnitFileReader,
    taker: FileTaker,
    exporter: Exporter,
    proposed: Stages,
    writer: ReportWriter,
    beside: BesideReader = told_beside,
    hooks: Mapping[Act, ActHook] = MappingProxyType({}),
) -> APIRouter:
    """Return the pages; what takes or gives files needs its limits and a place for them.

    `beside` reads what other subjects say of a worksheet: facts, usual documents, official wording; `hooks`
    are what they do within an act, `proposed` what proposals move there; `writer` writes reports.
    """
    routes = APIRouter()
    for one in (
        home.router,
        listing.router,
        first_day.router,
        entry.router(settings),
        merging.router,
        files.router(settings, store, reader),
        people.router,
        people_files.router(settings, store),
        person.router,
        substitutes.router,
        worksheets.router(beside),
        saving.router,
        evidence.router(beside, taker),
        opening.router(store),
        reports.router(writer),
        download.router(exporter),
        review.router,
        acts.router(hooks),
        findings.router,
        tasks.router,
        workload.router(settings),
        windows.router,
        proposals.router,
        proposal.router(proposed),
        candidates.router(proposed),
        members.router(proposed),
        groups.router(proposed),
        preconditions.router,
        papers.router(store, taker),
        freezing.router(proposed),
        portal.router,
        portal_log.router,
        portal_tokens.router,
        predicates.router,
        area.router(beside),
    ):
        routes.include_router(one)
    return routes
