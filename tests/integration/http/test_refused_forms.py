"""What people typed or chose survives every refusal of a form, over the real services.

Each form of every page is sent with one field spoiled after the other, and by a browser whose session is
gone; whatever is refused comes back filled in, to be sent again. Refusals that no field is the cause of
(busy, too large, too often, no space, an expired token, a fault) are in `tests/unit/http/test_typed.py`.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from shared.http.state import state_of
from tests.support.database import DatabaseMaker
from tests.support.every_operation import FORMS, Call, calling
from tests.support.every_service import BROWSER, running
from tests.support.forms import filled

SPOILS = ("", "x", "\x00", "x" * 7000)
CHOSEN = frozenset(
    {
        *("place", "decision", "is_name_hidden", "is_content_secret", "echelon", "zone"),
        *("has_service_function", "layer", "team", "to_team", "role", "window"),
        *("unit", "jalur", "masa", "handler"),
        *("office", "period", "direction", "object_kind", "occasion", "giver_relation"),
        *("conflict_type", "concerns_superior", "act"),
        *("agency", "source", "stream", "case_class", "date_order", "encoding", "delimiter"),
        *("external_ref",),
    }
) | {field for (_, form), fields in FORMS.items() if form == "page_answers" for field in fields}
"""Fields that are chosen: nobody can send a choice that is not there, so none is given back."""
BY_CASE = frozenset({"page_do_bulk"})
"""Forms that offer handlers of the chosen cases, of which the tests' are not there."""
OURS = frozenset({"website", "privacy_notice", "text_version", "response_id", "wait"})
"""Fields that our pages fill in beside those of `Pages.carried`, and the trap that nobody sees."""


class Browser(NamedTuple):
    """A browser before the forms of one service, and the fields that its pages carry for it."""

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
        forms = [call for call in caller.calls if call.form is not None]
        yield Browser(caller.client, forms, frozenset(pages.carried))


def lost(answer: httpx2.Response, call: Call, sent: dict[str, str], carried: frozenset[str]) -> list[str]:
    """Return the fields that a person filled in and cannot send again from this page."""
    typed = {
        name: value.strip() for name, value in sent.items() if value.strip() and name not in carried | OURS
    }
    if not typed:
        return []
    there = filled(answer.text, call.template)
    if there is None:
        return ["no form"]
    return [name for name, value in typed.items() if there.get(name, "").strip() != value]


async def test_whichever_field_is_refused_what_was_typed_comes_back(
    browser: Browser,
) -> None:
    faults, refused = [], set()
    for call in browser.calls:
        assert call.form is not None
        spoiled = [
            (field, value)
            for field in list(call.form)[:12]
            if field not in browser.carried | OURS
            for value in SPOILS
        ]
        for field, value in [*spoiled, ("", "")]:
            form = call.form if not field else {**call.form, field: value}
            answer = await browser.client.post(call.template, data=form, headers=call.headers)
            if answer.status_code < 400:
                continue
            refused.add(call.operation)
            kept = {name: text for name, text in form.items() if "\x00" not in text}
            if call.operation in BY_CASE:
                kept.pop("handler", None)
            if field in CHOSEN:
                kept.pop(field, None)
            if gone := lost(answer, call, kept, browser.carried):
                faults.append(f"{call.operation}, {field}={value!r:.9}: {answer.status_code} {gone}")
    assert faults == []
    assert len(refused) >= 2


async def test_what_was_typed_when_the_session_was_gone_is_sent_after_it_was_opened_again(
    browser: Browser,
) -> None:
    faults = []
    for call in browser.calls:
        assert call.form is not None
        if call.operation == "page_open_case" or not set(call.form) - browser.carried - OURS:
            continue
        answer = await browser.client.post(call.template, data=call.form, headers=BROWSER)
        if answer.status_code < 400:
            continue
        if gone := lost(answer, call, call.form, browser.carried):
            faults.append(f"{call.operation}: {answer.status_code} {gone}")
            continue
        again = filled(answer.text, call.template) or {}
        sent = await browser.client.post(call.template, data=again, headers=call.headers)
        is_there = "{" not in call.template  # else it is the page of something that nobody named
        if sent.status_code == 401 or (sent.status_code == 404 and is_there):
            faults.append(f"{call.operation}: {sent.status_code} when sent again")
    assert faults == []
