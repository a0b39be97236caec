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
    reminder_ends,
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
    return Closing(PLACE, 2026, "pengisian", LAST, **changed)


def at(day: int, hour: int = 12, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=Zone.WIT.tz)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (at(23, 23), None),
        (at(24, 0), 7),
        (at(29, 23), 7),
        (at(30, 0), 1),
        (at(31, 23), 1),
        (at(1, 0, month=6), None),
    ],
)
def test_a_window_is_told_of_a_week_and_a_day_before_its_last_day_in_the_unit_s_zone(
    moment: datetime, days: int | None
) -> None:
    assert reminder_of(closing(), moment.astimezone(UTC)) == days


@pytest.mark.parametrize(
    ("opened_on", "moment", "days"),
    [
        (date(2026, 5, 24), at(25), 7),
        (date(2026, 5, 25), at(25), None),
        (date(2026, 5, 25), at(30), 1),
        (date(2026, 5, 31), at(31), None),
    ],
)
def test_a_reminder_whose_day_came_before_the_holder_had_the_stage_is_left_out(
    opened_on: date, moment: datetime, days: int | None
) -> None:
    assert reminder_of(closing(opened_on=opened_on), moment) == days


def test_a_reminder_is_of_no_use_once_the_next_takes_its_place_or_the_window_is_over() -> None:
    assert reminder_ends(closing(), 7) == at(30, 0)
    assert reminder_ends(closing(), 1) == at(1, 0, month=6) == end_of(LAST, Zone.WIT)
    assert reminder_of(closing(), reminder_ends(closing(), 7)) == 1
    assert REMINDERS == (1, 7)


@pytest.mark.parametrize("telling", TELLINGS, ids=lambda telling: telling.template)
@pytest.mark.parametrize("until", [None, "31 Mei 2026 pukul 24.00 WIT"])
@pytest.mark.parametrize("has_reason", [True, False])
def test_every_notice_says_what_happened_what_to_do_and_where(
    telling: Any, until: str | None, has_reason: bool
) -> None:
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
