"""What people typed or chose survives every refusal of a form, over the real services.

Each form of every page is sent to the address of something that is there, with one field spoiled after the
other, with a version that is past, and by a browser whose session is gone; whatever is refused comes back
filled in, to be sent again, with the reason. Refusals that no field is the cause of (busy, too large, too
often, no space, an expired token, a fault) are in `tests/unit/http/test_typed.py`.
"""

import html
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from shared.http.state import state_of
from tests.support.database import DatabaseMaker
from tests.support.every_operation import Call, calling
from tests.support.every_service import BROWSER, running
from tests.support.forms import all_filled, filled
from tests.support.sample_requests import FORMS

WRONG = ("\x00", "x" * 7000, "x")
"""Beside nothing at all each field is sent one of these, in turn."""
CHOSEN = frozenset(
    {
        *("place", "decision", "is_name_hidden", "is_content_secret", "echelon", "zone"),
        *("has_service_function", "is_active", "layer", "team", "to_team", "role", "window"),
        *("unit", "jalur", "masa", "handler", "days", "kind_1", "removes", "stream", "streams", "case_class"),
        *("office", "period", "direction", "object_kind", "occasion", "giver_relation", "is_internal"),
        *("conflict_type", "concerns_superior", "act", "target", "category", "kind", "member", "state"),
        *("evidence", "document", "letter", "sptjm", "predicate", "giver", "kawasan", "wish"),
        *("agency", "source", "date_order", "encoding", "delimiter", "external_ref"),
    }
) | {field for (_, form), fields in FORMS.items() if form == "page_answers" for field in fields}
"""Fields that are chosen: nobody can send a choice that is not there, so none is given back."""
CHOSEN_IN = frozenset({("page_do_act", "unit_id"), ("page_answer_finding", "finding_id")})
"""The same, where a field of this name is typed elsewhere."""
OPTIONS = re.compile(r"letter:|shown-|proof-")
"""Names of choices that a page has for each of many things."""
BY_CASE = frozenset({"page_do_bulk"})
"""Forms that offer handlers of the chosen cases, of which the tests' are not there."""
OURS = frozenset({"website", "privacy_notice", "text_version", "response_id", "wait"})
"""Fields that our pages fill in beside those of `Pages.carried`, and the trap that nobody sees."""
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VERSIONS = ("version", "versi")
CLOSED = frozenset({"page_save_area"})
"""Forms of what is closed to the tests: what they hold is given back as it was sent."""
NOT_REACHED = frozenset({401, 403, 404, 405, 413, 415, 429})
"""Statuses that others than the form's own handler give, or one that did not find what it is about."""


class Browser(NamedTuple):
    """A browser before the forms of one service, and the fields that its pages carry for it.

    Last come the forms that nobody fills in: they end sessions and what others are about.
    """

    client: httpx2.AsyncClient
    calls: Sequence[Call]
    carried: frozenset[str]


@pytest.fixture(params=sorted({service for service, _ in FORMS}))
async def browser(
    request: pytest.FixtureRequest, make_database: DatabaseMaker, tmp_path: Path
) -> AsyncIterator[Browser]:
    name = request.param
    async with (
        running(name, await make_database(name), tmp_path) as service,
        calling(name, service) as caller,
    ):
        pages = state_of(service.app).pages
        assert pages is not None
        carried = frozenset(pages.carried)
        forms = [call for call in caller.calls if call.form is not None]
        forms.sort(key=lambda call: not set(call.form or ()) - carried - OURS)
        yield Browser(caller.client, forms, carried)


