"""Who may do what with surveys. Respondents act by token: their operations are public."""

from shared.security.access import AccessMatrix, Operation
from shared.security.roles import UNIT_READERS

READERS = UNIT_READERS | {"survey_operator"}

MATRIX = AccessMatrix(
    Operation("create_campaign", {"survey_operator"}, "unit", "Make a draft campaign of a unit"),
    Operation("set_campaign_policies", {"agency_head"}, "unit", "Choose how a draft's answers are counted"),
    Operation("open_campaign", {"survey_operator"}, "unit", "Open a draft for answers"),
    Operation("close_campaign", {"unit_leader"}, "unit", "Close a campaign for good"),
    Operation("list_campaigns", READERS, "unit", "Campaigns in scope"),
    Operation("show_campaign", READERS, "unit", "A campaign with released figures and thresholds"),
    Operation("invite", {"survey_operator"}, "unit", "Make invitation tokens, shown once"),
    Operation("reissue_invitation", {"survey_operator"}, "unit", "Replace a token; the old one dies"),
    Operation(
        "withdraw_participant", {"survey_operator"}, "unit", "Withdraw a person who asked and lost the link"
    ),
    Operation("open_sheet", (), "public", "Consent text and questions behind a token"),
    Operation("decide_consent", (), "public", "Agree, refuse or put off, by token"),
    Operation("submit_response", (), "public", "Hand in a finished response, by token"),
    Operation("withdraw", (), "public", "Take consent and answers back, by token"),
    Operation("page_home", (), "public", "What this place is for"),
    Operation("page_campaigns", READERS, "unit", "Campaigns in scope, and whether each has answers enough"),
    Operation("page_campaigns_file", READERS, "unit", "What the list of campaigns shows, as a file"),
    Operation("page_results", (), "public", "Published results of surveys"),
    Operation("page_consent_text", (), "public", "A consent text in one of its versions"),
    Operation("page_invitation", (), "public", "Take a token out of the address"),
    Operation("page_sheet", (), "public", "Consent, questions or thanks, as the token stands"),
    Operation("page_consent", (), "public", "Send the decision"),
    Operation("page_answers", (), "public", "Send the answers"),
    Operation("page_confirm_withdrawal", (), "public", "What withdrawing means"),
    Operation("page_withdraw", (), "public", "Withdraw"),
    Operation("page_leave", (), "public", "Forget the invitation in this browser"),
)
