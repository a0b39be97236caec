"""Who may do what with complaints.

Officers see the cases of their scope, handlers only their own, information officers only requests of theirs.
Which of these roles an act is for on a case of some kind is in the tables of acts (`cases/kinds`).
"""

from shared.security.access import AccessMatrix, Operation
from shared.security.roles import CASE_READERS

NAMERS = frozenset({"complaint_supervisor", "inspector"})
"""KP, and AP where no KP may: no case waits for one person alone."""
DESK = frozenset({"complaint_officer", "information_officer"})
"""Who takes in: complaints, or requests for information."""

REPORT_READERS = (CASE_READERS - {"case_handler"}) | {"agency_head"}
"""Who reads figures of all cases of a scope: everybody at the desk but those who see only their own."""

MATRIX = AccessMatrix(
    Operation("submit_report", (), "public", "Report something, with or without a name"),
    Operation("track_case", (), "public", "State and due time of a case by its tracking id"),
    Operation("list_channels", (), "public", "Open channels"),
    Operation("list_reportable_units", (), "public", "Units that a report may be about"),
    Operation("public_statistics", (), "public", "How many complaints each unit got in a year"),
    Operation("page_statistics", (), "public", "How many complaints each unit got in a year"),
    Operation("open_receipt_session", (), "public", "Show a receipt and get a session"),
    Operation("close_receipt_session", (), "public", "End a receipt session"),
    Operation("show_my_case", (), "public", "The reporter's own case, by receipt session"),
    Operation("complete_my_case", (), "public", "Give missing facts, by receipt session"),
    Operation("accept_answer", (), "public", "Accept the answer and close, by receipt session"),
    Operation("object_to_answer", (), "public", "Object to the answer, by receipt session"),
    Operation("withdraw_my_case", (), "public", "Withdraw the complaint for good, by receipt session"),
    Operation("reopen_my_case", (), "public", "Take up the closed case again, by receipt session"),
    Operation("appeal_my_case", (), "public", "Appeal against the end of the case, by receipt session"),
    Operation("enter_case", DESK, "unit", "PP, PPID: enter a report taken at a desk"),
    Operation("list_cases", CASE_READERS, "unit", "Cases in scope; a handler's are the assigned ones"),
    Operation("show_case", CASE_READERS, "unit", "A case with its acts, answers and clocks"),
    Operation("explain_deadlines", CASE_READERS, "unit", "Why each clock of a case is due when it is"),
    Operation("list_overdue", CASE_READERS, "unit", "Breached clocks that still run"),
    Operation("request_completion", DESK | {"case_handler"}, "unit", "PP, PPID, PH: ask for facts"),
    Operation(
        "confirm_completion",
        {"complaint_supervisor", "case_approver"},
        "unit",
        "KP, AT: confirm a late request for facts, not an own one",
    ),
    Operation("complete_case", DESK, "unit", "PP, PPID: take missing facts on paper"),
    Operation("verify_case", {"complaint_officer"}, "unit", "PP: settle stream, class and unit"),
    Operation("dispose_case", NAMERS, "unit", "KP, AP: name the handler"),
    Operation("reassign_case", NAMERS, "unit", "KP, AP: name another handler"),
    Operation("proceed_case", DESK, "unit", "PP, PPID: go on after the reporter's silence"),
    Operation("list_handlers", NAMERS, "unit", "KP, AP: who may be named in a unit"),
    Operation("enter_handler", NAMERS, "unit", "KP, AP: enter a handler of a unit"),
    Operation(
        "remove_handler",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP: take a handler off a unit's list",
    ),
    Operation(
        "list_handling_units", CASE_READERS | {"admin"}, "unit", "Who is appointed by decree to handle cases"
    ),
    Operation("show_handling_unit", CASE_READERS | {"admin"}, "unit", "A handling unit with its decree"),
    Operation(
        "enter_handling_unit",
        {"complaint_supervisor", "inspector", "admin"},
        "unit",
        "KP, AP: enter a handling unit and its decree",
    ),
    Operation(
        "change_handling_unit",
        {"complaint_supervisor", "inspector", "admin"},
        "unit",
        "KP, AP: enter what its decree says now, and its members",
    ),
    Operation(
        "end_handling_unit",
        {"complaint_supervisor", "inspector", "admin"},
        "unit",
        "KP, AP: end a handling unit; its cases go on",
    ),
    Operation("list_evaluations", REPORT_READERS, "unit", "Evaluations of handling"),
    Operation("evaluate_handling", NAMERS, "unit", "KP, AP: evaluate the handling of a period"),
    Operation("page_evaluations", REPORT_READERS, "unit", "Evaluations of handling, and their form"),
    Operation("page_evaluate", NAMERS, "unit", "KP, AP: evaluate the handling of a period"),
    Operation("report_handling", REPORT_READERS, "unit", "How the cases of a period were handled"),
    Operation("page_handling_report", REPORT_READERS, "unit", "How the cases of a period were handled"),
    Operation("page_handling_report_csv", REPORT_READERS, "unit", "The report's lines, as CSV"),
    Operation("page_handling_report_xlsx", REPORT_READERS, "unit", "The report's lines, as a workbook"),
    Operation("follow_up_case", {"case_handler"}, "unit", "PH, assigned: note a substantive act"),
    Operation(
        "respond_case",
        DESK | {"case_handler"},
        "unit",
        "PH, assigned; PP, PPID where theirs: draft the answer",
    ),
    Operation("extend_case", {"information_officer"}, "unit", "PPID: extend the time to answer once"),
    Operation(
        "confirm_extension",
        {"complaint_supervisor", "case_approver"},
        "unit",
        "KP, AT: confirm a late extension, not an own one",
    ),
    Operation("approve_case", {"case_approver"}, "unit", "AT: approve the draft, not an own one"),
    Operation("answer_in_person", {"complaint_officer"}, "unit", "PP: note an answer face to face"),
    Operation("order_inspection", NAMERS, "unit", "KP, AP: order an inspection"),
    Operation(
        "transfer_case",
        {"complaint_supervisor", "inspector", "information_officer"},
        "unit",
        "KP, AP, PPID: hand the case to another unit",
    ),
    Operation(
        "reclassify_case",
        {"complaint_officer", "complaint_supervisor"},
        "unit",
        "PP, KP: kind, stream, class",
    ),
    Operation(
        "confirm_reclassification",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP: confirm a late one that gives more time, not an own one",
    ),
    Operation("propose_dismissal", DESK | {"case_handler"}, "unit", "PP, PPID, PH: end it without an answer"),
    Operation(
        "confirm_dismissal",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP: confirm such an end, not an own one",
    ),
    Operation("refuse_dismissal", NAMERS, "unit", "KP, AP: keep the case open"),
    Operation(
        "reopen_case",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP: take up a closed case on new evidence",
    ),
    Operation(
        "uphold_appeal",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP, new to the case: decide that the appeal is right",
    ),
    Operation(
        "reject_appeal",
        {"complaint_supervisor", "inspector"},
        "unit",
        "KP, AP, new to the case: decide that the case stays ended",
    ),
    Operation("list_calendar_years", CASE_READERS | {"admin"}, "any", "Years, their decrees, who confirmed"),
    Operation("preview_due", CASE_READERS | {"admin"}, "any", "When something is due, and why"),
    Operation("import_calendar_year", {"admin"}, "national", "Draft a year's days off from a package"),
    Operation("change_calendar_year", {"admin"}, "national", "Draft a change of days off by a decree"),
    Operation("show_calendar_draft", {"admin"}, "national", "What waits for confirmation"),
    Operation("discard_calendar_draft", {"admin"}, "national", "Forget what waits for confirmation"),
    Operation("preview_calendar_year", {"admin"}, "national", "Which clocks a draft would move"),
    Operation("show_unit_calendar", CASE_READERS | {"admin"}, "unit", "Week, hours, own days off of a unit"),
    Operation(
        "change_unit_days_off", {"complaint_supervisor", "admin"}, "unit", "KP: days off of a unit's place"
    ),
    Operation("change_unit_week", {"complaint_supervisor", "admin"}, "unit", "KP: a unit's week and hours"),
    Operation("confirm_calendar_year", {"admin"}, "national", "Say that a decree for all agencies was read"),
    Operation("page_desk", CASE_READERS, "unit", "Cases in scope, by the time left"),
    Operation("page_desk_file", CASE_READERS, "unit", "What the desk shows, as a file"),
    Operation("list_policies", CASE_READERS | {"admin"}, "any", "Deadline policies with their sources"),
    Operation("show_policy", CASE_READERS | {"admin"}, "any", "One version of a deadline policy"),
    Operation("page_policies", CASE_READERS, "any", "Deadlines in force, with their sources"),
    Operation("page_case", CASE_READERS, "unit", "A case with its acts, answers and clocks"),
    Operation("page_home", (), "public", "Start page"),
    Operation("page_report", (), "public", "Form of a report"),
    Operation("page_send_report", (), "public", "Send the form; shows the receipt once"),
    Operation("page_received", (), "public", "The receipt of the report just sent"),
    Operation("page_end_received", (), "public", "Forget that receipt in this browser"),
    Operation("page_track", (), "public", "Form of the receipt"),
    Operation("page_open_case", (), "public", "Show the receipt"),
    Operation("page_my_case", (), "public", "The reporter's own case"),
    Operation("page_complete", (), "public", "Give missing facts"),
    Operation("page_confirm_accept", (), "public", "What accepting means"),
    Operation("page_accept", (), "public", "Accept the answer and close"),
    Operation("page_object", (), "public", "Form of an objection to the answer"),
    Operation("page_send_objection", (), "public", "Object to the answer"),
    Operation("page_confirm_withdraw", (), "public", "What withdrawing means"),
    Operation("page_withdraw", (), "public", "Withdraw the complaint for good"),
    Operation("page_reopen", (), "public", "Form of why a closed case is taken up again"),
    Operation("page_send_reopening", (), "public", "Take up the closed case again"),
    Operation("page_appeal", (), "public", "Form of an appeal against the end"),
    Operation("page_send_appeal", (), "public", "Appeal against the end of the case"),
    Operation("page_leave", (), "public", "End the receipt session"),
)
