"""A service's refusal in English: the command line speaks one language, the service's own words follow.

    zi: the unit has no programme of that year
      detail: Unit kantor-a belum memiliki program tahun 2031.

Sentences go by the problem's stable `code`; a code of a newer service is shown as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

REFUSALS: Mapping[str, str] = {
    "act_incomplete": "something that this act requires is missing",
    "activity_not_planned": "only a planned activity can be completed",
    "agency_needed": "you have several agencies; name one with --agency",
    "agency_type_unknown": "there is no such type of agency",
    "already_answered": "this invitation has been used for an answer already",
    "answers_anonymous": "the answers are anonymous or erased by now: nobody can find this person's any more",
    "answers_invalid": "some answers of the questionnaire are not right, so nothing was stored",
    "answers_refused": "some answers cannot stand, so nothing was written",
    "assessor_exists": "the person is in the team already",
    "assessor_unknown": "an assessor named is not an active member of the team",
    "body_slow": "the request did not arrive whole in time; send it again",
    "body_too_large": "what was sent is too large",
    "busy": "the service is busy just now; try again in a moment",
    "campaign_closed": "the campaign takes no answers just now",
    "campaign_invalid": "the campaign cannot be set up like this",
    "campaign_overlaps": "another campaign of the unit covers part of this period",
    "campaign_state": "the campaign's state does not allow this",
    "charset_unsupported": "text must be UTF-8",
    "clock_held": "the service does not trust its clock just now; try again",
    "closed_window": "today lies outside the window of this stage",
    "completion_time_left": "the reporter still has time to complete the report; proceed when it is over",
    "consent_final": "the person has withdrawn from this survey, which is final",
    "consent_given": "consent was given; only withdrawing takes it back",
    "consent_text_outdated": "the consent text has changed since; show it anew and ask again",
    "cross_site": "the form was sent from another site",
    "cursor_invalid": "--cursor is not one that a list gave; leave it out to begin at the first page",
    "database_away": "the service cannot reach its database just now; nothing was changed, try again",
    "decree_date": "the date of the decree cannot be right",
    "decree_differs": "that is not the number of the decree that the calendar was entered with",
    "decree_unknown": "the calendar of that year was entered without a decree, so there is none to confirm",
    "differences_unexplained": "assessors differ without a reason; write a note at each of the items named",
    "domain_error": "the service refused",
    "evidence_full": "the item has as much evidence as an item can have",
    "evidence_missing": "evidence of a required kind is missing",
    "evidence_unknown": "there is no such evidence in this unit",
    "file_corrupt": "the stored file is not the one that was uploaded, so it is not served; tell an operator",
    "file_refused": "the file is of no kind that is taken, or is not what its name says",
    "file_too_large": "the file is too large",
    "finding_answered": "the finding has been answered already",
    "findings_open": "the unit has not answered all findings yet; `zi finding list` shows them",
    "forbidden": "your role does not allow this",
    "form_outdated": "the form was made for another session of this browser",
    "frozen_layer": "this layer is not written at this stage",
    "gates_failed": "the TPI's score does not reach every gate",
    "handler_elsewhere": "the officer's account reaches other units only and could not act in this one",
    "handler_not_in_unit": (
        "nobody of that name is known to handle complaints of the unit;"
        " `zi complaint handlers` lists who is, `zi complaint enter-handler` adds somebody"
    ),
    "idempotency_key_invalid": "the Idempotency-Key is not well formed",
    "idempotency_key_reused": "the Idempotency-Key was used for something else",
    "if_match_invalid": "the version given is not well formed",
    "illegal_transition": "its state does not allow this act",
    "incomplete_submit": "items are open: blank, partial or undefined",
    "intake_refused": "the report cannot be taken like this",
    "internal_error": "the service failed; the fault has been noted",
    "invalid_answer": "an answer cannot stand",
    "issuer_away": "the identity provider cannot be reached just now; try again",
    "login_failed": "logging in failed; start again",
    "merge_refused": "these two units cannot be merged as they stand",
    "minutes_over_limit": "more minutes are planned for the unit than may be",
    "method_not_allowed": "the service does not take this method here; is it older than this command?",
    "no_objection": "no objection waits for an answer",
    "no_consent": "there is no consent to answer or withdraw under",
    "not_assigned": "it is assigned to somebody else",
    "not_awarded": "the unit was given no predicate",
    "not_cleared": "not everybody who must clear the unit has done so",
    "not_nominated": "the unit was never proposed, so the national layer is not written",
    "nomination_exists": "the agency has a proposal of that year already; change that one",
    "nomination_refused": "the proposal cannot stand as it is; nothing was written",
    "nomination_state": "the proposal is in a state in which this cannot be done",
    "not_found": "there is nothing of that name, or not for you",
    "objection_open": "an objection is not answered, or may still be raised",
    "objection_spent": "the agency has objected already; it may do so once",
    "own_assessment": "nobody assesses what is their own",
    "own_proposal": "nobody confirms what they proposed themselves",
    "parent_refused": "the unit cannot stand below that one",
    "pause_cap_reached": "the clocks of this complaint have stood still for as long as they may",
    "policy_lost": "the rules that this clock runs under are no longer in the data; tell an operator",
    "precondition_required": "the version that the change is based on must be named",
    "preconditions_refused": "something that was told cannot stand; nothing was kept",
    "predicate_known": "the unit has this decree in the register already",
    "predicate_revoked": "the predicate was revoked already",
    "programme_exists": "the unit has a programme of that year already",
    "programme_missing": "the unit has no programme of that year",
    "proposal_changed": "what you would confirm is not what is proposed now",
    "rate_limited": "too many requests from your network; try again later",
    "address_invalid": "an address of evidence begins with http:// or https:// and has no spaces",
    "other_form": "a file stays a file, words stay words: add a new evidence instead",
    "reason_missing": "erasing answers needs a --reason",
    "mode_unclear": "--replace and --mode ask for two ways; give one",
    "request_refused": "the service could not read the request",
    "response_conflict": "an answer of this id was stored with other content",
    "round_not_yours": "another role of the team ends this round",
    "same_handler": "the complaint is handled by that officer already",
    "second_factor_required": "this needs a log-in with a second factor",
    "stale_version": "it was changed in the meantime; look again and repeat",
    "storage_away": "the file storage cannot be reached just now; nothing was changed, try again",
    "storage_full": "the service's storage is full; nothing was stored",
    "team_exists": "there is a team of that id already",
    "team_full": "the team has as many units of that year as it may",
    "team_unknown": "there is no such team, or not for this unit",
    "token_invalid": "the token is not valid (any more)",
    "token_unknown": "the invitation is not known, or was replaced by a newer one",
    "too_slow": "the service did not answer in time; try again",
    "unauthenticated": "a token is needed",
    "unit_file_refused": "the file of units was not taken over; nothing was written",
    "unit_exists": "there is a unit of that id already",
    "unit_merged": "the unit was merged into another one, which takes its new work",
    "unit_needed": "other units were merged into it; take them apart before it is closed",
    "unit_not_found": "there is no such unit, or not for you",
    "unit_not_merged": "the unit is not merged into another one",
    "unit_reserved": "that id has another meaning in the system; choose another",
    "unknown_indicator": "there is no such indicator in the LKE",
    "unknown_item": "there is no such item in the LKE",
    "unsupported_media_type": "files of this type are not taken here",
    "upload_gone": "the file is kept for an hour and is gone; upload it again",
    "validation_failed": "something given is not right",
    "wait_first": "too much is being sent; wait a while, then send this again",
    "window_invalid": "a window needs a first or a last day, in this order",
    "workbook_refused": "the workbook was not taken over; nothing was written",
    "wrong_layer": "your role does not write this layer",
    "year_out_of_reach": "programmes and surveys are opened for years near the present one only",
}
FAULTS: Mapping[str, str] = {
    "affirmation_agency": "may use afirmasi in local government only",
    "affirmation_kind": "is no kind of unit that afirmasi is for",
    "affirmation_not_offered": "cannot use afirmasi in that year",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "cell_empty": "must not be empty",
    "date_from_datetime_parsing": "must be a date as YYYY-MM-DD",
    "date_parsing": "must be a date as YYYY-MM-DD",
    "date_type": "must be a date as YYYY-MM-DD",
    "datetime_from_date_parsing": "must be a time as ISO 8601",
    "datetime_parsing": "must be a time as ISO 8601",
    "datetime_type": "must be a time as ISO 8601",
    "decimal_parsing": "must be a decimal number",
    "duplicate": "is named twice",
    "document_missing": "is not handed in yet",
    "document_undated": "has no number or date yet",
    "document_unknown": "is no paper of this agency and kind",
    "echelon_too_low": "is of too low an echelon",
    "echelon_unknown": "is no echelon",
    "empty": "must not be empty",
    "enum": "is none of the values allowed",
    "evidence_unknown": "names evidence that this unit does not have",
    "excel_error": "holds an error of Excel",
    "extra_forbidden": "is not known",
    "file_empty": "holds no units",
    "finding_open": "is a finding without an answer",
    "finite_number": "must be a finite number",
    "formula_without_value": "holds a formula whose value was never stored; open and save the file in Excel",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "header_missing": "has no header, or a header is missing",
    "header_twice": "is a header that stands there twice",
    "header_unknown": "is no header of this file",
    "in_the_past": "has passed already",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "integration_missing": "has no score of its integration",
    "integration_too_low": "is not integrated enough",
    "kawasan_fellow": "has a unit in its kawasan that does not pass",
    "kawasan_mixed": "mixes two predicates",
    "kawasan_too_small": "has too few units",
    "kawasan_unknown": "names a kawasan that is not listed",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "literal_error": "is none of the values allowed",
    "missing": "is required",
    "name_taken": "is the name of a registered unit already; is it another one?",
    "name_twice": "is the name of another unit of this file already; is it another one?",
    "nomination_withdrawn": "was withdrawn",
    "no_service_function": "serves nobody outside",
    "not_csv": "is not well-formed CSV",
    "not_replaceable": "may not be replaced",
    "not_run_here": "is run by the national team's own application",
    "not_text": "was turned into a date or number by Excel; format the cell as text and type it again",
    "not_utf8": "is not UTF-8; save it as CSV UTF-8 or as .xlsx",
    "not_xlsx": "is no whole .xlsx workbook without a password",
    "not_yes_or_no": "is neither yes nor no",
    "not_yours": "is for the head of the agency to choose, with a reason",
    "number_too_large": "is too large",
    "off_scale": "is not on the scale",
    "old_excel": "is an old .xls file; save it as .xlsx",
    "out_of_time": "must lie between 2000 and 2099",
    "own_assessment": "works for the unit",
    "parent_cycle": "leads back to the unit itself",
    "parent_merged": "is a unit that was merged into another",
    "parent_too_deep": "stands deeper than units may",
    "parent_unknown": "is a parent that is neither in the file nor in the agency",
    "precondition_unknown": "has a precondition of which nothing is known",
    "precondition_unmet": "does not meet a precondition",
    "programme_missing": "has no programme of that year",
    "proposal_void": "cannot be proposed: an offence voids it",
    "region_lookalike": "is spelt almost as another region that has more units; is it the same?",
    "required": "is required",
    "sheets_unread": "has further sheets that hold something; only the first is read",
    "string_pattern_mismatch": "is not of the right form",
    "string_too_long": "is too long",
    "string_too_short": "is too short",
    "string_type": "must be text",
    "text_control": "holds a line break or control character",
    "text_too_long": "is too long",
    "timezone_aware": "must name its zone",
    "too_deep": "is nested too deeply",
    "too_heavy": "is too heavy to be read",
    "too_large": "is too large",
    "too_late": "is later than allowed",
    "too_long": "has too many entries",
    "too_many_columns": "has too many columns",
    "too_many_rows": "has too many rows",
    "too_much_text": "holds too much text",
    "too_short": "has too few entries",
    "unit_elsewhere": "is the id of a unit outside this agency",
    "unit_id_invalid": "is not the form of a unit's id",
    "unit_inactive": "is closed",
    "unit_lookalike": "differs from another id only in capitals or zeros",
    "unit_merged": "is a unit that was merged into another",
    "unit_needed": "cannot be closed while others are merged into it",
    "unit_reserved": "has another meaning in the system",
    "unit_twice": "stands in the file twice",
    "unit_type_invalid": "is not the form of a kind of unit",
    "unit_unknown": "is no unit of this agency",
    "unknown": "is not known",
    "unknown_indicator": "is no indicator of the LKE",
    "unknown_item": "is no item",
    "unknown_precondition": "is no precondition",
    "unreadable": "cannot be read",
    "unstorable": "holds a character that cannot be stored",
    "uuid_parsing": "must be a UUID",
    "value_error": "is not right",
    "waits_after_revocation": "waits after a revocation",
    "wbk_mandiri": "has a WBK mandiri only, which does not count in that year",
    "wbk_missing": "has no valid earlier WBK",
    "wbk_revoked": "has a WBK that was revoked",
    "wrong_item_count": "is for another number of items",
    "year_out_of_reach": "is not near the present year",
    "zone_unknown": "is no time zone",
}
_PLACE = re.compile(r"^(?P<list>[a-z_]+)\.(?P<index>[0-9]+)(?:\.(?P<field>.+))?$")


def sentence(problem: Mapping[str, Any], status: int) -> str:
    """Return a refusal as lines: what it means, the service's own sentence, each fault with its place."""
    code = str(problem.get("code") or "")
    head = REFUSALS.get(code) or f"the service refused: {code or status}"
    lines = [head, *_detail(problem), *map(_fault, _faults(problem))]
    return "\n".join(lines)


def place(field: str) -> str:
    """Return where a fault is in words: `answers.0.item_code` is `answer 1, item code`."""
    found = _PLACE.match(field)
    if found is None:
        return field.replace("_", " ")
    within = f", {place(found['field'])}" if found["field"] else ""
    return f"{_singular(found['list']).replace('_', ' ')} {int(found['index']) + 1}{within}"


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _detail(problem: Mapping[str, Any]) -> Iterator[str]:
    if problem.get("detail"):
        yield f"  detail: {problem['detail']}"


def _faults(problem: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (fault for fault in problem.get("errors") or () if isinstance(fault, Mapping))


def _fault(fault: Mapping[str, Any]) -> str:
    code = str(fault.get("code") or "")
    where = place(str(fault.get("field") or "request"))
    what = FAULTS.get(code) or code.replace("_", " ") or "is not right"
    own = fault.get("message")
    return f"  {where}: {what}" + (f"\n    detail: {own}" if own else "")
