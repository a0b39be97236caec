"""Survey regimes as data, checked at load, and their exact index arithmetic.

Used by survey (capture, tallies) and by scoring (threshold verdicts).
"""

from shared.instruments.survey.arithmetic import (
    Indices,
    ItemSum,
    convert,
    indices,
    weighted_means,
)
from shared.instruments.survey.bounds import fewest_more, mean_needed, reachable
from shared.instruments.survey.load import InvalidRegimeDataError, grade_table, load, regime, regimes
from shared.instruments.survey.model import (
    Gate,
    GateCode,
    GradeTable,
    IndexCode,
    Instrument,
    Item,
    Regime,
    Scale,
)
from shared.instruments.survey.outlook import IndexOutlook, Outlook, Progress, floors, index_outlook, outlook
from shared.instruments.survey.sample import sample_size
from shared.instruments.survey.thresholds import ThresholdStatus, has_thresholds, threshold_status
from shared.kernel import Predicate

__all__ = [
    "Gate",
    "GateCode",
    "GradeTable",
    "IndexCode",
    "IndexOutlook",
    "Indices",
    "Instrument",
    "InvalidRegimeDataError",
    "Item",
    "ItemSum",
    "Outlook",
    "Predicate",
    "Progress",
    "Regime",
    "Scale",
    "ThresholdStatus",
    "convert",
    "fewest_more",
    "floors",
    "grade_table",
    "has_thresholds",
    "index_outlook",
    "indices",
    "load",
    "mean_needed",
    "outlook",
    "reachable",
    "regime",
    "regimes",
    "sample_size",
    "threshold_status",
    "weighted_means",
]
