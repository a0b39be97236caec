"""Which files are taken: extension, first bytes and inside must agree."""

import io
import zipfile
import zlib
from struct import pack

import pytest

from services.planning.api.evidence import plain_name
from services.planning.evidence import RefusedFileError, check_content
from tests.support.planning import PDF, office

DOCX, XLSX, PPTX = office("word/document.xml"), office("xl/workbook.xml"), office("ppt/presentation.xml")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("sk.pdf", PDF, "application/pdf"),
        ("SK.PDF", PDF, "application/pdf"),
        ("foto.png", PNG, "image/png"),
        ("foto.jpg", JPEG, "image/jpeg"),
        ("foto.jpeg", JPEG, "image/jpeg"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.pptx", PPTX, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ],
)
def test_an_honest_file_is_taken_and_left_at_its_start(name: str, content: bytes, media_type: str) -> None:
    file = io.BytesIO(content)
    assert check_content(file, name) == media_type
    assert file.tell() == 0


def _plain_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    return buffer.getvalue()


HOSTILE = {
    "no extension": ("sk", PDF),
    "a hidden file": (".pdf", PDF),
    "a program": ("a.exe", b"MZ" + bytes(200)),
    "a script": ("a.svg", b"<svg onload='x()'/>"),
    "a page": ("a.html", b"<html>"),
    "a second extension": ("a.pdf.exe", PDF),
    "a trailing dot": ("a.pdf.", PDF),
    "a program named as PDF": ("a.pdf", b"MZ" + bytes(200)),
    "a page named as PDF": ("a.pdf", b"<html>%PDF-1.4 %%EOF"),
    "a page named as picture": ("a.png", b"<html>"),
    "a PNG named as JPEG": ("a.jpg", PNG),
    "a JPEG named as PNG": ("a.png", JPEG),
    "nothing": ("a.pdf", b""),
    "a cut PDF": ("a.pdf", PDF[:20]),
    "a cut PNG": ("a.png", PNG[:-6]),
    "a cut JPEG": ("a.jpg", JPEG[:-2]),
    "a PDF behind junk": ("a.pdf", b"junk" + PDF),
    "a PDF that is also a ZIP": ("a.pdf", PDF + _plain_zip()),
    "a ZIP that ends like a PDF": ("a.pdf", PDF + _plain_zip() + b"%%EOF"),
    "a picture that is also a ZIP": ("a.png", PNG + _plain_zip()),
    "any ZIP named as DOCX": ("a.docx", _plain_zip()),
    "an XLSX named as DOCX": ("a.docx", XLSX),
    "a DOCX named as XLSX": ("a.xlsx", DOCX),
    "a PDF named as DOCX": ("a.docx", PDF),
    "a DOCX behind junk": ("a.docx", office("word/document.xml", before=b"#!/bin/sh\n")),
    "a cut DOCX": ("a.docx", DOCX[:-10]),
    "a DOCX with macros": ("a.docx", office("word/document.xml", "word/vbaProject.bin")),
    "macros in capitals": ("a.xlsx", office("xl/workbook.xml", "xl/VBAPROJECT.BIN")),
    "a macro extension": ("a.xlsm", XLSX),
    "ten thousand members": ("a.docx", office("word/document.xml", *(f"m{n}" for n in range(10_000)))),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_pretends_is_refused(case: str) -> None:
    name, content = HOSTILE[case]
    with pytest.raises(RefusedFileError):
        check_content(io.BytesIO(content), name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\berkas\\SK tim.pdf", "SK tim.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        (None, ""),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_file_name_loses_folders_and_control_characters(given: str | None, kept: str) -> None:
    assert plain_name(given) == kept
