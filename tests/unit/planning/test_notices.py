"""Who is told what of a step, and on which day a closing window is told of."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.planning.notices.domain import (
    CLOSING,
    FINDING,
    REMINDERS,
    STEPS,
    Closing,
    Place,
    end_of,
    last_day_of,
    reminder_of,
)
from services.planning.notices.texts import catalogue
from shared.http.addresses import OWNERS
from shared.kernel import Zone
from shared.security.roles import ROLES

PLACE = Place("u/1", "a1", "Kantor <Contoh>", Zone.WIT)
LAST = date(2026, 5, 31)
TELLINGS = sorted({*STEPS.values(), *CLOSING.values(), FINDING})
BASE = "https://zi.test"


def closing(**changed: Any) -> Closing:
    return Closing(PLACE.unit_id, 2026, "pengisian", LAST, **changed)


def may(day: int) -> date:
    return date(2026, 5, day)


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (may(23), None), (may(24), 7), (may(29), 7), (may(30), 1), (may(31), 1), (date(2026, 6, 1), None),
    ],
)  # fmt: skip
def test_a_window_is_told_of_a_week_and_a_day_before_its_last_day(today: date, days: int | None) -> None:
    assert reminder_of(closing(), today) == days


@pytest.mark.parametrize(
    ("opened_on", "today", "days"),
    [(may(24), may(25), 7), (may(25), may(25), None), (may(25), may(30), 1), (may(31), may(31), None)],
)
def test_a_reminder_whose_day_came_before_the_holder_had_the_stage_is_left_out(
    opened_on: date, today: date, days: int | None
) -> None:
    assert reminder_of(closing(opened_on=opened_on), today) == days


def test_a_reminder_is_of_use_until_the_next_takes_its_place_or_the_window_closes() -> None:
    assert last_day_of(closing(), 7) == may(29)
    assert last_day_of(closing(), 1) == LAST
    assert REMINDERS == (1, 7)


def test_a_day_is_over_at_midnight_of_the_unit_s_zone() -> None:
    assert end_of(LAST, Zone.WIT) == datetime(2026, 5, 31, 15, 0, tzinfo=UTC)
    assert end_of(LAST, Zone.WIB) == datetime(2026, 5, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("telling", TELLINGS, ids=lambda telling: telling.template)
@pytest.mark.parametrize("until", [None, "31 Mei 2026 pukul 24.00 WIT"])
@pytest.mark.parametrize("has_reason", [True, False])
def test_every_notice_says_what_happened_what_to_do_and_where(
    telling: Any, until: str | None, has_reason: bool
) -> None:
    if telling in CLOSING.values() and until is None:
        until = "1 Juni 2026 pukul 24.00 WIB"  # what closes has an end
    data = {
        "unit_id": PLACE.unit_id, "unit": PLACE.name, "year": 2026, "until": until,
        "has_reason": has_reason, "item": "A.I.1.i.a",
    }  # fmt: skip
    letter = catalogue().letter([(telling.template, data)], base_url=BASE)
    lines = [line for line in letter.text.splitlines() if line]
    happened, todo, link = lines[1:4]
    assert PLACE.name in happened
    assert "2026" in happened
    assert happened.endswith(".")
    assert todo.endswith(".")
    assert len(lines) == 6
    assert link == f"{BASE}/lembar-kerja/u%2F1/2026"
    assert OWNERS[link.removeprefix(f"{BASE}/").partition("/")[0]] == "planning"
    assert "None" not in letter.text
    assert letter.html is not None
    assert "Kantor &lt;Contoh&gt;" in letter.html
    assert ("Alasannya" in happened) <= has_reason
    assert PLACE.name in letter.subject
    assert set(telling.roles) <= ROLES.keys()


def test_every_template_is_of_some_use() -> None:
    assert set(catalogue().templates) == {telling.template for telling in TELLINGS}


@pytest.mark.parametrize("template", ["returned", "refused", "objection_dismissed", "withdrawn", "revoked"])
def test_where_a_reason_was_given_the_notice_says_where_it_is_and_never_repeats_it(template: str) -> None:
    data = {"unit_id": "u1", "unit": "Kantor", "year": 2026, "until": None, "has_reason": True}
    assert "Alasannya tertulis di lembar kerja." in catalogue().letter([(template, data)], base_url=BASE).text


def test_several_notices_become_one_mail_that_lists_them() -> None:
    data = {"unit_id": "u1", "unit": "Kantor", "year": 2026, "until": None, "has_reason": False}
    letter = catalogue().letter([("handed_in", data), ("next_round", data)], base_url=BASE)
    assert letter.subject == "2 pemberitahuan Zona Integritas"
    assert letter.text.count("https://") == 2
