"""Receipts as people copy them, and what receiving refuses."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from services.complaints.deadlines.data import unit_calendar
from services.complaints.intake.domain import (
    ALPHABET,
    identity_kind,
    is_backdated,
    new_tracking_id,
    read_receipt,
    receipt_of,
    shown,
)
from services.complaints.intake.receipts import Receipts
from shared.kernel import Zone, new_id

SECRET = "a secret of the tests, long enough"
CALENDAR = unit_calendar(Zone.WIB)
FRIDAY = datetime(2026, 1, 9, 3, tzinfo=UTC)


def test_a_receipt_has_twenty_characters_and_a_check_character() -> None:
    receipt = receipt_of(b"\xff" * 13)
    assert receipt[:20] == "Z" * 20
    assert len(receipt) == 21
    assert shown(receipt).startswith("ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-")


@pytest.mark.parametrize("change", [str.lower, lambda text: f" {text} ", lambda text: text.replace("-", " ")])
def test_case_spaces_and_dashes_do_not_matter(change: object) -> None:
    receipt = receipt_of(os.urandom(13))
    assert callable(change)
    assert read_receipt(change(shown(receipt))) == receipt


def test_look_alike_letters_are_read_as_digits() -> None:
    receipt = receipt_of(bytes.fromhex("0084210842108421084210842f")[:13])
    assert read_receipt(receipt[:20].replace("1", "I").replace("0", "O") + receipt[20]) == receipt


def test_one_wrong_or_two_swapped_characters_are_noticed() -> None:
    receipt = receipt_of(b"\x12\x34\x56\x78\x9a\xbc\xde\xf0\x12\x34\x56\x78\x9a")
    for place in range(20):
        for other in ALPHABET:
            if other != receipt[place]:
                assert read_receipt(receipt[:place] + other + receipt[place + 1 :]) is None
    for place in range(19):
        a, b = receipt[place], receipt[place + 1]
        if a != b:
            assert read_receipt(receipt[:place] + b + a + receipt[place + 2 :]) is None


@pytest.mark.parametrize("typed", ["", "abc", "Z" * 20, "U" * 21, "é" * 21, "Z" * 500])
def test_what_cannot_be_a_receipt_is_none(typed: str) -> None:
    assert read_receipt(typed) is None


def test_the_receipt_of_a_case_and_its_key_is_their_own_under_each_secret() -> None:
    first, other = Receipts(SECRET), Receipts(SECRET[::-1])
    case, another = new_id(), new_id()
    assert first.make(case, "key") == Receipts(SECRET).make(case, "key")
    made = {first.make(case, "key"), first.make(case, "kez"), other.make(case, "key")}
    assert len(made | {first.make(another, "key")}) == 4


async def test_only_the_right_receipt_proves_itself() -> None:
    codes = Receipts(SECRET)
    right, wrong = codes.make(new_id(), "right"), codes.make(new_id(), "wrong")
    verifier = await codes.verifier(right)
    assert verifier.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert right not in verifier
    assert await codes.proves(right, verifier)
    assert not await codes.proves(wrong, verifier)
    assert not await codes.proves(right, None)


def test_tracking_ids_are_twelve_digits() -> None:
    made = new_tracking_id()
    assert len(made) == 12
    assert made.isdigit()


@pytest.mark.parametrize(
    ("days_back", "expected"), [(0, False), (1, False), (2, True), (9, True)], ids=["0", "1", "2", "9"]
)
def test_more_than_one_working_day_back_is_backdated(days_back: int, expected: bool) -> None:
    assert is_backdated(FRIDAY - timedelta(days=days_back), FRIDAY, CALENDAR, 1) is expected


def test_a_weekend_between_receipt_and_entry_does_not_count() -> None:
    assert not is_backdated(FRIDAY, FRIDAY + timedelta(days=3), CALENDAR, 1)


@pytest.mark.parametrize(
    ("name", "contact", "is_hidden", "expected"),
    [
        (None, None, True, "anonymous"),
        ("Wulan", None, True, "confidential"),
        (None, "0812", False, "named"),
    ],
)
def test_how_much_of_the_reporter_is_known(
    name: str | None, contact: str | None, is_hidden: bool, expected: str
) -> None:
    assert identity_kind(name, contact, is_name_hidden=is_hidden) == expected
