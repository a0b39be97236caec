"""Who may call what in planning; a test runs every row against every role."""

from services.planning.stages.domain.acts import ACTORS
from shared.security import SIGNED_IN, AccessMatrix, Operation
from shared.security.roles import UNIT_READERS

READERS = UNIT_READERS | {"admin"}
WORKSHEET_READERS = UNIT_READERS
WRITERS = {"unit_operator", "tpi", "tpn"}
"""Which of them writes which layer, and when, is decided by `layers` and `stages`."""
TEAM_READERS = {"admin", "tpi", "tpn", "agency_head", "verifier"}

MATRIX = AccessMatrix(
    Operation("create_unit", {"admin"}, "agency", "Register a unit"),
    Operation("change_unit", {"admin"}, "agency", "Change a unit's entry"),
    Operation("merge_unit", {"admin"}, "agency", "Merge a unit into another"),
    Operation("unmerge_unit", {"admin"}, "agency", "Let a merged unit work by itself again"),
    Operation("import_units", {"admin"}, "agency", "Take a file of units over into the register"),
    Operation("export_units", {"admin"}, "agency", "Write the register of units as a file"),
    Operation("page_units", {"admin"}, "agency", "See all units"),
    Operation("page_unit", {"admin"}, "agency", "See a unit's entry"),
    Operation("page_new_unit", {"admin"}, "agency", "See the form of a new unit"),
    Operation("page_create_unit", {"admin"}, "agency", "Register a unit on a page"),
    Operation("page_edit_unit", {"admin"}, "agency", "See a unit's entry as a form"),
    Operation("page_change_unit", {"admin"}, "agency", "Change a unit's entry on a page"),
    Operation("page_open_programme", {"admin"}, "agency", "Open a unit's programme on a page"),
    Operation("page_merge_unit", {"admin"}, "agency", "See what merging a unit does"),
    Operation("page_send_merge", {"admin"}, "agency", "Merge a unit on a page"),
    Operation("page_unmerge_unit", {"admin"}, "agency", "See what taking a merged unit apart does"),
    Operation("page_send_unmerge", {"admin"}, "agency", "Take a merged unit apart on a page"),
    Operation("page_import", {"admin"}, "agency", "See the form for a file of units"),
    Operation("page_send_import", {"admin"}, "agency", "See what a file of units would do"),
    Operation("page_apply_import", {"admin"}, "agency", "Take over the file that was looked at"),
    Operation("page_export", {"admin"}, "agency", "Write the register of units as a file, from a page"),
    Operation("page_first_day", {"admin"}, "agency", "See what the first day asks for"),
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
    Operation("add_reference", WRITERS, "unit", "Add words or an address as evidence"),
    Operation("revise_evidence", WRITERS, "unit", "Give an evidence file anew"),
    Operation("revise_reference", WRITERS, "unit", "Give words or an address of an evidence anew"),
    Operation("show_evidence", WORKSHEET_READERS, "unit", "Show an evidence, its revisions and uses"),
    Operation("list_evidence", WORKSHEET_READERS, "unit", "List a unit's evidence"),
    Operation("download_evidence", WORKSHEET_READERS, "unit", "Download an evidence file"),
    Operation("show_worksheet", WORKSHEET_READERS, "unit", "Show a worksheet, its layers side by side"),
    Operation("answer_worksheet", WRITERS, "unit", "Write answers of one layer"),
    Operation("list_answer_versions", WORKSHEET_READERS, "unit", "List the versions of one answer"),
    Operation("import_worksheet", WRITERS, "unit", "Take a workbook over into one layer"),
    Operation("show_lke_item", SIGNED_IN, "any", "Show a question of the LKE and what stands beside it"),
    Operation("show_wording", SIGNED_IN, "any", "Show the official texts of an edition"),
    Operation(
        "load_wording", {"admin"}, "national", "Load the official texts of an edition for all agencies"
    ),
    Operation("show_stage", READERS, "unit", "Show where an assessment stands, and what leads on"),
    Operation("act_on_stage", ACTORS, "unit", "Move an assessment: submit, return, propose, decide, ..."),
    Operation("list_rounds", WORKSHEET_READERS, "unit", "List what was handed in, round by round"),
    Operation("show_round", WORKSHEET_READERS, "unit", "Show a layer as it was handed in"),
    Operation("list_findings", WORKSHEET_READERS, "unit", "List the findings about a unit's year"),
    Operation("raise_finding", {"tpi"}, "unit", "Raise a finding that the unit answers"),
    Operation("answer_finding", {"unit_operator", "unit_leader"}, "unit", "Answer a finding"),
    Operation("list_windows", READERS, "unit", "List the announced windows of stages"),
    Operation("announce_window", {"admin"}, "agency", "Announce or move the window of a stage"),
    Operation("show_agency", READERS, "any", "Show of which type an agency is"),
    Operation("set_agency_type", {"admin"}, "agency", "Say of which type an agency is"),
    Operation("create_assessor_team", {"admin"}, "agency", "Enter a team of assessors"),
    Operation("list_assessor_teams", TEAM_READERS, "unit", "List teams of assessors"),
    Operation("register_assessor", {"admin"}, "agency", "Enter a person into a team of assessors"),
    Operation("change_assessor", {"admin"}, "agency", "Change an assessor's entry"),
    Operation("list_assessors", TEAM_READERS, "unit", "List assessors"),
    Operation("list_assessor_workload", TEAM_READERS, "unit", "Show the units and minutes of each team"),
    Operation("assign_assessor_team", {"admin"}, "agency", "Give a unit to a team of assessors"),
    Operation("page_home", (), "public", "What this place is for"),
)
