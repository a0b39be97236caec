"""Files that do harm are refused on both ways in, by the field, in a sentence, and leave nothing behind."""

import zlib

import pytest

from tests.integration.planning.test_imports import send
from tests.support.pictures import apng, jpeg, png, tiff
from tests.support.planning import PDF, Planning, office_file
from tests.support.workbook import packed

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
LEADING = b'<x><Relationship Type="x/%s" Target="https://x.example/a" TargetMode="External"/></x>'
MACRO = b'<Types><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
DTD = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"


def pdf(content: bytes, dictionary: bytes = b"") -> bytes:
    return PDF.replace(
        b"endobj", b"endobj\n2 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj" % (dictionary, content)
    )


EVIDENCE = {
    "a script": ("a.pdf", pdf(zlib.compress(b"<< /S /JavaScript >>"), b"/Filter /FlateDecode"), "skrip"),
    "a lock": ("a.pdf", PDF.replace(b"trailer <<", b"trailer << /Encrypt%x\n2 0 R"), "terkunci"),
    "unclear packing": ("a.pdf", pdf(b"x", b"/Filter [/FlateDecode /FlateDecode]"), "tidak dapat diperiksa"),
    "a vast picture in PDF": ("a.pdf", pdf(jpeg(60_000, 60_000), b"/Filter /DCTDecode"), "juta titik"),
    "a vast PNG": ("a.png", png(60_000, 60_000), "juta titik"),
    "a vast PNG that moves": ("a.png", apng(5000, 5000, 5), "bukan png"),
    "a vast JPEG": ("a.jpg", jpeg(60_000, 60_000), "juta titik"),
    "a JPEG named as PNG": ("a.png", jpeg(), "bukan png"),
    "a TIFF": ("a.tiff", tiff(1, 1), "pdf, png, jpg"),
    "macros": ("a.docx", office_file("word/document.xml", **{"word/x.xml": MACRO}), "makro"),
    "a template elsewhere": (
        "a.docx",
        office_file("word/document.xml", **{"word/_rels/settings.xml.rels": LEADING % b"attachedTemplate"}),
        "tautan",
    ),
    "an object": ("a.pptx", office_file("ppt/presentation.xml", **{"ppt/embeddings/a.bin": OLE}), "OLE"),
    "a DTD": ("a.xlsx", office_file("xl/workbook.xml", **{"xl/a.xml": DTD}), "DTD"),
    "a vast picture in XLSX": (
        "a.xlsx",
        office_file("xl/workbook.xml", **{"xl/media/a.png": tiff(5000, 5000, 5)}),
        "bingkai",
    ),
    "an unknown encoding": (
        "a.docx",
        office_file("word/document.xml", **{"word/a.xml": b"<?xml version='1.0' encoding='x-odd'?><a/>"}),
        "utuh",
    ),
    "an old kind": ("a.docx", OLE, "kata sandi"),
}


@pytest.mark.parametrize("case", EVIDENCE)
async def test_hostile_evidence_is_refused_by_its_field(planning: Planning, case: str) -> None:
    name, content, said = EVIDENCE[case]
    unit = await planning.programme()
    answer = await planning.upload(unit, name, content)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (415, "file_refused", "file")
    assert said in problem["detail"]
    assert not [path for path in planning.settings.data_dir.rglob("*") if path.is_file()]


WORKBOOKS = {
    "macros": ({"xl/a.xml": MACRO}, "makro"),
    "a link that loads": ({"xl/_rels/a.xml.rels": LEADING % b"image"}, "tautan"),
    "another workbook": ({"xl/_rels/a.xml.rels": LEADING % b"externalLinkPath"}, "tautan"),
    "an object": ({"xl/embeddings/a.bin": OLE}, "OLE"),
    "a DTD": ({"xl/a.xml": DTD}, "DTD"),
    "a vast picture": ({"xl/media/a.png": jpeg(60_000, 60_000)}, "juta titik"),
    "one name twice": ({"XL/workbook.xml": b"<x/>"}, "utuh"),
    "an unknown encoding": ({"xl/a.xml": b"<?xml version='1.0' encoding='x-odd'?><a/>"}, "utuh"),
}


@pytest.mark.parametrize("case", WORKBOOKS)
async def test_a_hostile_workbook_is_refused_by_its_field(planning: Planning, case: str) -> None:
    members, said = WORKBOOKS[case]
    unit = await planning.programme()
    answer = await send(planning, unit, packed({}, members=members))
    problem = answer.json()
    assert (answer.status_code, problem["errors"][0]["field"]) == (422, "file")
    assert said in str(problem)
    assert not [path for path in planning.settings.data_dir.rglob("*") if path.is_file()]
