"""A document as DOCX: real headings, header rows marked as such, in Indonesian, black on white.

The library stamps the parts of its file with the time of writing; here they carry none, so that equal
documents give equal bytes. Imported where a document is written, for it takes long to load.
"""

import io
import zipfile
from functools import singledispatch
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from shared.documents.document import Block, Document, Heading, Note, Paragraph, Row, Signatures, Table
from shared.documents.letters import clean

_LANGUAGE = "id-ID"
_FONT = "Times New Roman"
_SIZES = {"Normal": 10, "Title": 18, "Subtitle": 11, "Heading 1": 13, "Heading 2": 11, "Heading 3": 10}
"""Points by style."""
_SMALL = 8.5
_WIDTH_MM, _HEIGHT_MM, _SIDE_MM = 210, 297, 18
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file knows."""
_LONGEST = 255
"""Letters of a property."""
_NAME_LINE = "." * 40


def docx_file(document: Document) -> bytes:
    """Return the file; equal documents give equal bytes."""
    word = docx.Document()
    _dress(word)
    _describe(word, document)
    _frame(word, document)
    word.add_paragraph(clean(document.title), "Title")
    if document.subtitle:
        word.add_paragraph(clean(document.subtitle), "Subtitle")
    for block in document.blocks:
        _write(block, word)
    content = io.BytesIO()
    word.save(content)
    return _timeless(content.getvalue())


@singledispatch
def _write(block: Block, word: Word) -> None:
    raise TypeError(f"{type(word).__name__} knows no {type(block).__name__}")


@_write.register
def _(block: Heading, word: Word) -> None:
    word.add_paragraph(clean(block.text), f"Heading {block.level}")


@_write.register
def _(block: Paragraph, word: Word) -> None:
    word.add_paragraph().add_run(clean(block.text)).bold = block.is_strong or None


@_write.register
def _(block: Note, word: Word) -> None:
    word.add_paragraph().add_run(clean(block.text)).font.size = Pt(_SMALL)


@_write.register
def _(block: Table, word: Word) -> None:
    table = word.add_table(rows=0, cols=len(block.columns), style="Table Grid")
    table.autofit = False
    whole = sum(column.share for column in block.columns)
    widths = [Mm((_WIDTH_MM - 2 * _SIDE_MM) * column.share // whole) for column in block.columns]
    for place, width in zip(table.columns, widths, strict=True):
        place.width = width
    head = Row(tuple(column.title for column in block.columns), is_strong=True)
    for number, row in enumerate((head, *block.rows)):
        made = table.add_row()
        if number == 0:
            _repeat(made)
        for cell, text, column, width in zip(made.cells, row.cells, block.columns, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            if column.is_number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run(clean(text))
            run.bold = row.is_strong or None
            run.font.size = Pt(_SMALL)
    word.add_paragraph()


@_write.register
def _(block: Signatures, word: Word) -> None:
    word.add_paragraph(clean(block.dated))
    table = word.add_table(rows=1, cols=len(block.places))
    for cell, place in zip(table.rows[0].cells, block.places, strict=True):
        cell.paragraphs[0].add_run(clean(place.capacity))
        for _ in range(3):
            cell.add_paragraph()
        cell.add_paragraph(clean(place.name) or _NAME_LINE)


def _dress(word: Word) -> None:
    """Give the styles one black face, and the text its language."""
    for name, points in _SIZES.items():
        style: Any = word.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(points), RGBColor(0, 0, 0)
        style.font.italic = False
        faces = style.element.rPr.rFonts
        for face in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            faces.attrib.pop(qn(f"w:{face}"), None)
        for border in style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.space_after = Pt(5)
    for language in word.styles.element.findall(f".//{qn('w:lang')}"):
        language.set(qn("w:val"), _LANGUAGE)
    themed = word.settings.element.find(qn("w:themeFontLang"))
    if themed is None:
        themed = OxmlElement("w:themeFontLang")
        word.settings.element.append(themed)
    themed.set(qn("w:val"), _LANGUAGE)


def _describe(word: Word, document: Document) -> None:
    told = word.core_properties
    told.title, told.subject = clean(document.title)[:_LONGEST], clean(document.footer)[:_LONGEST]
    told.language = _LANGUAGE
    told.author, told.comments, told.last_modified_by, told.revision = "", "", "", 1
    told.created = told.modified = document.told_at


def _frame(word: Word, document: Document) -> None:
    """Set the paper, the mark above, and name and page number below."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(_WIDTH_MM), Mm(_HEIGHT_MM)
    section.left_margin = section.right_margin = Mm(_SIDE_MM)
    section.top_margin = section.bottom_margin = Mm(20)
    if document.mark:
        mark = section.header.paragraphs[0]
        mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        mark.add_run(clean(document.mark)).bold = True
    footer = section.footer.paragraphs[0]
    stops = footer.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(_WIDTH_MM - 2 * _SIDE_MM), WD_TAB_ALIGNMENT.RIGHT)
    footer.style.paragraph_format.tab_stops.clear_all()
    for text, field in ((f"{clean(document.footer)}\tHalaman ", "PAGE"), (" dari ", "NUMPAGES")):
        footer.add_run(text).font.size = Pt(_SMALL)
        _add_field(footer, field)


def _add_field(paragraph: Any, name: str) -> None:
    """Add what Word computes itself, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = paragraph.add_run("1")
    run.font.size = Pt(_SMALL)
    field.append(run._r)  # noqa: SLF001 - the library has no fields
    paragraph._p.append(field)  # noqa: SLF001 - as above


def _repeat(row: Any) -> None:
    """Say of a row that it is a header and stands again on every page."""
    for name in ("w:cantSplit", "w:tblHeader"):
        row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - the library has no word for it


def _timeless(content: bytes) -> bytes:
    """Return the file with no time of writing in it, and without the library's own picture of a page."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as kept:
        for entry in given.infolist():
            told = zipfile.ZipInfo(entry.filename, _NO_TIME)
            told.compress_type = zipfile.ZIP_DEFLATED
            told.create_system = 0
            kept.writestr(told, given.read(entry))
    return made.getvalue()