def lost(answer: httpx2.Response, call: Call, sent: Mapping[str, str], carried: frozenset[str]) -> list[str]:
    """Return the fields that a person filled in and cannot send again from this page, or copy from it.

    What has an id is chosen, so it is kept where it is offered.
    """
    typed = {
        name: value.strip()
        for name, value in sent.items()
        if value.strip()
        and name not in carried | OURS
        and not (ID.fullmatch(value) and f'value="{value}"' not in answer.text)
    }
    if not typed:
        return []
    beside = re.search(r'<section id="isian".*?</section>', answer.text, re.DOTALL)
    shown = html.unescape(beside[0]) if beside else ""
    forms = all_filled(answer.text, call.address)
    if not forms:
        return ["no form"]
    return min(
        (
            [
                name
                for name, value in typed.items()
                if form.get(name, "").strip() != value and f">\n{value}<" not in shown
            ]
            for form in forms
        ),
        key=len,
    )


def amiss(
    answer: httpx2.Response, call: Call, sent: Mapping[str, str], carried: frozenset[str]
) -> Iterator[str]:
    """Yield what is wrong with the page of a refusal."""
    if gone := lost(answer, call, sent, carried):
        yield f"loses {gone}"
    if not says_why(answer):
        yield "gives no reason"
    if answer.status_code == 412 and call.operation not in CLOSED:
        shown = [one.get("version") for one in all_filled(answer.text, call.address)]
        if shown and set(shown) == {"0"}:
            yield "is past when it is sent again"


def says_why(answer: httpx2.Response) -> bool:
    """Tell whether the page leads who sent the form to what is wrong with it."""
    return 'role="alert"' in answer.text or f"Kode {answer.status_code}" in answer.text


def spoiled(call: Call, ours: frozenset[str]) -> list[tuple[str, str]]:
    """Return the fields of a form to spoil, each with what; first of all a version that is past."""
    assert call.form is not None
    fields = [name for name in list(call.form)[:12] if name not in ours]
    past = [(name, "0") for name in VERSIONS if name in call.form]
    wrong = [(name, WRONG[at % len(WRONG)]) for at, name in enumerate(fields)]
    return [*past, *((name, "") for name in fields), *wrong, ("", "")]


async def test_whichever_field_is_refused_what_was_typed_comes_back(
    browser: Browser,
) -> None:
    faults, refused_by = [], set()
    for call in browser.calls:
        assert call.form is not None
        for field, value in spoiled(call, browser.carried | OURS):
            form = call.form if not field else {**call.form, field: value}
            files = call.files or None
            answer = await browser.client.post(call.address, data=form, files=files, headers=call.headers)
            if answer.status_code < 400:
                continue
            if answer.status_code not in NOT_REACHED:
                refused_by.add(call.operation)
            kept = {name: text for name, text in form.items() if "\x00" not in text}
            if call.operation in BY_CASE:
                kept.pop("handler", None)
            if field in CHOSEN or (call.operation, field) in CHOSEN_IN or OPTIONS.match(field):
                kept.pop(field, None)
            what = f"{call.operation}, {field}={value!r:.9}: {answer.status_code}"
            faults += [f"{what} {gone}" for gone in amiss(answer, call, kept, browser.carried)]
    filled_in = {call.operation for call in browser.calls if set(call.form or ()) - browser.carried - OURS}
    faults += [f"{operation} has refused nothing itself" for operation in sorted(filled_in - refused_by)]
    assert faults == []


async def test_what_was_typed_when_the_session_was_gone_is_sent_after_it_was_opened_again(
    browser: Browser,
) -> None:
    faults = []
    for call in browser.calls:
        assert call.form is not None
        if call.operation == "page_open_case" or not set(call.form) - browser.carried - OURS:
            continue
        answer = await browser.client.post(call.address, data=call.form, headers=BROWSER)
        if answer.status_code < 400:
            continue
        if gone := lost(answer, call, call.form, browser.carried):
            faults.append(f"{call.operation}: {answer.status_code} {gone}")
            continue
        again = filled(answer.text, call.address) or {}
        sent = await browser.client.post(call.address, data=again, headers=call.headers)
        if sent.status_code in (401, 404):
            faults.append(f"{call.operation}: {sent.status_code} when sent again")
    assert faults == []
