"""Which files are taken: extension, first bytes and inside must agree, and nothing in them does harm."""

import io
import resource
import tempfile
import zipfile
from random import Random

import pytest

from deploy.local.demo.evidence import pdf as sample_pdf
from services.planning.evidence.taking import plain_name
from shared.files.checking import checked_type
from shared.files.inspection.content import check_content, media_type_of
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from shared.files.store import FileTooLargeError
from tests.support.pictures import chunk, jpeg, png
from tests.support.planning import PDF, office_file

DOCX, XLSX, PPTX = (
    office_file("word/document.xml"),
    office_file("xl/workbook.xml"),
    office_file("ppt/presentation.xml"),
)


JPEG, PNG = jpeg(), png()


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
def test_an_honest_file_is_taken(name: str, content: bytes, media_type: str) -> None:
    check_content(content, name, Limits())
    assert media_type_of(name) == media_type


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
    "a DOCX behind junk": ("a.docx", office_file("word/document.xml", before=b"#!/bin/sh\n")),
    "a cut DOCX": ("a.docx", DOCX[:-10]),
    "a DOCX with macros": ("a.docx", office_file("word/document.xml", "word/vbaProject.bin")),
    "macros in capitals": ("a.xlsx", office_file("xl/workbook.xml", "xl/VBAPROJECT.BIN")),
    "a macro extension": ("a.xlsm", XLSX),
    "a picture that is also a PDF": ("a.jpg", jpeg(comment=PDF)),
    "a PNG that is also a PDF": ("a.png", png(extra=chunk(b"tEXt", PDF))),
    "a DOCX that is also a PDF": ("a.docx", office_file("word/document.xml", **{"%PDF-1.4": PDF})),
    "a PNG with something between its ends": ("a.png", PNG + b"<script>" + PNG[-12:]),
    "a JPEG without a picture": ("a.jpg", b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9"),
    "a PNG of 100,000 x 100,000": ("a.png", png(100_000, 100_000)),
    "a PNG of nothing": ("a.png", png(0, 7)),
    "a JPEG of 65,535 x 65,535": ("a.jpg", jpeg(65_535, 65_535)),
    "a vast picture in a document": (
        "a.docx",
        office_file("word/document.xml", **{"word/media/a.png": png(100_000, 100_000)}),
    ),
    "a document type": (
        "a.docx",
        office_file("word/document.xml", **{"word/x.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}),
    ),
    "macros by content type": (
        "a.docx",
        office_file("word/document.xml", **{"word/activeX/activeX1.bin": b"x"}),
    ),
    "ten thousand members": ("a.docx", office_file("word/document.xml", *(f"m{n}" for n in range(10_000)))),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_pretends_is_refused(case: str) -> None:
    name, content = HOSTILE[case]
    with pytest.raises(RefusedFileError):
        check_content(content, name, Limits())


def stored_as(content: bytes, name: str, limit_bytes: int = 1 << 20) -> str:
    """Check as the service does: a file of its own, in a process of its own."""
    with tempfile.SpooledTemporaryFile(max_size=1 << 16) as file:
        file.write(content)
        found = checked_type(file, name, limit_bytes=limit_bytes)  # type: ignore[arg-type]
        assert file.tell() == 0
        assert file.read() == content
    return found


@pytest.mark.parametrize("content", [PDF, PDF[:-6] + b"%" + b" " * (1 << 17) + b"\n%%EOF\n"])
def test_a_file_is_looked_into_elsewhere_and_left_whole_at_its_start(content: bytes) -> None:
    assert stored_as(content, "sk.pdf") == "application/pdf"


def test_a_refusal_of_the_other_process_is_the_same_sentence() -> None:
    with pytest.raises(RefusedFileError, match=r"Gambar 100000 x 100000 titik; .* paling banyak 100 juta"):
        stored_as(png(100_000, 100_000), "foto.png")


def test_a_file_above_the_limit_never_gets_so_far() -> None:
    with pytest.raises(FileTooLargeError):
        stored_as(PDF + bytes(2048), "sk.pdf", limit_bytes=1024)


def test_a_bomb_is_stopped_while_it_unfolds_and_costs_the_service_no_memory() -> None:
    bomb = office_bomb()
    assert len(bomb) < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RefusedFileError, match="lebih besar dari 512 MiB"):
        stored_as(bomb, "a.docx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def office_bomb() -> bytes:
    """Return a document whose one picture unfolds to 600 MiB."""
    buffer = io.BytesIO(office_file("word/document.xml"))
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("word/media/a.bin", "w") as member,
    ):
        for _ in range(600):
            member.write(bytes(1 << 20))
    return buffer.getvalue()


def test_what_needs_more_memory_than_allowed_is_refused() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(PDF[:-6] + b"%" + b" " * (32 << 20) + b"\n%%EOF\n")
        with pytest.raises(RefusedFileError, match="terlalu berat"):
            checked_type(file, "a.pdf", limit_bytes=1 << 26, limits=Limits(memory_bytes=16 << 20))


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


@pytest.mark.parametrize("kind", ["pdf", "docx", "png", "jpg"])
def test_a_damaged_file_is_taken_or_refused_and_never_a_fault(kind: str) -> None:
    whole = {"pdf": sample_pdf("Notulen rapat"), "docx": DOCX, "png": PNG, "jpg": JPEG}[kind]
    chance = Random(kind)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        place, more = (
            chance.randrange(len(damaged)),
            chance.choice([b"", b"%\n", b"(", b">>", b"\xff" * 4, b"9" * 30]),
        )
        damaged[place : place + chance.randrange(5)] = more
        try:
            check_content(bytes(damaged), f"a.{kind}", Limits())
        except RefusedFileError:
            refused += 1
    assert refused > 0
