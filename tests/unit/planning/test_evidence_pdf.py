"""A PDF that acts by itself is refused, however it hides that; one that only shows is taken."""

import base64
import zlib

import pytest

from deploy.local.demo.evidence import pdf as sample_pdf
from services.planning.evidence import RefusedFileError
from services.planning.inspection.content import check_content
from services.planning.inspection.limits import Limits

JAVASCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"


def document(*objects: bytes, catalog: bytes = b"", start: bytes = b"") -> bytes:
    """Return a PDF with these objects from number 2 on; readers repair its missing cross-references."""
    file = b"%PDF-1.7\n" + start + b"1 0 obj\n<< /Type /Catalog " + catalog + b" >>\nendobj\n"
    for number, content in enumerate(objects, 2):
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return file + b"trailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), dictionary, content)


def packed(*objects: bytes, how: bytes = b"/Filter /FlateDecode", coat: str = "") -> bytes:
    """Return an object stream that holds these objects, numbered from 50."""
    places, body = [], b""
    for number, content in enumerate(objects, 50):
        places.append(b"%d %d" % (number, len(body)))
        body += content + b" "
    head = b" ".join(places) + b" "
    held = zlib.compress(head + body)
    if coat == "85":
        held = base64.a85encode(held) + b"~>"
    if coat == "hex":
        held = held.hex().encode() + b">"
    if coat == "twice":
        held = zlib.compress(held)
    return stream(held, b"/Type /ObjStm /N %d /First %d %s" % (len(objects), len(head), how))


def check(content: bytes, limits: Limits | None = None) -> None:
    check_content(content, "a.pdf", limits or Limits())


HONEST = {
    "text": sample_pdf("Notulen rapat", "12 Maret 2026"),
    "a first page to open on": document(b"<< >>", catalog=b"/OpenAction [2 0 R /XYZ null null 0]"),
    "a way to a page on opening": document(catalog=b"/OpenAction << /S /GoTo /D [2 0 R /Fit] >>"),
    "that way elsewhere": document(b"<< /S /GoTo /D [3 0 R /Fit] >>", catalog=b"/OpenAction 2 0 R"),
    "that way in an object stream": document(
        packed(b"<< /S /GoTo /D [3 0 R /Fit] >>"), catalog=b"/OpenAction 50 0 R"
    ),
    "an object stream": document(packed(b"<< /Type /Font >>", b"[1 2 3]")),
    "a coat of letters": document(packed(b"<< >>", how=b"/Filter [/ASCII85Decode /FlateDecode]", coat="85")),
    "a link": document(b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://menpan.go.id) >> >>"),
    "a picture": document(
        stream(b"\xff\xd8", b"/Subtype /Image /Width 4960 /Height 7016 /Filter /DCTDecode")
    ),
    "a signature": document(b"<< /Type /Sig /Filter /Adobe.PPKLite /Contents <00> >>"),
    "a word about scripts": sample_pdf("JavaScript dan OpenAction pada PDF"),
}


@pytest.mark.parametrize("case", HONEST)
def test_a_pdf_that_only_shows_is_taken(case: str) -> None:
    check(HONEST[case])


ESCAPED = b"<< /S /J#61va#53cript /JS (x) >>"
HOSTILE = {
    "a script": document(JAVASCRIPT),
    "a script on opening": document(catalog=b"/OpenAction << /S /JavaScript /JS (x) >>"),
    "scripts by name": document(catalog=b"/Names << /JavaScript << /Names [(a) 2 0 R] >> >>"),
    "a script with an escaped name": document(ESCAPED),
    "a script in an object stream": document(packed(b"<< /Type /Font >>", JAVASCRIPT)),
    "an escaped script in an object stream": document(packed(ESCAPED)),
    "a script under letters": document(
        packed(JAVASCRIPT, how=b"/Filter [/ASCII85Decode /FlateDecode]", coat="85")
    ),
    "a script under digits": document(
        packed(JAVASCRIPT, how=b"/Filter [/ASCIIHexDecode /FlateDecode]", coat="hex")
    ),
    "objects packed twice": document(
        packed(JAVASCRIPT, how=b"/Filter [/FlateDecode /FlateDecode]", coat="twice")
    ),
    "objects with a predictor": document(
        packed(b"<< >>", how=b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>")
    ),
    "objects packed as nobody does": document(
        stream(b"x", b"/Type /ObjStm /N 1 /First 4 /Filter /LZWDecode")
    ),
    "objects whose packing stands elsewhere": document(
        stream(b"x", b"/Type /ObjStm /N 1 /First 4 /Filter 9 0 R"), b"/FlateDecode"
    ),
    "objects behind a false beginning": document(
        stream(
            zlib.compress(zlib.compress(b"50 0 " + JAVASCRIPT)),
            b"/Type /ObjStm /N 1 /First 5 /Filter [/FlateDecode /FlateDecode] /X (\n9 0 obj\n<< )",
        )
    ),
    "a script in the middle of a stream": document(stream(b"7 0 obj " + JAVASCRIPT + b" endobj")),
    "a script behind the end": document() + JAVASCRIPT + b"\n%%EOF\n",
    "a script in an unreferenced, packed stream": document(stream(zlib.compress(JAVASCRIPT))),
    "a program": document(b"<< /S /Launch /F (cmd.exe) >>"),
    "a file within": document(
        b"<< /Type /Filespec /EF << /F 3 0 R >> >>", stream(b"x", b"/Type /EmbeddedFile")
    ),
    "files by name": document(catalog=b"/Names << /EmbeddedFiles << /Names [] >> >>"),
    "a file pinned to a page": document(b"<< /Subtype /FileAttachment >>"),
    "a form that sends": document(b"<< /S /SubmitForm /F (https://x.example) >>"),
    "a form of another kind": document(catalog=b"/AcroForm << /XFA [(a) 2 0 R] >>"),
    "an action of a page": document(b"<< /Type /Page /AA << /O << /S /URI /URI (https://x.example) >> >> >>"),
    "an address on opening": document(catalog=b"/OpenAction << /S /URI /URI (https://x.example) >>"),
    "an address on opening, elsewhere": document(
        b"<< /S /URI /URI (https://x.example) >>", catalog=b"/OpenAction 2 0 R"
    ),
    "something unknown on opening": document(catalog=b"/OpenAction 77 0 R"),
    "media that plays": document(b"<< /Subtype /RichMedia >>"),
    "a lock": document(catalog=b"/Encrypt 2 0 R"),
    "a vast picture": document(stream(b"x", b"/Subtype /Image /Width 100000 /Height 100000")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_pdf_that_acts_or_hides_is_refused_in_a_sentence(case: str) -> None:
    with pytest.raises(RefusedFileError, match=r"^(PDF|Gambar) .*\.$"):
        check(HOSTILE[case])


@pytest.mark.parametrize("place", range(0, 5000, 37))
def test_no_border_between_parts_hides_a_name(place: int) -> None:
    padding = b" " * ((1 << 20) - 2500 + place)
    with pytest.raises(RefusedFileError, match="skrip"):
        check(document(start=b"%" + padding + b"\n" + JAVASCRIPT))


def test_what_unfolds_too_far_is_stopped() -> None:
    bomb = document(stream(zlib.compress(bytes(4 << 20)), b"/Filter /FlateDecode"))
    assert len(bomb) < 10_000
    check(bomb)
    with pytest.raises(RefusedFileError, match="lebih besar dari 1 MiB"):
        check(bomb, Limits(unpacked_bytes=1 << 20))
