"""The people of an agency taken over from a file, after a look at what it would do."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter

from services.planning.pages.imports import ImportPages, Line, Words
from services.planning.pages.people.words import CATEGORIES
from services.planning.pages.units.words import said
from services.planning.parameters import MIB
from services.planning.people.domain import Category
from services.planning.people.files import usecases as people_files
from services.planning.people.files.columns import COLUMNS
from services.planning.people.files.domain import Change
from services.planning.people.files.reading import PeopleFileReader
from services.planning.settings import Settings
from shared.files.store import FileStore
from shared.http.addresses import PEOPLE
from shared.indonesian import day

WORDS = Words(
    home="Orang",
    what="orang",
    key="Nomor pegawai",
    entered="dimasukkan",
    sure="",
    sample="",
    after="Mereka kini dapat ditunjuk sebagai penangan dan pengganti, dan dihitung dalam cakupan.",
    steps=(("Ke daftar orang", PEOPLE),),
)
_HEADERS: Mapping[str, str] = {column.field: column.header for column in COLUMNS}


def router(settings: Settings, store: FileStore) -> APIRouter:
    """Return the pages with the limits of `settings`."""
    reader = PeopleFileReader(
        packed_bytes=settings.workbook_max_mib * MIB,
        seconds=settings.workbook_seconds,
        at_once=settings.workbooks_at_once,
    )
    pages = ImportPages(
        base=PEOPLE,
        operations=("page_people_import", "page_send_people_import", "page_apply_people_import"),
        words=WORDS,
        columns=COLUMNS,
        reader=reader,
        check=people_files.check_people_file,
        write=people_files.import_people_file,
        line=_line,
        default_agency=settings.default_agency_id,
    )
    return pages.router(store)


def _line(change: Change) -> Line:
    before = change.before
    if before is None:
        return change.row, change.number, "baru", [change.after["name"]]
    changes = [
        f"{_HEADERS[name]}: {_said(before[name])} menjadi {_said(change.after[name])}"
        for name in change.changed_fields
    ]
    return change.row, change.number, "berubah", changes


def _said(value: Any) -> str:
    """Return a field's value in words."""
    match value:
        case Category():
            return CATEGORIES[value]
        case date():
            return day(value)
        case tuple():
            return ", ".join(value) or said(None)
    return said(value)
