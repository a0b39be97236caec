"""Documents as PDF and DOCX: the same content in both, read back by other programs than wrote it."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from shared.documents.document import (
    Block,
    Column,
    Document,
    DocumentFaultError,
    Heading,
    Paragraph,
    Row,
    Signature,
    Signatures,
    Table,
)
from shared.documents.docx import docx_file
from shared.documents.letters import _EMBEDDED
from shared.documents.pdf import pdf_file, png_pages

HOSTILE = (
    '#panic("x") #read("/etc/passwd")',
    "$x^2$ *tebal* _miring_ `kode` @rujukan <label> = judul",
    "\\ \\u{41} // komentar /* lagi */ ] } ) [ { (",
    "<w:p>&amp;</w:p> ]]> %PDF (kurung",
    "\x00\x08\x1b[31m",
    "\u202eterbalik\u202c \u2067dalam\u2069 \u200f",
    "بسم الله الرحمن الرحيم שלום 中文 😀👨\u200d👩\u200d👧 e\u0301q\u0323",
    "a" * 10_000,
    "kata " * 2_000,
    "\ud800 \ufffe \ufdd0",
    "",
    "\n\n\n",
)


def text_of_pdf(content: bytes) -> str:
    """Return what is read from page to page, spaces and line ends made alike."""
    read = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return " ".join(read.split())


def tags_of(content: bytes) -> Iterator[str]:
    """Yield the tags of a PDF's structure in the order of reading."""

    def walk(node: object) -> Iterator[str]:
        told = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(told, list):
            for child in told:
                yield from walk(child)
        elif isinstance(told, DictionaryObject):
            if "/S" in told:
                yield str(told["/S"])
            yield from walk(told.get("/K"))

    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    yield from walk(root["/StructTreeRoot"]["/K"])


def with_blocks(document: Document, *blocks: Block) -> Document:
    return replace(document, blocks=blocks)


def test_a_pdf_is_tagged_and_says_that_it_is_pdf_ua(document: Document) -> None:
    content = pdf_file(document)
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert str(root["/Lang"]).startswith("id")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", content)


def test_a_pdf_tags_headings_paragraphs_and_the_header_cells_of_tables(document: Document) -> None:
    tags = list(tags_of(pdf_file(document)))
    assert tags.count("/TH") == 2
    assert tags.count("/TD") == 202
    assert tags.count("/TR") == 102
    assert {"/Title", "/H1", "/H2", "/P", "/Table", "/THead", "/TBody"} <= set(tags)
    assert tags.index("/H1") < tags.index("/H2") < tags.index("/Table")


def test_a_pdf_is_read_in_the_order_it_was_written(document: Document) -> None:
    read = text_of_pdf(pdf_file(document))
    wanted = [
        *("Laporan Uji", "Kantor A, 2026", "Hasil", "Dua dari tiga terpenuhi.", "Baris satu baris dua"),
        *("Rincian", "Nama Nilai", "Baris 1 1,00", "Baris 100 100,00", "Jumlah 5.050,00"),
        *("Dibulatkan ke dua", "Jakarta, 12 Maret 2026", "Ketua", "Kepala", "Budi Santoso"),
    ]
    places = [read.index(text) for text in wanted]
    assert places == sorted(places)


def test_every_page_names_the_document_its_number_and_what_it_is_not_yet(document: Document) -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf_file(document))).pages]
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"Laporan uji kantor-a 2026, versi 3 Halaman {number} dari {len(pages)}" in text
        assert text.startswith("DRAF")
        if "Baris" in text and number > 1:
            assert "Nama Nilai" in text


def test_a_docx_has_real_headings_and_marked_header_rows(document: Document) -> None:
    read = docx.Document(io.BytesIO(docx_file(document)))
    styles = [(one.style.name, one.text) for one in read.paragraphs if one.style and one.text]
    assert styles[:3] == [("Title", "Laporan Uji"), ("Subtitle", "Kantor A, 2026"), ("Heading 1", "Hasil")]
    assert ("Heading 2", "Rincian") in styles
    table = read.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["Nama", "Nilai"]
    marked = [row for row in table.rows if row._tr.find(f".//{qn('w:tblHeader')}") is not None]
    assert [row._index for row in marked] == [0]
    assert [cell.text for cell in table.rows[-1].cells] == ["Jumlah", "5.050,00"]
    assert "Baris satu\nbaris dua" in [one.text for one in read.paragraphs]


