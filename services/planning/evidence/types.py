"""Which files are taken as evidence: the name's extension, the first bytes and the inside must agree."""

import zipfile
from pathlib import PurePath
from typing import BinaryIO, ClassVar

from shared.kernel import DomainError

_HEAD_BYTES = 8192
_TAIL_BYTES = 2048
_MAX_MEMBERS = 10_000
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
_MAIN_PART = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}


class RefusedFileError(DomainError):
    """The file is not one of the kinds we take, or pretends to be one."""

    code: ClassVar[str] = "file_refused"


def check_content(file: BinaryIO, name: str) -> str:
    """Return the media type of a file whose extension and content agree; the position ends at the start.

    Raises `RefusedFileError` for an extension outside the list, for other content behind it, for two
    formats in one file (a PDF or picture that is also a ZIP), and for macros in an Office file.
    """
    extension = PurePath(name).suffix.lower()
    media_type = MEDIA_TYPES.get(extension)
    if media_type is None:
        allowed = ", ".join(suffix.removeprefix(".") for suffix in MEDIA_TYPES)
        raise RefusedFileError(f"Jenis berkas tidak diterima. Yang diterima: {allowed}.", field="file")
    head, tail = _ends(file)
    is_genuine = (
        _is_office(file, head, extension)
        if extension in _MAIN_PART
        else _is_plain(file, head, tail, media_type)
    )
    file.seek(0)
    if not is_genuine:
        raise RefusedFileError(f"Isi berkas bukan {extension.removeprefix('.')} yang utuh.", field="file")
    return media_type


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
    has_macro = any(name.lower().endswith("vbaproject.bin") for name in names)
    is_whole = {"[Content_Types].xml", _MAIN_PART[extension]} <= set(names)
    return is_whole and not has_macro and len(names) <= _MAX_MEMBERS
