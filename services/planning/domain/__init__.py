"""What planning decides: units, programmes, activities, and what may be written into a worksheet."""

from services.planning.domain.layers import (
    Layer,
    OwnAssessmentError,
    WrongLayerError,
    check_writer,
    opposite_layers,
    own_assessment,
)
from services.planning.domain.plans import (
    Activity,
    ActivityNotPlannedError,
    ActivityState,
    Evidence,
    EvidenceMissingError,
    EvidenceUnknownError,
    Programme,
    ProgrammeExistsError,
    ProgrammeMissingError,
    Target,
    UnknownIndicatorError,
)
from services.planning.domain.units import Unit, UnitExistsError, UnitReservedError
from services.planning.domain.worksheets import (
    AnswersRefusedError,
    AnswerVersion,
    Draft,
    Origin,
    SentAnswer,
    Worksheet,
    check_answers,
)

__all__ = [
    "Activity",
    "ActivityNotPlannedError",
    "ActivityState",
    "AnswerVersion",
    "AnswersRefusedError",
    "Draft",
    "Evidence",
    "EvidenceMissingError",
    "EvidenceUnknownError",
    "Layer",
    "Origin",
    "OwnAssessmentError",
    "Programme",
    "ProgrammeExistsError",
    "ProgrammeMissingError",
    "SentAnswer",
    "Target",
    "Unit",
    "UnitExistsError",
    "UnitReservedError",
    "UnknownIndicatorError",
    "Worksheet",
    "WrongLayerError",
    "check_answers",
    "check_writer",
    "opposite_layers",
    "own_assessment",
]
