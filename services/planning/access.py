"""Who may call what in planning; a test runs every row against every role."""

from shared.security import AccessMatrix, Operation
from shared.security.roles import UNIT_READERS

READERS = UNIT_READERS | {"admin"}
WORKSHEET_READERS = UNIT_READERS
WRITERS = {"unit_operator", "tpi", "tpn"}
"""Which of them writes which layer is decided by `domain.layers`."""

MATRIX = AccessMatrix(
    Operation("create_unit", {"admin"}, "agency", "Register a unit"),
    Operation("change_unit", {"admin"}, "agency", "Change a unit's entry"),
    Operation("list_units", READERS, "unit", "List units"),
    Operation("show_unit", READERS, "unit", "Show a unit"),
    Operation("create_programme", {"admin"}, "agency", "Open a unit's programme of a year"),
    Operation("list_programmes", READERS, "unit", "List programmes"),
    Operation("show_programme", READERS, "unit", "Show a unit's programme of a year"),
    Operation("plan_activity", {"unit_operator"}, "unit", "Add an activity to the work plan"),
    Operation("complete_activity", {"unit_operator"}, "unit", "Complete an activity with its evidence"),
    Operation("list_activities", READERS, "unit", "List the activities of a work plan"),
    Operation("show_activity", READERS, "unit", "Show an activity"),
    Operation("upload_evidence", WRITERS, "unit", "Upload an evidence file"),
    Operation("list_evidence", WORKSHEET_READERS, "unit", "List a unit's evidence"),
    Operation("download_evidence", WORKSHEET_READERS, "unit", "Download an evidence file"),
    Operation("show_worksheet", WORKSHEET_READERS, "unit", "Show a worksheet, its layers side by side"),
    Operation("answer_worksheet", WRITERS, "unit", "Write answers of one layer"),
    Operation("list_answer_versions", WORKSHEET_READERS, "unit", "List the versions of one answer"),
    Operation("import_worksheet", WRITERS, "unit", "Take a workbook over into one layer"),
    Operation("page_home", (), "public", "What this place is for"),
)
