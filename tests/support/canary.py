"""Unique people who do not exist, and the search for them wherever they must not be.

A canary goes in through a form; afterwards no spelling of it may stand outside the tables that may hold it.
"""

import base64
import hashlib
import html
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, quote_plus

SYLLABLES = (
    "ra",
    "ti",
    "su",
    "wi",
    "yo",
    "nga",
    "de",
    "lu",
    "mi",
    "pra",
    "ke",
    "no",
    "ja",
    "bu",
    "sé",
    "tha",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person made up for one form."""

    name: str
    nik: str
    phone: str
    mail: str
    text: str
    """A sentence of free text that holds nothing of the rest."""

    def values(self) -> tuple[str, ...]:
        return (self.name, self.nik, self.phone, self.mail, self.text)


def person(seed: str) -> Person:
    """Return the person of a seed; the name has letters that JSON, HTML and URLs spell differently."""
    chance = random.Random(seed)

    def word(length: int) -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(length)).capitalize()

    digits = "".join(chance.choices("0123456789", k=8))
    first, second = word(4), word(4)
    return Person(
        name=f"{first} O'{second} Sé",
        nik="3174" + "".join(chance.choices("0123456789", k=12)),
        phone=f"0812{digits}",
        mail=f"{first.replace('é', 'e')}.{second.replace('é', 'e')}@contoh.example".lower(),
        text=f"Petugas {word(6)} meminta uang {word(5)} & menahan berkas {word(6)}",
    )


@cache
def spellings(value: str) -> tuple[bytes, ...]:
    """Return the ways a value may be written: escaped, encoded, and phone numbers regrouped."""
    found: set[bytes] = {value.encode("utf-16-le"), value.encode("utf-16-be")}
    for plain in (value, *_phone_forms(value)):
        for form in _escaped(plain):
            found |= {form.lower().encode(), form.encode().hex().encode(), *_base64_cores(form.encode())}
    return tuple(sorted(found))


@cache
def hashes(value: str) -> tuple[bytes, ...]:
    """Return hashes of a value; of a number with few digits they give the number away."""
    return tuple(hashlib.new(kind, value.encode()).hexdigest().encode() for kind in ("md5", "sha1", "sha256"))


def found_in(haystack: bytes, values: tuple[str, ...], *, hashed: bool = True) -> list[str]:
    """Return those of the values that stand in the haystack in any spelling.

    `hashed` counts a hash too; secrets of many random bits are rightly kept as hashes.
    """
    lowered = haystack.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")

    def stands(form: bytes) -> bool:
        # What has no capitals is found in lower case wherever it stands, what has some never is.
        return form in (lowered if form == form.lower() else haystack)

    return [
        value for value in values if any(map(stands, (*spellings(value), *(hashes(value) if hashed else ()))))
    ]


def _escaped(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield html.escape(text)
    yield quote(text, safe="")
    yield quote_plus(text)


def _phone_forms(value: str) -> Iterator[str]:
    if not (value.isdigit() and value.startswith("08")):
        return
    for start in (value, "62" + value[1:], "+62" + value[1:]):
        yield start
        yield from (separator.join((start[:-8], start[-8:-4], start[-4:])) for separator in "- .")


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """Yield what of a value's Base64 is the same whatever stands before and after it."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            padded = encode(b"\0" * shift + raw)
            start = (shift * 8 + 5) // 6
            end = (shift + len(raw)) * 8 // 6
            yield padded[start:end]
