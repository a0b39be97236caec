from decimal import Decimal
from typing import Any

import httpx2
import pytest

from shared.http.api.paging import (
    CursorInvalidError,
    decode_cursor,
    encode_cursor,
    identity,
    moment,
    number,
    unit,
    whole,
)
from tests.support import odd
from tests.support.tokens import TestIssuer

BODY = {"name": "thing"}


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 428, "precondition_required"),
        ("4", 400, "if_match_invalid"),
        ("*", 400, "if_match_invalid"),
        ("W/4", 400, "if_match_invalid"),
        ('w/"4"', 400, "if_match_invalid"),
        ('"4", "5"', 400, "if_match_invalid"),
        ('W/"3"', 412, "stale_version"),
        ('"0"', 400, "if_match_invalid"),
        ('"3"', 412, "stale_version"),
        ('"5"', 412, "stale_version"),
    ],
)
async def test_a_change_must_name_the_present_version(
    client: httpx2.AsyncClient, issuer: TestIssuer, if_match: str | None, status: int, code: str
) -> None:
    headers = issuer.headers("unit_operator") | ({} if if_match is None else {"If-Match": if_match})
    answer = await client.put("/units/u1/thing", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_read_gives_the_version_that_a_change_then_names(
    client: httpx2.AsyncClient, issuer: TestIssuer
) -> None:
    headers = issuer.headers("unit_operator")
    seen = await client.get("/units/u1/thing", headers=headers)
    assert seen.headers["etag"] == '"4"'
    for tag in ('"4"', 'W/"4"'):
        changed = await client.put("/units/u1/thing", json=BODY, headers=headers | {"If-Match": tag})
        assert changed.json() == {"name": "thing", "version": 5}


async def test_pages_of_a_list_hold_each_row_once(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    headers, names, cursor = issuer.headers("tpi"), [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/things", params=query, headers=headers)).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == [f"n{number}" for number in range(7)]


async def test_a_full_last_page_names_no_next_one(client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
    page = (await client.get("/things", params={"limit": 7}, headers=issuer.headers("tpi"))).json()
    assert len(page["items"]) == 7
    assert page["next"] is None


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x" * 501}])
async def test_a_page_size_outside_its_range_is_refused(
    client: httpx2.AsyncClient, issuer: TestIssuer, query: dict[str, str]
) -> None:
    assert (await client.get("/things", params=query, headers=issuer.headers("tpi"))).status_code == 422


@pytest.mark.parametrize(
    "cursor", ["%%%", "e30", "bnVsbA", "W251bGxd", encode_cursor(["x"]), encode_cursor([1, 2])]
)
async def test_a_cursor_that_is_not_ours_is_refused(
    client: httpx2.AsyncClient, issuer: TestIssuer, cursor: str
) -> None:
    answer = await client.get("/things", params={"cursor": cursor}, headers=issuer.headers("tpi"))
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


READERS = {"whole": whole, "identity": identity, "unit": unit, "moment": moment, "number": number}


@pytest.mark.parametrize("name", READERS)
def test_no_part_of_a_key_is_read_as_what_no_row_can_have(name: str) -> None:
    good: dict[str, Any] = {
        "whole": (0, 1, 2**63 - 1),
        "identity": (odd.ID, odd.ID.upper()),
        "unit": ("u-1", "x", "1", "NaN", "Infinity", "1" * 60, odd.ID, odd.ID.upper()),
        "moment": ("2026-01-01T00:00:00+00:00",),
        "number": ("1", "-1", "0E-12", "1E+99", "16.625"),
    }
    for part in good[name]:
        READERS[name](part)
    for cursor in (cursor for cursor in odd.cursors() if cursor.isascii() and len(cursor) < 500):
        try:
            key = decode_cursor(cursor)
        except CursorInvalidError:
            continue
        for part in key:
            try:
                READERS[name](part)
            except (ValueError, TypeError, ArithmeticError):
                continue
            assert is_of(name, part), (name, part)


def is_of(name: str, part: Any) -> bool:
    """Tell whether a row can have this part, by rules written another way than the readers are."""
    match name:
        case "whole":
            return isinstance(part, int) and part in range(2**63)
        case "identity":
            return len(part) == 36 and part.isascii()
        case "unit":
            return 0 < len(part) <= 64 and part.isascii() and part[0].isalnum() and part.isprintable()
        case "moment":
            return part.isascii() and part[10] == "T" and part[-6] in "+-" and part.startswith("20")
    return part.isascii() and Decimal(part).is_finite()


def test_a_cursor_holds_the_key_it_was_made_of() -> None:
    assert decode_cursor(encode_cursor(["ä/b", 7])) == ("ä/b", 7)
    with pytest.raises(CursorInvalidError):
        decode_cursor(encode_cursor([True]))  # a boolean is an integer to Python, not to us
