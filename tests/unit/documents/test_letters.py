"""What a file can hold, and what stands where it cannot."""

import unicodedata

import pytest

from shared.documents.letters import UNSHOWN, breakable, clean, embedded


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("satu\r\ndua\rtiga\u2028empat", "satu\ndua\ntiga\nempat"),
        ("a\x00b\x07c\td", "a b c d"),
        ("e\u0301", "é"),
        ("100\u202e00,1\u202c", "10000,1"),
        ("\u200fنص\u2067x\u2069", "نصx"),
        ("ko\u00adpi\ufeff", "kopi"),
        ("\ud83d setengah", f"{UNSHOWN} setengah"),
        ("\ufffe\ue000", UNSHOWN * 2),
        ("😀 中文 tetap", "😀 中文 tetap"),
    ],
)
def test_a_text_keeps_its_letters_and_loses_what_no_file_can_hold(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_no_cleaned_text_holds_what_xml_forbids() -> None:
    cleaned = clean("".join(map(chr, range(0x11000))))
    kinds = {unicodedata.category(sign) for sign in cleaned if sign != "\n"}
    assert kinds.isdisjoint({"Cc", "Cs", "Cn", "Co"})
    assert clean(cleaned) == cleaned


def test_a_letter_that_the_fonts_lack_is_replaced_one_for_one() -> None:
    assert embedded("Nilai ≥ 3,60 – «A» Ж 中文😀") == f"Nilai ≥ 3,60 – «A» Ж {UNSHOWN * 3}"
    assert embedded("q\u0323\nx") == f"q{UNSHOWN}\nx"


def test_only_long_words_are_made_breakable_and_nothing_is_lost() -> None:
    assert breakable("pertanggungjawaban biasa") == "pertanggungjawaban biasa"
    long = breakable(f"awal {'a' * 10_000} akhir")
    assert max(map(len, long.replace(" ", "\u200b").split("\u200b"))) <= 12
    assert long.replace("\u200b", "") == f"awal {'a' * 10_000} akhir"
