"""A document that people read and keep: what it says block by block, whatever file it is written to.

All texts are plain text: no sign in them is markup. Everything that a writer needs stands here, its time too,
so that one document gives the same bytes wherever and whenever it is written.
"""

from dataclasses import dataclass
from datetime import datetime


class DocumentFaultError(ValueError):
    """A document of ours is not made as one can be written; a fault in the program."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part; `level` 1 is a chapter, and none is skipped on the way down."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or several; line ends are kept. A strong one is what its part comes to."""

    text: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small letters: where figures come from, how to read them."""

    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `share` is its part of the width beside those of the others."""

    title: str
    share: int = 1
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, a cell a column; a strong one is a sum of others."""

    cells: tuple[str, ...]
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a header that stands again on every page."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise DocumentFaultError("a row needs a cell for each column")


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign: in which capacity, and whose name is printed below, a line where it is empty."""

    capacity: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign side by side, below where and when."""

    dated: str
    places: tuple[Signature, ...]


Block = Heading | Paragraph | Note | Table | Signatures


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document.

    `footer` names it on every page beside the page's number, `mark` tells at the top of each what it is not
    yet (a draft), empty for nothing. `told_at` is the moment whose state it tells, never that of writing.
    """

    title: str
    subtitle: str
    footer: str
    mark: str
    told_at: datetime
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        if self.told_at.tzinfo is None:
            raise DocumentFaultError("the time of a document needs a zone")
        headings = [block for block in self.blocks if isinstance(block, Heading)]
        before = 0
        for heading in headings:
            if not 1 <= heading.level <= before + 1:
                raise DocumentFaultError(
                    f"a heading of level {heading.level} stands below one of level {before}"
                )
            before = heading.level
        if not all(text.strip() for text in (self.title, *(heading.text for heading in headings))):
            raise DocumentFaultError("a title or heading says nothing")
