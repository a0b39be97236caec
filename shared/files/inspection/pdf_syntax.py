"""The writing of PDF as its readers take it: white space, comments, names, tokens, dictionaries.

Source: ISO 32000-2, 7.2 lexical conventions, 7.3 objects.
"""

import re
from collections.abc import Iterator

from shared.files.inspection.refusal import RefusedFileError

SPACE = rb"[\s\x00]"
GAP = rb"(?:[\s\x00]|%[^\r\n]*+[\r\n])*+"
"""White space and comments: only for a match that is bounded, since many searches would be quadratic."""
END = rb"(?=[\s\x00/<>\[\]()%{}]|$)"
REFERENCE = rb"\d++" + GAP + rb"\d++" + GAP + rb"R"

_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_GAP = re.compile(GAP)
_TOKEN = re.compile(
    rb"<<|>>|\[|\]|\(|<[^<>]*+>|\d++" + SPACE + rb"++\d++" + SPACE + rb"++R" + END + rb"|"
    rb"/?[^\s\x00/<>\[\](){}%]++|/"
)
_STRING_END = re.compile(rb"(?:[^()\\]|\\.)*+[()]", re.DOTALL)
_GO_TO = re.compile(rb"/GoTo" + END)
_OPENING = (b"<<", b"[")
_CLOSING = (b">>", b"]")


def plain(text: bytes) -> bytes:
    """Return a text whose names are written without escapes: `/J#61vaScript` is `/JavaScript`."""
    if b"#" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)


def unseen() -> RefusedFileError:
    """Return the refusal of what readers may understand in another way than we do."""
    return RefusedFileError(
        "PDF memakai pemampatan atau penulisan yang tidak dapat diperiksa; simpan ulang sebagai PDF biasa "
        "(misalnya cetak ke PDF).",
        field="file",
    )


def tokens(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield each token and how deep it stands (brackets: the depth outside them); strings come as `(`.

    Ends with the text. Raises `RefusedFileError` for what is no token, and for brackets that do not match.
    """
    place, depth = 0, 0
    while True:
        if (gap := _GAP.match(text, place)) is not None:
            place = gap.end()
        if place == len(text):
            break
        token = _TOKEN.match(text, place)
        if token is None:
            raise unseen()
        place = token.end()
        if token[0] == b"(":
            place = _string_end(text, place)
        depth -= token[0] in _CLOSING
        if depth < 0:
            raise unseen()
        yield token[0], depth
        depth += token[0] in _OPENING
    if depth:
        raise unseen()


def check_dictionary(text: bytes) -> None:
    """Raise `RefusedFileError` unless the text is one whole dictionary, and white space and comments."""
    outermost = [token for token, depth in tokens(text) if depth == 0]
    if outermost != [b"<<", b">>"]:
        raise unseen()


def leads_to_a_page(text: bytes) -> bool:
    """Tell whether a value of `/OpenAction` does nothing but go to a page; it begins the text."""
    if text.startswith(b"["):
        return True
    if not _GO_TO.search(text):
        return False
    found: list[bytes] = []
    try:
        for token, depth in tokens(text):
            if depth == 0 and token != b"<<":
                break
            if depth == 1 and token not in _CLOSING:
                found.append(token)
    except RefusedFileError:
        return False  # the value of a way to a page is short: what goes on beyond the text is none
    keys, values = found[::2], found[1::2]
    ways = [value for key, value in zip(keys, values, strict=False) if key == b"/S"]
    return ways == [b"/GoTo"] and set(keys) <= {b"/Type", b"/S", b"/D", b"/SD"}


def _string_end(text: bytes, place: int) -> int:
    depth = 1
    while depth:
        bracket = _STRING_END.match(text, place)
        if bracket is None:
            raise unseen()
        place = bracket.end()
        depth += 1 if text[place - 1 : place] == b"(" else -1
    return place
