"""Which files are taken as evidence: the name's extension, the first bytes and the inside must agree."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO

from shared.files.inspection.limits import Limits
from shared.files.inspection.package import OLE_START, RefusedPackageError, check_package
from shared.files.inspection.pdf import check_pdf
from shared.files.inspection.pictures import check_jpeg, check_png, check_webp
from shared.files.inspection.refusal import NotWholeError, RefusedFileError

_HEAD_BYTES = 8192
_TAIL_BYTES = 2048
_PDF_REACH = 1024
"""So far into a file readers of PDF look for its start."""
_OFFICE = "application/vnd.openxmlformats-officedocument"

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
}
MEDIA_TYPES_OF_PHONES = MEDIA_TYPES | {".webp": "image/webp"}
"""What people send from telephones too."""
_MAIN_PART = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}


def media_type_of(name: str, taken: Mapping[str, str] = MEDIA_TYPES) -> str:
    """Return the media type that a file's extension claims; raises `RefusedFileError` outside the list."""
    media_type = taken.get(PurePath(name).suffix.lower())
    if media_type is None:
        allowed = ", ".join(suffix.removeprefix(".") for suffix in taken)
        raise RefusedFileError(f"Jenis berkas tidak diterima. Yang diterima: {allowed}.", field="file")
    return media_type


def check_content(content: bytes, name: str, limits: Limits, taken: Mapping[str, str] = MEDIA_TYPES) -> None:
    """Raise `RefusedFileError` unless extension and content agree and nothing in it does harm.

    Refused are other content behind an extension, two formats in one file (a PDF or picture that is also a
    ZIP, anything that is also a PDF), macros in an Office file, and what breaks a limit. Runs in the reading
    process.
    """
    extension, media_type = PurePath(name).suffix.lower(), media_type_of(name, taken)
    file = BytesIO(content)
    head, tail = _ends(file)
    if extension in _MAIN_PART and head.startswith(OLE_START):
        kind = extension.removeprefix(".")
        raise RefusedFileError(
            f"Berkas terkunci kata sandi atau berformat lama; simpan ulang sebagai {kind} tanpa kata sandi.",
            field="file",
        )
    is_genuine = (
        _is_office(file, head, extension)
        if extension in _MAIN_PART
        else _is_plain(file, head, tail, media_type)
    )
    if not is_genuine or (extension != ".pdf" and b"%PDF-" in head[:_PDF_REACH]):
        raise NotWholeError(extension.removeprefix("."))
    if extension == ".pdf":
        check_pdf(content, limits)
    elif extension == ".png":
        check_png(content, limits.pixels)
    elif extension in _MAIN_PART:
        _check_office(content, extension, limits)
    elif extension == ".webp":
        check_webp(content, limits.pixels)
    else:
        check_jpeg(content, limits.pixels)


def _check_office(content: bytes, extension: str, limits: Limits) -> None:
    """Unpack every member as far as the limits go, and look at what each is."""
    try:
        check_package(content, limits, takes_links=True)
    except RefusedPackageError as refused:
        if refused.reason == "not_xlsx":
            raise NotWholeError(extension.removeprefix(".")) from refused
        raise RefusedFileError(refused.said, field="file") from refused


def _ends(file: BinaryIO) -> tuple[bytes, bytes]:
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    return head, file.read(_TAIL_BYTES)


def _is_plain(file: BinaryIO, head: bytes, tail: bytes, media_type: str) -> bool:
    import filetype  # noqa: PLC0415 - only uploads need it

    has_end = {
        "application/pdf": head.startswith(b"%PDF-") and b"%%EOF" in tail,
        "image/png": tail.endswith(b"IEND\xaeB`\x82"),
        "image/jpeg": tail.rstrip(b"\0").endswith(b"\xff\xd9"),
        "image/webp": head.startswith(b"RIFF"),  # its length is told at its start, and looked at later
    }[media_type]
    return has_end and filetype.guess_mime(head) == media_type and not zipfile.is_zipfile(file)


def _is_office(file: BinaryIO, head: bytes, extension: str) -> bool:
    # A ZIP is read from its end: without this, anything may stand before it.
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    return {"[Content_Types].xml", _MAIN_PART[extension]} <= set(names)
