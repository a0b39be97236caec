"""Who may do what with complaints. Officers see the cases of their scope, handlers only their own."""

from shared.security.access import AccessMatrix, Operation

OFFICERS = frozenset(
    {"complaint_officer", "complaint_supervisor", "case_handler", "case_approver", "inspector"}
)

MATRIX = AccessMatrix(
    Operation("submit_report", (), "public", "Report something, with or without a name"),
    Operation("track_case", (), "public", "State and due time of a case by its tracking id"),
    Operation("list_channels", (), "public", "Open channels"),
    Operation("list_reportable_units", (), "public", "Units that a report may be about"),
    Operation("open_receipt_session", (), "public", "Show a receipt and get a session"),
    Operation("close_receipt_session", (), "public", "End a receipt session"),
    Operation("show_my_case", (), "public", "The reporter's own case, by receipt session"),
    Operation("complete_my_case", (), "public", "Give missing facts, by receipt session"),
    Operation("accept_answer", (), "public", "Accept the answer and close, by receipt session"),
    Operation("object_to_answer", (), "public", "Object to the answer, by receipt session"),
    Operation("withdraw_my_case", (), "public", "Withdraw the complaint for good, by receipt session"),
    Operation("enter_case", {"complaint_officer"}, "unit", "PP: enter a report taken at a desk"),
    Operation("list_cases", OFFICERS, "unit", "Cases in scope; a handler's are the assigned ones"),
    Operation("show_case", OFFICERS, "unit", "A case with its acts, answers and clocks"),
    Operation("list_overdue", OFFICERS, "unit", "Breached clocks that still run"),
    Operation("request_completion", {"complaint_officer", "case_handler"}, "unit", "PP, PH: ask for facts"),
    Operation(
        "confirm_completion",
        {"complaint_supervisor", "case_approver"},
        "unit",
        "KP, AT: confirm a late request for facts, not an own one",
    ),
    Operation("complete_case", {"complaint_officer"}, "unit", "PP: take missing facts on paper"),
    Operation("verify_case", {"complaint_officer"}, "unit", "PP: settle stream, class and unit"),
    Operation("dispose_case", {"complaint_supervisor"}, "unit", "KP: name the handler"),
    Operation("reassign_case", {"complaint_supervisor"}, "unit", "KP: name another handler"),
    Operation("proceed_case", {"complaint_officer"}, "unit", "PP: go on after the reporter's silence"),
    Operation("list_handlers", {"complaint_supervisor"}, "unit", "KP: who may be named in a unit"),
    Operation("enter_handler", {"complaint_supervisor"}, "unit", "KP: enter a handler of a unit"),
    Operation("remove_handler", {"complaint_supervisor"}, "unit", "KP: take a handler off a unit's list"),
    Operation("follow_up_case", {"case_handler"}, "unit", "PH, assigned: note a substantive act"),
    Operation("respond_case", {"case_handler"}, "unit", "PH, assigned: draft the answer"),
    Operation("approve_case", {"case_approver"}, "unit", "AT: approve the draft, not an own one"),
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
    Operation("page_leave", (), "public", "End the receipt session"),
)
