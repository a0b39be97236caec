"""Which roles reach the content of cases, and that none of them does so without a second factor."""

import pytest

from services.complaints.access import MATRIX
from shared.security.roles import CASE_ROLES, MFA_ROLES, ROLES, TOKEN_ROLES
from shared.security.tokens import SecondFactorError
from tests.support.tokens import TestIssuer

WITHOUT_CASE_CONTENT = frozenset(
    {
        "list_calendar_years", "preview_due", "import_calendar_year", "change_calendar_year",
        "show_calendar_draft", "discard_calendar_draft", "preview_calendar_year", "confirm_calendar_year",
        "show_unit_calendar", "change_unit_days_off", "change_unit_week", "list_policies", "show_policy",
        "page_policies", "page_calendar", "page_calendar_year", "page_due", "page_import_calendar",
        "page_change_calendar", "page_send_calendar_change", "page_calendar_draft", "page_confirm_calendar",
        "page_ask_discard_calendar", "page_discard_calendar", "page_unit_calendar", "page_unit_week",
        "page_change_unit_week", "page_unit_days_off", "page_change_unit_days_off",
        "list_registered_channels", "show_channel", "open_channel", "change_channel", "publish_channel",
        "close_channel", "record_channel_test", "page_channel_register", "page_channel", "page_new_channel",
        "page_open_channel", "page_ask_channel_test", "page_do_channel_test", "page_ask_channel_act",
        "page_do_channel_act", "list_identity_reads", "list_custodians", "enter_custodian", "end_custodian",
        "list_retention_due", "list_handling_units", "show_handling_unit", "enter_handling_unit",
        "change_handling_unit", "end_handling_unit", "page_handling_units", "page_handling_unit",
        "page_new_handling_unit", "page_enter_handling_unit", "page_edit_handling_unit",
        "page_change_handling_unit", "page_ask_end_handling_unit", "page_end_handling_unit",
        "preview_policy_migration", "migrate_policy",
        "list_policy_migrations", "confirm_policy_migration",
    }
)  # fmt: skip
"""Operations of complaints that are not public and yet reveal nothing of a case."""
OF_STAFF_THEMSELVES = frozenset(
    {
        "report_gratification", "list_gratifications", "show_gratification", "complete_gratification",
        "list_nil_returns", "declare_conflict", "list_conflicts", "show_conflict", "assess_conflict",
        "decide_conflict", "finish_conflict", "show_conflict_map", "enter_map_entry", "change_map_entry",
        "confirm_map_entry", "retire_map_entry", "list_map_entry_versions", "review_conflict_map",
        "page_gifts", "page_report_gift", "page_send_gift", "page_gift", "page_nil",
        "page_ask_gift_act", "page_do_gift_act", "page_conflicts", "page_declare",
        "page_send_declaration", "page_conflict", "page_ask_conflict_act", "page_do_conflict_act",
        "page_map", "page_review_map", "page_new_entry", "page_enter_entry", "page_entry",
        "page_change_entry",
    }
)  # fmt: skip
"""What staff report and declare of themselves: others than they and their superiors see none of it."""

ONE_FACTOR: list[list[str]] = [
    [], ["pwd"], ["otp"], ["hwk"], ["swk"], ["sc"], ["fpt"], ["face"], ["pwd", "kba", "pin"], ["otp", "swk"],
    ["face", "fpt"], ["pwd", "sms"], ["pwd", "user", "geo"], ["pwd", "mca"],
]  # fmt: skip
"""Ways to log in that show one kind of what RFC 8176 names, however often."""
TWO_FACTORS = [["pwd", "otp"], ["mfa"], ["hwk", "fpt"], ["pin", "sc"], ["face", "pwd"]]


def readers_of_cases() -> set[str]:
    """Return the roles that some operation of complaints lets near the content of a case."""
    return {
        role
        for row in MATRIX
        if row.scope != "public" and row.id not in WITHOUT_CASE_CONTENT | OF_STAFF_THEMSELVES
        for role in row.roles
    }


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_that_reads_case_content_needs_a_second_factor(role: str) -> None:
    if role in readers_of_cases():
        assert role in CASE_ROLES
    if role in CASE_ROLES:
        assert role in MFA_ROLES


def test_the_rule_s_roles_all_need_a_second_factor() -> None:
    """Source: reliability.md section 7 (admin, custodian, officers, TPN) and its list of roles."""
    assert {
        "complaint_officer", "complaint_supervisor", "case_handler", "case_approver", "inspector",
        "custodian", "gratification_officer", "information_officer", "privacy_officer", "agency_head",
        "admin", "tpn",
    } == MFA_ROLES  # fmt: skip
    assert readers_of_cases()


def test_who_acts_on_what_others_reported_of_gifts_has_a_second_factor() -> None:
    assert all(
        set(MATRIX[act].roles) <= MFA_ROLES for act in ("settle_gratification", "show_giver", "return_nil")
    )


def test_who_sees_no_case_content_is_let_near_none() -> None:
    """Source: reliability.md section 7, rule 2: the administrator sees no case content."""
    assert "admin" not in readers_of_cases()


@pytest.mark.parametrize("role", sorted(TOKEN_ROLES))
async def test_a_token_without_a_second_factor_is_refused_for_these_roles_alone(role: str) -> None:
    issuer = TestIssuer()
    for amr in (..., *ONE_FACTOR):
        token = issuer.token(roles=["verifier", role], amr=amr)
        if role in MFA_ROLES:
            with pytest.raises(SecondFactorError):
                await issuer.verifier().principal(token)
        else:
            assert role in (await issuer.verifier().principal(token)).roles
    for amr in TWO_FACTORS:
        strong = issuer.token(roles=[role], amr=amr)
        assert (await issuer.verifier().principal(strong)).roles == {role}
