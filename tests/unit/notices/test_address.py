"""One address and nothing else: what could become a header or a second recipient is refused."""

import pytest

from shared.notices.address import AddressError, checked, domain_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ani@agency.go.id", "ani@agency.go.id"),
        ("Ani.Lestari+zi@Agency.GO.id", "Ani.Lestari+zi@agency.go.id"),
        ("o'brien@sub.agency.test", "o'brien@sub.agency.test"),
        (f"{'a' * 64}@agency.test", f"{'a' * 64}@agency.test"),
    ],
)
def test_a_plain_address_is_kept_with_its_domain_in_lower_case(typed: str, kept: str) -> None:
    assert checked(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ani",
        "ani@",
        "@agency.test",
        "ani@agency",
        "ani@agency.test ",
        " ani@agency.test",
        "ani@agency.test\n",
        "ani@agency.test\r\nBcc: eve@evil.test",
        "ani@agency.test,eve@evil.test",
        "ani@agency.test;eve@evil.test",
        "Ani <ani@agency.test>",
        '"ani"@agency.test',
        "ani(x)@agency.test",
        "ani@agency..test",
        ".ani@agency.test",
        "ani.@agency.test",
        "a..b@agency.test",
        "ani@-agency.test",
        "ani@[127.0.0.1]",
        "ani@agency.test\0",
        "ani@agency.test\u2028x",
        "añi@agency.test",
        "ani@agеncy.test",
        f"{'a' * 65}@agency.test",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 10}.test",
    ],
)
def test_anything_else_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(AddressError) as refused:
        checked(typed)
    assert str(refused.value) == "is no single e-mail address like name@agency.go.id"


def test_the_domain_follows_the_sign() -> None:
    assert domain_of("ani@agency.test") == "agency.test"
