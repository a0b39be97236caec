"""No page shows a form's token as it is: compressed answers would tell it piece by piece."""

import base64
import re

from shared.http.crosssite import TOKEN_HEADER, shown_token
from shared.http.state import state_of
from shared.security.sealing import keyed_hash
from tests.contracts.applications import application
from tests.support.http import client_of

HELD = "a-receipt-that-stands-for-somebody"
COOKIE = {
    "Cookie": f"__Host-zi-complaints-receipt={HELD}",
    "Accept": "text/html",
    "Sec-Fetch-Site": "same-origin",
}
LEAST = 8
"""Pieces of so many letters that are equal on two pages would let a length tell the next letter."""


def token() -> str:
    return keyed_hash(state_of(application("complaints")).secret, "form-token", HELD).hex()


async def shown() -> str:
    """Return the token that a page of this browser shows."""
    async with client_of(application("complaints")) as client:
        page = await client.post("/lacak/keluar", headers=COOKIE, data={"text": "Loket tetap tutup."})
        found = re.search(r'name="csrf" value="([A-Za-z0-9_-]+)"', page.text)
        assert found is not None, page.text
        assert token() not in page.text
        return found[1]


def pieces(text: str) -> set[str]:
    return {text[at : at + LEAST] for at in range(len(text) - LEAST + 1)}


async def test_two_pages_have_no_piece_of_a_token_in_common() -> None:
    seen = [await shown() for _ in range(5)]
    for at, one in enumerate(seen):
        for other in seen[at + 1 :]:
            assert pieces(one).isdisjoint(pieces(other))


def test_each_byte_that_is_shown_takes_every_value() -> None:
    first = {base64.urlsafe_b64decode(f"{shown_token(token())}==")[32] for _ in range(5000)}
    assert len(first) == 256


async def test_every_form_in_which_it_was_shown_is_taken_and_no_other() -> None:
    unmasked = base64.urlsafe_b64encode(bytes.fromhex(token())).decode().rstrip("=")
    half = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    async with client_of(application("complaints")) as client:

        async def status(sent: str) -> int:
            return (await client.post("/lacak/keluar", headers=COOKIE | {TOKEN_HEADER: sent})).status_code

        assert {await status(await shown()) for _ in range(3)} == {503}, "let in; there is no database here"
        for bad in (token(), unmasked, half, "", "=", "A", "*", (await shown())[:-4] + "AAAA"):
            assert await status(bad) == 403, bad


def test_who_has_no_token_is_shown_none() -> None:
    assert shown_token(None) is None
