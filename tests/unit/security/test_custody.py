from typing import Any, cast

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.security.custody import (
    NotForThisKeyError,
    TooFewCustodiansError,
    fingerprint,
    is_public_key,
    new_pair,
    open_with,
    public_of,
    seal_to,
)
from shared.security.sealing import SealBrokenError

ONE, TWO, OTHER = new_pair(), new_pair(), new_pair()


def test_each_custodian_opens_what_was_sealed_to_both() -> None:
    sealed = seal_to([ONE[1], TWO[1]], b"Wulan Contoh", "case 1")
    assert {open_with(private, sealed, "case 1") for private, _ in (ONE, TWO)} == {b"Wulan Contoh"}
    assert b"Wulan" not in b"".join(sealed.values())


def test_nobody_else_opens_it() -> None:
    sealed = seal_to([ONE[1], TWO[1]], b"Wulan Contoh", "case 1")
    with pytest.raises(NotForThisKeyError):
        open_with(OTHER[0], sealed, "case 1")
    forged = {fingerprint(OTHER[1]): sealed[fingerprint(ONE[1])]}
    with pytest.raises(SealBrokenError):
        open_with(OTHER[0], forged, "case 1")


def test_it_opens_in_its_context_alone_and_unchanged() -> None:
    sealed = seal_to([ONE[1], TWO[1]], b"Wulan Contoh", "case 1")
    with pytest.raises(SealBrokenError):
        open_with(ONE[0], sealed, "case 2")
    name = fingerprint(ONE[1])
    for broken in (b"", sealed[name][:-1], sealed[name][:-1] + bytes([sealed[name][-1] ^ 1])):
        with pytest.raises(SealBrokenError):
            open_with(ONE[0], {name: broken}, "case 1")


@pytest.mark.parametrize("custodians", [[], [ONE[1]], [ONE[1], ONE[1]]])
def test_nothing_is_sealed_to_fewer_than_two_people(custodians: list[bytes]) -> None:
    with pytest.raises(TooFewCustodiansError):
        seal_to(custodians, b"Wulan Contoh", "case 1")


@pytest.mark.parametrize("bad", [b"", bytes(32), b"\x01" + bytes(31), bytes(31)])
def test_what_gives_every_secret_away_is_no_public_key(bad: bytes) -> None:
    assert is_public_key(ONE[1])
    assert not is_public_key(bad)


def test_a_private_key_tells_its_public_one() -> None:
    assert public_of(ONE[0]) == ONE[1]


def test_the_library_keeps_to_the_vector_of_the_rfc() -> None:
    """RFC 9180, appendix A.1.1: base mode, X25519, HKDF-SHA256; its AEAD is AES-128-GCM."""
    private = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    )
    sent = bytes.fromhex(
        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )
    info, aad = b"Ode on a Grecian Urn", b"Count-0"
    opened = cast("Any", openssl).hpke._decrypt_with_aad(
        Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM), sent, private, info, aad
    )
    assert opened == b"Beauty is truth, truth beauty"
