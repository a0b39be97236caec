"""A document as PDF/UA-1: tagged, in Indonesian, its letters embedded, so that a screen reader reads it.

Typst refuses what the standard does not allow. It has the fonts of its own package alone: a letter that they
lack is shown as `UNSHOWN`, and the document says how many; DOCX holds them all. Imported where a document is
written, for its library is a third of an image and not every service has it.
"""

import json
from pathlib import Path
from typing import Any

from typst import Compiler

from shared.documents.document import Document, Note
from shared.documents.letters import UNSHOWN, breakable, clean, embedded
from shared.documents.wire import plain

_TEMPLATE = Path(__file__).with_name("data") / "document.typ"
"""Read by its path: a template given as bytes gets a number of its own, and a process has 65,535 of them."""


def pdf_file(document: Document) -> bytes:
    """Return the file; equal documents give equal bytes.

    For a process that ends: typst keeps what it laid out for ten documents more, a gigabyte of large ones.
    """
    second = document.told_at.replace(microsecond=0)  # as exact as a PDF is
    made = _compiler(document).compile(format="pdf", pdf_standards=["ua-1"], timestamp=second)
    return made if isinstance(made, bytes) else b"".join(made or ())


def png_pages(document: Document, ppi: int = 72) -> list[bytes]:
    """Return pictures of its pages, to look at."""
    made = _compiler(document).compile(format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made or ())


def _compiler(document: Document) -> Compiler:
    given = json.dumps(_told(document), ensure_ascii=False)
    return Compiler(_TEMPLATE, ignore_system_fonts=True, sys_inputs={"document": given})


def _told(document: Document) -> dict[str, Any]:
    """Return the data of the template, with a remark below where a letter cannot be shown."""
    lost = 0

    def shown(text: str) -> str:
        nonlocal lost
        cleaned = clean(text)
        told = embedded(cleaned)
        lost += told.count(UNSHOWN) - cleaned.count(UNSHOWN)
        return breakable(told)

    given: dict[str, Any] = plain(document, shown)
    if lost:
        said = f"{lost} huruf tidak dapat ditampilkan dan ditulis {UNSHOWN}; berkas DOCX memuat semuanya."
        given["blocks"].append(plain(Note(said), shown))
    return given
