"""Addresses as we take them: exactly one, plain, with no room for a second header or recipient.

Which way leads to it an address says itself: mail where it has an @, else it is a mobile number.
"""

import re
from typing import Literal, get_args

Way = Literal["mail", "whatsapp"]
WAYS: tuple[Way, ...] = get_args(Way)

LONGEST = 254
"""Source: RFC 5321 section 4.5.3.1.3, less the angle brackets."""
LONGEST_LOCAL = 64
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_WORD}(?:\.{_WORD})*)@((?:{_LABEL}\.)+{_LABEL})")


class AddressError(ValueError):
    """The text is not one e-mail address; it is not repeated, for it may hold anything."""

    def __init__(self) -> None:
        super().__init__("is no single e-mail address like name@agency.go.id")


def checked(text: str) -> str:
    """Return the address with its domain in lower case; raises `AddressError`.

    ASCII without quotes, comments, display name or blanks. Source: RFC 5322 section 3.4.1, dot-atom form.
    """
    found = _ADDRESS.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or len(found[1]) > LONGEST_LOCAL:
        raise AddressError
    return f"{found[1]}@{found[2].lower()}"


def domain_of(address: str) -> str:
    """Return what follows the @ of a checked address."""
    return address.rpartition("@")[2]


_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
"""Source: ITU-T E.164, at most 15 digits."""
_INDONESIAN_MOBILE = re.compile(r"\+628[0-9]{7,11}")
_SPACING = str.maketrans("", "", " .-()\u00a0")


class NumberError(ValueError):
    """The text is not one mobile number; it is not repeated, for it may hold anything."""

    def __init__(self) -> None:
        super().__init__("is no single mobile number like +6281234567890")


def checked_number(text: str) -> str:
    """Return a mobile number as `+628...`; raises `NumberError`.

    `08`, `8`, `62` and `+62 08` begin Indonesian ones, any other country's begins with + or 00. Source:
    survey.md section 3, E.164.
    """
    plain = text.translate(_SPACING)
    plain = "+" + plain.removeprefix("00") if plain.startswith("00") else plain
    plain = plain if plain.startswith("+") else "+62" + plain.removeprefix("62").removeprefix("0")
    plain = re.sub(r"^\+620", "+62", plain)
    wanted = _INDONESIAN_MOBILE if plain.startswith("+62") else _NUMBER
    if wanted.fullmatch(plain) is None:
        raise NumberError
    return plain


def way_of(address: str) -> Way:
    """Return the way that leads to an address."""
    return "mail" if "@" in address else "whatsapp"


def reachable(text: str) -> str | None:
    """Return the address or number in what somebody left as contact, None where it is neither."""
    try:
        return checked(text.strip()) if "@" in text else checked_number(text)
    except (AddressError, NumberError):
        return None
