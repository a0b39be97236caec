"""Mobile numbers as people write them, and which way leads to what they left."""

from typing import Any

import pytest

from shared.notices.address import NumberError, checked_number, reachable, way_of
from shared.notices.contacts import verified_address

NUMBER = "+6281234567890"
VERIFIED = {"phone_number": NUMBER, "phone_number_verified": True}


@pytest.mark.parametrize(
    "written",
    [
        "081234567890", "81234567890", "6281234567890", "+6281234567890", "+62 081234567890",
        "0812-3456-7890", "(0812) 3456.7890", "00 62 812 3456 7890",
    ],
)  # fmt: skip
def test_every_way_to_write_an_indonesian_mobile_number_is_one_number(written: str) -> None:
    assert checked_number(written) == NUMBER


def test_numbers_of_other_countries_begin_with_a_plus() -> None:
    assert checked_number("+65 9123 4567") == "+6591234567"
    assert checked_number("0065 9123 4567") == "+6591234567"


@pytest.mark.parametrize(
    "written",
    ["", "08", "021 5551234", "0812345678901234567", "08x234567890", "+", "0", "+62 21 5551234",
     "0812 3456 7890 / 0813 1111 2222", "\N{ARABIC-INDIC DIGIT ZERO}81234567890", "+0123456789"],
)  # fmt: skip
def test_what_is_no_mobile_number_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(NumberError) as refused:
        checked_number(written)
    assert str(refused.value) == str(NumberError())


@pytest.mark.parametrize(
    ("left", "address", "way"),
    [
        (" siti@Warga.test ", "siti@warga.test", "mail"),
        ("0812 3456 7890", NUMBER, "whatsapp"),
    ],
)
def test_what_a_reporter_left_says_which_way_leads_to_them(left: str, address: str, way: str) -> None:
    assert reachable(left) == address
    assert way_of(address) == way


@pytest.mark.parametrize("left", ["", "rumah dekat pasar", "siti@", "a@b.test, c@d.test"])
def test_what_leads_nowhere_is_no_address(left: str) -> None:
    assert reachable(left) is None


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ({"email": "a@b.test", "email_verified": True} | VERIFIED,
         "a@b.test"),
        ({"email": "a@b.test", "email_verified": False} | VERIFIED,
         NUMBER),
        ({"phone_number": NUMBER}, None),
        ({"phone_number": NUMBER, "phone_number_verified": "true"}, None),
        ({"phone_number": "rumah", "phone_number_verified": True}, None),
    ],
)  # fmt: skip
def test_a_verified_number_counts_where_there_is_no_verified_address(
    claims: dict[str, Any], address: str | None
) -> None:
    assert verified_address(claims) == address
