"""Office files: each member by its type and bytes, no macros, objects, loading links or traps of the ZIP."""

import io
import zipfile
import zlib
from collections.abc import Callable
from struct import pack, unpack
from xml.sax.saxutils import quoteattr

import pytest

from shared.files.inspection.content import check_content
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from tests.support.pictures import apng, bmp, chunk, frames, gif, jpeg, jpeg_2000, png, tiff, webp
from tests.support.planning import office_file

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(**members: bytes) -> bytes:
    return office_file("word/document.xml", **members)


def types(*overrides: tuple[str, str], encoding: str = "utf-8", before: str = "") -> bytes:
    """Return content types, with this text before the first of them."""
    found = "".join(
        f'<Override PartName="{part}" ContentType={quoteattr(kind)}/>' for part, kind in overrides
    )
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{head}<Types xmlns="urn:x"><!--{before}-->{found}</Types>'.encode(encoding)


def with_types(content_types: bytes, **members: bytes) -> bytes:
    """Return a document with these content types, not those of `office_file`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", content_types)
        for name, content in {"word/document.xml": b"<x/>", **members}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def leading(kind: str, mode: str = "External", family: str = OFFICE, prefix: str = "") -> bytes:
    """Return relationships with one of this kind."""
    one = f'{prefix}Relationship Type="{family}/{kind}" Target="https://x.example/a" TargetMode="{mode}"'
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<{prefix}Relationships {space}="urn:r"><{one}/></{prefix}Relationships>'.encode()


def text(*words: str) -> bytes:
    """Return a document with a field spread over these pieces."""
    runs = "".join(f"<w:r><w:instrText>{word}</w:instrText></w:r>" for word in words)
    return f'<w:document xmlns:w="{WORD}"><w:t>DDE adalah cara lama</w:t>{runs}</w:document>'.encode()


MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
RELS = "word/_rels/document.xml.rels"
HONEST = {
    "a link that is followed by hand": docx(**{RELS: leading("hyperlink")}),
    "such a link, strictly": docx(**{RELS: leading("hyperlink", family=STRICT)}),
    "a link to another workbook": office_file(
        "xl/workbook.xml",
        **{"xl/externalLinks/_rels/externalLink1.xml.rels": leading("externalLinkPath")},
    ),
    "the numbers of a chart": docx(**{"word/embeddings/a.xlsx": office_file("xl/workbook.xml")}),
    "a field that is no link": docx(**{"word/footer1.xml": text("PAGE ", "\\* MERGEFORMAT")}),
    "pictures": docx(
        **{
            "word/media/a": png(800, 600),
            "word/media/b": jpeg(800, 600, bytes(5 << 20)),
            "word/media/c": gif(800, 600, 20),
            "word/media/d": bmp(800, -600),
            "word/media/e": tiff(800, 600, 3),
            "word/media/f": tiff(800, 600, 3, ">"),
            "word/media/g": webp(800, 600),
            "word/media/h": webp(800, 600, 20),
            "word/media/i": apng(800, 600, 20),
            "word/media/j": jpeg_2000(800, 600),
            "word/media/k": b"BM no bitmap, II no TIFF",
        }
    ),
}


def told_behind() -> bytes:
    """Return a document as a writer makes it that cannot go back in its file."""

    class OneWay(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    buffer = OneWay()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, b"<x/>")
    return buffer.getvalue()


def told_long() -> bytes:
    """Return a document with 64-bit sizes throughout, as writers make it that do not know them before."""
    content = told_behind()
    end = content.rfind(b"PK\x05\x06")
    counted, size, start = unpack("<HII", content[end + 10 : end + 20])
    record = pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, counted, counted, size, start)
    locator = pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    last = pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return content[:end] + record + locator + last


HONEST["64-bit sizes"] = told_long()
HONEST["sizes told behind the members"] = told_behind()


@pytest.mark.parametrize("case", HONEST)
def test_a_document_without_anything_that_acts_is_taken(case: str) -> None:
    check_content(HONEST[case], "a.xlsx" if "workbook" in case else "a.docx", Limits())


HOSTILE = {
    "macros by their type": (with_types(types(("/word/document.xml", MACRO))), "makro"),
    "macros told far down": (with_types(types(("/x", MACRO), before="x" * 300_000)), "makro"),
    "macros in another encoding": (with_types(types(("/x", MACRO), encoding="utf-16")), "makro"),
    "macros in references to letters": (
        with_types(types(("/x", MACRO)).replace(b"macroEnabled", b"macro&#69;nabled")),
        "makro",
    ),
    "macros under another name": (
        with_types(types(("/word/a.bin", "application/vnd.ms-office.vbaProject")), **{"word/a.bin": b"x"}),
        "makro",
    ),
    "macros by relation": (docx(**{RELS: leading("vbaProject", "Internal")}), "makro"),
    "a sheet of macros": (docx(**{RELS: leading("xlMacrosheet", "Internal")}), "makro"),
    "macros in a document within": (
        docx(**{"word/embeddings/a.bin": office_file("xl/workbook.xml", "xl/vbaProject.bin")}),
        "makro",
    ),
    "a template elsewhere": (docx(**{"word/_rels/settings.xml.rels": leading("attachedTemplate")}), "tautan"),
    "a picture elsewhere": (docx(**{RELS: leading("image")}), "tautan"),
    "a frame elsewhere": (docx(**{RELS: leading("frame", " external ")}), "tautan"),
    "links under a prefix": (docx(**{RELS: leading("image", prefix="r:")}), "tautan"),
    "links in another encoding": (
        docx(**{RELS: leading("image").decode().encode("utf-16")}),
        "tautan",
    ),
    "a text of another kind": (docx(**{RELS: leading("aFChunk", "Internal")}), "naskah sisipan"),
    "an object elsewhere": (docx(**{RELS: leading("oleObject")}), "objek OLE"),
    "an object": (docx(**{"word/embeddings/oleObject1.bin": OLE}), "objek OLE"),
    "an object named as a picture": (docx(**{"word/media/a.png": OLE}), "objek OLE"),
    "a document within a document within": (
        docx(**{"word/embeddings/a.docx": docx(**{"word/embeddings/a.docx": docx()})}),
        "di dalam dokumen sisipan",
    ),
    "a program that is asked": (
        docx(**{"xl/externalLinks/externalLink1.xml": b'<x><ddeLink ddeService="cmd"/></x>'}),
        "tautan",
    ),
    "a field that asks a program": (docx(**{"word/x.xml": text("DDEAUTO c:\\\\cmd.exe")}), "tautan"),
    "such a field in pieces": (docx(**{"word/x.xml": text(" D", "DE", "AUTO cmd")}), "tautan"),
    "a simple field": (
        docx(**{"word/x.xml": f'<w:p xmlns:w="{WORD}"><w:fldSimple w:instr="dde cmd"/></w:p>'.encode()}),
        "tautan",
    ),
    "a DTD in a part that is XML by its type": (
        with_types(
            types(("/word/a.bin", "application/x+xml; charset=utf-8")),
            **{"word/a.bin": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"},
        ),
        "DTD",
    ),
    "a DTD in the content types": (with_types(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), "DTD"),
    "XML that ends early": (docx(**{"word/x.xml": b"<a>"}), "utuh"),
    "an unknown encoding": (docx(**{"word/x.xml": b"<?xml version='1.0' encoding='x-odd'?><a/>"}), "utuh"),
    "a lock": (OLE, "kata sandi"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_document_that_acts_or_hides_is_refused_in_a_sentence(case: str) -> None:
    content, said = HOSTILE[case]
    with pytest.raises(RefusedFileError, match=rf"{said}.*\.$"):
        check_content(content, "a.docx", Limits())


VAST = {
    "PNG": png(60_000, 60_000),
    "PNG that moves": apng(5000, 5000, 5),
    "JPEG": jpeg(60_000, 60_000),
    "JPEG behind five MiB": jpeg(60_000, 60_000, bytes(5 << 20)),
    "GIF": gif(60_000, 60_000),
    "GIF that moves": gif(5000, 5000, 5),
    "BMP": bmp(60_000, -60_000),
    "TIFF": tiff(60_000, 60_000),
    "TIFF of pages": tiff(5000, 5000, 5),
    "TIFF of pages, big end first": tiff(5000, 5000, 5, ">"),
    "WebP": webp(16_000, 16_000),
    "WebP that moves": webp(5000, 5000, 5),
    "JPEG 2000": jpeg_2000(60_000, 60_000),
}


@pytest.mark.parametrize("name", ["word/media/a.png", "word/media/a", "word/a.bin"])
@pytest.mark.parametrize("kind", VAST)
def test_a_picture_is_known_by_its_first_bytes_and_all_its_frames_count(kind: str, name: str) -> None:
    with pytest.raises(RefusedFileError, match=r"^Gambar .* paling banyak 100 juta titik\.$"):
        check_content(docx(**{name: VAST[kind]}), "a.docx", Limits())


def test_a_moving_png_is_another_kind_and_no_evidence_by_itself() -> None:
    with pytest.raises(RefusedFileError, match="bukan png"):
        check_content(apng(10, 10, 2), "a.png", Limits())
    with pytest.raises(RefusedFileError, match="lebih dari 4 bingkai"):
        check_content(png(extra=chunk(b"tEXt", b"x" * 9000) + frames(5000, 5000, 5)), "a.png", Limits())


def _twice() -> bytes:
    buffer = io.BytesIO(docx())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", b"<y/>")
    return buffer.getvalue()


def _told(name: bytes = b"word/document.xml", **told: int) -> bytes:
    """Return a document whose list tells something else of its last member than what is there."""
    content = bytearray(docx(**{"word/x.bin": b"abcdef"}))
    place = content.rfind(b"PK\x01\x02")
    for field, value in told.items():
        at = {"crc": 16, "packed": 20, "size": 24, "place": 42}[field]
        content[place + at : place + at + 4] = pack("<I", value)
    return bytes(content).replace(b"word/document.xml", name, 1)


def _moved(content: bytes, at: int, more: bytes) -> bytes:
    """Return a package with bytes put in there, and its list told to begin as much later."""
    end = content.rfind(b"PK\x05\x06")
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    tail = content[:end] + content[end : end + 16] + pack("<I", start + len(more)) + content[end + 20 :]
    return tail[:at] + more + tail[at:]


def _before_the_list(content: bytes) -> bytes:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    member = hidden.getvalue().partition(b"PK\x01\x02")[0]
    return _moved(content, content.find(b"PK\x01\x02"), member)


TRAPS: dict[str, Callable[[], bytes]] = {
    "one name twice": _twice,
    "one name in two cases": lambda: docx(**{"WORD/document.xml": b"<y/>"}),
    "one name in two writings": lambda: docx(**{"word/docume%6et.xml": b"<y/>"}),
    "a name that goes up": lambda: docx(**{"word/../x": b"x"}),
    "a name with a backslash": lambda: docx(**{"word\\x": b"x"}),
    "a head with another name": lambda: _told(name=b"word/documenT.xml"),
    "a smaller size in the list": lambda: _told(size=3, packed=3, crc=zlib.crc32(b"abc")),
    "a larger size in the list": lambda: _told(size=7),
    "another checksum": lambda: _told(crc=1),
    "a member within another": lambda: _told(place=0),
    "a member that is not listed": lambda: _before_the_list(docx()),
    "bytes behind the list": lambda: docx() + b"x",
    "a comment": lambda: docx()[:-2] + b"\x04\0<x/>",
    "two ends": lambda: docx() + docx()[-22:],
}


@pytest.mark.parametrize("case", TRAPS)
def test_a_package_that_readers_may_read_differently_is_refused(case: str) -> None:
    with pytest.raises(RefusedFileError, match="utuh"):
        check_content(TRAPS[case](), "a.docx", Limits())


def test_members_and_bytes_of_a_package_within_count_with_the_others() -> None:
    inner = office_file("xl/workbook.xml", *(f"xl/x{number}.xml" for number in range(30)))
    content = docx(**{"word/embeddings/a.xlsx": inner})
    check_content(content, "a.docx", Limits(members=35))
    with pytest.raises(RefusedFileError, match="lebih dari 34 bagian"):
        check_content(content, "a.docx", Limits(members=34))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<x/>")
        archive.writestr("x.bin", bytes(4 << 20))
    with pytest.raises(RefusedFileError, match="lebih besar dari 3 MiB"):
        check_content(docx(**{"a.bin": packed.getvalue()}), "a.docx", Limits(unpacked_bytes=3 << 20))
