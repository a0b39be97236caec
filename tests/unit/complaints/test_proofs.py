"""A proof of filing is genuine whole, by its key, and not at all otherwise."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.complaints.proofs.domain import (
    KEY_ID_BYTES,
    MOST_LETTERS,
    SIGNATURE_BYTES,
    Filing,
    body_of,
    code_of,
    hash_of,
    signed_text,
    taken_apart,
)
from shared.kernel import Zone
from shared.security import signing
from shared.security.signing import Signer, is_signed

SIGNER = Signer("a secret of the tests, long enough", "proof-of-filing")
FILED = Filing(
    hash_of("123456789012", "Loket tutup."),
    "123456789012",
    "u-1",
    Zone.WITA,
    datetime(2026, 3, 12, 6, 5, 7, tzinfo=UTC),
    "web",
)
SECRET = Filing(FILED.content_hash)


def code(filing: Filing, signer: Signer = SIGNER) -> str:
    body = body_of(filing, signer.key_id)
    return code_of(body, signer.sign(signed_text(body)))


def read(typed: str) -> Filing | None:
    """Return what a code says if it is one of the tests' signer."""
    found = taken_apart(typed)
    if found is None or found.key_id != SIGNER.key_id:
        return None
    is_genuine = is_signed(SIGNER.public_key, found.signed, found.signature)
    return found.filing() if is_genuine else None


@pytest.mark.parametrize("filing", [FILED, SECRET])
def test_a_code_carries_all_it_says(filing: Filing) -> None:
    assert read(code(filing)) == filing


def test_a_secret_report_s_code_holds_nothing_but_the_hash() -> None:
    found = taken_apart(code(SECRET))
    assert found is not None
    assert found.told == f'["{FILED.content_hash}"]'.encode()
    assert SECRET.is_secret


def test_the_longest_unit_fits_into_a_code() -> None:
    longest = Filing("f" * 64, "9" * 12, "u" * 64, Zone.WIB, datetime(2099, 12, 31, tzinfo=UTC), "w" * 20)
    assert len(code(longest)) < MOST_LETTERS


def test_paper_and_addresses_are_read_as_people_paste_them() -> None:
    made = code(FILED)
    assert read(f"  https://contoh.go.id/keaslian/{made}\n") == FILED
    assert read(f"{made[:60]}\n{made[60:120]} {made[120:]}") == FILED


@given(st.data())
def test_whoever_changes_one_letter_has_no_proof(data: st.DataObject) -> None:
    made = code(FILED)
    place = data.draw(st.integers(0, len(made) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    changed = made[:place] + other + made[place + 1 :]
    assert (read(changed) is None) is (changed != made)


@given(st.text(max_size=700))
def test_no_text_is_a_proof_by_chance(typed: str) -> None:
    assert read(typed) is None


def test_another_s_signature_and_another_purpose_are_none() -> None:
    other = Signer("another secret of the tests, as long", "proof-of-filing")
    assert read(code(FILED, other)) is None
    body = body_of(FILED, SIGNER.key_id)
    elsewhere = Signer("a secret of the tests, long enough", "something else")
    assert read(code_of(body, elsewhere.sign(signed_text(body)))) is None
    assert read(code_of(body, SIGNER.sign(body))) is None


def test_the_hash_names_number_and_text() -> None:
    assert hash_of("1", "a") != hash_of("2", "a")
    assert hash_of("1", "a") == hashlib.sha256(b"1\na").hexdigest()


def test_both_descriptions_of_a_signature_agree() -> None:
    assert (KEY_ID_BYTES, SIGNATURE_BYTES) == (signing.KEY_ID_BYTES, signing.SIGNATURE_BYTES)
    assert len(SIGNER.sign(b"")) == SIGNATURE_BYTES
