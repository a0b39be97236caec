"""Planning over HTTP: routes that parse, call one use case and shape the answer."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from services.planning.evidence import api as evidence
from services.planning.evidence.taking import FileTaker
from services.planning.nomination import api as nomination
from services.planning.nomination.stages import Stages
from services.planning.people import api as people
from services.planning.people.files import api as people_files
from services.planning.plan import api as plans
from services.planning.portal import api as portal
from services.planning.portal.domain.pulls import STATUS as PORTAL_STATUS
from services.planning.reports import api as reports
from services.planning.reports.writing import ReportWriter
from services.planning.settings import Settings
from services.planning.stages.api import assessors, stages, windows
from services.planning.stages.domain.acts import Act
from services.planning.stages.usecases.acts import ActHook
from services.planning.units import api as units
from services.planning.units.files import api as unit_files
from services.planning.units.files.reading import UnitFileReader
from services.planning.wording import api as wording
from services.planning.worksheets import api as worksheets
from services.planning.worksheets import export_api as exports
from services.planning.worksheets import import_api as imports
from services.planning.worksheets.exports import Exporter
from shared.files.store import FileStore

ERROR_STATUS = {
    "unit_exists": 409,
    "unit_reserved": 422,
    "unit_merged": 409,
    "unit_not_merged": 409,
    "merge_refused": 409,
    "unit_needed": 409,
    "parent_refused": 422,
    "unit_file_refused": 422,
    "upload_gone": 410,
    "employee_number_taken": 409,
    "people_file_refused": 422,
    "log_in_taken": 409,
    "superior_refused": 422,
    "person_days": 422,
    "other_agency": 422,
    "substitute_refused": 422,
    "substitute_overlap": 409,
    "programme_exists": 409,
    "programme_missing": 404,
    "activity_not_planned": 409,
    "evidence_missing": 409,
    "evidence_full": 409,
    "evidence_unknown": 422,
    "unknown_indicator": 422,
    "wrong_layer": 403,
    "own_assessment": 403,
    "closed_window": 409,
    "frozen_layer": 409,
    "not_nominated": 409,
    "illegal_transition": 409,
    "incomplete_submit": 409,
    "findings_open": 409,
    "differences_unexplained": 409,
    "objection_spent": 409,
    "no_objection": 409,
    "objection_open": 409,
    "not_cleared": 409,
    "not_awarded": 409,
    "not_assigned": 403,
    "round_not_yours": 403,
    "act_incomplete": 422,
    "window_invalid": 422,
    "agency_type_unknown": 422,
    "team_exists": 409,
    "team_unknown": 422,
    "assessor_exists": 409,
    "assessor_unknown": 422,
    "team_full": 409,
    "minutes_over_limit": 422,
    "finding_answered": 409,
    "unknown_item": 422,
    "answers_refused": 422,
    "workbook_refused": 422,
    "reason_missing": 422,
    "mode_unclear": 422,
    "layer_unused": 422,
    "report_too_heavy": 422,
    "address_invalid": 422,
    "other_form": 422,
    "preconditions_refused": 422,
    "predicate_known": 409,
    "predicate_missing": 409,
    "predicate_of_assessment": 409,
    "kawasan_lost": 409,
    "predicate_revoked": 409,
    "decree_date": 422,
    "nomination_exists": 409,
    "nomination_state": 409,
    "nomination_refused": 422,
    "gates_failed": 409,
    "file_refused": 415,
    "file_too_large": 413,
    "file_corrupt": 500,
    "storage_away": 503,
    "storage_full": 507,
    "portal_tokens_full": 409,
    "portal_token_expiry": 422,
    "portal_unpulled": 409,
    **PORTAL_STATUS,
}


def routers(
    settings: Settings,
    store: FileStore,
    reader: UnitFileReader,
    taker: FileTaker,
    exporter: Exporter,
    hooks: Mapping[Act, ActHook],
    proposed: Stages,
    writer: ReportWriter,
) -> Sequence[APIRouter]:
    """Return the API's routers; what takes or gives files needs its limits and a place for them.

    `hooks` are what other subjects do within acts on assessments, `proposed` what proposals move there;
    `writer` writes reports.
    """
    return [
        units.router(settings),
        unit_files.router(settings, reader),
        people.router,
        people_files.router(settings),
        plans.router,
        evidence.router(taker, store),
        wording.router(settings),
        worksheets.router,
        imports.router(settings, store),
        reports.router(writer),
        exports.router(exporter),
        stages.router(hooks),
        windows.router,
        assessors.router(settings),
        nomination.router(settings, store, proposed),
        portal.router,
    ]
