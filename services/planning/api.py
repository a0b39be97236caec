"""Planning over HTTP: routes that parse, call one use case and shape the answer."""

from collections.abc import Sequence

from fastapi import APIRouter

from services.planning.evidence import api as evidence
from services.planning.evidence.taking import FileTaker
from services.planning.plan import api as plans
from services.planning.settings import Settings
from services.planning.units import api as units
from services.planning.units.files import api as unit_files
from services.planning.units.files.reading import UnitFileReader
from services.planning.worksheets import api as worksheets
from services.planning.worksheets import import_api as imports
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
    "programme_exists": 409,
    "programme_missing": 404,
    "activity_not_planned": 409,
    "evidence_missing": 409,
    "evidence_full": 409,
    "evidence_unknown": 422,
    "unknown_indicator": 422,
    "wrong_layer": 403,
    "own_assessment": 403,
    "answers_refused": 422,
    "workbook_refused": 422,
    "reason_missing": 422,
    "mode_unclear": 422,
    "address_invalid": 422,
    "other_form": 422,
    "file_refused": 415,
    "file_too_large": 413,
    "file_corrupt": 500,
    "storage_away": 503,
    "storage_full": 507,
}


def routers(
    settings: Settings, store: FileStore, reader: UnitFileReader, taker: FileTaker
) -> Sequence[APIRouter]:
    """Return the API's routers; what takes files needs its limits and a place for them."""
    return [
        units.router(settings),
        unit_files.router(settings, reader),
        plans.router,
        evidence.router(taker, store),
        worksheets.router,
        imports.router(settings, store),
    ]
