"""Planning's tables, a file for each subject. Migrations create them; a test holds both in step."""

from services.planning.tables.assessors import ASSESSOR, ASSESSOR_TEAM, ASSIGNMENT, ASSIGNMENT_SHARE
from services.planning.tables.base import Table, columns_of, row_of
from services.planning.tables.evidence import EVIDENCE, EVIDENCE_REVISION, STORED_FILE
from services.planning.tables.nomination import (
    AGENCY_DOCUMENT,
    CANDIDACY,
    NOMINATION,
    PACKAGE,
    PACKAGE_PART,
    PRECONDITION,
    PREDICATE,
)
from services.planning.tables.people import (
    PERSON,
    PERSON_IDENTITY,
    PERSON_LOG_IN,
    SUBSTITUTION,
    PersonLogInRow,
)
from services.planning.tables.plan import ACTIVITY, PROGRAMME
from services.planning.tables.portal import PORTAL_PULL, PORTAL_REVIEW, PORTAL_TOKEN
from services.planning.tables.stages import FINDING, STAGE, STAGE_MOVE, STAGE_ROUND, STAGE_WINDOW
from services.planning.tables.units import AGENCY, UNIT, UnitRow
from services.planning.tables.wording import WORDING, WORDING_LOAD
from services.planning.tables.worksheets import ANSWER, WORKSHEET, WORKSHEET_IMPORT, AnswerRow

__all__ = [
    "ACTIVITY",
    "AGENCY",
    "AGENCY_DOCUMENT",
    "ANSWER",
    "ASSESSOR",
    "ASSESSOR_TEAM",
    "ASSIGNMENT",
    "ASSIGNMENT_SHARE",
    "CANDIDACY",
    "EVIDENCE",
    "EVIDENCE_REVISION",
    "FINDING",
    "NOMINATION",
    "PACKAGE",
    "PACKAGE_PART",
    "PERSON",
    "PERSON_IDENTITY",
    "PERSON_LOG_IN",
    "PORTAL_PULL",
    "PORTAL_REVIEW",
    "PORTAL_TOKEN",
    "PRECONDITION",
    "PREDICATE",
    "PROGRAMME",
    "STAGE",
    "STAGE_MOVE",
    "STAGE_ROUND",
    "STAGE_WINDOW",
    "STORED_FILE",
    "SUBSTITUTION",
    "UNIT",
    "WORDING",
    "WORDING_LOAD",
    "WORKSHEET",
    "WORKSHEET_IMPORT",
    "AnswerRow",
    "PersonLogInRow",
    "Table",
    "UnitRow",
    "columns_of",
    "row_of",
]