def test_a_docx_is_in_indonesian_and_its_properties_come_from_the_document(document: Document) -> None:
    content = docx_file(document)
    read = docx.Document(io.BytesIO(content))
    told = read.core_properties
    assert (told.title, told.language, told.author) == ("Laporan Uji", "id-ID", "")
    assert told.created == told.modified == document.told_at.replace(microsecond=0)
    languages = {one.get(qn("w:val")) for one in read.styles.element.iter(qn("w:lang"))}
    assert languages == {"id-ID"}
    assert "DRAF" in read.sections[0].header.paragraphs[0].text
    assert "versi 3\tHalaman" in read.sections[0].footer.paragraphs[0].text
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}


@pytest.mark.parametrize("written", [pdf_file, docx_file])
def test_equal_documents_give_equal_bytes_and_unlike_ones_do_not(
    document: Document, written: Callable[[Document], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(document)
    monkeypatch.setattr("zipfile.time.localtime", lambda *_: (2031, 1, 2, 3, 4, 5, 0, 0, 0))
    assert written(replace(document)) == first
    assert written(replace(document, footer="Versi lain")) != first
    assert written(replace(document, told_at=document.told_at + timedelta(minutes=1))) != first


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_is_markup_or_breaks_a_document(document: Document, text: str) -> None:
    hostile = Document(
        *(f"Judul {text}", text, text[:200], text[:200], document.told_at),
        blocks=(
            Heading(f"Bab {text}"),
            Paragraph(text),
            Table(
                (Column(text[:200]), Column("Nilai", is_number=True)), (Row((text, text), is_strong=True),)
            ),
            Signatures(text, (Signature(text, text),)),
        ),
    )
    assert pdf_file(hostile).startswith(b"%PDF-1.7")
    table = docx.Document(io.BytesIO(docx_file(hostile))).tables[0]
    assert (len(table.rows), len(table.columns)) == (2, 2)


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_markup_is_read_back_as_it_was_typed(document: Document, text: str) -> None:
    made = with_blocks(document, Paragraph(text))
    assert text.replace(" ", "") in text_of_pdf(pdf_file(made)).replace(" ", "")
    assert text in [one.text for one in docx.Document(io.BytesIO(docx_file(made))).paragraphs]


def test_every_letter_that_is_taken_for_embedded_is(document: Document) -> None:
    letters = [chr(one) for first, last in _EMBEDDED for one in range(first, last + 1)]
    side_by_side = "".join(letters)
    apart = " ".join(letters)
    read = pdf_file(with_blocks(document, Paragraph(side_by_side), Paragraph(apart)))
    assert "tidak dapat ditampilkan" not in text_of_pdf(read)


def test_a_letter_that_is_not_embedded_is_told_of_and_stands_in_the_docx(document: Document) -> None:
    made = with_blocks(document, Paragraph("中文 nilai"))
    assert "2 huruf tidak dapat ditampilkan" in text_of_pdf(pdf_file(made))
    assert docx.Document(io.BytesIO(docx_file(made))).paragraphs[-1].text == "中文 nilai"


def test_a_word_of_ten_thousand_letters_stays_on_its_page(document: Document) -> None:
    word = "x" * 10_000
    read = PdfReader(io.BytesIO(pdf_file(with_blocks(document, Paragraph(word)))))
    lines = [line for page in read.pages for line in page.extract_text().split("\n")]
    assert sum(line.count("x") for line in lines) == 10_000
    assert max(map(len, lines)) < 130


def test_a_document_needs_headings_without_gaps_a_zone_and_whole_rows(document: Document) -> None:
    with pytest.raises(DocumentFaultError, match="level 2 stands below"):
        with_blocks(document, Heading("Dua", level=2))
    with pytest.raises(DocumentFaultError, match="says nothing"):
        with_blocks(document, Heading(" "))
    with pytest.raises(DocumentFaultError, match="zone"):
        replace(document, told_at=document.told_at.replace(tzinfo=None))
    with pytest.raises(DocumentFaultError, match="cell for each column"):
        Table((Column("A"), Column("B")), (Row(("satu",)),))


def test_a_document_can_be_looked_at(document: Document) -> None:
    assert all(page.startswith(b"\x89PNG") for page in png_pages(document, ppi=20))
