"""Who may read scores. Scoring takes no answer over HTTP, so every row reads."""

from shared.security import AccessMatrix, Operation
from shared.security.roles import UNIT_READERS

READERS = UNIT_READERS | {"admin", "inspector", "survey_operator"}

MATRIX = AccessMatrix(
    Operation("list_units", READERS, "unit", "Scoreboard: the units in scope, highest first"),
    Operation("list_rankings", READERS, "unit", "Ranking of the units that are proposed for a predicate"),
    Operation("show_score", READERS, "unit", "A unit's score of one layer and mode"),
    Operation("explain_score", READERS, "unit", "Why a node or an item has its points"),
    Operation("list_gates", READERS, "unit", "All gates of both predicates"),
    Operation("list_survey_statuses", READERS, "unit", "Survey thresholds of a unit's campaigns"),
    Operation("list_changes", READERS, "unit", "What changed last, in words"),
    Operation("show_way", READERS, "unit", "The fewest better answers that reach a predicate"),
    Operation("show_sensitivity", READERS, "unit", "Which items a gate depends on most"),
    Operation("show_what_if", READERS, "unit", "What changed answers would do"),
    Operation("show_history", READERS, "unit", "A score day by day, and what changed between two days"),
    Operation("show_comparison", READERS, "unit", "Two years, layers or units beside each other"),
    Operation("page_start", (), "public", "Start page: report, track, log in"),
    Operation("page_apis", (), "public", "APIs and topics of all services"),
    Operation("page_board", READERS, "unit", "Scoreboard page"),
    Operation("page_unit", READERS, "unit", "A unit's page"),
    Operation("page_item", READERS, "unit", "Why a node or an item has its points"),
    Operation("page_way", READERS, "unit", "The way to a predicate"),
    Operation("page_suppose", READERS, "unit", "What changed answers would do, on a page"),
    Operation("page_history", READERS, "unit", "A unit's year as a story"),
    Operation("page_compare", READERS, "unit", "Two scores beside each other, on a page"),
    Operation("page_live", READERS, "unit", "Live changes of the scoreboard"),
    Operation("page_privacy", (), "public", "The privacy notice"),
    Operation("page_privacy_version", (), "public", "The privacy notice in one version"),
    Operation("page_unit_live", READERS, "unit", "Live changes of a unit's page"),
    Operation("page_old_unit", (), "public", "Leads on from a unit's old address"),
    Operation("page_old_unit_live", (), "public", "Leads on from a stream's old address"),
    Operation("page_old_item", (), "public", "Leads on from an item's old address"),
)
