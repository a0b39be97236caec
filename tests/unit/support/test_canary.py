"""The search for invented people finds them in every disguise, and nobody where there is nobody."""

import base64
import hashlib
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.support.canary import found_in, person

SOMEBODY = person("somebody")


@pytest.mark.parametrize("value", SOMEBODY.values())
@pytest.mark.parametrize(
    "write",
    [
        str,
        str.upper,
        json.dumps,
        html.escape,
        quote,
        quote_plus,
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: hashlib.sha256(text.encode()).hexdigest(),
        lambda text: base64.b64encode(f"xyz{text}".encode()).decode(),
        lambda text: base64.b64encode(f"xy{text}!".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"x{text}?".encode()).decode(),
        lambda text: json.dumps(text).encode().hex(),
    ],
)
def test_every_spelling_is_found(value: str, write: Callable[[str], str]) -> None:
    assert found_in(f"before {write(value)} after".encode(), SOMEBODY.values()) == [value]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_is_found(encoding: str) -> None:
    assert found_in(SOMEBODY.text.encode(encoding), SOMEBODY.values()) == [SOMEBODY.text]


def test_a_regrouped_phone_number_is_found() -> None:
    short = SOMEBODY.phone[1:]
    for written in (f"+62{short}", f"62{short}", f"0{short[:3]}-{short[3:7]}-{short[7:]}"):
        assert found_in(written.encode(), (SOMEBODY.phone,)) == [SOMEBODY.phone], written


def test_a_kept_hash_of_a_secret_is_no_leak() -> None:
    kept = hashlib.sha256(b"token").hexdigest().encode()
    assert found_in(kept, ("token",), hashed=False) == []
    assert found_in(b"x token", ("token",), hashed=False) == ["token"]


def test_nobody_is_found_where_somebody_else_is() -> None:
    crowd = " ".join(person(f"other {number}").text for number in range(200))
    assert found_in(crowd.encode(), SOMEBODY.values()) == []


def test_people_are_distinct_and_the_same_for_a_seed() -> None:
    assert person("a") == person("a")
    values = [value for number in range(500) for value in person(str(number)).values()]
    assert len(set(values)) == len(values)
