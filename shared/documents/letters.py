"""Which letters a file can hold, and what stands where one cannot be shown."""

import re
import unicodedata

UNSHOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands for a letter that cannot be shown, so that nobody takes the rest for the whole."""
_LINE_ENDS = re.compile("\r\n|[\r\u000b\u000c\u0085\u2028\u2029]")
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Marks without a sign: where a word may break, and which way what follows is read.

The latter could show a number or a name otherwise than it is.
"""
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_EMBEDDED = (
    *((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF)),
    *((0x370, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x482), (0x48A, 0x4FF)),
    *((0x621, 0x63A), (0x640, 0x64A), (0x660, 0x66D), (0x1E00, 0x1F15)),
    *((0x2000, 0x200A), (0x2010, 0x2027), (0x202F, 0x2040), (0x2044, 0x2052), (0x2070, 0x2071)),
    *((0x2074, 0x208E), (0x20A0, 0x20C0), (0x2100, 0x211E), (0x2120, 0x2120), (0x2122, 0x2122)),
    *((0x2126, 0x2151), (0x2153, 0x2184), (0x2190, 0x23FF), (0x2460, 0x2606), (0x270C, 0x2714)),
    *((0x2717, 0x2726), (0xFB00, 0xFB06), (0xFFFD, 0xFFFD)),
)
"""Latin, Greek, Cyrillic and Arabic letters and signs of the fonts that the PDF writer brings.

Without combining marks, which would have to be in the same font as what they stand on.
"""
_LONG_WORD = re.compile(r"[^\s\u200b-]{24,}")
_PIECE = 12


def clean(text: str) -> str:
    """Return a text as any file may hold it: composed, its lines ended alike, no controls, nothing unseen.

    Halves of pairs and what is no letter become `UNSHOWN`, a control a space.
    """
    whole = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    return "".join(_sign(sign) for sign in _UNSEEN.sub("", whole))


def _sign(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cc":
        return "\n" if sign == "\n" else " "
    return UNSHOWN if kind in {"Cs", "Cn", "Co"} else sign


def embedded(text: str) -> str:
    """Return a cleaned text as the fonts of the PDF writer show it."""
    return "".join(sign if sign == "\n" or _is_embedded(sign) else UNSHOWN for sign in _JOINERS.sub("", text))


def _is_embedded(sign: str) -> bool:
    return sign <= "~" or any(first <= ord(sign) <= last for first, last in _EMBEDDED)


def breakable(text: str) -> str:
    """Return a text whose long words may be broken at the end of a line: none is wider than its column."""
    return _LONG_WORD.sub(lambda found: _pieces(found[0]), text)


def _pieces(word: str) -> str:
    return "\u200b".join(word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
