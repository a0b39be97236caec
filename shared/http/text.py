"""Text that people type: what no table, topic or terminal can bear is refused at its field.

Its length is what a reader sees, whoever sends it: a line end counts once though browsers send two signs for
it, and nobody fills twenty characters with signs that show nothing.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unicodedata import category

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

BEARABLE = 2
"""How many signs may stand for one that is seen: marks on letters, joiners of scripts and of pictures."""
_LINE_END = re.compile(r"\r\n?")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category, which show nothing: fillers of Hangul, and Braille without dots."""


def visible_length(text: str) -> int:
    """Return how many characters of a text a reader sees, and spaces between them.

    A letter counts once with the marks on it. Controls, format signs (zero width, direction, soft hyphen),
    marks alone, signs that Unicode does not know and blanks count for nothing, space between words for one
    character however long it is.
    """
    words = ("".join(filter(_is_seen, word)) for word in text.split())
    return len(" ".join(word for word in words if word))


@lru_cache(maxsize=4096)
def _is_seen(sign: str) -> bool:
    return category(sign)[0] not in "CMZ" and sign not in _BLANK


@dataclass(frozen=True, slots=True)
class FreeText:
    """Says of a `str` field that people fill it: `least` to `most` visible characters.

        Reason = Annotated[str, FreeText(5, 500)]

    Space around it is dropped, and every line end becomes one sign. Control characters but tab and line end
    are refused, PostgreSQL cannot store the first of them; so are more signs than `BEARABLE` times `most`.
    """

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        bounds = {"minLength": self.least, "maxLength": self.most}
        return handler(schema) | {name: bound for name, bound in bounds.items() if bound}

    def _read(self, sent: str) -> str:
        if any(ord(sign) < ord(" ") and sign not in "\t\r\n" for sign in sent):
            raise ValueError("Tidak boleh memuat karakter kendali.")
        text = _LINE_END.sub("\n", sent).strip()
        seen = visible_length(text)
        told = {"min_length": self.least, "max_length": self.most, "visible_length": seen}
        if seen < self.least:
            raise PydanticCustomError("string_too_short", "too short", told)
        if seen > self.most:
            raise PydanticCustomError("string_too_long", "too long", told)
        if len(text) > BEARABLE * self.most:
            raise PydanticCustomError("string_too_hidden", "hides what nobody sees", told)
        return text
