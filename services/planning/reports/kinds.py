"""Which reports there are, and in which formats."""

from enum import StrEnum


class ReportKind(StrEnum):
    """What is told: the evaluation, or the answers item by item."""

    LHE = "lhe"
    WORKSHEET = "worksheet"


class ReportFormat(StrEnum):
    """What it is told in; the words are the endings of the files."""

    PDF = "pdf"
    DOCX = "docx"
