"""A PDF that acts by itself is refused, however it hides that; one that only shows is taken."""

import base64
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from deploy.local.demo.evidence import pdf as sample_pdf
from shared.files.inspection.content import check_content
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from tests.support.pictures import jpeg, jpeg_2000

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


def with_compressed_references(catalog: bytes = b"") -> bytes:
    """Return a whole PDF 1.7: catalog, pages and page in an object stream, references in another stream."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    held = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
    ]
    places = [sum(len(one) + 1 for one in held[:number]) for number in range(3)]
    head = b" ".join(b"%d %d" % (number + 1, place) for number, place in enumerate(places)) + b"\n"
    text = zlib.compress(b"BT 50 700 Td (Notulen rapat) Tj ET")
    file, starts = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    objects = {
        4: stream(text, b"/Filter /FlateDecode"),
        5: stream(
            zlib.compress(head + b" ".join(held)),
            b"/Type /ObjStm /N 3 /First %d /Filter /FlateDecode" % len(head),
        ),
    }
    for number, content in objects.items():
        starts[number] = len(file)
        file += b"%d 0 obj\r\n%s\r\nendobj\r\n" % (number, content)
    rows = [(0, 0, 255), *((2, 5, index) for index in range(3)), (1, starts[4], 0), (1, starts[5], 0)]
    rows.append((1, len(file), 0))
    table = b"".join(
        kind.to_bytes(1, "big") + to.to_bytes(3, "big") + bytes([more]) for kind, to, more in rows
    )
    predicted, before = b"", bytes(5)
    for place in range(0, len(table), 5):
        row = table[place : place + 5]
        predicted += b"\x02" + bytes((new - old) % 256 for new, old in zip(row, before, strict=True))
        before = row
    references = stream(
        zlib.compress(predicted),
        b"/Type /XRef /Size 7 /W [1 3 1] /Root 1 0 R /Filter /FlateDecode "
        b"/DecodeParms << /Predictor 12 /Columns 5 >>",
    )
    return file + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (references, len(file))


def check(content: bytes, limits: Limits | None = None) -> None:
    check_content(content, "a.pdf", limits or Limits())


HONEST = {
    "compressed references": with_compressed_references(b"/OpenAction [3 0 R /Fit]"),
    "a second version behind the first": sample_pdf("Notulen")
    + b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\ntrailer << /Prev 9 >>\n%%EOF\n",
    "runs": document(stream(bytes([3, 1, 2, 3, 4, 200, 7, 128]), b"/Filter /RunLengthDecode")),
    "a wrong length": document(stream(b"q Q").replace(b"/Length 3", b"/Length 9999")),
    "a length that stands elsewhere": document(stream(b"q Q").replace(b"/Length 3", b"/Length 9 0 R"), b"3"),
    "a list of words": document(stream(b"<rdf:li>stream</rdf:li>\nof\nstream of words", b"/Type /Metadata")),
    "objects on one line": document(b"<< >> endobj 9 0 obj " + stream(b"q Q")),
    "a dictionary with text and comments": document(
        stream(b"q Q", b"/X (a \\( b (c) >>) /Y <41 42> %% a comment ( <<\n/Z [1 (]) 2]")
    ),
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
    "objects that are not packed": document(stream(b"50 0 << >>", b"/Type /ObjStm /N 1 /First 5")),
    "a word in a title beside a first child": document(b"<< /Title (Live\\nstream (2024)) /First 5 0 R >>"),
    "a comment before a page to open on": document(b"<< >>", catalog=b"/OpenAction%x\n[2 0 R /Fit]"),
    "a form with a picture": document(
        stream(b"x", b"/Subtype /Form /Resources << /ProcSet [/PDF /Image] /XObject << /W 5 0 R >> >>")
    ),
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
    "a script of a body in space": document(b"<< /Type /3D /Subtype /U3D /OnInstantiate 9 0 R >>"),
    "a file within that names no type": document(b"<< /Type /Filespec /F (a.exe) /EF << /F 3 0 R >> >>"),
    "an action behind the way to a page": document(
        catalog=b"/OpenAction << /S /GoTo /D [2 0 R /Fit] /Next << /S /URI /URI (https://x.example) >> >>"
    ),
    "a way to a page that is only said": document(
        catalog=b"/OpenAction << /S /URI /URI (https://x.example /S /GoTo ) >>"
    ),
    "two kinds of one action": document(
        catalog=b"/OpenAction << /S /GoTo /S /URI /URI (https://x.example) >>"
    ),
    "an address far down in packed objects": document(
        b"<< /S /GoTo /D [3 0 R /Fit] >>",
        stream(
            zlib.compress(
                b"2 %d " % (3 << 20) + b" " * (3 << 20) + b"<< /S /URI /URI (https://x.example) >>"
            ),
            b"/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode",
        ),
        catalog=b"/OpenAction 2 0 R",
    ),
    "an address among packed objects told with a comment": document(
        b"<< /S /GoTo /D [3 0 R /Fit] >>",
        stream(b"%x\n2 0 << /S /URI /URI (https://x.example) >>", b"/Type /ObjStm /N 1 /First 7"),
        catalog=b"/OpenAction 2 0 R",
    ),
    "a vast JPEG of few words": document(
        stream(jpeg(60_000, 60_000), b"/Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode")
    ),
    "a vast JPEG, packed": document(
        stream(zlib.compress(jpeg(60_000, 60_000)), b"/Subtype /Image /Filter [/FlateDecode /DCTDecode]")
    ),
    "a vast JPEG under digits": document(
        stream(jpeg(60_000, 60_000).hex().encode() + b">", b"/Subtype /Image /Filter [/AHx /DCTDecode]")
    ),
    "a vast JPEG 2000 of few words": document(
        stream(jpeg_2000(60_000, 60_000), b"/Subtype /Image /Width 1 /Height 1 /Filter /JPXDecode")
    ),
    "a lock": document(catalog=b"/Encrypt 2 0 R"),
    "a vast picture": document(stream(b"x", b"/Subtype /Image /Width 100000 /Height 100000")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_pdf_that_acts_or_hides_is_refused_in_a_sentence(case: str) -> None:
    with pytest.raises(RefusedFileError, match=r"^(PDF|Gambar) .*\.$"):
        check(HOSTILE[case])


@pytest.mark.parametrize("place", range(0, 5000, 137))
def test_no_border_between_parts_hides_a_name(place: int) -> None:
    padding = b" " * ((1 << 20) - 2500 + place)
    with pytest.raises(RefusedFileError, match="skrip"):
        check(document(start=b"%" + padding + b"\n" + JAVASCRIPT))


def objects_behind(keyword: bytes, data: bytes | None = None) -> bytes:
    """Return a PDF whose object stream holds a script behind this keyword, or other data."""
    head = b"50 0 "
    held = zlib.compress(head + JAVASCRIPT) if data is None else data
    return document(
        b"<< /Type /ObjStm /N 1 /First %d /Filter /FlateDecode /Length %d >>%s%s\nendstream"
        % (len(head), len(held), keyword, held)
    )


@pytest.mark.parametrize(
    "keyword",
    [
        b"stream\n",
        b"stream \n",
        b"stream%x\n",
        b"stream\n\n",
        b"stream\n \r\n",
        b"%x\nstream\r",
        b"stream \t",
        b"stream%" + b"x" * 5000 + b"\n",
    ],
)
def test_whatever_stands_behind_the_keyword_hides_no_object(keyword: bytes) -> None:
    with pytest.raises(RefusedFileError, match=r"skrip|tidak dapat diperiksa"):
        check(objects_behind(keyword))


@pytest.mark.parametrize("data", [b"", b"xyz", zlib.compress(b"50 0 << >>")[:-6]])
def test_objects_that_do_not_unpack_to_their_end_are_refused(data: bytes) -> None:
    with pytest.raises(RefusedFileError, match="tidak dapat diperiksa"):
        check(objects_behind(b"stream\n", data))


COMMENTS = [
    b"%\n",
    b" %x\r",
    b"%a\n%b\n ",
    b"%" + b"x" * 200 + b"\n",
    b"%" + b"x" * 9000 + b"\n",
    b" " * 9000,
]


@pytest.mark.parametrize("gap", COMMENTS)
@pytest.mark.parametrize(
    "acting",
    [
        b"/Encrypt%s9 0 R",
        b"/AA%s<< /O 9 0 R >>",
        b"/AA 9%s0 R",
        b"/AcroForm << /XFA%s[(a) 9 0 R] >>",
        b"/OpenAction%s<< /S /URI /URI (https://x.example) >>",
    ],
)
def test_white_space_hides_no_value(gap: bytes, acting: bytes) -> None:
    with pytest.raises(RefusedFileError, match=r"^PDF "):
        check(document(catalog=acting.replace(b"%s", gap)))


@pytest.mark.parametrize("head", [b"2%\n0 obj", b"2%5\n0 obj", b"2 0%\nobj", b"2 0 obj%\n"])
def test_an_object_written_over_counts_on_opening(head: bytes) -> None:
    way, address = b"<< /S /GoTo /D [3 0 R /Fit] >>", b"<< /S /URI /URI (https://x.example) >>"
    start = b"2 0 obj\n%s\nendobj\n%s %s\nendobj\n" % (way, head, address)
    with pytest.raises(RefusedFileError, match="tindakan otomatis"):
        check(document(start=start, catalog=b"/OpenAction 2 0 R"))


@pytest.mark.parametrize(
    "size",
    [
        b"/W 1 /H 1 /Width 60000 /Height 60000",
        b"/Width 7 0 R /Height 1",
        b"/Width 7%\n0 R /Height 1",
        b"/Width%\n60000 /Height%\n60000",
        b"/Width 60000.0 /Height 60000",
        b"/Width 1 /Height 1 /Width 60000 /Height 60000",
    ],
)
def test_a_picture_counts_by_its_largest_size_and_only_by_one_that_is_seen(size: bytes) -> None:
    with pytest.raises(RefusedFileError, match=r"^(Gambar 60000 x 60000|PDF memuat gambar)"):
        check(document(stream(b"x", b"/Subtype/Image " + size)))


def test_names_before_long_lines_are_read_in_a_time_that_grows_with_the_file() -> None:
    for name in (b"/AA%", b"/XFA %", b"/Encrypt%\n%", b"/OpenAction%"):
        lines = (name * 30 + b"\n") * 4000
        with pytest.raises(RefusedFileError):
            check(document(stream(lines + name + b"x" * 300)))


def test_the_number_of_streams_is_bounded_in_a_sentence() -> None:
    many = document(*(stream(b"x") for _ in range(30)))
    check(many, Limits(streams=30))
    with pytest.raises(RefusedFileError, match=r"terlalu banyak aliran data \(paling banyak 29\)"):
        check(many, Limits(streams=29))


@pytest.mark.parametrize("case", ["no beginning", "one beginning", "far apart"])
def test_a_stream_without_a_clear_beginning_of_its_own_is_refused(case: str) -> None:
    bare = b"<< >>stream\n\nendstream\n"
    content = {
        "no beginning": b"%PDF-1.7\n" + bare + b"%%EOF\n",
        "one beginning": document(bare * 2),
        "far apart": document(b"<< /X (" + b" " * 70_000 + b") >>stream\n\nendstream\n"),
    }
    with pytest.raises(RefusedFileError, match="tidak dapat diperiksa"):
        check(content[case])


LETTERS = b"/Type /ObjStm /N 1 /First 5 /Filter /LZWDecode"
"""What hides in object streams packed so is not looked for: only that they are seen for what they are."""


@pytest.mark.parametrize(
    "objects",
    [
        b"<< %s /X <\n9 0 obj\n<<41>> /Length 1 >>stream\nx",
        b"<< %s /X <\n9 0 obj\n<</Length 1>>> stream\nx",
        b"<< %s /X [\n9 0 obj\n<< /Length 1 >>] >>stream\nx",
        b"<< /Length 1 >> %%9 0 obj << %s >>\nstream\nx",
        b"<< %s >> %%9 0 obj << /Length 1 >>\nstream\nx",
        b"<< %s /X (" + b" " * 70_000 + b") >>\nstream\nx",
        b"<< %s /X (\\)\n9 0 obj\n<< /Length 1 /Y (a) ) >>\nstream\nx",
    ],
)
def test_nothing_in_a_dictionary_hides_that_its_stream_holds_objects(objects: bytes) -> None:
    with pytest.raises(RefusedFileError, match="tidak dapat diperiksa"):
        check(document(objects % LETTERS + b"\nendstream"))


@pytest.mark.parametrize(
    "how",
    [
        b"/Type /ObjStm /N 1 /First 5 /F /LZW",
        b"/Type /ObjStm /N 1 /First 5 /F [/A85 /LZW]",
        b"/Type /ObjStm /N 1 /First 5 /F (elsewhere.bin)",
        b"/Type /ObjStm /N 1 /First 9 0 R",
        b"/Type /ObjStm /N 1 /First%\n5",
        b"/Type /ObjStm /N 1 /First 5 /First 7",
        b"/Type /ObjStm /N 1",
        b"/Type /ObjStm /N 1 /First 5 /DP << /Predictor 12 >>",
        b"/Type /ObjStm /N 1 /First 5 /Filter%\n/LZWDecode",
    ],
)
def test_objects_that_readers_may_find_elsewhere_are_refused(how: bytes) -> None:
    with pytest.raises(RefusedFileError, match="tidak dapat diperiksa"):
        check(document(stream(b"50 0 << >>", how)))


@cache
def lzw(content: bytes, early: int = 1) -> bytes:
    """Return LZW data as PDF has it; `early` is `/EarlyChange`."""
    table: dict[tuple[int, int], int] = {}
    codes, following, width, known = [(256, 9)], 258, 9, -1
    for value in content:
        longer = value if known < 0 else table.get((known, value))
        if longer is not None:
            known = longer
            continue
        codes.append((known, width))
        table[known, value], following = following, following + 1
        width = max(9, (following - 1 + early).bit_length())
        known = value
        if following > 4090:
            codes += [(known, width), (256, width)]
            table.clear()
            following, width, known = 258, 9, -1
    codes += [(known, width)] if known >= 0 else []
    bits = "".join(
        f"{code:0{size}b}" for code, size in [*codes, (257, max(9, (following + early).bit_length()))]
    )
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


FOUR_MIB = bytes(4 << 20)
DEFLATED = zlib.compress(FOUR_MIB)
UNFOLDING: Mapping[str, Callable[[], bytes]] = {
    "deflate": lambda: stream(DEFLATED, b"/Filter /FlateDecode"),
    "deflate by its short name": lambda: stream(DEFLATED, b"/Filter /Fl"),
    "deflate without its head": lambda: stream(b"xx" + DEFLATED[2:], b"/Filter /FlateDecode"),
    "deflate under digits": lambda: stream(
        DEFLATED.hex().encode() + b">", b"/Filter [/ASCIIHexDecode /FlateDecode]"
    ),
    "deflate under letters": lambda: stream(
        base64.a85encode(DEFLATED) + b"~>", b"/Filter [/A85 /FlateDecode]"
    ),
    "LZW": lambda: stream(lzw(FOUR_MIB), b"/Filter /LZWDecode"),
    "LZW that changes late": lambda: stream(
        lzw(FOUR_MIB, 0), b"/Filter /LZWDecode /DecodeParms << /EarlyChange 0 >>"
    ),
    "runs": lambda: stream(bytes([129, 0]) * (1 << 15) + b"\x80", b"/Filter /RunLengthDecode"),
    "an escaped name": lambda: stream(lzw(FOUR_MIB), b"/#46ilter /L#5aWDecode"),
    "without its end": lambda: document(stream(DEFLATED, b"/Filter /FlateDecode")).partition(b"\nendstream")[
        0
    ],
}


@pytest.mark.parametrize("case", UNFOLDING)
def test_data_count_as_they_unfold_whatever_packs_them(case: str) -> None:
    unfolding = document(UNFOLDING[case]())
    assert len(unfolding) < 1 << 18
    check(unfolding, Limits(unpacked_bytes=24 << 20))
    with pytest.raises(RefusedFileError, match="lebih besar dari 3 MiB"):
        check(unfolding, Limits(unpacked_bytes=3 << 20))


@pytest.mark.parametrize(
    "how",
    [
        b"/Filter [/FlateDecode /FlateDecode]",
        b"/Filter [/Fl /LZW]",
        b"/Filter [/FlateDecode /ASCII85Decode /RunLengthDecode]",
        b"/Filter /FlateDecode /Filter /FlateDecode",
        b"/Filter 9 0 R",
        b"/F [/Fl /Fl]",
    ],
)
def test_data_packed_twice_are_not_followed_and_refused(how: bytes) -> None:
    with pytest.raises(RefusedFileError, match="tidak dapat diperiksa"):
        check(document(stream(zlib.compress(zlib.compress(FOUR_MIB)), how)))


def test_what_unfolds_too_far_is_stopped() -> None:
    bomb = document(stream(zlib.compress(bytes(4 << 20)), b"/Filter /FlateDecode"))
    assert len(bomb) < 10_000
    check(bomb)
    with pytest.raises(RefusedFileError, match="lebih besar dari 1 MiB"):
        check(bomb, Limits(unpacked_bytes=1 << 20))
