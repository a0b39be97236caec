import pytest

from shared.security.sealing import SealBrokenError, derive_key, keyed_hash, same, seal, token_hash, unseal

KEY = derive_key("a secret of this test", "one")


def test_sealed_bytes_open_with_the_same_key_and_context() -> None:
    assert unseal(KEY, seal(KEY, b"data", "case 1"), "case 1") == b"data"


def test_sealing_twice_gives_different_bytes() -> None:
    assert seal(KEY, b"data", "c") != seal(KEY, b"data", "c")


@pytest.mark.parametrize("fault", ["context", "key", "changed", "cut", "empty"])
def test_sealed_bytes_do_not_open_otherwise(fault: str) -> None:
    sealed = seal(KEY, b"data", "case 1")
    key, context = KEY, "case 1"
    match fault:
        case "context":
            context = "case 2"
        case "key":
            key = derive_key("a secret of this test", "two")
        case "changed":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "cut":
            sealed = sealed[:-1]
        case _:
            sealed = b""
    with pytest.raises(SealBrokenError):
        unseal(key, sealed, context)


def test_keyed_hashes_differ_by_secret_purpose_and_text() -> None:
    hashes = {
        keyed_hash("s", "p", "t"),
        keyed_hash("other", "p", "t"),
        keyed_hash("s", "other", "t"),
        keyed_hash("s", "p", "other"),
    }
    assert len(hashes) == 4
    assert keyed_hash("s", "p", "t") == keyed_hash(b"s", "p", "t")


def test_the_derived_key_is_the_first_block_of_hkdf_expand() -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    expected = HKDFExpand(SHA256(), 32, b"zona-integritas/one").derive(b"a secret of 32 characters, no less")
    assert derive_key("a secret of 32 characters, no less", "one") == expected


def test_secrets_compare_across_text_and_bytes() -> None:
    assert same("abc", b"abc")
    assert not same("abc", "abd")
    assert len(token_hash("t")) == 32
