"""Addresses as we take them: exactly one, plain, with no room for a second header or recipient."""

import re

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
